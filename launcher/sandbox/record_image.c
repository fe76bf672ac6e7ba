/* SPDX-License-Identifier: MIT */
/* What a record says of an OCI image: which it was, what it listens on, how its health is asked for. */
#include <inttypes.h>

#include "image/oci_config.h"
#include "sandbox/record_text.h"

void record_image(struct arena *arena, struct string *text, const struct image *image)
{
	const struct image_config *config = image->config;
	const struct health *health = &config->health;

	record_line(arena, text, "digest", &image->digest, 1);
	if (config->ports.count)
		record_line(arena, text, "port", config->ports.items, config->ports.count);
	if (!health->test.count)
		return;
	record_line(arena, text, "health", health->test.items, health->test.count);
	string_add(arena, text,
		   "health-interval %" PRIu64 "\nhealth-timeout %" PRIu64 "\nhealth-start %" PRIu64
		   "\nhealth-retries %" PRIu64 "\n",
		   health->interval, health->timeout, health->start_period, health->retries);
}
