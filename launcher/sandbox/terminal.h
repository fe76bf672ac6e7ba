/* SPDX-License-Identifier: MIT */
/* The caller's terminal and the app's: bytes carried between them, raw mode, window size. */
#ifndef SANDBOX_TERMINAL_H
#define SANDBOX_TERMINAL_H

#include <poll.h>
#include <stdbool.h>
#include <termios.h>

#include "sandbox/flow.h"

enum { TERMINAL_POLLS = 3 };

struct terminal {
	int master; /* the app's pty; the caller's to close */
	int input,
		output; /* the caller's; -1 where there is nothing more to read, or nobody to write to */
	int private_output; /* output opened once more, not blocking, or -1 */
	int error;          /* positive errno of a failed write to output */
	bool silent;        /* no process has the pty open just now */
	bool open_line;     /* what was read last from input did not end a line */
	bool raw;
	struct termios saved;
	struct flow to_app, from_app;
};

/* Give the pty whose master is MASTER the size of the caller's terminal, if there is one. */
void terminal_resize(int master);
/* Begin to carry between the caller's standard input (raw mode if it is a terminal; left alone
 * unless INTERACTIVE) and output and MASTER, which becomes non-blocking. Returns 0 or -errno. */
int terminal_begin(struct terminal *terminal, int master, bool interactive);
/* Put the caller's terminal back; then say what went wrong meanwhile. MASTER stays open. Returns 0,
 * or -errno, said, when output of the app was lost. */
int terminal_end(struct terminal *terminal);
/* After a stop, in which a shell has taken its terminal back: raw mode and size again. */
void terminal_resume(struct terminal *terminal);
/* What to wait for: fills TERMINAL_POLLS entries, returns the longest time to wait in milliseconds, or -1. */
int terminal_wait_for(struct terminal *terminal, struct pollfd *polls);
/* Carry what can be carried without blocking, as POLLS say after poll(2). */
void terminal_carry(struct terminal *terminal, const struct pollfd *polls);
/* Once the app has ended: take up the rest of its output. True when nothing is left to be written. */
bool terminal_drain(struct terminal *terminal);

#endif
