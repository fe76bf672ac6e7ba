/* SPDX-License-Identifier: MIT */
/* The steps into a sandbox that runs. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "sandbox/plan_parts.h"
#include "sandbox/record.h"
#include "sandbox/step.h"

enum { UNHEARD = 1, DIES_WITH_DAVIT = 1 };

/* All hierarchies that the sandbox has cgroups of its own in; two controllers may share one. */
static int plan_into(struct plan *plan, struct arena *arena, const struct record *record)
{
	const char *paths[CONTROLLER_COUNT];
	size_t i, earlier;
	int ret = 0;

	for (i = 0; i < CONTROLLER_COUNT && ret == 0; i++) {
		const char *own = record_cgroup(arena, record, (enum controller)i);

		paths[i] = own;
		for (earlier = 0; own && earlier < i; earlier++) {
			if (paths[earlier] && strcmp(paths[earlier], own) == 0)
				break;
		}
		if (own && earlier == i)
			ret = plan_add(plan, arena,
				       &(struct step){ .kind = STEP_INTO, .target = own });
	}
	return arena->failed ? fail(ENOMEM, "plan") : ret;
}

/* What needs this machine's own files or rights comes first: cgroups, session, limits. Then every
 * descriptor of davit's is closed, and only then is the sandbox entered. */
static int plan_enter(struct plan *plan, struct arena *arena, const struct record *record, bool detach)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct step join = { .kind = STEP_JOIN };
	const struct step session = { .kind = STEP_SESSION, .flags = detach ? UNHEARD : 0 };
	const struct step into[] = {
		{ .kind = STEP_DESCRIPTORS },
		{ .kind = STEP_NAMESPACES,
		  .flags = sandbox->namespaces,
		  .numbers = { (uint64_t)record->pid, record->start } },
		{ .kind = STEP_ROOT, .target = "/" },
	};
	int ret = 0;

	if (plan->count && plan->steps[0].kind == STEP_INTO)
		ret = plan_add(plan, arena, &join);
	if (ret == 0)
		ret = plan_add(plan, arena, &session);
	if (ret == 0)
		ret = plan_limits(plan, arena);
	if (ret == 0)
		ret = plan_add_all(plan, arena, into, sizeof(into) / sizeof(into[0]));
	if (ret == 0)
		ret = plan_user(plan, arena);
	if (ret == 0 && sandbox->terminal)
		ret = plan_add(plan, arena,
			       &(struct step){ .kind = STEP_TERMINAL, .flags = TERMINAL_JOINED });
	return ret;
}

int plan_join(struct plan *plan, struct arena *arena, const struct record *record, bool detach,
	      const struct host *host)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct step enter = { .kind = STEP_ENTER,
				    .target = sandbox->workdir ? sandbox->workdir : "/" };
	const struct step spawn = { .kind = STEP_SPAWN, .flags = detach ? 0 : DIES_WITH_DAVIT };
	int ret = plan_into(plan, arena, record);

	if (ret == 0)
		ret = plan_streams(plan, arena);

	plan->first[PHASE_BOX] = plan->count;
	if (ret == 0)
		ret = plan_enter(plan, arena, record, detach);
	plan->first[PHASE_LAST] = plan->count;
	if (ret == 0)
		ret = plan_add(plan, arena, &enter);
	if (ret == 0)
		ret = plan_rights(plan, arena, host);
	if (ret == 0 && CONFIG_LANDLOCK)
		ret = plan_landlock(plan, arena);
	if (ret == 0)
		ret = plan_add(plan, arena, &(struct step){ .kind = STEP_FORGET });
	if (ret == 0)
		ret = plan_seccomp(plan, arena, host);
	if (ret == 0)
		ret = plan_add(plan, arena, &spawn);
	if (ret == 0)
		ret = plan_exec(plan, arena);
	plan->first[PHASE_COUNT] = plan->count;
	return ret;
}
