/* SPDX-License-Identifier: MIT */
/* davit bundle: one executable file of davit and an image, which launches it when it is started. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "commands/bundle.h"
#include "commands/verb_options.h"
#include "image/source.h"

enum { ALIGNMENT = 4096, WINDOW = 65536, PROGRAM_MOST = 64 << 20 };

struct bundle_options {
	const char *output, *davit;
};

const struct option bundle_options[] = {
	{ "davit", 0, OPTION_TEXT_OF(bundle_options, davit, "FILE"),
	  HELP("of this davit, such as one for a board (default: this one)") },
	{ "output", 'o', OPTION_TEXT_OF(bundle_options, output, "FILE"),
	  HELP("the executable that is written") },
	OPTIONS_END,
};

/* The program of a davit, in memory of its own. */
struct program {
	char *bytes, *mark;
	size_t size;
};

static int program_open(struct program *out, const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint64_t old = 0;
	struct stat st;
	size_t i;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(errno, "open %s", path);
	if (!S_ISREG(st.st_mode) || st.st_size < MARK_SIZE || st.st_size > PROGRAM_MOST)
		return fail(0, "%s: expected a davit", path);
	out->size = (size_t)st.st_size;
	out->bytes = malloc(out->size);
	if (!out->bytes)
		return fail(ENOMEM, "%s", path);
	if (pread(fd, out->bytes, out->size, 0) != (ssize_t)out->size)
		return fail(EIO, "read %s", path);
	out->mark = bundle_find_mark(out->bytes, out->size);
	if (!out->mark)
		return fail(0, "%s: expected a davit that can be bundled (CONFIG_BUNDLE)", path);
	/* Of a bundle, only the program. */
	for (i = 0; i < MARK_DIGITS; i++)
		old = old * 10 + (unsigned int)(out->mark[MARK_HEAD + i] - '0');
	if (old && old < out->size)
		out->size = (size_t)old;
	return 0;
}

static void program_close(struct program *program)
{
	free(program->bytes);
}

static int copy(int to, int from, const char *what)
{
	char window[WINDOW];
	ssize_t got;

	/* Whoever looked at it has moved on in it. */
	if (lseek(from, 0, SEEK_SET) < 0)
		return fail(errno, "read %s", what);
	while ((got = read(from, window, sizeof(window))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || sys_write_all(to, window, (size_t)got) < 0)
			return fail(errno, "copy %s", what);
	}
	return 0;
}

static int write_program(int to, struct program *program)
{
	static const char zeroes[ALIGNMENT];
	const size_t padding = (ALIGNMENT - program->size % ALIGNMENT) % ALIGNMENT;
	char digits[MARK_DIGITS + 1];
	int ret;

	snprintf(digits, sizeof(digits), "%0*zu", MARK_DIGITS, program->size + padding);
	if (!program->mark)
		return -EINVAL;
	memcpy(program->mark + MARK_HEAD, digits, MARK_DIGITS);
	ret = sys_write_all(to, program->bytes, program->size);
	return ret < 0 ? ret : sys_write_all(to, zeroes, padding);
}

/* Under another name until all of it is there. */
static int write_bundle(struct program *program, int zip, const char *image, const char *path)
{
	struct arena arena = { 0 };
	const char *temporary = arena_print(&arena, "%s.new", path);
	autoclose int fd = -1;
	int ret = temporary ? 0 : fail(ENOMEM, "%s", path);

	if (ret == 0) {
		fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0755);
		ret = fd < 0 ? fail(errno, "make %s", temporary) : 0;
	}
	if (fd >= 0) {
		ret = write_program(fd, program);
		ret = ret < 0 ? fail(-ret, "write %s", temporary) : copy(fd, zip, image);
		if (ret == 0 && (fsync(fd) < 0 || rename(temporary, path) < 0))
			ret = fail(errno, "write %s", path);
		if (ret < 0)
			(void)unlink(temporary);
	}
	arena_close(&arena);
	return ret;
}

/* That it is an image, for whichever machine: what it launches later is looked at then. */
static int check_image(int fd, const char *path)
{
	struct arena arena = { 0 };
	struct source source = { .fd = -1 };
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	int ret = own < 0 ? fail(errno, "%s", path) : source_open_fd(&source, &arena, own, 0, path);

	if (ret == 0) {
		if (!source.zip)
			ret = fail(0, "%s: expected a zip with an image (davit save writes one)",
				   path);
		source_close(&source);
	} else if (ret == -ENOENT) {
		fail(0, "%s: expected a zip with an image (davit save writes one)", path);
	}
	arena_close(&arena);
	return ret;
}

static int bundle(const struct bundle_options *options, const char *image)
{
	autoclose int zip = open(image, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct program program = { 0 };
	int ret = zip < 0 ? fail(errno, "open image %s", image) : check_image(zip, image);

	if (ret == 0)
		ret = program_open(&program, options->davit ? options->davit : BUNDLE_SELF);
	if (ret == 0)
		ret = write_bundle(&program, zip, image, options->output);
	program_close(&program);
	return ret;
}

int cmd_bundle(int argc, char **argv)
{
	struct bundle_options values = { 0 };
	struct arena arena = { 0 };
	struct texts words = { 0 };
	int code = 0;

	(void)argc;
	if (verb_read(&values, &words, &arena, argv, &code) == 0) {
		if (words.count != 1 || !values.output) {
			fail(0, "davit bundle takes a zip with an image, and -o FILE");
			code = EXIT_USAGE;
		} else if (bundle(&values, words.items[0]) < 0) {
			code = EXIT_FAILED;
		}
	}
	arena_close(&arena);
	return code;
}
