/* SPDX-License-Identifier: MIT */
/* Find out what an image reference names and open it, once. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "config.h"
#include "image/image.h"
#include "image/squashfs.h"

/* Split FILE@OFFSET. A file that really has that name wins. */
static int reference_split(struct image *image, uint64_t *offset, struct arena *arena,
			   const char *reference)
{
	const char *at = strrchr(reference, '@');
	struct stat st;
	int ret;

	image->path = reference;
	*offset = 0;
	if (!at || at == reference || stat(reference, &st) == 0)
		return 0;
	ret = text_size(offset, at + 1);
	if (ret < 0)
		return fail(0,
			    "%s: the offset after @ is expected to be a number of bytes, such as 4096 or 4k",
			    reference);
	image->path = arena_copy(arena, reference, (size_t)(at - reference));
	return image->path ? 0 : fail(ENOMEM, "%s", reference);
}

/* "app" of "/images/app.squashfs", "." of "." */
static const char *base_name(struct arena *arena, const char *path)
{
	size_t end = strlen(path), start;
	const char *dot;

	while (end > 1 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/'; start--)
		;
	dot = memchr(path + start, '.', end - start);
	if (dot && dot != path + start)
		end = (size_t)(dot - path);
	return arena_copy(arena, path + start, end - start);
}

static int file_open(struct image *image, struct arena *arena, uint64_t offset, const struct stat *st)
{
	struct layer *layer;
	off_t length;

	if (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode))
		return fail(0, "%s: neither a file nor a directory", image->path);
	if (!CONFIG_IMAGE_SQUASHFS)
		return fail(0, "%s: this build launches directories only (CONFIG_IMAGE_SQUASHFS)",
			    image->path);
	/* Of a block device as well. */
	length = lseek(image->fd, 0, SEEK_END);
	if (length < 0)
		return fail(errno, "%s: find its end", image->path);
	if (length == 0)
		return fail(0, "%s: is empty", image->path);
	if (offset >= (uint64_t)length)
		return fail(0, "%s: offset %llu lies behind the end of the file (%llu bytes)",
			    image->path, (unsigned long long)offset, (unsigned long long)length);
	layer = arena_alloc(arena, sizeof(*layer));
	if (!layer)
		return fail(ENOMEM, "%s", image->path);
	*layer = (struct layer){ .path = image->path, .offset = offset, .fd = image->fd };
	image->kind = IMAGE_LAYERS;
	image->layers = layer;
	image->layer_count = 1;
	return squashfs_check(layer, (uint64_t)length - offset);
}

static int directory_open(struct image *image, uint64_t offset)
{
	if (offset)
		return fail(0, "%s: a directory has no offset", image->path);
	image->kind = IMAGE_DIRECTORY;
	return 0;
}

int image_open(struct image *image, struct arena *arena, const char *reference)
{
	struct stat st;
	uint64_t offset;
	int ret;

	*image = (struct image){ .fd = -1 };
	ret = reference_split(image, &offset, arena, reference);
	if (ret < 0)
		return ret;
	image->base = base_name(arena, image->path);
	if (!image->base)
		return fail(ENOMEM, "%s", reference);
	/* O_NONBLOCK: a FIFO must not hold us up. */
	image->fd = openat(AT_FDCWD, image->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (image->fd < 0)
		return fail(errno, "open image %s", image->path);
	if (fstat(image->fd, &st) < 0)
		ret = fail(errno, "stat image %s", image->path);
	else
		ret = S_ISDIR(st.st_mode) ? directory_open(image, offset) :
					    file_open(image, arena, offset, &st);
	if (ret < 0)
		image_close(image);
	return ret;
}

void image_close(struct image *image)
{
	size_t i;

	for (i = 0; i < image->layer_count; i++) {
		if (image->layers[i].fd != image->fd)
			fd_close(&image->layers[i].fd);
	}
	image->layer_count = 0;
	fd_close(&image->fd);
}
