/* SPDX-License-Identifier: MIT */
/* The steps of --security-opt landlock=. */
#include <errno.h>

#include "base/log.h"
#include "sandbox/landlock.h"
#include "sandbox/plan_parts.h"

/* The steps before, which look around in /proc, are done; the filter comes after. */
int plan_landlock(struct plan *plan, struct arena *arena)
{
	const struct landlock *landlock = plan->sandbox->landlock;
	struct step step = { .kind = STEP_LANDLOCK };
	size_t i;
	int ret;

	if (!landlock)
		return 0;
	step.data = arena_print(arena, "%s%s%s%s%s", landlock->files ? ", files" : "",
				landlock->network & LANDLOCK_CONNECT_TCP ? ", TCP connections" : "",
				landlock->network & LANDLOCK_BIND_TCP ? ", TCP servers" : "",
				landlock->scopes & LANDLOCK_SCOPE_SIGNAL ? ", signals to others" : "",
				landlock->scopes & LANDLOCK_SCOPE_ABSTRACT ?
					" abstract sockets of others" :
					"");
	if (!step.data)
		return fail(ENOMEM, "plan");
	step.data += 2;
	ret = plan_add(plan, arena, &step);
	for (i = 0; i < landlock->count && ret == 0; i++) {
		const struct landlock_rule *rule = &landlock->rules[i];

		step = (struct step){ .kind = rule->path ? STEP_LANDLOCK_PATH : STEP_LANDLOCK_PORT,
				      .flags = rule->access,
				      .target = rule->path,
				      .data = rule->word,
				      .numbers = { rule->port } };
		ret = plan_add(plan, arena, &step);
	}
	return ret == 0 ? plan_add(plan, arena, &(struct step){ .kind = STEP_RESTRICT }) : ret;
}
