/* SPDX-License-Identifier: MIT */
/* Compare two trees of files, name by name, in the order of the names. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/list.h"
#include "base/log.h"
#include "commands/changes.h"

enum { PATH_ROOM = 4096 };

struct walk {
	const struct changes *changes;
	struct arena *arena; /* of the lines */
	size_t length;
	char path[PATH_ROOM];
};

/* A directory of both sides. */
struct pair {
	int now;
	const struct lower_directory *before; /* or NULL */
	bool opaque;
};

static int compare_pair(struct string *out, struct walk *walk, const struct pair *pair);

static void say_line(struct string *out, const struct walk *walk, char letter)
{
	string_add(walk->arena, out, "%c %s\n", letter, walk->path);
}

static bool is_mount(const struct walk *walk)
{
	const struct texts *mounts = walk->changes->mounts;
	size_t i;

	for (i = 0; i < mounts->count; i++) {
		if (strcmp(mounts->items[i], walk->path) == 0)
			return true;
	}
	return false;
}

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

static bool has_attribute(int fd, const char *name)
{
	return fgetxattr(fd, name, NULL, 0) >= 0;
}

static bool differs(const struct walk *walk, const struct stat *st, const struct lower_entry *entry)
{
	const mode_t type = entry->mode & S_IFMT;

	if ((type && type != (st->st_mode & S_IFMT)) ||
	    (st->st_mode & 07777) != (entry->mode & 07777))
		return true;
	if (walk->changes->all_ids && (st->st_uid != entry->uid || st->st_gid != entry->gid))
		return true;
	if (S_ISDIR(st->st_mode))
		return false;
	return (uint64_t)st->st_mtim.tv_sec != entry->mtime ||
	       (type == S_IFREG && (uint64_t)st->st_size != entry->size);
}

/* Below a directory of now, and what was there before, if it was one. */
static int compare_below(struct string *out, struct walk *walk, const struct pair *pair,
			 const char *name, bool was_directory)
{
	autoclose int fd = openat(pair->now, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct lower_directory before = { .fd = -1 };
	struct pair below = { .now = fd };
	struct arena arena = { 0 };
	int ret = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno; /* it went meanwhile */
	below.opaque = walk->changes->upper && has_attribute(fd, "trusted.overlay.opaque");
	if (was_directory) {
		ret = lower_enter(&before, &arena, walk->changes->lower, pair->before, name);
		below.before = &before;
	}
	if (ret == 0)
		ret = compare_pair(out, walk, &below);
	lower_close(&before);
	arena_close(&arena);
	return ret;
}

/* Without the image: overlayfs notes of what it copied up where that came from. */
static bool came_from_below(const struct walk *walk, int dir, const char *name)
{
	autoclose int fd = -1;

	if (walk->changes->lower)
		return false;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 && has_attribute(fd, "trusted.overlay.origin");
}

static int add_new(struct string *out, struct walk *walk, const struct pair *pair, const char *name,
		   const struct stat *st)
{
	if (walk->changes->upper && is_whiteout(st)) {
		if (!walk->changes->lower)
			say_line(out, walk, 'D');
		return 0;
	}
	say_line(out, walk, came_from_below(walk, pair->now, name) ? 'C' : 'A');
	return S_ISDIR(st->st_mode) ? compare_below(out, walk, pair, name, false) : 0;
}

static int compare_both(struct string *out, struct walk *walk, const struct pair *pair,
			const struct lower_entry *entry, const struct stat *st)
{
	const bool was_directory = S_ISDIR(entry->mode);
	struct string below = { 0 };
	int ret = 0;

	if (walk->changes->upper && is_whiteout(st)) {
		say_line(out, walk, 'D');
		return 0;
	}
	if (S_ISDIR(st->st_mode))
		ret = compare_below(&below, walk, pair, entry->name, was_directory);
	if (walk->changes->upper || below.length || differs(walk, st, entry))
		say_line(out, walk, 'C');
	if (below.length)
		string_add(walk->arena, out, "%s", below.text);
	return ret;
}

static int compare_name(struct string *out, struct walk *walk, const struct pair *pair,
			const char *name, const struct lower_entry *entry, bool is_now)
{
	const size_t before = walk->length, length = strlen(name);
	struct stat st;
	int ret = 0;

	if (before + length + 2 > PATH_ROOM)
		return -ENAMETOOLONG;
	walk->path[walk->length++] = '/';
	memcpy(walk->path + walk->length, name, length + 1);
	walk->length += length;
	if (is_now && fstatat(pair->now, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		is_now = false;
	if (is_mount(walk))
		ret = 0;
	else if (is_now && entry)
		ret = compare_both(out, walk, pair, entry, &st);
	else if (is_now)
		ret = add_new(out, walk, pair, name, &st);
	else if (entry && (!walk->changes->upper || pair->opaque))
		say_line(out, walk, 'D');
	walk->length = before;
	walk->path[before] = '\0';
	return ret;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_names(struct texts *names, struct arena *arena, int fd)
{
	struct list list;
	const char *name;

	list_begin(&list, fd);
	while ((name = list_next(&list))) {
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		    texts_add(arena, names, arena_copy(arena, name, strlen(name))) < 0)
			return -ENOMEM;
	}
	if (names->count > 1)
		qsort(names->items, names->count, sizeof(names->items[0]), by_name);
	return arena->failed ? -ENOMEM : list.error;
}

static int compare_lists(struct string *out, struct walk *walk, const struct pair *pair,
			 const struct texts *names, const struct lower_list *list)
{
	size_t i = 0, k = 0;
	int ret = 0;

	while (ret == 0 && (i < names->count || k < list->count)) {
		const int order = i == names->count ? 1 :
				  k == list->count  ? -1 :
						      strcmp(names->items[i], list->items[k].name);
		const struct lower_entry *entry = order >= 0 ? &list->items[k] : NULL;

		ret = compare_name(out, walk, pair, order <= 0 ? names->items[i] : entry->name,
				   entry, order <= 0);
		i += order <= 0;
		k += order >= 0;
	}
	return ret;
}

static int compare_pair(struct string *out, struct walk *walk, const struct pair *pair)
{
	struct lower_list list = { 0 };
	struct arena arena = { 0 };
	struct texts names = { 0 };
	int ret = read_names(&names, &arena, pair->now);

	if (ret == 0 && pair->before)
		ret = lower_read(&list, &arena, walk->changes->lower, pair->before);
	if (ret == 0)
		ret = compare_lists(out, walk, pair, &names, &list);
	arena_close(&arena);
	return ret;
}

int changes_list(struct string *out, struct arena *arena, const struct changes *changes, int fd)
{
	struct walk *walk = arena_alloc(arena, sizeof(*walk));
	struct lower_directory root = { .fd = -1 };
	struct pair pair = { .now = fd };
	int ret = walk ? 0 : -ENOMEM;

	if (ret == 0 && changes->lower) {
		ret = lower_root(&root, arena, changes->lower);
		pair.before = &root;
	}
	if (ret == 0) {
		walk->changes = changes;
		walk->arena = arena;
		ret = compare_pair(out, walk, &pair);
	}
	lower_close(&root);
	if (ret == 0 && arena->failed)
		ret = -ENOMEM;
	return ret < 0 ? fail(-ret, "compare files with the image's") : 0;
}
