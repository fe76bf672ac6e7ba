/* SPDX-License-Identifier: MIT */
/* Write the tables of a squashfs, in the order that the kernel checks: inodes, directories,
 * fragments, owners, attributes. Source as squash_meta.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "store/squash_inodes.h"
#include "store/squash_tables.h"

enum { SUPERBLOCK = 96, GZIP = 1, MAJOR = 4, ATTRIBUTES_HEAD = 16 };

#define NONE UINT64_MAX

/* Where everything is. */
struct tables {
	struct squash_inodes inodes;
	struct squash_writer *writer;
	struct squash_attributes *set; /* the next one that is put into the table */
	uint64_t inode_table, directories, fragments, ids, attributes;
	uint32_t time;
};

/* --- lists ------------------------------------------------------------------------------------------- */

static void fill_fragment(unsigned char *out, void *data, size_t number)
{
	const struct tables *tables = data;
	const struct squash_fragment *fragment = &tables->writer->fragments[number];

	out = squash_put(out, 8, fragment->start);
	out = squash_put(out, 4, fragment->size);
	squash_put(out, 4, 0);
}

static void fill_id(unsigned char *out, void *data, size_t number)
{
	const struct tables *tables = data;

	squash_put(out, 4, tables->inodes.ids[number]);
}

static void fill_set(unsigned char *out, void *data, size_t number)
{
	struct tables *tables = data;
	const struct squash_attributes *set = tables->set;

	(void)number;
	out = squash_put(out, 8, (uint64_t)set->block << 16 | set->offset);
	out = squash_put(out, 4, set->count);
	squash_put(out, 4, set->size);
	tables->set = set->next;
}

/* --- attributes -------------------------------------------------------------------------------------- */

static int write_attribute(struct squash_meta *meta, struct squash_attributes *set,
			   const struct attribute *attribute)
{
	static const struct {
		const char *prefix;
		unsigned int type;
	} kinds[] = { { "user.", 0 }, { "trusted.", 1 }, { "security.", 2 } };
	unsigned char b[4];
	size_t i, length;
	const char *name = attribute->name;
	unsigned int type = 0;
	int ret;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		length = strlen(kinds[i].prefix);
		if (strncmp(name, kinds[i].prefix, length) != 0)
			continue;
		name += length;
		type = kinds[i].type;
		break;
	}
	length = strlen(name);
	squash_put(squash_put(b, 2, type), 2, length);
	ret = squash_meta_add(meta, b, sizeof(b));
	if (ret == 0)
		ret = squash_meta_add(meta, name, length);
	squash_put(b, 4, attribute->size);
	if (ret == 0)
		ret = squash_meta_add(meta, b, sizeof(b));
	set->size += (uint32_t)(2 * sizeof(b) + length + attribute->size);
	return ret == 0 ? squash_meta_add(meta, attribute->value, attribute->size) : ret;
}

/* Names and values, and the list of where each file's are. */
static int write_attributes(struct tables *tables, struct squash_meta *meta)
{
	unsigned char head[ATTRIBUTES_HEAD];
	const struct squash_table table = { tables->inodes.sets, 16, fill_set, tables, head,
					    sizeof(head) };
	struct squash_attributes *set;
	uint32_t i;
	int ret = 0;

	tables->attributes = NONE;
	if (!tables->inodes.sets)
		return 0;
	squash_put(squash_put(head, 8, tables->writer->offset), 8, tables->inodes.sets);
	meta->written = 0;
	for (set = tables->inodes.first; ret == 0 && set; set = set->next) {
		set->block = meta->written;
		set->offset = meta->used;
		for (i = 0; ret == 0 && i < set->count; i++)
			ret = write_attribute(meta, set, &set->items[i]);
	}
	if (ret == 0)
		ret = squash_meta_end(meta);
	tables->set = tables->inodes.first;
	return ret == 0 ? squash_table_write(&tables->attributes, meta, &table) : ret;
}

/* --- all ---------------------------------------------------------------------------------------------- */

/* The directories, which were written beside the inodes. */
static int take_spilled(struct squash_writer *writer, int spill, uint64_t size)
{
	uint64_t at = 0;
	int ret = 0;

	while (ret == 0 && at < size) {
		const size_t most = size - at < SQUASH_BLOCK ? (size_t)(size - at) : SQUASH_BLOCK;
		const ssize_t got = pread(spill, writer->block, most, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		ret = squash_emit(writer, writer->fd, writer->block, (size_t)got);
		at += (uint64_t)got;
	}
	return ret;
}

static int write_superblock(const struct tables *tables, const struct squash_inode *root)
{
	const struct squash_writer *writer = tables->writer;
	unsigned char b[SUPERBLOCK], *at = b;

	memcpy(at, "hsqs", 4);
	at = squash_put(at + 4, 4, tables->inodes.count);
	at = squash_put(at, 4, tables->time);
	at = squash_put(at, 4, SQUASH_BLOCK);
	at = squash_put(at, 4, writer->fragment_count);
	at = squash_put(at, 2, GZIP);
	at = squash_put(at, 2, SQUASH_BLOCK_LOG);
	at = squash_put(at, 2, 0); /* flags */
	at = squash_put(at, 2, tables->inodes.id_count);
	at = squash_put(at, 2, MAJOR);
	at = squash_put(at, 2, 0);
	at = squash_put(at, 8, (uint64_t)root->block << 16 | root->offset);
	at = squash_put(at, 8, writer->offset);
	at = squash_put(at, 8, tables->ids);
	at = squash_put(at, 8, tables->attributes);
	at = squash_put(at, 8, tables->inode_table);
	at = squash_put(at, 8, tables->directories);
	at = squash_put(at, 8, tables->fragments);
	squash_put(at, 8, NONE); /* inodes by number, which only NFS needs */
	if (lseek(writer->fd, 0, SEEK_SET) < 0)
		return -errno;
	return sys_write_all(writer->fd, b, sizeof(b));
}

static int write_tables(struct tables *tables, int spill)
{
	struct squash_writer *writer = tables->writer;
	struct squash_meta *meta = &tables->inodes.inodes;
	const struct squash_table fragments = {
		.count = writer->fragment_count, .each = 16, .fill = fill_fragment, .data = tables
	};
	const struct squash_table ids = {
		.count = tables->inodes.id_count, .each = 4, .fill = fill_id, .data = tables
	};
	int ret;

	tables->directories = writer->offset;
	ret = take_spilled(writer, spill, tables->inodes.directories.written);
	if (ret == 0)
		ret = squash_table_write(&tables->fragments, meta, &fragments);
	if (ret == 0)
		ret = squash_table_write(&tables->ids, meta, &ids);
	return ret == 0 ? write_attributes(tables, meta) : ret;
}

static int write_all(struct tables *tables, struct squash_tree *tree, int spill)
{
	struct squash_writer *writer = tables->writer;
	int ret = squash_write_end(writer);

	tables->inode_table = writer->offset;
	if (ret == 0)
		ret = squash_inodes_write(&tables->inodes, writer, tree, spill);
	if (ret == 0)
		ret = write_tables(tables, spill);
	return ret == 0 ? write_superblock(tables, &tree->root) : ret;
}

int squash_finish(uint64_t *size, struct squash_writer *writer, struct squash_tree *tree, int spill,
		  uint32_t time)
{
	struct tables *tables = calloc(1, sizeof(*tables));
	int ret;

	if (!tables)
		return -ENOMEM;
	tables->writer = writer;
	tables->time = time;
	ret = write_all(tables, tree, spill);
	squash_inodes_close(&tables->inodes);
	free(tables);
	*size = writer->offset;
	return ret;
}
