/* SPDX-License-Identifier: MIT */
/* Run mksquashfs. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/log.h"
#include "build/squash.h"
#include "image/manifest.h"

enum { OUTPUT = 3 }; /* and so in make_words() */

/* Levels are said even where they are the default today. */
static const struct codec codecs[] = {
	{ "gzip", MEDIA_SQUASHFS "+gzip", { "gzip", "-Xcompression-level", "9" } },
	{ "lz4hc", MEDIA_SQUASHFS "+lz4", { "lz4", "-Xhc" } },
	{ "zstd", MEDIA_SQUASHFS "+zstd", { "zstd", "-Xcompression-level", "19" } },
	{ "xz", MEDIA_SQUASHFS "+xz", { "xz" } },
};

const struct codec *codec_find(const char *compression)
{
	size_t i;

	for (i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
		if (!compression || strcmp(codecs[i].name, compression) == 0)
			return &codecs[i];
	}
	fail(0, "no compression is called %s: gzip, lz4hc, zstd or xz", compression);
	return NULL;
}

struct words {
	const char *items[40];
	size_t count;
	char mode[16];
};

static void add(struct words *words, const char *word)
{
	words->items[words->count++] = word;
}

static void add_two(struct words *words, const char *name, const char *value)
{
	add(words, name);
	add(words, value);
}

static void make_words(struct words *words, const struct codec *codec, mode_t root)
{
	size_t i;

	words->count = 0;
	snprintf(words->mode, sizeof(words->mode), "0%o", root & 07777);
	add(words, "mksquashfs");
	add(words, "-"); /* a tar, from standard input */
	add(words, "/proc/self/fd/3");
	add(words, "-tar");
	add(words, "-noappend");
	add(words, "-no-exports");
	add(words, "-quiet");
	add(words, "-no-progress");
	add(words, "-exit-on-error");
	add_two(words, "-b", "131072");
	add_two(words, "-root-mode", words->mode);
	add(words, "-comp");
	for (i = 0; codec->words[i]; i++)
		add(words, codec->words[i]);
	words->items[words->count] = NULL;
}

static int spawn(struct squash *squash, const struct words *words, int input, int output,
		 uint64_t epoch)
{
	char time[48];
	char *env[] = { (char[]){ "LC_ALL=C" }, time, NULL };
	posix_spawn_file_actions_t actions;
	int ret;

	snprintf(time, sizeof(time), "SOURCE_DATE_EPOCH=%llu",
		 (unsigned long long)(epoch < UINT32_MAX ? epoch : UINT32_MAX));
	if (posix_spawn_file_actions_init(&actions) != 0)
		return -ENOMEM;
	ret = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (ret == 0)
		ret = posix_spawn_file_actions_adddup2(&actions, squash->errors, STDOUT_FILENO);
	if (ret == 0)
		ret = posix_spawn_file_actions_adddup2(&actions, squash->errors, STDERR_FILENO);
	if (ret == 0)
		ret = posix_spawn_file_actions_adddup2(&actions, output, OUTPUT);
	if (ret == 0)
		ret = posix_spawnp(&squash->pid, words->items[0], &actions, NULL,
				   (char *const *)words->items, env);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (ret != 0)
		squash->pid = 0;
	return -ret;
}

int squash_begin(struct squash *squash, int output, const struct codec *codec, uint64_t epoch,
		 mode_t root)
{
	struct words words;
	int ends[2], ret;

	*squash = (struct squash){ .input = -1, .errors = -1 };
	squash->errors = memfd_create("mksquashfs", MFD_CLOEXEC);
	if (squash->errors < 0)
		return fail(errno, "run mksquashfs");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return fail(errno, "run mksquashfs");
	squash->input = ends[0];
	make_words(&words, codec, root);
	ret = spawn(squash, &words, ends[1], output, epoch);
	fd_close(&ends[1]);
	if (ret == -ENOENT)
		return fail(ENOENT,
			    "run mksquashfs, which makes layers (package squashfs-tools, version 4.5)");
	return ret < 0 ? fail(-ret, "run mksquashfs") : 0;
}

static int wait_for(struct squash *squash)
{
	int status;

	while (waitpid(squash->pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	squash->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* The first line of what it said. */
static void first_line(char *line, size_t size, int errors)
{
	const ssize_t got = pread(errors, line, size - 1, 0);

	line[got > 0 ? got : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

int squash_end(struct squash *squash, int written)
{
	char line[400];
	int code;

	fd_close(&squash->input);
	code = wait_for(squash);
	if (code > 0) {
		first_line(line, sizeof(line), squash->errors);
		code = fail(0, "mksquashfs cannot make a layer: %s",
			    line[0] ? line : "it was ended by a signal");
	} else if (code < 0 || written < 0) {
		code = fail(code < 0 ? -code : -written, "write a layer by mksquashfs");
	}
	squash_abandon(squash);
	return code;
}

void squash_abandon(struct squash *squash)
{
	fd_close(&squash->input);
	fd_close(&squash->errors);
	if (squash->pid > 0) {
		(void)kill(squash->pid, SIGKILL);
		(void)wait_for(squash);
	}
}
