/* SPDX-License-Identifier: MIT */
/* A policy in OCI's JSON while it is being read: what the files that read it share. */
#ifndef SANDBOX_SECCOMP_PROFILE_H
#define SANDBOX_SECCOMP_PROFILE_H

#include "base/json.h"
#include "sandbox/seccomp_rules.h"

/* The kernel makes no more of an answer than this an errno. */
enum { ERRNO_MAX = 4095, TESTS_MAX = 32 };

/* One of "syscalls", as far as it has been read. */
struct entry {
	const struct cJSON *names;
	const char *names_path;
	bool has_action, has_errno;
	bool applies; /* to this target, after includes and excludes */
	uint32_t action;
	uint64_t errno_ret;
	struct rule_test tests[TESTS_MAX];
	size_t count;
};

/* One of "args". */
struct argument {
	bool has_index, has_value, has_op, masked;
	enum rule_compare compare;
	uint64_t index, value, value_two;
};

/* "includes" or "excludes", as far as it has been read. */
struct condition {
	bool some_kept, some_missing; /* of its capabilities */
	bool lists_arches, names_arch;
	bool names_kernel, kernel_reached;
};

struct profile {
	struct json json;
	struct rules *rules;
	bool has_action, has_errno;
	uint32_t action;
	uint64_t errno_ret;
	bool names_arch,
		lists_arches; /* architectures or archMap: the target's is among them; there are some */
	uint32_t highest;     /* number that a name stands for, whether its entry applies or not */
	struct entry entry;
	struct argument argument;
	struct condition condition;
};

/* A word of OCI's, and what it stands for; tables end with a NULL name. */
struct word {
	const char *name;
	uint32_t value;
};

/* Each returns 0 or -errno, said by fail() with the path of the item. */

/* One of WORDS. */
int profile_word(const struct profile *p, const struct cJSON *item, const char *path,
		 const struct word *words, uint32_t *value);
/* SCMP_ACT_*, as SECCOMP_RET_*. */
int profile_action(const struct profile *p, const struct cJSON *item, const char *path,
		   uint32_t *action);
/* The action with the number that comes with it: an errno, or a tracer's message; 1, EPERM, by default. */
int profile_action_data(const struct profile *p, const char *path, uint32_t *action, bool has_errno,
			uint64_t errno_ret);
/* One of "syscalls": its rules go into p->rules. DATA is the profile. */
int profile_entry(void *data, const struct cJSON *item, const char *path);

#endif
