/* SPDX-License-Identifier: MIT */
/* Find what a pattern means, and take its digest, by which a build knows whether it has changed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/list.h"
#include "base/log.h"
#include "base/tree.h"
#include "build/copy_parts.h"
#include "build/pattern.h"

struct finding {
	struct texts *out;
	struct arena *arena;
	const struct origin *origin;
};

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int names_read(struct texts *out, struct arena *arena, int dir)
{
	struct list list;
	const char *name;

	*out = (struct texts){ 0 };
	list_begin(&list, dir);
	while ((name = list_next(&list))) {
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (texts_add(arena, out, arena_copy(arena, name, strlen(name))) < 0)
			return -ENOMEM;
	}
	if (arena->failed || list.error)
		return arena->failed ? -ENOMEM : list.error;
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), compare);
	return 0;
}

const char *path_join(struct arena *arena, const char *directory, const char *name)
{
	return directory[0] ? arena_print(arena, "%s/%s", directory, name) : name;
}

static int tree_path(int root, const char *path, int flags)
{
	return tree_open(root, path[0] ? path : ".", flags);
}

/* --- what is ignored --------------------------------------------------------------------------------- */

/* Whether anything in PATH is there after all. */
static bool has_kept(const struct origin *origin, struct arena *arena, const char *path,
		     unsigned int depth)
{
	autoclose int dir = tree_path(origin->root, path, O_RDONLY | O_DIRECTORY);
	struct texts names;
	bool kept = false;
	size_t i;

	if (dir < 0 || depth == DEPTH_MOST || names_read(&names, arena, dir) < 0)
		return false;
	for (i = 0; i < names.count && !kept; i++) {
		const char *inner = path_join(arena, path, names.items[i]);
		struct stat st;

		if (!inner || fstatat(dir, names.items[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		kept = !ignore_has(origin->ignore, inner) ||
		       (S_ISDIR(st.st_mode) && has_kept(origin, arena, inner, depth + 1));
	}
	return kept;
}

bool origin_ignores(const struct origin *origin, struct arena *arena, const char *path,
		    bool is_directory)
{
	if (!origin->ignore || !path[0] || !ignore_has(origin->ignore, path))
		return false;
	return !is_directory || !origin->ignore->keeps || !has_kept(origin, arena, path, 0);
}

/* --- finding ----------------------------------------------------------------------------------------- */

static int take_path(const struct finding *f, const char *path)
{
	autoclose int fd = tree_path(f->origin->root, path, O_PATH);
	struct stat st;

	if (fd < 0)
		return fd == -ENOENT || fd == -ENOTDIR ?
			       0 :
			       fail(-fd, "%s: %s in %s", f->origin->where, path, f->origin->what);
	if (fstat(fd, &st) < 0)
		return fail(errno, "%s: %s in %s", f->origin->where, path, f->origin->what);
	if (origin_ignores(f->origin, f->arena, path, S_ISDIR(st.st_mode)))
		return 0;
	return texts_add(f->arena, f->out, path) < 0 ?
		       fail(ENOMEM, "%s: %s", f->origin->where, path) :
		       0;
}

static int find(const struct finding *f, const char *directory, const char *pattern);

static int find_part(const struct finding *f, const char *directory, const char *part,
		     const char *rest)
{
	const char *path = path_join(f->arena, directory, part);

	if (!path)
		return fail(ENOMEM, "%s: %s", f->origin->where, part);
	return *rest ? find(f, path, rest + 1) : take_path(f, path);
}

/* The first part of PATTERN below DIRECTORY, then the rest of it. */
static int find(const struct finding *f, const char *directory, const char *pattern)
{
	const size_t length = strcspn(pattern, "/");
	const char *part = arena_copy(f->arena, pattern, length);
	autoclose int dir = -1;
	struct texts names;
	size_t i;
	int ret;

	if (!part)
		return fail(ENOMEM, "%s: %s", f->origin->where, pattern);
	if (!pattern_is_wild(part))
		return find_part(f, directory, part, pattern + length);
	dir = tree_path(f->origin->root, directory, O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		return 0;
	ret = names_read(&names, f->arena, dir);
	if (ret < 0)
		return fail(-ret, "%s: %s", f->origin->where, pattern);
	for (i = 0; i < names.count && ret == 0; i++)
		if (pattern_match(part, names.items[i]))
			ret = find_part(f, directory, names.items[i], pattern + length);
	return ret;
}

int origin_find(struct texts *out, struct arena *arena, const struct origin *origin,
		const char *pattern)
{
	const struct finding finding = { out, arena, origin };

	return pattern[0] ? find(&finding, "", pattern) : take_path(&finding, "");
}

/* --- the digest -------------------------------------------------------------------------------------- */

static void add_number(struct hasher *hasher, uint64_t number)
{
	unsigned char bytes[8];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(number >> 8 * i);
	hasher_add(hasher, bytes, sizeof(bytes));
}

static void add_status(struct hasher *hasher, const struct copying *copying, const struct stat *st)
{
	const uint64_t time = st->st_mtim.tv_sec > 0 ? (uint64_t)st->st_mtim.tv_sec : 0;

	add_number(hasher, st->st_mode);
	add_number(hasher, copying->from.owners ? st->st_uid : 0);
	add_number(hasher, copying->from.owners ? st->st_gid : 0);
	add_number(hasher, time < copying->epoch ? time : copying->epoch);
	add_number(hasher, S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0);
	add_number(hasher, S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ? st->st_rdev : 0);
}

static int add_file(struct hasher *hasher, int dir, const char *name)
{
	autoclose int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	unsigned char window[16384];
	ssize_t got = fd < 0 ? -1 : 1;

	while (got > 0) {
		got = read(fd, window, sizeof(window));
		if (got > 0)
			hasher_add(hasher, window, (size_t)got);
	}
	return got < 0 ? -errno : 0;
}

static int add_link(struct hasher *hasher, int dir, const char *name)
{
	char target[PATH_MAX];
	const ssize_t got = readlinkat(dir, name, target, sizeof(target));

	if (got < 0)
		return -errno;
	hasher_add(hasher, target, (size_t)got);
	return 0;
}

static int add_directory(struct hasher *hasher, const struct copying *copying, int dir,
			 const char *path, unsigned int depth);

static int add_entry(struct hasher *hasher, const struct copying *copying, int dir,
		     const char *name, const char *path, unsigned int depth)
{
	autoclose int inner = -1;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (origin_ignores(&copying->from, copying->arena, path, S_ISDIR(st.st_mode)))
		return 0;
	hasher_add(hasher, name, strlen(name) + 1);
	add_status(hasher, copying, &st);
	if (S_ISREG(st.st_mode))
		return add_file(hasher, dir, name);
	if (S_ISLNK(st.st_mode))
		return add_link(hasher, dir, name);
	if (!S_ISDIR(st.st_mode))
		return 0;
	inner = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return inner < 0 ? -errno : add_directory(hasher, copying, inner, path, depth + 1);
}

static int add_directory(struct hasher *hasher, const struct copying *copying, int dir,
			 const char *path, unsigned int depth)
{
	struct texts names;
	size_t i;
	int ret = depth == DEPTH_MOST ? -ELOOP : names_read(&names, copying->arena, dir);

	if (ret < 0)
		return ret;
	for (i = 0; i < names.count && ret == 0; i++) {
		const char *inner = path_join(copying->arena, path, names.items[i]);

		ret = inner ? add_entry(hasher, copying, dir, names.items[i], inner, depth) : -ENOMEM;
	}
	hasher_add(hasher, "", 1);
	return ret;
}

int origin_digest(struct hasher *hasher, const struct copying *copying, const char *path)
{
	const struct origin *from = &copying->from;
	autoclose int fd = tree_path(from->root, path, O_RDONLY | O_NONBLOCK);
	struct stat st;
	int ret = fd < 0 ? fd : 0;

	if (ret == 0 && fstat(fd, &st) < 0)
		ret = -errno;
	hasher_add(hasher, path, strlen(path) + 1);
	if (ret == 0)
		add_status(hasher, copying, &st);
	if (ret == 0 && S_ISDIR(st.st_mode)) {
		ret = add_directory(hasher, copying, fd, path, 0);
	} else if (ret == 0 && S_ISREG(st.st_mode)) {
		struct digest digest;

		ret = digest_range(&digest, fd, 0, (uint64_t)st.st_size);
		hasher_add(hasher, digest.bytes, sizeof(digest.bytes));
	}
	return ret < 0 ? fail(-ret, "%s: %s in %s", from->where, path[0] ? path : ".", from->what) :
			 0;
}
