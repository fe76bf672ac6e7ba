/* SPDX-License-Identifier: MIT */
/* The root that layers make, opened for davit to write in, or as the root of a sandbox in which a
 * command runs; what is written goes to a folder, and becomes a layer. */
#ifndef BUILD_INSIDE_H
#define BUILD_INSIDE_H

#include "image/manifest.h"
#include "sandbox/host.h"
#include "sandbox/policy.h"
#include "store/store.h"

struct inside {
	struct arena *arena;
	const struct store *store; /* that has the layers */
	const char *run_root;      /* NULL: /run/davit */
	struct host host;
	struct policy policy; /* the device's */
	unsigned int number;  /* of sandboxes so far: names differ */
};

/* The lowest first. */
struct layers {
	struct descriptor *items;
	size_t count;
};

/* A command of RUN. */
struct command {
	const char *what; /* for messages */
	struct texts argv, env;
	const char *user, *workdir; /* or NULL */
	bool network;               /* the host's */
	int output;                 /* where what it prints goes, or -1: davit's own streams */
};

/* Learn what sandboxes need to know of this machine. Returns 0 or -errno, said by fail(). */
int inside_begin(struct inside *inside, struct arena *arena, const struct store *store);
/* Open the root of LAYERS, with what is written to it in the folder UPPER (made where it is
 * missing; below it "upper" is the tree that becomes a layer), or for reading when UPPER is NULL.
 * Returns an O_PATH descriptor by which the root lasts, or -errno, said. */
int inside_open(struct inside *inside, const struct layers *layers, const char *upper);
/* Run COMMAND in a sandbox with that root. Returns its exit code (as davit run), or -errno, said. */
int inside_run(struct inside *inside, const struct layers *layers, const char *upper,
	       const struct command *command);
/* Remove from UPPER what only the sandbox's mounts needed there. */
void inside_trim(const char *upper);

#endif
