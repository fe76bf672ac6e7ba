/* SPDX-License-Identifier: MIT */
/* The steps that make an image's root for davit itself, which reads and writes in it. */
#include "base/log.h"
#include "config.h"
#include "sandbox/plan_parts.h"
#include "sandbox/record_text.h"

static int plan_outside(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct step state = { .kind = STEP_STATE, .target = sandbox->state };
	const struct step keep = { .kind = STEP_KEEP, .target = sandbox->kept };
	int ret = plan_add(plan, arena, &state);

	if (ret == 0 && sandbox->kept)
		ret = plan_add(plan, arena, &keep);
	return ret == 0 ? plan_layers(plan, arena) : ret;
}

int plan_lend(struct plan *plan, struct arena *arena, const struct sandbox *sandbox, int socket)
{
	const struct step lend = { .kind = STEP_LEND, .numbers = { (uint64_t)socket } };
	int ret;

	*plan = (struct plan){ .sandbox = sandbox };
	ret = plan_outside(plan, arena);
	plan->first[PHASE_BOX] = plan->count;
	if (ret == 0)
		ret = plan_add(plan, arena, &(struct step){ .kind = STEP_PRIVATE });
	if (ret == 0)
		ret = plan_root(plan, arena);
	plan->first[PHASE_LAST] = plan->count;
	if (ret == 0)
		ret = plan_add(plan, arena, &lend);
	plan->first[PHASE_COUNT] = plan->count;
	if (ret < 0)
		return ret;
	plan->record = CONFIG_RECORD ? record_compose(arena, plan) : "";
	return plan->record ? 0 : fail(ENOMEM, "plan");
}
