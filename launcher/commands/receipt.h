/* SPDX-License-Identifier: MIT */
/* What was asked for a sandbox beside what the kernel says it has. */
#ifndef COMMANDS_RECEIPT_H
#define COMMANDS_RECEIPT_H

#include "sandbox/record.h"

/* Append a table for RECORD, which must run. Returns 0, -EINVAL when something is weaker than it
 * was asked for, or another -errno; said by fail(). */
int receipt_print(struct string *text, struct arena *arena, const struct record *record);

#endif
