/* SPDX-License-Identifier: MIT */
/* Snapshots that nobody can go back to. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "sandbox/kept.h"
#include "service/snapshot.h"
#include "service/tree_copy.h"
#include "store/versions.h"

/* What one app has. */
struct sweep {
	struct sweeping *sweeping;
	struct arena *arena;
	const char *root, *name;
	struct versions versions;
};

static int open_directory(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Of its current version while another is tried, and of the one before. */
static bool is_needed(const struct versions *versions, const char *entry)
{
	struct digest digest;
	size_t i;

	if (strcmp(entry, SNAPSHOT_MOVED) == 0)
		return versions->items[VERSION_TRIAL].is_there;
	if (digest_parse_hex(&digest, entry) < 0)
		return false;
	for (i = 0; i < VERSION_KINDS; i++) {
		if (versions->items[i].is_there &&
		    digest_same(&versions->items[i].descriptor.digest, &digest))
			return true;
	}
	return false;
}

static int sweep_entry(struct sweep *sweep, int own, const char *entry)
{
	autoclose int dir = open_directory(own, entry);
	const char *line;
	uint64_t bytes = 0;
	int ret = dir < 0 ? dir : tree_copy_size(&bytes, dir, false);

	/* A file that tried what the file system can, when a power cut came. */
	if (ret == -ENOTDIR && (sweep->sweeping->dry || unlinkat(own, entry, 0) == 0))
		return 0;
	if (ret < 0 && ret != -ELOOP)
		return ret;
	sweep->sweeping->bytes += bytes;
	line = arena_print(sweep->arena, "a snapshot of %s", sweep->name);
	if (!line || texts_add(sweep->arena, sweep->sweeping->removed, line) < 0)
		return -ENOMEM;
	return sweep->sweeping->dry ? 0 : kept_clear(own, entry);
}

static int sweep_app(struct sweep *sweep, int all)
{
	autoclose int lock = -1, own = open_directory(all, sweep->name);
	struct list list;
	const char *entry;
	int ret;

	if (own < 0)
		return own == -ENOTDIR ? 0 : own;
	/* A davit that is at it knows best; the next prune is for what it leaves. */
	lock = versions_try(sweep->root, sweep->name);
	if (lock < 0)
		return lock == -EAGAIN ? 0 : lock;
	ret = versions_read(&sweep->versions, sweep->arena, sweep->root, sweep->name);
	list_begin(&list, own);
	while (ret == 0 && (entry = list_next(&list))) {
		if (strcmp(entry, ".") != 0 && strcmp(entry, "..") != 0 &&
		    !is_needed(&sweep->versions, entry))
			ret = sweep_entry(sweep, own, entry);
	}
	if (ret == 0 && !sweep->sweeping->dry)
		(void)unlinkat(all, sweep->name, AT_REMOVEDIR);
	return ret;
}

int snapshot_sweep(struct sweeping *sweeping, struct arena *arena, const char *root)
{
	autoclose int top = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	autoclose int all = top < 0 ? -1 : open_directory(top, "snapshots");
	struct sweep sweep = { .sweeping = sweeping, .arena = arena, .root = root };
	struct list list;
	const char *name;
	int ret = sweeping->dry ? 0 : kept_sweep(root);

	if (ret < 0 || all == -ENOENT || top < 0)
		return ret;
	if (all < 0)
		return fail(-all, "%s/snapshots", root);
	list_begin(&list, all);
	while (ret == 0 && (name = list_next(&list))) {
		sweep.name = arena_copy(arena, name, strlen(name));
		if (name[0] != '.' && sweep.name)
			ret = sweep_app(&sweep, all);
		if (ret < 0)
			fail(-ret, "%s/snapshots/%s", root, name);
	}
	return ret;
}
