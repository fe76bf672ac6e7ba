/* SPDX-License-Identifier: MIT */
/* Write blobs and the index of a layout: a temporary file, fsync, rename. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/tree.h"
#include "build/layout.h"

/* What a run that was killed left behind is taken away by the next. */
static const char temporary[] = ".davit.tmp";

/* Write TEXT to the file NAME in DIR. Returns 0 or -errno, not said. */
static int put_file(int dir, const char *name, const char *text)
{
	autoclose int fd = -1;
	int ret;

	if (unlinkat(dir, temporary, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	ret = sys_write_all(fd, text, strlen(text));
	if (ret == 0 && (fsync(fd) < 0 || renameat(dir, temporary, dir, name) < 0 || fsync(dir) < 0))
		ret = -errno;
	if (ret < 0)
		(void)unlinkat(dir, temporary, 0);
	return ret;
}

int layout_add(const struct source *source, const struct texts *blobs, const char *index)
{
	autoclose int dir = tree_open(source->fd, "blobs/sha256", O_RDONLY | O_DIRECTORY);
	char name[DIGEST_HEX + 1];
	struct digest digest;
	size_t i;
	int ret;

	if (dir < 0)
		return fail(-dir, "%s: open blobs/sha256", source->path);
	for (i = 0; i < blobs->count; i++) {
		digest_data(&digest, blobs->items[i], strlen(blobs->items[i]));
		digest_print_hex(name, &digest);
		ret = put_file(dir, name, blobs->items[i]);
		if (ret < 0)
			return fail(-ret, "%s: write blobs/sha256/%s", source->path, name);
	}
	ret = put_file(source->fd, "index.json", index);
	return ret < 0 ? fail(-ret, "%s: write index.json", source->path) : 0;
}
