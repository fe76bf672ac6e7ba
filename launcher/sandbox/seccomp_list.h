/* SPDX-License-Identifier: MIT */
/* What a filter answers to every call of its machine. */
#ifndef SANDBOX_SECCOMP_LIST_H
#define SANDBOX_SECCOMP_LIST_H

#include "base/arena.h"
#include "sandbox/filter.h"

/* A paragraph per answer with the names of its calls; from ARENA, or NULL. */
char *seccomp_list(struct arena *arena, const struct filter *filter);

#endif
