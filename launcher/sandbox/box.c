/* SPDX-License-Identifier: MIT */
/* What a plan is carried out with, before its first step: no descriptors, and room for what steps find out. */
#include <errno.h>

#include "base/log.h"
#include "sandbox/handover.h"
#include "sandbox/verified.h"

static int layers_open(struct box *box, struct arena *arena)
{
	const struct sandbox *sandbox = box->plan->sandbox;
	const size_t count = sandbox->image ? sandbox->image->layer_count : 0;
	size_t i;

	box->devices = arena_alloc(arena, (count + 1) * sizeof(*box->devices));
	for (i = 0; box->devices && i < count; i++)
		box->devices[i].loop = box->devices[i].verity = -1;
	if (CONFIG_IMAGE_OCI && sandbox->digests) {
		box->verified = box->plan->verified;
		if (!box->verified)
			box->verified = verified_open(arena, sandbox->run_root);
		if (!box->verified)
			return -ENOMEM;
	}
	return box->devices ? 0 : -ENOMEM;
}

int box_open(struct box *box, struct arena *arena, const struct plan *plan)
{
	*box = (struct box){ .plan = plan,
			     .report = -1,
			     .lock = -1,
			     .run_root = -1,
			     .state = -1,
			     .kept_state = -1,
			     .streams = { -1, -1, -1 },
			     .pipes = { -1, -1, -1 },
			     .log = { .fd = -1 },
			     .cidfile = { -1, -1 },
			     .pidfile = { -1, -1 },
			     .loop_control = -1,
			     .root = -1,
			     .tops = { -1, -1, -1 },
			     .users = -1,
			     .cgroup2 = -1,
			     .terminal = -1,
			     .home = "HOME=/root" };
	box->env = arena_alloc(arena, (plan->sandbox->env.count + 2) * sizeof(*box->env));
	box->absent = arena_alloc(arena, plan->count * sizeof(*box->absent));
	if (!box->env || !box->absent || layers_open(box, arena) < 0 ||
	    (CONFIG_CMD_EXEC && plan->joins && handover_open(&box->handover) < 0))
		return fail(ENOMEM, "environment");
	return 0;
}
