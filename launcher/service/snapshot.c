/* SPDX-License-Identifier: MIT */
/* Snapshots of what apps keep: made beside their place, put there by rename. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "base/text.h"
#include "sandbox/kept.h"
#include "service/snapshot.h"
#include "service/tree_copy.h"

/* None is the digest of a version. */
static const char made[] = ".new", replaced[] = ".replaced", moved[] = SNAPSHOT_MOVED;

/* The folders that are concerned. */
struct place {
	const char *root, *name;
	int apps; /* ROOT/apps */
	int own;  /* ROOT/snapshots/NAME */
};

static int open_directory(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int open_made(int dir, const char *name, bool make)
{
	if (make && mkdirat(dir, name, 0700) == 0 && fsync(dir) < 0)
		return -errno;
	return open_directory(dir, name);
}

static void place_close(struct place *place)
{
	fd_close(&place->apps);
	fd_close(&place->own);
}

/* Returns 0, or -errno: -ENOENT where there is nothing of the kind. */
static int place_open(struct place *place, const char *root, const char *name, bool make)
{
	autoclose int top = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	autoclose int all = top < 0 ? -1 : open_made(top, "snapshots", make);
	int ret;

	*place = (struct place){ .root = root, .name = name, .apps = -1, .own = -1 };
	if (!text_is_name(name))
		return -EINVAL;
	if (top < 0)
		return -errno;
	place->own = all < 0 ? all : open_made(all, name, make);
	place->apps = open_made(top, "apps", make);
	ret = place->own < 0 ? place->own : place->apps < 0 ? place->apps : 0;
	if (ret < 0)
		place_close(place);
	return ret;
}

static int fail_place(int ret, const char *what, const char *root, const char *name)
{
	if (ret == -ELOOP)
		return fail(0, "%s of %s/apps/%s: its directories are more than %d levels deep",
			    what, root, name, TREE_DEPTH_MOST);
	return fail(-ret, "%s of %s/apps/%s", what, root, name);
}

static bool is_there(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* --- room ------------------------------------------------------------------------------------------------ */

static int measure(uint64_t *need, uint64_t *free, const struct place *place)
{
	autoclose int app = open_directory(place->apps, place->name);
	autoclose int upper = app < 0 ? app : open_directory(app, "upper");
	struct statvfs fs;

	*need = *free = 0;
	if (upper < 0)
		return upper == -ENOENT ? 0 : upper;
	if (fstatvfs(place->own, &fs) < 0)
		return -errno;
	*free = (uint64_t)fs.f_bavail * fs.f_frsize;
	return tree_copy_size(need, upper, tree_copy_is_cloned(place->own));
}

int snapshot_check(const char *root, const char *name)
{
	struct place place;
	uint64_t need = 0, free = 0;
	int ret = place_open(&place, root, name, true);

	if (ret == 0)
		ret = measure(&need, &free, &place);
	if (ret < 0)
		ret = fail_place(ret, "measure a snapshot", root, name);
	else if (need > free)
		ret = fail(0,
			   "%s: a snapshot of what it keeps takes %" PRIu64 " KiB, %s has %" PRIu64
			   " KiB left: %" PRIu64 " KiB are missing",
			   name, need / 1024, root, free / 1024, (need - free + 1023) / 1024);
	place_close(&place);
	return ret;
}

/* --- there ------------------------------------------------------------------------------------------------ */

/* What finds hard links again is no part of the copy: the app may have any name in that. */
static int copy_upper(int copy, int from)
{
	autoclose int to = -1, links = -1;
	int ret;

	if (mkdirat(copy, "upper", 0755) < 0 || mkdirat(copy, "links", 0700) < 0)
		return -errno;
	to = open_directory(copy, "upper");
	links = open_directory(copy, "links");
	if (to < 0 || links < 0)
		return to < 0 ? to : links;
	ret = tree_copy(from, to, links);
	return ret == 0 ? kept_clear(copy, "links") : ret;
}

/* overlayfs makes its own folder "work" anew. */
static int copy_parts(const struct place *place)
{
	autoclose int app = open_directory(place->apps, place->name);
	autoclose int from = app < 0 ? app : open_directory(app, "upper");
	autoclose int copy = -1;
	int ret;

	if (from < 0)
		return from;
	ret = kept_clear(place->own, made);
	if (ret == 0 && (mkdirat(place->own, made, 0700) < 0))
		ret = -errno;
	copy = ret < 0 ? ret : open_directory(place->own, made);
	if (copy < 0)
		return copy;
	ret = copy_upper(copy, from);
	return ret == 0 && syncfs(copy) < 0 ? -errno : ret;
}

int snapshot_make(const char *root, const char *name, const struct digest *digest)
{
	char hex[DIGEST_HEX + 1];
	struct place place;
	int ret = place_open(&place, root, name, true);

	digest_print_hex(hex, digest);
	if (ret == 0)
		ret = copy_parts(&place);
	if (ret == 0)
		ret = kept_clear(place.own, hex);
	if (ret == 0 && (renameat(place.own, made, place.own, hex) < 0 || fsync(place.own) < 0))
		ret = -errno;
	if (ret < 0 && place.own >= 0)
		(void)kept_clear(place.own, made);
	place_close(&place);
	return ret < 0 && ret != -ENOENT ? fail_place(ret, "make a snapshot", root, name) : 0;
}

int snapshot_move(const char *root, const char *name, const struct digest *digest)
{
	char hex[DIGEST_HEX + 1];
	struct place place;
	int ret = place_open(&place, root, name, true);

	digest_print_hex(hex, digest);
	if (ret == 0 && is_there(place.apps, name)) {
		ret = kept_clear(place.own, hex);
		if (ret == 0 && mkdirat(place.own, moved, 0700) < 0 && errno != EEXIST)
			ret = -errno;
		if (ret == 0 && (renameat(place.apps, name, place.own, hex) < 0 ||
				 fsync(place.own) < 0 || fsync(place.apps) < 0))
			ret = -errno;
	}
	place_close(&place);
	return ret < 0 ? fail_place(ret, "make a snapshot", root, name) : 0;
}

/* --- and back ---------------------------------------------------------------------------------------------- */

/* Where the app's place is to be free, what is in it gets the name AWAY. */
static int put_away(const struct place *place, const char *away)
{
	int ret;

	if (!is_there(place->apps, place->name))
		return 0;
	ret = kept_clear(place->own, away);
	if (ret == 0 && (renameat(place->apps, place->name, place->own, away) < 0 ||
			 fsync(place->own) < 0 || fsync(place->apps) < 0))
		ret = -errno;
	return ret;
}

static int restore(const struct place *place, const char *hex, const char *away)
{
	int ret = kept_clear(place->own, made);

	if (ret == 0 && is_there(place->own, hex)) {
		ret = put_away(place, away[0] && is_there(place->own, moved) ? away : replaced);
		if (ret == 0 && (renameat(place->own, hex, place->apps, place->name) < 0 ||
				 fsync(place->apps) < 0 || fsync(place->own) < 0))
			ret = -errno;
	}
	if (ret == 0)
		ret = kept_clear(place->own, replaced);
	return ret == 0 && away[0] ? kept_clear(place->own, moved) : ret;
}

int snapshot_restore(const char *root, const char *name, const struct digest *digest,
		     const struct digest *left)
{
	char hex[DIGEST_HEX + 1], away[DIGEST_HEX + 1] = "";
	struct place place;
	int ret = place_open(&place, root, name, false);

	digest_print_hex(hex, digest);
	if (left)
		digest_print_hex(away, left);
	if (ret == 0)
		ret = restore(&place, hex, away);
	place_close(&place);
	return ret < 0 && ret != -ENOENT ? fail_place(ret, "bring back the snapshot", root, name) : 0;
}

bool snapshot_is_there(const char *root, const char *name, const struct digest *digest)
{
	char hex[DIGEST_HEX + 1];
	struct place place;
	bool found;

	digest_print_hex(hex, digest);
	if (place_open(&place, root, name, false) < 0)
		return false;
	found = is_there(place.own, hex);
	place_close(&place);
	return found;
}

int snapshot_drop(const char *root, const char *name, const struct digest *kept)
{
	char hex[DIGEST_HEX + 1] = "";
	struct place place;
	struct list list;
	const char *entry;
	int ret = place_open(&place, root, name, false);

	if (kept)
		digest_print_hex(hex, kept);
	if (ret == 0)
		list_begin(&list, place.own);
	while (ret == 0 && (entry = list_next(&list))) {
		if (strcmp(entry, ".") != 0 && strcmp(entry, "..") != 0 && strcmp(entry, hex) != 0)
			ret = kept_clear(place.own, entry);
	}
	if (ret == 0)
		ret = list.error;
	/* After a power cut none of them must be taken for that of a version to come. */
	if (ret == 0 && fsync(place.own) < 0)
		ret = -errno;
	place_close(&place);
	return ret < 0 && ret != -ENOENT ? fail_place(ret, "remove snapshots", root, name) : 0;
}
