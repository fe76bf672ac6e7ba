/* SPDX-License-Identifier: MIT */
/* A layer from the files of a directory: each name in its order, whoever lists them. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/list.h"
#include "base/log.h"
#include "build/layer_stream.h"
#include "store/seen.h"

enum { PATH_ROOM = 4096 };

struct walk {
	struct layer_stream stream;
	const char *tree;
	struct arena arena; /* of the names of files with several */
	struct seen links;
	size_t length;
	char path[PATH_ROOM];
	unsigned char window[65536];
};

static int fail_at(const struct walk *walk, int err, const char *what)
{
	return fail(err, "%s/%s%s%s", walk->tree, walk->path, what[0] ? ": " : "", what);
}

/* --- files ----------------------------------------------------------------------------------------------- */

static int write_data(struct walk *walk, int fd, uint64_t size)
{
	int ret = 0;

	while (ret == 0 && size > 0) {
		const ssize_t got = read(fd, walk->window, sizeof(walk->window));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_at(walk, errno, "");
		if (got == 0 || (uint64_t)got > size)
			return fail_at(walk, 0, "was changed while it was read");
		size -= (uint64_t)got;
		ret = layer_stream_data(&walk->stream, walk->window, (size_t)got);
	}
	return ret;
}

/* Whether the file was here under another name, which then is entry->link. */
static int note_link(struct walk *walk, struct pax_entry *entry, const struct stat *st)
{
	const uint64_t key[2] = { st->st_dev, st->st_ino };
	struct name *name;

	if (st->st_nlink < 2)
		return 0;
	name = seen_get(&walk->links, key, sizeof(key));
	if (!name)
		return -ENOMEM;
	if (name->value) {
		entry->mode = 0;
		entry->size = 0;
		entry->link = name->value;
		return 1;
	}
	name->value = arena_copy(&walk->arena, walk->path, walk->length);
	return name->value ? 0 : -ENOMEM;
}

static void fill(struct pax_entry *entry, const struct walk *walk, const struct stat *st)
{
	*entry = (struct pax_entry){
		.path = walk->path,
		.mode = st->st_mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.mtime = st->st_mtim.tv_sec > 0 ? (uint64_t)st->st_mtim.tv_sec : 0,
	};
}

/* Ends the attributes. */
static int add_with(struct walk *walk, struct pax_entry *entry, struct attributes *attributes)
{
	int ret;

	entry->attributes = attributes->list;
	entry->attribute_count = attributes->count;
	if (attributes->redirected)
		ret = fail_at(walk, 0,
			      "an overlay with redirect_dir or metacopy wrote it: mount it without");
	else
		ret = layer_stream_add(&walk->stream, entry);
	attributes_close(attributes);
	return ret;
}

static int add_regular(struct walk *walk, int dir, const char *name)
{
	autoclose int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct attributes attributes;
	struct pax_entry entry;
	struct stat st;
	int ret;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_at(walk, errno, "");
	if (!S_ISREG(st.st_mode))
		return fail_at(walk, 0, "was changed while it was read");
	fill(&entry, walk, &st);
	entry.size = (uint64_t)st.st_size;
	ret = note_link(walk, &entry, &st);
	if (ret < 0)
		return fail_at(walk, -ret, "");
	if (ret > 0)
		return layer_stream_add(&walk->stream, &entry);
	ret = attributes_read(&attributes, fd);
	if (ret < 0)
		return fail_at(walk, -ret, "its extended attributes");
	ret = add_with(walk, &entry, &attributes);
	return ret == 0 ? write_data(walk, fd, entry.size) : ret;
}

static int add_symlink(struct walk *walk, int dir, const char *name, const struct stat *st)
{
	char target[PATH_ROOM];
	const ssize_t length = readlinkat(dir, name, target, sizeof(target));
	struct pax_entry entry;
	int ret;

	if (length < 0 || length == sizeof(target))
		return fail_at(walk, length < 0 ? errno : ENAMETOOLONG, "");
	target[length] = '\0';
	fill(&entry, walk, st);
	entry.link = target;
	ret = note_link(walk, &entry, st);
	return ret < 0 ? fail_at(walk, -ret, "") : layer_stream_add(&walk->stream, &entry);
}

/* A whiteout says that a name of the layers below is gone: no more is known of it. */
static int add_node(struct walk *walk, const struct stat *st)
{
	const bool whiteout = S_ISCHR(st->st_mode) && st->st_rdev == 0;
	struct pax_entry entry;
	int ret;

	if (S_ISSOCK(st->st_mode))
		return 0; /* nobody listens any more */
	if (whiteout) {
		entry = (struct pax_entry){ .path = walk->path, .mode = S_IFCHR };
		return layer_stream_add(&walk->stream, &entry);
	}
	if (!S_ISFIFO(st->st_mode)) {
		if (strncmp(walk->path, "dev/", 4) != 0)
			return fail_at(walk, 0,
				       "a device, which no image brings (davit run --device gives it)");
		return 0; /* a sandbox has a /dev of its own */
	}
	fill(&entry, walk, st);
	ret = note_link(walk, &entry, st);
	return ret < 0 ? fail_at(walk, -ret, "") : layer_stream_add(&walk->stream, &entry);
}

/* --- directories ----------------------------------------------------------------------------------------- */

static int add_directory(struct walk *walk, int fd)
{
	struct attributes attributes;
	struct pax_entry entry;
	struct stat st;
	int ret;

	if (fstat(fd, &st) < 0)
		return fail_at(walk, errno, "");
	ret = attributes_read(&attributes, fd);
	if (ret < 0)
		return fail_at(walk, -ret, "its extended attributes");
	if (attributes.redirected) {
		ret = fail_at(walk, 0,
			      "an overlay with redirect_dir or metacopy wrote it: mount it without");
	} else {
		fill(&entry, walk, &st);
		entry.attributes = attributes.list;
		entry.attribute_count = attributes.count;
		ret = layer_stream_add(&walk->stream, &entry);
	}
	attributes_close(&attributes);
	return ret;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int list_names(struct texts *names, struct arena *arena, int dir)
{
	struct list list;
	const char *name;

	list_begin(&list, dir);
	while ((name = list_next(&list))) {
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		    texts_add(arena, names, arena_copy(arena, name, strlen(name))) < 0)
			return -ENOMEM;
	}
	if (arena->failed || list.error)
		return arena->failed ? -ENOMEM : list.error;
	if (names->count > 1)
		qsort(names->items, names->count, sizeof(names->items[0]), by_name);
	return 0;
}

static int walk_directory(struct walk *walk, int dir);

static int walk_into(struct walk *walk, int dir, const char *name)
{
	autoclose int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return fail_at(walk, errno, "");
	ret = add_directory(walk, fd);
	return ret == 0 ? walk_directory(walk, fd) : ret;
}

static int add_name(struct walk *walk, int dir, const char *name)
{
	const size_t before = walk->length, length = strlen(name);
	struct stat st;
	int ret;

	if (before + length + 2 > PATH_ROOM)
		return fail_at(walk, ENAMETOOLONG, name);
	if (before > 0)
		walk->path[walk->length++] = '/';
	memcpy(walk->path + walk->length, name, length + 1);
	walk->length += length;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		ret = fail_at(walk, errno, "");
	else if (S_ISDIR(st.st_mode))
		ret = walk_into(walk, dir, name);
	else if (S_ISREG(st.st_mode))
		ret = add_regular(walk, dir, name);
	else if (S_ISLNK(st.st_mode))
		ret = add_symlink(walk, dir, name, &st);
	else
		ret = add_node(walk, &st);
	walk->length = before;
	walk->path[before] = '\0';
	return ret;
}

static int walk_directory(struct walk *walk, int dir)
{
	struct arena arena = { 0 };
	struct texts names = { 0 };
	size_t i;
	int ret = list_names(&names, &arena, dir);

	if (ret < 0)
		ret = fail_at(walk, -ret, "");
	for (i = 0; ret == 0 && i < names.count; i++)
		ret = add_name(walk, dir, names.items[i]);
	arena_close(&arena);
	return ret;
}

static int write_layer(struct built_layer *out, struct walk *walk, int fd,
		       const struct store *store, const struct layer_options *options)
{
	struct stat st;
	int ret;

	if (fstat(fd, &st) < 0)
		return fail(errno, "make a layer of %s", walk->tree);
	ret = layer_stream_begin(&walk->stream, store, options, st.st_mode);
	if (ret == 0)
		ret = walk_directory(walk, fd);
	if (ret == 0)
		ret = layer_stream_end(out, &walk->stream);
	layer_stream_abandon(&walk->stream);
	return ret;
}

int layer_from_tree(struct built_layer *out, const struct store *store, const char *tree,
		    const struct layer_options *options)
{
	autoclose int fd = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct walk *walk;
	int ret;

	if (fd < 0)
		return fail(errno, "make a layer of %s", tree);
	walk = calloc(1, sizeof(*walk));
	if (!walk)
		return fail(ENOMEM, "make a layer of %s", tree);
	walk->tree = tree;
	walk->links.arena = &walk->arena;
	ret = write_layer(out, walk, fd, store, options);
	arena_close(&walk->arena);
	free(walk);
	return ret;
}
