/* SPDX-License-Identifier: MIT */
/* /run/davit: a directory per live sandbox, with a file that the davit which watches it has locked.
 * The lock goes with that process, so a file that nobody has locked is what a killed davit left. */
#ifndef SANDBOX_STATE_H
#define SANDBOX_STATE_H

#include <stdbool.h>
#include <sys/types.h>

#include "sandbox/host.h"

/* Open RUN_ROOT as it is. Returns a descriptor; or -errno, -EPERM when it is not ours or open to others. */
int state_open(const char *run_root);
/* A sandbox's own cgroup is the hierarchy's root/davit.NAME: one level, which a launch pays for. */
#define STATE_CGROUP "davit."
/* In a state directory: a link to the path of the cgroup that the sandbox's own is in, where it has NAME alone. */
#define STATE_PARENT "cgroup-parent"

/* In a state directory: a link to the folder of an app that this launch made for it. */
#define STATE_KEPT "kept"

/* Lock RUN_ROOT, made if missing (mode 0700), while sandboxes are made or removed in it. Returns a
 * descriptor, to be unlocked by flock(2) or by closing; or -errno, -EPERM when it is not ours or
 * open to others. */
int state_lock(const char *run_root);
/* The same of one that is there, but -EWOULDBLOCK where another has it. */
int state_try_lock(const char *run_root);
/* Lock cgroup PATH, made if missing and MAKE, while cgroups are made in it or it is removed. One that
 * others made is not locked: davit does not remove it. Returns a descriptor whose closing unlocks, or -errno. */
int state_lock_cgroup(const char *path, bool make);
/* Make the state directory NAME in RUN_ROOT, a locked descriptor, and lock its file. Returns the
 * file, to be closed only when the sandbox has ended, or -errno. */
int state_make(int run_root, const char *name);
/* Lock a sandbox's file, as the davit that watches it has. The lock ends with this process, or when
 * this process closes any descriptor of the file. Returns 0, or -errno: -EAGAIN or -EACCES when
 * another has it. */
int state_lock_record(int fd);
/* In a state directory: the app has no davit that watches it, so that an unlocked record says nothing. */
#define STATE_UNWATCHED "unwatched"
/* True when the process that state file FD names is alive, and still the same one. */
bool state_is_alive(int fd);
/* Kill the process that the file FD names, if it is still the same one, and wait until it is
 * gone. Returns 1 when one was named, 0 when none was ever started, or -errno. */
int state_end_process(int fd);
/* Write PID and its start time into STATE, so that a later davit can end just this process, and
 * RECORD, which describes the sandbox, behind them; in one write. Returns 0 or -errno. */
int state_write_pid(int state, pid_t pid, const char *record);
/* Remove the state directory NAME of RUN_ROOT with its files. CODE is how the sandbox ended, for
 * those who wait for that (their file "wait"). Returns 0 (also when there was none) or -errno. */
int state_remove(int run_root, const char *name, int code);
/* Remove a cgroup, waiting up to a second for its last process to be gone, and ending what does not
 * end by itself. Returns 0 (also when there was none) or -errno. */
int state_remove_cgroup(const char *path);
/* Remove cgroup PATH, which sandboxes were in, if davit made it and no sandbox is in it. */
void state_remove_cgroup_parent(const char *path);
/* Remove the folder of an app that a killed davit made for the sandbox whose state directory is DIR. */
void kept_tidy(int dir);
/* Remove devices of the device mapper that a killed davit left, and nobody uses. */
void verity_tidy(void);
/* End and remove what killed davits left in RUN_ROOT and in the cgroups of HOST; when that is NULL,
 * of this machine, and only if nobody has RUN_ROOT locked. Says what it did not manage. */
void state_tidy(const char *run_root, const struct host *host);

#endif
