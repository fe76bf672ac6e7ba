/* SPDX-License-Identifier: MIT */
/* Reads a policy in OCI's JSON (linux.seccomp of a config.json), with what Docker's profile adds to it. */
#include <errno.h>
#include <linux/audit.h>
#include <string.h>

#include "base/log.h"
#include "sandbox/seccomp_profile.h"

/* Docker says what Go calls a machine. 1: no machine of davit's. */
static const struct word arches[] = {
	{ "SCMP_ARCH_AARCH64", AUDIT_ARCH_AARCH64 },
	{ "SCMP_ARCH_ARM", AUDIT_ARCH_ARM },
	{ "SCMP_ARCH_RISCV64", AUDIT_ARCH_RISCV64 },
	{ "SCMP_ARCH_X86_64", AUDIT_ARCH_X86_64 },
	{ "SCMP_ARCH_LOONGARCH64", 1 },
	{ "SCMP_ARCH_M68K", 1 },
	{ "SCMP_ARCH_MIPS", 1 },
	{ "SCMP_ARCH_MIPS64", 1 },
	{ "SCMP_ARCH_MIPS64N32", 1 },
	{ "SCMP_ARCH_MIPSEL", 1 },
	{ "SCMP_ARCH_MIPSEL64", 1 },
	{ "SCMP_ARCH_MIPSEL64N32", 1 },
	{ "SCMP_ARCH_PARISC", 1 },
	{ "SCMP_ARCH_PARISC64", 1 },
	{ "SCMP_ARCH_PPC", 1 },
	{ "SCMP_ARCH_PPC64", 1 },
	{ "SCMP_ARCH_PPC64LE", 1 },
	{ "SCMP_ARCH_S390", 1 },
	{ "SCMP_ARCH_S390X", 1 },
	{ "SCMP_ARCH_SH", 1 },
	{ "SCMP_ARCH_SHEB", 1 },
	{ "SCMP_ARCH_X32", 1 },
	{ "SCMP_ARCH_X86", 1 },
	{ NULL, 0 },
};

static const struct word flags[] = {
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
	{ NULL, 0 },
};

static const struct word actions[] = {
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO },
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
	{ NULL, 0 },
};

int profile_word(const struct profile *p, const struct cJSON *item, const char *path,
		 const struct word *words, uint32_t *value)
{
	const char *text = json_string(&p->json, item, path);

	if (!text)
		return -EINVAL;
	for (; words->name; words++) {
		if (strcmp(words->name, text) == 0) {
			*value = words->value;
			return 0;
		}
	}
	return fail(0, "%s: %s: %s is not known here", p->json.file, path, text);
}

int profile_action(const struct profile *p, const struct cJSON *item, const char *path,
		   uint32_t *action)
{
	const char *text = json_string(&p->json, item, path);

	if (text && strcmp(text, "SCMP_ACT_NOTIFY") == 0)
		return json_fail(&p->json, path,
				 "SCMP_ACT_NOTIFY needs an agent that listens, which davit has not");
	return text ? profile_word(p, item, path, actions, action) : -EINVAL;
}

/* The action with the number that comes with it: an errno, or a tracer's message; 1, EPERM, by default. */
int profile_action_data(const struct profile *p, const char *path, uint32_t *action, bool has_errno,
			uint64_t errno_ret)
{
	const bool takes = *action == SECCOMP_RET_ERRNO || *action == SECCOMP_RET_TRACE;

	if (has_errno && !takes)
		return json_fail(&p->json, path, "this action has no errno");
	if (takes)
		*action |= (uint32_t)(has_errno ? errno_ret : EPERM);
	return 0;
}

static int read_default_action(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	p->has_action = true;
	return profile_action(p, item, path, &p->action);
}

static int read_default_errno(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	p->has_errno = true;
	return json_number(&p->json, item, path, ERRNO_MAX, &p->errno_ret);
}

static int read_architecture(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;
	uint32_t arch = 0;
	int ret = profile_word(p, item, path, arches, &arch);

	p->lists_arches = true;
	p->names_arch |= arch == p->rules->target->arch;
	return ret;
}

static int read_architectures(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	return json_list(&p->json, item, path, read_architecture, p);
}

/* Docker's map of second instruction sets, which are always closed here; its words must be right all the same. */
static int read_any_architecture(void *data, const struct cJSON *item, const char *path)
{
	const struct profile *p = data;
	uint32_t arch;

	return profile_word(p, item, path, arches, &arch);
}

static int read_sub_architectures(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	return json_list(&p->json, item, path, read_any_architecture, p);
}

static int read_arch_pair(void *data, const struct cJSON *item, const char *path)
{
	static const struct json_field fields[] = {
		{ "architecture", read_any_architecture },
		{ "subArchitectures", read_sub_architectures },
		{ NULL, NULL },
	};
	struct profile *p = data;

	return json_object(&p->json, item, path, fields, p);
}

static int read_arch_map(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	return json_list(&p->json, item, path, read_arch_pair, p);
}

static int read_flag(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;
	uint32_t flag = 0;
	int ret = profile_word(p, item, path, flags, &flag);

	p->rules->flags |= flag;
	return ret;
}

static int read_flags(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	return json_list(&p->json, item, path, read_flag, p);
}

static int read_syscalls(void *data, const struct cJSON *item, const char *path)
{
	struct profile *p = data;

	return json_list(&p->json, item, path, profile_entry, p);
}

static const struct json_field profile_fields[] = {
	{ "defaultAction", read_default_action },
	{ "defaultErrnoRet", read_default_errno },
	{ "architectures", read_architectures },
	{ "archMap", read_arch_map },
	{ "flags", read_flags },
	{ "syscalls", read_syscalls },
	{ NULL, NULL },
};

/* As runc has it: what is younger than the policy looks like an old kernel, unless the policy lets all pass, or kills. */
static int finish_profile(struct profile *p)
{
	struct rules *rules = p->rules;
	int ret;

	if (!p->has_action)
		return json_fail(&p->json, "defaultAction", "is missing");
	if (p->lists_arches && !p->names_arch)
		return json_fail(&p->json, "architectures",
				 "the machine that is compiled for is not among them");
	ret = profile_action_data(p, "defaultErrnoRet", &p->action, p->has_errno, p->errno_ret);
	rules->otherwise = rules->nameless = rules->beyond = p->action;
	if ((p->action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		rules->beyond = SECCOMP_RET_ERRNO | ENOSYS;
	if (p->highest > rules->highest)
		rules->highest = p->highest;
	return ret;
}

int rules_read_json(struct rules *rules, char *text)
{
	struct profile *p = arena_alloc(rules->arena, sizeof(*p));
	struct cJSON *root;
	int ret;

	if (!p)
		return fail(ENOMEM, "%s", rules->file);
	p->json = (struct json){ rules->arena, rules->file };
	p->rules = rules;
	root = json_parse(&p->json, text);
	if (!root)
		return -EINVAL;
	ret = json_object(&p->json, root, "", profile_fields, p);
	json_free(root);
	return ret < 0 ? ret : finish_profile(p);
}
