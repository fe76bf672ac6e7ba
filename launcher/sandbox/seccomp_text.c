/* SPDX-License-Identifier: MIT */
/* Reads a policy in davit's own words, those of seccomp.policy: davit-seccomp(5). */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "base/log.h"
#include "sandbox/capability.h"
#include "sandbox/seccomp_rules.h"

/* From Linux 4.8 on, a tracer cannot get round a filter. */
enum { TRACEABLE_KERNEL = 4 << 16 | 8, WORDS_MAX = 64 };

#define DENY (SECCOMP_RET_ERRNO | EPERM)
#define NOSYS (SECCOMP_RET_ERRNO | ENOSYS)

struct reader {
	struct rules *rules;
	unsigned int line;
	bool in_class, on_target; /* names may come, and they concern the target */
	uint32_t action;          /* of the class */
	bool seen[NAMES_MAX];
	char *words[WORDS_MAX + 1]; /* of the line, ended by NULL */
	size_t count;
};

static int wrong(const struct reader *r, const char *word, const char *what)
{
	return fail(0, "%s:%u: %s: %s", r->rules->file, r->line, word, what);
}

static bool kept(const struct reader *r, uint64_t mask)
{
	return r->rules->target->caps & mask;
}

/* The rules of one call, which may be judged once only. */
static int judge(struct reader *r, char *word, const struct rule *rules, size_t count)
{
	int place, number = rules_number(r->rules, word, &place), ret = 0;
	size_t i;

	if (number == -ENOENT)
		return wrong(r, word,
			     "no machine has such a call (a newer one is written NAME=NUMBER)");
	if (number == -EINVAL)
		return wrong(r, word, "this is not its number");
	if (place >= 0 && r->seen[place])
		return wrong(r, word, "stands here a second time");
	if (place >= 0)
		r->seen[place] = true;
	for (i = 0; r->on_target && i < count && ret == 0; i++)
		ret = rules_add(r->rules, number, &rules[i]);
	return ret < 0 ? wrong(r, word, strerror(-ret)) : 0;
}

static int read_capability(const struct reader *r, uint64_t *mask, const char *name)
{
	if (capability_parse(mask, name) < 0 || *mask == capability_all())
		return wrong(r, name, "no such capability");
	return 0;
}

/* check CALL ARGUMENT RULE VALUE... [unless CAPABILITY]: what no rule allows ends in EPERM anyway. */
static int read_values(struct reader *r, unsigned int argument)
{
	const char *how = r->words[3];
	const bool no_bits = strcmp(how, "no-bits") == 0, one_of = strcmp(how, "one-of") == 0;
	struct rule rules[WORDS_MAX] = { 0 };
	struct rule no_bit = { .action = SECCOMP_RET_ALLOW,
			       .count = 1,
			       .tests = { { RULE_EQ, argument, 0, 0 } } };
	uint64_t value;
	size_t count = 0, i;

	if (!no_bits && !one_of && strcmp(how, "none-of") != 0)
		return wrong(r, how, "expected one-of, none-of or no-bits");
	for (i = 4; i < r->count; i++) {
		if (rules_value(&value, r->words[i]) < 0 || value > UINT32_MAX)
			return wrong(r, r->words[i], "expected a number of 32 bits");
		no_bit.tests[0].mask |= value;
		rules[count] = (struct rule){
			.action = one_of ? SECCOMP_RET_ALLOW : DENY,
			.count = 1,
			.tests = { { RULE_EQ, argument, UINT32_MAX, value } },
		};
		count++;
	}
	if (no_bits)
		return judge(r, r->words[1], &no_bit, 1);
	/* None of them was met. */
	if (!one_of)
		rules[count++].action = SECCOMP_RET_ALLOW;
	return judge(r, r->words[1], rules, count);
}

static int read_check(struct reader *r)
{
	const struct rule allow = { .action = SECCOMP_RET_ALLOW };
	uint64_t mask = 0, argument;

	if (r->count > 6 && strcmp(r->words[r->count - 2], "unless") == 0) {
		if (read_capability(r, &mask, r->words[r->count - 1]) < 0)
			return -EINVAL;
		r->count -= 2;
	}
	if (r->count < 5)
		return wrong(r, r->words[0],
			     "expected check CALL ARGUMENT one-of|none-of|no-bits VALUE...");
	if (rules_value(&argument, r->words[2]) < 0 || argument >= RULES_ARGUMENTS)
		return wrong(r, r->words[2], "expected an argument's number, 0 to 5");
	r->in_class = false;
	r->on_target = true;
	return kept(r, mask) ? judge(r, r->words[1], &allow, 1) :
			       read_values(r, (unsigned int)argument);
}

static int read_with(struct reader *r)
{
	uint64_t mask;

	if (r->count != 2)
		return wrong(r, r->words[0], "expected a capability");
	if (read_capability(r, &mask, r->words[1]) < 0)
		return -EINVAL;
	r->action = kept(r, mask) ? SECCOMP_RET_ALLOW : DENY;
	return 0;
}

static int read_class(struct reader *r)
{
	static const struct {
		const char *word;
		uint32_t action;
	} classes[] = {
		{ "allow", SECCOMP_RET_ALLOW },
		{ "deny", DENY },
		{ "enosys", NOSYS },
		{ "kill", SECCOMP_RET_KILL_PROCESS },
		{ "log", SECCOMP_RET_LOG },
	};
	const struct seccomp_target *target = r->rules->target;
	size_t i;

	r->in_class = r->on_target = true;
	if (strcmp(r->words[0], "check") == 0)
		return read_check(r);
	if (strcmp(r->words[0], "allow-with") == 0)
		return read_with(r);
	if (strcmp(r->words[0], "allow-if-traceable") == 0 && r->count == 1) {
		r->action = target->kernel >= TRACEABLE_KERNEL ||
					    kept(r, UINT64_C(1) << CAP_SYS_PTRACE) ?
				    SECCOMP_RET_ALLOW :
				    DENY;
		return 0;
	}
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (strcmp(r->words[0], classes[i].word) == 0)
			break;
	}
	if (i == sizeof(classes) / sizeof(classes[0]))
		return wrong(r, r->words[0], "no class of calls is called so");
	if (r->count != 2 && (r->count != 4 || strcmp(r->words[2], "on") != 0))
		return wrong(r, r->words[0], "expected a subject, or SUBJECT on MACHINE");
	if (r->count == 4 && !names_machine(r->words[3]))
		return wrong(r, r->words[3], "no such machine");
	r->on_target = r->count == 2 || names_machine(r->words[3]) == target->arch;
	r->action = classes[i].action;
	return 0;
}

static int read_names(struct reader *r)
{
	const struct rule rule = { .action = r->action };
	size_t i;
	int ret = 0;

	if (!r->in_class)
		return wrong(r, r->words[0], "names without a class");
	for (i = 0; i < r->count && ret == 0; i++)
		ret = judge(r, r->words[i], &rule, 1);
	return ret;
}

static int read_line(struct reader *r, char *line)
{
	static const char blank[] = " \t\r";
	const bool is_indented = strchr(blank, line[0]) && line[0];
	char *word;

	line[strcspn(line, "#")] = '\0';
	r->count = 0;
	while ((word = strtok_r(NULL, blank, &line))) {
		if (r->count == WORDS_MAX)
			return wrong(r, word, "more than 64 words in a line");
		r->words[r->count++] = word;
	}
	r->words[r->count] = NULL;
	if (!r->count)
		return 0;
	return is_indented ? read_names(r) : read_class(r);
}

int rules_read_text(struct rules *rules, char *text)
{
	struct reader *r = arena_alloc(rules->arena, sizeof(*r));
	char *line;
	int ret = 0;

	if (!r)
		return fail(ENOMEM, "%s", rules->file);
	r->rules = rules;
	rules->otherwise = DENY;
	rules->nameless = rules->beyond = NOSYS;
	while (ret == 0 && (line = strsep(&text, "\n"))) {
		r->line++;
		ret = read_line(r, line);
	}
	if (ret == 0 && !rules->any)
		return fail(0, "%s: it names no system call of this machine", rules->file);
	return ret;
}
