/* SPDX-License-Identifier: MIT */
/* A change of an app's version by a process of its own, so that one is left whichever is killed. */
#ifndef COMMANDS_GUARDIAN_H
#define COMMANDS_GUARDIAN_H

#include "commands/update.h"

/* Carry UPDATE out for the app NAME: a child does it, and goes on when this davit is killed; when
 * the child is killed, this one brings the current version back. Signals that end programs call it
 * off. Returns the exit code of davit update. */
int guardian_run(const char *name, char **argv, struct update *update);

#endif
