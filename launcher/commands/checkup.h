/* SPDX-License-Identifier: MIT */
/* What this build needs of a kernel and machine, and how each thing is looked for without touching anything. */
#ifndef COMMANDS_CHECKUP_H
#define COMMANDS_CHECKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "sandbox/host.h"

enum check_group { CHECK_NEEDED, CHECK_OPTIONAL, CHECK_NOTE, CHECK_GROUP_COUNT };

enum answer { ANSWER_YES, ANSWER_NO, ANSWER_NONE /* the question does not arise here */ };

enum { REMARK_SIZE = 256 };

struct check {
	const char *name;
	enum check_group group;
	bool wanted; /* by what was built in */
	/* Looks, and writes a remark of less than REMARK_SIZE bytes, empty at first, if there is more to say. */
	enum answer (*probe)(char *remark, const struct check *check, const struct host *host);
	const char *subject; /* what the probe looks for */
	const char *symbol;  /* the kernel's options for it, or NULL */
	const char *without; /* what is lost without it, or NULL */
};

/* In the order of the groups. */
extern const struct check checks[];
extern const size_t check_count;

/* The probe of the device's policy, in a file of its own. */
enum answer probe_policy(char *remark, const struct check *check, const struct host *host);

#endif
