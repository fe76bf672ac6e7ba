/* SPDX-License-Identifier: MIT */
/* Find and read public keys. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/guard.h"
#include "base/log.h"
#include "base/text.h"
#include "image/keys.h"

enum { FILE_ROOM = 8192 };

static const char suffix[] = ".pub";

/* The key in the open FD, under NAME. */
static int read_key(struct public_key *out, int fd, const char *name, const char *path)
{
	char text[FILE_ROOM];
	const ssize_t got = read(fd, text, sizeof(text) - 1);
	const char *wrong;

	if (got < 0)
		return fail(errno, "read %s", path);
	text[got] = '\0';
	wrong = got == sizeof(text) - 1 || strlen(text) != (size_t)got ?
			"not a key (too long, or no text)" :
			public_key_parse(out, text);
	if (wrong)
		return fail(0, "%s: %s", path, wrong);
	out->name = name;
	return 0;
}

int key_read(struct public_key *out, const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (fd < 0)
		return fail(errno, "open key %s", path);
	return read_key(out, fd, name, path);
}

static bool is_key_name(const char *name)
{
	const size_t length = strlen(name);

	return length >= sizeof(suffix) && strcmp(name + length - 4, suffix) == 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct public_key *)a)->name, ((const struct public_key *)b)->name);
}

static int add_key(struct keys *keys, struct arena *arena, int dir, const char *file)
{
	const char *name = arena_copy(arena, file, strlen(file));
	const char *path = arena_print(arena, "%s/%s", keys->directory, file);
	autoclose int fd = -1;
	int ret;

	if (!name || !path)
		return fail(ENOMEM, "%s", keys->directory);
	if (!text_is_name(name))
		return fail(0, "%s: expected a file name of letters, digits, _ . and -", path);
	if (keys->count == KEYS_MOST)
		return fail(0, "%s: more than %d keys", keys->directory, KEYS_MOST);
	fd = guard_open(dir, name, path);
	if (fd < 0)
		return fd == -ENOENT ? fail(ENOENT, "open %s", path) : fd;
	ret = read_key(&keys->items[keys->count], fd, name, path);
	if (ret == 0)
		keys->count++;
	return ret;
}

static int add_keys(struct keys *keys, struct arena *arena, DIR *directory)
{
	const struct dirent *entry;
	int ret = 0;

	errno = 0;
	for (entry = readdir(directory); entry && ret == 0; entry = readdir(directory)) {
		if (is_key_name(entry->d_name))
			ret = add_key(keys, arena, dirfd(directory), entry->d_name);
		errno = 0;
	}
	return ret == 0 && errno ? fail(errno, "read %s", keys->directory) : ret;
}

int keys_read(struct keys *out, struct arena *arena, const char *config)
{
	autoclose int fd = -1;
	DIR *directory;
	int ret;

	*out = (struct keys){ .directory =
				      arena_print(arena, "%s/keys", config ? config : "/etc/davit"),
			      .items = arena_alloc(arena, KEYS_MOST * sizeof(*out->items)) };
	if (!out->directory || !out->items)
		return fail(ENOMEM, "keys");
	fd = open(out->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : fail(errno, "open %s", out->directory);
	ret = guard_owner(fd, out->directory, S_IFDIR);
	if (ret < 0)
		return ret;
	directory = fdopendir(fd);
	if (!directory)
		return fail(errno, "read %s", out->directory);
	(void)steal_fd(&fd);
	ret = add_keys(out, arena, directory);
	(void)closedir(directory);
	qsort(out->items, out->count, sizeof(*out->items), by_name);
	return ret;
}
