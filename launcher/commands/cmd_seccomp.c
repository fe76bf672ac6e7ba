/* SPDX-License-Identifier: MIT */
/* davit seccomp: compile a system call policy, or show what one answers to each call. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "commands/commands.h"
#include "commands/seccomp_input.h"
#include "sandbox/seccomp_list.h"

static int write_output(const char *path, const void *data, size_t size)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDOUT_FILENO) :
					  open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int ret = fd < 0 ? -errno : sys_write_all(fd, data, size);

	if (fd >= 0 && close(fd) < 0 && ret == 0)
		ret = -errno;
	return ret < 0 ? fail(-ret, "write %s", path) : 0;
}

static int compile(struct arena *arena, const char *file, const struct seccomp_options *given)
{
	struct filter filter;
	void *data;
	size_t size;

	if (!given->output) {
		fail(0, "davit seccomp compile needs -o FILE");
		return EXIT_USAGE;
	}
	if (seccomp_input(&filter, arena, file, given) < 0)
		return EXIT_FAILED;
	data = filter_write(arena, &filter, &size);
	if (!data)
		fail(ENOMEM, "%s", given->output);
	return data && write_output(given->output, data, size) == 0 ? 0 : EXIT_FAILED;
}

static int show(struct arena *arena, const char *file, const struct seccomp_options *given)
{
	struct filter filter;
	char *text;

	if (given->output) {
		fail(0, "davit seccomp show writes to standard output, not to -o %s", given->output);
		return EXIT_USAGE;
	}
	if (seccomp_input(&filter, arena, file, given) < 0)
		return EXIT_FAILED;
	text = seccomp_list(arena, &filter);
	if (!text)
		fail(ENOMEM, "%s", file);
	return text && say(text) == 0 ? 0 : EXIT_FAILED;
}

static int dispatch(struct arena *arena, const struct texts *words,
		    const struct seccomp_options *given)
{
	const bool is_compile = words->count && strcmp(words->items[0], "compile") == 0;

	if (!words->count) {
		(void)verb_help(verb_find("seccomp"));
		return EXIT_USAGE;
	}
	if (!is_compile && strcmp(words->items[0], "show") != 0) {
		fail(0, "davit seccomp: expected compile or show, not %s", words->items[0]);
		return EXIT_USAGE;
	}
	if (words->count != 2) {
		fail(0, "davit seccomp %s: expected one FILE", words->items[0]);
		return EXIT_USAGE;
	}
	return is_compile ? compile(arena, words->items[1], given) :
			    show(arena, words->items[1], given);
}

int cmd_seccomp(int argc, char **argv)
{
	struct seccomp_options given = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	int code;

	(void)argc;
	if (verb_read(&given, &words, &arena, argv, &code) == 0)
		code = dispatch(&arena, &words, &given);
	arena_close(&arena);
	return code;
}
