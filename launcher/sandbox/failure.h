/* SPDX-License-Identifier: MIT */
/* Say why a launch failed, with what to do about it where that is known, and choose its exit code. */
#ifndef SANDBOX_FAILURE_H
#define SANDBOX_FAILURE_H

#include "sandbox/plan.h"

/* Exit codes, as Docker's: davit itself failed; the command cannot be executed; it does not exist. */
enum { EXIT_DAVIT = 125, EXIT_CANNOT = 126, EXIT_NOT_FOUND = 127 };

/* Say that STEP failed with ERROR (positive errno). Returns the exit code. */
int failure_say(const struct step *step, int error);
/* Say that the namespaces could not be made. Returns the exit code. */
int failure_say_namespaces(int error);

#endif
