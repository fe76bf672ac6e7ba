/* SPDX-License-Identifier: MIT */
/* The steps that make the app's cgroups and set their limits, on cgroup v2, v1, or each where it is. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "sandbox/plan_parts.h"
#include "sandbox/step.h"

/* Microseconds: the kernel's default period for processor quotas. */
enum { CPU_PERIOD = 100000 };

static int control(struct plan *plan, struct arena *arena, const char *directory, const char *file,
		   const char *value)
{
	const struct step step = { .kind = STEP_CONTROL,
				   .target = arena_print(arena, "%s/%s", directory, file),
				   .data = value };

	return step.target && value ? plan_add(plan, arena, &step) : fail(ENOMEM, "plan");
}

/* DIRECTORY/davit, then DIRECTORY/davit/NAME. Returns the latter's path, or NULL; *ret says why. */
static const char *cgroup_make(struct plan *plan, struct arena *arena, const char *directory,
			       const char *enable, int *ret)
{
	const char *parent = arena_print(arena, "%s/davit", directory);
	const char *own = arena_print(arena, "%s/davit/%s", directory, plan->sandbox->name);

	if (!parent || !own) {
		*ret = fail(ENOMEM, "plan");
		return NULL;
	}
	if (enable)
		*ret = control(plan, arena, directory, "cgroup.subtree_control", enable);
	if (*ret == 0)
		*ret = plan_add(plan, arena,
				&(struct step){
					.kind = STEP_CGROUP, .source = directory, .target = parent });
	if (*ret == 0 && enable)
		*ret = control(plan, arena, parent, "cgroup.subtree_control", enable);
	if (*ret == 0)
		*ret = plan_add(plan, arena,
				&(struct step){ .kind = STEP_CGROUP, .target = own, .flags = 1 });
	return *ret == 0 ? own : NULL;
}

/* v1's swap limit counts memory and swap together and must not be below the memory limit, which
 * therefore comes first. Where there is no swap space, its control files may be missing and nothing
 * needs to be limited. */
static int limit_memory(struct plan *plan, struct arena *arena, const char *own,
			unsigned int version, const struct limits *limits)
{
	const char *memory = arena_print(arena, "%" PRIu64, limits->memory);
	const char *swap = arena_print(arena, "%" PRIu64,
				       version == 2 ? limits->swap : limits->memory + limits->swap);
	int ret = control(plan, arena, own, version == 2 ? "memory.max" : "memory.limit_in_bytes",
			  memory);

	if (ret == 0 && limits->swap)
		ret = control(plan, arena, own,
			      version == 2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes", swap);
	return ret;
}

static int limit_cpu(struct plan *plan, struct arena *arena, const char *own, unsigned int version,
		     uint64_t cpu)
{
	const uint64_t quota = cpu * CPU_PERIOD / 1000;
	int ret;

	if (version == 2)
		return control(plan, arena, own, "cpu.max",
			       arena_print(arena, "%" PRIu64 " %d", quota, CPU_PERIOD));
	ret = control(plan, arena, own, "cpu.cfs_period_us", arena_print(arena, "%d", CPU_PERIOD));
	if (ret == 0)
		ret = control(plan, arena, own, "cpu.cfs_quota_us",
			      arena_print(arena, "%" PRIu64, quota));
	return ret;
}

static int limit_set(struct plan *plan, struct arena *arena, const char *own, unsigned int version,
		     enum controller controller)
{
	const struct limits *limits = &plan->sandbox->limits;

	if (controller == CONTROLLER_MEMORY)
		return limit_memory(plan, arena, own, version, limits);
	if (controller == CONTROLLER_CPU)
		return limit_cpu(plan, arena, own, version, limits->cpu);
	return control(plan, arena, own, "pids.max", arena_print(arena, "%" PRIu64, limits->pids));
}

/* Enabled for children, in one line: "+memory +pids". *directory is where the v2 hierarchy is mounted. */
static const char *enable_words(const char **directory, struct arena *arena, const uint64_t *wanted,
				const struct host *host)
{
	const char *words = NULL;
	size_t i;

	for (i = 0; i < CONTROLLER_COUNT; i++) {
		if (!wanted[i] || host->controllers[i].version != 2)
			continue;
		*directory = host->controllers[i].path;
		words = arena_print(arena, "%s%s+%s", words ? words : "", words ? " " : "",
				    controller_names[i]);
	}
	return words;
}

/* The number of an earlier controller whose v1 hierarchy is the same as that of number I, or I. */
static size_t same_hierarchy(const struct host *host, const uint64_t *wanted, size_t i)
{
	size_t earlier;

	for (earlier = 0; earlier < i; earlier++) {
		if (wanted[earlier] &&
		    strcmp(host->controllers[earlier].path, host->controllers[i].path) == 0)
			return earlier;
	}
	return i;
}

int plan_cgroups(struct plan *plan, struct arena *arena, const struct host *host)
{
	const struct limits *limits = &plan->sandbox->limits;
	const uint64_t wanted[CONTROLLER_COUNT] = {
		[CONTROLLER_MEMORY] = limits->memory, [CONTROLLER_CPU] = limits->cpu, [CONTROLLER_PIDS] = limits->pids
	};
	const char **own = plan->cgroups, *directory = NULL, *own2 = NULL;
	const char *enable = enable_words(&directory, arena, wanted, host);
	size_t i, same;
	int ret = 0;

	if (directory)
		own2 = cgroup_make(plan, arena, directory, enable, &ret);
	for (i = 0; i < CONTROLLER_COUNT && ret == 0; i++) {
		const struct host_controller *controller = &host->controllers[i];

		if (!wanted[i])
			continue;
		same = same_hierarchy(host, wanted, i);
		own[i] = controller->version == 2 ? own2 : same < i ? own[same] : NULL;
		if (!own[i])
			own[i] = cgroup_make(plan, arena, controller->path, NULL, &ret);
		if (ret == 0)
			ret = limit_set(plan, arena, own[i], controller->version, (enum controller)i);
	}
	return ret == 0 && arena->failed ? fail(ENOMEM, "plan") : ret;
}
