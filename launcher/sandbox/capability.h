/* SPDX-License-Identifier: MIT */
/* Capabilities by name, and sets of them as 64-bit masks (bit n = capability n). */
#ifndef SANDBOX_CAPABILITY_H
#define SANDBOX_CAPABILITY_H

#include <stddef.h>
#include <stdint.h>

/* What an app may hold unless something else is asked: Docker's default list. */
uint64_t capability_defaults(void);
/* The mask of all capabilities that davit knows by name. */
uint64_t capability_all(void);
/* "NET_ADMIN", "cap_net_admin", … to its mask; "ALL" to all. Returns 0 or -EINVAL. */
int capability_parse(uint64_t *mask, const char *name);
/* "NET_ADMIN" of 12, or NULL. */
const char *capability_name(unsigned int number);
/* The known name that looks most like NAME, or NULL when none does. */
const char *capability_like(const char *name);

#endif
