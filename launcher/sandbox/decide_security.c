/* SPDX-License-Identifier: MIT */
/* --security-opt: new privileges, the system call filter, Landlock; all pure. */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/log.h"
#include "sandbox/decide.h"
#include "sandbox/filter.h"
#include "sandbox/seccomp_compile.h"

const char *security_value(const char *entry, const char *key)
{
	size_t length = strlen(key);

	if (strncmp(entry, key, length) != 0)
		return NULL;
	if (entry[length] == '=' || entry[length] == ':')
		return entry + length + 1;
	return entry[length] ? NULL : "";
}

/* The value of the last entry with this key, as Docker takes it, or NULL. */
static const char *security_last(const struct request *request, const char *key)
{
	const char *value = NULL;
	size_t i;

	for (i = 0; i < request->security_opt.count; i++) {
		const char *this = security_value(request->security_opt.items[i], key);

		if (this)
			value = this;
	}
	return value;
}

const char *security_seccomp_file(const struct request *request)
{
	const char *value = security_last(request, "seccomp");

	if (!value || !value[0] || strcmp(value, "unconfined") == 0 || strcmp(value, "builtin") == 0)
		return NULL;
	return value;
}

static int check_keys(const struct request *request)
{
	static const char *const known[] = { "landlock", "no-new-privileges", "seccomp" };
	static const char *const others[] = { "apparmor", "label", "systempaths",
					      "writable-cgroups", "credentialspec" };
	size_t i, k;

	for (i = 0; i < request->security_opt.count; i++) {
		const char *entry = request->security_opt.items[i];

		for (k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
			if (security_value(entry, known[k]))
				break;
		}
		if (k < sizeof(known) / sizeof(known[0]))
			continue;
		for (k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
			if (security_value(entry, others[k]))
				return fail(0, "--security-opt %s: %s is not supported here", entry,
					    others[k]);
		}
		return fail(0,
			    "--security-opt %s: expected no-new-privileges, seccomp=FILE, seccomp=unconfined or landlock=RULES",
			    entry);
	}
	return 0;
}

static int decide_privileges(struct sandbox *sandbox, const struct request *request)
{
	const char *value = security_last(request, "no-new-privileges");

	if (!value || !value[0] || strcmp(value, "true") == 0)
		return 0;
	if (strcmp(value, "false") != 0)
		return fail(0, "--security-opt no-new-privileges=%s: expected true or false", value);
	sandbox->new_privileges = true;
	return 0;
}

/* What the last steps need once the filter is in force. */
static int check_calls(const struct filter *filter, const char *file)
{
	static const struct {
		int number;
		const char *name;
	} calls[] = {
		{ SYS_sendmsg, "sendmsg" },
		{ SYS_execve, "execve" },
		{ SYS_exit_group, "exit_group" },
	};
	struct seccomp_data call = { .arch = filter->arch };
	bool by_argument;
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		uint32_t answer;

		call.nr = calls[i].number;
		answer = filter_ask(filter, &call, &by_argument) & SECCOMP_RET_ACTION_FULL;
		if (answer != SECCOMP_RET_ALLOW && answer != SECCOMP_RET_LOG && !by_argument)
			return fail(0,
				    "--security-opt seccomp=%s: it forbids %s, so nothing could be started",
				    file, calls[i].name);
	}
	return 0;
}

static int filter_from_file(struct filter *filter, const struct sandbox *sandbox, struct arena *arena,
			    const struct request *request, const struct host *host)
{
	const struct seccomp_target target = { .arch = filter_own_arch(),
					       .caps = sandbox->capabilities,
					       .kernel = host->kernel };

	const char *file = security_seccomp_file(request);
	const char *what = arena_print(arena, "--security-opt seccomp=%s", file);

	if (!what)
		return fail(ENOMEM, "--security-opt seccomp");
	if (filter_is_file(request->seccomp_data, request->seccomp_size))
		return filter_read(filter, arena, request->seccomp_data, request->seccomp_size, what);
	if (!CONFIG_SECCOMP_COMPILE)
		return fail(0,
			    "%s: not a compiled filter; compile it: davit seccomp compile %s -o FILE",
			    what, file);
	if (strlen(request->seccomp_data) != request->seccomp_size)
		return fail(0, "%s: neither a compiled filter nor text", what);
	return seccomp_compile(filter, arena, request->seccomp_data, file, &target);
}

static int take_filter(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		       const struct host *host)
{
	const char *file = security_seccomp_file(request);
	struct filter *filter = arena_alloc(arena, sizeof(*filter));
	const char *name, *own = filter_arch_name(filter_own_arch());
	int ret;

	if (!filter)
		return fail(ENOMEM, "--security-opt seccomp");
	ret = filter_from_file(filter, sandbox, arena, request, host);
	if (ret < 0)
		return ret;
	name = filter_arch_name(filter->arch);
	if (filter->arch != filter_own_arch())
		return fail(0, "--security-opt seccomp=%s: it is for %s; compile it with --arch %s",
			    file, name ? name : "another machine", own);
	sandbox->filter = filter;
	sandbox->filter_file = file;
	return check_calls(filter, file);
}

static int decide_filter(struct sandbox *sandbox, struct arena *arena,
			 const struct request *request, const struct host *host)
{
	const char *value = security_last(request, "seccomp");

	if (value && !value[0])
		return fail(0, "--security-opt seccomp: expected seccomp=FILE or seccomp=unconfined");
	sandbox->unconfined = value && strcmp(value, "unconfined") == 0;
	return request->seccomp_data ? take_filter(sandbox, arena, request, host) : 0;
}

static int refuse_landlock(const struct request *request)
{
	return security_last(request, "landlock") ?
		       fail(0, "--security-opt landlock: not in this build (CONFIG_LANDLOCK)") :
		       0;
}

int decide_security(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		    const struct host *host)
{
	int ret = check_keys(request);

	if (ret == 0)
		ret = decide_privileges(sandbox, request);
	if (ret == 0)
		ret = decide_filter(sandbox, arena, request, host);
	if (ret == 0)
		ret = CONFIG_LANDLOCK ? decide_landlock(sandbox, arena, request, host) :
					refuse_landlock(request);
	return ret;
}
