/* SPDX-License-Identifier: MIT */
/* What the files of the probe offer each other. */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>

/* A question has the good answer NULL, or says what was seen instead. */
struct question {
	const char *name;
	const char *(*ask)(void);
};

/* Each ends with a NULL name. */
extern const struct question questions[];
extern const struct question file_questions[];

/* System calls that must be refused: the name of question NUMBER, or NULL behind the last one;
 * whether this machine has the call; the answer. */
const char *call_name(size_t number);
bool call_exists(size_t number);
const char *call_ask(size_t number);

#endif
