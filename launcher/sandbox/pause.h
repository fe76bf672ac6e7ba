/* SPDX-License-Identifier: MIT */
/* Stop all processes of a sandbox where they are, and let them go on: by a cgroup's freezer. */
#ifndef SANDBOX_PAUSE_H
#define SANDBOX_PAUSE_H

#include <stdbool.h>

#include "base/arena.h"
#include "sandbox/record.h"

/* Freeze the sandbox that RECORD, which runs, describes, and let it go on. They return when it is
 * done. Returns 0, or -errno said by fail(): what it was already, too. */
int pause_begin(struct arena *arena, const struct record *record);
int pause_end(struct arena *arena, const struct record *record);

/* DIR is a sandbox's directory in the run directory. Nothing is said. */

/* Whether it is paused. */
bool pause_is_on(int dir);
/* Let it go on if it is paused, so that it can be ended. */
void pause_thaw(int dir);
/* The same for one that has ended, and remove the cgroup that was made for it, and what was noted. */
void pause_forget(int dir);

/* The path of the cgroup of hierarchy NAME ("freezer"; "" for v2) in TEXT, the lines of
 * /proc/PID/cgroup; from ARENA, or NULL. Pure. */
const char *pause_cgroup_of(struct arena *arena, const char *text, const char *name);
/* Where the cgroup file system with controller NAME ("" for v2) is mounted, by MOUNTS, the lines of
 * /proc/self/mounts; from ARENA, or NULL. Pure. */
const char *pause_mount_of(struct arena *arena, const char *mounts, const char *name);

#endif
