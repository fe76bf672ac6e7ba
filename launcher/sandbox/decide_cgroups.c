/* SPDX-License-Identifier: MIT */
/* Which cgroups an app needs for its limits, and where they are. */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "sandbox/decide.h"
#include "sandbox/state.h"

enum { PARENT_MOST = 200 };

/* A path of names, below the root of each hierarchy. A sandbox's own is not to be had: it goes with that one. */
static const char *parent_decide(struct arena *arena, const char *text)
{
	struct string path = { 0 };
	const char *rest = text;

	while (*(rest += strspn(rest, "/"))) {
		size_t length = strcspn(rest, "/");
		const char *name = arena_copy(arena, rest, length);

		if (name && !text_is_name(name))
			break;
		string_add(arena, &path, "%s%s", path.length ? "/" : "", name ? name : "");
		rest += length;
	}
	if (arena->failed)
		fail(ENOMEM, "--cgroup-parent");
	else if (*rest || !path.text || path.length > PARENT_MOST)
		fail(0,
		     "--cgroup-parent %s: expected names of letters, digits, _ . - with / between them",
		     text);
	else if (strncmp(path.text, STATE_CGROUP, sizeof(STATE_CGROUP) - 1) == 0)
		fail(0, "--cgroup-parent %s: that is a cgroup of another sandbox", text);
	else
		return path.text;
	return NULL;
}

int decide_cgroups(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		   const struct host *host)
{
	const struct limits *limits = &sandbox->limits;
	const bool wanted[CONTROLLER_COUNT] = {
		[CONTROLLER_MEMORY] = limits->memory || limits->reservation,
		[CONTROLLER_CPU] = limits->cpu || limits->cpu_shares,
		[CONTROLLER_PIDS] = limits->pids || !(sandbox->namespaces & CLONE_NEWPID),
		[CONTROLLER_CPUSET] = limits->cpus || limits->nodes,
		[CONTROLLER_IO] = limits->io_weight || limits->throttle_count,
	};
	const char *parent = request->cgroup_parent;
	bool any = false;
	size_t i;

	if (parent && !CONFIG_CGROUP)
		return fail(0, "--cgroup-parent: not in this build (CONFIG_CGROUP)");
	sandbox->cgroup_parent = parent ? parent_decide(arena, parent) : NULL;
	if (parent && !sandbox->cgroup_parent)
		return -EINVAL;
	for (i = 0; i < CONTROLLER_COUNT; i++) {
		/* Below a parent with limits of its own, all of them are to hold. */
		if (!wanted[i] && (!parent || !host->controllers[i].version))
			continue;
		sandbox->cgroups[i] = arena_print(arena, "%s/%s%s%s", host->controllers[i].path,
						  parent ? sandbox->cgroup_parent : STATE_CGROUP,
						  parent ? "/" : "", sandbox->name);
		any = true;
	}
	if (parent && !any)
		return fail(0, "--cgroup-parent %s: no cgroups on this machine", parent);
	return arena->failed ? fail(ENOMEM, "cgroups") : 0;
}
