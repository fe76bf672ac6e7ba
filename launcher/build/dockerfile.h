/* SPDX-License-Identifier: MIT */
/* Dockerfiles, as text that somebody wrote, in instructions. Pure. Source: docs.docker.com, Dockerfile
 * reference; where it is silent, github.com/moby/buildkit, frontend/dockerfile/parser. */
#ifndef BUILD_DOCKERFILE_H
#define BUILD_DOCKERFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum { DOCKERFILE_MOST = 1 << 20, INSTRUCTIONS_MOST = 2048 };

enum instruction_kind {
	INSTRUCTION_ADD,
	INSTRUCTION_ARG,
	INSTRUCTION_CMD,
	INSTRUCTION_COPY,
	INSTRUCTION_ENTRYPOINT,
	INSTRUCTION_ENV,
	INSTRUCTION_EXPOSE,
	INSTRUCTION_FROM,
	INSTRUCTION_HEALTHCHECK,
	INSTRUCTION_LABEL,
	INSTRUCTION_MAINTAINER,
	INSTRUCTION_RUN,
	INSTRUCTION_SHELL,
	INSTRUCTION_STOPSIGNAL,
	INSTRUCTION_USER,
	INSTRUCTION_VOLUME,
	INSTRUCTION_WORKDIR
};

/* The lines behind "<<NAME": a file for COPY and ADD, input for RUN. */
struct here_document {
	const char *name;
	const char *text;
	bool is_literal; /* the name was quoted: no variables in the text */
	bool is_chomped; /* "<<-": tabs before its lines are gone */
};

struct instruction {
	enum instruction_kind kind;
	const char *name;  /* "COPY" */
	unsigned int line; /* where it begins */
	const char *text; /* what stands behind the name, on one line; with documents, on several */
	struct texts flags; /* "from=build", "link" */
	/* As written, quotes and variables too. CMD, ENTRYPOINT, RUN and SHELL in exec form: the
	 * arguments, else one text. ENV and LABEL: KEY=VALUE each. HEALTHCHECK: Docker's Test. COPY
	 * and ADD: sources (but documents), then the destination. */
	struct texts words;
	bool is_exec; /* words were written as a list of JSON */
	struct here_document *documents;
	size_t document_count;
};

struct dockerfile {
	const char *file; /* for messages */
	char escape;      /* \ or ` */
	struct instruction *instructions;
	size_t count;
};

/* Take TEXT apart, ended by NUL; FILE stands in messages ("Dockerfile:3: COPY: …"). All that is
 * found lives in ARENA. Returns 0, or -EINVAL or -ENOMEM, said by fail(). */
int dockerfile_parse(struct dockerfile *out, struct arena *arena, const char *text, const char *file);
/* Say "FILE:LINE: NAME: WHAT" of an instruction; returns -EINVAL. */
int dockerfile_refuse(const struct dockerfile *dockerfile, const struct instruction *instruction,
		      const char *format, ...) __attribute__((format(printf, 3, 4), cold));
/* The value of a flag ("" for one without), or NULL. */
const char *instruction_flag(const struct instruction *instruction, const char *name);

#endif
