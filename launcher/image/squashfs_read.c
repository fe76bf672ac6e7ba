/* SPDX-License-Identifier: MIT */
/* Reads a squashfs without mounting it. All that is read may be an enemy's: whatever it says, no
 * more is read than lies in the layer, and no loop is longer than what was read. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "image/squashfs_read.h"

enum {
	META_PLAIN = 0x8000,
	BLOCK_PLAIN = 1 << 24,
	NO_FRAGMENT = 0xffffffff,
	LISTING_MOST = 4 << 20,
	BLOCK_MOST = 1 << 20,
	BLOCKS_MOST = 4096, /* of a file: 512 MiB of usual ones */
	INPUT_SIZE = 8192
};

/* Types of inodes; the long forms are 7 more. */
enum { TYPE_DIRECTORY = 1, TYPE_FILE, TYPE_LINK, TYPE_BLOCK, TYPE_CHAR, TYPE_LONG = 7 };

static uint64_t little(const unsigned char *at, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | at[bytes];
	return value;
}

static int layer_read(const struct layer *layer, void *buffer, size_t length, uint64_t offset)
{
	size_t done = 0;

	if (offset > layer->size || length > layer->size - offset)
		return -EIO;
	while (done < length) {
		const ssize_t got = pread(layer->fd, (char *)buffer + done, length - done,
					  (off_t)(layer->offset + offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		done += (size_t)got;
	}
	return 0;
}

/* What is wanted of a packed block: LENGTH bytes behind the first SKIP. */
struct wanted {
	unsigned char *to;
	size_t skip, length;
	size_t got; /* bytes that the block had, from SKIP on, LENGTH at most */
};

/* Take OUTPUT, which begins AT bytes into the block. */
static void take(struct wanted *wanted, const unsigned char *output, size_t length, size_t at)
{
	size_t from = wanted->skip > at ? wanted->skip - at : 0;

	if (from >= length || wanted->got == wanted->length)
		return;
	length -= from;
	if (length > wanted->length - wanted->got)
		length = wanted->length - wanted->got;
	memcpy(wanted->to + wanted->got, output + from, length);
	wanted->got += length;
}

static int inflate_block(struct wanted *wanted, const struct layer *layer, size_t packed,
			 uint64_t offset, z_stream *stream)
{
	unsigned char input[INPUT_SIZE], output[INPUT_SIZE];
	int status = Z_OK, ret = 0;

	while (status == Z_OK && ret == 0 && wanted->got < wanted->length &&
	       stream->total_out <= BLOCK_MOST) {
		const size_t at = stream->total_out;

		if (stream->avail_in == 0 && packed) {
			const size_t some = packed < sizeof(input) ? packed : sizeof(input);

			ret = layer_read(layer, input, some, offset);
			stream->next_in = input;
			stream->avail_in = (uInt)some;
			offset += some;
			packed -= some;
		}
		stream->next_out = output;
		stream->avail_out = sizeof(output);
		if (ret == 0)
			status = inflate(stream, Z_NO_FLUSH);
		take(wanted, output, sizeof(output) - stream->avail_out, at);
	}
	stream->next_in = stream->next_out = NULL;
	/* A bomb. */
	if (ret == 0 && stream->total_out > BLOCK_MOST)
		ret = -EIO;
	if (ret == 0 && status != Z_OK && status != Z_STREAM_END)
		ret = status == Z_MEM_ERROR ? -ENOMEM : -EIO;
	return ret;
}

/* A block of PACKED bytes at OFFSET, or what is wanted of it. */
static int block_read(struct wanted *wanted, const struct layer *layer, size_t packed, bool plain,
		      uint64_t offset)
{
	z_stream stream = { 0 };
	int ret;

	wanted->got = 0;
	if (packed > BLOCK_MOST)
		return -EIO;
	if (plain) {
		if (wanted->skip >= packed)
			return 0;
		if (wanted->length > packed - wanted->skip)
			wanted->length = packed - wanted->skip;
		wanted->got = wanted->length;
		return layer_read(layer, wanted->to, wanted->length, offset + wanted->skip);
	}
	if (inflateInit(&stream) != Z_OK)
		return -ENOMEM;
	ret = inflate_block(wanted, layer, packed, offset, &stream);
	inflateEnd(&stream);
	return ret;
}

/* Have the metadata block at BLOCK of the layer. */
static int meta_load(struct squashfs *fs, uint64_t block)
{
	struct wanted wanted = { .to = fs->data, .length = META_SIZE };
	unsigned char header[2];
	size_t packed;
	int ret;

	if (fs->block == block && fs->next)
		return 0;
	fs->next = 0;
	ret = layer_read(fs->layer, header, sizeof(header), block);
	if (ret < 0)
		return ret;
	packed = (size_t)little(header, 2) & (META_PLAIN - 1);
	if (packed == 0 || packed > META_SIZE)
		return -EIO;
	ret = block_read(&wanted, fs->layer, packed, little(header, 2) & META_PLAIN, block + 2);
	if (ret < 0)
		return ret;
	fs->length = (unsigned int)wanted.got;
	fs->block = block;
	fs->next = block + 2 + packed;
	return 0;
}

/* Read on from PLACE, which moves; from block to block. */
static int meta_read(struct squashfs *fs, struct squashfs_place *place, void *buffer, size_t length)
{
	unsigned char *to = buffer;
	int ret = 0;

	while (length && ret == 0) {
		size_t some;

		ret = meta_load(fs, place->block);
		if (ret < 0)
			return ret;
		if (place->offset >= fs->length && fs->length < META_SIZE)
			return -EIO;
		if (place->offset >= META_SIZE) {
			place->offset -= META_SIZE;
			place->block = fs->next;
			continue;
		}
		some = fs->length - place->offset < length ? fs->length - place->offset : length;
		memcpy(to, fs->data + place->offset, some);
		to += some;
		length -= some;
		place->offset += (unsigned int)some;
	}
	return ret;
}

int squashfs_meta(struct squashfs *fs, struct squashfs_place *place, void *buffer, size_t length)
{
	return meta_read(fs, place, buffer, length);
}

int squashfs_bytes(const struct squashfs *fs, void *buffer, size_t length, uint64_t offset)
{
	return layer_read(fs->layer, buffer, length, offset);
}

int squashfs_open(struct squashfs *fs, const struct layer *layer)
{
	unsigned char superblock[96];
	int ret = layer_read(layer, superblock, sizeof(superblock), 0);

	if (ret < 0)
		return ret;
	if (little(superblock + 20, 2) != 1)
		return -EOPNOTSUPP;
	fs->layer = layer;
	fs->block_size = (unsigned int)little(superblock + 12, 4);
	fs->root = little(superblock + 32, 8);
	fs->inodes = little(superblock + 64, 8);
	fs->directories = little(superblock + 72, 8);
	fs->fragments = little(superblock + 80, 8);
	fs->next = 0;
	return fs->block_size >= 4096 && fs->block_size <= 1 << 20 ? 0 : -EIO;
}

static int directory_inode(struct squashfs_inode *out, struct squashfs *fs,
			   struct squashfs_place *place, bool is_long)
{
	unsigned char b[24];
	int ret = meta_read(fs, place, b, is_long ? 24 : 16);

	if (ret < 0)
		return ret;
	out->type = S_IFDIR;
	out->size = is_long ? little(b + 4, 4) : little(b + 8, 2);
	out->at.block = fs->directories + little(b + (is_long ? 8 : 0), 4);
	out->at.offset = (unsigned int)little(b + (is_long ? 18 : 10), 2);
	return 0;
}

static int file_inode(struct squashfs_inode *out, struct squashfs *fs, struct squashfs_place *place,
		      bool is_long)
{
	unsigned char b[40];
	int ret = meta_read(fs, place, b, is_long ? 40 : 16);

	if (ret < 0)
		return ret;
	out->type = S_IFREG;
	out->start = is_long ? little(b, 8) : little(b, 4);
	out->size = is_long ? little(b + 8, 8) : little(b + 12, 4);
	out->fragment = (uint32_t)little(b + (is_long ? 28 : 4), 4);
	out->fragment_offset = (uint32_t)little(b + (is_long ? 32 : 8), 4);
	out->at = *place;
	return 0;
}

int squashfs_inode(struct squashfs_inode *out, struct squashfs *fs, uint64_t reference)
{
	struct squashfs_place place = { fs->inodes + (reference >> 16 & 0xffffffff),
					(unsigned int)(reference & 0xffff) };
	unsigned char common[16], b[8];
	unsigned int type;
	int ret = meta_read(fs, &place, common, sizeof(common));

	*out = (struct squashfs_inode){ 0 };
	if (ret < 0)
		return ret;
	type = (unsigned int)little(common, 2);
	if (type == TYPE_DIRECTORY || type == TYPE_DIRECTORY + TYPE_LONG)
		return directory_inode(out, fs, &place, type > TYPE_LONG);
	if (type == TYPE_FILE || type == TYPE_FILE + TYPE_LONG)
		return file_inode(out, fs, &place, type > TYPE_LONG);
	/* How many links, then the length of a target or the number of a device. */
	ret = meta_read(fs, &place, b, sizeof(b));
	if (type == TYPE_LINK || type == TYPE_LINK + TYPE_LONG)
		out->type = S_IFLNK;
	else if ((type == TYPE_CHAR || type == TYPE_CHAR + TYPE_LONG) && little(b + 4, 4) == 0)
		out->type = S_IFCHR;
	out->size = little(b + 4, 4);
	out->at = place;
	return ret;
}

/* Entries come in runs, whose inodes share a block. */
struct run {
	uint64_t count, block;
};

int squashfs_lookup(struct squashfs_inode *out, struct squashfs *fs,
		    const struct squashfs_inode *directory, const char *name, size_t length)
{
	struct squashfs_place place = directory->at;
	/* The listing is 3 bytes shorter than it says: . and .. are not in it. */
	uint64_t left = directory->size >= 3 ? directory->size - 3 : 0;
	struct run run = { 0 };
	unsigned char b[12], found[256];
	int ret = left > LISTING_MOST ? -EIO : 0;

	while (ret == 0 && left >= (run.count ? 8 : 12)) {
		size_t size;

		if (!run.count) {
			ret = meta_read(fs, &place, b, 12);
			run = (struct run){ little(b, 4) + 1, little(b + 4, 4) };
			left -= 12;
			continue;
		}
		ret = meta_read(fs, &place, b, 8);
		size = (size_t)little(b + 6, 2) + 1;
		if (ret == 0 && (size > sizeof(found) || size > left - 8))
			ret = -EIO;
		if (ret == 0)
			ret = meta_read(fs, &place, found, size);
		if (ret == 0 && size == length && memcmp(found, name, size) == 0)
			return squashfs_inode(out, fs, run.block << 16 | little(b, 2));
		run.count--;
		left -= ret == 0 ? 8 + size : left;
	}
	return ret < 0 ? ret : -ENOENT;
}

/* The block of a file that holds OFFSET, by the list of their sizes; *start: where it begins in the layer. */
static int block_find(struct squashfs *fs, const struct squashfs_inode *file, uint64_t number,
		      uint64_t *start, uint32_t *size)
{
	struct squashfs_place place = file->at;
	unsigned char b[4 * BLOCKS_READ] = { 0 };
	uint64_t i;
	int ret = 0;

	*start = file->start;
	*size = 0;
	for (i = 0; i <= number && ret == 0; i++) {
		const uint64_t rest = number + 1 - i;

		*start += *size & (BLOCK_PLAIN - 1);
		if (i % BLOCKS_READ == 0)
			ret = meta_read(fs, &place, b,
					4 * (size_t)(rest < BLOCKS_READ ? rest : BLOCKS_READ));
		*size = (uint32_t)little(b + 4 * (i % BLOCKS_READ), 4);
	}
	return ret;
}

/* Where the fragment is in which the end of the file lies. */
static int fragment_find(struct squashfs *fs, const struct squashfs_inode *file, uint64_t *start,
			 uint32_t *size)
{
	struct squashfs_place place = { .offset = file->fragment % 512 * 16 };
	unsigned char b[16];
	int ret = layer_read(fs->layer, b, 8, fs->fragments + (uint64_t)file->fragment / 512 * 8);

	if (ret < 0)
		return ret;
	place.block = little(b, 8);
	ret = meta_read(fs, &place, b, sizeof(b));
	*start = little(b, 8);
	*size = (uint32_t)little(b + 8, 4);
	return ret;
}

/* Read what one block has of it; *got: how much. */
static int read_some(struct squashfs *fs, const struct squashfs_inode *file, struct wanted *wanted,
		     uint64_t offset)
{
	const uint64_t number = offset / fs->block_size;
	const bool is_last = file->size / fs->block_size == number && file->fragment != NO_FRAGMENT;
	uint64_t start;
	uint32_t size;
	int ret;

	if (!is_last && number >= BLOCKS_MOST)
		return -EFBIG;
	ret = is_last ? fragment_find(fs, file, &start, &size) :
			block_find(fs, file, number, &start, &size);
	if (ret < 0)
		return ret;
	wanted->skip = (size_t)(offset % fs->block_size);
	if (wanted->length > fs->block_size - wanted->skip)
		wanted->length = fs->block_size - wanted->skip;
	if (is_last)
		wanted->skip += file->fragment_offset;
	/* A hole. */
	if (size == 0) {
		memset(wanted->to, 0, wanted->length);
		wanted->got = wanted->length;
		return 0;
	}
	return block_read(wanted, fs->layer, size & (BLOCK_PLAIN - 1), size & BLOCK_PLAIN, start);
}

int squashfs_pread(struct squashfs *fs, const struct squashfs_inode *file, void *buffer,
		   size_t length, uint64_t offset)
{
	size_t done = 0;

	if (offset > file->size || length > file->size - offset)
		return -ENODATA;
	while (done < length) {
		struct wanted wanted = { .to = (unsigned char *)buffer + done,
					 .length = length - done };
		int ret = read_some(fs, file, &wanted, offset + done);

		if (ret < 0 || wanted.got == 0)
			return ret < 0 ? ret : -EIO;
		done += wanted.got;
	}
	return 0;
}

int squashfs_readlink(struct squashfs *fs, const struct squashfs_inode *link, char *buffer,
		      size_t size)
{
	struct squashfs_place place = link->at;
	int ret;

	if (link->size >= size)
		return -ENAMETOOLONG;
	ret = meta_read(fs, &place, buffer, (size_t)link->size);
	buffer[link->size] = '\0';
	return ret == 0 && strlen(buffer) != link->size ? -EIO : ret;
}
