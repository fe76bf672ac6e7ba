/* SPDX-License-Identifier: MIT */
/* Every change that a davit command and its children make below a directory, in their order. */
#ifndef UPDATE_RECORD_H
#define UPDATE_RECORD_H

#include "../fault/fault.h"
#include "disk.h"

/* Changes of a directory, of a file; and what makes changes sure. */
enum op_kind { OP_NAME, OP_DATA, OP_OWNER, OP_SYNC, OP_SYNC_ALL };

struct op {
	enum op_kind kind;
	int file;         /* of OP_NAME: what the name means from now on, or NOWHERE */
	int dir;          /* of OP_NAME */
	const char *name; /* of OP_NAME */
	int with; /* of OP_NAME that takes the old name of a renamed file: the op that gave the new one */
	size_t from, to;               /* of OP_DATA: the bytes that became others, */
	const struct content *content; /* and all of them afterwards, */
	const struct content *before;  /* and before */
	struct file owner;             /* of OP_OWNER: how it is now */
	const char *what;              /* for people */
	unsigned int process, count;   /* the call that did it */
};

struct recording {
	const char *top;   /* the directory */
	struct disk begin; /* before; its files are also those that came later, under no name */
	struct disk now;
	struct op *ops;
	int count, room;
	char wrong[512]; /* what it cannot record, or "" */
};

/* Begin with what is in TOP. */
void record_begin(struct recording *recording, const char *top);
/* Run ARGV with FAULT (NULL: none), and go on recording. Returns false, with WRONG, where the
 * result is not what was recorded. */
bool record_run(struct recording *recording, struct outcome *outcome, char *const *argv,
		const struct fault *fault);
/* The machine starts again, and nothing was lost. */
void record_restart(struct recording *recording);
void record_free(struct recording *recording);

#endif
