/* SPDX-License-Identifier: MIT */
/* Resolve paths beneath a descriptor: by openat2(2), or part by part where that cannot be had.
 *
 * The walk never opens "..": it keeps the names that led to where it is, and goes there again from
 * the root with one name less. Each name is opened O_NOFOLLOW on the directory before it. So
 * whatever is renamed or replaced meanwhile, the walk ends inside the root or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/tree.h"

enum { LINKS_MAX = 40, TRIES_MAX = 64 };

/* What walk_step returns while it is not there yet; no errno is as large. */
enum { WALK_ON = -100000 };

/* What to do about names that are missing. */
enum walk_make { MAKE_NOTHING, MAKE_DIRECTORY, MAKE_FILE };

struct walk {
	int root, at; /* at: where the walk is, a directory */
	int flags;
	enum walk_make make;
	mode_t mode;
	unsigned int links;
	size_t depth;         /* bytes used in names */
	char *rest;           /* what is still to be walked; lies at the end of room */
	char names[PATH_MAX]; /* of the directories from root to at, each ended by NUL */
	char room[PATH_MAX];
};

/* The next part of the path. */
struct part {
	char *name;
	char *behind;         /* NUL or slashes and the rest */
	bool last, directory; /* directory: slashes behind it say that it is one */
};

static int open_part(int at, const char *name, int flags)
{
	int fd = openat(at, name, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* The walk goes on in FD, and owns it; or ends with the error that FD is. */
static int walk_enter(struct walk *walk, int fd)
{
	if (fd < 0)
		return fd;
	fd_close(&walk->at);
	walk->at = fd;
	return WALK_ON;
}

/* Go from the root through all names again. */
static int walk_again(struct walk *walk)
{
	int ret = walk_enter(walk, open_part(walk->root, ".", O_PATH | O_DIRECTORY));
	const char *name = walk->names;

	while (ret == WALK_ON && name < walk->names + walk->depth) {
		ret = walk_enter(walk, open_part(walk->at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW));
		name += strlen(name) + 1;
	}
	return ret;
}

static int walk_up(struct walk *walk)
{
	if (walk->depth > 0)
		walk->depth--;
	while (walk->depth > 0 && walk->names[walk->depth - 1])
		walk->depth--;
	return walk_again(walk);
}

static int walk_down(struct walk *walk, const char *name, int fd)
{
	size_t size = strlen(name) + 1;

	if (size > sizeof(walk->names) - walk->depth) {
		close(fd);
		return -ENAMETOOLONG;
	}
	memcpy(walk->names + walk->depth, name, size);
	walk->depth += size;
	return walk_enter(walk, fd);
}

/* Put the target of a symlink in front of the rest. */
static int walk_link(struct walk *walk, int link)
{
	size_t room = (size_t)(walk->rest - walk->room);
	struct statfs fs;
	ssize_t length;

	if (fstatfs(link, &fs) < 0)
		return -errno;
	/* procfs: such a link may lead anywhere, whatever its text says. */
	if (walk->links++ >= LINKS_MAX || fs.f_type == PROC_SUPER_MAGIC)
		return -ELOOP;
	length = readlinkat(link, "", walk->room, room);
	if (length < 0)
		return -errno;
	if (length == 0)
		return -ENOENT;
	if ((size_t)length == room)
		return -ENAMETOOLONG;
	walk->rest -= length;
	memmove(walk->rest, walk->room, (size_t)length);
	if (*walk->rest != '/')
		return WALK_ON;
	walk->depth = 0;
	return walk_again(walk);
}

/* Make what is missing, if that is wanted. */
static int walk_make(const struct walk *walk, const struct part *part)
{
	int fd;

	if (part->last && walk->make == MAKE_FILE) {
		if (part->directory)
			return -EISDIR;
		fd = openat(walk->at, part->name,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, walk->mode);
		if (fd < 0)
			return -errno;
		close(fd);
		return 0;
	}
	return mkdirat(walk->at, part->name, part->last ? walk->mode : 0755) < 0 ? -errno : 0;
}

/* Open whatever the part names, a symlink as such, and describe it. */
static int walk_look(const struct walk *walk, const struct part *part, struct stat *st)
{
	autoclose int fd = open_part(walk->at, part->name, O_PATH | O_NOFOLLOW);
	int ret;

	if (fd == -ENOENT && walk->make != MAKE_NOTHING) {
		ret = walk_make(walk, part);
		/* Somebody else may have made it just now. */
		if (ret < 0 && ret != -EEXIST)
			return ret;
		fd = open_part(walk->at, part->name, O_PATH | O_NOFOLLOW);
	}
	if (fd < 0)
		return fd;
	if (fstat(fd, st) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* The last part, no symlink, FD being an O_PATH descriptor of it: returns what was asked for. */
static int walk_end(const struct walk *walk, const struct part *part, int *fd, const struct stat *st)
{
	bool directory = part->directory || walk->flags & O_DIRECTORY;

	if (directory && !S_ISDIR(st->st_mode))
		return -ENOTDIR;
	if (walk->make == MAKE_FILE && S_ISDIR(st->st_mode))
		return -EISDIR;
	if (walk->flags & O_PATH)
		return steal_fd(fd);
	if (walk->make == MAKE_FILE && !S_ISREG(st->st_mode))
		return -EINVAL;
	return open_part(walk->at, part->name,
			 walk->flags | O_NOFOLLOW | (directory ? O_DIRECTORY : 0));
}

static int walk_part(struct walk *walk, const struct part *part)
{
	bool follow = !part->last || part->directory || !(walk->flags & O_NOFOLLOW);
	autoclose int fd = -1;
	struct stat st;

	if (part->last && !follow && walk->make == MAKE_NOTHING)
		return open_part(walk->at, part->name, walk->flags);
	fd = walk_look(walk, part, &st);
	if (fd < 0)
		return fd;
	if (S_ISLNK(st.st_mode))
		return follow ? walk_link(walk, fd) : -ELOOP;
	if (part->last)
		return walk_end(walk, part, &fd, &st);
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return walk_down(walk, part->name, steal_fd(&fd));
}

/* Take one part off the path. Returns WALK_ON, the descriptor at the end, or -errno. */
static int walk_step(struct walk *walk)
{
	struct part part = { .name = walk->rest + strspn(walk->rest, "/") };
	char slash;
	int ret;

	part.behind = part.name + strcspn(part.name, "/");
	part.last = part.behind[strspn(part.behind, "/")] == '\0';
	part.directory = part.last && *part.behind == '/';
	walk->rest = part.behind;
	if (part.name == part.behind)
		return walk->make == MAKE_FILE ? -EISDIR : open_part(walk->at, ".", walk->flags);
	slash = *part.behind;
	*part.behind = '\0';
	if (strcmp(part.name, ".") == 0)
		ret = walk_enter(walk, open_part(walk->at, ".", O_PATH | O_DIRECTORY));
	else if (strcmp(part.name, "..") == 0)
		ret = walk_up(walk);
	else
		ret = walk_part(walk, &part);
	*part.behind = slash;
	return ret;
}

static int walk_path(int root, const char *path, int flags, enum walk_make make, mode_t mode)
{
	struct walk walk = { .root = root, .at = -1, .flags = flags, .make = make, .mode = mode };
	size_t size = strlen(path) + 1;
	int ret;

	if (size == 1)
		return -ENOENT;
	if (size > sizeof(walk.room))
		return -ENAMETOOLONG;
	walk.rest = walk.room + sizeof(walk.room) - size;
	memcpy(walk.rest, path, size);
	ret = walk_again(&walk);
	while (ret == WALK_ON)
		ret = walk_step(&walk);
	fd_close(&walk.at);
	return ret;
}

static int openat2_in_root(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long ret;
	int i;

	/* EAGAIN: a directory was renamed while the path had a "..", so that the kernel cannot tell where it is. */
	for (i = 0; i < TRIES_MAX; i++) {
		ret = syscall(SYS_openat2, root, path, &how, sizeof(how));
		if (ret >= 0)
			return (int)ret;
		if (errno != EAGAIN)
			break;
	}
	return -errno;
}

/* O_PATH makes openat(AT_FDCWD, 2) ignore most other flags, but openat2(2) refuse them. A 32-bit
 * libc adds O_LARGEFILE only to its own calls. */
static int flags_clean(int flags)
{
	if (flags & O_PATH)
		return flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW);
	return flags | O_LARGEFILE;
}

static bool flags_create(int flags)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
}

int tree_open_walk(int root, const char *path, int flags)
{
	if (flags_create(flags))
		return -EINVAL;
	return walk_path(root, path, flags_clean(flags), MAKE_NOTHING, 0);
}

int tree_open(int root, const char *path, int flags)
{
	int ret;

	if (flags_create(flags))
		return -EINVAL;
	ret = openat2_in_root(root, path, flags_clean(flags));
	/* EPERM: filters that are older than the call. Where the file itself is meant, the walk says the same. */
	if (ret == -ENOSYS || ret == -EPERM)
		return tree_open_walk(root, path, flags);
	return ret;
}

int tree_mkdir(int root, const char *path, mode_t mode)
{
	int fd = tree_open(root, path, O_PATH | O_DIRECTORY);

	if (fd != -ENOENT)
		return fd;
	return walk_path(root, path, O_PATH | O_DIRECTORY, MAKE_DIRECTORY, mode);
}

int tree_create(int root, const char *path, int flags, mode_t mode)
{
	if (flags_create(flags))
		return -EINVAL;
	return walk_path(root, path, flags_clean(flags), MAKE_FILE, mode);
}

/* Open the directory that PATH's last part, put into NAME, is to be made in. */
static int parent_open(const char **name, int root, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) + 1 : 0;
	char parent[PATH_MAX];

	*name = path + length;
	if (!**name || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0)
		return -EINVAL;
	if (length == 0)
		return tree_mkdir(root, ".", 0755);
	if (length >= sizeof(parent))
		return -ENAMETOOLONG;
	memcpy(parent, path, length);
	parent[length] = '\0';
	return tree_mkdir(root, parent, 0755);
}

int tree_mknod(int root, const char *path, mode_t mode, dev_t device)
{
	const char *name;
	autoclose int parent = parent_open(&name, root, path);

	if (parent < 0)
		return parent;
	return mknodat(parent, name, mode, device) < 0 ? -errno : 0;
}

int tree_symlink(int root, const char *path, const char *target)
{
	const char *name;
	autoclose int parent = parent_open(&name, root, path);

	if (parent < 0)
		return parent;
	return symlinkat(target, parent, name) < 0 ? -errno : 0;
}

/* The same without openat2(2), part by part. */
static int open_plain_walk(const char *path, int flags)
{
	autoclose int at = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_MAX + 1];
	struct stat st;

	while (at >= 0 && *(path += strspn(path, "/"))) {
		size_t length = strcspn(path, "/");
		bool last = path[length + strspn(path + length, "/")] == '\0';
		int next;

		if (length > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, path, length);
		name[length] = '\0';
		if (strcmp(name, "..") == 0)
			return -EINVAL;
		next = openat(at, name, (last ? flags : O_PATH) | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		close(at);
		at = next;
		if (fstat(at, &st) < 0)
			return -errno;
		if (S_ISLNK(st.st_mode))
			return -ELOOP;
		path += length;
	}
	return at < 0 ? -errno : steal_fd(&at);
}

static bool has_parent_part(const char *path)
{
	while (*(path += strspn(path, "/"))) {
		const size_t length = strcspn(path, "/");

		if (length == 2 && path[0] == '.' && path[1] == '.')
			return true;
		path += length;
	}
	return false;
}

int tree_open_plain(const char *path, int flags)
{
	const struct open_how how = {
		.flags = (unsigned int)(flags_clean(flags) | O_NOFOLLOW | O_CLOEXEC),
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	if (path[0] != '/' || has_parent_part(path))
		return -EINVAL;
	fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	if (fd >= 0)
		return (int)fd;
	return errno == ENOSYS || errno == EPERM ? open_plain_walk(path, flags) : -errno;
}
