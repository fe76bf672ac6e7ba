/* SPDX-License-Identifier: MIT */
/* The layers of a pull, several at a time: each in a process that has its own connection. */
#ifndef REGISTRY_LAYERS_H
#define REGISTRY_LAYERS_H

#include "registry/progress.h"
#include "registry/registry.h"
#include "store/converted.h"

/* One layer; of those with the same digest there is one. */
struct layer_item {
	const struct descriptor *descriptor;
	bool there; /* nothing is to be done: it is in the store, or was converted before */
	bool tar;   /* is to be converted */
	struct converted *converted; /* of a layer of tar: into what; shared with the processes */
};

struct layers {
	const char *what; /* the image, for messages */
	struct registry *registry;
	const struct store *store;
	load_convert *convert;
	struct layer_item *items;
	size_t count;
	struct progress progress;
};

/* Fetch all items that are not there, CONFIG_PULL_PARALLEL at a time. Returns 0 or -errno, said:
 * -EINTR after SIGHUP, SIGINT or SIGTERM, whose effect comes after all is put away. */
int layers_fetch(struct layers *layers);
/* Fetch the item of that NUMBER, in a process of its own. Returns 0 or -errno, said. */
int layer_fetch(const struct layers *layers, size_t number);

#endif
