/* SPDX-License-Identifier: MIT */
/* davit keygen: a new pair of keys for signatures. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/sys.h"
#include "build/private_key.h"
#include "commands/commands.h"
#include "commands/verb_options.h"

const struct option keygen_options[] = { OPTIONS_END };

/* A file that was not there. Returns 0, or -errno said. */
static int write_new(const char *path, const char *text, mode_t mode)
{
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	int ret;

	if (fd < 0 && errno == EEXIST)
		return fail(0, "%s: is there already; a key is never overwritten", path);
	if (fd < 0)
		return fail(errno, "create %s", path);
	ret = sys_write_all(fd, text, strlen(text));
	if (ret == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		ret = -errno;
	if (ret < 0) {
		(void)unlink(path);
		return fail(-ret, "write %s", path);
	}
	return 0;
}

static int write_pair(struct arena *arena, const char *name)
{
	const char *secret = arena_print(arena, "%s.key", name);
	const char *public_half = arena_print(arena, "%s.pub", name);
	char pem[PRIVATE_PEM], public_pem[PRIVATE_PEM];
	struct private_key key;
	int ret;

	if (!secret || !public_half)
		return fail(ENOMEM, "keygen");
	ret = private_key_make(&key);
	if (ret == 0)
		ret = private_key_print(pem, &key);
	if (ret == 0)
		ret = public_key_print(public_pem, sizeof(public_pem), &key.public);
	if (ret == 0)
		ret = write_new(secret, pem, 0600);
	if (ret == 0) {
		ret = write_new(public_half, public_pem, 0644);
		if (ret < 0)
			(void)unlink(secret);
	}
	private_key_wipe(&key);
	memset(pem, 0, sizeof(pem));
	if (ret < 0)
		return ret;
	return say(arena_print(arena, "%s\n%s\n", secret, public_half));
}

int cmd_keygen(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct texts words = { 0 };
	int code;

	(void)argc;
	if (verb_read(NULL, &words, &arena, argv, &code) == 0) {
		if (words.count > 1) {
			fail(0, "davit keygen takes one NAME");
			code = EXIT_USAGE;
		} else {
			code = write_pair(&arena, words.count ? words.items[0] : "davit") < 0 ?
				       EXIT_FAILED :
				       0;
		}
	}
	arena_close(&arena);
	return code;
}
