/* SPDX-License-Identifier: MIT */
/* Run the openssl command: its input and output are memory, passwords it asks for at the terminal. */
#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sys.h"
#include "build/openssl.h"

enum { WORDS_MOST = 16 };

struct command {
	const char *words[WORDS_MOST];
	size_t count;
};

static void add(struct command *command, const char *word)
{
	command->words[command->count++] = word;
}

/* Returns the exit code, 128 for a signal, or -errno. */
static int run(const struct command *command, int input, int output, int errors)
{
	posix_spawn_file_actions_t actions;
	int status, ret;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -ENOMEM;
	ret = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (ret == 0)
		ret = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (ret == 0)
		ret = posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
	if (ret == 0)
		ret = posix_spawnp(&pid, command->words[0], &actions, NULL,
				   (char *const *)command->words, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (ret != 0)
		return -ret;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* Whether this machine's openssl has the engine: it is asked without a word to people. */
static bool has_engine(void)
{
	struct command command = { .count = 0 };
	autoclose int output = memfd_create("openssl", MFD_CLOEXEC);
	autoclose int input = memfd_create("openssl", MFD_CLOEXEC);

	add(&command, "openssl");
	add(&command, "engine");
	add(&command, "pkcs11");
	return output >= 0 && input >= 0 && run(&command, input, output, output) == 0;
}

static void make_command(struct command *command, enum openssl_task task, const char *key)
{
	const bool token = strncmp(key, "pkcs11:", 7) == 0;
	const bool engine = token && has_engine();
	const bool sign = task == OPENSSL_SIGN;

	*command = (struct command){ .count = 0 };
	add(command, "openssl");
	add(command, sign ? "dgst" : "pkey");
	if (sign)
		add(command, "-sha256");
	if (engine) {
		add(command, "-engine");
		add(command, "pkcs11");
		add(command, sign ? "-keyform" : "-inform");
		add(command, "engine");
	} else if (token) {
		add(command, "-provider");
		add(command, "pkcs11");
		add(command, "-provider");
		add(command, "default");
	}
	if (!sign)
		add(command, "-pubout");
	add(command, sign ? "-sign" : "-in");
	add(command, key);
}

/* What it said, now that it matters. */
static void repeat_errors(int errors)
{
	char text[1024];
	const ssize_t got = pread(errors, text, sizeof(text), 0);

	if (got > 0)
		(void)sys_write_all(STDERR_FILENO, text, (size_t)got);
}

static int fail_key(int ret, const char *key)
{
	const bool token = strncmp(key, "pkcs11:", 7) == 0;

	if (ret == -ENOENT)
		return fail(ENOENT, "run openssl, for the key %s (package openssl)", key);
	if (ret < 0)
		return fail(-ret, "run openssl");
	return fail(0, "openssl cannot use the key %s%s", key,
		    token ? " (is the package libengine-pkcs11-openssl there, or pkcs11-provider?)" :
			    "");
}

ssize_t openssl_run(char *out, size_t room, enum openssl_task task, const char *key, const char *text)
{
	autoclose int input = memfd_create("openssl", MFD_CLOEXEC);
	autoclose int output = memfd_create("openssl", MFD_CLOEXEC);
	autoclose int errors = memfd_create("openssl", MFD_CLOEXEC);
	struct command command;
	ssize_t got;
	int ret;

	if (input < 0 || output < 0 || errors < 0)
		return fail(errno, "run openssl");
	ret = text ? sys_write_all(input, text, strlen(text)) : 0;
	if (ret < 0 || lseek(input, 0, SEEK_SET) < 0)
		return fail(ret < 0 ? -ret : errno, "run openssl");
	make_command(&command, task, key);
	ret = run(&command, input, output, errors);
	if (ret > 0)
		repeat_errors(errors);
	if (ret != 0)
		return fail_key(ret, key);
	got = pread(output, out, room - 1, 0);
	if (got <= 0)
		return fail(got < 0 ? errno : 0, "openssl printed nothing for the key %s", key);
	out[got] = '\0';
	return got;
}
