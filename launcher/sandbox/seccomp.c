/* SPDX-License-Identifier: MIT */
/* Turn the policy's table into a filter for the capabilities that a sandbox keeps. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>

#include "sandbox/bpf.h"
#include "sandbox/seccomp.h"
#include "seccomp_table.h"

enum { RANGES = sizeof(seccomp_ranges) / sizeof(*seccomp_ranges) };
enum { VALUES = sizeof(seccomp_values) / sizeof(*seccomp_values) };

struct builder {
	struct bpf bpf;
	uint64_t caps;
	size_t target[SECCOMP_ACTIONS]; /* where each action's instructions begin */
};

static size_t emit_return(struct builder *b, uint32_t action)
{
	return bpf_emit(&b->bpf, BPF_RET | BPF_K, action);
}

static size_t emit_check(struct builder *b, const struct seccomp_check *check, const uint32_t *values)
{
	bool hit_allows = check->rule == SECCOMP_ONE_OF;
	size_t hit = b->target[hit_allows ? SECCOMP_ALLOW : SECCOMP_DENY];
	size_t next = b->target[hit_allows ? SECCOMP_DENY : SECCOMP_ALLOW];
	unsigned int i;

	for (i = check->count; i > 0; i--)
		next = bpf_jump(&b->bpf, check->rule == SECCOMP_NO_BITS ? BPF_JSET : BPF_JEQ,
				values[i - 1], hit, next);
	return bpf_load(&b->bpf, bpf_low(check->argument));
}

/* What each action ends in. Returns where a call of another instruction set ends. */
static size_t emit_targets(struct builder *b)
{
	const uint32_t *values = seccomp_values + VALUES;
	size_t kill = emit_return(b, SECCOMP_RET_KILL_PROCESS);
	size_t odd;
	unsigned int i;

	b->target[SECCOMP_ALLOW] = emit_return(b, SECCOMP_RET_ALLOW);
	b->target[SECCOMP_DENY] = emit_return(b, SECCOMP_RET_ERRNO | EPERM);
	b->target[SECCOMP_ENOSYS] = emit_return(b, SECCOMP_RET_ERRNO | ENOSYS);
	b->target[SECCOMP_BEYOND] = b->target[SECCOMP_ENOSYS];
	if (SECCOMP_HAS_X32) {
		/* -1 is no x32 call: a tracer's way of skipping one. */
		odd = bpf_jump(&b->bpf, BPF_JEQ, UINT32_MAX, b->target[SECCOMP_ENOSYS], kill);
		b->target[SECCOMP_BEYOND] =
			bpf_jump(&b->bpf, BPF_JGE, 0x40000000, odd, b->target[SECCOMP_ENOSYS]);
	}
	for (i = SECCOMP_CHECKS; i > 0; i--) {
		values -= seccomp_checks[i - 1].count;
		b->target[SECCOMP_CHECK + i - 1] = emit_check(b, &seccomp_checks[i - 1], values);
	}
	return kill;
}

static bool has(const struct builder *b, unsigned int capability)
{
	return capability < 64 && b->caps >> capability & 1;
}

/* A range's action in this sandbox. */
static unsigned int range_action(const struct builder *b, size_t i)
{
	const unsigned int action = seccomp_ranges[i].action;
	const unsigned int check = action - SECCOMP_CHECK;

	if (action < SECCOMP_CHECK)
		return action;
	if (check < sizeof(seccomp_checks) / sizeof(seccomp_checks[0]))
		return has(b, seccomp_checks[check].unless) ? SECCOMP_ALLOW : action;
	return has(b, action - SECCOMP_WITH) ? SECCOMP_ALLOW : SECCOMP_DENY;
}

int seccomp_build(struct sock_filter *out, size_t max, uint64_t caps)
{
	size_t end = max < SECCOMP_MAX ? max : SECCOMP_MAX;
	struct builder b = { .bpf = { .out = out, .at = end }, .caps = caps };
	struct bpf_range ranges[RANGES];
	struct bpf_leaf leaves[RANGES];
	size_t kill, root, i;

	if (has(&b, CAP_SYS_PTRACE))
		b.caps |= SECCOMP_TRACEABLE;
	kill = emit_targets(&b);
	for (i = 0; i < RANGES; i++)
		ranges[i] = (struct bpf_range){ seccomp_ranges[i].first,
						(uint32_t)b.target[range_action(&b, i)] };
	root = bpf_tree(&b.bpf, ranges, RANGES, leaves);
	if (root != b.bpf.at)
		return -E2BIG;
	bpf_load(&b.bpf, offsetof(struct seccomp_data, nr));
	bpf_jump(&b.bpf, BPF_JEQ, SECCOMP_ARCH, b.bpf.at, kill);
	bpf_load(&b.bpf, offsetof(struct seccomp_data, arch));
	if (b.bpf.full)
		return -E2BIG;
	memmove(out, out + b.bpf.at, (end - b.bpf.at) * sizeof(*out));
	return (int)(end - b.bpf.at);
}
