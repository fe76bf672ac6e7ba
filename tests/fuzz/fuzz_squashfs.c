/* SPDX-License-Identifier: MIT */
/* A superblock of any bytes, in a file of any length: refused in words, or within the file. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/squashfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *superblock;
	struct layer layer = { .fd = -1 };
	uint64_t available;

	if (size < SQUASHFS_SUPERBLOCK_SIZE + sizeof(available))
		return 0;
	superblock = malloc(SQUASHFS_SUPERBLOCK_SIZE);
	if (!superblock)
		return 0;
	memcpy(superblock, data, SQUASHFS_SUPERBLOCK_SIZE);
	memcpy(&available, data + SQUASHFS_SUPERBLOCK_SIZE, sizeof(available));
	if (!squashfs_parse(&layer, superblock, available)) {
		if (layer.size > available || layer.size < SQUASHFS_SUPERBLOCK_SIZE ||
		    !layer.compression)
			abort();
	}
	free(superblock);
	return 0;
}
