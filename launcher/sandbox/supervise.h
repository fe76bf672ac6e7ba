/* SPDX-License-Identifier: MIT */
/* From the moment that the app runs until it has ended: signals, terminal, exit status. */
#ifndef SANDBOX_SUPERVISE_H
#define SANDBOX_SUPERVISE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct supervisor {
	int signals;   /* signalfd, or -1 */
	sigset_t mask; /* the caller's mask, which the app gets back */
};

struct ring;

/* An app that runs, and what davit carries for it. */
struct app {
	pid_t pid;
	int terminal; /* master of its terminal, or -1 */
	int *pipes;   /* davit's ends of its standard streams, -1 where it has none; taken over */
	struct ring *log; /* where its output goes instead of to the caller, or NULL */
	bool interactive; /* the caller's input is passed on to its terminal */
};

/* Block the signals that are to be forwarded and gather them in a signalfd, before anything is
 * launched, so that none is lost. Returns 0, or -errno said by fail(). */
int supervise_begin(struct supervisor *supervisor);
/* During the launch: wait until FD can be read. Returns 0, or the number of a signal that ends
 * programs (HUP, INT, QUIT, TERM) if one came first; others stay pending. */
int supervise_until(const struct supervisor *supervisor, int fd);
/* In the child: the caller's mask and default actions again. Returns 0 or -errno. */
int supervise_reset(const struct supervisor *supervisor);
/* Wait for APP, forwarding signals to it and carrying between its terminal and the caller's (raw,
 * with the window's size), or between its pipes and the caller's streams, or into its log. The
 * terminal becomes non-blocking and stays the caller's to close. The caller's terminal is put back
 * whatever happens. Returns 0 with *status as of waitpid(2), or -errno said by fail(), the app
 * killed and reaped. */
int supervise_wait(struct supervisor *supervisor, const struct app *app, int *status);
/* Close the signalfd, restore the mask; safe twice. */
void supervise_end(struct supervisor *supervisor);
/* The exit code for a wait status: the app's own, or 128 + signal. */
int supervise_code(int status);

#endif
