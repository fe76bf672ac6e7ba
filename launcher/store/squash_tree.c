/* SPDX-License-Identifier: MIT */
/* Keep names as treaps: search trees whose shape is by chance, so that no order of names makes them slow. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>

#include "config.h"
#include "store/squash_tree.h"

/* A pull has so many converters. */
enum { AT_ONCE = CONFIG_REGISTRY ? CONFIG_PULL_PARALLEL : 1 };

int squash_tree_open(struct squash_tree *tree)
{
	struct sysinfo info;

	*tree = (struct squash_tree){ .root = { .mode = S_IFDIR | 0755 } };
	tree->root.directory.parent = &tree->root;
	if (sysinfo(&info) < 0 || getrandom(&tree->seed, sizeof(tree->seed), 0) != sizeof(tree->seed))
		return -errno;
	tree->seed |= 1;
	tree->most = (uint64_t)info.totalram * info.mem_unit / 4 / AT_ONCE;
	return 0;
}

void *squash_tree_alloc(struct squash_tree *tree, size_t size)
{
	if (size > tree->most - tree->used)
		return NULL;
	tree->used += size;
	return arena_alloc(&tree->arena, size);
}

/* --- names ------------------------------------------------------------------------------------------- */

static int compare(const char *name, size_t length, const struct squash_node *node)
{
	const int ret = strncmp(name, node->name, length);

	return ret ? ret : -(node->name[length] != '\0');
}

struct squash_node *squash_tree_find(const struct squash_inode *directory, const char *name,
				     size_t length)
{
	struct squash_node *node = directory->directory.names;
	int order;

	while (node && (order = compare(name, length, node)) != 0)
		node = order < 0 ? node->left : node->right;
	return node;
}

/* Marsaglia's xorshift. */
static uint32_t draw(struct squash_tree *tree)
{
	tree->seed ^= tree->seed << 13;
	tree->seed ^= tree->seed >> 17;
	tree->seed ^= tree->seed << 5;
	return tree->seed;
}

/* Each node has a higher priority than those below it: the new one goes where that holds, and what
 * was there is split into what comes before and after its name. */
static void insert(struct squash_node **at, struct squash_node *node, size_t length)
{
	struct squash_node **before = &node->left, **after = &node->right, *rest;

	while (*at && (*at)->priority >= node->priority)
		at = compare(node->name, length, *at) < 0 ? &(*at)->left : &(*at)->right;
	rest = *at;
	while (rest) {
		if (compare(node->name, length, rest) > 0) {
			*before = rest;
			before = &rest->right;
			rest = rest->right;
		} else {
			*after = rest;
			after = &rest->left;
			rest = rest->left;
		}
	}
	*before = *after = NULL;
	*at = node;
}

struct squash_node *squash_tree_add(struct squash_tree *tree, struct squash_inode *directory,
				    const char *name, size_t length)
{
	struct squash_node *node = squash_tree_find(directory, name, length);

	if (node || tree->entries == SQUASH_ENTRIES_MOST)
		return node;
	node = squash_tree_alloc(tree, sizeof(*node) + length + 1);
	if (!node)
		return NULL;
	memcpy(node->name, name, length);
	node->priority = draw(tree);
	insert(&directory->directory.names, node, length);
	tree->entries++;
	return node;
}

struct squash_inode *squash_tree_make(struct squash_tree *tree, struct squash_node *node,
				      struct squash_inode *parent, uint16_t mode)
{
	struct squash_inode *inode = squash_tree_alloc(tree, sizeof(*inode));

	if (!inode)
		return NULL;
	inode->mode = mode;
	inode->block = SQUASH_UNWRITTEN;
	if (S_ISDIR(mode)) {
		inode->directory.self = node;
		inode->directory.parent = parent;
	}
	if (S_ISREG(mode))
		inode->file.fragment = (uint32_t)SQUASH_NO_FRAGMENT;
	node->inode = inode;
	return inode;
}

int squash_tree_attach(struct squash_tree *tree, struct squash_inode *inode,
		       const struct attribute *attributes, size_t count)
{
	struct squash_attributes *set;
	size_t i;

	inode->attributes = NULL;
	if (!count)
		return 0;
	set = squash_tree_alloc(tree, sizeof(*set) + count * sizeof(set->items[0]));
	for (i = 0; set && i < count; i++) {
		const size_t name = strlen(attributes[i].name) + 1;
		char *copy = squash_tree_alloc(tree, name + attributes[i].size);

		if (!copy)
			return -ENOMEM;
		memcpy(copy, attributes[i].name, name);
		memcpy(copy + name, attributes[i].value, attributes[i].size);
		set->items[set->count++] =
			(struct attribute){ copy, copy + name, attributes[i].size };
	}
	inode->attributes = set;
	return set ? 0 : -ENOMEM;
}

/* --- order ------------------------------------------------------------------------------------------- */

/* Turn each left branch up, until there is none. */
static void sort(struct squash_node **at)
{
	struct squash_node *node = *at;

	while (node) {
		struct squash_node *left = node->left;

		if (left) {
			node->left = left->right;
			left->right = node;
			*at = node = left;
		} else {
			at = &node->right;
			node = *at;
		}
	}
}

static struct squash_inode *first_directory(const struct squash_node *node)
{
	while (node && !S_ISDIR(node->inode->mode))
		node = node->right;
	return node ? node->inode : NULL;
}

static struct squash_inode *descend(struct squash_inode *directory)
{
	for (;;) {
		struct squash_inode *first;

		sort(&directory->directory.names);
		first = first_directory(directory->directory.names);
		if (!first)
			return directory;
		directory = first;
	}
}

struct squash_inode *squash_tree_first(struct squash_tree *tree)
{
	return descend(&tree->root);
}

struct squash_inode *squash_tree_next(struct squash_inode *directory)
{
	struct squash_inode *next;

	if (!directory->directory.self)
		return NULL;
	next = first_directory(directory->directory.self->right);
	return next ? descend(next) : directory->directory.parent;
}

void squash_tree_close(struct squash_tree *tree)
{
	arena_close(&tree->arena);
}
