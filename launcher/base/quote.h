/* SPDX-License-Identifier: MIT */
/* Texts as JSON has them. */
#ifndef BASE_QUOTE_H
#define BASE_QUOTE_H

#include "base/arena.h"

/* Append VALUE in quotes, with escapes for what needs them (RFC 8259, section 7). */
void json_quote(struct arena *arena, struct string *text, const char *value);

#endif
