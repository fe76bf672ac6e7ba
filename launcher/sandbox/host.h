/* SPDX-License-Identifier: MIT */
/* The facts about this machine that a decision rests on; read from the kernel, or from a file to
 * plan for another machine. */
#ifndef SANDBOX_HOST_H
#define SANDBOX_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum controller {
	CONTROLLER_MEMORY, /* what most launches use comes first: the rest is not looked for */
	CONTROLLER_CPU,
	CONTROLLER_PIDS,
	CONTROLLER_CPUSET,
	CONTROLLER_IO,
	CONTROLLER_COUNT
};

enum { HOST_PATH_SIZE = 128, HOST_SET_SIZE = 64 };

/* One cgroup controller: version 0 (not to be had), 1 or 2, and where its hierarchy is mounted. */
struct host_controller {
	unsigned int version;
	char path[HOST_PATH_SIZE];
};

struct host {
	uint64_t capabilities; /* davit's own effective set, bit n = capability n */
	uint64_t memory;       /* bytes of RAM */
	uint64_t swap;         /* bytes of swap space */
	uint64_t page_size;    /* bytes */
	char id[16];           /* differs with every launch: makes a default name */
	uint64_t kernel;       /* major << 16 | minor */
	uint64_t landlock;     /* its ABI, 0 for none; by host_read_more() */
	uint64_t terminals;    /* bit n: standard stream n is a terminal */
	bool verity;           /* dm-verity; by host_has_verity() */
	bool cgroup_namespace; /* the kernel has them: it has cgroups at all */
	struct host_controller controllers[CONTROLLER_COUNT];
	char cpus[HOST_SET_SIZE];  /* processors that are there, such as 0-3; as sched(7)'s lists */
	char nodes[HOST_SET_SIZE]; /* memory nodes */
};

/* "memory", "cpu", …: as the kernel names them in cgroup v2. */
extern const char *const controller_names[CONTROLLER_COUNT];
/* The name in that version: "io" is "blkio" in v1. */
const char *controller_name(enum controller controller, unsigned int version);

/* Read the facts of this machine that every launch needs. Returns 0, or -errno said by fail(). */
int host_read(struct host *host);
/* Read as well where the first COUNT controllers are. As above. */
int host_read_controllers(struct host *host, size_t count);
/* Read those as well that few launches need: all controllers, processors, memory nodes. As above. */
int host_read_more(struct host *host);
/* Whether the kernel has dm-verity, which few launches need to know. */
bool host_has_verity(void);
/* Read facts written by host_print from TEXT; NAME stands in error messages. Returns 0 or -EINVAL, said. */
int host_parse(struct host *host, const char *text, const char *name);
/* Write the facts as lines "key value" into BUFFER, ended by NUL. Returns the length, or -ENOSPC. */
int host_print(char *buffer, size_t size, const struct host *host);
/* Take the controllers that CONTROLLERS (the text of cgroup.controllers) names from the cgroup2
 * mounted at PATH, whatever they had before. Pure. */
void host_add_cgroup2(struct host *host, const char *path, const char *controllers);
/* Find in MOUNTS, whole lines of /proc/self/mounts, the v1 hierarchy of each controller that has
 * none yet, and put the first cgroup2 mount into UNIFIED if that is empty. Paths that do not fit
 * are passed over. Pure. */
void host_find_controllers(struct host *host, char unified[HOST_PATH_SIZE], const char *mounts);

#endif
