/* SPDX-License-Identifier: MIT */
/* One davit command carried out with one fault in it, and what became of it. */
#ifndef FAULT_FAULT_H
#define FAULT_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/* Faults that are no errno. */
enum { FAULT_NONE = 0, FAULT_KILL = -1, FAULT_KILL_DAVIT = -2 };

/* davit, its child, the child's child; more are there with exec and detach. */
enum { PROCESSES = 8, TEXT_ROOM = 65536 };

struct fault {
	int kind;             /* errno, or one of the above */
	unsigned int process; /* in the order in which they were made; 0: davit */
	unsigned int call;    /* the how manieth of that process, from 1 on */
	bool detached;        /* a process that stays in the background is part of it */
	bool lasting;         /* from there on, all calls of that number fail, in all processes */
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
