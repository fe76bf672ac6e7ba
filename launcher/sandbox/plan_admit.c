/* SPDX-License-Identifier: MIT */
/* The step that asks the device's policy whether there is memory left for one more sandbox. */
#include <errno.h>

#include "base/log.h"
#include "sandbox/plan_parts.h"
#include "sandbox/policy.h"

/* Only where the policy bounds the memory of all. */
int plan_admit(struct plan *plan, struct arena *arena)
{
	const struct policy *policy = plan->sandbox->policy;
	const struct policy_line *line = policy ? &policy->lines[POLICY_MEMORY] : NULL;
	struct step step = { .kind = STEP_ADMIT };

	if (!line || !line->number)
		return 0;
	step.numbers[0] = plan->sandbox->limits.memory;
	step.numbers[1] = policy->memory;
	step.data = arena_print(arena, "%s:%u: %s", policy->file, line->number, line->text);
	return step.data ? plan_add(plan, arena, &step) : fail(ENOMEM, "plan");
}
