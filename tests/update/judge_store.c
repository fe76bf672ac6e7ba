/* SPDX-License-Identifier: MIT */
/* Judge a store by reading it, without davit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "judge.h"

enum { HEX = 64, NEEDED_MOST = 1024, PATH_ROOM = 1024 };

/* The blobs that tags name. */
struct needed {
	const struct judge *judge;
	const struct disk *disk;
	const char *names[NEEDED_MOST];
	int count;
	char *why;
	size_t size;
};

static int blob_find(const struct disk *disk, const char *hex)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof(path), "store/blobs/sha256/%.*s", HEX, hex);
	return disk_find(disk, path);
}

static const struct content *blob_of(const struct disk *disk, const char *hex)
{
	const int file = blob_find(disk, hex);

	return file == NOWHERE ? NULL : disk->files[file].content;
}

static const struct content *known_blob(const struct judge *judge, const char *hex)
{
	const struct content *content = blob_of(judge->new, hex);

	return content ? content : blob_of(judge->old, hex);
}

static bool is_needed(const struct needed *needed, const char *name)
{
	int i;

	for (i = 0; i < needed->count; i++) {
		if (needed->names[i] == name)
			return true;
	}
	return false;
}

/* What the manifest names, each "sha256:" and 64 digits. What was never here is no part of it. */
static bool need(struct needed *needed, const char *hex, bool manifest, const char *tag)
{
	const struct content *known = known_blob(needed->judge, hex),
			     *there = blob_of(needed->disk, hex);
	char name[HEX + 1];
	const char *at;
	bool index;

	snprintf(name, sizeof(name), "%.*s", HEX, hex);
	if (!known || is_needed(needed, name_make(name)))
		return true;
	if (known != there) {
		snprintf(needed->why, needed->size, "%.200s needs %.12s, which %s", tag, hex,
			 there ? "is damaged" : "is not there");
		return false;
	}
	if (needed->count < NEEDED_MOST)
		needed->names[needed->count++] = name_make(name);
	at = manifest ? (const char *)known->bytes : "";
	index = strstr(at, "\"manifests\"");
	while ((at = strstr(at, "sha256:"))) {
		at += 7;
		if (strspn(at, "0123456789abcdef") >= HEX && !need(needed, at, index, tag))
			return false;
	}
	return true;
}

/* The digits of what TAG, "sha256-HEX.sig", stands beside; NULL: it is an image's. */
static const char *subject_of(const char *tag)
{
	return strncmp(tag, ":sha256-", 8) == 0 && strlen(tag) > 8 + HEX ? tag + 8 : NULL;
}

static const struct content *tag_of(const struct disk *disk, const char *path)
{
	const int file = disk_find(disk, path);

	return file == NOWHERE ? NULL : disk->files[file].content;
}

/* What NEW has beside the image of a tag that is as in NEW, is there too: without its signature it does not run. */
static bool has_aside(const struct needed *needed, const struct disk *whole, const char *path,
		      const struct content *tag)
{
	const char *slash = strrchr(path, '/'), *hex = (const char *)tag->bytes + 7;
	char aside[PATH_ROOM];

	if (tag_of(whole, path) != tag)
		return true;
	snprintf(aside, sizeof(aside), "%.*s/:sha256-%.*s.sig", (int)(slash - path), path, HEX, hex);
	if (!tag_of(whole, aside) || tag_of(needed->disk, aside))
		return true;
	snprintf(needed->why, needed->size, "%.300s has lost its signature", path);
	return false;
}

static bool need_tag(struct needed *needed, const char *path, const struct content *tag, bool aside)
{
	const struct judge *judge = needed->judge;
	const char *subject = subject_of(strrchr(path, '/') + 1);
	char name[HEX + 1];

	if (tag != tag_of(judge->old, path) && tag != tag_of(judge->new, path)) {
		snprintf(needed->why, needed->size, "%.300s is neither old nor new: '%.80s'", path,
			 (const char *)tag->bytes);
		return false;
	}
	if (!subject)
		return aside || (has_aside(needed, judge->new, path, tag) &&
				 has_aside(needed, judge->old, path, tag) &&
				 need(needed, (const char *)tag->bytes + 7, true, path));
	snprintf(name, sizeof(name), "%.*s", HEX, subject);
	return !aside || !is_needed(needed, name_make(name)) ||
	       need(needed, (const char *)tag->bytes + 7, true, path);
}

/* Every tag below DIR: those of images, or those beside them. */
static bool need_tags(struct needed *needed, int dir, const char *path, bool aside)
{
	const struct disk *disk = needed->disk;
	int i;

	for (i = 0; i < disk->entry_count; i++) {
		const struct entry *entry = &disk->entries[i];
		char below[PATH_ROOM];

		if (entry->dir != dir || entry->name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->name);
		if (S_ISDIR(disk->files[entry->file].mode)) {
			if (!need_tags(needed, entry->file, below, aside))
				return false;
		} else if (entry->name[0] == ':' &&
			   !need_tag(needed, below, disk->files[entry->file].content, aside)) {
			return false;
		}
	}
	return true;
}

/* What every path below DIR of WHOLE has, DISK has too, unless OTHER lacks it. */
static bool keeps_tags(const struct needed *needed, const struct disk *whole, int dir,
		       const struct disk *other, const char *path)
{
	int i;

	for (i = 0; i < whole->entry_count; i++) {
		const struct entry *entry = &whole->entries[i];
		char below[PATH_ROOM];

		if (entry->dir != dir)
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->name);
		if (S_ISDIR(whole->files[entry->file].mode)) {
			if (!keeps_tags(needed, whole, entry->file, other, below))
				return false;
		} else if (entry->name[0] == ':' && tag_of(other, below) &&
			   !tag_of(needed->disk, below)) {
			snprintf(needed->why, needed->size, "%.300s is lost", below);
			return false;
		}
	}
	return true;
}

static bool has_files(const struct disk *disk, int dir)
{
	int i;

	for (i = 0; i < disk->entry_count; i++) {
		if (disk->entries[i].dir == dir && (!S_ISDIR(disk->files[disk->entries[i].file].mode) ||
						    has_files(disk, disk->entries[i].file)))
			return true;
	}
	return false;
}

/* There is where to write, and nothing has been written. */
static bool is_begun(const struct disk *disk, const struct disk *whole, const char *path)
{
	const int dir = disk_find(disk, path);

	return dir != NOWHERE && disk_get(disk, dir, name_make("upper")) != NOWHERE &&
	       !has_files(whole, disk_find(whole, path));
}

/* What apps keep is as it was, or as it is to be. */
static bool apps_are_whole(const struct needed *needed, const struct disk *whole,
			   const struct disk *other)
{
	const int apps = disk_find(whole, "store/apps"), before = disk_find(other, "store/apps");
	int i;

	for (i = 0; i < whole->entry_count && apps != NOWHERE; i++) {
		const struct entry *entry = &whole->entries[i];
		char path[PATH_ROOM];
		uint64_t hash;

		if (entry->dir != apps || entry->name[0] == '.')
			continue;
		/* What is being made for an app has nothing of it yet. */
		if (before == NOWHERE || disk_get(other, before, entry->name) == NOWHERE)
			continue;
		snprintf(path, sizeof(path), "store/apps/%s", entry->name);
		hash = disk_hash(needed->disk, disk_find(needed->disk, path));
		if (hash != disk_hash(whole, entry->file) &&
		    hash != disk_hash(other, disk_find(other, path)) &&
		    !is_begun(needed->disk, whole, path)) {
			snprintf(needed->why, needed->size, "%.300s is neither old nor new", path);
			return false;
		}
	}
	return true;
}

/* The line "current DIGEST", of a text that is whole; or NULL. */
static const char *current_of(const struct content *content)
{
	const char *text = (const char *)content->bytes;
	const char *at = strstr(text, "current sha256:");

	return at && content->size > 4 && strcmp(text + content->size - 4, "end\n") == 0 ? at : NULL;
}

/* Notes are the same, and of the versions of an app at least the one that it has: it may try another one meanwhile. */
static bool is_same(const struct content *a, const struct content *b)
{
	const char *one = a ? current_of(a) : NULL, *other = b ? current_of(b) : NULL;

	return a == b || (one && other && strncmp(one, other, 15 + HEX) == 0);
}

/* The small files in directory PATH are as in WHOLE or in OTHER, each one for itself. */
static bool notes_are_whole(const struct needed *needed, const struct disk *whole,
			    const struct disk *other, const char *path)
{
	const int dir = disk_find(whole, path);
	int i;

	for (i = 0; i < whole->entry_count && dir != NOWHERE; i++) {
		const struct entry *entry = &whole->entries[i];
		const struct content *now;
		char below[PATH_ROOM];

		if (entry->dir != dir || entry->name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->name);
		now = tag_of(needed->disk, below);
		if (!is_same(now, tag_of(whole, below)) && !is_same(now, tag_of(other, below))) {
			snprintf(needed->why, needed->size, "%.300s is neither old nor new: '%.100s'",
				 below, now ? (const char *)now->bytes : "");
			return false;
		}
	}
	return true;
}

/* Versions of apps need their images as tags do. */
static bool need_versions(struct needed *needed)
{
	static const char *const kinds[] = { "current sha256:", "previous sha256:", "trial sha256:" };
	const int dir = disk_find(needed->disk, "store/versions");
	size_t k;
	int i;

	for (i = 0; i < needed->disk->entry_count && dir != NOWHERE; i++) {
		const struct entry *entry = &needed->disk->entries[i];
		const struct content *text = needed->disk->files[entry->file].content;

		if (entry->dir != dir || entry->name[0] == '.' || !text)
			continue;
		for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			const char *at = strstr((const char *)text->bytes, kinds[k]);

			if (at && !need(needed, at + strlen(kinds[k]), true, entry->name))
				return false;
		}
	}
	return true;
}

static bool needed_find(struct needed *needed)
{
	const struct judge *judge = needed->judge;
	const int tags = disk_find(needed->disk, "store/tags");

	return (tags == NOWHERE || (need_tags(needed, tags, "store/tags", false) &&
				    need_tags(needed, tags, "store/tags", true))) &&
	       need_versions(needed) &&
	       keeps_tags(needed, judge->old, disk_find(judge->old, "store/tags"), judge->new,
			  "store/tags") &&
	       apps_are_whole(needed, judge->old, judge->new) &&
	       apps_are_whole(needed, judge->new, judge->old) &&
	       notes_are_whole(needed, judge->old, judge->new, "store/floors") &&
	       notes_are_whole(needed, judge->new, judge->old, "store/floors") &&
	       notes_are_whole(needed, judge->old, judge->new, "store/converted") &&
	       notes_are_whole(needed, judge->new, judge->old, "store/converted") &&
	       notes_are_whole(needed, judge->old, judge->new, "store/versions") &&
	       notes_are_whole(needed, judge->new, judge->old, "store/versions");
}

bool judge_store(char *why, size_t size, const struct judge *judge, const struct disk *disk,
		 bool ended)
{
	struct needed needed = { .judge = judge, .disk = disk, .why = why, .size = size };
	struct judge done = *judge;

	/* What was done, stays done. */
	if (ended)
		done.old = judge->new;
	needed.judge = &done;
	why[0] = '\0';
	return needed_find(&needed);
}

/* Entries of the directory PATH that no tag needs, and that neither OLD nor NEW has. */
static bool is_swept(struct needed *needed, const char *path, bool blobs)
{
	const struct judge *judge = needed->judge;
	const int dir = disk_find(needed->disk, path);
	const int old = disk_find(judge->old, path), new = disk_find(judge->new, path);
	int i;

	for (i = 0; i < needed->disk->entry_count && dir != NOWHERE; i++) {
		const struct entry *entry = &needed->disk->entries[i];

		if (entry->dir != dir)
			continue;
		if (blobs ? is_needed(needed, entry->name) :
			    disk_get(judge->old, old, entry->name) != NOWHERE ||
				    disk_get(judge->new, new, entry->name) != NOWHERE)
			continue;
		snprintf(needed->why, needed->size, "%.100s/%.80s takes space and nothing needs it",
			 path, entry->name);
		return false;
	}
	return true;
}

bool judge_clean(char *why, size_t size, const struct judge *judge, const struct disk *disk)
{
	struct needed needed = { .judge = judge, .disk = disk, .why = why, .size = size };

	return needed_find(&needed) && is_swept(&needed, "store/blobs/sha256", true) &&
	       is_swept(&needed, "store/new", false) && is_swept(&needed, "store/converted", false) &&
	       is_swept(&needed, "store/partial", false) &&
	       is_swept(&needed, "store/apps", false) && is_swept(&needed, "store", false);
}
