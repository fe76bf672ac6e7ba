/* SPDX-License-Identifier: MIT */
/* From a process that joins a sandbox to the one that it makes there: which it is, and what became of it. */
#ifndef SANDBOX_HANDOVER_H
#define SANDBOX_HANDOVER_H

#include "sandbox/failure.h"
#include "sandbox/step.h"

/* Make the memory that davit shares with them. Returns 0 or -errno. */
int handover_open(struct handover *handover);
/* Wait until the joining process JOINER has ended, which it does when the new one runs its program
 * or failed. Returns 0 with *pid the new process, a child of davit; or an exit code, said by
 * fail(), nothing being left. */
int handover_take(pid_t *pid, const struct box *box, pid_t joiner);
/* Release the memory; safe twice. */
void handover_close(struct handover *handover);

#endif
