/* SPDX-License-Identifier: MIT */
/* A layer's tar of any bytes: refused, or a squashfs that can be read from its root to its last file. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/squashfs.h"
#include "image/squashfs_list.h"
#include "store/tar_squash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int right)
{
	if (!right)
		abort();
}

/* A fuzzer guesses no checksums: each block that looks like a header gets its own. */
static void mend(unsigned char *block)
{
	char text[8];
	unsigned int sum = 0, i;

	if (memcmp(block + 257, "ustar", 5) != 0)
		return;
	memset(block + 148, ' ', 8);
	for (i = 0; i < 512; i++)
		sum += block[i];
	snprintf(text, sizeof(text), "%06o", sum & 0777777);
	memcpy(block + 148, text, 7);
}

struct walk {
	struct squashfs fs;
	char last[256];
	int depth;
};

static int visit(void *data, const char *name, uint64_t reference)
{
	struct walk *walk = data;
	const struct squashfs fs = walk->fs;
	struct squashfs_detail detail;
	struct squashfs_inode inode;
	char text[4096];
	uint64_t at;

	check(strcmp(walk->last, name) < 0 && !strchr(name, '/') && strcmp(name, "..") != 0);
	snprintf(walk->last, sizeof(walk->last), "%s", name);
	check(squashfs_inode(&inode, &walk->fs, reference) == 0);
	check(squashfs_detail(&detail, &walk->fs, reference) == 0);
	if (inode.type == S_IFLNK)
		check(squashfs_readlink(&walk->fs, &inode, text, sizeof(text)) == 0);
	for (at = 0; inode.type == S_IFREG && at < inode.size; at += 100000)
		check(squashfs_pread(&walk->fs, &inode, text, 1, at) == 0);
	if (inode.type == S_IFDIR && walk->depth < 100) {
		char last[256];

		memcpy(last, walk->last, sizeof(last));
		walk->last[0] = '\0';
		walk->depth++;
		check(squashfs_list(&walk->fs, &inode, walk, visit) == 0);
		walk->depth--;
		memcpy(walk->last, last, sizeof(last));
	}
	walk->fs = fs;
	return 0;
}

static void read_back(int fd, uint64_t size)
{
	struct layer layer = { .path = "layer", .fd = fd };
	struct squashfs_inode root;
	struct walk walk = { .depth = 0 };

	check(ftruncate(fd, (off_t)((size + 4095) / 4096 * 4096)) == 0);
	check(squashfs_check(&layer, (size + 4095) / 4096 * 4096) == 0);
	check(squashfs_open(&walk.fs, &layer) == 0);
	check(squashfs_inode(&root, &walk.fs, walk.fs.root) == 0);
	check(squashfs_list(&walk.fs, &root, &walk, visit) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tar_squash order = { .from = memfd_create("tar", MFD_CLOEXEC),
				    .to = memfd_create("to", MFD_CLOEXEC),
				    .spill = memfd_create("spill", MFD_CLOEXEC),
				    .what = "tar",
				    .where = "memory" };
	unsigned char *copy = malloc(size + 1);
	uint64_t made;
	size_t at;

	check(copy && order.from >= 0 && order.to >= 0 && order.spill >= 0);
	memcpy(copy, data, size);
	for (at = 0; at + 512 <= size; at += 512)
		mend(copy + at);
	check(write(order.from, copy, size) == (ssize_t)size && lseek(order.from, 0, SEEK_SET) == 0);
	if (tar_squash(&made, &order) == 0)
		read_back(order.to, made);
	close(order.from);
	close(order.to);
	close(order.spill);
	free(copy);
	return 0;
}
