/* SPDX-License-Identifier: MIT */
/* The step that loads a system call filter: the default policy's, that of a file, or none. */
#include <errno.h>
#include <sched.h>

#include "base/log.h"
#include "config.h"
#include "sandbox/filter.h"
#include "sandbox/plan_parts.h"
#include "sandbox/seccomp.h"

/* From Linux 4.8 on, a tracer cannot get round the filter. */
enum { TRACEABLE_KERNEL = 4 << 16 | 8 };

static int plan_own_filter(struct plan *plan, struct arena *arena)
{
	const struct filter *filter = plan->sandbox->filter;
	const struct step step = { .kind = STEP_SECCOMP,
				   .flags = filter->flags,
				   .type = filter->flags ? "flags" : NULL,
				   .data = plan->sandbox->filter_file,
				   .numbers = { filter->count } };

	plan->filter = filter->code;
	plan->filter_count = filter->count;
	return plan_add(plan, arena, &step);
}

int plan_filter(struct plan *plan, struct arena *arena, const struct host *host)
{
	/* Among the machine's processes there may be some that it could take over. */
	const bool may_trace =
		host->kernel >= TRACEABLE_KERNEL && (plan->sandbox->namespaces & CLONE_NEWPID);
	const uint64_t traceable = may_trace ? SECCOMP_TRACEABLE : 0;
	struct step step = { .kind = STEP_SECCOMP, .data = "default policy" };
	struct sock_filter *filter;
	int count;

	if (!CONFIG_SECCOMP || plan->sandbox->unconfined)
		return 0;
	if (CONFIG_SECURITY_OPT && plan->sandbox->filter)
		return plan_own_filter(plan, arena);
	filter = arena_alloc(arena, SECCOMP_MAX * sizeof(*filter));
	if (!filter)
		return fail(ENOMEM, "seccomp policy");
	count = seccomp_build(filter, SECCOMP_MAX, plan->sandbox->capabilities | traceable);
	if (count < 0)
		return fail(-count, "seccomp policy");
	plan->filter = filter;
	plan->filter_count = (size_t)count;
	step.numbers[0] = (uint64_t)count;
	return plan_add(plan, arena, &step);
}

int plan_seccomp(struct plan *plan, struct arena *arena, const struct host *host)
{
	return plan->sandbox->new_privileges ? 0 : plan_filter(plan, arena, host);
}
