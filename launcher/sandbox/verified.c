/* SPDX-License-Identifier: MIT */
/* One file in the run directory, which is root's alone: a line of hexadecimal digits for each
 * statement that was found true, the digest of its words. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/digest.h"
#include "base/sys.h"
#include "sandbox/state.h"
#include "sandbox/verified.h"

enum { VERIFIED_LINE = DIGEST_HEX + 1, VERIFIED_MOST = 128 };

/* Seconds; file systems keep times in steps of up to two. */
enum { FRESH = 3 };

/* Not one of a sandbox's names. */
static const char name[] = ".verified";

struct verified {
	const char *run_root;
	bool read;
	char text[VERIFIED_LINE * VERIFIED_MOST + 1];
};

struct verified *verified_open(struct arena *arena, const char *run_root)
{
	struct verified *verified = arena_alloc(arena, sizeof(*verified));

	if (verified)
		verified->run_root = run_root;
	return verified;
}

static void read_all(struct verified *verified)
{
	autoclose int root = state_open(verified->run_root);

	verified->read = true;
	if (root < 0 || sys_read_file(verified->text, sizeof(verified->text), root, name) < 0)
		verified->text[0] = '\0';
}

bool verified_find(struct verified *verified, const struct digest *what)
{
	char line[VERIFIED_LINE + 1];
	const char *at;

	if (!verified->read)
		read_all(verified);
	digest_print_hex(line, what);
	line[VERIFIED_LINE - 1] = '\n';
	line[VERIFIED_LINE] = '\0';
	at = strstr(verified->text, line);
	return at && (at - verified->text) % VERIFIED_LINE == 0;
}

/* A full one is begun anew. */
void verified_add(const struct verified *verified, const struct digest *what)
{
	autoclose int root = state_lock(verified->run_root);
	autoclose int fd = -1;
	char line[VERIFIED_LINE + 1];
	struct stat st;

	if (root < 0)
		return;
	fd = openat(root, name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	if ((st.st_size >= (off_t)VERIFIED_LINE * VERIFIED_MOST || st.st_size % VERIFIED_LINE != 0) &&
	    ftruncate(fd, 0) < 0)
		return;
	digest_print_hex(line, what);
	line[VERIFIED_LINE - 1] = '\n';
	(void)sys_write_all(fd, line, VERIFIED_LINE);
}

/* All that changes when a file is written to. */
static void statement(struct digest *out, const struct stat *st, uint64_t offset, uint64_t size,
		      const struct digest *digest)
{
	char text[256 + DIGEST_HEX], hex[DIGEST_HEX + 1];
	int length;

	digest_print_hex(hex, digest);
	length = snprintf(text, sizeof(text),
			  "file %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 ".%lx %" PRIx64
			  ".%lx bytes %" PRIx64 " %" PRIx64 " %s",
			  (uint64_t)st->st_dev, (uint64_t)st->st_ino, (uint64_t)st->st_size,
			  (uint64_t)st->st_mtim.tv_sec, (unsigned long)st->st_mtim.tv_nsec,
			  (uint64_t)st->st_ctim.tv_sec, (unsigned long)st->st_ctim.tv_nsec, offset,
			  size, hex);
	digest_data(out, text, (size_t)length);
}

static bool is_settled(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_ctim.tv_sec + FRESH <= time(NULL) &&
	       st->st_mtim.tv_sec + FRESH <= time(NULL);
}

int verified_digest(struct verified *verified, int fd, uint64_t offset, uint64_t size,
		    const struct digest *digest)
{
	struct digest what, after, found;
	struct stat st;
	bool settled;
	int ret;

	if (fstat(fd, &st) < 0)
		return -errno;
	statement(&what, &st, offset, size, digest);
	settled = is_settled(&st);
	if (settled && verified_find(verified, &what))
		return 0;
	ret = digest_range(&found, fd, offset, size);
	if (ret < 0)
		return ret;
	if (!digest_same(&found, digest))
		return -EBADMSG;
	if (fstat(fd, &st) < 0)
		return -errno;
	statement(&after, &st, offset, size, digest);
	if (settled && digest_same(&what, &after))
		verified_add(verified, &what);
	return 0;
}
