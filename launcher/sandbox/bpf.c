/* SPDX-License-Identifier: MIT */
/* Writes seccomp programs backwards, with a search tree over the numbers of calls.
 *
 * Only the instructions that the kernel can evaluate ahead (loads of arch and number, compares,
 * returns) decide about calls without argument checks: since 5.11 it then answers them from a
 * bitmap and runs no filter at all. */
#include <linux/seccomp.h>

#include "sandbox/bpf.h"

/* Odd numbers that a leaf tests one by one: more makes the filter shorter, and longer to walk through. */
enum { LEAF_ODD = 2 };

/* What the 8 bits of a compare's two distances reach. */
enum { REACH = 255 };

size_t bpf_emit(struct bpf *bpf, unsigned int code, uint32_t k)
{
	if (bpf->at == 0) {
		bpf->full = true;
		return 0;
	}
	bpf->at--;
	bpf->out[bpf->at] = (struct sock_filter){ .code = (uint16_t)code, .k = k };
	return bpf->at;
}

static bool is_near(const struct bpf *bpf, size_t target, size_t reach)
{
	return target - bpf->at <= reach;
}

/* A place near enough that ends like TARGET: itself, the same answer nearby, or a new jump there. */
static size_t stand_in(struct bpf *bpf, size_t target)
{
	/* Two instructions may come between: the other side's stand-in, and the compare itself. */
	const size_t reach = REACH - 2;
	size_t i;

	if (bpf->full || is_near(bpf, target, reach))
		return target;
	if (bpf->out[target].code != (BPF_RET | BPF_K))
		return bpf_emit(bpf, BPF_JMP | BPF_JA, (uint32_t)(target - bpf->at));
	for (i = bpf->at; is_near(bpf, i, reach); i++) {
		if (bpf->out[i].code == (BPF_RET | BPF_K) && bpf->out[i].k == bpf->out[target].k)
			return i;
	}
	return bpf_emit(bpf, BPF_RET | BPF_K, bpf->out[target].k);
}

size_t bpf_jump(struct bpf *bpf, unsigned int code, uint32_t k, size_t yes, size_t no)
{
	size_t at;

	yes = stand_in(bpf, yes);
	no = stand_in(bpf, no);
	at = bpf_emit(bpf, BPF_JMP | BPF_K | code, k);
	if (bpf->full)
		return 0;
	bpf->out[at].jt = (uint8_t)(yes - at - 1);
	bpf->out[at].jf = (uint8_t)(no - at - 1);
	return at;
}

size_t bpf_load(struct bpf *bpf, size_t offset)
{
	return bpf_emit(bpf, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static size_t argument_offset(unsigned int argument)
{
	return offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t);
}

size_t bpf_low(unsigned int argument)
{
	return argument_offset(argument) +
	       (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof(uint32_t) : 0);
}

size_t bpf_high(unsigned int argument)
{
	return argument_offset(argument) +
	       (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 0 : sizeof(uint32_t));
}

struct tree {
	struct bpf *bpf;
	const struct bpf_range *ranges;
	size_t count;
};

static uint32_t range_width(const struct tree *tree, size_t i)
{
	if (i + 1 == tree->count)
		return UINT32_MAX;
	return tree->ranges[i + 1].first - tree->ranges[i].first;
}

static struct bpf_leaf leaf_try(const struct tree *tree, size_t from, uint32_t target)
{
	size_t end;
	uint32_t odd = 0;

	for (end = from; end < tree->count; end++) {
		if (tree->ranges[end].target == target)
			continue;
		if (range_width(tree, end) > LEAF_ODD - odd)
			break;
		odd += range_width(tree, end);
	}
	return (struct bpf_leaf){ (uint16_t)from, (uint16_t)end, target };
}

/* The longest leaf that starts with range FROM. */
static struct bpf_leaf leaf_make(const struct tree *tree, size_t from)
{
	struct bpf_leaf leaf = leaf_try(tree, from, tree->ranges[from].target), other;

	if (from + 1 < tree->count) {
		other = leaf_try(tree, from, tree->ranges[from + 1].target);
		if (other.end > leaf.end)
			return other;
	}
	return leaf;
}

static size_t emit_leaf(const struct tree *tree, const struct bpf_leaf *leaf)
{
	size_t next = leaf->target, i;
	uint32_t n;

	for (i = leaf->end; i > leaf->from; i--) {
		const struct bpf_range *range = &tree->ranges[i - 1];

		if (range->target == leaf->target)
			continue;
		for (n = range_width(tree, i - 1); n > 0; n--)
			next = bpf_jump(tree->bpf, BPF_JEQ, range->first + n - 1, range->target,
					next);
	}
	return next;
}

static size_t emit_tree(const struct tree *tree, const struct bpf_leaf *leaves, size_t count)
{
	size_t middle = count / 2, low, high;

	if (count == 1)
		return emit_leaf(tree, leaves);
	high = emit_tree(tree, leaves + middle, count - middle);
	low = emit_tree(tree, leaves, middle);
	return bpf_jump(tree->bpf, BPF_JGE, tree->ranges[leaves[middle].from].first, high, low);
}

size_t bpf_tree(struct bpf *bpf, const struct bpf_range *ranges, size_t count, struct bpf_leaf *leaves)
{
	const struct tree tree = { bpf, ranges, count };
	size_t from = 0, leaf_count = 0;

	while (from < count) {
		leaves[leaf_count] = leaf_make(&tree, from);
		from = leaves[leaf_count++].end;
	}
	return emit_tree(&tree, leaves, leaf_count);
}
