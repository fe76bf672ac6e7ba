/* SPDX-License-Identifier: MIT */
/* Copy trees entry by entry, by descriptors, so that nobody's link is followed on either side. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/tree.h"
#include "build/copy_parts.h"

#define CAPABILITY "security.capability"

/* One entry: NAME in directory from becomes target in directory to. */
struct entry {
	int from, to;
	const char *name, *target;
	struct stat st;
};

static int fail_entry(const struct copying *c, const struct entry *entry, int err, const char *path)
{
	if (err == EISDIR)
		return fail(0, "%s: %s: cannot take the place of the directory %s", c->from.where,
			    path, entry->target);
	if (err == ENOTDIR)
		return fail(0, "%s: %s: a directory cannot take the place of %s, which is none",
			    c->from.where, path, entry->target);
	if (err == ENOTSUP)
		return fail(0, "%s: %s: neither a file nor a directory nor a link", c->from.where,
			    path);
	return fail(err, "%s: copy %s", c->from.where, path);
}

static uid_t owner_of(const struct copying *c, const struct stat *st)
{
	return c->has_owner ? c->uid : c->from.owners ? st->st_uid : 0;
}

static gid_t group_of(const struct copying *c, const struct stat *st)
{
	return c->has_owner ? c->gid : c->from.owners ? st->st_gid : 0;
}

/* A build context makes no program set-user-id by accident: --chmod does, or a RUN. */
static mode_t mode_of(const struct copying *c, const struct stat *st)
{
	return c->has_mode ? c->mode : st->st_mode & (c->from.owners ? 07777 : 01777);
}

/* Owner before mode: changing it takes set-user-id away. */
static int set_status(const struct copying *c, const struct entry *e)
{
	const struct timespec times[] = { e->st.st_mtim, e->st.st_mtim };

	if (fchownat(e->to, e->target, owner_of(c, &e->st), group_of(c, &e->st),
		     AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISLNK(e->st.st_mode) && fchmodat(e->to, e->target, mode_of(c, &e->st), 0) < 0)
		return -errno;
	return utimensat(e->to, e->target, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* Whatever was called so goes, but a directory. */
static int make_room(const struct entry *e)
{
	return unlinkat(e->to, e->target, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int copy_data(int from, int to)
{
	char window[65536];
	ssize_t got;

	for (;;) {
		got = read(from, window, sizeof(window));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : 0;
		if (sys_write_all(to, window, (size_t)got) < 0)
			return -errno;
	}
}

/* A program's own capabilities are part of an image. */
static int copy_capability(int from, int to)
{
	char value[64];
	const ssize_t got = fgetxattr(from, CAPABILITY, value, sizeof(value));

	if (got < 0)
		return errno == ENODATA || errno == ENOTSUP ? 0 : -errno;
	return fsetxattr(to, CAPABILITY, value, (size_t)got, 0) < 0 ? -errno : 0;
}

/* Make another name of a file that was copied from PATH before, in the same tree. */
static int link_again(const struct copying *c, const struct entry *e, const char *path)
{
	const char *target = path_join(c->arena, c->tree_target, path + strlen(c->tree));
	const char *slash = target ? strrchr(target, '/') : NULL;
	const char *folder = slash ? arena_copy(c->arena, target, (size_t)(slash - target)) : ".";
	autoclose int dir = -1;
	int ret;

	if (!target || !folder)
		return -ENOMEM;
	dir = tree_open(c->to, folder[0] ? folder : ".", O_PATH | O_DIRECTORY);
	ret = dir < 0 ? dir : make_room(e);
	if (ret < 0)
		return ret;
	return linkat(dir, slash ? slash + 1 : target, e->to, e->target, 0) < 0 ? -errno : 0;
}

/* Whether that was done for PATH, which is remembered else; or -errno. */
static int find_link(const struct copying *c, const struct entry *e, const char *path)
{
	const uint64_t key[2] = { e->st.st_dev, e->st.st_ino };
	struct name *name;
	int ret;

	if (!c->links || e->st.st_nlink < 2)
		return 0;
	name = seen_get(c->links, key, sizeof(key));
	if (!name)
		return -ENOMEM;
	if (name->value) {
		ret = link_again(c, e, name->value);
		return ret < 0 ? ret : 1;
	}
	name->value = arena_copy(c->arena, path, strlen(path));
	return name->value ? 0 : -ENOMEM;
}

static int copy_file(const struct copying *c, const struct entry *e)
{
	autoclose int from = openat(e->from, e->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	autoclose int to = -1;
	int ret = from < 0 ? -errno : make_room(e);

	if (ret < 0)
		return ret;
	to = openat(e->to, e->target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	ret = copy_data(from, to);
	if (ret == 0)
		ret = set_status(c, e);
	return ret == 0 && c->from.owners ? copy_capability(from, to) : ret;
}

static int copy_link(const struct copying *c, const struct entry *e)
{
	char target[PATH_MAX];
	const ssize_t got = readlinkat(e->from, e->name, target, sizeof(target) - 1);
	int ret = got < 0 ? -errno : make_room(e);

	if (ret < 0)
		return ret;
	target[got] = '\0';
	return symlinkat(target, e->to, e->target) < 0 ? -errno : set_status(c, e);
}

/* A device or a pipe of another image. */
static int copy_node(const struct copying *c, const struct entry *e)
{
	int ret = c->from.owners ? make_room(e) : -ENOTSUP;

	if (ret < 0)
		return ret;
	return mknodat(e->to, e->target, e->st.st_mode, e->st.st_rdev) < 0 ? -errno :
									     set_status(c, e);
}

/* Returns whether it was made, or -errno. */
static int make_directory(const struct entry *e)
{
	struct stat st;

	if (mkdirat(e->to, e->target, 0700) == 0)
		return 1;
	if (errno != EEXIST)
		return -errno;
	if (fstatat(e->to, e->target, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

static int copy_inside(const struct copying *c, int from, int to, const char *path,
		       unsigned int depth);

static int copy_directory(const struct copying *c, const struct entry *e, const char *path,
			  unsigned int depth)
{
	autoclose int from =
		openat(e->from, e->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	autoclose int to = -1;
	int ret = from < 0 ? -errno : make_directory(e);

	if (ret < 0)
		return fail_entry(c, e, -ret, path);
	to = openat(e->to, e->target, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return fail_entry(c, e, errno, path);
	ret = copy_inside(c, from, to, path, depth + 1);
	if (ret < 0)
		return ret;
	ret = set_status(c, e);
	return ret < 0 ? fail_entry(c, e, -ret, path) : 0;
}

/* PATH is where it comes from, below the origin. Sockets are no part of an image. */
static int copy_entry(const struct copying *c, const struct entry *e, const char *path,
		      unsigned int depth)
{
	int ret;

	if (S_ISDIR(e->st.st_mode))
		return copy_directory(c, e, path, depth);
	if (S_ISREG(e->st.st_mode)) {
		ret = find_link(c, e, path);
		if (ret == 0)
			ret = copy_file(c, e);
	} else if (S_ISLNK(e->st.st_mode))
		ret = copy_link(c, e);
	else
		ret = S_ISSOCK(e->st.st_mode) ? 0 : copy_node(c, e);
	return ret < 0 ? fail_entry(c, e, -ret, path) : 0;
}

static int copy_inside(const struct copying *c, int from, int to, const char *path, unsigned int depth)
{
	struct texts names;
	size_t i;
	int ret = depth == DEPTH_MOST ? -ELOOP : names_read(&names, c->arena, from);

	if (ret < 0)
		return fail(-ret, "%s: %s in %s", c->from.where, path, c->from.what);
	for (i = 0; i < names.count && ret == 0; i++) {
		const char *name = names.items[i], *inner = path_join(c->arena, path, name);
		struct entry e = { .from = from, .to = to, .name = name, .target = name };

		if (!inner)
			return fail(ENOMEM, "%s: %s", c->from.where, path);
		if (fstatat(from, name, &e.st, AT_SYMLINK_NOFOLLOW) < 0)
			return fail(errno, "%s: %s in %s", c->from.where, inner, c->from.what);
		if (!origin_ignores(&c->from, c->arena, inner, S_ISDIR(e.st.st_mode)))
			ret = copy_entry(c, &e, inner, depth);
	}
	return ret;
}

bool copy_is_directory(const struct copying *c, const char *target)
{
	autoclose int fd = tree_open(c->to, target[0] ? target : ".", O_PATH | O_DIRECTORY);

	return fd >= 0;
}

/* The directory that TARGET is in, and its last part in *name. */
static int open_parent(const struct copying *c, const char *target, const char **name)
{
	const char *slash = strrchr(target, '/');
	const char *parent = slash ? arena_copy(c->arena, target, (size_t)(slash - target)) : ".";

	*name = slash ? slash + 1 : target;
	return parent ? tree_mkdir(c->to, parent[0] ? parent : ".", 0755) : -ENOMEM;
}

/* The contents of the open FROM into TARGET; where that is made, it becomes as FROM is. */
static int copy_contents(const struct copying *c, int from, const struct stat *st, const char *path,
			 const char *target)
{
	const bool is_new = !copy_is_directory(c, target);
	autoclose int to = tree_mkdir(c->to, target[0] ? target : ".", 0755);
	autoclose int parent = -1;
	struct entry e = { .from = from, .st = *st };
	int ret;

	if (to < 0)
		return to == -ENOTDIR || to == -EEXIST ?
			       fail(0, "%s: %s is a directory, and /%s is none", c->from.where,
				    path[0] ? path : ".", target) :
			       fail(-to, "%s: make directory /%s", c->from.where, target);
	ret = copy_inside(c, from, to, path, 0);
	if (ret < 0 || !is_new)
		return ret;
	parent = open_parent(c, target, &e.target);
	e.to = parent;
	ret = parent < 0 ? parent : set_status(c, &e);
	return ret < 0 ? fail(-ret, "%s: /%s", c->from.where, target) : 0;
}

static int copy_regular(const struct copying *c, const struct entry *e, const char *path)
{
	autoclose int from = tree_open(c->from.root, path, O_RDONLY | O_NONBLOCK);
	autoclose int to = -1;
	int ret = from < 0 ? from : make_room(e);

	if (ret < 0)
		return ret;
	to = openat(e->to, e->target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	ret = copy_data(from, to);
	if (ret == 0)
		ret = set_status(c, e);
	return ret == 0 && c->from.owners ? copy_capability(from, to) : ret;
}

/* A file or the like, whose last link was followed: a name in /proc is as good as any. */
static int copy_single(const struct copying *c, const struct stat *st, const char *path,
		       const char *target)
{
	struct entry e = { .st = *st };
	autoclose int parent = open_parent(c, target, &e.target);
	int ret;

	if (parent < 0)
		return fail(-parent, "%s: make the directory of /%s", c->from.where, target);
	e.to = parent;
	ret = S_ISREG(st->st_mode) ? copy_regular(c, &e, path) : copy_node(c, &e);
	return ret < 0 ? fail_entry(c, &e, -ret, path) : 0;
}

/* A directory, in which several names of one file stay so. */
static int copy_tree(const struct copying *c, int from, const struct stat *st, const char *path,
		     const char *target)
{
	struct seen links = { .arena = c->arena };
	struct copying own = *c;

	own.links = &links;
	own.tree = path;
	own.tree_target = target;
	return copy_contents(&own, from, st, path, target);
}

int copy_path(const struct copying *c, const char *path, const char *target, bool into)
{
	const char *slash = strrchr(path, '/');
	autoclose int fd = tree_open(c->from.root, path[0] ? path : ".", O_PATH);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(fd < 0 ? -fd : errno, "%s: %s in %s", c->from.where, path, c->from.what);
	if (S_ISDIR(st.st_mode)) {
		autoclose int dir = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		return dir < 0 ? fail(errno, "%s: %s in %s", c->from.where, path, c->from.what) :
				 copy_tree(c, dir, &st, path, target);
	}
	if (into)
		target = path_join(c->arena, target, slash ? slash + 1 : path);
	if (!target)
		return fail(ENOMEM, "%s: %s", c->from.where, path);
	return copy_single(c, &st, path, target);
}

int copy_text(const struct copying *c, const char *text, const char *target)
{
	struct entry e = { .st = { .st_mode = S_IFREG | 0644 } };
	autoclose int parent = open_parent(c, target, &e.target);
	int ret;

	if (parent < 0)
		return fail(-parent, "%s: make the directory of /%s", c->from.where, target);
	e.to = parent;
	ret = make_room(&e);
	if (ret == 0) {
		autoclose int to =
			openat(parent, e.target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		ret = to < 0 ? -errno : sys_write_all(to, text, strlen(text));
	}
	if (ret == 0)
		ret = set_status(c, &e);
	return ret < 0 ? fail_entry(c, &e, -ret, "the here-document") : 0;
}
