/* SPDX-License-Identifier: MIT */
/* Reading what /run/davit says of the sandboxes of this machine: which there are, which live, what each is. */
#ifndef SANDBOX_RECORD_H
#define SANDBOX_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "sandbox/host.h"

enum { RECORD_NAME_SIZE = 64 };

/* CREATED: being launched; EXITED: over, and kept until davit rm. */
enum record_state { RECORD_CREATED, RECORD_RUNNING, RECORD_EXITED };

/* One sandbox, as it was when it was looked at. */
struct record {
	char name[RECORD_NAME_SIZE];
	enum record_state state;
	int dir;          /* its directory in the run directory; -1 when closed */
	pid_t pid;        /* its first process, or 0 */
	uint64_t start;   /* of that process, in clock ticks since boot */
	uint64_t created; /* seconds since 1970 */
	const char *text; /* the whole file "pid" (sandbox/record_text.h has its keys); the arena's */
};

struct records {
	struct record *items; /* sorted by name */
	size_t count;
};

/* The record of the sandbox called NAME, or else of the only one whose name begins with NAME.
 * RUN_ROOT is where live sandboxes are kept. Returns 0, or -errno said by fail(): -ENOENT for none,
 * -EEXIST for several, -EPERM when the run directory is open to others. Not within a davit that
 * watches a sandbox: reading its own record would give up its lock. */
int record_open(struct record *record, struct arena *arena, const char *run_root, const char *name);
/* Like record_open, but -ESRCH said by fail() unless it runs. */
int record_open_running(struct record *record, struct arena *arena, const char *run_root,
			const char *name);
/* All of them; what is made or removed meanwhile may be missing. Returns 0 or -errno, said by fail(). */
int record_list(struct records *records, struct arena *arena, const char *run_root);
/* The same of ROOT, an open run directory, saying nothing; to be closed in any case. */
int record_list_at(struct records *records, struct arena *arena, int root);
/* Close the directory; safe twice. */
void record_close(struct record *record);
void records_close(struct records *records);

/* The first word of line KEY, or NULL; from ARENA. */
const char *record_field(struct arena *arena, const struct record *record, const char *key);
/* All words of the lines KEY; from ARENA. Returns 0 or -ENOMEM. */
int record_all(struct texts *words, struct arena *arena, const struct record *record,
	       const char *key);
/* The decimal number of line KEY, or 0 when there is none. */
uint64_t record_number(const struct record *record, const char *key);
/* True when WORD is one of the words of line "flags". */
bool record_has_flag(const struct record *record, const char *word);
/* The directory of the app's own cgroup with CONTROLLER, or NULL where it has none of its own; from ARENA. */
const char *record_cgroup(struct arena *arena, const struct record *record,
			  enum controller controller);

/* What davit stop sends to it, and how many seconds it waits (-1: for ever), unless it is told otherwise. */
void record_stop(int *number, int *seconds, struct arena *arena, const struct record *record);

/* A descriptor of the first process, that no other process can take over (pidfd_open(2)). Returns
 * it, -ESRCH when it is gone, or -ENOSYS where the kernel has none. */
int record_pidfd(const struct record *record);
/* Send a signal to the first process, and never to another one. Returns 0, -ESRCH when it is gone, or -errno. */
int record_signal(const struct record *record, int number);

#endif
