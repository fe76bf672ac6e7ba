/* SPDX-License-Identifier: MIT */
/* What the files of the probe offer each other. */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>

/* A question has the good answer NULL, or says what was seen instead. Its class: E, a way out or a
 * look out of the sandbox; S, a part of the kernel that can be talked to; H, something that a
 * careful owner would close. */
struct question {
	const char *name;
	const char *(*ask)(void);
	char class;
};

/* Each ends with a NULL name. */
extern const struct question questions[];
extern const struct question file_questions[];
extern const struct question leak_questions[];
extern const struct question surface_questions[];

/* What the asker told about the host: a word, what it means, the next word, ..., NULL. */
extern char **probe_words;

/* Have, until standard input ends, things on the host that a sandbox must not find. Prints their words for ask. */
int probe_serve(const char *name);

/* System calls that must be refused: the name of question NUMBER, or NULL behind the last one;
 * whether this machine has the call; the answer. */
const char *call_name(size_t number);
bool call_exists(size_t number);
const char *call_ask(size_t number);

#endif
