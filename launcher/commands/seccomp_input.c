/* SPDX-License-Identifier: MIT */
/* Options of davit seccomp, and the filter that they and a file make. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/seccomp_input.h"
#include "sandbox/capability.h"

enum { FILE_ROOM = 131072 };

const struct option seccomp_options[] = {
	{ "arch", 0, OPTION_TEXT_OF(seccomp_options, arch, "MACHINE"),
	  HELP("x86_64, arm, aarch64 or riscv64 (default: davit's own)") },
	{ "cap-add", 0, OPTION_LIST_OF(seccomp_options, cap_add, "NAME"),
	  HELP("for sandboxes with this capability too, or ALL") },
	{ "cap-drop", 0, OPTION_LIST_OF(seccomp_options, cap_drop, "NAME"),
	  HELP("for sandboxes without this capability, or ALL") },
	{ "kernel", 0, OPTION_TEXT_OF(seccomp_options, kernel, "VERSION"),
	  HELP("oldest kernel that it is for, such as 4.8 (default: any)") },
	{ "output", 'o', OPTION_TEXT_OF(seccomp_options, output, "FILE"),
	  HELP("where compile writes the filter; - is standard output") },
	OPTIONS_END,
};

/* The masks of NAMES; ALL is returned apart. */
static int read_capabilities(const struct texts *names, const char *option, uint64_t *mask, bool *all)
{
	uint64_t one;
	size_t i;

	*mask = 0;
	*all = false;
	for (i = 0; i < names->count; i++) {
		if (capability_parse(&one, names->items[i]) < 0)
			return fail(0, "--%s %s: no such capability", option, names->items[i]);
		if (one == capability_all())
			*all = true;
		else
			*mask |= one;
	}
	return 0;
}

/* As davit run has it: ALL comes before single names. */
static int read_target(struct seccomp_target *target, const struct seccomp_options *given)
{
	uint64_t add, drop;
	bool add_all, drop_all;

	*target = (struct seccomp_target){ .arch = filter_own_arch() };
	if (given->arch)
		target->arch = names_machine(given->arch);
	if (!target->arch)
		return fail(0, "--arch %s: expected x86_64, arm, aarch64 or riscv64", given->arch);
	if (!names_known(target->arch))
		return fail(0, "--arch %s: davit was built where there were no kernel headers for it",
			    given->arch);
	if (given->kernel && text_version(&target->kernel, given->kernel) < 0)
		return fail(0, "--kernel %s: expected a version such as 4.8", given->kernel);
	if (read_capabilities(&given->cap_add, "cap-add", &add, &add_all) < 0 ||
	    read_capabilities(&given->cap_drop, "cap-drop", &drop, &drop_all) < 0)
		return -EINVAL;
	target->caps = add_all ? capability_all() : capability_defaults();
	if (drop_all)
		target->caps = 0;
	target->caps = (target->caps | add) & ~drop;
	return 0;
}

int seccomp_input(struct filter *filter, struct arena *arena, const char *file,
		  const struct seccomp_options *given)
{
	char *data = arena_alloc(arena, FILE_ROOM);
	ssize_t got = data ? sys_read_file(data, FILE_ROOM, AT_FDCWD, file) : -ENOMEM;
	struct seccomp_target target;

	if (got < 0)
		return fail((int)-got, "%s", file);
	if (filter_is_file(data, (size_t)got))
		return filter_read(filter, arena, data, (size_t)got, file);
	if (strlen(data) != (size_t)got)
		return fail(0, "%s: expected text, not a NUL byte", file);
	if (read_target(&target, given) < 0)
		return -EINVAL;
	return seccomp_compile(filter, arena, data, file, &target);
}
