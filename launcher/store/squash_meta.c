/* SPDX-License-Identifier: MIT */
/* Write blocks of metadata, and tables of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/squash_meta.h"

enum { HEADER = 2, META_PLAIN = 0x8000, ENTRY_MOST = 16 };

unsigned char *squash_put(unsigned char *at, unsigned int bytes, uint64_t value)
{
	for (; bytes > 0; bytes--, value >>= 8)
		*at++ = (unsigned char)value;
	return at;
}

int squash_meta_end(struct squash_meta *meta)
{
	struct squash_writer *writer = meta->writer;
	const size_t packed = meta->used ? squash_pack(writer, meta->data, meta->used) : 0;
	const size_t length = packed ? packed : meta->used;
	unsigned char header[HEADER];
	int ret;

	if (!meta->used)
		return 0;
	if (meta->written > UINT32_MAX - HEADER - SQUASH_META_SIZE)
		return -EFBIG;
	squash_put(header, HEADER, packed ? packed : length | META_PLAIN);
	ret = squash_emit(writer, meta->fd, header, HEADER);
	if (ret == 0)
		ret = squash_emit(writer, meta->fd, packed ? writer->packed : meta->data, length);
	meta->written += (uint32_t)(HEADER + length);
	meta->used = 0;
	return ret;
}

int squash_meta_add(struct squash_meta *meta, const void *data, size_t length)
{
	const unsigned char *from = data;
	int ret = 0;

	while (ret == 0 && length > 0) {
		const size_t room = SQUASH_META_SIZE - meta->used;
		const size_t part = length < room ? length : room;

		memcpy(meta->data + meta->used, from, part);
		meta->used += (uint32_t)part;
		from += part;
		length -= part;
		/* At once, so that no place is behind the last byte of a block. */
		if (meta->used == SQUASH_META_SIZE)
			ret = squash_meta_end(meta);
	}
	return ret;
}

int squash_table_write(uint64_t *list, struct squash_meta *meta, const struct squash_table *table)
{
	struct squash_writer *writer = meta->writer;
	const uint64_t begin = writer->offset;
	unsigned char entry[ENTRY_MOST], place[8], *starts = NULL;
	size_t room = 0, blocks = 0, i;
	int ret = 0;

	meta->written = 0;
	for (i = 0; ret == 0 && i < table->count; i++) {
		if (!meta->used) {
			squash_put(place, 8, begin + meta->written);
			ret = squash_grow(&starts, &room, blocks, sizeof(place));
			if (ret == 0)
				memcpy(starts + 8 * blocks++, place, sizeof(place));
		}
		table->fill(entry, table->data, i);
		if (ret == 0)
			ret = squash_meta_add(meta, entry, table->each);
	}
	if (ret == 0)
		ret = squash_meta_end(meta);
	*list = writer->offset;
	if (ret == 0 && table->head)
		ret = squash_emit(writer, meta->fd, table->head, table->head_size);
	if (ret == 0)
		ret = squash_emit(writer, meta->fd, starts, 8 * blocks);
	free(starts);
	return ret;
}
