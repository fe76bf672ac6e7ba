/* SPDX-License-Identifier: MIT */
/* A plain zip of a program's files: its index is read here, its files are unpacked in the sandbox. */
#include <errno.h>

#include "base/log.h"
#include "image/oci_image.h"
#include "image/zip_extract.h"

int archive_open(struct image *image, struct arena *arena, uint64_t offset)
{
	struct zip *zip = arena_alloc(arena, sizeof(*zip));
	int ret = zip ? zip_open(zip, arena, image->fd, offset, image->path) : -ENOMEM;

	if (ret == -ENOMEM || ret == -ENOENT)
		return fail(-ret, "%s: read it as a zip", image->path);
	if (ret < 0)
		return ret;
	if (!zip->count)
		return fail(0, "%s: an empty zip", image->path);
	image->kind = IMAGE_ARCHIVE;
	image->zip = zip;
	image->room = zip_room(zip);
	return 0;
}
