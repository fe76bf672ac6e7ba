/* SPDX-License-Identifier: MIT */
/* Mark what the tags need, then remove the rest. A power cut in between leaves too much, never too little. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "base/sys.h"
#include "config.h"
#include "store/converted.h"
#include "store/sweep.h"
#include "store/versions.h"

#define BLOBS "blobs/sha256"

/* A manifest or an index that is here, and read once for what it names. */
struct tree {
	struct digest digest;
	uint64_t size;
	const char *what;
	bool is_index;
	bool below; /* an index names it, which anybody may have written */
};

/* What is needed, and of that what names others: those from DONE on are yet to be read. A blob is
 * no tree for being marked: who lists it as a layer does not say what it names. */
struct marks {
	struct arena *arena;
	const struct source *source;
	const struct store *store;
	struct digest *items;
	size_t count, room;
	struct tree *trees;
	size_t tree_count, tree_room, done;
};

/* What a tree names: one of them. */
struct named {
	struct manifest manifest;
	struct index index;
};

bool tag_is_aside(struct digest *digest, const char *tag)
{
	static const char *const ends[] = { ".sig", ".att", ".sbom" };
	char hex[DIGEST_HEX + 1];
	size_t i;

	if (strncmp(tag, "sha256-", 7) != 0 || strlen(tag) < 7 + DIGEST_HEX)
		return false;
	memcpy(hex, tag + 7, DIGEST_HEX);
	hex[DIGEST_HEX] = '\0';
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (strcmp(tag + 7 + DIGEST_HEX, ends[i]) == 0)
			return digest_parse_hex(digest, hex) == 0;
	}
	return false;
}

/* --- mark ----------------------------------------------------------------------------------------------- */

static bool is_marked(const struct marks *marks, const struct digest *digest)
{
	size_t i;

	for (i = 0; i < marks->count; i++) {
		if (digest_same(&marks->items[i], digest))
			return true;
	}
	return false;
}

/* Twice the *ROOM for ITEMS of SIZE, all of which is taken; or NULL, said. */
static void *grow(const struct marks *marks, void *items, size_t *room, size_t size)
{
	const size_t more = *room ? 2 * *room : 64;
	void *grown = arena_alloc(marks->arena, more * size);

	if (!grown) {
		(void)fail(ENOMEM, "sweep %s", marks->store->root);
		return NULL;
	}
	if (*room)
		memcpy(grown, items, *room * size);
	*room = more;
	return grown;
}

static int mark(struct marks *marks, const struct digest *digest)
{
	if (is_marked(marks, digest))
		return 0;
	if (marks->count == marks->room) {
		struct digest *items = grow(marks, marks->items, &marks->room, sizeof(*marks->items));

		if (!items)
			return -ENOMEM;
		marks->items = items;
	}
	marks->items[marks->count++] = *digest;
	return 0;
}

/* What a tag or a version names is read again if only an index had named it: of that more is expected. */
static bool is_tree(const struct marks *marks, const struct tree *tree)
{
	size_t i;

	for (i = 0; i < marks->tree_count; i++) {
		const struct tree *other = &marks->trees[i];

		if (digest_same(&other->digest, &tree->digest) &&
		    other->is_index == tree->is_index && (tree->below || !other->below))
			return true;
	}
	return false;
}

/* What DESCRIPTOR names, and later all below it. Of an index, images that are not here are none of ours. */
static int mark_tree(struct marks *marks, const struct descriptor *descriptor, const char *what,
		     bool below)
{
	const struct tree tree = { .digest = descriptor->digest,
				   .size = descriptor->size,
				   .what = what,
				   .is_index = descriptor_is_index(descriptor),
				   .below = below };
	int ret = store_find(marks->store, &tree.digest, tree.size);

	if (ret < 0)
		return ret == -ENOENT ? 0 : fail(-ret, "%s", what);
	ret = mark(marks, &tree.digest);
	if (ret < 0 || is_tree(marks, &tree))
		return ret;
	if (marks->tree_count == marks->tree_room) {
		struct tree *trees =
			grow(marks, marks->trees, &marks->tree_room, sizeof(*marks->trees));

		if (!trees)
			return -ENOMEM;
		marks->trees = trees;
	}
	marks->trees[marks->tree_count++] = tree;
	return 0;
}

static int read_tree(struct named *out, struct arena *arena, const struct marks *marks,
		     const struct tree *tree)
{
	const struct descriptor descriptor = { .digest = tree->digest, .size = tree->size };
	const char *text = source_text(arena, marks->source, &descriptor);

	if (!text)
		return -EINVAL;
	return tree->is_index ? index_parse(&out->index, arena, text, tree->what) :
				manifest_parse(&out->manifest, arena, text, tree->what);
}

/* An index may call anything a manifest. What is whole and is none, names nothing; what cannot be
 * read, or is damaged, may have been one. */
static int read_below(struct named *out, struct arena *arena, const struct marks *marks,
		      const struct tree *tree)
{
	char name[DIGEST_TEXT];
	int ret;

	if (tree->size > MANIFEST_MOST)
		return 0;
	digest_print(name, &tree->digest);
	if (!store_keeps(marks->store, &tree->digest, tree->size))
		return fail(0, "%s: %s in %s cannot be read or is damaged", tree->what, name,
			    marks->store->root);
	log_hush(true);
	errno = 0;
	ret = read_tree(out, arena, marks, tree);
	log_hush(false);
	if (ret == 0)
		return 0;
	*out = (struct named){ 0 };
	if (arena->failed || ret == -ENOMEM || errno == ENOMEM || errno == EIO)
		return fail(errno == EIO ? EIO : ENOMEM, "%s: read %s", tree->what, name);
	return 0;
}

static int walk_tree(struct marks *marks, const struct tree *tree)
{
	struct named named = { 0 };
	struct arena arena = { 0 };
	size_t i;
	int ret = tree->below ? read_below(&named, &arena, marks, tree) :
				read_tree(&named, &arena, marks, tree);

	if (ret == 0 && named.manifest.media_type)
		ret = mark(marks, &named.manifest.config.digest);
	for (i = 0; ret == 0 && i < named.manifest.layer_count; i++)
		ret = mark(marks, &named.manifest.layers[i].digest);
	for (i = 0; ret == 0 && i < named.index.count; i++)
		ret = mark_tree(marks, &named.index.manifests[i], tree->what, true);
	arena_close(&arena);
	return ret;
}

/* Not by recursion: whoever writes indexes says how deep they are. */
static int walk_trees(struct marks *marks)
{
	int ret = 0;

	while (ret == 0 && marks->done < marks->tree_count) {
		/* A copy: they move when there are more of them. */
		const struct tree tree = marks->trees[marks->done++];

		ret = walk_tree(marks, &tree);
	}
	return ret;
}

static int mark_tag(struct marks *marks, const struct tag *tag)
{
	const char *what =
		arena_print(marks->arena, "%s:%s in %s", tag->name, tag->tag, marks->store->root);

	return what ? mark_tree(marks, &tag->descriptor, what, false) : fail(ENOMEM, "sweep");
}

/* What an app runs, goes back to, or tries. */
static int mark_app(struct marks *marks, const char *name)
{
	const char *what = arena_print(marks->arena, "a version of %s", name);
	struct versions versions = { .name = name };
	size_t i;
	int ret = what ? versions_read(&versions, marks->arena, marks->store->root, name) :
			 fail(ENOMEM, "sweep");

	for (i = 0; ret == 0 && i < VERSION_KINDS; i++) {
		if (versions.items[i].is_there)
			ret = mark_tree(marks, &versions.items[i].descriptor, what, false);
	}
	return ret;
}

static int mark_apps(struct marks *marks)
{
	struct texts names;
	size_t i;
	int ret = versions_list(&names, marks->arena, marks->store->root);

	for (i = 0; ret == 0 && i < names.count; i++)
		ret = mark_app(marks, names.items[i]);
	return ret;
}

/* By digest only: a manifest of this store, or of a file that is none of its business. */
static int mark_root(struct marks *marks, const char *text)
{
	static const struct annotation none = { NULL, NULL };
	struct descriptor descriptor = { .media_type = MEDIA_MANIFEST, .annotations = &none };
	char path[sizeof(BLOBS "/") + DIGEST_HEX];
	struct stat st;

	if (digest_parse(&descriptor.digest, text) < 0)
		return 0;
	memcpy(path, BLOBS "/", sizeof(BLOBS "/"));
	digest_print_hex(path + sizeof(BLOBS "/") - 1, &descriptor.digest);
	if (fstatat(marks->store->fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail(errno, "%s/%s", marks->store->root, path);
	descriptor.size = (uint64_t)st.st_size;
	return mark_tree(marks, &descriptor, text, false);
}

/* Images, and of what stands beside them that of those images. */
static int mark_all(struct marks *marks, const struct tags *tags, const struct sweeping *sweeping)
{
	const struct texts *roots = sweeping->roots;
	struct digest subject;
	size_t i;
	int ret = CONFIG_UPDATE ? mark_apps(marks) : 0;

	for (i = 0; ret == 0 && roots && i < roots->count; i++)
		ret = mark_root(marks, roots->items[i]);

	for (i = 0; ret == 0 && i < tags->count && !sweeping->no_tags; i++) {
		if (!tag_is_aside(&subject, tags->items[i].tag))
			ret = mark_tag(marks, &tags->items[i]);
	}
	if (ret == 0)
		ret = walk_trees(marks);
	for (i = 0; ret == 0 && i < tags->count; i++) {
		if (tag_is_aside(&subject, tags->items[i].tag) && is_marked(marks, &subject))
			ret = mark_tag(marks, &tags->items[i]);
	}
	return ret == 0 ? walk_trees(marks) : ret;
}

/* --- sweep ---------------------------------------------------------------------------------------------- */

/* Remove NAME of DIR, and count it. Returns 0 or -errno. */
static int sweep_file(struct sweeping *sweeping, int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(st.st_mode))
		return 0;
	if (!sweeping->dry && unlinkat(dir, name, 0) < 0)
		return -errno;
	sweeping->count++;
	sweeping->bytes += (uint64_t)st.st_blocks * 512;
	return 0;
}

static int told(struct texts *removed, struct arena *arena, const char *hex, const char *what)
{
	const char *line = removed ? arena_print(arena, "sha256:%s%s", hex, what) : "";

	return line && (!removed || texts_add(arena, removed, line) == 0) ? 0 : fail(ENOMEM, "sweep");
}

/* What stood beside images that are gone. */
static int sweep_tags(const struct marks *marks, const struct tags *tags)
{
	struct digest subject;
	size_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < tags->count; i++) {
		const struct tag *tag = &tags->items[i];
		const struct reference reference = { .name = tag->name, .tag = tag->tag };

		if (tag_is_aside(&subject, tag->tag) && !is_marked(marks, &subject))
			ret = tag_remove(marks->store, &reference);
	}
	return ret == -ENOENT ? 0 : ret;
}

static int sweep_blobs(struct sweeping *sweeping, const struct marks *marks)
{
	autoclose int dir =
		openat(marks->store->fd, BLOBS, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct list list;
	const char *name;
	int ret = 0;

	if (dir < 0)
		return fail(errno, "%s/" BLOBS, marks->store->root);
	list_begin(&list, dir);
	while (ret == 0 && (name = list_next(&list))) {
		struct digest digest;

		if (digest_parse_hex(&digest, name) < 0 || is_marked(marks, &digest))
			continue;
		ret = told(sweeping->removed, marks->arena, name, "");
		if (ret == 0) {
			ret = sweep_file(sweeping, dir, name);
			if (ret < 0)
				ret = fail(-ret, "remove %s/" BLOBS "/%s", marks->store->root, name);
		}
	}
	if (ret == 0 && (list.error || fsync(dir) < 0))
		ret = fail(list.error ? -list.error : errno, "%s/" BLOBS, marks->store->root);
	return ret;
}

/* What is known of layers that go, or have gone; and what is no such note. */
static int sweep_converted(struct sweeping *sweeping, const struct marks *marks)
{
	autoclose int dir = openat(marks->store->fd, STORE_CONVERTED,
				   O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct converted converted;
	struct digest source;
	struct list list;
	const char *name;
	int ret = 0;

	if (dir < 0)
		return errno == ENOENT ? 0 : fail(errno, "%s/" STORE_CONVERTED, marks->store->root);
	list_begin(&list, dir);
	while (ret == 0 && (name = list_next(&list))) {
		if (strncmp(name, "sha256-", 7) == 0 && digest_parse_hex(&source, name + 7) == 0 &&
		    converted_find(&converted, marks->store, &source) &&
		    is_marked(marks, &converted.digest))
			continue;
		ret = sweep_file(sweeping, dir, name);
		if (ret < 0)
			ret = fail(-ret, "remove %s/" STORE_CONVERTED "/%s", marks->store->root,
				   name);
	}
	return ret;
}

/* Nobody writes: what is there was left by a power cut or a SIGKILL. */
static void sweep_folder(struct sweeping *sweeping, const struct store *store, const char *folder)
{
	autoclose int dir =
		openat(store->fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct list list;
	const char *name;

	if (dir < 0)
		return;
	list_begin(&list, dir);
	while ((name = list_next(&list)))
		(void)sweep_file(sweeping, dir, name);
}

/* Downloads that were broken off, sha256-HEX. */
static int sweep_partial(struct sweeping *sweeping, struct arena *arena, const struct store *store)
{
	autoclose int dir =
		openat(store->fd, "partial", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct list list;
	const char *name;
	int ret = 0;

	if (dir < 0)
		return 0;
	list_begin(&list, dir);
	while (ret == 0 && (name = list_next(&list))) {
		const size_t before = sweeping->count;

		(void)sweep_file(sweeping, dir, name);
		if (sweeping->count > before && strncmp(name, "sha256-", 7) == 0)
			ret = told(sweeping->removed, arena, name + 7,
				   " (a download that was broken off)");
	}
	return ret;
}

/* What is read now, and not needed any more, may be the work of a davit that was killed before its
 * fsync: after a power cut, what needed it would be back. */
static int settle(const struct store *store)
{
	const int ret = CONFIG_UPDATE ? sys_sync_directory(store->fd, "versions") : 0;

	if (ret < 0 && ret != -ENOENT)
		return fail(-ret, "%s/versions", store->root);
	return tags_settle(store);
}

int store_sweep_as(struct sweeping *sweeping, struct arena *arena, struct store *store)
{
	const struct source source = { .path = store->root, .fd = store->fd };
	struct marks marks = { .arena = arena, .source = &source, .store = store };
	struct tags tags;
	int ret;

	if (!store_try_alone(store))
		return 0;
	ret = sweeping->dry ? 0 : settle(store);
	if (ret == 0)
		ret = tags_list(&tags, arena, store);
	if (ret == 0)
		ret = mark_all(&marks, &tags, sweeping);
	if (ret == 0 && !sweeping->dry)
		ret = sweep_tags(&marks, &tags);
	if (ret == 0 && CONFIG_REGISTRY)
		ret = sweep_converted(sweeping, &marks);
	if (ret == 0)
		ret = sweep_blobs(sweeping, &marks);
	if (ret == 0)
		sweep_folder(sweeping, store, "new");
	if (ret == 0 && sweeping->partial)
		ret = sweep_partial(sweeping, arena, store);
	return ret;
}
