/* SPDX-License-Identifier: MIT */
/* The steps that make the app's cgroups and set their limits, on cgroup v2, v1, or each where it is. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "sandbox/plan_parts.h"
#include "sandbox/step.h"

/* A control file in each version, and what of the kernel brings it. */
struct control {
	const char *v2, *v1, *option;
};

static const struct control memory_limit = { "memory.max", "memory.limit_in_bytes", "CONFIG_MEMCG" };
static const struct control swap_limit = {
	"memory.swap.max", "memory.memsw.limit_in_bytes",
	"CONFIG_SWAP, CONFIG_MEMCG_SWAP before Linux 6.1, or boot parameter swapaccount=1"
};
static const struct control reservation = { "memory.low", "memory.soft_limit_in_bytes",
					    "CONFIG_MEMCG" };
static const struct control cpu_period = { NULL, "cpu.cfs_period_us", "CONFIG_CFS_BANDWIDTH" };
static const struct control cpu_quota = { "cpu.max", "cpu.cfs_quota_us", "CONFIG_CFS_BANDWIDTH" };
static const struct control cpu_shares = { "cpu.weight", "cpu.shares", "CONFIG_FAIR_GROUP_SCHED" };
static const struct control pids_limit = { "pids.max", "pids.max", "CONFIG_CGROUP_PIDS" };
static const struct control cpus = { "cpuset.cpus", "cpuset.cpus", "CONFIG_CPUSETS" };
static const struct control nodes = { "cpuset.mems", "cpuset.mems", "CONFIG_CPUSETS" };

/* By enum throttle_kind: the key in io.max, and the file of v1. */
static const struct control throttles[] = {
	[THROTTLE_READ_BPS] = { "rbps", "blkio.throttle.read_bps_device", NULL },
	[THROTTLE_WRITE_BPS] = { "wbps", "blkio.throttle.write_bps_device", NULL },
	[THROTTLE_READ_IOPS] = { "riops", "blkio.throttle.read_iops_device", NULL },
	[THROTTLE_WRITE_IOPS] = { "wiops", "blkio.throttle.write_iops_device", NULL },
};

/* What the steps of one cgroup go to. */
struct cgroup_plan {
	struct plan *plan;
	struct arena *arena;
	const char *own; /* the app's cgroup */
	unsigned int version;
};

static const char *text_of(struct arena *arena, uint64_t number)
{
	return arena_print(arena, "%" PRIu64, number);
}

static int step_add(const struct cgroup_plan *cgroup, struct step step, const char *file)
{
	step.target = arena_print(cgroup->arena, "%s/%s", cgroup->own, file);
	return step.target && !cgroup->arena->failed ? plan_add(cgroup->plan, cgroup->arena, &step) :
						       fail(ENOMEM, "plan");
}

static int control_add(const struct cgroup_plan *cgroup, const struct control *control,
		       const char *value)
{
	const struct step step = { .kind = STEP_CONTROL, .data = value, .type = control->option };

	return step_add(cgroup, step, cgroup->version == 2 ? control->v2 : control->v1);
}

static int enable_add(struct plan *plan, struct arena *arena, const char *directory,
		      const char *enable)
{
	const struct cgroup_plan cgroup = { plan, arena, directory, 2 };
	const struct step step = { .kind = STEP_CONTROL, .data = enable };

	return enable ? step_add(&cgroup, step, "cgroup.subtree_control") : 0;
}

/* v1: a new cpuset has nothing, and so has nobody in it, until it is told. */
static int inherit_add(struct plan *plan, struct arena *arena, const char *directory,
		       const struct limits *limits)
{
	const struct cgroup_plan cgroup = { plan, arena, directory, 1 };
	const struct step step = { .kind = STEP_INHERIT };
	int ret = 0;

	if (!limits->cpus)
		ret = step_add(&cgroup, step, cpus.v1);
	if (ret == 0 && !limits->nodes)
		ret = step_add(&cgroup, step, nodes.v1);
	return ret;
}

/* The cgroups of the path from the hierarchy's root down to the app's own, which they are all made
 * for where they are missing. ENABLE: what v2 is to control below each. */
static int cgroups_make(struct plan *plan, struct arena *arena, enum controller controller,
			const struct host_controller *where, const char *enable)
{
	static const struct limits none = { 0 };
	const struct sandbox *sandbox = plan->sandbox;
	const char *own = sandbox->cgroups[controller], *end = own + strlen(where->path);
	const bool cpuset1 = where->version == 1 && controller == CONTROLLER_CPUSET;
	int ret = enable_add(plan, arena, where->path, enable);

	while (ret == 0 && (end = strchr(end + 1, '/'))) {
		const struct step step = { .kind = STEP_CGROUP,
					   .target = arena_copy(arena, own, (size_t)(end - own)) };

		ret = step.target ? plan_add(plan, arena, &step) : fail(ENOMEM, "plan");
		if (ret == 0 && cpuset1)
			ret = inherit_add(plan, arena, step.target, &none);
		if (ret == 0)
			ret = enable_add(plan, arena, step.target, enable);
	}
	if (ret == 0)
		ret = plan_add(plan, arena,
			       &(struct step){ .kind = STEP_CGROUP, .target = own, .flags = 1 });
	return ret == 0 && cpuset1 ? inherit_add(plan, arena, own, &sandbox->limits) : ret;
}

/* v1's swap limit counts memory and swap together and must not be below the memory limit, which
 * therefore comes first. Where there is no swap now, there may be later, if the kernel can at all. */
static int limit_memory(const struct cgroup_plan *cgroup, const struct limits *limits)
{
	struct arena *arena = cgroup->arena;
	const uint64_t swap = cgroup->version == 2 ? limits->swap : limits->memory + limits->swap;
	const struct step step = { .kind = STEP_CONTROL_IF_THERE, .data = text_of(arena, swap) };
	int ret = 0;

	if (limits->memory)
		ret = control_add(cgroup, &memory_limit, text_of(arena, limits->memory));
	if (ret == 0 && limits->memory && limits->swap != SWAP_UNLIMITED)
		ret = limits->swap_needed ?
			      control_add(cgroup, &swap_limit, step.data) :
			      step_add(cgroup, step,
				       cgroup->version == 2 ? swap_limit.v2 : swap_limit.v1);
	if (ret == 0 && limits->reservation)
		ret = control_add(cgroup, &reservation, text_of(arena, limits->reservation));
	return ret;
}

static int limit_cpu(const struct cgroup_plan *cgroup, const struct limits *limits)
{
	struct arena *arena = cgroup->arena;
	/* Both ranges on one another, as runc and systemd have it: 2 is 1, 1024 is 39, 262144 is 10000. */
	const uint64_t weight = cgroup->version == 2 && limits->cpu_shares ?
					1 + (limits->cpu_shares - 2) * 9999 / 262142 :
					limits->cpu_shares;
	int ret = 0;

	if (limits->cpu && cgroup->version == 2)
		ret = control_add(cgroup, &cpu_quota,
				  arena_print(arena, "%" PRIu64 " %" PRIu64, limits->cpu_quota,
					      limits->cpu_period));
	if (limits->cpu && cgroup->version == 1) {
		ret = control_add(cgroup, &cpu_period, text_of(arena, limits->cpu_period));
		if (ret == 0)
			ret = control_add(cgroup, &cpu_quota, text_of(arena, limits->cpu_quota));
	}
	return ret == 0 && weight ? control_add(cgroup, &cpu_shares, text_of(arena, weight)) : ret;
}

static int limit_pids(const struct cgroup_plan *cgroup, const struct limits *limits)
{
	return limits->pids ? control_add(cgroup, &pids_limit, text_of(cgroup->arena, limits->pids)) :
			      0;
}

/* v2 takes any list and uses what of it the cgroup above has, or all: so it is read back. */
static int limit_set(const struct cgroup_plan *cgroup, const struct control *control,
		     const char *list, const char *effective)
{
	const struct step step = { .kind = STEP_CONTROL,
				   .data = list,
				   .type = control->option,
				   .source = cgroup->version == 2 ?
						     arena_print(cgroup->arena, "%s/%s",
								 cgroup->own, effective) :
						     NULL };

	return list ? step_add(cgroup, step, control->v2) : 0;
}

static int limit_cpuset(const struct cgroup_plan *cgroup, const struct limits *limits)
{
	int ret = limit_set(cgroup, &cpus, limits->cpus, "cpuset.cpus.effective");

	return ret == 0 ? limit_set(cgroup, &nodes, limits->nodes, "cpuset.mems.effective") : ret;
}

/* Two kinds of schedulers have weights; a kernel has the file of the one, the other, or none. */
static int limit_weight(const struct cgroup_plan *cgroup, uint64_t weight)
{
	const bool v2 = cgroup->version == 2;
	struct arena *arena = cgroup->arena;
	const struct step step = {
		.kind = STEP_WEIGHT,
		.data = text_of(arena, v2 ? 1 + (weight - 10) * 9999 / 990 : weight),
		.source = arena_print(arena, "%s/%s", cgroup->own,
				      v2 ? "io.bfq.weight" : "blkio.bfq.weight"),
		.type = text_of(arena, weight),
	};

	return step_add(cgroup, step, v2 ? "io.weight" : "blkio.weight");
}

static int limit_io(const struct cgroup_plan *cgroup, const struct limits *limits)
{
	size_t i;
	int ret = limits->io_weight ? limit_weight(cgroup, limits->io_weight) : 0;

	for (i = 0; i < limits->throttle_count && ret == 0; i++) {
		const struct throttle *throttle = &limits->throttles[i];
		const struct step step = { .kind = STEP_THROTTLE,
					   .source = throttle->source,
					   .type = throttles[throttle->kind].v2,
					   .flags = cgroup->version,
					   .numbers = { throttle->rate } };

		ret = step_add(cgroup, step,
			       cgroup->version == 2 ? "io.max" : throttles[throttle->kind].v1);
	}
	return ret;
}

/* Enabled for children, in one line: "+memory +pids". *first is a controller of the v2 hierarchy, or left. */
static const char *enable_words(size_t *first, struct arena *arena, const struct sandbox *sandbox,
				const struct host *host)
{
	const char *words = NULL;
	size_t i = CONTROLLER_COUNT;

	while (i-- > 0) {
		if (!sandbox->cgroups[i] || host->controllers[i].version != 2)
			continue;
		*first = i;
		words = arena_print(arena, "+%s%s%s", controller_names[i], words ? " " : "",
				    words ? words : "");
	}
	return words;
}

/* No controller before number N of ORDER has the same cgroup. */
static bool is_first(const struct sandbox *sandbox, const size_t *order, size_t n)
{
	const char *own = sandbox->cgroups[order[n]];
	size_t i = 0;

	while (!sandbox->cgroups[order[i]] || strcmp(sandbox->cgroups[order[i]], own) != 0)
		i++;
	return i == n;
}

int plan_cgroups(struct plan *plan, struct arena *arena, const struct host *host)
{
	static int (*const set[CONTROLLER_COUNT])(const struct cgroup_plan *,
						  const struct limits *) = {
		[CONTROLLER_MEMORY] = limit_memory,
		[CONTROLLER_CPU] = limit_cpu,
		[CONTROLLER_PIDS] = limit_pids,
		[CONTROLLER_CPUSET] = CONFIG_CPUSET ? limit_cpuset : NULL,
		[CONTROLLER_IO] = CONFIG_BLOCK_IO ? limit_io : NULL,
	};
	/* The one that can end what is in it comes last, so that it is undone first. */
	static const size_t order[CONTROLLER_COUNT] = { CONTROLLER_MEMORY, CONTROLLER_CPU,
							CONTROLLER_CPUSET, CONTROLLER_IO,
							CONTROLLER_PIDS };
	const struct sandbox *sandbox = plan->sandbox;
	size_t first2 = 0, n;
	const char *enable = enable_words(&first2, arena, sandbox, host);
	int ret = 0;

	if (enable)
		ret = cgroups_make(plan, arena, (enum controller)first2, &host->controllers[first2],
				   enable);
	for (n = 0; n < CONTROLLER_COUNT && ret == 0; n++) {
		const size_t i = order[n];
		const struct host_controller *where = &host->controllers[i];
		const struct cgroup_plan cgroup = { plan, arena, sandbox->cgroups[i], where->version };

		if (!cgroup.own)
			continue;
		if (where->version == 1 && is_first(sandbox, order, n))
			ret = cgroups_make(plan, arena, (enum controller)i, where, NULL);
		if (ret == 0 && set[i])
			ret = set[i](&cgroup, &sandbox->limits);
	}
	return ret == 0 && arena->failed ? fail(ENOMEM, "plan") : ret;
}
