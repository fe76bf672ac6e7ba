/* SPDX-License-Identifier: MIT */
/* Words in a line of a file, so escaped that any word comes back as it was. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include "base/arena.h"

/* Append a blank and WORD, without any blank, newline or control character in it; an empty one is "\-". */
void words_add(struct arena *arena, struct string *text, const char *word);
/* Append the words of LINE, each behind a blank, up to its end, unescaped and copied. What no
 * words_add() wrote stays as it is. Returns 0, or -ENOMEM. */
int words_read(struct texts *words, struct arena *arena, const char *line);

#endif
