/* SPDX-License-Identifier: MIT */
/* What to do about a step that failed, where that is known. */
#ifndef SANDBOX_REMEDY_H
#define SANDBOX_REMEDY_H

#include "sandbox/plan.h"

/* Words for STEP failing with ERROR (positive errno), or NULL. */
const char *remedy_find(const struct step *step, int error);
/* Words for a clone(2) that failed with ERROR. */
const char *remedy_namespaces(int error);

#endif
