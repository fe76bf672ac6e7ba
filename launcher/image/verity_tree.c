/* SPDX-License-Identifier: MIT */
/* The tree of hashes of dm-verity: made in one pass over the data, and written, or compared with what is there. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "image/verity.h"

enum {
	WINDOW = 16 * VERITY_BLOCK, /* bytes of data that are read at once */
	SAMPLE = 16                 /* one of so many is read where some are enough */
};

/* One block of each level is being filled; a full one goes out, and its hash to the level above. */
struct growth {
	const struct verity *verity;
	struct verity_levels levels;
	int fd;
	uint64_t tree;                     /* offset of the tree in the file */
	bool compare;                      /* with what is there, instead of writing */
	bool some;                         /* of most data, the hashes that are there are taken */
	uint64_t done[VERITY_LEVELS_MOST]; /* blocks of a level that went out */
	size_t filled[VERITY_LEVELS_MOST]; /* bytes */
	struct digest root;
	unsigned char blocks[VERITY_LEVELS_MOST][VERITY_BLOCK];
};

/* Returns 0, -errno, or -ENODATA when the file ends before. */
static int read_all(int fd, void *data, size_t length, uint64_t offset)
{
	unsigned char *to = data;

	while (length > 0) {
		const ssize_t got = pread(fd, to, length, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -ENODATA;
		to += got;
		offset += (uint64_t)got;
		length -= (size_t)got;
	}
	return 0;
}

static int write_at(int fd, const void *data, size_t length, uint64_t offset)
{
	if (lseek(fd, (off_t)offset, SEEK_SET) < 0)
		return -errno;
	return sys_write_all(fd, data, length);
}

/* A block of the tree, full or the last of its level. */
static int put_block(struct growth *growth, unsigned int level)
{
	const uint64_t at =
		growth->tree + (growth->levels.start[level] + growth->done[level]++) * VERITY_BLOCK;
	unsigned char there[VERITY_BLOCK];
	int ret;

	memset(growth->blocks[level] + growth->filled[level], 0,
	       VERITY_BLOCK - growth->filled[level]);
	growth->filled[level] = 0;
	if (!growth->compare)
		return write_at(growth->fd, growth->blocks[level], VERITY_BLOCK, at);
	ret = read_all(growth->fd, there, sizeof(there), at);
	if (ret < 0)
		return ret;
	return memcmp(there, growth->blocks[level], VERITY_BLOCK) == 0 ? 0 : -EBADMSG;
}

static void hash_block(struct digest *out, const struct verity *verity, const unsigned char *block)
{
	struct hasher hasher;

	hasher_begin(&hasher);
	hasher_add(&hasher, verity->salt, verity->salt_size);
	hasher_add(&hasher, block, VERITY_BLOCK);
	hasher_end(out, &hasher);
}

/* Take HASH into LEVEL, and of each block that is full by it the hash into the next. */
static int take_hash(struct growth *growth, unsigned int level, struct digest hash)
{
	for (;;) {
		int ret;

		if (level == growth->levels.count) {
			growth->root = hash;
			return 0;
		}
		memcpy(growth->blocks[level] + growth->filled[level], hash.bytes, DIGEST_SIZE);
		growth->filled[level] += DIGEST_SIZE;
		if (growth->filled[level] < VERITY_BLOCK)
			return 0;
		ret = put_block(growth, level);
		if (ret < 0)
			return ret;
		hash_block(&hash, growth->verity, growth->blocks[level++]);
	}
}

static int take_block(struct growth *growth, unsigned int level, const unsigned char *block)
{
	struct digest hash;

	hash_block(&hash, growth->verity, block);
	return take_hash(growth, level, hash);
}

/* The blocks that the end of the data left half full. */
static int take_ends(struct growth *growth)
{
	unsigned int level;
	int ret = 0;

	for (level = 0; level < growth->levels.count && ret == 0; level++) {
		if (growth->filled[level] == 0)
			continue;
		ret = put_block(growth, level);
		if (ret == 0)
			ret = take_block(growth, level + 1, growth->blocks[level]);
	}
	return ret;
}

/* What the tree says of COUNT data blocks from number FIRST on. */
static int take_said(struct growth *growth, uint64_t first, size_t count)
{
	struct digest hashes[WINDOW / VERITY_BLOCK];
	const uint64_t at = growth->tree + growth->levels.start[0] * VERITY_BLOCK;
	size_t i;
	int ret = read_all(growth->fd, hashes, count * sizeof(*hashes), at + first * sizeof(*hashes));

	for (i = 0; i < count && ret == 0; i++)
		ret = take_hash(growth, 0, hashes[i]);
	return ret;
}

/* Go over the data at OFFSET. Returns 0 or -errno; -EBADMSG when the tree that is there differs. */
static int grow(struct growth *growth, uint64_t offset)
{
	const uint64_t size = growth->verity->data_blocks * VERITY_BLOCK;
	unsigned char window[WINDOW];
	uint64_t at;
	int ret = 0;

	verity_layout(&growth->levels, growth->verity->data_blocks);
	growth->tree = offset + size + VERITY_BLOCK;
	for (at = 0; at < size && ret == 0; at += WINDOW) {
		const size_t length = size - at < WINDOW ? (size_t)(size - at) : WINDOW;
		size_t i;

		if (growth->some && at / WINDOW % SAMPLE != 0 && size - at > WINDOW) {
			ret = take_said(growth, at / VERITY_BLOCK, length / VERITY_BLOCK);
			continue;
		}
		ret = read_all(growth->fd, window, length, offset + at);
		for (i = 0; i < length && ret == 0; i += VERITY_BLOCK)
			ret = take_block(growth, 0, window + i);
	}
	return ret < 0 ? ret : take_ends(growth);
}

static int check(struct growth *growth, uint64_t offset, const struct digest *root, const char *what)
{
	int ret = grow(growth, offset);

	if (ret == -EBADMSG)
		return fail(EBADMSG, "%s: the verity tree is not that of the data", what);
	if (ret == -ENODATA)
		return fail(0, "%s: verity tree is cut short", what);
	if (ret < 0)
		return fail(-ret, "check the verity tree of %s", what);
	if (!digest_same(&growth->root, root))
		return fail(EBADMSG, "%s: the verity tree has another root hash than is named", what);
	return 0;
}

int verity_check(const struct verity *verity, int fd, uint64_t offset, const struct digest *root,
		 const char *what)
{
	struct growth growth = { .verity = verity, .fd = fd, .compare = true };

	return check(&growth, offset, root, what);
}

int verity_check_some(const struct verity *verity, int fd, uint64_t offset,
		      const struct digest *root, const char *what)
{
	struct growth growth = { .verity = verity, .fd = fd, .compare = true, .some = true };

	return check(&growth, offset, root, what);
}

int verity_append_as(struct digest *root, const struct verity *verity, int fd, const char *what)
{
	const uint64_t data_size = verity->data_blocks * VERITY_BLOCK;
	struct growth growth = { .verity = verity, .fd = fd };
	unsigned char superblock[VERITY_SUPERBLOCK_SIZE];
	int ret = 0;

	verity_print(superblock, verity);
	/* Cut, then lengthened: the rest of the superblock's block, and of the data's last one, are zeroes. */
	if (ftruncate(fd, (off_t)data_size) < 0 ||
	    ftruncate(fd, (off_t)verity_size(verity->data_blocks)) < 0)
		ret = -errno;
	if (ret == 0)
		ret = write_at(fd, superblock, sizeof(superblock), data_size);
	if (ret == 0)
		ret = grow(&growth, 0);
	if (ret < 0)
		return fail(-ret, "append a verity tree to %s", what);
	*root = growth.root;
	return 0;
}

int verity_append(struct digest *root, int fd, uint64_t data_size, const char *what)
{
	struct verity verity = { .salt_size = DIGEST_SIZE };
	struct digest digest;
	int ret;

	if (data_size == 0 || data_size > INT64_MAX / 2)
		return fail(0, "append a verity tree to %s: no data, or too much", what);
	verity.data_blocks = (data_size + VERITY_BLOCK - 1) / VERITY_BLOCK;
	if (ftruncate(fd, (off_t)data_size) < 0 ||
	    ftruncate(fd, (off_t)(verity.data_blocks * VERITY_BLOCK)) < 0)
		return fail(errno, "append a verity tree to %s", what);
	ret = digest_range(&digest, fd, 0, verity.data_blocks * VERITY_BLOCK);
	if (ret < 0)
		return fail(-ret, "read %s", what);
	memcpy(verity.salt, digest.bytes, DIGEST_SIZE);
	memcpy(verity.uuid, digest.bytes, sizeof(verity.uuid));
	/* Version 8 of RFC 9562: whatever its maker likes. */
	verity.uuid[6] = (unsigned char)((verity.uuid[6] & 0x0f) | 0x80);
	verity.uuid[8] = (unsigned char)((verity.uuid[8] & 0x3f) | 0x80);
	return verity_append_as(root, &verity, fd, what);
}
