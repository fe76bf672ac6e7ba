/* SPDX-License-Identifier: MIT */
/* The child of a launch, on its side of the socket: box phase (or a helper of its), last phase, exec. */
#ifndef SANDBOX_CHILD_H
#define SANDBOX_CHILD_H

#include "sandbox/helper.h"
#include "sandbox/step.h"
#include "sandbox/supervise.h"

/* What a helper (become()) sends in the end: the exit code, twice, unlike davit's one-byte word before. */
enum { HELPER_MESSAGE = 2 };

/* Carry out all steps but the host's, once davit has sent its word; report over box->report. */
_Noreturn void child_run(struct box *box, const struct supervisor *supervisor);

#endif
