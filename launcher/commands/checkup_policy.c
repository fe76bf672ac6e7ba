/* SPDX-License-Identifier: MIT */
/* What davit doctor says of the device's policy: whether one is in force, and what it restricts. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "commands/checkup.h"
#include "sandbox/policy.h"

/* What is wrong with it, policy_read says itself. */
enum answer probe_policy(char *remark, const struct check *check, const struct host *host)
{
	struct arena arena = { 0 };
	struct policy policy;
	const char *mark = " restricts ";
	int ret = policy_read(&policy, &arena, policy_directory());
	size_t used, i;

	(void)check;
	(void)host;
	if (ret < 0)
		snprintf(remark, REMARK_SIZE, "every launch is refused until it is put right");
	else if (!policy.file)
		snprintf(remark, REMARK_SIZE, "none in force, the command line decides");
	else
		snprintf(remark, REMARK_SIZE, "%.99s", policy.file);
	used = strlen(remark);
	for (i = 0; ret == 0 && policy.file && i < POLICY_KEY_COUNT && used < REMARK_SIZE; i++) {
		if (!policy.lines[i].number)
			continue;
		used += (size_t)snprintf(remark + used, REMARK_SIZE - used, "%s%s", mark,
					 policy_key_name(i));
		mark = " ";
	}
	arena_close(&arena);
	return ret < 0 ? ANSWER_NO : ANSWER_YES;
}
