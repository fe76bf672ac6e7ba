/* SPDX-License-Identifier: MIT */
/* Writing a seccomp program: from its end to its start, because jumps only lead forward. */
#ifndef SANDBOX_BPF_H
#define SANDBOX_BPF_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The program so far is out[at] to the end of OUT. Once FULL, nothing more is written and the program is useless. */
struct bpf {
	struct sock_filter *out;
	size_t at;
	bool full;
};

/* From this number to the first of the next range, a call ends at instruction TARGET. */
struct bpf_range {
	uint32_t first, target;
};

/* Neighbouring ranges that a few compares tell apart; room for the tree to work in. */
struct bpf_leaf {
	uint16_t from, end;
	uint32_t target;
};

/* Put one instruction before the program; it goes on with what was first so far. Returns its place. */
size_t bpf_emit(struct bpf *bpf, unsigned int code, uint32_t k);
/* Put a compare before the program that leads to YES or NO, however far they are. Returns its
 * place, which is where to jump to. */
size_t bpf_jump(struct bpf *bpf, unsigned int code, uint32_t k, size_t yes, size_t no);
/* Load 32 bits of struct seccomp_data, then go on. */
size_t bpf_load(struct bpf *bpf, size_t offset);
/* Where in struct seccomp_data the low or the high half of ARGUMENT is. */
size_t bpf_low(unsigned int argument);
size_t bpf_high(unsigned int argument);
/* A balanced tree of compares over COUNT ranges in the order of their numbers, the first of which begins with 0;
 * LEAVES is room for COUNT of them. Returns where it begins; the number must be loaded by then. */
size_t bpf_tree(struct bpf *bpf, const struct bpf_range *ranges, size_t count,
		struct bpf_leaf *leaves);

#endif
