/* SPDX-License-Identifier: MIT */
/* Faults on purpose, for tests: DAVIT_FAULT=fail:N lets step N fail, kill:N ends davit by SIGKILL before it. */
#ifndef SANDBOX_FAULT_H
#define SANDBOX_FAULT_H

#include "sandbox/step.h"

/* Called before step NUMBER (from 1 in DAVIT_FAULT, as davit plan counts). Returns 0, -EIO, or not at all. */
int fault_check(const struct box *box, size_t number);

#endif
