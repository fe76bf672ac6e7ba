/* SPDX-License-Identifier: MIT */
/* Read, compare and raise version floors. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "store/floor.h"

enum { NUMBERS = 4, VERSION_ROOM = 64, NAME_MOST = 250 };

struct version {
	uint64_t numbers[NUMBERS];
};

/* Returns 0, or -EINVAL. */
static int version_parse(struct version *out, const char *text)
{
	char copy[VERSION_ROOM], *at = copy, *dot;
	size_t i;

	*out = (struct version){ .numbers = { 0 } };
	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, strlen(text) + 1);
	for (i = 0; i < NUMBERS; i++) {
		dot = strchr(at, '.');
		if (dot)
			*dot = '\0';
		if (text_number(&out->numbers[i], at, UINT32_MAX) < 0)
			return -EINVAL;
		if (!dot)
			return 0;
		at = dot + 1;
	}
	return -EINVAL;
}

static bool is_below(const struct version *a, const struct version *b)
{
	size_t i;

	for (i = 0; i < NUMBERS - 1 && a->numbers[i] == b->numbers[i]; i++)
		;
	return a->numbers[i] < b->numbers[i];
}

/* A file name for REFERENCE, whose slashes become +, which no reference has. NULL: it has other characters. */
static const char *name_make(struct arena *arena, const char *reference)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._:@/-";
	char *name = arena_copy(arena, reference, strlen(reference));
	char *at;

	if (!name || strlen(name) > NAME_MOST || name[0] == '.' || name[strspn(name, allowed)])
		return NULL;
	for (at = strchr(name, '/'); at; at = strchr(at, '/'))
		*at = '+';
	return name;
}

/* The floor in the open DIR, "" where there is none. Returns 0 or -errno, said. */
static int floor_read(char text[VERSION_ROOM], struct version *version, const struct floor *floor,
		      int dir)
{
	const ssize_t got = dir < 0 ? dir : sys_read_file(text, VERSION_ROOM, dir, floor->name);

	*version = (struct version){ .numbers = { 0 } };
	if (got < 0)
		text[0] = '\0';
	if (got == -ENOENT)
		return 0;
	if (got < 0)
		return fail((int)-got, "read %s/floors/%s", floor->root, floor->name);
	text[strcspn(text, "\n")] = '\0';
	if (version_parse(version, text) < 0)
		return fail(0, "%s/floors/%s: expected a version, such as 1.2", floor->root,
			    floor->name);
	return 0;
}

static int open_folder(const struct floor *floor, struct arena *arena)
{
	const char *path = arena_print(arena, "%s/floors", floor->root);
	const int fd = path ? openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	return path && fd < 0 ? -errno : path ? fd : -ENOMEM;
}

static int read_labels(const char **version, const char **next, const struct annotation *labels,
		       const char *reference)
{
	struct version numbers, floor;

	*version = annotation_find(labels, LABEL_VERSION);
	*next = annotation_find(labels, LABEL_FLOOR);
	if (!*version && *next)
		return fail(0, "%s: a label %s, but no %s", reference, LABEL_FLOOR, LABEL_VERSION);
	if (!*version)
		return 0;
	if (!*next)
		*next = *version;
	if (version_parse(&numbers, *version) < 0 || version_parse(&floor, *next) < 0)
		return fail(0, "%s: label %s=%s: expected up to four numbers, such as 1.2",
			    reference, *next == *version ? LABEL_VERSION : LABEL_FLOOR, *next);
	if (is_below(&numbers, &floor))
		return fail(0, "%s: label %s=%s is above its version, %s", reference, LABEL_FLOOR,
			    *next, *version);
	return 0;
}

int floor_check(struct floor *out, struct arena *arena, const char *root, const char *reference,
		const struct annotation *labels)
{
	autoclose int dir = -1;
	char text[VERSION_ROOM];
	struct version floor, own, next_numbers;
	const char *version, *next;
	int ret = read_labels(&version, &next, labels, reference);

	*out = (struct floor){ .root = root };
	if (ret < 0 || !reference[0])
		return ret;
	out->name = name_make(arena, reference);
	if (!out->name && !version)
		return 0;
	if (!out->name)
		return fail(0, "an image with a version is signed under a strange name");
	dir = open_folder(out, arena);
	ret = floor_read(text, &floor, out, dir);
	if (ret < 0 || (!version && !text[0]))
		return ret;
	if (!version) {
		fail(0, "%s: an image without a version (label %s); this device had version %s",
		     reference, LABEL_VERSION, text);
		return -ESTALE;
	}
	(void)version_parse(&own, version);
	(void)version_parse(&next_numbers, next);
	if (is_below(&own, &floor)) {
		fail(0,
		     "%s: version %s is older than %s, below which it is not launched any more (%s/floors/%s)",
		     reference, version, text, root, out->name);
		return -ESTALE;
	}
	if (!text[0] || is_below(&floor, &next_numbers))
		out->next = next;
	return 0;
}

int floor_forbids(const struct annotation *current, const struct annotation *next, const char *app)
{
	const char *floor = annotation_find(current, LABEL_FLOOR);
	const char *version = annotation_find(next, LABEL_VERSION);
	struct version least, own = { .numbers = { 0 } };

	if (!floor || version_parse(&least, floor) < 0)
		return 0;
	if (version && version_parse(&own, version) == 0 && !is_below(&own, &least))
		return 0;
	fail(0, "%s: its version forbids to go back below %s (label %s), to %s; --force does", app,
	     floor, LABEL_FLOOR, version ? version : "an image without a version");
	return -ESTALE;
}

/* In the open DIR, which is locked: others may have raised it meanwhile. Returns 0 or -errno, not
 * said, but for a floor that cannot be read. */
static int raise_in(const struct floor *floor, int dir, struct arena *arena)
{
	const char *line = arena_print(arena, "%s\n", floor->next);
	autoclose int fd = -1;
	struct version now, next;
	char text[VERSION_ROOM];
	int ret = line ? floor_read(text, &now, floor, dir) : -ENOMEM;

	if (ret < 0)
		return ret;
	(void)version_parse(&next, floor->next);
	if (text[0] && !is_below(&now, &next))
		return 0;
	/* After a power cut it may be a second name of the floor, where renaming is two changes (jffs2). */
	(void)unlinkat(dir, ".next", 0);
	fd = openat(dir, ".next", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	ret = sys_write_all(fd, line, strlen(line));
	/* The first one's directory is new, or was made by a davit that was killed then. */
	if (ret == 0 && !text[0])
		ret = sys_sync_directory(dir, "..");
	if (ret == 0 && !text[0])
		ret = sys_sync_directory(dir, "../..");
	if (ret == 0 &&
	    (fsync(fd) < 0 || renameat(dir, ".next", dir, floor->name) < 0 || fsync(dir) < 0))
		ret = -errno;
	return ret;
}

int floor_raise(const struct floor *floor, struct arena *arena)
{
	autoclose int dir = -1;
	const char *path;
	int ret;

	if (!floor->next)
		return 0;
	path = arena_print(arena, "%s/floors", floor->root);
	if (!path)
		return fail(ENOMEM, "floors");
	if ((mkdir(floor->root, 0755) < 0 && errno != EEXIST) ||
	    (mkdir(path, 0755) < 0 && errno != EEXIST))
		return fail(errno, "create %s", path);
	dir = open_folder(floor, arena);
	if (dir < 0)
		return fail(-dir, "open %s", path);
	if (flock(dir, LOCK_EX) < 0)
		return fail(errno, "lock %s", path);
	ret = raise_in(floor, dir, arena);
	return ret < 0 ?
		       fail(-ret, "keep the version %s of %s in %s", floor->next, floor->name, path) :
		       0;
}
