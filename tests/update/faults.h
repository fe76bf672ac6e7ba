/* SPDX-License-Identifier: MIT */
/* A davit command that changes a store, with a fault at each of its system calls. */
#ifndef UPDATE_FAULTS_H
#define UPDATE_FAULTS_H

#include "judge.h"

/* Carry out JUDGE's command on its old store, each time with one fault of KINDS, and judge what is
 * left. Prints the results. Returns an exit code. */
int faults_try(const char *name, struct judge *judge, char *kinds);

#endif
