/* SPDX-License-Identifier: MIT */
/* Catch what is written to standard error, so that a test can ask for the words of a refusal. */
#ifndef TESTS_SAID_H
#define TESTS_SAID_H

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SAID_SIZE = 4096 };

struct said {
	int own, file;
	char text[SAID_SIZE];
};

static inline void said_begin(struct said *said)
{
	fflush(stderr);
	said->own = dup(STDERR_FILENO);
	said->file = memfd_create("said", 0);
	(void)dup2(said->file, STDERR_FILENO);
}

/* What was said since said_begin, without the last end of line. */
static inline const char *said_end(struct said *said)
{
	ssize_t got;

	fflush(stderr);
	(void)dup2(said->own, STDERR_FILENO);
	close(said->own);
	got = pread(said->file, said->text, sizeof(said->text) - 1, 0);
	close(said->file);
	if (got < 0)
		got = 0;
	said->text[got] = '\0';
	if (got > 0 && said->text[got - 1] == '\n')
		said->text[got - 1] = '\0';
	return said->text;
}

#endif
