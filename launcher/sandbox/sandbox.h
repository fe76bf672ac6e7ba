/* SPDX-License-Identifier: MIT */
/* The whole decision about one sandbox: made once by pure code on plain data, const from then on. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "image/image.h"
#include "sandbox/host.h"
#include "sandbox/request.h"

struct volume {
	const char *source, *target;
	bool read_only;
};

struct scratch {
	const char *target;
	uint64_t size; /* bytes; 0: a part of the stage */
	unsigned int mode;
	unsigned long flags; /* MS_* */
};

struct device {
	const char *source, *target;
	/* What a policy was held against, and what the device must still be; real: NULL without one. */
	const char *real; /* the path that the source leads to */
	mode_t type;      /* S_IFCHR or S_IFBLK */
	dev_t number;
};

struct limit {
	int resource; /* RLIMIT_* */
	const char *name;
	uint64_t soft, hard;
};

/* A value of 0 means: no such limit. */
struct limits {
	uint64_t memory; /* bytes */
	uint64_t swap;   /* bytes of swap beyond the memory */
	uint64_t cpu;    /* thousandths of one processor */
	uint64_t pids;
};

struct policy;

struct sandbox {
	const struct policy *policy; /* the device's, or NULL */
	const char *name, *hostname;
	const struct image *image;
	const char *run_root;     /* /run/davit */
	const char *state;        /* /run/davit/NAME */
	unsigned long namespaces; /* CLONE_NEW* */
	bool writable;            /* an overlay above the image */
	uint64_t scratch_size; /* bytes of the stage: overlay, /tmp, /run and /dev/shm together */
	uint64_t shm_size;     /* bytes of a /dev/shm of its own; 0: a part of the stage */
	const struct volume *volumes;
	size_t volume_count;
	const struct scratch *scratches;
	size_t scratch_count;
	const struct device *devices;
	size_t device_count;
	const struct limit *rlimits;
	size_t rlimit_count;
	struct limits limits;
	uint64_t capabilities; /* bit n = capability n may be held */
	uint64_t ambient;      /* of these, what a user other than root holds: asked for by name */
	const char *user;      /* "UID", "NAME", "UID:GID", … or NULL for root */
	const char *workdir;   /* absolute, or NULL */
	struct texts argv, env;
	bool init, terminal, interactive;
	char **own_argv; /* davit's own arguments: --init wipes them, the app could read them */
};

/* Decide what REQUEST asks of HOST with IMAGE, both of which must outlive the sandbox. Strings come
 * from ARENA. Touches nothing. Returns 0, or a negative errno, said by fail() with the option and
 * what was expected. */
int sandbox_decide(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		   const struct image *image, const struct host *host);

#endif
