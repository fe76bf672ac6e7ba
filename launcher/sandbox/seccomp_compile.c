/* SPDX-License-Identifier: MIT */
/* From rules to a filter: a search tree over the calls, then the tests of each. */
#include <errno.h>
#include <linux/audit.h>
#include <string.h>

#include "base/log.h"
#include "sandbox/bpf.h"
#include "sandbox/seccomp_rules.h"

/* x32, the second ABI of x86_64, has the same AUDIT_ARCH_X86_64 and numbers from here on. */
enum { X32_BASE = 0x40000000 };

enum { RANGES_MAX = RULES_PLACES + 8 };

struct compiler {
	struct bpf bpf;
	const struct rules *rules;
	struct bpf_range *ranges;
	size_t count;
};

/* Where the answer ACTION is given: a place nearby, if there is one. */
static size_t answer(struct compiler *c, uint32_t action)
{
	size_t i;

	for (i = c->bpf.at; i < FILTER_MAX && i < c->bpf.at + 200; i++) {
		if (c->bpf.out[i].code == (BPF_RET | BPF_K) && c->bpf.out[i].k == action)
			return i;
	}
	return bpf_emit(&c->bpf, BPF_RET | BPF_K, action);
}

/* Load one half of an argument and mask it, for what comes first so far. */
static size_t emit_half(struct compiler *c, size_t offset, uint32_t mask)
{
	if (mask != UINT32_MAX)
		bpf_emit(&c->bpf, BPF_ALU | BPF_AND | BPF_K, mask);
	return bpf_load(&c->bpf, offset);
}

/* The 64 bits of an argument in two halves, the high one first: where that is equal, the low one decides. */
static size_t emit_test(struct compiler *c, const struct rule_test *test, size_t yes, size_t no)
{
	const uint32_t high = (uint32_t)(test->value >> 32), low = (uint32_t)test->value;
	const bool is_order = test->compare != RULE_EQ && test->compare != RULE_NE;
	unsigned int code = BPF_JEQ;
	size_t at, swap;

	/* NE, LT and LE are the opposites of EQ, GE and GT. */
	if (test->compare == RULE_NE || test->compare == RULE_LT || test->compare == RULE_LE) {
		swap = yes;
		yes = no;
		no = swap;
	}
	if (is_order)
		code = test->compare == RULE_GT || test->compare == RULE_LE ? BPF_JGT : BPF_JGE;
	bpf_jump(&c->bpf, code, low, yes, no);
	at = emit_half(c, bpf_low(test->argument), (uint32_t)test->mask);
	at = bpf_jump(&c->bpf, BPF_JEQ, high, at, no);
	if (is_order)
		bpf_jump(&c->bpf, BPF_JGT, high, yes, at);
	return emit_half(c, bpf_high(test->argument), (uint32_t)(test->mask >> 32));
}

static size_t emit_rule(struct compiler *c, const struct rule *rule, size_t no)
{
	size_t at = answer(c, rule->action), i;

	for (i = rule->count; i > 0; i--)
		at = emit_test(c, &rule->tests[i - 1], at, no);
	return at;
}

/* The rules of one call, the most severe one first; backwards, so by recursion. */
static size_t emit_rules(struct compiler *c, const struct rule *rule)
{
	size_t next;

	if (!rule)
		return answer(c, c->rules->otherwise);
	if (!rule->count)
		return answer(c, rule->action);
	next = emit_rules(c, rule->next);
	return emit_rule(c, rule, next);
}

static bool same_rules(const struct rule *a, const struct rule *b)
{
	while (a && b && a->action == b->action && a->count == b->count &&
	       memcmp(a->tests, b->tests, sizeof(a->tests)) == 0) {
		a = a->next;
		b = b->next;
	}
	return !a && !b;
}

/* Calls with the same tests share them. */
static size_t emit_call(struct compiler *c, size_t place, const size_t *targets)
{
	const struct rules *rules = c->rules;
	const uint32_t number =
		(uint32_t)(place < RULES_NUMBERS ? place :
						   place - RULES_NUMBERS + RULES_PRIVATE_BASE);
	size_t i;

	if (!rules->first[place] && number > rules->highest && number < RULES_NUMBERS)
		return answer(c, rules->beyond);
	if (!rules->first[place])
		return answer(c, names_name(rules->target->arch, number) ? rules->otherwise :
									   rules->nameless);
	for (i = 0; rules->first[place]->count && i < place; i++) {
		if (rules->first[i] && same_rules(rules->first[i], rules->first[place]))
			return targets[i];
	}
	return emit_rules(c, rules->first[place]);
}

static void add_range(struct compiler *c, uint32_t first, size_t target)
{
	if (c->count && c->ranges[c->count - 1].target == target)
		return;
	c->ranges[c->count++] = (struct bpf_range){ first, (uint32_t)target };
}

/* All ranges of numbers, each with where its calls end. */
static void emit_calls(struct compiler *c, size_t *targets, size_t kill)
{
	const struct rules *rules = c->rules;
	const bool private = rules->target->arch == AUDIT_ARCH_ARM;
	size_t beyond = answer(c, rules->beyond), i;

	for (i = 0; i < RULES_PLACES; i++)
		targets[i] = emit_call(c, i, targets);
	for (i = 0; i < RULES_NUMBERS; i++)
		add_range(c, (uint32_t)i, i > rules->highest ? beyond : targets[i]);
	add_range(c, RULES_NUMBERS, beyond);
	for (; private && i < RULES_PLACES; i++)
		add_range(c, (uint32_t)(i - RULES_NUMBERS + RULES_PRIVATE_BASE), targets[i]);
	if (private)
		add_range(c, RULES_PRIVATE_BASE + RULES_PRIVATE, beyond);
	if (rules->target->arch != AUDIT_ARCH_X86_64)
		return;
	/* -1 is no x32 call: a tracer's way of skipping one. */
	add_range(c, X32_BASE, kill);
	add_range(c, UINT32_MAX, beyond);
}

static int emit_all(struct compiler *c, struct arena *arena)
{
	struct bpf_leaf *leaves = arena_alloc(arena, RANGES_MAX * sizeof(*leaves));
	size_t *targets = arena_alloc(arena, RULES_PLACES * sizeof(*targets));
	size_t kill, root;

	c->ranges = arena_alloc(arena, RANGES_MAX * sizeof(*c->ranges));
	if (!leaves || !targets || !c->ranges)
		return -ENOMEM;
	kill = answer(c, SECCOMP_RET_KILL_PROCESS);
	emit_calls(c, targets, kill);
	root = bpf_tree(&c->bpf, c->ranges, c->count, leaves);
	/* A tree of one leaf of one answer is that answer itself. */
	if (root != c->bpf.at)
		bpf_emit(&c->bpf, BPF_JMP | BPF_JA, (uint32_t)(root - c->bpf.at));
	bpf_load(&c->bpf, offsetof(struct seccomp_data, nr));
	bpf_jump(&c->bpf, BPF_JEQ, c->rules->target->arch, c->bpf.at, kill);
	bpf_load(&c->bpf, offsetof(struct seccomp_data, arch));
	return c->bpf.full ? -E2BIG : 0;
}

/* TEXT is changed as it is read, so a copy of it is. */
static int read_rules(struct rules *rules, const char *text)
{
	char *copy = arena_copy(rules->arena, text, strlen(text));

	if (!copy)
		return fail(ENOMEM, "%s", rules->file);
	return text[strspn(text, " \t\r\n")] == '{' ? rules_read_json(rules, copy) :
						      rules_read_text(rules, copy);
}

int seccomp_compile(struct filter *filter, struct arena *arena, const char *text, const char *file,
		    const struct seccomp_target *target)
{
	struct rules *rules = arena_alloc(arena, sizeof(*rules));
	struct sock_filter *code = arena_alloc(arena, FILTER_MAX * sizeof(*code));
	struct compiler c = { .bpf = { .out = code, .at = FILTER_MAX }, .rules = rules };
	int ret;

	if (!rules || !code)
		return fail(ENOMEM, "%s", file);
	*rules = (struct rules){ .target = target, .arena = arena, .file = file };
	ret = read_rules(rules, text);
	if (ret < 0)
		return ret;
	ret = emit_all(&c, arena);
	if (ret == -E2BIG)
		return fail(0, "%s: more than 4096 instructions, which the kernel does not take",
			    file);
	if (ret < 0)
		return fail(-ret, "%s", file);
	*filter = (struct filter){ .arch = target->arch,
				   .flags = rules->flags,
				   .code = code + c.bpf.at,
				   .count = FILTER_MAX - c.bpf.at };
	return 0;
}
