/* SPDX-License-Identifier: MIT */
/* The processes of a sandbox, as this machine sees them. */
#ifndef SANDBOX_MEMBERS_H
#define SANDBOX_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "sandbox/record.h"

/* From /proc/PID/stat; times in clock ticks. */
struct member {
	pid_t pid, parent;
	uint64_t terminal; /* device number as there; 0: none */
	uint64_t user_time, system_time;
	uint64_t children_time; /* of children that have ended and were waited for */
	uint64_t start;         /* since boot */
	uint64_t threads;
	uint64_t resident; /* pages */
	char state;        /* R, S, D, Z, … */
	char name[32];     /* of the program; whatever it calls itself, but tamed */
	bool inside;
};

struct members {
	struct member *items; /* by number */
	size_t count;
};

/* Read one line of stat into MEMBER. Pure. Returns 0 or -EINVAL. */
int member_parse(struct member *member, const char *text);
/* All processes that are in the process namespace of RECORD's first process or below it, or come
 * from one that is; where that is the host's, those of its cgroup. Zombies are among them. Returns
 * 0, -ESRCH when it has ended, or another -errno. */
int members_list(struct members *members, struct arena *arena, const struct record *record);
/* The command line of a process, its arguments separated by blanks, or "[NAME]"; tamed; from ARENA, or NULL. */
const char *member_command(struct arena *arena, const struct member *member);

#endif
