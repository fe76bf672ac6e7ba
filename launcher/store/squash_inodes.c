/* SPDX-License-Identifier: MIT */
/* Write inodes and directories: an inode before what names it, and so each directory behind all
 * that is in it. Source as squash_meta.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/squash_inodes.h"

/* Types of inodes; the long forms, with attributes and larger numbers, are 7 more. */
enum {
	TYPE_DIRECTORY = 1,
	TYPE_FILE,
	TYPE_LINK,
	TYPE_BLOCK,
	TYPE_DEVICE,
	TYPE_PIPE,
	TYPE_LONG = 7
};

enum {
	INODE_MOST = 56, /* without what follows */
	RUN_MOST = 256,  /* names behind one header */
	INDEX_MOST = 65535,
	NOT_LISTED = 3 /* bytes that a listing says for . and .. */
};

#define NO_ATTRIBUTES UINT32_MAX

/* Of a listing: the block that it begins in, and where there. */
struct place {
	uint32_t block, offset;
};

static unsigned int type_of(const struct squash_inode *inode)
{
	switch (inode->mode & S_IFMT) {
	case S_IFDIR:
		return TYPE_DIRECTORY;
	case S_IFREG:
		return TYPE_FILE;
	case S_IFLNK:
		return TYPE_LINK;
	case S_IFCHR:
		return TYPE_DEVICE;
	default:
		return TYPE_PIPE;
	}
}

/* --- numbers ----------------------------------------------------------------------------------------- */

/* Those of a directory follow each other, so that few headers are needed in it. */
static void number_names(struct squash_inodes *out, const struct squash_inode *directory)
{
	struct squash_node *node;

	for (node = directory->directory.names; node; node = node->right) {
		struct squash_inode *inode = node->inode;

		if (!inode->number)
			inode->number = ++out->count;
		inode->links++;
		if (S_ISDIR(inode->mode))
			inode->directory.parent->directory.children++;
	}
}

static void number_all(struct squash_inodes *out, struct squash_tree *tree)
{
	struct squash_inode *directory;

	for (directory = squash_tree_first(tree); directory; directory = squash_tree_next(directory))
		number_names(out, directory);
	tree->root.number = ++out->count;
}

static int id_find(uint64_t *out, struct squash_inodes *inodes, uint32_t id)
{
	uint32_t i;

	for (i = 0; i < inodes->id_count && inodes->ids[i] != id; i++)
		;
	if (i == SQUASH_IDS_MOST)
		return -E2BIG;
	if (i == inodes->id_count)
		inodes->ids[inodes->id_count++] = id;
	*out = i;
	return 0;
}

/* The number of a set of attributes, which is written later. */
static uint32_t set_number(struct squash_inodes *out, struct squash_attributes *set)
{
	if (!set)
		return NO_ATTRIBUTES;
	if (out->last)
		out->last->next = set;
	else
		out->first = set;
	out->last = set;
	return out->sets++;
}

/* --- inodes ------------------------------------------------------------------------------------------ */

/* What all have. Returns where what follows goes, or NULL: too many owners. */
static unsigned char *put_common(unsigned char *at, struct squash_inodes *out,
				 struct squash_inode *inode, bool is_long)
{
	uint64_t uid, gid;

	if (id_find(&uid, out, inode->uid) < 0 || id_find(&gid, out, inode->gid) < 0)
		return NULL;
	inode->block = out->inodes.written;
	inode->offset = (uint16_t)out->inodes.used;
	at = squash_put(at, 2, type_of(inode) + (is_long ? TYPE_LONG : 0));
	at = squash_put(at, 2, inode->mode & 07777);
	at = squash_put(at, 2, uid);
	at = squash_put(at, 2, gid);
	at = squash_put(at, 4, inode->mtime);
	return squash_put(at, 4, inode->number);
}

static int add(struct squash_inodes *out, const unsigned char *from, const unsigned char *end)
{
	return squash_meta_add(&out->inodes, from, (size_t)(end - from));
}

static uint64_t block_count(const struct squash_file *file)
{
	return file->blocks ? (file->size + SQUASH_BLOCK - 1) / SQUASH_BLOCK : 0;
}

/* Bytes that are not written, since they are zeroes. */
static uint64_t holes_of(const struct squash_file *file)
{
	const uint64_t count = block_count(file);
	uint64_t holes = 0, i;

	for (i = 0; i < count; i++) {
		if (!file->blocks[i])
			holes += SQUASH_BLOCK;
	}
	/* The last one may be shorter, and a file is never all holes. */
	return holes < file->size ? holes : file->size - 1;
}

static int write_file(struct squash_inodes *out, struct squash_inode *inode)
{
	const struct squash_file *file = &inode->file;
	const uint64_t count = block_count(file), holes = count ? holes_of(file) : 0;
	const bool is_long = inode->links > 1 || inode->attributes || holes ||
			     file->size > UINT32_MAX || file->start > UINT32_MAX;
	unsigned char b[INODE_MOST], size[4], *at = put_common(b, out, inode, is_long);
	uint64_t i;
	int ret;

	if (!at)
		return -E2BIG;
	at = squash_put(at, is_long ? 8 : 4, file->start);
	if (is_long) {
		at = squash_put(at, 8, file->size);
		at = squash_put(at, 8, holes);
		at = squash_put(at, 4, inode->links);
	}
	at = squash_put(at, 4, file->fragment);
	at = squash_put(at, 4, file->offset);
	at = squash_put(at, 4, is_long ? set_number(out, inode->attributes) : file->size);
	ret = add(out, b, at);
	for (i = 0; ret == 0 && i < count; i++) {
		squash_put(size, 4, file->blocks[i]);
		ret = add(out, size, size + 4);
	}
	return ret;
}

/* Links, whiteouts and pipes. */
static int write_other(struct squash_inodes *out, struct squash_inode *inode)
{
	unsigned char b[INODE_MOST], *at = put_common(b, out, inode, inode->attributes);
	const bool is_link = S_ISLNK(inode->mode);
	const size_t length = is_link ? strlen(inode->target) : 0;
	int ret;

	if (!at)
		return -E2BIG;
	at = squash_put(at, 4, inode->links);
	if (is_link)
		at = squash_put(at, 4, length);
	if (S_ISCHR(inode->mode))
		at = squash_put(at, 4, 0);
	ret = add(out, b, at);
	if (ret == 0 && is_link)
		ret = squash_meta_add(&out->inodes, inode->target, length);
	if (ret == 0 && inode->attributes)
		ret = add(out, b, squash_put(b, 4, set_number(out, inode->attributes)));
	return ret;
}

/* --- directories ------------------------------------------------------------------------------------- */

static bool fits_run(const struct squash_inode *first, const struct squash_inode *inode)
{
	const int64_t away = (int64_t)inode->number - first->number;

	return inode->block == first->block && away >= INT16_MIN && away <= INT16_MAX;
}

/* A header where another block begins is where a search may begin. */
static int note_index(struct squash_inodes *out, uint32_t listed, const char *name, uint32_t *block)
{
	int ret = 0;

	if (out->directories.written == *block || out->index_count == INDEX_MOST)
		return 0;
	*block = out->directories.written;
	ret = squash_grow(&out->index, &out->index_room, out->index_count, sizeof(*out->index));
	if (ret == 0)
		out->index[out->index_count++] = (struct squash_index){ listed, *block, name };
	return ret;
}

/* Names whose inodes are near each other, behind one header; *node: the first one after them. */
static int list_run(struct squash_inodes *out, const struct squash_node **node, uint64_t *listed)
{
	const struct squash_inode *first = (*node)->inode;
	const struct squash_node *end = *node;
	unsigned char b[12], *at;
	unsigned int count = 0;
	int ret;

	for (; end && count < RUN_MOST && fits_run(first, end->inode); end = end->right)
		count++;
	at = squash_put(b, 4, count - 1);
	at = squash_put(at, 4, first->block);
	at = squash_put(at, 4, first->number);
	ret = squash_meta_add(&out->directories, b, (size_t)(at - b));
	*listed += (uint64_t)(at - b);
	for (; ret == 0 && *node != end; *node = (*node)->right) {
		const struct squash_inode *inode = (*node)->inode;
		const size_t length = strlen((*node)->name);

		at = squash_put(b, 2, inode->offset);
		at = squash_put(at, 2, inode->number - first->number);
		at = squash_put(at, 2, type_of(inode));
		at = squash_put(at, 2, length - 1);
		ret = squash_meta_add(&out->directories, b, (size_t)(at - b));
		if (ret == 0)
			ret = squash_meta_add(&out->directories, (*node)->name, length);
		*listed += (uint64_t)(at - b) + length;
	}
	return ret;
}

static int write_index(struct squash_inodes *out)
{
	unsigned char b[12], *at;
	size_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < out->index_count; i++) {
		const struct squash_index *index = &out->index[i];
		const size_t length = strlen(index->name);

		at = squash_put(b, 4, index->at);
		at = squash_put(at, 4, index->block);
		at = squash_put(at, 4, length - 1);
		ret = add(out, b, at);
		if (ret == 0)
			ret = squash_meta_add(&out->inodes, index->name, length);
	}
	return ret;
}

/* Its listing, of LISTED bytes, has been written to PLACE. */
static int write_directory(struct squash_inodes *out, struct squash_inode *inode, uint64_t listed,
			   const struct place *place)
{
	const uint64_t size = listed + NOT_LISTED;
	const bool is_long = size > UINT16_MAX || inode->attributes || out->index_count;
	unsigned char b[INODE_MOST], *at = put_common(b, out, inode, is_long);
	const uint32_t links = inode->directory.children + 2;
	/* What the root is in has the number behind the last one. */
	const uint32_t parent =
		inode->directory.self ? inode->directory.parent->number : out->count + 1;
	int ret;

	if (!at)
		return -E2BIG;
	if (is_long) {
		at = squash_put(at, 4, links);
		at = squash_put(at, 4, size);
		at = squash_put(at, 4, place->block);
		at = squash_put(at, 4, parent);
		at = squash_put(at, 2, out->index_count);
		at = squash_put(at, 2, place->offset);
		at = squash_put(at, 4, set_number(out, inode->attributes));
	} else {
		at = squash_put(at, 4, place->block);
		at = squash_put(at, 4, links);
		at = squash_put(at, 2, size);
		at = squash_put(at, 2, place->offset);
		at = squash_put(at, 4, parent);
	}
	ret = add(out, b, at);
	return ret == 0 ? write_index(out) : ret;
}

static int list_directory(struct squash_inodes *out, struct squash_inode *directory)
{
	const struct place begin = { out->directories.written, out->directories.used };
	const struct squash_node *node = directory->directory.names;
	uint32_t block = begin.block;
	uint64_t listed = 0;
	int ret = 0;

	out->index_count = 0;
	while (ret == 0 && node) {
		ret = note_index(out, (uint32_t)listed, node->name, &block);
		if (ret == 0)
			ret = list_run(out, &node, &listed);
		if (listed > UINT32_MAX - NOT_LISTED)
			ret = -EFBIG;
	}
	return ret == 0 ? write_directory(out, directory, listed, &begin) : ret;
}

/* Files that have other names may have been written already; directories in it have. */
static int write_names(struct squash_inodes *out, const struct squash_inode *directory)
{
	const struct squash_node *node;
	int ret = 0;

	for (node = directory->directory.names; ret == 0 && node; node = node->right) {
		struct squash_inode *inode = node->inode;

		if (S_ISDIR(inode->mode) || inode->block != SQUASH_UNWRITTEN)
			continue;
		ret = S_ISREG(inode->mode) ? write_file(out, inode) : write_other(out, inode);
	}
	return ret;
}

int squash_inodes_write(struct squash_inodes *out, struct squash_writer *writer,
			struct squash_tree *tree, int spill)
{
	struct squash_inode *directory;
	int ret = 0;

	out->inodes.writer = out->directories.writer = writer;
	out->inodes.fd = writer->fd;
	out->directories.fd = spill;
	number_all(out, tree);
	for (directory = squash_tree_first(tree); ret == 0 && directory;
	     directory = squash_tree_next(directory)) {
		ret = write_names(out, directory);
		if (ret == 0)
			ret = list_directory(out, directory);
	}
	if (ret == 0)
		ret = squash_meta_end(&out->inodes);
	return ret == 0 ? squash_meta_end(&out->directories) : ret;
}

void squash_inodes_close(struct squash_inodes *inodes)
{
	free(inodes->index);
	inodes->index = NULL;
}
