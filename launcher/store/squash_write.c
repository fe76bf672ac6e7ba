/* SPDX-License-Identifier: MIT */
/* Write what files hold: blocks of zeroes are left out, small files share blocks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "store/squash_write.h"

enum { LEVEL = 9, SUPERBLOCK = 96, SHARED_AT_FIRST = 64 };

int squash_grow(void *items, size_t *room, size_t count, size_t size)
{
	void *more;

	if (count < *room)
		return 0;
	more = realloc(*(void **)items, (*room ? 2 * *room : SHARED_AT_FIRST) * size);
	if (!more)
		return -ENOMEM;
	*room = *room ? 2 * *room : SHARED_AT_FIRST;
	*(void **)items = more;
	return 0;
}

int squash_write_open(struct squash_writer *writer, int fd)
{
	writer->fd = fd;
	writer->offset = SUPERBLOCK;
	/* As mksquashfs does, so that the same bytes come out. */
	if (deflateInit2(&writer->zip, LEVEL, Z_DEFLATED, 15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	writer->open = true;
	return lseek(fd, SUPERBLOCK, SEEK_SET) < 0 ? -errno : 0;
}

size_t squash_pack(struct squash_writer *writer, const void *data, size_t length)
{
	z_stream *zip = &writer->zip;

	if (length < 2 || deflateReset(zip) != Z_OK)
		return 0;
	zip->next_in = (unsigned char *)data;
	zip->avail_in = (uInt)length;
	zip->next_out = writer->packed;
	zip->avail_out = (uInt)length - 1;
	return deflate(zip, Z_FINISH) == Z_STREAM_END ? (size_t)zip->total_out : 0;
}

int squash_emit(struct squash_writer *writer, int fd, const void *data, size_t length)
{
	if (fd == writer->fd)
		writer->offset += length;
	return sys_write_all(fd, data, length);
}

/* *size: as a squashfs has it. */
static int write_packed(struct squash_writer *writer, uint32_t *size, const unsigned char *data,
			size_t length)
{
	const size_t packed = squash_pack(writer, data, length);

	*size = packed ? (uint32_t)packed : (uint32_t)length | SQUASH_PLAIN;
	return squash_emit(writer, writer->fd, packed ? writer->packed : data,
			   packed ? packed : length);
}

int squash_write_end(struct squash_writer *writer)
{
	struct squash_fragment *fragment;
	int ret;

	if (!writer->used)
		return 0;
	ret = squash_grow(&writer->fragments, &writer->fragment_room, writer->fragment_count,
			  sizeof(*fragment));
	if (ret < 0)
		return ret;
	fragment = &writer->fragments[writer->fragment_count++];
	fragment->start = writer->offset;
	ret = write_packed(writer, &fragment->size, writer->shared, writer->used);
	writer->used = 0;
	return ret;
}

int squash_write_file(struct squash_writer *writer, struct squash_tree *tree,
		      struct squash_inode *inode, uint64_t size)
{
	struct squash_file *file = &inode->file;
	int ret = 0;

	file->size = size;
	file->start = writer->offset;
	if (size >= SQUASH_BLOCK) {
		const uint64_t blocks = (size + SQUASH_BLOCK - 1) / SQUASH_BLOCK;

		if (blocks > SIZE_MAX / 8)
			return -ENOMEM;
		file->blocks = squash_tree_alloc(tree, (size_t)blocks * sizeof(uint32_t));
		return file->blocks ? 0 : -ENOMEM;
	}
	file->start = 0;
	if (!size)
		return 0;
	if (size > SQUASH_BLOCK - writer->used)
		ret = squash_write_end(writer);
	file->fragment = (uint32_t)writer->fragment_count;
	file->offset = (uint32_t)writer->used;
	return ret;
}

unsigned char *squash_write_room(struct squash_writer *writer, const struct squash_inode *inode)
{
	return inode->file.blocks ? writer->block : writer->shared + writer->used;
}

static bool is_zero(const unsigned char *data, size_t length)
{
	return data[0] == 0 && memcmp(data, data + 1, length - 1) == 0;
}

int squash_write_block(struct squash_writer *writer, struct squash_inode *inode, uint64_t number,
		       size_t length)
{
	if (!inode->file.blocks) {
		writer->used += length;
		return 0;
	}
	if (is_zero(writer->block, length))
		return 0;
	return write_packed(writer, &inode->file.blocks[number], writer->block, length);
}

void squash_write_close(struct squash_writer *writer)
{
	if (writer->open)
		(void)deflateEnd(&writer->zip);
	writer->open = false;
	free(writer->fragments);
	writer->fragments = NULL;
}
