/* SPDX-License-Identifier: MIT */
/* A squashfs of any bytes, twice above itself, in which a program is looked for: an end, and no byte beyond the layer. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "image/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct elf machine = { 40, 32, 6, false, FLOAT_SOFT };
	static const struct program programs[] = { { "a", "/b:/", "/" },
						   { "d/../l", NULL, "/" },
						   { "/s", NULL, NULL } };
	struct arena arena = { 0 };
	int fd = memfd_create("layer", MFD_CLOEXEC);
	struct layer layers[] = { { .fd = fd, .size = size }, { .fd = fd, .size = size } };
	const struct image image = { .path = "x", .layers = layers, .layer_count = 2 };
	size_t i;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		(void)program_check(&arena, &image, &programs[i], &machine);
	close(fd);
	arena_close(&arena);
	return 0;
}
