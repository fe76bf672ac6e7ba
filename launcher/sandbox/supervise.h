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

/* Block the signals that are to be forwarded and gather them in a signalfd, before anything is
 * launched, so that none is lost. Returns 0, or -errno said by fail(). */
int supervise_begin(struct supervisor *supervisor);
/* During the launch: wait until FD can be read. Returns 0, or the number of a signal that ends
 * programs (HUP, INT, QUIT, TERM) if one came first; others stay pending. */
int supervise_until(const struct supervisor *supervisor, int fd);
/* In the child: the caller's mask and default actions again. Returns 0 or -errno. */
int supervise_reset(const struct supervisor *supervisor);
/* Wait for PID, the app, forwarding signals to it and, when TERMINAL (the pty's master) is not -1,
 * carrying its output and, when INTERACTIVE, the caller's input (raw, with the window's size). The
 * master becomes non-blocking and stays the caller's to close. The caller's terminal is put back
 * whatever happens. Returns 0 with *status as of waitpid(2), or -errno said by fail(), the app
 * killed and reaped. */
int supervise_wait(struct supervisor *supervisor, pid_t pid, int terminal, bool interactive,
		   int *status);
/* Close the signalfd, restore the mask; safe twice. */
void supervise_end(struct supervisor *supervisor);
/* The exit code for a wait status: the app's own, or 128 + signal. */
int supervise_code(int status);

#endif
