/* SPDX-License-Identifier: MIT */
/* Keep blobs: each complete under its digest, or not there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/sys.h"
#include "store/store.h"

#define BLOBS "blobs/sha256"
#define NEW "new"

enum { BLOB_PATH = sizeof(BLOBS "/") + DIGEST_HEX };

static void blob_path(char path[BLOB_PATH], const struct digest *digest)
{
	memcpy(path, BLOBS "/", sizeof(BLOBS "/"));
	digest_print_hex(path + sizeof(BLOBS "/") - 1, digest);
}

/* --- the directory ----------------------------------------------------------------------------------- */

/* ROOT and what is missing above it. What is there may have been made by a davit that was killed
 * just then; the read-only systems far above need no fsync, and may not know it. */
static int make_root(const char *root)
{
	static const char above[] = "/..";
	char part[4096];
	bool made;
	size_t i;
	int ret;

	for (i = 0; root[i]; i++) {
		if (i >= sizeof(part) - sizeof(above))
			return -ENAMETOOLONG;
		part[i] = root[i];
		part[i + 1] = '\0';
		if (root[i] != '/' && root[i + 1] != '/' && root[i + 1])
			continue;
		made = mkdir(part, 0755) == 0;
		if (!made && errno != EEXIST)
			return -errno;
		memcpy(part + i + 1, above, sizeof(above));
		ret = sys_sync_directory(AT_FDCWD, part);
		if (made && ret < 0)
			return ret;
	}
	return 0;
}

/* COMPLETE: they were there already, and on the disk. */
static int make_inside(int root, bool complete)
{
	static const char *const names[] = { "blobs", BLOBS, "tags", NEW, STORE_PARTIAL };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (mkdirat(root, names[i], 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	if (!complete && (fsync(root) < 0 || sys_sync_directory(root, "blobs") < 0))
		return -errno;
	return 0;
}

/* Returns -ERR, said. */
static int fail_store(int err, const char *root, const char *inside)
{
	if (err != EACCES)
		return fail(err, "the store %s%s", root, inside);
	fail(0, "the store %s%s: %s (run davit as root)", root, inside, strerror(err));
	return -err;
}

static int take_lock(struct store *store, enum store_use use)
{
	store->lock = openat(store->fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (store->lock < 0)
		return fail_store(errno, store->root, "/lock");
	while (flock(store->lock, use == STORE_SWEEP ? LOCK_EX : LOCK_SH) < 0) {
		if (errno != EINTR)
			return fail(errno, "lock %s/lock", store->root);
	}
	return 0;
}

int store_open(struct store *store, const char *root, enum store_use use)
{
	bool complete;
	int ret = 0;

	*store = (struct store){ .root = root, .fd = -1, .lock = -1 };
	store->fd = openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->fd < 0 && errno == ENOENT && use == STORE_READ)
		return -ENOENT;
	/* The lock is made last: with it, the directories are on the disk. */
	complete = store->fd >= 0 && faccessat(store->fd, "lock", F_OK, 0) == 0;
	if (use != STORE_READ && !complete)
		ret = make_root(root);
	if (ret == 0 && store->fd < 0)
		store->fd = openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ret == 0 && store->fd < 0)
		ret = -errno;
	if (ret == 0 && use != STORE_READ)
		ret = make_inside(store->fd, complete);
	if (ret < 0)
		ret = fail_store(-ret, root, "");
	else if (use != STORE_READ)
		ret = take_lock(store, use);
	if (ret < 0)
		store_close(store);
	return ret;
}

void store_close(struct store *store)
{
	fd_close(&store->lock);
	fd_close(&store->fd);
}

bool store_try_alone(struct store *store)
{
	/* flock(2): turning one lock into another lets go of it in between; it is gone when this fails. */
	if (flock(store->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	(void)flock(store->lock, LOCK_SH);
	return false;
}

/* --- blobs ------------------------------------------------------------------------------------------- */

int store_find(const struct store *store, const struct digest *digest, uint64_t size)
{
	char path[BLOB_PATH];
	struct stat st;

	blob_path(path, digest);
	if (fstatat(store->fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return S_ISREG(st.st_mode) && (uint64_t)st.st_size == size ? 0 : -ENOENT;
}

bool store_has(const struct store *store, const struct digest *digest, uint64_t size)
{
	return store_find(store, digest, size) == 0;
}

bool store_keeps(const struct store *store, const struct digest *digest, uint64_t size)
{
	char path[BLOB_PATH];
	autoclose int fd = -1;
	struct digest own;

	if (!store_has(store, digest, size))
		return false;
	blob_path(path, digest);
	fd = openat(store->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return fd >= 0 && digest_range(&own, fd, 0, size) == 0 && digest_same(&own, digest);
}

int store_begin(struct store_writer *writer, const struct store *store)
{
	uint64_t number;
	int ret = 0;

	*writer = (struct store_writer){ .store = store, .fd = -1 };
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return fail(errno, "random numbers");
	snprintf(writer->name, sizeof(writer->name), NEW "/%016llx", (unsigned long long)number);
	writer->fd = openat(store->fd, writer->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (writer->fd < 0)
		ret = fail(errno, "%s/%s", store->root, writer->name);
	hasher_begin(&writer->hasher);
	return ret;
}

int store_write(struct store_writer *writer, const void *data, size_t length)
{
	int ret = sys_write_all(writer->fd, data, length);

	if (ret < 0)
		return fail(-ret, "write %s/%s", writer->store->root, writer->name);
	hasher_add(&writer->hasher, data, length);
	writer->size += length;
	return 0;
}

int store_adopt(struct store_writer *writer)
{
	unsigned char window[16384];
	off_t at = 0;

	hasher_begin(&writer->hasher);
	writer->size = 0;
	for (;;) {
		const ssize_t got = pread(writer->fd, window, sizeof(window), at);

		if (got == 0)
			return 0;
		if (got < 0 && errno != EINTR)
			return fail(errno, "read %s/%s", writer->store->root, writer->name);
		if (got < 0)
			continue;
		hasher_add(&writer->hasher, window, (size_t)got);
		at += got;
		writer->size += (uint64_t)got;
	}
}

/* The name is on the flash only when the bytes are. */
static int keep(const struct store_writer *writer, const char *path)
{
	const struct store *store = writer->store;

	if (fchmod(writer->fd, 0444) < 0 || fsync(writer->fd) < 0)
		return -errno;
	if (renameat(store->fd, writer->name, store->fd, path) < 0)
		return -errno;
	return sys_sync_directory(store->fd, BLOBS);
}

static int finish(struct digest *digest, struct store_writer *writer, const struct digest *expected,
		  bool anew)
{
	const struct store *store = writer->store;
	char path[BLOB_PATH], names[2][DIGEST_TEXT];
	int ret = 0;

	hasher_end(digest, &writer->hasher);
	digest_print(names[0], digest);
	if (expected && !digest_same(digest, expected)) {
		digest_print(names[1], expected);
		ret = fail(0, "what came has the digest %s; %s is expected", names[0], names[1]);
	}
	blob_path(path, digest);
	if (ret == 0 && (anew || !store_has(store, digest, writer->size))) {
		ret = keep(writer, path);
		if (ret < 0)
			ret = fail(-ret, "keep %s in %s", names[0], store->root);
		else
			writer->name[0] = '\0';
	}
	store_abandon(writer);
	return ret;
}

int store_finish(struct digest *digest, struct store_writer *writer, const struct digest *expected)
{
	return finish(digest, writer, expected, false);
}

int store_replace(struct digest *digest, struct store_writer *writer, const struct digest *expected)
{
	return finish(digest, writer, expected, true);
}

void store_abandon(struct store_writer *writer)
{
	if (writer->fd >= 0 && writer->name[0])
		(void)unlinkat(writer->store->fd, writer->name, 0);
	fd_close(&writer->fd);
}

int store_put(struct digest *digest, const struct store *store, const void *data, size_t length)
{
	struct store_writer writer;
	int ret = store_begin(&writer, store);

	if (ret == 0)
		ret = store_write(&writer, data, length);
	if (ret == 0)
		return store_replace(digest, &writer, NULL);
	store_abandon(&writer);
	return ret;
}
