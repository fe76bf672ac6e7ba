/* SPDX-License-Identifier: MIT */
/* Layers, one above the other. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/list.h"
#include "base/log.h"
#include "image/lower.h"

enum { NAMES_MOST = 1 << 20 };

int lower_open(struct lower *out, struct arena *arena, const struct image *image)
{
	size_t i;
	int ret = 0;

	*out = (struct lower){ .fd = -1 };
	if (image->kind == IMAGE_DIRECTORY) {
		out->fd = image->fd;
		return 0;
	}
	if (image->kind != IMAGE_LAYERS)
		return fail(EOPNOTSUPP, "%s: the files of a zip", image->path);
	out->layers = arena_alloc(arena, image->layer_count * sizeof(*out->layers));
	if (!out->layers)
		return fail(ENOMEM, "%s", image->path);
	out->count = image->layer_count;
	for (i = 0; ret == 0 && i < out->count; i++)
		ret = squashfs_open(&out->layers[i], &image->layers[i]);
	if (ret == -EOPNOTSUPP)
		return fail(EOPNOTSUPP, "%s: read a layer that gzip did not pack", image->path);
	return ret < 0 ? fail(-ret, "%s: read its layers", image->path) : 0;
}

int lower_root(struct lower_directory *out, struct arena *arena, const struct lower *lower)
{
	size_t i;
	int ret = 0;

	*out = (struct lower_directory){ .fd = -1 };
	if (lower->count == 0) {
		out->fd = openat(lower->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		return out->fd < 0 ? -errno : 0;
	}
	out->parts = arena_alloc(arena, lower->count * sizeof(*out->parts));
	if (!out->parts)
		return -ENOMEM;
	for (i = 0; ret == 0 && i < lower->count; i++)
		ret = squashfs_inode(&out->parts[i], &lower->layers[i], lower->layers[i].root);
	return ret;
}

void lower_close(struct lower_directory *directory)
{
	fd_close(&directory->fd);
}

struct wanted {
	const char *name;
	uint64_t reference;
};

static int match(void *data, const char *name, uint64_t reference)
{
	struct wanted *wanted = data;

	if (strcmp(name, wanted->name) != 0)
		return 0;
	wanted->reference = reference;
	return 1;
}

/* What one layer has under NAME: type 0 for nothing. */
static int enter_layer(struct squashfs_inode *out, bool *opaque, struct squashfs *fs,
		       const struct squashfs_inode *directory, const char *name)
{
	struct wanted wanted = { .name = name };
	struct squashfs_detail detail = { 0 };
	int ret = squashfs_list(fs, directory, &wanted, match);

	*opaque = false;
	if (ret <= 0)
		return ret;
	ret = squashfs_inode(out, fs, wanted.reference);
	if (ret == 0 && out->type == S_IFDIR)
		ret = squashfs_detail(&detail, fs, wanted.reference);
	/* Anything but a directory hides what is below. */
	*opaque = ret == 0 && (out->type != S_IFDIR || detail.opaque);
	return ret;
}

int lower_enter(struct lower_directory *out, struct arena *arena, const struct lower *lower,
		const struct lower_directory *directory, const char *name)
{
	bool opaque = false;
	size_t i;
	int ret = 0;

	*out = (struct lower_directory){ .fd = -1 };
	if (lower->count == 0) {
		out->fd =
			openat(directory->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		return out->fd < 0 ? -errno : 0;
	}
	out->parts = arena_alloc(arena, lower->count * sizeof(*out->parts));
	if (!out->parts)
		return -ENOMEM;
	for (i = lower->count; i-- > 0 && ret == 0 && !opaque;) {
		if (directory->parts[i].type == S_IFDIR)
			ret = enter_layer(&out->parts[i], &opaque, &lower->layers[i],
					  &directory->parts[i], name);
	}
	return ret;
}

/* --- listings -------------------------------------------------------------------------------------------- */

struct gathering {
	struct lower_list *list;
	struct arena *arena;
	size_t room, layer;
};

static int gather(void *data, const char *name, uint64_t reference)
{
	struct gathering *gathering = data;
	struct lower_list *list = gathering->list;
	struct lower_entry *entry;

	if (list->count == NAMES_MOST)
		return -E2BIG;
	if (list->count == gathering->room) {
		const size_t room = gathering->room ? 2 * gathering->room : 32;
		struct lower_entry *more = arena_alloc(gathering->arena, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		if (list->count)
			memcpy(more, list->items, list->count * sizeof(*more));
		list->items = more;
		gathering->room = room;
	}
	entry = &list->items[list->count++];
	*entry = (struct lower_entry){ .name = arena_copy(gathering->arena, name, strlen(name)),
				       .layer = gathering->layer,
				       .reference = reference };
	return entry->name ? 0 : -ENOMEM;
}

static int read_directory(struct gathering *gathering, int fd)
{
	struct list list;
	const char *name;
	struct stat st;
	int ret = 0;

	list_begin(&list, fd);
	while (ret == 0 && (name = list_next(&list))) {
		struct lower_entry *entry;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		    fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		ret = gather(gathering, name, 0);
		if (ret < 0)
			return ret;
		entry = &gathering->list->items[gathering->list->count - 1];
		entry->mode = st.st_mode;
		entry->uid = st.st_uid;
		entry->gid = st.st_gid;
		entry->mtime = (uint64_t)st.st_mtim.tv_sec;
		entry->size = (uint64_t)st.st_size;
	}
	return ret == 0 ? list.error : ret;
}

/* By name, and the highest layer first. */
static int compare(const void *a, const void *b)
{
	const struct lower_entry *one = a, *other = b;
	const int order = strcmp(one->name, other->name);

	return order ? order : one->layer < other->layer ? 1 : -1;
}

static int describe(struct lower_entry *entry, const struct lower *lower)
{
	struct squashfs *fs = &lower->layers[entry->layer];
	struct squashfs_detail detail = { 0 };
	struct squashfs_inode inode = { 0 };
	int ret = squashfs_inode(&inode, fs, entry->reference);

	if (ret == 0)
		ret = squashfs_detail(&detail, fs, entry->reference);
	if (ret < 0)
		return ret;
	entry->mode = inode.type | detail.permissions;
	entry->uid = detail.uid;
	entry->gid = detail.gid;
	entry->mtime = detail.mtime;
	entry->size = inode.size;
	return 0;
}

/* Of each name the highest entry stays, and that only if it is no whiteout. */
static int fold(struct lower_list *list, const struct lower *lower)
{
	const size_t count = list->count;
	const char *last = NULL;
	size_t i;

	list->count = 0;
	for (i = 0; i < count; i++) {
		struct lower_entry entry = list->items[i];
		int ret;

		if (last && strcmp(last, entry.name) == 0)
			continue;
		last = entry.name;
		ret = describe(&entry, lower);
		if (ret < 0)
			return ret;
		if (!S_ISCHR(entry.mode))
			list->items[list->count++] = entry;
	}
	return 0;
}

int lower_read(struct lower_list *out, struct arena *arena, const struct lower *lower,
	       const struct lower_directory *directory)
{
	struct gathering gathering = { .list = out, .arena = arena };
	size_t i;
	int ret = 0;

	*out = (struct lower_list){ 0 };
	if (lower->count == 0)
		ret = read_directory(&gathering, directory->fd);
	for (i = 0; ret == 0 && i < lower->count; i++) {
		gathering.layer = i;
		if (directory->parts[i].type == S_IFDIR)
			ret = squashfs_list(&lower->layers[i], &directory->parts[i], &gathering,
					    gather);
	}
	if (ret < 0)
		return ret;
	if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), compare);
	return lower->count ? fold(out, lower) : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, ((const struct lower_entry *)b)->name);
}

const struct lower_entry *lower_find(const struct lower_list *list, const char *name)
{
	return list->count ? bsearch(name, list->items, list->count, sizeof(*list->items), by_name) :
			     NULL;
}
