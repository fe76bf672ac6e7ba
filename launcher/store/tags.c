/* SPDX-License-Identifier: MIT */
/* Names for manifests, each in a file of its own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "store/tags.h"

enum { LINE_MOST = 512, DEPTH_MOST = 16, PREFIX_LEAST = 4, TAGS_MOST = 65536, TRIES = 100 };

/* --- one ------------------------------------------------------------------------------------------------ */

/* "tags/NAME"; with TAG "tags/NAME/:TAG". From ARENA. */
static const char *tag_path(struct arena *arena, const struct reference *reference, bool tag)
{
	return arena_print(arena, "tags/%s%s%s", reference->name, tag ? "/:" : "",
			   tag ? reference->tag : "");
}

/* All directories of PATH, each on the flash before something is in it; one that is there may have
 * been made by a davit that was killed just then. */
static int make_directories(const struct store *store, const char *path)
{
	char part[LINE_MOST];
	size_t i;
	int ret;

	for (i = 0; path[i]; i++) {
		char *slash;

		if (i >= sizeof(part) - 1)
			return -ENAMETOOLONG;
		part[i] = path[i];
		part[i + 1] = '\0';
		if (path[i + 1] != '/' && path[i + 1])
			continue;
		if (mkdirat(store->fd, part, 0755) < 0 && errno != EEXIST)
			return -errno;
		slash = strrchr(part, '/');
		if (!slash)
			continue;
		*slash = '\0';
		ret = sys_sync_directory(store->fd, part);
		if (ret < 0)
			return ret;
		*slash = '/';
	}
	return 0;
}

/* Put TEXT into a new file and that in the place of PATH. */
static int replace(const struct store *store, const char *path, const char *text)
{
	char name[32];
	uint64_t number;
	autoclose int fd = -1;
	int ret;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -errno;
	snprintf(name, sizeof(name), "new/%016llx", (unsigned long long)number);
	fd = openat(store->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	ret = sys_write_all(fd, text, strlen(text));
	if (ret == 0 && fsync(fd) < 0)
		ret = -errno;
	if (ret == 0 && renameat(store->fd, name, store->fd, path) < 0)
		ret = -errno;
	if (ret < 0)
		(void)unlinkat(store->fd, name, 0);
	return ret;
}

static int put(const struct store *store, const char *directory, const char *path, const char *line)
{
	int ret = 0;

	/* Where it was set before, its directories are on the flash. */
	if (faccessat(store->fd, path, F_OK, 0) < 0)
		ret = make_directories(store, directory);
	return ret == 0 ? replace(store, path, line) : ret;
}

/* What the tag names may have been kept by a davit that was killed before its fsync. */
static int set(const struct store *store, const char *directory, const char *path, const char *line)
{
	int i, ret = sys_sync_directory(store->fd, "blobs/sha256");

	if (ret < 0)
		return ret;
	/* Another davit may remove the directories meanwhile, with the last other tag in them. */
	for (i = 0, ret = -ENOENT; i < TRIES && ret == -ENOENT; i++)
		ret = put(store, directory, path, line);
	if (ret == 0)
		ret = sys_sync_directory(store->fd, directory);
	/* Or even this one by now. */
	return ret == -ENOENT && i < TRIES ? 0 : ret;
}

int tag_set_from(const struct store *store, const struct reference *reference,
		 const struct descriptor *descriptor, const struct digest *origin)
{
	const bool other = !digest_same(&descriptor->digest, origin);
	struct arena arena = { 0 };
	char digest[DIGEST_TEXT], from[DIGEST_TEXT] = "";
	const char *directory = tag_path(&arena, reference, false);
	const char *path = tag_path(&arena, reference, true), *line;
	int ret;

	digest_print(digest, &descriptor->digest);
	if (other)
		digest_print(from, origin);
	line = arena_print(&arena, "%s %llu %s%s%s\n", digest, (unsigned long long)descriptor->size,
			   descriptor->media_type, other ? " " : "", from);
	ret = arena.failed ? -ENOMEM : set(store, directory, path, line);
	if (ret < 0)
		ret = fail(-ret, "name %s:%s in %s", reference->name, reference->tag, store->root);
	arena_close(&arena);
	return ret;
}

int tag_set(const struct store *store, const struct reference *reference,
	    const struct descriptor *descriptor)
{
	return tag_set_from(store, reference, descriptor, &descriptor->digest);
}

bool tag_is_nameless(const struct tag *tag)
{
	static const char head[] = "sha256-";
	struct digest digest;

	return strncmp(tag->tag, head, sizeof(head) - 1) == 0 &&
	       digest_parse_hex(&digest, tag->tag + sizeof(head) - 1) == 0;
}

int tag_remove(const struct store *store, const struct reference *reference)
{
	struct arena arena = { 0 };
	char *path = (char *)tag_path(&arena, reference, true);
	int ret = path && unlinkat(store->fd, path, 0) == 0 ? 0 : -errno;

	/* The directories of the name, as far as there is nothing else in them. */
	while (ret == 0) {
		*strrchr(path, '/') = '\0';
		if (!strchr(path, '/') || unlinkat(store->fd, path, AT_REMOVEDIR) < 0)
			break;
	}
	if (ret == 0)
		ret = sys_sync_directory(store->fd, path);
	if (ret < 0 && ret != -ENOENT)
		ret = fail(-ret, "%s:%s in %s", reference->name, reference->tag, store->root);
	arena_close(&arena);
	return ret;
}

static int settle(int dir, int depth)
{
	struct list list;
	const char *name;
	int ret = 0;

	list_begin(&list, dir);
	while (ret == 0 && depth < DEPTH_MOST && (name = list_next(&list))) {
		autoclose int below = -1;

		if (name[0] == '.' || name[0] == ':')
			continue;
		below = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		ret = below < 0 ? -errno : settle(below, depth + 1);
		/* Only an empty one goes. */
		(void)unlinkat(dir, name, AT_REMOVEDIR);
	}
	if (ret == 0)
		ret = list.error;
	return ret == 0 && fsync(dir) < 0 ? -errno : ret;
}

int tags_settle(const struct store *store)
{
	autoclose int dir = openat(store->fd, "tags", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = dir < 0 ? -errno : settle(dir, 0);

	return ret < 0 && ret != -ENOENT ? fail(-ret, "%s/tags", store->root) : 0;
}

/* --- all ------------------------------------------------------------------------------------------------ */

struct listing {
	struct tags *out;
	struct arena *arena;
	const char *root;
	size_t room;
};

static struct tag *tag_add(struct listing *listing)
{
	struct tags *tags = listing->out;

	if (tags->count == listing->room) {
		const size_t room = listing->room ? 2 * listing->room : 16;
		struct tag *items = arena_alloc(listing->arena, room * sizeof(*items));

		if (!items || room > TAGS_MOST)
			return NULL;
		if (tags->count)
			memcpy(items, tags->items, tags->count * sizeof(*items));
		tags->items = items;
		listing->room = room;
	}
	return &tags->items[tags->count++];
}

/* "sha256:HEX SIZE MEDIA-TYPE[ sha256:HEX]\n" */
static int line_parse(struct tag *tag, struct arena *arena, char *line)
{
	struct descriptor *out = &tag->descriptor;
	static const struct annotation nothing[] = { { NULL, NULL } };
	char *size = strchr(line, ' '), *type = size ? strchr(size + 1, ' ') : NULL;
	char *end = type ? strchr(type, '\n') : NULL, *from = type ? strchr(type + 1, ' ') : NULL;
	struct annotation *none = arena_alloc(arena, sizeof(nothing));

	if (!end || end[1] || !none)
		return -EINVAL;
	*size = *type = *end = '\0';
	if (from)
		*from++ = '\0';
	*out = (struct descriptor){ .annotations = none };
	out->media_type = arena_copy(arena, type + 1, strlen(type + 1));
	if (!out->media_type || digest_parse(&out->digest, line) < 0 ||
	    digest_parse(&tag->origin, from ? from : line) < 0)
		return -EINVAL;
	return text_number(&out->size, size + 1, MANIFEST_MOST);
}

static int tag_read(struct listing *listing, int dir, const char *path, const char *file)
{
	char line[LINE_MOST];
	struct stat st;
	struct tag *tag;
	ssize_t got = sys_read_file(line, sizeof(line), dir, file);

	/* Removed meanwhile. */
	if (got == -ENOENT)
		return 0;
	if (got < 0 || fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return got >= 0 && errno == ENOENT ?
			       0 :
			       fail(got < 0 ? (int)-got : errno, "%s/%s", path, file);
	tag = tag_add(listing);
	if (!tag)
		return fail(ENOMEM, "%s", path);
	tag->name = path;
	tag->tag = arena_copy(listing->arena, file + 1, strlen(file + 1));
	tag->since = st.st_mtime;
	if (!tag->tag)
		return fail(ENOMEM, "%s", path);
	return line_parse(tag, listing->arena, line) == 0 ?
		       0 :
		       fail(0, "tags/%s/%s: expected a line 'DIGEST SIZE MEDIA-TYPE'", path, file);
}

static int directory_list(struct listing *listing, int dir, const char *path, int depth)
{
	struct list list;
	const char *name;
	int ret = 0;

	list_begin(&list, dir);
	while (ret == 0 && (name = list_next(&list))) {
		autoclose int below = -1;
		const char *deeper;

		/* No part of a name begins with a dot. */
		if (name[0] == '.')
			continue;
		if (name[0] == ':') {
			ret = tag_read(listing, dir, path, name);
			continue;
		}
		below = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (below < 0 && errno == ENOENT)
			continue;
		deeper = arena_print(listing->arena, "%s%s%s", path, path[0] ? "/" : "", name);
		if (below < 0 || !deeper)
			ret = fail(errno, "tags/%s/%s", path, name);
		else if (depth < DEPTH_MOST)
			ret = directory_list(listing, below, deeper, depth + 1);
	}
	/* -ENOENT: the directory itself was removed. */
	if (ret == 0 && list.error && list.error != -ENOENT)
		ret = fail(-list.error, "%s/tags/%s", listing->root, path);
	return ret;
}

static int tag_compare(const void *a, const void *b)
{
	const struct tag *one = a, *two = b;
	const int ret = strcmp(one->name, two->name);

	return ret ? ret : strcmp(one->tag, two->tag);
}

int tags_list(struct tags *out, struct arena *arena, const struct store *store)
{
	struct listing listing = { .arena = arena, .root = store->root };
	autoclose int dir = openat(store->fd, "tags", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret;

	*out = (struct tags){ 0 };
	listing.out = out;
	if (dir < 0 && errno == ENOENT)
		return 0;
	ret = dir < 0 ? fail(errno, "%s/tags", store->root) : directory_list(&listing, dir, "", 0);
	if (ret == 0 && out->count)
		qsort(out->items, out->count, sizeof(*out->items), tag_compare);
	return ret;
}

int store_source(struct source *out, struct arena *arena, const struct store *store)
{
	struct index *index = arena_alloc(arena, sizeof(*index));
	struct tags tags;
	size_t i;
	int ret;

	if (!index)
		return fail(ENOMEM, "tags");
	ret = tags_list(&tags, arena, store);
	if (ret < 0)
		return ret;
	index->count = tags.count;
	index->manifests = arena_alloc(arena, (tags.count + 1) * sizeof(*index->manifests));
	for (i = 0; i < tags.count && index->manifests; i++) {
		struct annotation *names = arena_alloc(arena, 3 * sizeof(*names));

		if (!names)
			break;
		names[0].key = ANNOTATION_NAME;
		names[0].value = tags.items[i].tag;
		names[1].key = ANNOTATION_IMAGE_NAME;
		names[1].value = arena_print(arena, "%s:%s", tags.items[i].name, tags.items[i].tag);
		index->manifests[i] = tags.items[i].descriptor;
		index->manifests[i].annotations = names;
	}
	if (arena->failed || !index->manifests)
		return fail(ENOMEM, "tags");
	*out = (struct source){ .path = store->root, .fd = store->fd, .index = index };
	return 0;
}

/* "NAME:TAG"; behind another name's port there is a slash. */
static bool is_called(const struct descriptor *entry, const char *name)
{
	const char *text = annotation_find(entry->annotations, ANNOTATION_IMAGE_NAME);
	const size_t length = strlen(name);

	return text && strncmp(text, name, length) == 0 && text[length] == ':' &&
	       !strchr(text + length, '/');
}

int store_source_prefer(struct source *source, struct arena *arena, const char *name)
{
	const struct index *all = source->index;
	struct index *index = arena_alloc(arena, sizeof(*index));
	size_t i, pass;

	if (index)
		index->manifests = arena_alloc(arena, (all->count + 1) * sizeof(*index->manifests));
	if (!index || !index->manifests)
		return fail(ENOMEM, "tags");
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < all->count; i++) {
			if (is_called(&all->manifests[i], name) == (pass == 0))
				index->manifests[index->count++] = all->manifests[i];
		}
	}
	source->index = index;
	return 0;
}

/* --- which one ------------------------------------------------------------------------------------------ */

/* At least so many digits that they mean something. */
static bool is_prefix(const char *text)
{
	const size_t length = strlen(text);

	return length >= PREFIX_LEAST && length <= DIGEST_HEX &&
	       text[strspn(text, "0123456789abcdef")] == '\0';
}

/* The digest of the configuration, which Docker calls the image's id, begins with PREFIX. */
static bool has_id(const struct store *store, const struct tag *tag, const char *prefix)
{
	struct arena arena = { 0 };
	const struct source source = { .path = store->root, .fd = store->fd };
	const char *text = source_text(&arena, &source, &tag->descriptor);
	const char *type = tag->descriptor.media_type;
	char hex[DIGEST_HEX + 1] = "";
	struct manifest manifest;

	if (text && type && strcmp(type, MEDIA_INDEX) != 0 && strcmp(type, MEDIA_DOCKER_LIST) != 0 &&
	    manifest_parse(&manifest, &arena, text, store->root) == 0)
		digest_print_hex(hex, &manifest.config.digest);
	arena_close(&arena);
	return hex[0] && strncmp(hex, prefix, strlen(prefix)) == 0;
}

static int find_by_id(const struct tag **found, const struct store *store, const struct tags *tags,
		      const char *prefix)
{
	size_t i;

	for (i = 0; tags->items && i < tags->count; i++) {
		const struct tag *tag = &tags->items[i];
		char hex[DIGEST_HEX + 1];

		digest_print_hex(hex, &tag->descriptor.digest);
		if (strncmp(hex, prefix, strlen(prefix)) != 0 && !has_id(store, tag, prefix))
			continue;
		if (*found && !digest_same(&(*found)->descriptor.digest, &tag->descriptor.digest))
			return fail(0, "%s: begins the ids of several images; give more digits",
				    prefix);
		if (!*found)
			*found = tag;
	}
	return *found ? 0 : -ENOENT;
}

static int find_by_name(const struct tag **found, const struct tags *tags,
			const struct reference *reference)
{
	size_t i;

	for (i = 0; i < tags->count && !*found; i++) {
		const struct tag *tag = &tags->items[i];

		if (strcmp(tag->name, reference->name) != 0)
			continue;
		if (reference->tag && strcmp(tag->tag, reference->tag) != 0)
			continue;
		if (!reference->has_digest ||
		    digest_same(&tag->descriptor.digest, &reference->digest) ||
		    digest_same(&tag->origin, &reference->digest))
			*found = tag;
	}
	return *found ? 0 : -ENOENT;
}

int tags_find(const struct tag **found, struct arena *arena, const struct store *store,
	      const struct tags *tags, const char *text)
{
	struct reference reference;
	const char *digest = strncmp(text, "sha256:", 7) == 0 ? text + 7 : text;
	int ret = -ENOENT;

	*found = NULL;
	/* A name goes before an id, as with Docker. */
	if (digest == text && !reference_try(&reference, arena, text))
		ret = find_by_name(found, tags, &reference);
	if (ret == -ENOENT && is_prefix(digest))
		ret = find_by_id(found, store, tags, digest);
	return ret;
}
