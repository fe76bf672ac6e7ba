/* SPDX-License-Identifier: MIT */
/* A verity superblock of any bytes behind data of any size: refused in words, or one that prints as it was read. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/verity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char again[VERITY_SUPERBLOCK_SIZE];
	struct verity verity = { .salt_size = 0 };
	unsigned char *superblock;
	uint64_t sizes[2];

	if (size < VERITY_SUPERBLOCK_SIZE + sizeof(sizes))
		return 0;
	superblock = malloc(VERITY_SUPERBLOCK_SIZE);
	if (!superblock)
		return 0;
	memcpy(superblock, data, VERITY_SUPERBLOCK_SIZE);
	memcpy(sizes, data + VERITY_SUPERBLOCK_SIZE, sizeof(sizes));
	if (!verity_parse(&verity, superblock, sizes[0], sizes[1])) {
		verity_print(again, &verity);
		if (memcmp(again, superblock, sizeof(again)) != 0 || sizes[0] >= sizes[1] ||
		    verity_size(verity.data_blocks) > sizes[1])
			abort();
	}
	free(superblock);
	return 0;
}
