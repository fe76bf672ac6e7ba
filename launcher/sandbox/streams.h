/* SPDX-License-Identifier: MIT */
/* The app's standard streams where they are pipes to davit: carried to the caller's terminal, which
 * the app must not have, or into a log. */
#ifndef SANDBOX_STREAMS_H
#define SANDBOX_STREAMS_H

#include <poll.h>
#include <stdint.h>

#include "sandbox/flow.h"

enum { STREAMS = 3 };

struct ring;

struct stream {
	int pipe;  /* davit's end of the app's pipe, or the app's terminal; -1: nothing to carry */
	int other; /* the caller's side; -1: none */
	int reopened; /* other, opened once more, or -1 */
	bool silent;  /* a terminal that no process has open just now */
	struct flow flow;
};

struct streams {
	struct stream list[STREAMS];
	int terminal;     /* of the app, or -1; the caller's to close */
	struct ring *log; /* where output goes instead of to a descriptor, or NULL */
	size_t budget;    /* bytes that the log takes until then */
	int64_t refill;   /* milliseconds, by the clock that nobody sets */
	int error;        /* positive errno of a failed write */
};

/* Begin to carry. PIPES are davit's ends of the app's pipes, -1 where it has none: they belong to
 * STREAMS from now on and are put to -1. TERMINAL, when it is not -1, is the app's, whose output
 * goes to LOG. With a LOG, nothing comes from the caller's input, and a pipe to the app's stays
 * open and silent. */
void streams_begin(struct streams *streams, int pipes[STREAMS], int terminal, struct ring *log);
/* What to wait for: fills STREAMS entries, returns the longest time to wait in milliseconds, or -1. */
int streams_wait_for(struct streams *streams, struct pollfd *polls);
/* Carry what can be carried without blocking, as POLLS say after poll(2). */
void streams_carry(struct streams *streams, const struct pollfd *polls);
/* Once the app has ended: take up the rest of its output. True when nothing is left to be written. */
bool streams_drain(struct streams *streams);
/* Close what is open; say what went wrong meanwhile. Returns 0, or -errno, said, when output was lost. */
int streams_end(struct streams *streams);

#endif
