/* SPDX-License-Identifier: MIT */
/* Check a squashfs superblock: magic, version, block size, codec and the sizes of its tables. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "image/squashfs.h"

/* Byte offsets in the superblock; all fields are little-endian. */
enum {
	AT_INODES = 4,
	AT_BLOCK_SIZE = 12,
	AT_COMPRESSION = 20,
	AT_BLOCK_LOG = 22,
	AT_MAJOR = 28,
	AT_MINOR = 30,
	AT_BYTES_USED = 40,
	AT_INODE_TABLE = 64,
	AT_DIRECTORY_TABLE = 72,
};

enum { BLOCK_LOG_MIN = 12, BLOCK_LOG_MAX = 20, PADDING = 4096, SECTOR = 512 };

static uint64_t little(const unsigned char *at, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | at[bytes];
	return value;
}

static const char *codec_name(uint64_t number)
{
	static const char *const names[] = {
		[1] = "gzip", [2] = "lzma", [3] = "lzo", [4] = "xz", [5] = "lz4", [6] = "zstd"
	};

	return number < sizeof(names) / sizeof(names[0]) ? names[number] : NULL;
}

const char *squashfs_parse(struct layer *layer, const unsigned char *superblock, uint64_t available)
{
	uint64_t block_log = little(superblock + AT_BLOCK_LOG, 2);
	uint64_t used = little(superblock + AT_BYTES_USED, 8);
	uint64_t inodes = little(superblock + AT_INODE_TABLE, 8);
	uint64_t directories = little(superblock + AT_DIRECTORY_TABLE, 8);

	if (memcmp(superblock, "hsqs", 4) != 0)
		return "not a squashfs image (no magic number)";
	if (little(superblock + AT_MAJOR, 2) != 4 || little(superblock + AT_MINOR, 2) != 0)
		return "squashfs of a version other than 4.0";
	if (block_log < BLOCK_LOG_MIN || block_log > BLOCK_LOG_MAX ||
	    little(superblock + AT_BLOCK_SIZE, 4) != UINT64_C(1) << block_log)
		return "damaged squashfs superblock (block size)";
	layer->compression = codec_name(little(superblock + AT_COMPRESSION, 2));
	if (!layer->compression)
		return "squashfs with an unknown compression";
	if (used > available)
		return "squashfs image is cut short";
	if (little(superblock + AT_INODES, 4) == 0 || inodes < SQUASHFS_SUPERBLOCK_SIZE ||
	    inodes >= directories || directories >= used)
		return "damaged squashfs superblock (tables)";
	/* The loop device ends on a whole page where the file has one: the kernel reads in such units. */
	layer->size = (used + PADDING - 1) / PADDING * PADDING;
	if (layer->size > available)
		layer->size = available;
	if (layer->size / SECTOR * SECTOR < used)
		return "squashfs image ends inside a sector; make it without -nopad";
	return NULL;
}

int squashfs_check(struct layer *layer, uint64_t available)
{
	unsigned char superblock[SQUASHFS_SUPERBLOCK_SIZE];
	const char *wrong;
	ssize_t got;

	if (layer->offset > INT64_MAX)
		return fail(0, "%s: offset out of range", layer->path);
	got = pread(layer->fd, superblock, sizeof(superblock), (off_t)layer->offset);
	if (got < 0)
		return fail(errno, "read %s", layer->path);
	if (got >= 4 && (memcmp(superblock, "PK\3\4", 4) == 0 || memcmp(superblock, "PK\5\6", 4) == 0))
		return SQUASHFS_ZIP;
	wrong = got == sizeof(superblock) ? squashfs_parse(layer, superblock, available) :
					    "not a squashfs image (shorter than its superblock)";
	if (wrong)
		return fail(0, "%s at offset %llu: %s", layer->path,
			    (unsigned long long)layer->offset, wrong);
	return 0;
}
