/* SPDX-License-Identifier: MIT */
/* Reads one of the syscalls of a policy in OCI's JSON: its names, arguments and conditions. */
#include <errno.h>
#include <linux/audit.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "sandbox/capability.h"
#include "sandbox/seccomp_profile.h"

static const struct word go_arches[] = {
	{ "amd64", AUDIT_ARCH_X86_64 },
	{ "arm", AUDIT_ARCH_ARM },
	{ "arm64", AUDIT_ARCH_AARCH64 },
	{ "riscv64", AUDIT_ARCH_RISCV64 },
	{ "386", 1 },
	{ "loong64", 1 },
	{ "loongarch64", 1 },
	{ "mips", 1 },
	{ "mips64", 1 },
	{ "mips64n32", 1 },
	{ "mips64le", 1 },
	{ "mipsel", 1 },
	{ "mipsel64", 1 },
	{ "mipsel64n32", 1 },
	{ "mipsle", 1 },
	{ "ppc", 1 },
	{ "ppc64", 1 },
	{ "ppc64le", 1 },
	{ "s390", 1 },
	{ "s390x", 1 },
	{ "x32", 1 },
	{ "x86", 1 },
	{ NULL, 0 },
};

/* How it compares, 8 for SCMP_CMP_MASKED_EQ added. */
enum { MASKED = 8 };
static const struct word compares[] = {
	{ "SCMP_CMP_EQ", RULE_EQ }, { "SCMP_CMP_GE", RULE_GE },
	{ "SCMP_CMP_GT", RULE_GT }, { "SCMP_CMP_LE", RULE_LE },
	{ "SCMP_CMP_LT", RULE_LT }, { "SCMP_CMP_MASKED_EQ", RULE_EQ + MASKED },
	{ "SCMP_CMP_NE", RULE_NE }, { NULL, 0 },
};

/* --- args ------------------------------------------------------------------------------------------- */

static int read_index(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	p->argument.has_index = true;
	return json_number(&p->json, item, path, RULES_ARGUMENTS - 1, &p->argument.index);
}

static int read_value(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	p->argument.has_value = true;
	return json_number(&p->json, item, path, UINT64_MAX, &p->argument.value);
}

static int read_value_two(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	return json_number(&p->json, item, path, UINT64_MAX, &p->argument.value_two);
}

static int read_op(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;
	uint32_t value = 0;
	int ret = profile_word(p, item, path, compares, &value);

	p->argument.has_op = true;
	p->argument.masked = value & MASKED;
	p->argument.compare = (enum rule_compare)(value & ~(uint32_t)MASKED);
	return ret;
}

static const struct json_field argument_fields[] = {
	{ "index", read_index }, { "value", read_value }, { "valueTwo", read_value_two },
	{ "op", read_op },       { NULL, NULL },
};

/* With SCMP_CMP_MASKED_EQ, value is the mask and valueTwo what is left of the argument by it. */
static int read_argument(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;
	struct argument *a = &p->argument;
	int ret;

	*a = (struct argument){ 0 };
	ret = json_object(&p->json, item, path, argument_fields, p);
	if (ret < 0)
		return ret;
	if (!a->has_index || !a->has_value || !a->has_op)
		return json_fail(&p->json, path, "expected index, value and op");
	if (p->entry.count == TESTS_MAX)
		return json_fail(&p->json, path, "more than 32 of them");
	p->entry.tests[p->entry.count++] = (struct rule_test){
		.compare = a->compare,
		.argument = (unsigned int)a->index,
		.mask = a->masked ? a->value : UINT64_MAX,
		.value = a->masked ? a->value_two & a->value : a->value,
	};
	return 0;
}

/* --- includes and excludes --------------------------------------------------------------------------- */

static int read_condition_cap(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;
	const char *text = json_string(&p->json, item, path);
	uint64_t mask;

	if (!text)
		return -EINVAL;
	if (capability_parse(&mask, text) < 0)
		return fail(0, "%s: %s: %s is no capability", p->json.file, path, text);
	if (p->rules->target->caps & mask)
		p->condition.some_kept = true;
	else
		p->condition.some_missing = true;
	return 0;
}

static int read_condition_arch(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;
	uint32_t arch = 0;
	int ret = profile_word(p, item, path, go_arches, &arch);

	p->condition.lists_arches = true;
	p->condition.names_arch |= arch == p->rules->target->arch;
	return ret;
}

static int read_caps(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	return json_list(&p->json, item, path, read_condition_cap, p);
}

static int read_arches(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	return json_list(&p->json, item, path, read_condition_arch, p);
}

/* "4.8"; what the oldest kernel is that the filter must serve, the target says. */
static int read_min_kernel(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;
	const char *text = json_string(&p->json, item, path);
	uint64_t kernel;

	if (!text)
		return -EINVAL;
	if (text_version(&kernel, text) < 0)
		return json_fail(&p->json, path, "expected a version such as 4.8");
	p->condition.names_kernel = true;
	p->condition.kernel_reached = p->rules->target->kernel >= kernel;
	return 0;
}

static const struct json_field condition_fields[] = {
	{ "caps", read_caps },
	{ "arches", read_arches },
	{ "minKernel", read_min_kernel },
	{ NULL, NULL },
};

/* All of what is named must hold. */
static int read_includes(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;
	struct condition *c = &p->condition;
	int ret;

	*c = (struct condition){ 0 };
	ret = json_object(&p->json, item, path, condition_fields, p);
	if (c->some_missing || (c->lists_arches && !c->names_arch) ||
	    (c->names_kernel && !c->kernel_reached))
		p->entry.applies = false;
	return ret;
}

/* Any of it is enough. */
static int read_excludes(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;
	struct condition *c = &p->condition;
	int ret;

	*c = (struct condition){ 0 };
	ret = json_object(&p->json, item, path, condition_fields, p);
	if (c->some_kept || c->names_arch || c->kernel_reached)
		p->entry.applies = false;
	return ret;
}

/* --- syscalls --------------------------------------------------------------------------------------- */

static int read_names(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	if (p->entry.names)
		return json_fail(&p->json, path, "name and names exclude each other");
	p->entry.names = item;
	p->entry.names_path = path;
	return 0;
}

static int read_entry_action(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	p->entry.has_action = true;
	return profile_action(p, item, path, &p->entry.action);
}

static int read_entry_errno(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	p->entry.has_errno = true;
	return json_number(&p->json, item, path, ERRNO_MAX, &p->entry.errno_ret);
}

static int read_arguments(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	return json_list(&p->json, item, path, read_argument, p);
}

static int read_comment(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	return json_string(&p->json, item, path) ? 0 : -EINVAL;
}

static const struct json_field entry_fields[] = {
	{ "name", read_names },
	{ "names", read_names },
	{ "action", read_entry_action },
	{ "errnoRet", read_entry_errno },
	{ "args", read_arguments },
	{ "comment", read_comment },
	{ "includes", read_includes },
	{ "excludes", read_excludes },
	{ NULL, NULL },
};

static bool tests_share_argument(const struct entry *entry)
{
	unsigned int seen = 0;
	size_t i;

	for (i = 0; i < entry->count; i++) {
		if (seen >> entry->tests[i].argument & 1)
			return true;
		seen |= 1U << entry->tests[i].argument;
	}
	return false;
}

/* All tests must hold; but several of one argument are alternatives, each a rule of its own, as runc has it. */
static int add_rules(const struct profile *p, int number)
{
	const struct entry *entry = &p->entry;
	struct rule rule = { .action = entry->action };
	size_t i;
	int ret = 0;

	if (!tests_share_argument(entry)) {
		rule.count = entry->count;
		memcpy(rule.tests, entry->tests, entry->count * sizeof(rule.tests[0]));
		return rules_add(p->rules, number, &rule);
	}
	rule.count = 1;
	for (i = 0; i < entry->count && ret == 0; i++) {
		rule.tests[0] = entry->tests[i];
		ret = rules_add(p->rules, number, &rule);
	}
	return ret;
}

static int read_name(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;
	const char *text = json_string(&p->json, item, path);
	char *word = text ? arena_copy(p->json.arena, text, strlen(text)) : NULL;
	int place, number, ret = 0;

	if (!text)
		return -EINVAL;
	if (!word)
		return fail(ENOMEM, "%s", p->json.file);
	number = rules_number(p->rules, word, &place);
	if (number == -ENOENT || number == -EINVAL)
		return fail(0,
			    "%s: %s: no machine has a system call %s (a newer one is written NAME=NUMBER)",
			    p->json.file, path, text);
	if (number >= 0 && number < RULES_NUMBERS && (uint32_t)number > p->highest)
		p->highest = (uint32_t)number;
	if (p->entry.applies)
		ret = add_rules(p, number);
	return ret < 0 ? fail(-ret, "%s: %s", p->json.file, path) : 0;
}

int profile_entry(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;
	struct entry *entry = &p->entry;
	int ret;

	*entry = (struct entry){ .applies = true };
	ret = json_object(&p->json, item, path, entry_fields, p);
	if (ret < 0)
		return ret;
	if (!entry->names || !entry->has_action)
		return json_fail(&p->json, path, "expected names and action");
	ret = profile_action_data(p, path, &entry->action, entry->has_errno, entry->errno_ret);
	if (ret < 0)
		return ret;
	if (strcmp(json_key(entry->names), "name") == 0)
		return read_name(p, entry->names, entry->names_path);
	return json_list(&p->json, entry->names, entry->names_path, read_name, p);
}
