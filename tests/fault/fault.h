/* SPDX-License-Identifier: MIT */
/* One davit command carried out with one fault in it, and what became of it. */
#ifndef FAULT_FAULT_H
#define FAULT_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Faults that are no errno. */
enum { FAULT_NONE = 0, FAULT_KILL = -1, FAULT_KILL_DAVIT = -2, FAULT_LAST = -3 };

/* davit, its child, the child's child; more are there with exec, detach and updates. */
enum { PROCESSES = 32, TEXT_ROOM = 65536 };

/* A system call that was made, with its result, told while its process waits. */
struct trace_call {
	pid_t pid;
	unsigned int process, count; /* the how manieth call of which process, as in struct fault */
	long number, result;
	unsigned long args[6];
};

/* May be told of each call. */
struct watcher {
	void (*call)(void *data, const struct trace_call *call);
	void *data;
};

struct fault {
	int kind;             /* errno, or one of the above */
	unsigned int process; /* in the order in which they were made; 0: davit */
	unsigned int call;    /* the how manieth of that process, from 1 on */
	bool detached;        /* a process that stays in the background is part of it */
	bool lasting;         /* from there on, all calls of that number fail, in all processes */
	bool whole; /* programs that davit executes are followed too, and all are killed at once */
	bool hurry; /* who wants to sleep is woken at once */
	const struct watcher *watcher; /* or NULL */
};

struct outcome {
	bool reached; /* the call was made */
	long number;  /* its number */
	bool began;   /* main() was reached, after the last exec of davit itself */
	bool hung;    /* it took longer than it may; all was killed */
	int code;     /* exit code, or 128 + signal */
	int crash;    /* the signal that a process ended by on its own, or 0 */
	bool started; /* the app was executed */
	unsigned int processes;
	unsigned int calls[PROCESSES];
	char said[TEXT_ROOM], shown[TEXT_ROOM]; /* standard error and output */
};

/* Kinds of faults by name: all of them at each call, or in turn. */
#define FAULT_ALL "EPERM,ENOMEM,EIO,EINTR,ENOSPC,KILL,DAVIT,LAST"

enum { KINDS_MOST = 16 };

struct kinds {
	int items[KINDS_MOST];
	size_t count;
	bool turn;
};

/* Of WORDS, which are taken apart. Returns false when one is unknown. */
bool kinds_take(struct kinds *kinds, char *words);
const char *fault_name(int kind);
/* The fault of such a kind; what lasts is another errno at each call. */
struct fault fault_make(int kind, unsigned int process, unsigned int call, bool detached);

/* Run ARGV with FAULT. Ends the whole program where tracing itself does not work. */
void trace_run(struct outcome *outcome, char *const *argv, const struct fault *fault);
/* Run ARGV untraced. Returns its exit code, or 128 + signal; SAID is all that it printed. */
int plain_run(char *said, size_t size, char *const *argv);
/* True when something that a run began is still a process; orphans become ours. */
bool processes_left(void);
/* End all of them. */
void processes_kill(void);

/* How many processes are in the process namespace of PID; 0 when it is gone. */
unsigned int processes_beside(int pid);

/* Put into TEXT what TAG's sandboxes and the run directory ROOT have on this machine now; "" is the
 * clean state. The entry KEPT of ROOT, or NULL, may be there. */
void leftovers_find(char *text, size_t size, const char *tag, const char *root, const char *kept);

#endif
