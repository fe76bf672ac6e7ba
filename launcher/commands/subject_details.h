/* SPDX-License-Identifier: MIT */
/* What is known of one image, in a file or kept by this machine. */
#ifndef COMMANDS_SUBJECT_DETAILS_H
#define COMMANDS_SUBJECT_DETAILS_H

#include "commands/commands.h"
#include "commands/verb_options.h"
#include "image/details.h"

struct subject_details {
	struct details details;
	const char *path;     /* of the file, or NULL of what is kept */
	struct texts names;   /* "web:1", all that it has */
	struct texts digests; /* "web@sha256:…" */
	int64_t since;        /* seconds since 1970 when it got the name; 0: not known */
};

/* Of IMAGE as for subject_open(). Returns 0 or -errno, said. */
int subject_details(struct subject_details *out, struct arena *arena, const char *image);

#endif
