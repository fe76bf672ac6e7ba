/* SPDX-License-Identifier: MIT */
/* Keeps what has come of a blob until the rest comes. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "store/partial.h"

enum {
	STRETCH = 1 << 20, /* bytes that go to the flash together */
	RESERVE = 1 << 20, /* bytes that are left to others */
	MIB = 1 << 20
};

static void partial_name(char name[STORE_NAME], const struct digest *digest)
{
	memcpy(name, STORE_PARTIAL "/sha256-", sizeof(STORE_PARTIAL "/sha256-"));
	digest_print_hex(name + strlen(name), digest);
}

uint64_t partial_size(const struct store *store, const struct digest *digest)
{
	char name[STORE_NAME];
	struct stat st;

	partial_name(name, digest);
	return fstatat(store->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) ?
		       (uint64_t)st.st_size :
		       0;
}

void partial_drop(const struct store *store, const struct digest *digest)
{
	char name[STORE_NAME];

	partial_name(name, digest);
	(void)unlinkat(store->fd, name, 0);
}

static int fail_writer(int err, const struct store_writer *writer, const char *verb)
{
	return fail(err, "%s %s/%s", verb, writer->store->root, writer->name);
}

/* Be the only one who has it open in FD. Returns as open_alone(). */
static int lock_alone(struct store_writer *writer, int fd)
{
	const int root = writer->store->fd;
	struct stat own, there;
	int ret;

	while (flock(fd, LOCK_EX) < 0) {
		if (errno != EINTR)
			return fail_writer(errno, writer, "lock");
	}
	if (fstat(fd, &own) < 0)
		return fail_writer(errno, writer, "stat");
	if (!S_ISREG(own.st_mode))
		return fail(0, "%s/%s is no regular file", writer->store->root, writer->name);
	if (fstatat(root, writer->name, &there, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT)
			return 1;
		ret = fail_writer(errno, writer, "stat");
		/* Nothing is lost by what has nothing in it. */
		if (own.st_size == 0)
			(void)unlinkat(root, writer->name, 0);
		return ret;
	}
	if (there.st_ino != own.st_ino || there.st_dev != own.st_dev)
		return 1;
	writer->size = (uint64_t)own.st_size;
	return 0;
}

/* Open it and be the only one. Returns 0, or 1 when the one before has finished it or given it up
 * meanwhile: the name means another file now, or none. */
static int open_alone(struct store_writer *writer)
{
	autoclose int fd = openat(writer->store->fd, writer->name,
				  O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int ret = fd < 0 ? fail_writer(errno, writer, "open") : lock_alone(writer, fd);

	if (ret == 0)
		writer->fd = steal_fd(&fd);
	return ret;
}

int partial_restart(struct store_writer *writer)
{
	if (ftruncate(writer->fd, 0) < 0)
		return fail_writer(errno, writer, "empty");
	hasher_begin(&writer->hasher);
	writer->size = 0;
	return 0;
}

int partial_open(struct store_writer *writer, const struct store *store,
		 const struct digest *digest, uint64_t size)
{
	int ret;

	*writer = (struct store_writer){ .store = store, .fd = -1 };
	partial_name(writer->name, digest);
	do {
		if (store_has(store, digest, size))
			return 1;
		ret = open_alone(writer);
	} while (ret == 1);
	if (ret < 0)
		return ret;
	/* Between the look and the lock it may have been finished, and ours is new. */
	if (store_has(store, digest, size)) {
		store_abandon(writer);
		return 1;
	}
	ret = writer->size > size ? partial_restart(writer) : store_adopt(writer);
	if (ret < 0)
		partial_leave(writer);
	else
		(void)posix_fadvise(writer->fd, 0, 0, POSIX_FADV_DONTNEED);
	return ret;
}

/* Begin to write the last stretch; wait for the one before, whose pages are free then. Waiting
 * takes an error from fsync(2), which would have told it. */
static int flow(const struct store_writer *writer, uint64_t end)
{
	const unsigned int all =
		SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
	const off_t last = (off_t)end - STRETCH, before = last - STRETCH;

	(void)sync_file_range(writer->fd, last, STRETCH, SYNC_FILE_RANGE_WRITE);
	if (before < 0)
		return 0;
	if (sync_file_range(writer->fd, before, STRETCH, all) < 0 &&
	    (errno == EIO || errno == ENOSPC || errno == EDQUOT))
		return fail_writer(errno, writer, "write");
	(void)posix_fadvise(writer->fd, before, STRETCH, POSIX_FADV_DONTNEED);
	return 0;
}

int partial_write(struct store_writer *writer, const void *data, size_t length)
{
	const uint64_t before = writer->size / STRETCH;
	int ret = store_write(writer, data, length);

	if (ret == 0 && writer->size / STRETCH > before)
		ret = flow(writer, writer->size / STRETCH * STRETCH);
	return ret;
}

void partial_leave(struct store_writer *writer)
{
	fd_close(&writer->fd);
}

int store_room(const struct store *store, uint64_t bytes, const char *what)
{
	struct statvfs fs;
	uint64_t available;

	if (fstatvfs(store->fd, &fs) < 0)
		return fail(errno, "%s", store->root);
	available = (uint64_t)fs.f_bavail * fs.f_frsize;
	available = available > RESERVE ? available - RESERVE : 0;
	if (bytes <= available)
		return 0;
	fail(0,
	     "%s needs %llu bytes (%llu MiB) in %s, where %llu are free beside a reserve of 1 MiB: %llu bytes (%llu MiB) are lacking; davit prune and davit rmi make room",
	     what, (unsigned long long)bytes, (unsigned long long)(bytes + MIB - 1) / MIB,
	     store->root, (unsigned long long)available, (unsigned long long)(bytes - available),
	     (unsigned long long)(bytes - available + MIB - 1) / MIB);
	return -ENOSPC;
}
