/* SPDX-License-Identifier: MIT */
/* For test_seccomp.c: one machine's filter and an interpreter for it, and what the policy wants of that machine. */
#ifndef SECCOMP_TARGET_H
#define SECCOMP_TARGET_H

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "sandbox/seccomp.h"

#define POLICY "launcher/sandbox/seccomp.policy"
#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define BIT(n) (UINT64_C(1) << (n))

enum {
	ALLOW = SECCOMP_RET_ALLOW,
	DENY = SECCOMP_RET_ERRNO | EPERM,
	NOSYS = SECCOMP_RET_ERRNO | ENOSYS
};
enum { PRIVATE = 0xf0000, NAMES = 600, STEPS_MAX = 24 };
#define KILL SECCOMP_RET_KILL_PROCESS

enum kind { POLICY_ALLOW, POLICY_WITH, POLICY_DENY, POLICY_ENOSYS, POLICY_CHECK };

struct rule {
	char name[32];
	enum kind kind;
	int capability; /* POLICY_WITH: needed; POLICY_CHECK: frees from it, or -1 */
	unsigned int argument;
	char test[16];
	uint32_t values[8];
	size_t value_count;
};

struct call {
	char name[32];
	uint32_t number;
	const struct rule *rule;
};

/* One machine: its numbers as the policy sees them, and how to get its filter. */
struct target {
	const char *name;
	uint32_t arch;
	struct rule rules[NAMES];
	size_t rule_count;
	struct call calls[NAMES];
	size_t call_count;
	uint32_t highest;
	char program[64]; /* prints the filter for a set of capabilities */
};

struct filter {
	struct sock_filter code[SECCOMP_MAX];
	size_t length;
};

/* In the order of their numbers. */
static const char *const capabilities[] = {
	"CHOWN",
	"DAC_OVERRIDE",
	"DAC_READ_SEARCH",
	"FOWNER",
	"FSETID",
	"KILL",
	"SETGID",
	"SETUID",
	"SETPCAP",
	"LINUX_IMMUTABLE",
	"NET_BIND_SERVICE",
	"NET_BROADCAST",
	"NET_ADMIN",
	"NET_RAW",
	"IPC_LOCK",
	"IPC_OWNER",
	"SYS_MODULE",
	"SYS_RAWIO",
	"SYS_CHROOT",
	"SYS_PTRACE",
	"SYS_PACCT",
	"SYS_ADMIN",
	"SYS_BOOT",
	"SYS_NICE",
	"SYS_RESOURCE",
	"SYS_TIME",
	"SYS_TTY_CONFIG",
	"MKNOD",
	"LEASE",
	"AUDIT_WRITE",
	"AUDIT_CONTROL",
	"SETFCAP",
	"MAC_OVERRIDE",
	"MAC_ADMIN",
	"SYSLOG",
	"WAKE_ALARM",
	"BLOCK_SUSPEND",
	"AUDIT_READ",
	"PERFMON",
	"BPF",
	"CHECKPOINT_RESTORE",
};

/* A folder for what is made on the way. */
static char scratch[] = "/tmp/test_seccomp.XXXXXX";

/* --- the interpreter: knows only what the filter may use, and stays within it --- */

struct run {
	uint32_t action;
	unsigned int steps;
	bool looked_at_arguments;
};

static struct run filter_run(const struct filter *filter, const struct seccomp_data *data)
{
	struct run run = { 0 };
	uint32_t a = 0;
	size_t at = 0;

	for (;;) {
		const struct sock_filter *f = &filter->code[at];
		bool yes;

		assert_true(at < filter->length);
		run.steps++;
		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(f->k % 4 == 0 && f->k + 4 <= sizeof(*data));
			memcpy(&a, (const char *)data + f->k, sizeof(a));
			run.looked_at_arguments |= f->k >= offsetof(struct seccomp_data, args);
			at++;
			continue;
		case BPF_RET | BPF_K:
			run.action = f->k;
			return run;
		case BPF_JMP | BPF_JEQ | BPF_K:
			yes = a == f->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			yes = a >= f->k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			yes = a & f->k;
			break;
		default:
			fail_msg("instruction %#x at %zu", f->code, at);
			return run;
		}
		at += 1U + (yes ? f->jt : f->jf);
	}
}

/* --- the policy, read here a second time, and the numbers of a target --- */

static int capability_number(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(capabilities); i++) {
		if (strcmp(name, capabilities[i]) == 0)
			return (int)i;
	}
	fail_msg("capability %s", name);
	return -1;
}

static struct call *call_find(struct target *target, const char *name)
{
	size_t i;

	for (i = 0; i < target->call_count; i++) {
		if (strcmp(target->calls[i].name, name) == 0)
			return &target->calls[i];
	}
	return NULL;
}

static struct call *call_add(struct target *target, const char *name, uint32_t number)
{
	struct call *call = &target->calls[target->call_count++];

	assert_true(target->call_count < NAMES);
	snprintf(call->name, sizeof(call->name), "%s", name);
	call->number = number;
	return call;
}

/* NAME or NAME=NUMBER in the class RULE. */
static void policy_name(struct target *target, struct rule *rule, char *word)
{
	char *number = strchr(word, '=');
	struct call *call;

	if (number)
		*number++ = '\0';
	call = call_find(target, word);
	if (!call && number)
		call = call_add(target, word, (uint32_t)strtoul(number, NULL, 10));
	if (!call)
		return;
	call->rule = rule;
	if (call->number < PRIVATE && call->number > target->highest)
		target->highest = call->number;
}

static void policy_check(struct target *target, struct rule *rule, char **rest)
{
	char *call = strtok_r(NULL, " ", rest), *word;

	rule->kind = POLICY_CHECK;
	rule->capability = -1;
	rule->argument = (unsigned int)atoi(strtok_r(NULL, " ", rest));
	snprintf(rule->test, sizeof(rule->test), "%s", strtok_r(NULL, " ", rest));
	while ((word = strtok_r(NULL, " ", rest)) && strcmp(word, "unless") != 0)
		rule->values[rule->value_count++] = (uint32_t)strtoul(word, NULL, 0);
	if (word)
		rule->capability = capability_number(strtok_r(NULL, " ", rest));
	policy_name(target, rule, call);
}

static void policy_line(struct target *target, char *line)
{
	struct rule *rule = &target->rules[target->rule_count];
	char *rest = line, *word, *machine;

	line[strcspn(line, "#\n")] = '\0';
	if (*line == '\t') {
		while ((word = strtok_r(NULL, " \t", &rest))) {
			if (rule[-1].name[0])
				policy_name(target, &rule[-1], word);
		}
		return;
	}
	word = strtok_r(NULL, " ", &rest);
	if (!word)
		return;
	target->rule_count++;
	machine = strstr(rest, " on ");
	snprintf(rule->name, sizeof(rule->name), "%s",
		 machine && strcmp(machine + 4, target->name) != 0 ? "" : word);
	if (strcmp(word, "check") == 0) {
		policy_check(target, rule, &rest);
	} else if (strcmp(word, "allow") == 0) {
		rule->kind = POLICY_ALLOW;
	} else if (strcmp(word, "deny") == 0) {
		rule->kind = POLICY_DENY;
	} else if (strcmp(word, "enosys") == 0) {
		rule->kind = POLICY_ENOSYS;
	} else {
		rule->kind = POLICY_WITH;
		rule->capability =
			strcmp(word, "allow-if-traceable") == 0 ? 63 : capability_number(rest);
	}
}

static int target_read(struct target *target, const char *cc)
{
	char line[256], command[256], name[32];
	unsigned int number;
	FILE *file;

	snprintf(command, sizeof(command), "scripts/seccomp-table --numbers '%s'", cc);
	file = popen(command, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		assert_int_equal(sscanf(line, "%31s %u", name, &number), 2);
		if (strcmp(name, "syscalls") != 0 && strcmp(name, "arch_specific_syscall") != 0)
			call_add(target, name, number);
	}
	assert_int_equal(pclose(file), 0);
	file = fopen(POLICY, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		policy_line(target, line);
	fclose(file);
	return target->call_count > 200 ? 0 : -1;
}

/* seccomp.c with another machine's table, as a program of this machine. */
static void target_compile(struct target *target, const char *cc)
{
	static const char source[] =
		"#include <stdio.h>\n#include <stdlib.h>\n#include \"sandbox/seccomp.h\"\n"
		"int main(int argc, char **argv)\n{ struct sock_filter f[SECCOMP_MAX];\n"
		"int n = seccomp_build(f, SECCOMP_MAX, strtoull(argv[argc - 1], NULL, 16));\n"
		"return n < 0 || fwrite(f, sizeof(*f), n, stdout) != (size_t)n; }\n";
	char command[512];
	FILE *file;

	snprintf(command, sizeof(command),
		 "d=%s/%s; mkdir $d && cat > $d/main.c &&"
		 " scripts/seccomp-table '%s' " POLICY " > $d/seccomp_table.h &&"
		 " ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Ilauncher -I$d -o $d/filter"
		 " $d/main.c launcher/sandbox/seccomp.c launcher/sandbox/bpf.c",
		 scratch, target->name, cc);
	file = popen(command, "w");
	assert_non_null(file);
	fputs(source, file);
	assert_int_equal(pclose(file), 0);
	snprintf(target->program, sizeof(target->program), "%s/%s/filter", scratch, target->name);
}

/* Once for each target. */
static struct target *target_get(void **state)
{
	struct target *target = *state;
	char command[64], cc[256];
	FILE *file;

	if (target->call_count)
		return target;
	snprintf(command, sizeof(command), "scripts/seccomp-table --cc %s", target->name);
	file = popen(command, "r");
	assert_non_null(file);
	cc[fread(cc, 1, sizeof(cc) - 1, file)] = '\0';
	assert_int_equal(pclose(file), 0);
	cc[strcspn(cc, "\n")] = '\0';
	if (!*cc)
		fail_msg("no kernel headers for %s: run scripts/deps build", target->name);
	target_compile(target, cc);
	assert_int_equal(target_read(target, cc), 0);
	return target;
}

static void filter_get(struct filter *filter, const struct target *target, uint64_t caps)
{
	char command[128];
	FILE *file;

	snprintf(command, sizeof(command), "%s %llx", target->program, (unsigned long long)caps);
	file = popen(command, "r");
	assert_non_null(file);
	filter->length = fread(filter->code, sizeof(*filter->code), SECCOMP_MAX, file);
	assert_int_equal(pclose(file), 0);
}

/* --- what the policy wants --- */

static uint32_t check_action(const struct rule *rule, const struct seccomp_data *data)
{
	uint32_t value = (uint32_t)data->args[rule->argument];
	bool hit = false;
	size_t i;

	for (i = 0; i < rule->value_count; i++)
		hit |= strcmp(rule->test, "no-bits") == 0 ? value & rule->values[i] :
							    value == rule->values[i];
	return hit == (strcmp(rule->test, "one-of") == 0) ? ALLOW : DENY;
}

/* The call with a number; where two names share it, the one that the policy uses. */
static const struct call *call_numbered(const struct target *target, uint32_t number)
{
	const struct call *found = NULL;
	size_t i;

	for (i = 0; i < target->call_count; i++) {
		if (target->calls[i].number == number && (!found || target->calls[i].rule))
			found = &target->calls[i];
	}
	return found;
}

static bool is_checked(const struct target *target, uint32_t number)
{
	const struct call *call = call_numbered(target, number);

	return call && call->rule && call->rule->kind == POLICY_CHECK;
}

static uint32_t wanted(const struct target *target, uint64_t caps, const struct seccomp_data *data)
{
	uint32_t number = (uint32_t)data->nr;
	const struct call *call = call_numbered(target, number);
	const struct rule *rule;

	if (strcmp(target->name, "x86_64") == 0 && number >= 0x40000000 && number != UINT32_MAX)
		return KILL;
	if (!call)
		return NOSYS;
	rule = call->rule;
	if (!rule)
		return number > target->highest && number < PRIVATE ? NOSYS : DENY;
	if (caps & BIT(CAP_SYS_PTRACE))
		caps |= SECCOMP_TRACEABLE;
	switch (rule->kind) {
	case POLICY_ALLOW:
		return ALLOW;
	case POLICY_WITH:
		return caps & BIT(rule->capability) ? ALLOW : DENY;
	case POLICY_ENOSYS:
		return NOSYS;
	case POLICY_CHECK:
		if (rule->capability >= 0 && caps & BIT(rule->capability))
			return ALLOW;
		return check_action(rule, data);
	case POLICY_DENY:
		break;
	}
	return DENY;
}

#endif
