/* SPDX-License-Identifier: MIT */
/* Turn the policy's table into a filter for the capabilities that a sandbox keeps.
 *
 * Only the instructions that the kernel can evaluate ahead (loads of arch and number, compares,
 * returns) decide about calls without argument checks: since 5.11 it then answers them from a
 * bitmap and runs no filter at all. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>

#include "sandbox/seccomp.h"
#include "seccomp_table.h"

/* Odd numbers that a leaf tests one by one: more makes the filter shorter, and longer to walk through. */
enum { LEAF_ODD = 2 };

enum { RANGES = sizeof(seccomp_ranges) / sizeof(*seccomp_ranges) };
enum { VALUES = sizeof(seccomp_values) / sizeof(*seccomp_values) };

/* The filter grows from its end to its start, because jumps only lead forward: what is jumped to is there. */
struct builder {
	struct sock_filter *out;
	uint64_t caps;
	size_t at;                      /* of the first instruction so far */
	size_t target[SECCOMP_ACTIONS]; /* where each action's instructions begin */
	bool full;
};

/* Neighbouring ranges that share one action, but for at most LEAF_ODD numbers. */
struct leaf {
	uint16_t from, end;
	uint16_t action;
};

static size_t emit_jump(struct builder *b, unsigned int code, uint32_t k, size_t yes, size_t no)
{
	if (b->at == 0) {
		b->full = true;
		return 0;
	}
	b->at--;
	b->out[b->at] = (struct sock_filter){
		.code = (uint16_t)(BPF_JMP | BPF_K | code),
		.jt = (uint8_t)(yes - b->at - 1),
		.jf = (uint8_t)(no - b->at - 1),
		.k = k,
	};
	return b->at;
}

static size_t emit(struct builder *b, unsigned int code, uint32_t k)
{
	size_t at = emit_jump(b, 0, k, b->at, b->at);

	b->out[at].code = (uint16_t)code;
	return at;
}

static size_t emit_load(struct builder *b, size_t offset)
{
	return emit(b, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

/* The low half of a 64-bit argument. */
static size_t argument_offset(unsigned int argument)
{
	size_t low = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof(uint32_t) : 0;

	return offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t) + low;
}

static size_t emit_check(struct builder *b, const struct seccomp_check *check, const uint32_t *values)
{
	bool hit_allows = check->rule == SECCOMP_ONE_OF;
	size_t hit = b->target[hit_allows ? SECCOMP_ALLOW : SECCOMP_DENY];
	size_t next = b->target[hit_allows ? SECCOMP_DENY : SECCOMP_ALLOW];
	unsigned int i;

	for (i = check->count; i > 0; i--)
		next = emit_jump(b, check->rule == SECCOMP_NO_BITS ? BPF_JSET : BPF_JEQ,
				 values[i - 1], hit, next);
	return emit_load(b, argument_offset(check->argument));
}

/* What each action ends in. Returns where a call of another instruction set ends. */
static size_t emit_targets(struct builder *b)
{
	const uint32_t *values = seccomp_values + VALUES;
	size_t kill = emit(b, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	size_t odd;
	unsigned int i;

	b->target[SECCOMP_ALLOW] = emit(b, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	b->target[SECCOMP_DENY] = emit(b, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	b->target[SECCOMP_ENOSYS] = emit(b, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
	b->target[SECCOMP_BEYOND] = b->target[SECCOMP_ENOSYS];
	if (SECCOMP_HAS_X32) {
		/* -1 is no x32 call: a tracer's way of skipping one. */
		odd = emit_jump(b, BPF_JEQ, UINT32_MAX, b->target[SECCOMP_ENOSYS], kill);
		b->target[SECCOMP_BEYOND] =
			emit_jump(b, BPF_JGE, 0x40000000, odd, b->target[SECCOMP_ENOSYS]);
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

static uint32_t range_first(size_t i)
{
	return seccomp_ranges[i].first;
}

static uint32_t range_width(size_t i)
{
	return i + 1 < RANGES ? range_first(i + 1) - range_first(i) : UINT32_MAX;
}

static struct leaf leaf_try(const struct builder *b, size_t from, unsigned int action)
{
	size_t end;
	uint32_t odd = 0;

	for (end = from; end < RANGES; end++) {
		if (range_action(b, end) == action)
			continue;
		if (range_width(end) > LEAF_ODD - odd)
			break;
		odd += range_width(end);
	}
	return (struct leaf){ (uint16_t)from, (uint16_t)end, (uint16_t)action };
}

/* The longest leaf that starts with range FROM. */
static struct leaf leaf_make(const struct builder *b, size_t from)
{
	struct leaf leaf = leaf_try(b, from, range_action(b, from)), other;

	if (from + 1 < RANGES) {
		other = leaf_try(b, from, range_action(b, from + 1));
		if (other.end > leaf.end)
			return other;
	}
	return leaf;
}

static size_t emit_leaf(struct builder *b, const struct leaf *leaf)
{
	size_t next = b->target[leaf->action], i;
	uint32_t n;

	for (i = leaf->end; i > leaf->from; i--) {
		unsigned int action = range_action(b, i - 1);

		if (action == leaf->action)
			continue;
		for (n = range_width(i - 1); n > 0; n--)
			next = emit_jump(b, BPF_JEQ, range_first(i - 1) + n - 1, b->target[action],
					 next);
	}
	return next;
}

/* A balanced tree of compares over COUNT leaves. */
static size_t emit_tree(struct builder *b, const struct leaf *leaves, size_t count)
{
	size_t middle = count / 2, low, high;

	if (count == 1)
		return emit_leaf(b, leaves);
	high = emit_tree(b, leaves + middle, count - middle);
	low = emit_tree(b, leaves, middle);
	return emit_jump(b, BPF_JGE, range_first(leaves[middle].from), high, low);
}

int seccomp_build(struct sock_filter *out, size_t max, uint64_t caps)
{
	size_t end = max < SECCOMP_MAX ? max : SECCOMP_MAX;
	struct builder b = { .out = out, .caps = caps, .at = end };
	struct leaf leaves[RANGES];
	size_t count = 0, from = 0, kill, root;

	if (end == 0)
		return -E2BIG;
	if (has(&b, CAP_SYS_PTRACE))
		b.caps |= SECCOMP_TRACEABLE;
	kill = emit_targets(&b);
	while (from < RANGES) {
		leaves[count] = leaf_make(&b, from);
		from = leaves[count++].end;
	}
	root = emit_tree(&b, leaves, count);
	if (root != b.at)
		return -E2BIG;
	emit_load(&b, offsetof(struct seccomp_data, nr));
	emit_jump(&b, BPF_JEQ, SECCOMP_ARCH, b.at, kill);
	emit_load(&b, offsetof(struct seccomp_data, arch));
	if (b.full)
		return -E2BIG;
	memmove(out, out + b.at, (end - b.at) * sizeof(*out));
	return (int)(end - b.at);
}
