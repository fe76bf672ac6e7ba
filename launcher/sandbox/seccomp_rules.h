/* SPDX-License-Identifier: MIT */
/* What a policy says about each call of one machine, whatever language it was written in. */
#ifndef SANDBOX_SECCOMP_RULES_H
#define SANDBOX_SECCOMP_RULES_H

#include <stdbool.h>

#include "sandbox/seccomp_compile.h"

/* Numbers of calls are below the first; the private ones of 32-bit ARM follow as further places. */
enum { RULES_NUMBERS = 1024, RULES_PRIVATE = 16, RULES_PLACES = RULES_NUMBERS + RULES_PRIVATE };
enum { RULES_PRIVATE_BASE = 0xf0000, RULES_ARGUMENTS = 6 };

enum rule_compare { RULE_EQ, RULE_NE, RULE_LT, RULE_LE, RULE_GT, RULE_GE };

/* (argument & mask) compared with value, in 64 bits. */
struct rule_test {
	enum rule_compare compare;
	unsigned int argument;
	uint64_t mask, value;
};

/* ACTION (SECCOMP_RET_*, with its data) when all tests hold. */
struct rule {
	struct rule *next; /* less severe than this one */
	uint32_t action;
	size_t count;
	struct rule_test tests[RULES_ARGUMENTS];
};

struct rules {
	const struct seccomp_target *target;
	struct arena *arena;
	const char *file;
	uint32_t flags;                   /* SECCOMP_FILTER_FLAG_* */
	uint32_t otherwise;               /* for calls that no rule holds for */
	uint32_t nameless;                /* for numbers that have no name */
	uint32_t beyond;                  /* for numbers behind the last one of the policy */
	uint32_t highest;                 /* that one */
	bool any;                         /* the policy has rules for this machine */
	struct rule *first[RULES_PLACES]; /* the most severe one of those that hold counts */
};

/* Add a rule for call NUMBER, which is -ENODEV when the machine lacks it: then nothing is done. Returns 0 or -ENOMEM. */
int rules_add(struct rules *rules, int number, const struct rule *rule);
/* The number of NAME or NAME=NUMBER on the target; -ENODEV when the target lacks it, -ENOENT when
 * nobody has it, -EINVAL for a number that is none or not that of the headers. *place is that of
 * the name, or -1. Changes WORD. */
int rules_number(const struct rules *rules, char *word, int *place);
/* A number, decimal or with 0x, in 64 bits. Returns 0, -EINVAL or -ERANGE. */
int rules_value(uint64_t *value, const char *text);

/* The two languages: fill RULES from TEXT, which is changed. Return 0 or -errno, said by fail(). */
int rules_read_text(struct rules *rules, char *text);
int rules_read_json(struct rules *rules, char *text);

#endif
