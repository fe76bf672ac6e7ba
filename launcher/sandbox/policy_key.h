/* SPDX-License-Identifier: MIT */
/* A key of davit.conf: how its value is read. */
#ifndef SANDBOX_POLICY_KEY_H
#define SANDBOX_POLICY_KEY_H

#include "sandbox/policy.h"

/* The value is one word, or a list of words between commas. TAKE returns 0, -EINVAL for what is not
 * EXPECTED, or -ENOMEM; not said. */
struct policy_key_row {
	const char *name;
	int (*take)(struct policy *policy, struct arena *arena, const char *word);
	const char *expected;
	bool list;
};

/* The keys about registries, by enum policy_registry_key. */
extern const struct policy_key_row policy_registry_rows[POLICY_REGISTRY_KEY_COUNT];

#endif
