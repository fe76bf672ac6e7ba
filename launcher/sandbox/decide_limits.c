/* SPDX-License-Identifier: MIT */
/* How much an app may use: cgroup limits and resource limits. What cannot be enforced here is refused. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/text.h"
#include "sandbox/decide.h"

/* The kernel's own smallest quota is 1 ms in a period of 100 ms: a hundredth of a processor. */
enum { CPU_LEAST = 10, CPU_MOST = 1024 * 1000 };
/* Microseconds: the kernel's usual period and its bounds, kernel/sched/core.c. */
enum {
	CPU_PERIOD = 100000,
	QUOTA_LEAST = 1000,
	PERIOD_MOST = 1000000,
	QUOTA_MOST = 1024 * 1000000
};
enum { SHARES_LEAST = 2, SHARES_MOST = 262144 };
/* Less than this and not even exec succeeds; Docker's least is 6 MiB. */
enum { MEMORY_LEAST = 512 * 1024 };

static const struct {
	const char *name;
	int resource;
} resources[] = {
	{ "core", RLIMIT_CORE },         { "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA },         { "fsize", RLIMIT_FSIZE },
	{ "locks", RLIMIT_LOCKS },       { "memlock", RLIMIT_MEMLOCK },
	{ "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE },
	{ "nofile", RLIMIT_NOFILE },     { "nproc", RLIMIT_NPROC },
	{ "rss", RLIMIT_RSS },           { "rtprio", RLIMIT_RTPRIO },
	{ "rttime", RLIMIT_RTTIME },     { "sigpending", RLIMIT_SIGPENDING },
	{ "stack", RLIMIT_STACK },
};

/* What to do about a controller that is not there. */
static const char *const remedies[CONTROLLER_COUNT] = {
	[CONTROLLER_MEMORY] =
		"kernel with CONFIG_MEMCG, boot parameter cgroup_enable=memory on some boards",
	[CONTROLLER_CPU] = "kernel with CONFIG_CGROUP_SCHED and CONFIG_CFS_BANDWIDTH",
	[CONTROLLER_PIDS] = "kernel with CONFIG_CGROUP_PIDS",
	[CONTROLLER_CPUSET] = "kernel with CONFIG_CPUSETS",
	[CONTROLLER_IO] = "kernel with CONFIG_BLK_CGROUP",
};

int decide_controller(const struct host *host, enum controller controller, const char *option)
{
	if (!CONFIG_CGROUP)
		return fail(0, "--%s: not in this build (CONFIG_CGROUP)", option);
	if (host->controllers[controller].version == 0)
		return fail(0,
			    "--%s: no %s cgroup on this machine (mount cgroup2 on /sys/fs/cgroup; %s)",
			    option, controller_names[controller], remedies[controller]);
	return 0;
}

/* Docker's rule: as much swap again as memory. Without swap now, a kernel that could not limit it will do. */
static int decide_memory(struct limits *limits, const char *text, const struct host *host)
{
	int ret = text_size(&limits->memory, text);

	if (ret < 0 || limits->memory < MEMORY_LEAST)
		return fail(0, "--memory %s: expected a size of at least 512k, such as 16m", text);
	limits->swap = limits->memory;
	limits->swap_needed = host->swap != 0;
	return decide_controller(host, CONTROLLER_MEMORY, "memory");
}

/* Docker: memory and swap together; 0 is as if not given. */
static int decide_swap(struct limits *limits, const char *text)
{
	uint64_t both = 0;

	if (strcmp(text, "0") == 0)
		return 0;
	if (!limits->memory)
		return fail(0, "--memory-swap %s: give --memory too", text);
	if (strcmp(text, "-1") == 0) {
		limits->swap = SWAP_UNLIMITED;
		return 0;
	}
	if (text_size(&both, text) < 0)
		return fail(0,
			    "--memory-swap %s: expected a size of memory and swap together, such as 24m, or -1",
			    text);
	if (both < limits->memory)
		return fail(0, "--memory-swap %s: less than --memory, which it includes", text);
	limits->swap = both - limits->memory;
	limits->swap_needed = true;
	return 0;
}

static int decide_reservation(struct limits *limits, const char *text, const struct host *host)
{
	if (text_size(&limits->reservation, text) < 0 || !limits->reservation)
		return fail(0, "--memory-reservation %s: expected a size, such as 8m", text);
	if (limits->memory && limits->reservation > limits->memory)
		return fail(0, "--memory-reservation %s: more than --memory", text);
	return decide_controller(host, CONTROLLER_MEMORY, "memory-reservation");
}

static int decide_cpus(struct limits *limits, const char *text, const struct host *host)
{
	int ret = text_thousandths(&limits->cpu, text, CPU_MOST);

	if (ret < 0 || limits->cpu < CPU_LEAST)
		return fail(0, "--cpus %s: expected a number of processors from 0.01 on, such as 0.5",
			    text);
	limits->cpu_period = CPU_PERIOD;
	limits->cpu_quota = limits->cpu * CPU_PERIOD / 1000;
	return decide_controller(host, CONTROLLER_CPU, "cpus");
}

/* What --cpus says in one number. */
static int decide_quota(struct limits *limits, const struct request *request, const struct host *host)
{
	const char *quota = request->cpu_quota, *period = request->cpu_period;

	if (request->cpus)
		return fail(0, "--cpus says what --cpu-quota and --cpu-period say: give one of them");
	limits->cpu_period = CPU_PERIOD;
	if (period && (text_number(&limits->cpu_period, period, PERIOD_MOST) < 0 ||
		       limits->cpu_period < QUOTA_LEAST))
		return fail(0, "--cpu-period %s: expected 1000 to 1000000 microseconds", period);
	if (!quota)
		return fail(0, "--cpu-period %s: limits nothing without --cpu-quota", period);
	if (text_number(&limits->cpu_quota, quota, QUOTA_MOST) < 0 || limits->cpu_quota < QUOTA_LEAST)
		return fail(0, "--cpu-quota %s: expected microseconds of each period, from 1000 on",
			    quota);
	limits->cpu = limits->cpu_quota * 1000 / limits->cpu_period;
	if (limits->cpu < CPU_LEAST || limits->cpu > CPU_MOST)
		return fail(0, "--cpu-quota %s: expected a hundredth of the period to its 1024-fold",
			    quota);
	return decide_controller(host, CONTROLLER_CPU, "cpu-quota");
}

/* Docker: 0 is as if not given. */
static int decide_shares(struct limits *limits, const char *text, const struct host *host)
{
	if (strcmp(text, "0") == 0)
		return 0;
	if (text_number(&limits->cpu_shares, text, SHARES_MOST) < 0 ||
	    limits->cpu_shares < SHARES_LEAST)
		return fail(0, "--cpu-shares %s: expected 2 to 262144; others have 1024", text);
	return decide_controller(host, CONTROLLER_CPU, "cpu-shares");
}

static int decide_pids(struct limits *limits, const char *text, const struct host *host)
{
	/* Docker: 0 and -1 mean no limit. */
	if (strcmp(text, "-1") == 0 || strcmp(text, "0") == 0)
		return 0;
	if (text_number(&limits->pids, text, INT32_MAX) < 0)
		return fail(0, "--pids-limit %s: expected a number of processes, or -1 for no limit",
			    text);
	return decide_controller(host, CONTROLLER_PIDS, "pids-limit");
}

/* NUMBER or "unlimited"; a unit is not known to Docker here either. */
static int limit_value(uint64_t *out, const char *text)
{
	if (strcmp(text, "unlimited") == 0 || strcmp(text, "-1") == 0) {
		*out = RLIM_INFINITY;
		return 0;
	}
	return text_number(out, text, INT64_MAX);
}

static int decide_rlimit(struct limit *limit, struct arena *arena, const char *text)
{
	size_t length = strcspn(text, "="), i;
	const char *soft, *hard;

	for (i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		if (strlen(resources[i].name) == length &&
		    strncmp(resources[i].name, text, length) == 0)
			break;
	}
	if (i == sizeof(resources) / sizeof(resources[0]) || !text[length])
		return fail(0, "--ulimit %s: expected NAME=SOFT[:HARD], such as nofile=1024:2048",
			    text);
	limit->name = resources[i].name;
	limit->resource = resources[i].resource;
	soft = arena_copy(arena, text + length + 1, strcspn(text + length + 1, ":"));
	hard = strchr(text + length, ':') ? strchr(text + length, ':') + 1 : soft;
	if (!soft)
		return fail(ENOMEM, "--ulimit %s", text);
	if (limit_value(&limit->soft, soft) < 0 || limit_value(&limit->hard, hard) < 0)
		return fail(0, "--ulimit %s: expected a number or unlimited", text);
	if (limit->soft > limit->hard)
		return fail(0, "--ulimit %s: the soft limit is above the hard one", text);
	return 0;
}

static int decide_rlimits(struct sandbox *sandbox, struct arena *arena, const struct request *request)
{
	const struct texts *list = &request->ulimit;
	struct limit *limits;
	size_t i;

	if (!list->count)
		return 0;
	if (!CONFIG_RLIMIT)
		return fail(0, "--ulimit: not in this build (CONFIG_RLIMIT)");
	limits = arena_alloc(arena, list->count * sizeof(*limits));
	if (!limits)
		return fail(ENOMEM, "--ulimit");
	for (i = 0; i < list->count; i++) {
		int ret = decide_rlimit(&limits[i], arena, list->items[i]);

		if (ret < 0)
			return ret;
	}
	sandbox->rlimits = limits;
	sandbox->rlimit_count = list->count;
	return 0;
}

int decide_limits(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		  const struct host *host)
{
	struct limits *limits = &sandbox->limits;
	int ret = 0;

	if (request->memory)
		ret = decide_memory(limits, request->memory, host);
	if (ret == 0 && request->memory_swap)
		ret = decide_swap(limits, request->memory_swap);
	if (ret == 0 && request->memory_reservation)
		ret = decide_reservation(limits, request->memory_reservation, host);
	if (ret == 0 && (request->cpu_quota || request->cpu_period))
		ret = decide_quota(limits, request, host);
	if (ret == 0 && request->cpus)
		ret = decide_cpus(limits, request->cpus, host);
	if (ret == 0 && request->cpu_shares)
		ret = decide_shares(limits, request->cpu_shares, host);
	if (ret == 0 && request->pids_limit)
		ret = decide_pids(limits, request->pids_limit, host);
	if (ret == 0)
		ret = decide_rlimits(sandbox, arena, request);
	return ret;
}
