/* SPDX-License-Identifier: MIT */
/* Entries of an archive, each made inside of the directory that it goes to. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/tree.h"
#include "build/pattern.h"
#include "build/unpack.h"

enum { BLOCK = 65536 };

struct unpacking {
	const struct copying *copying;
	struct archive *archive;
	const char *path; /* of the archive, for messages */
	int to;           /* the directory */
};

static int fail_member(const struct unpacking *u, const char *name, int err, const char *what)
{
	return fail(err, "%s: %s: member %s%s%s", u->copying->from.where, u->path, name,
		    what[0] ? ": " : "", what);
}

static int write_data(const struct unpacking *u, int fd)
{
	const void *data;
	size_t size;
	int64_t offset;
	int ret;

	while ((ret = archive_read_data_block(u->archive, &data, &size, &offset)) == ARCHIVE_OK) {
		size_t done = 0;

		while (done < size) {
			const ssize_t got = pwrite(fd, (const char *)data + done, size - done,
						   offset + (off_t)done);

			if (got < 0 && errno != EINTR)
				return -errno;
			done += got < 0 ? 0 : (size_t)got;
		}
	}
	return ret == ARCHIVE_EOF ? 0 : -EBADMSG;
}

/* Owner before mode, which it would change. */
static int set_status(const struct unpacking *u, int dir, const char *name,
		      struct archive_entry *entry)
{
	const struct copying *c = u->copying;
	const mode_t type = archive_entry_filetype(entry);
	const uid_t uid = c->has_owner ? c->uid : (uid_t)archive_entry_uid(entry);
	const gid_t gid = c->has_owner ? c->gid : (gid_t)archive_entry_gid(entry);
	const mode_t mode = c->has_mode ? c->mode : archive_entry_perm(entry);
	const struct timespec time = { archive_entry_mtime(entry), archive_entry_mtime_nsec(entry) };
	const struct timespec times[] = { time, time };

	if (fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (type != AE_IFLNK && fchmodat(dir, name, mode, 0) < 0)
		return -errno;
	return utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int make_file(const struct unpacking *u, int dir, const char *name)
{
	autoclose int fd =
		openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : write_data(u, fd);
}

/* The other name must be a file that is there, inside. */
static int make_hardlink(const struct unpacking *u, int dir, const char *name, const char *link)
{
	bool outside;
	const char *path = path_clean(&outside, u->copying->arena, link);
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *parent =
		slash ? arena_copy(u->copying->arena, path, (size_t)(slash - path)) : ".";
	autoclose int from = -1;

	if (!path || !parent)
		return -ENOMEM;
	if (outside || !path[0])
		return -EXDEV;
	from = tree_open(u->to, parent, O_PATH | O_DIRECTORY);
	if (from < 0)
		return from;
	return linkat(from, slash ? slash + 1 : path, dir, name, 0) < 0 ? -errno : 0;
}

static int make_directory(int dir, const char *name)
{
	struct stat st;

	if (mkdirat(dir, name, 0700) == 0)
		return 0;
	if (errno != EEXIST || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

static int make_entry(const struct unpacking *u, int dir, const char *name,
		      struct archive_entry *entry)
{
	const mode_t type = archive_entry_filetype(entry);
	const char *link = archive_entry_hardlink(entry);
	int ret = 0;

	if (!link && type == AE_IFDIR)
		ret = make_directory(dir, name);
	else if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		ret = -errno;
	else if (link)
		return make_hardlink(u, dir, name, link);
	else if (type == AE_IFREG)
		ret = make_file(u, dir, name);
	else if (type == AE_IFLNK)
		ret = symlinkat(archive_entry_symlink(entry), dir, name) < 0 ? -errno : 0;
	else if (type == AE_IFCHR || type == AE_IFBLK || type == AE_IFIFO)
		ret = mknodat(dir, name, type | 0600, archive_entry_rdev(entry)) < 0 ? -errno : 0;
	else
		ret = -ENOTSUP;
	return ret < 0 ? ret : set_status(u, dir, name, entry);
}

static int take_entry(const struct unpacking *u, struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry), *path, *slash, *parent;
	autoclose int dir = -1;
	bool outside;
	int ret;

	if (!name)
		return fail(0, "%s: %s: a member has no name", u->copying->from.where, u->path);
	path = path_clean(&outside, u->copying->arena, name);
	slash = path ? strrchr(path, '/') : NULL;
	parent = slash ? arena_copy(u->copying->arena, path, (size_t)(slash - path)) : ".";
	if (!path || !parent)
		return fail(ENOMEM, "%s: %s", u->copying->from.where, u->path);
	if (outside)
		return fail_member(u, name, 0, "leads out of the archive");
	if (!path[0]) {
		/* "./": the directory itself. */
		ret = archive_entry_filetype(entry) == AE_IFDIR ? set_status(u, u->to, ".", entry) :
								  0;
		return ret < 0 ? fail_member(u, name, -ret, "") : 0;
	}
	dir = tree_mkdir(u->to, parent, 0755);
	ret = dir < 0 ? dir : make_entry(u, dir, slash ? slash + 1 : path, entry);
	return ret < 0 ? fail_member(u, name, -ret, "") : 0;
}

static int unpack(struct unpacking *u, const char *target)
{
	autoclose int to = tree_mkdir(u->copying->to, target[0] ? target : ".", 0755);
	struct archive_entry *entry;
	int ret = 0, got;

	if (to < 0)
		return fail(-to, "%s: make directory /%s", u->copying->from.where, target);
	u->to = to;
	/* The first header was read to know what it is. */
	entry = archive_entry_new();
	if (!entry)
		return fail(ENOMEM, "%s: %s", u->copying->from.where, u->path);
	while (ret == 0 && (got = archive_read_next_header2(u->archive, entry)) != ARCHIVE_EOF) {
		if (got < ARCHIVE_WARN)
			ret = fail(0, "%s: %s: %s", u->copying->from.where, u->path,
				   archive_error_string(u->archive));
		else
			ret = take_entry(u, entry);
	}
	archive_entry_free(entry);
	return ret;
}

static int open_archive(struct archive **out, int fd)
{
	struct archive *archive = archive_read_new();

	*out = archive;
	if (!archive)
		return -ENOMEM;
	if (archive_read_support_format_tar(archive) < ARCHIVE_WARN ||
	    archive_read_support_filter_gzip(archive) < ARCHIVE_WARN ||
	    archive_read_support_filter_bzip2(archive) < ARCHIVE_WARN ||
	    archive_read_support_filter_xz(archive) < ARCHIVE_WARN ||
	    archive_read_support_filter_zstd(archive) < ARCHIVE_WARN)
		return -ENOTSUP;
	return archive_read_open_fd(archive, fd, BLOCK) == ARCHIVE_OK ? 0 : 1;
}

/* Whether the file begins as a tar does; it is read from its start afterwards. */
static bool is_tar(int fd)
{
	struct archive *archive;
	struct archive_entry *entry;
	const bool is = open_archive(&archive, fd) == 0 &&
			archive_read_next_header(archive, &entry) == ARCHIVE_OK &&
			(archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;

	if (archive)
		(void)archive_read_free(archive);
	return is;
}

int unpack_path(const struct copying *copying, const char *path, const char *target)
{
	struct unpacking u = { .copying = copying, .path = path };
	autoclose int fd = tree_open(copying->from.root, path[0] ? path : ".", O_RDONLY | O_NONBLOCK);
	struct stat st;
	int ret;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(fd < 0 ? -fd : errno, "%s: %s in %s", copying->from.where, path,
			    copying->from.what);
	if (!S_ISREG(st.st_mode) || !st.st_size || !is_tar(fd))
		return 1;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return fail(errno, "%s: %s", copying->from.where, path);
	ret = open_archive(&u.archive, fd);
	ret = ret == 0 ? unpack(&u, target) :
			 fail(0, "%s: %s: cannot be read", copying->from.where, path);
	if (u.archive)
		(void)archive_read_free(u.archive);
	return ret;
}
