/* SPDX-License-Identifier: MIT */
/* Wait for sandboxes of other davits, learn how they ended, end and remove them. */
#ifndef SANDBOX_AWAIT_H
#define SANDBOX_AWAIT_H

#include "sandbox/record.h"

/* Wait until the davit that watches RECORD's sandbox has put everything away, MILLISECONDS at most
 * (-1: for ever). Returns 0, or -ETIMEDOUT. */
int await_end(const struct record *record, int milliseconds);
/* Wait for its end, whoever launched it, and learn its exit code. Returns 0 or -errno, said by fail(). */
int await_code(int *code, const struct record *record, const char *run_root);
/* Send NUMBER to its first process, so that it arrives even while it is paused. Returns 0, also
 * when it is gone meanwhile, or -errno, said by fail(). */
int await_signal(const struct record *record, int number);
/* Ask it to end by signal NUMBER, kill it after SECONDS (-1: never), and wait for its end. Returns 0 or -errno, said. */
int await_stop(const struct record *record, const char *run_root, int number, int seconds);
/* Remove what is kept of one that has ended. Returns 0 or -errno, said by fail(). */
int await_remove(const struct record *record, const char *run_root);

#endif
