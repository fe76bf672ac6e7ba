/* SPDX-License-Identifier: MIT */
/* A squashfs of any bytes, twice above itself, whose directories are listed: an end, names that are
 * names, and no byte beyond the layer. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/lower.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEPTH_MOST = 3, ENTRIES_MOST = 16 };

static void walk(const struct lower *lower, const struct lower_directory *directory, int depth)
{
	struct lower_list list;
	struct arena arena = { 0 };
	size_t i;

	if (lower_read(&list, &arena, lower, directory) == 0) {
		for (i = 0; i < list.count && i < ENTRIES_MOST; i++) {
			const struct lower_entry *entry = &list.items[i];
			struct lower_directory below;

			if (strchr(entry->name, '/') || !*entry->name ||
			    strcmp(entry->name, "..") == 0 || !lower_find(&list, entry->name))
				abort();
			if (!S_ISDIR(entry->mode) || depth == DEPTH_MOST)
				continue;
			if (lower_enter(&below, &arena, lower, directory, entry->name) == 0)
				walk(lower, &below, depth + 1);
			lower_close(&below);
		}
	}
	arena_close(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("layer", MFD_CLOEXEC);
	struct layer layers[] = { { .fd = fd, .size = size }, { .fd = fd, .size = size } };
	const struct image image = { .path = "x", .layers = layers, .layer_count = 2, .fd = -1 };
	struct arena arena = { 0 };
	struct lower_directory root;
	struct lower lower;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (lower_open(&lower, &arena, &image) == 0) {
		if (lower_root(&root, &arena, &lower) == 0)
			walk(&lower, &root, 0);
		lower_close(&root);
	}
	close(fd);
	arena_close(&arena);
	return 0;
}
