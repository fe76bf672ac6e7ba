/* SPDX-License-Identifier: MIT */
/* From a decision to the list of steps, in the order that the kernel and safety require. */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/log.h"
#include "config.h"
#include "sandbox/capability.h"
#include "sandbox/plan_parts.h"
#include "sandbox/record_text.h"
#include "sandbox/step.h"

enum { ROOM_FIRST = 128 };

int plan_add(struct plan *plan, struct arena *arena, const struct step *step)
{
	const struct step_class *class = &step_classes[step->kind];

	if (!class->run)
		return fail(0, "%s: not in this build (CONFIG_%s)", class->name, class->option);
	if (plan->count == plan->room) {
		size_t room = plan->room ? plan->room * 2 : ROOM_FIRST;
		struct step *steps = arena_alloc(arena, room * sizeof(*steps));

		if (!steps)
			return fail(ENOMEM, "plan");
		if (plan->count)
			memcpy(steps, plan->steps, plan->count * sizeof(*steps));
		plan->steps = steps;
		plan->room = room;
	}
	plan->steps[plan->count++] = *step;
	return 0;
}

bool plan_has_cgroups(const struct sandbox *sandbox)
{
	size_t i = 0;

	while (i < CONTROLLER_COUNT && !sandbox->cgroups[i])
		i++;
	return i < CONTROLLER_COUNT;
}

int plan_add_all(struct plan *plan, struct arena *arena, const struct step *list, size_t count)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < count && ret == 0; i++)
		ret = plan_add(plan, arena, &list[i]);
	return ret;
}

static int plan_host(struct plan *plan, struct arena *arena, const struct host *host)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct step state = { .kind = STEP_STATE,
				    .source = sandbox->cgroup_parent,
				    .target = sandbox->state };
	const struct step keep = { .kind = STEP_KEEP, .target = sandbox->kept };
	int ret = plan_digests(plan, arena);

	if (ret == 0)
		ret = plan_admit(plan, arena);
	if (ret == 0)
		ret = plan_add(plan, arena, &state);
	if (ret == 0 && sandbox->kept)
		ret = plan_add(plan, arena, &keep);
	if (ret == 0)
		ret = plan_streams(plan, arena);
	if (ret == 0 && CONFIG_CGROUP)
		ret = plan_cgroups(plan, arena, host);
	return ret == 0 ? plan_layers(plan, arena) : ret;
}

int plan_user(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct step user = { .kind = STEP_USER, .data = sandbox->user };
	struct step group = { .kind = STEP_GROUP };
	size_t i;
	int ret = sandbox->user ? plan_add(plan, arena, &user) : 0;

	for (i = 0; i < sandbox->groups.count && ret == 0; i++) {
		group.data = sandbox->groups.items[i];
		ret = plan_add(plan, arena, &group);
	}
	return ret;
}

bool plan_has_helper(const struct plan *plan)
{
	return CONFIG_USERNS && !plan->joins && plan->sandbox->uids.count > 0;
}

/* The cgroup namespace's root is where its maker is: first into the cgroups, then away from what is above. */
static int plan_joins(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct step joins[] = { { .kind = STEP_JOIN }, { .kind = STEP_VERIFY_CGROUPS } };
	const struct step unshare_cgroup = { .kind = STEP_CGROUP_NAMESPACE };
	const struct step unshare = { .kind = STEP_UNSHARE,
				      .numbers = { sandbox->namespaces &
						   ~(unsigned long)CLONE_NEWCGROUP } };
	int ret = 0;

	if (plan_has_cgroups(sandbox))
		ret = plan_add_all(plan, arena, joins, sizeof(joins) / sizeof(joins[0]));
	if (ret == 0 && CONFIG_BECOME && sandbox->becomes)
		ret = plan_add(plan, arena, &unshare);
	if (ret == 0 && (sandbox->namespaces & CLONE_NEWCGROUP))
		ret = plan_add(plan, arena, &unshare_cgroup);
	return ret;
}

/* The box's root, as this machine knows it. */
static int plan_owner(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct step owner = { .kind = STEP_OWNER,
				    .numbers = { id_map_outside(&sandbox->uids, 0),
						 id_map_outside(&sandbox->gids, 0) } };

	plan->uid_map = id_map_print(arena, &sandbox->uids);
	plan->gid_map = id_map_print(arena, &sandbox->gids);
	if (!plan->uid_map || !plan->gid_map)
		return fail(ENOMEM, "plan");
	return plan_add(plan, arena, &owner);
}

static int plan_box(struct plan *plan, struct arena *arena, const struct host *host)
{
	const struct sandbox *sandbox = plan->sandbox;
	const bool helper = plan_has_helper(plan);
	const struct step workdir = { .kind = STEP_WORKDIR, .target = sandbox->workdir };
	const struct step loopback = { .kind = STEP_LOOPBACK };
	const struct step hostname = { .kind = STEP_HOSTNAME, .data = sandbox->hostname };
	const struct step pivots[] = { { .kind = STEP_PIVOT }, { .kind = STEP_VERIFY_MOUNTS } };
	const struct step terminal = { .kind = STEP_TERMINAL };
	const struct step private = { .kind = STEP_PRIVATE };
	int ret = helper ? plan_owner(plan, arena) : plan_joins(plan, arena);

	if (ret == 0)
		ret = plan_add(plan, arena, &private);
	if (ret == 0)
		ret = plan_root(plan, arena);
	if (ret == 0)
		ret = plan_tree(plan, arena, host);
	if (ret == 0 && !helper)
		ret = plan_user(plan, arena);
	if (ret == 0 && sandbox->workdir)
		ret = plan_add(plan, arena, &workdir);
	if (ret == 0 && (sandbox->namespaces & CLONE_NEWNET))
		ret = plan_add(plan, arena, &loopback);
	if (ret == 0 && (sandbox->namespaces & CLONE_NEWUTS))
		ret = plan_add(plan, arena, &hostname);
	if (ret == 0)
		ret = plan_add_all(plan, arena, pivots, sizeof(pivots) / sizeof(pivots[0]));
	if (ret == 0 && sandbox->terminal && !helper)
		ret = plan_add(plan, arena, &terminal);
	return ret;
}

/* What the child itself has still to do when a helper has made its tree. Its session is made while
 * it still has davit's user id, to which its files in /proc belong. */
static int plan_return(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct step roots[] = { { .kind = STEP_RETURN }, { .kind = STEP_ROOT, .target = "/" } };
	const struct step terminal = { .kind = STEP_TERMINAL, .flags = TERMINAL_LATE };
	int ret = plan_joins(plan, arena);

	if (ret == 0)
		ret = plan_add(plan, arena, &(struct step){ .kind = STEP_SESSION });
	if (ret == 0)
		ret = plan_limits(plan, arena);
	if (ret == 0)
		ret = plan_add_all(plan, arena, roots, sizeof(roots) / sizeof(roots[0]));
	if (ret == 0)
		ret = plan_user(plan, arena);
	return ret == 0 && sandbox->terminal ? plan_add(plan, arena, &terminal) : ret;
}

/* As a shell would take it, so that one argument does not look like two. */
static void quote(struct arena *arena, struct string *line, const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";

	if (text[0] && text[strspn(text, plain)] == '\0') {
		string_add(arena, line, "%s", text);
		return;
	}
	string_add(arena, line, "'");
	while (*text) {
		size_t span = strcspn(text, "'");

		string_add(arena, line, "%.*s%s", (int)span, text, text[span] ? "'\\''" : "");
		text += span + (text[span] != '\0');
	}
	string_add(arena, line, "'");
}

int plan_exec(struct plan *plan, struct arena *arena)
{
	const struct texts *argv = &plan->sandbox->argv;
	struct string line = { 0 };
	size_t i;

	for (i = 0; i < argv->count; i++) {
		if (i > 0)
			string_add(arena, &line, " ");
		quote(arena, &line, argv->items[i]);
	}
	if (arena->failed)
		return fail(ENOMEM, "plan");
	return plan_add(plan, arena,
			&(struct step){ .kind = STEP_EXEC,
					.data = line.text,
					.type = plan->sandbox->landlock ? "landlock" : NULL });
}

int plan_limits(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct step oom_score = { .kind = STEP_OOM_SCORE, .data = sandbox->oom_score };
	size_t i;
	int ret = sandbox->oom_score ? plan_add(plan, arena, &oom_score) : 0;

	for (i = 0; i < sandbox->rlimit_count && ret == 0; i++) {
		const struct limit *limit = &sandbox->rlimits[i];
		const struct step step = { .kind = STEP_RLIMIT,
					   .flags = (unsigned long)limit->resource,
					   .type = limit->name,
					   .numbers = { limit->soft, limit->hard } };

		ret = plan_add(plan, arena, &step);
	}
	return ret;
}

int plan_rights(struct plan *plan, struct arena *arena, const struct host *host)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct step bounding = { .kind = STEP_BOUNDING, .numbers = { sandbox->capabilities } };
	const struct step ids = { .kind = STEP_IDS, .data = sandbox->user ? sandbox->user : "0:0" };
	const struct step capabilities = {
		.kind = STEP_CAPABILITIES,
		.numbers = { sandbox->capabilities, sandbox->ambient },
	};
	const struct step others[] = {
		{ .kind = STEP_NO_NEW_PRIVS },
		{ .kind = plan->joins ? STEP_VERIFY_JOINED : STEP_VERIFY_RIGHTS,
		  .flags = CONFIG_CAPABILITIES | (sandbox->new_privileges ? VERIFY_NEW_PRIVILEGES : 0),
		  .numbers = { sandbox->capabilities, sandbox->ambient } },
	};
	int ret = 0;

	if (CONFIG_CAPABILITIES)
		ret = plan_add(plan, arena, &bounding);
	/* Loading a filter without no_new_privs takes CAP_SYS_ADMIN, which is gone behind the next steps. */
	if (ret == 0 && sandbox->new_privileges)
		ret = plan_filter(plan, arena, host);
	if (ret == 0)
		ret = plan_add(plan, arena, &ids);
	if (ret == 0 && CONFIG_CAPABILITIES)
		ret = plan_add(plan, arena, &capabilities);
	return ret < 0 ? ret :
			 plan_add_all(plan, arena, others + sandbox->new_privileges,
				      sizeof(others) / sizeof(others[0]) - sandbox->new_privileges);
}

/* The order matters. Resource limits and the bounding set while davit may still change them; ids
 * before the capabilities that setting them needs are gone; no_new_privs before seccomp, which then
 * needs no capability; seccomp last, so that the policy need not allow what the steps before it do.
 */
static int plan_last(struct plan *plan, struct arena *arena, const struct host *host)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct step session = { .kind = STEP_SESSION,
				      .data = sandbox->terminal ? "the terminal's owner" : NULL };
	const struct step enter = { .kind = STEP_ENTER,
				    .target = sandbox->workdir ? sandbox->workdir : "/" };
	const bool helper = plan_has_helper(plan);
	int ret = helper ? plan_return(plan, arena) : plan_add(plan, arena, &session);

	if (ret == 0)
		ret = plan_add(plan, arena, &enter);
	if (ret == 0 && !helper)
		ret = plan_limits(plan, arena);
	if (ret == 0)
		ret = plan_rights(plan, arena, host);
	if (ret == 0)
		ret = plan_add(plan, arena, &(struct step){ .kind = STEP_DESCRIPTORS });
	if (ret == 0 && CONFIG_LANDLOCK)
		ret = plan_landlock(plan, arena);
	if (ret == 0)
		ret = plan_seccomp(plan, arena, host);
	if (ret == 0 && sandbox->init)
		ret = plan_add(plan, arena, &(struct step){ .kind = STEP_INIT });
	return ret < 0 ? ret : plan_exec(plan, arena);
}

int plan_make(struct plan *plan, struct arena *arena, const struct sandbox *sandbox,
	      const struct host *host)
{
	int ret;

	*plan = (struct plan){ .sandbox = sandbox };
	ret = plan_host(plan, arena, host);
	plan->first[PHASE_BOX] = plan->count;
	if (ret == 0)
		ret = plan_box(plan, arena, host);
	plan->first[PHASE_LAST] = plan->count;
	if (ret == 0)
		ret = plan_last(plan, arena, host);
	plan->first[PHASE_COUNT] = plan->count;
	if (ret < 0)
		return ret;
	plan->record = CONFIG_RECORD ? record_compose(arena, plan) : "";
	return plan->record ? 0 : fail(ENOMEM, "plan");
}
