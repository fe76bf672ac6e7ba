/* SPDX-License-Identifier: MIT */
/* Put the members of a layer's tar into a tree, and what they hold into a squashfs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "store/squash_tables.h"
#include "store/tar_layer.h"
#include "store/tar_squash.h"

struct work {
	const struct tar_squash *order;
	struct tar_layer tar;
	struct squash_tree tree;
	struct squash_writer writer;
	struct tar_name name, target;
	uint32_t latest; /* time of any member */
	bool has_root;
};

static int fail_memory(const struct work *work)
{
	if (work->tree.entries == SQUASH_ENTRIES_MOST)
		return fail(0, "%s: it has more than %d entries", work->order->what,
			    SQUASH_ENTRIES_MOST);
	return fail(ENOMEM, "%s: its list of files", work->order->what);
}

static int fail_write(const struct work *work, int ret)
{
	if (ret == -ENOMEM)
		return fail_memory(work);
	if (ret == -E2BIG)
		return fail(0, "%s: its files belong to more than 4096 users and groups",
			    work->order->what);
	return fail(-ret, "write a layer into %s", work->order->where);
}

/* --- directories ------------------------------------------------------------------------------------- */

static bool is_whiteout(const struct squash_inode *inode)
{
	return S_ISCHR(inode->mode);
}

/* The directory that NODE, in PARENT, is from now on as far as this layer goes; it hides what is
 * below it where that was removed. NULL, said, when it is a file. */
static struct squash_inode *become_directory(struct work *work, struct squash_node *node,
					     struct squash_inode *parent, const char *wrong)
{
	struct squash_inode *inode = node->inode;

	if (inode && S_ISDIR(inode->mode))
		return inode;
	if (inode && !is_whiteout(inode)) {
		tar_layer_fail(&work->tar, wrong);
		return NULL;
	}
	inode = squash_tree_make(&work->tree, node, parent, S_IFDIR | 0755);
	if (!inode)
		fail_memory(work);
	return inode;
}

/* The name's node, in its directory, which is *parent; the directories above it are made where they
 * are missing. NULL after fail(). */
static struct squash_node *find_place(struct squash_inode **parent, struct work *work)
{
	const char *part = work->name.path;

	*parent = &work->tree.root;
	for (;;) {
		const size_t length = strcspn(part, "/");
		struct squash_node *node = squash_tree_add(&work->tree, *parent, part, length);
		bool gone;

		if (!node)
			fail_memory(work);
		if (!node || !part[length])
			return node;
		gone = node->inode && is_whiteout(node->inode);
		*parent = become_directory(work, node, *parent, "what it is in is no directory");
		if (!*parent)
			return NULL;
		(*parent)->directory.opaque |= gone;
		part += length + 1;
	}
}

static int take_owner(struct work *work, struct squash_inode *inode)
{
	const struct tar_member *member = &work->tar.member;

	inode->mode = (uint16_t)((inode->mode & S_IFMT) | (member->mode & 07777));
	inode->uid = member->uid;
	inode->gid = member->gid;
	inode->mtime = member->mtime;
	return squash_tree_attach(&work->tree, inode, member->attributes, member->attribute_count) <
			       0 ?
		       fail_memory(work) :
		       0;
}

static int add_root(struct work *work)
{
	if (!S_ISDIR(work->tar.member.mode))
		return tar_layer_fail(&work->tar, "the root is no directory");
	work->has_root = true;
	return take_owner(work, &work->tree.root);
}

static int add_directory(struct work *work, struct squash_node *node, struct squash_inode *parent)
{
	const bool gone = node->inode && is_whiteout(node->inode);
	struct squash_inode *inode =
		become_directory(work, node, parent,
				 "it is in the tar as a file, and as a directory");

	if (!inode)
		return -EINVAL;
	inode->directory.opaque |= gone;
	return take_owner(work, inode);
}

/* --- whiteouts --------------------------------------------------------------------------------------- */

static int add_gone(struct work *work, struct squash_node *node, struct squash_inode *parent)
{
	struct squash_inode *inode = node->inode;

	if (inode && S_ISDIR(inode->mode))
		inode->directory.opaque = true; /* it came again */
	if (inode)
		return 0;
	return squash_tree_make(&work->tree, node, parent, S_IFCHR) ? 0 : fail_memory(work);
}

static int add_opaque(struct work *work, struct squash_node *node, struct squash_inode *parent)
{
	struct squash_inode *inode =
		become_directory(work, node, parent, "an opaque directory is no directory");

	if (!inode)
		return -EINVAL;
	inode->directory.opaque = true;
	return 0;
}

/* --- files ------------------------------------------------------------------------------------------- */

static int copy_data(struct work *work, struct squash_inode *inode)
{
	struct tar_layer *tar = &work->tar;
	uint64_t number = 0;
	int ret = squash_write_file(&work->writer, &work->tree, inode, tar->member.size);

	if (ret < 0)
		return fail_write(work, ret);
	while (tar->left > 0) {
		const size_t length = tar->left < SQUASH_BLOCK ? (size_t)tar->left : SQUASH_BLOCK;

		ret = tar_layer_read(tar, squash_write_room(&work->writer, inode), length);
		if (ret < 0)
			return ret;
		ret = squash_write_block(&work->writer, inode, number++, length);
		if (ret < 0)
			return fail_write(work, ret);
	}
	return 0;
}

static int add_hard_link(struct work *work, struct squash_node *node)
{
	const char *wrong = tar_name_read(&work->target, work->tar.member.link);
	const char *part = work->target.path;
	struct squash_inode *inode = &work->tree.root;

	if (wrong || work->target.kind != TAR_PLAIN)
		return tar_layer_fail(&work->tar, "a link to what is not in the tar");
	for (;;) {
		const size_t length = strcspn(part, "/");
		const struct squash_node *found =
			S_ISDIR(inode->mode) ? squash_tree_find(inode, part, length) : NULL;

		inode = found ? found->inode : NULL;
		if (!inode || !part[length])
			break;
		part += length + 1;
	}
	if (!inode || S_ISDIR(inode->mode) || is_whiteout(inode) || inode == node->inode)
		return tar_layer_fail(&work->tar,
				      "a link to what is not in the tar before it, or is no file");
	node->inode = inode;
	return 0;
}

static int add_plain(struct work *work, struct squash_node *node, struct squash_inode *parent)
{
	const struct tar_member *member = &work->tar.member;
	struct squash_inode *inode;
	size_t length;
	char *target;
	int ret;

	inode = squash_tree_make(&work->tree, node, parent, member->mode & S_IFMT);
	if (!inode)
		return fail_memory(work);
	ret = take_owner(work, inode);
	if (ret < 0 || S_ISFIFO(inode->mode))
		return ret;
	if (S_ISREG(inode->mode))
		return copy_data(work, inode);
	inode->mode = S_IFLNK | 0777;
	length = strlen(member->link);
	if (length == 0 || length > TAR_NAME_MOST)
		return tar_layer_fail(&work->tar, "a symlink to nothing");
	target = squash_tree_alloc(&work->tree, length + 1);
	if (!target)
		return fail_memory(work);
	memcpy(target, member->link, length);
	inode->target = target;
	return 0;
}

static int add_file(struct work *work, struct squash_node *node, struct squash_inode *parent)
{
	if (node->inode && S_ISDIR(node->inode->mode))
		return tar_layer_fail(&work->tar, "it is in the tar as a directory, and as a file");
	return work->tar.member.hard_link ? add_hard_link(work, node) : add_plain(work, node, parent);
}

/* --- members ----------------------------------------------------------------------------------------- */

static int add_place(struct work *work)
{
	struct squash_inode *parent;
	struct squash_node *node = find_place(&parent, work);

	if (!node)
		return -EINVAL;
	if (work->name.kind == TAR_GONE)
		return add_gone(work, node, parent);
	if (work->name.kind == TAR_OPAQUE)
		return add_opaque(work, node, parent);
	return S_ISDIR(work->tar.member.mode) ? add_directory(work, node, parent) :
						add_file(work, node, parent);
}

/* A sandbox has a /dev of its own: the directory is all that is taken. */
static int pass_device(struct work *work)
{
	struct squash_inode *parent;
	struct squash_node *node;

	if (strncmp(work->name.path, "dev/", 4) != 0)
		return tar_layer_fail(&work->tar,
				      "a device, which no image brings (davit run --device gives it)");
	*strrchr(work->name.path, '/') = '\0';
	node = find_place(&parent, work);
	return node && become_directory(work, node, parent, "what it is in is no directory") ?
		       0 :
		       -EINVAL;
}

static int add_member(struct work *work)
{
	const struct tar_member *member = &work->tar.member;
	const char *wrong = tar_name_read(&work->name, member->name);
	struct tar_name *name = &work->name;

	if (wrong)
		return tar_layer_fail(&work->tar, wrong);
	if (name->kind == TAR_NOTES)
		return 0;
	if (name->kind == TAR_OPAQUE && name->length == 0)
		return tar_layer_fail(&work->tar, "a layer that hides all layers below it");
	if (member->mtime > work->latest)
		work->latest = member->mtime;
	if (name->kind == TAR_ROOT)
		return add_root(work);
	if (name->kind == TAR_PLAIN && (S_ISCHR(member->mode) || S_ISBLK(member->mode)))
		return pass_device(work);
	return add_place(work);
}

/* Known only now, since a mark may come before or after its directory. */
static int mark_opaque(struct work *work)
{
	struct attribute list[ATTRIBUTES_MOST + 1];
	struct squash_inode *directory;

	for (directory = squash_tree_first(&work->tree); directory;
	     directory = squash_tree_next(directory)) {
		const struct squash_attributes *set = directory->attributes;
		size_t count = 0;

		if (!directory->directory.opaque)
			continue;
		for (; set && count < set->count; count++)
			list[count] = set->items[count];
		list[count++] = (struct attribute){ ATTRIBUTE_OPAQUE, "y", 1 };
		if (squash_tree_attach(&work->tree, directory, list, count) < 0)
			return fail_memory(work);
	}
	return 0;
}

static int finish(uint64_t *size, struct work *work)
{
	int ret = mark_opaque(work);

	if (ret < 0)
		return ret;
	if (!work->has_root)
		work->tree.root.mtime = work->latest;
	ret = squash_finish(size, &work->writer, &work->tree, work->order->spill, work->latest);
	return ret < 0 ? fail_write(work, ret) : 0;
}

static int convert(uint64_t *size, struct work *work)
{
	const struct tar_squash *order = work->order;
	int ret = tar_layer_open(&work->tar, order->from, order->what);

	if (ret < 0)
		return ret;
	ret = squash_tree_open(&work->tree);
	if (ret == 0)
		ret = squash_write_open(&work->writer, order->to);
	if (ret < 0)
		return fail(-ret, "%s", order->what);
	while ((ret = tar_layer_next(&work->tar)) > 0) {
		ret = add_member(work);
		if (ret < 0)
			return ret;
	}
	return ret == 0 ? finish(size, work) : ret;
}

int tar_squash(uint64_t *size, const struct tar_squash *order)
{
	autofree struct work *work = calloc(1, sizeof(*work));
	int ret;

	if (!work)
		return fail(ENOMEM, "%s", order->what);
	work->order = order;
	ret = convert(size, work);
	squash_write_close(&work->writer);
	squash_tree_close(&work->tree);
	tar_layer_close(&work->tar);
	return ret;
}
