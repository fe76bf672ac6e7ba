/* SPDX-License-Identifier: MIT */
/* Facts of any text, which must survive being written and read again; mount tables of any text. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/host.h"

enum { FACTS_SIZE = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round(const struct host *host)
{
	char text[FACTS_SIZE], again[FACTS_SIZE];
	struct host read;

	if (host_print(text, sizeof(text), host) < 0)
		abort();
	if (host_parse(&read, text, "facts") < 0 || host_print(again, sizeof(again), &read) < 0)
		abort();
	if (strcmp(text, again) != 0)
		abort();
}

/* As all targets in the kernel's own mount table are. */
static bool is_absolute(const struct host *host)
{
	size_t i;

	for (i = 0; i < CONTROLLER_COUNT; i++) {
		if (host->controllers[i].version && host->controllers[i].path[0] != '/')
			return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), unified[HOST_PATH_SIZE] = "";
	struct host host, found = { .page_size = 4096, .id = "0a1b2c", .cpus = "0", .nodes = "0" };

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (host_parse(&host, text, "facts") == 0)
		check_round(&host);
	host_find_controllers(&found, unified, text);
	if (strlen(unified) >= sizeof(unified))
		abort();
	host_add_cgroup2(&found, unified[0] ? unified : "/sys/fs/cgroup", text);
	if (is_absolute(&found))
		check_round(&found);
	free(text);
	return 0;
}
