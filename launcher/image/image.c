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
#include "image/oci_image.h"
#include "image/squashfs.h"

/* A reference in its parts. */
struct parts {
	uint64_t offset;
	const char *tag; /* or NULL */
	const struct image_gate *gate;
};

/* Split FILE@OFFSET. A file that really has that name wins. */
static int offset_split(struct image *image, struct parts *parts, struct arena *arena,
			const char *reference)
{
	const char *at = strrchr(reference, '@');
	struct stat st;
	int ret;

	image->path = reference;
	*parts = (struct parts){ .offset = 0 };
	if (!at || at == reference || stat(reference, &st) == 0)
		return 0;
	/* NAME@DIGEST is in the store, or nowhere. */
	if (CONFIG_STORE && strncmp(at + 1, "sha256:", 7) == 0)
		return 0;
	ret = text_size(&parts->offset, at + 1);
	if (ret < 0)
		return fail(0,
			    "%s: the offset after @ is expected to be a number of bytes, such as 4096 or 4k",
			    reference);
	image->path = arena_copy(arena, reference, (size_t)(at - reference));
	return image->path ? 0 : fail(ENOMEM, "%s", reference);
}

/* Split FILE:TAG, where there is no file of the whole name. */
static int tag_split(struct image *image, struct parts *parts, struct arena *arena)
{
	const char *colon = strrchr(image->path, ':');

	if (!CONFIG_IMAGE_OCI || !colon || colon == image->path || strchr(colon, '/'))
		return 0;
	parts->tag = colon + 1;
	image->path = arena_copy(arena, image->path, (size_t)(colon - image->path));
	return image->path ? 0 : fail(ENOMEM, "image");
}

/* O_NONBLOCK: a FIFO must not hold us up. */
static int path_open(const char *path)
{
	return openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
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

static int squashfs_open(struct image *image, struct arena *arena, uint64_t offset, uint64_t length)
{
	struct layer *layer = arena_alloc(arena, sizeof(*layer));

	if (!layer)
		return fail(ENOMEM, "%s", image->path);
	*layer = (struct layer){ .path = image->path, .offset = offset, .fd = image->fd };
	image->kind = IMAGE_LAYERS;
	image->layers = layer;
	image->layer_count = 1;
	return squashfs_check(layer, length - offset);
}

static int zip_open(struct image *image, struct arena *arena, const struct parts *parts)
{
	int ret;

	image->layer_count = 0;
	if (!CONFIG_IMAGE_OCI)
		return fail(0, "%s: a zip file is not for this build (CONFIG_IMAGE_OCI)",
			    image->path);
	ret = oci_image_open(image, arena, parts->offset, parts->tag, parts->gate);
	if (ret != -ENOENT)
		return ret;
	if (parts->tag)
		return fail(0, "%s: no image layout, which could have a tag %s", image->path,
			    parts->tag);
	return CONFIG_IMAGE_ZIP ? archive_open(image, arena, parts->offset) :
				  fail(0, "%s: a plain zip is not for this build (CONFIG_IMAGE_ZIP)",
				       image->path);
}

static int file_open(struct image *image, struct arena *arena, const struct parts *parts,
		     const struct stat *st)
{
	const uint64_t offset = parts->offset;
	off_t length;
	int ret;

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
	ret = squashfs_open(image, arena, offset, (uint64_t)length);
	if (ret == SQUASHFS_ZIP)
		ret = zip_open(image, arena, parts);
	else if (ret == 0 && parts->tag)
		ret = fail(0, "%s: a squashfs has no tag %s", image->path, parts->tag);
	return ret;
}

/* An image layout, or the root of an app itself. */
static int directory_open(struct image *image, struct arena *arena, const struct parts *parts)
{
	int ret = -ENOENT;

	if (parts->offset)
		return fail(0, "%s: a directory has no offset", image->path);
	if (CONFIG_IMAGE_OCI && faccessat(image->fd, "oci-layout", F_OK, 0) == 0)
		ret = oci_image_open(image, arena, 0, parts->tag, parts->gate);
	if (ret != -ENOENT)
		return ret;
	/* A folder of that name says nothing of an image with a tag: people build web:1 of ./web. */
	if (parts->tag)
		return IMAGE_MISSING;
	image->kind = IMAGE_DIRECTORY;
	return 0;
}

int image_open(struct image *image, struct arena *arena, const char *reference,
	       const struct image_gate *gate)
{
	struct stat st;
	struct parts parts;
	int ret;

	*image = (struct image){ .fd = -1 };
	ret = offset_split(image, &parts, arena, reference);
	parts.gate = gate;
	if (ret < 0)
		return ret;
	image->fd = path_open(image->path);
	if (image->fd < 0 && errno == ENOENT && tag_split(image, &parts, arena) == 0)
		image->fd = path_open(image->path);
	if (image->fd < 0 && errno == ENOENT)
		return IMAGE_MISSING;
	if (image->fd < 0)
		return fail(errno, "open image %s", image->path);
	image->base = base_name(arena, image->path);
	if (!image->base)
		return fail(ENOMEM, "%s", reference);
	if (fstat(image->fd, &st) < 0)
		ret = fail(errno, "stat image %s", image->path);
	else
		ret = S_ISDIR(st.st_mode) ? directory_open(image, arena, &parts) :
					    file_open(image, arena, &parts, &st);
	if (ret != 0)
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
	if (CONFIG_IMAGE_OCI)
		oci_image_close(image);
	fd_close(&image->fd);
}
