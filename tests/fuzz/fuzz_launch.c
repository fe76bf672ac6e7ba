/* SPDX-License-Identifier: MIT */
/* A command line of any words, for a machine of any shape: parsed, decided, planned, printed. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "commands/options.h"
#include "image/image.h"
#include "sandbox/plan.h"

enum { WORDS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each machine lacks something else. */
static struct host make_host(unsigned int shape)
{
	struct host host = {
		.capabilities = shape & 1 ? 0x1ffffffffff : 0xa80425fb | 1 << 21,
		.memory = shape & 2 ? (uint64_t)shape << 20 : UINT64_MAX,
		.swap = shape & 4,
		.page_size = shape & 8 ? 65536 : 4096,
		.id = "0a1b2c",
		.kernel = shape & 16 ? 6 << 16 | 1 : 4 << 16 | 4,
		.cgroup_namespace = shape & 32,
		.controllers = { { shape % 3, "/sys/fs/cgroup" },
				 { shape / 3 % 3, "/sys/fs/cgroup/b" },
				 { shape / 9 % 3, "/sys/fs/cgroup" },
				 { shape % 3, "/sys/fs/cgroup" },
				 { shape / 3 % 3, "/sys/fs/cgroup/b" } },
		.cpus = "0-3",
		.nodes = "0",
	};

	return host;
}

static void launch(struct arena *arena, int argc, char **argv, const struct host *host)
{
	struct layer layers[] = {
		{ .path = "app.squashfs", .compression = "gzip", .size = 4096, .fd = -1 },
		{ .path = "app.zip", .compression = "zstd", .offset = 8192, .size = 8192, .fd = -1 },
	};
	struct image image = { .kind = host->swap ? IMAGE_DIRECTORY : IMAGE_LAYERS,
			       .path = "app.squashfs",
			       .base = "app",
			       .layers = layers,
			       .layer_count = host->swap ? 0 : 1 + (argc & 1),
			       .fd = -1 };
	struct request request = { 0 };
	struct sandbox sandbox;
	struct plan plan;
	char *text;

	if (options_parse(&request, arena, argc, argv) != 0)
		return;
	image.base = request.image;
	if (sandbox_decide(&sandbox, arena, &request, &image, host) != 0)
		return;
	if (plan_make(&plan, arena, &sandbox, host) != 0)
		return;
	text = plan_print(arena, &plan);
	/* A line per step and its continuation at most, titles, input, and one per variable: no
	 * word of the command line makes another. */
	if (text) {
		size_t lines = 0;

		for (; *text; text++)
			lines += *text == '\n';
		if (lines > 2 * plan.count + 6 + sandbox.env.count + sandbox.labels.count +
				    sandbox.annotations.count + request.add_host.count +
				    request.dns.count + 8)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words[WORDS_MAX + 2] = { (char *)"plan" };
	struct arena arena = { 0 };
	struct host host;
	char *text, *rest, *word;
	int argc = 1;

	if (size < 1)
		return 0;
	text = calloc(1, size + 1);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	host = make_host(data[0]);
	for (rest = text; argc <= WORDS_MAX && (word = strsep(&rest, "\n"));)
		words[argc++] = word;
	launch(&arena, argc, words, &host);
	arena_close(&arena);
	free(text);
	return 0;
}
