/* SPDX-License-Identifier: MIT */
/* The compiler of system call policies: its filters answer as the policies say, on every machine;
 * what is wrong is refused with its place; what it writes is read back, and checked as the kernel
 * checks. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "said.h"
#include "sandbox/capability.h"
#include "sandbox/seccomp.h"
#include "sandbox/seccomp_compile.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define ALLOW SECCOMP_RET_ALLOW
#define ERRNO(n) (SECCOMP_RET_ERRNO | (n))

static const struct {
	const char *name;
	uint32_t arch;
} machines[] = {
	{ "x86_64", AUDIT_ARCH_X86_64 },
	{ "arm", AUDIT_ARCH_ARM },
	{ "aarch64", AUDIT_ARCH_AARCH64 },
	{ "riscv64", AUDIT_ARCH_RISCV64 },
};

static struct arena arena;

static int compile(struct filter *filter, const char *text, uint32_t arch, uint64_t caps,
		   uint64_t kernel)
{
	const struct seccomp_target target = { .arch = arch, .caps = caps, .kernel = kernel };
	int ret = seccomp_compile(filter, &arena, text, "policy", &target);
	size_t at;

	if (ret == 0)
		assert_null(filter_check(&at, filter->code, filter->count));
	return ret;
}

static uint32_t ask(const struct filter *filter, const char *name, const uint64_t *args)
{
	struct seccomp_data data = { .arch = filter->arch };
	int number = names_number(names_find(name), filter->arch);
	bool by_argument;

	assert_true(number >= 0);
	data.nr = number;
	if (args)
		memcpy(data.args, args, sizeof(data.args));
	return filter_ask(filter, &data, &by_argument);
}

static char *read_policy(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 65536);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	return text;
}

/* What the build makes of the default policy for this machine, and what the compiler makes of it. */
static void test_default_policy(void **state)
{
	static const uint64_t sets[] = { 0, 0xa80425fb, UINT64_C(1) << CAP_SYS_ADMIN,
					 UINT64_C(1) << CAP_SYS_PTRACE, UINT64_MAX >> 23 };
	static const uint64_t words[] = { 0,  UINT64_MAX, 0x5412,     0x10000541c,
					  38, 40,         0x10000011, 0x20008 };
	struct sock_filter built[SECCOMP_MAX];
	char *text = read_policy("launcher/sandbox/seccomp.policy");
	size_t i, k;
	uint32_t n;

	(void)state;
	for (i = 0; i < COUNT(sets); i++) {
		struct filter ours, theirs = { .arch = filter_own_arch(), .code = built };
		int count = seccomp_build(built, SECCOMP_MAX, sets[i] | SECCOMP_TRACEABLE);

		assert_true(count > 0);
		theirs.count = (size_t)count;
		assert_int_equal(compile(&ours, text, filter_own_arch(), sets[i], 6 << 16), 0);
		for (n = 0; n < 1100 * COUNT(words); n++) {
			struct seccomp_data data = { .arch = ours.arch,
						     .nr = (int)(n / COUNT(words)) };
			bool by_argument;

			for (k = 0; k < 6; k++)
				data.args[k] = words[n % COUNT(words)];
			if (data.nr >= 1050)
				data.nr = data.nr - 1050 + (n & 1 ? 0x40000000 : 0xf0000);
			assert_int_equal(filter_ask(&ours, &data, &by_argument),
					 filter_ask(&theirs, &data, &by_argument));
		}
	}
	free(text);
}

/* A call of another machine ends the process, whatever the policy, and so does x32. */
static void test_second_abi(void **state)
{
	static const char *const policies[] = { "allow all\n\tread\n",
						"{\"defaultAction\":\"SCMP_ACT_ALLOW\"}" };
	struct filter filter;
	bool by_argument;
	size_t i, k, p;

	(void)state;
	for (p = 0; p < COUNT(policies); p++) {
		for (i = 0; i < COUNT(machines); i++) {
			struct seccomp_data data = { .nr = 1 };

			assert_int_equal(compile(&filter, policies[p], machines[i].arch, 0, 0), 0);
			for (k = 0; k < COUNT(machines); k++) {
				data.arch = machines[k].arch;
				if (k != i)
					assert_int_equal(filter_ask(&filter, &data, &by_argument),
							 SECCOMP_RET_KILL_PROCESS);
			}
			data.arch = AUDIT_ARCH_I386;
			assert_int_equal(filter_ask(&filter, &data, &by_argument),
					 SECCOMP_RET_KILL_PROCESS);
			data.arch = machines[i].arch;
			data.nr = 0x40000000;
			assert_int_equal(filter_ask(&filter, &data, &by_argument) ==
						 SECCOMP_RET_KILL_PROCESS,
					 machines[i].arch == AUDIT_ARCH_X86_64);
		}
	}
}

/* Every operator on values around every boundary, against C. */
static void test_comparisons(void **state)
{
	static const uint64_t values[] = { 0,
					   1,
					   0x7fffffff,
					   0x80000000,
					   0xfffffffe,
					   0xffffffff,
					   0x100000000,
					   0x100000001,
					   0x1ffffffff,
					   0x7fffffffffffffff,
					   0x8000000000000000,
					   9007199254740993,
					   UINT64_MAX - 1,
					   UINT64_MAX };
	static const char *const ops[] = { "EQ", "NE", "LT", "LE", "GT", "GE", "MASKED_EQ" };
	size_t i, j, op, m;

	(void)state;
	for (op = 0; op < COUNT(ops); op++) {
		for (i = 0; i < COUNT(values); i++) {
			const uint64_t v = values[i], two = values[(i + 5) % COUNT(values)];
			struct filter filter;
			char text[400];

			snprintf(text, sizeof(text),
				 "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\"],"
				 "\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":%zu,\"op\":\"SCMP_CMP_%s\","
				 "\"value\":%llu,\"valueTwo\":%llu}]}]}",
				 i % 6, ops[op], (unsigned long long)v, (unsigned long long)two);
			m = i % COUNT(machines);
			assert_int_equal(compile(&filter, text, machines[m].arch, 0, 0), 0);
			for (j = 0; j < COUNT(values); j++) {
				const uint64_t a = values[j];
				const bool truth[] = { a == v, a != v, a<v, a <= v, a> v, a >= v,
						       (a & v) == (two & v) };
				uint64_t args[6] = { 0 };

				args[i % 6] = a;
				if (ask(&filter, "read", args) != (truth[op] ? ALLOW : ERRNO(EPERM)))
					fail_msg("%llx %s %llx", (unsigned long long)a, ops[op],
						 (unsigned long long)v);
			}
		}
	}
}

struct json_case {
	const char *text, *call;
	uint64_t arg0, arg1;
	uint32_t want;
};

#define P(rest) "{\"defaultAction\":\"SCMP_ACT_ERRNO\"," rest "}"
#define S(rest) P("\"syscalls\":[" rest "]")
#define ALLOWED "\"action\":\"SCMP_ACT_ALLOW\""
#define ARG(index, op, value) \
	"{\"index\":" #index ",\"op\":\"SCMP_CMP_" #op "\",\"value\":" #value "}"

static const struct json_case json_cases[] = {
	{ S(""), "mseal", 0, 0, ERRNO(ENOSYS) },
	{ S("{\"names\":[\"mseal\"]," ALLOWED "}"), "read", 0, 0, ERRNO(EPERM) },
	{ S("{\"names\":[\"read\"]," ALLOWED "}"), "read", 0, 0, ALLOW },
	{ S("{\"name\":\"read\"," ALLOWED ",\"args\":null}"), "read", 0, 0, ALLOW },
	{ S("{\"names\":[\"read\"]," ALLOWED "}"), "mseal", 0, 0, ERRNO(ENOSYS) },
	{ P("\"defaultErrnoRet\":38,\"syscalls\":[{\"names\":[\"mseal\"]," ALLOWED "}]"), "read", 0,
	  0, ERRNO(ENOSYS) },
	{ S("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":13}"), "read", 0, 0,
	  ERRNO(13) },
	{ S("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_KILL\"}"), "read", 0, 0,
	  SECCOMP_RET_KILL_THREAD },
	{ S("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_KILL_PROCESS\"}"), "read", 0, 0,
	  SECCOMP_RET_KILL_PROCESS },
	{ S("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_TRAP\"}"), "read", 0, 0, SECCOMP_RET_TRAP },
	{ S("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_LOG\"}"), "read", 0, 0, SECCOMP_RET_LOG },
	{ S("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":7}"), "read", 0, 0,
	  SECCOMP_RET_TRACE | 7 },
	/* All of several arguments; any of several tests of one. */
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"args\":[" ARG(0, EQ, 1) "," ARG(1, EQ, 2) "]}"),
	  "read", 1, 2, ALLOW },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"args\":[" ARG(0, EQ, 1) "," ARG(1, EQ, 2) "]}"),
	  "read", 1, 3, ERRNO(EPERM) },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"args\":[" ARG(0, EQ, 1) "," ARG(0, EQ, 5) "]}"),
	  "read", 5, 0, ALLOW },
	/* The most severe rule counts, wherever it stands. */
	{ S("{\"names\":[\"read\"]," ALLOWED
	    "},{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[" ARG(0, EQ, 7) "]}"),
	  "read", 7, 0, ERRNO(EPERM) },
	{ S("{\"names\":[\"read\"]," ALLOWED
	    "},{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[" ARG(0, EQ, 7) "]}"),
	  "read", 8, 0, ALLOW },
	{ S("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\"},{\"names\":[\"read\"]," ALLOWED
	    ",\"args\":[" ARG(0, EQ, 7) "]}"),
	  "read", 7, 0, ERRNO(EPERM) },
	/* Conditions: the capability 21 is SYS_ADMIN, which the target keeps; its kernel is 5.4. */
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}}"),
	  "read", 0, 0, ALLOW },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}}"),
	  "read", 0, 0, ERRNO(EPERM) },
	{ S("{\"names\":[\"read\"]," ALLOWED
	    ",\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\",\"CAP_BPF\"]}}"),
	  "read", 0, 0, ERRNO(EPERM) },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"includes\":{\"minKernel\":\"5.4\"}}"), "read", 0,
	  0, ALLOW },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"includes\":{\"minKernel\":\"5.5\"}}"), "read", 0,
	  0, ERRNO(EPERM) },
	{ S("{\"names\":[\"read\"]," ALLOWED
	    ",\"includes\":{\"arches\":[\"amd64\",\"arm\",\"arm64\",\"riscv64\"]}}"),
	  "read", 0, 0, ALLOW },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"includes\":{\"arches\":[\"s390x\"]}}"), "read", 0,
	  0, ERRNO(EPERM) },
	{ S("{\"names\":[\"read\"]," ALLOWED
	    ",\"excludes\":{\"arches\":[\"s390x\"]},\"comment\":\"x\"}"),
	  "read", 0, 0, ALLOW },
	/* What only other machines have passes; strings keep their escapes. */
	{ S("{\"names\":[\"s390_pci_mmio_read\",\"re\\u0061d\",\"waitpid\"]," ALLOWED
	    ",\"comment\":\"\\\"1\\\\\"}"),
	  "read", 0, 0, ALLOW },
	{ S("{\"names\":[\"brandnew=1000\",\"read\"]," ALLOWED "}"), "mseal", 0, 0, ERRNO(EPERM) },
	{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}", "mseal", 0, 0, ALLOW },
	{ "{\"defaultAction\":\"SCMP_ACT_KILL\"}", "mseal", 0, 0, SECCOMP_RET_KILL_THREAD },
	{ P("\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_ARM\",\"SCMP_ARCH_AARCH64\","
	    "\"SCMP_ARCH_RISCV64\"],\"syscalls\":[{\"names\":[\"read\"]," ALLOWED "}]"),
	  "read", 0, 0, ALLOW },
};

static void test_json(void **state)
{
	size_t i, m;

	(void)state;
	for (i = 0; i < COUNT(json_cases); i++) {
		for (m = 0; m < COUNT(machines); m++) {
			const struct json_case *c = &json_cases[i];
			const uint64_t args[6] = { c->arg0, c->arg1 };
			struct filter filter;
			uint32_t seen;

			if (compile(&filter, c->text, machines[m].arch,
				    UINT64_C(1) << CAP_SYS_ADMIN, 5 << 16 | 4))
				fail_msg("refused: %s", c->text);
			seen = ask(&filter, c->call, args);
			if (seen != c->want)
				fail_msg("%s on %s: %#x, not %#x: %s", c->call, machines[m].name,
					 seen, c->want, c->text);
		}
	}
}

static const struct {
	const char *text, *words;
} refused[] = {
	{ "allow x\n\tred\n", "policy:2: red: no machine has such a call" },
	{ "allow x\n\tread\n\n\twrite read\n", "policy:4: read: stands here a second time" },
	{ "\tread\n", "policy:1: read: names without a class" },
	{ "alow x\n\tread\n", "policy:1: alow: no class" },
	{ "allow\n\tread\n", "policy:1: allow: expected a subject" },
	{ "allow x on vax\n\tread\n", "policy:1: vax: no such machine" },
	{ "allow-with FLY\n\tread\n", "policy:1: FLY: no such capability" },
	{ "allow-with ALL\n\tread\n", "policy:1: ALL: no such capability" },
	{ "check read 6 one-of 1\n", "policy:1: 6: expected an argument" },
	{ "check read 0 like 1\n", "policy:1: like: expected one-of" },
	{ "check read 0 one-of 0x100000000\n", "policy:1: 0x100000000: expected a number of 32 bits" },
	{ "check read 0 one-of 12x\n", "policy:1: 12x: expected a number" },
	{ "check read 0 one-of\n", "policy:1: check: expected check CALL" },
	{ "allow x\n\tread=2000\n", "policy:2: read: this is not its number" },
	{ "allow x\n\tbrandnew=1024\n", "policy:2: brandnew: this is not its number" },
	{ "allow x\n\tmseal=463\n", "policy:2: mseal: this is not its number" },
	{ "# nothing\n", "policy: it names no system call" },
	{ "", "policy: it names no system call" },
	{ "{", "policy:1: this is not JSON" },
	{ "{\n\"defaultAction\": oh\n}", "policy:2: this is not JSON" },
	{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\"} x", "policy:1: this is not JSON" },
	{ "{}", "policy: defaultAction: is missing" },
	{ "{\"defaultAction\":\"ALLOW\"}", "policy: defaultAction: ALLOW is not known" },
	{ "{\"defaultAction\":5}", "policy: defaultAction: expected a string" },
	{ "{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", "policy: defaultAction: SCMP_ACT_NOTIFY needs" },
	{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1}",
	  "defaultErrnoRet: this action has no errno" },
	{ P("\"defaultAction\":\"SCMP_ACT_ALLOW\""), "policy: defaultAction: stands there twice" },
	{ P("\"listenerPath\":\"/x\""), "policy: listenerPath: davit does not know" },
	{ P("\"architectures\":[\"SCMP_ARCH_S390X\"]"), "policy: architectures: the machine" },
	{ P("\"architectures\":[\"SCMP_ARCH_VAX\"]"),
	  "policy: architectures[0]: SCMP_ARCH_VAX is not known" },
	{ P("\"flags\":[\"SECCOMP_FILTER_FLAG_NEW_LISTENER\"]"),
	  "policy: flags[0]: SECCOMP_FILTER_FLAG_NEW_LISTENER is not" },
	{ P("\"syscalls\":{}"), "policy: syscalls: expected a list" },
	{ S("[]"), "policy: syscalls[0]: expected an object" },
	{ S("{\"names\":[\"read\"]}"), "policy: syscalls[0]: expected names and action" },
	{ S("{" ALLOWED "}"), "policy: syscalls[0]: expected names and action" },
	{ S("{\"nmaes\":[\"read\"]," ALLOWED "}"), "policy: syscalls[0].nmaes: davit does not know" },
	{ S("{\"names\":[\"read\",\"raed\"]," ALLOWED "}"),
	  "policy: syscalls[0].names[1]: no machine has a system call raed" },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"errnoRet\":1}"),
	  "policy: syscalls[0]: this action has no errno" },
	{ S("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":4096}"),
	  "errnoRet: the number is too large" },
	{ S("{\"names\":[\"read\"]," ALLOWED
	    ",\"args\":[{\"index\":6,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}"),
	  "policy: syscalls[0].args[0].index: the number is too large" },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"args\":[{\"index\":0,\"value\":1}]}"),
	  "args[0]: expected index, value and op" },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"args\":[" ARG(0, LIKE, 1) "]}"),
	  "args[0].op: SCMP_CMP_LIKE is not known" },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"args\":[" ARG(0, EQ, -1) "]}"),
	  "args[0].value: expected a whole number" },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"args\":[" ARG(0, EQ, 1.5) "]}"),
	  "args[0].value: expected a whole number" },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"args\":[" ARG(0, EQ, 1e3) "]}"),
	  "args[0].value: expected a whole number" },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"args\":[" ARG(0, EQ, "1") "]}"),
	  "args[0].value: expected a whole number" },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"args\":[" ARG(0, EQ, 18446744073709551616) "]}"),
	  "args[0].value: the number is too large" },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"includes\":{\"caps\":[\"CAP_FLY\"]}}"),
	  "includes.caps[0]: CAP_FLY is no capability" },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"includes\":{\"arches\":[\"vax\"]}}"),
	  "includes.arches[0]: vax is not known" },
	{ S("{\"names\":[\"read\"]," ALLOWED ",\"excludes\":{\"minKernel\":\"five\"}}"),
	  "excludes.minKernel: expected a version" },
};

static void test_refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(refused); i++) {
		struct filter filter;
		struct said said;
		int ret;

		said_begin(&said);
		ret = compile(&filter, refused[i].text, filter_own_arch(), 0, 0);
		if (!strstr(said_end(&said), refused[i].words) || ret >= 0)
			fail_msg("%s: %d, not \"%s\" but %s", refused[i].text, ret,
				 refused[i].words, said.text);
	}
}

/* --- the file --------------------------------------------------------------------------------------- */

static void test_file(void **state)
{
	struct filter filter, again;
	struct said said;
	uint8_t *file, *copy;
	size_t size, i;

	(void)state;
	assert_int_equal(compile(&filter,
				 "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],"
				 "\"syscalls\":[{\"names\":[\"read\"]," ALLOWED "}]}",
				 AUDIT_ARCH_ARM, 0, 0),
			 0);
	file = filter_write(&arena, &filter, &size);
	assert_non_null(file);
	assert_int_equal(size, FILTER_HEADER + filter.count * FILTER_INSTRUCTION);
	assert_true(filter_is_file(file, size));
	assert_int_equal(filter_read(&again, &arena, file, size, "file"), 0);
	assert_int_equal(again.arch, AUDIT_ARCH_ARM);
	assert_int_equal(again.flags, SECCOMP_FILTER_FLAG_LOG);
	assert_int_equal(again.count, filter.count);
	assert_memory_equal(again.code, filter.code, filter.count * sizeof(*filter.code));
	/* No bit may change, and no byte be missing. */
	copy = malloc(size + 1);
	assert_non_null(copy);
	said_begin(&said);
	for (i = 0; i < size * 8; i++) {
		memcpy(copy, file, size);
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_true(filter_read(&again, &arena, copy, size, "file") < 0);
	}
	for (i = 0; i <= size + 1; i++) {
		memcpy(copy, file, i < size ? i : size);
		if (i != size)
			assert_true(filter_read(&again, &arena, copy, i, "file") < 0);
	}
	(void)said_end(&said);
	free(copy);
}

/* --- long filters ------------------------------------------------------------------------------------ */

/* A rule for every call, each with tests and an errno of its own: jumps must reach over all of it. */
static char *long_policy(unsigned int tests)
{
	struct string text = { 0 };
	unsigned int number, i;
	bool first = true;

	string_add(&arena, &text, "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[");
	for (number = 0; number < 300; number++) {
		const char *name = names_name(AUDIT_ARCH_X86_64, number);

		if (!name)
			continue;
		string_add(&arena, &text,
			   "%s{\"names\":[\"%s\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":%u,\"args\":[",
			   first ? "" : ",", name, number + 100);
		for (i = 0; i < tests; i++)
			string_add(&arena, &text,
				   "%s{\"index\":%u,\"op\":\"SCMP_CMP_GT\",\"value\":%u}",
				   i ? "," : "", i, number * 1000 + i);
		string_add(&arena, &text, "]}");
		first = false;
	}
	string_add(&arena, &text, "]}");
	return text.text;
}

static void test_long(void **state)
{
	struct filter filter;
	struct said said;
	unsigned int number;

	(void)state;
	assert_int_equal(compile(&filter, long_policy(1), AUDIT_ARCH_X86_64, 0, 0), 0);
	assert_true(filter.count > 1500);
	for (number = 0; number < 300; number++) {
		const char *name = names_name(AUDIT_ARCH_X86_64, number);
		const uint64_t below[6] = { number * 1000 }, above[6] = { number * 1000 + 1 };

		if (!name)
			continue;
		assert_int_equal(ask(&filter, name, below), ERRNO(EPERM));
		assert_int_equal(ask(&filter, name, above), ERRNO(number + 100));
	}
	said_begin(&said);
	assert_true(compile(&filter, long_policy(6), AUDIT_ARCH_X86_64, 0, 0) < 0);
	assert_non_null(strstr(said_end(&said), "more than 4096 instructions"));
}

/* --- the kernel -------------------------------------------------------------------------------------- */

static struct sock_filter random_instruction(unsigned int *seed, size_t count)
{
	static const uint16_t codes[] = {
		BPF_LD | BPF_W | BPF_ABS,
		BPF_LD | BPF_IMM,
		BPF_LDX | BPF_IMM,
		BPF_LD | BPF_MEM,
		BPF_LDX | BPF_MEM,
		BPF_ST,
		BPF_STX,
		BPF_LD | BPF_W | BPF_LEN,
		BPF_LDX | BPF_W | BPF_LEN,
		BPF_ALU | BPF_ADD,
		BPF_ALU | BPF_DIV,
		BPF_ALU | BPF_LSH,
		BPF_ALU | BPF_RSH,
		BPF_ALU | BPF_MOD,
		BPF_ALU | BPF_XOR,
		BPF_ALU | BPF_NEG,
		BPF_ALU | BPF_AND | BPF_X,
		BPF_ALU | BPF_LSH | BPF_X,
		BPF_ALU | BPF_NEG | BPF_X,
		BPF_JMP | BPF_JA,
		BPF_JMP | BPF_JEQ,
		BPF_JMP | BPF_JGT,
		BPF_JMP | BPF_JGE | BPF_X,
		BPF_JMP | BPF_JSET,
		BPF_MISC | BPF_TAX,
		BPF_MISC | BPF_TXA,
		BPF_RET | BPF_K,
		BPF_RET | BPF_A,
		BPF_RET | BPF_X,
		BPF_LD | BPF_H | BPF_ABS,
		BPF_LD | BPF_W | BPF_IND,
		BPF_LDX | BPF_B | BPF_MSH,
		BPF_JMP | BPF_JA | BPF_X,
		0x110,
		BPF_ST | BPF_MEM,
		BPF_JMP | 0xf0,
	};
	static const uint32_t values[] = {
		0, 1, 4, 16, 15, 31, 32, 60, 64, 61, SECCOMP_RET_ALLOW, UINT32_MAX
	};

	return (struct sock_filter){
		.code = codes[(unsigned int)rand_r(seed) % (rand_r(seed) % 4 ? 28 : COUNT(codes))],
		.jt = (uint8_t)((unsigned int)rand_r(seed) % count),
		.jf = (uint8_t)((unsigned int)rand_r(seed) % count),
		.k = rand_r(seed) % 3 ? (uint32_t)rand_r(seed) % (uint32_t)count :
					values[(unsigned int)rand_r(seed) % COUNT(values)],
	};
}

/* In a child, since a filter stays: did the kernel take it? Told through memory, since calls may be forbidden then. */
static int kernel_takes(const struct sock_filter *code, size_t count, volatile int *told)
{
	const struct sock_fprog program = { .len = (unsigned short)count,
					    .filter = (struct sock_filter *)code };
	pid_t pid;

	*told = -1;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGILL, SIG_DFL);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
			*told = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
		/* No call is needed for this. */
		__builtin_trap();
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return *told;
}

/* Wild programs, most of them wrong in one place or two: davit and the kernel are of one opinion. */
static void test_kernel(void **state)
{
	volatile int *told =
		mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int seed = 1, taken = 0, number;
	size_t i, at;

	(void)state;
	assert_ptr_not_equal(told, MAP_FAILED);
	for (number = 0; number < 1500; number++) {
		struct sock_filter code[12];
		const size_t count = 1 + (unsigned int)rand_r(&seed) % (number % 3 ? 3 : COUNT(code));
		bool ours;

		for (i = 0; i < count; i++)
			code[i] = random_instruction(&seed, count);
		if (rand_r(&seed) % 8)
			code[count - 1] = (struct sock_filter){ .code = BPF_RET | BPF_K,
								.k = SECCOMP_RET_ALLOW };
		ours = !filter_check(&at, code, count);
		taken += ours;
		if (kernel_takes(code, count, told) != ours) {
			for (i = 0; i < count; i++)
				fprintf(stderr, "%#x %u %u %#x\n", code[i].code, code[i].jt,
					code[i].jf, code[i].k);
			fail_msg("program %u: davit %s it", number, ours ? "takes" : "refuses");
		}
	}
	assert_in_range(taken, 150, 1350);
}

static int setup(void **state)
{
	(void)state;
	return access("launcher/sandbox/seccomp.policy", R_OK);
}

static int teardown(void **state)
{
	(void)state;
	arena_close(&arena);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "the-default-policy-is-compiled-as-the-build-does", test_default_policy, NULL,
		  NULL, NULL },
		{ "a-second-ABI-ends-the-process", test_second_abi, NULL, NULL, NULL },
		{ "arguments-are-compared-in-64-bits", test_comparisons, NULL, NULL, NULL },
		{ "a-policy-of-OCI-answers-as-it-says", test_json, NULL, NULL, NULL },
		{ "what-is-wrong-is-refused-with-its-place", test_refused, NULL, NULL, NULL },
		{ "a-compiled-file-is-read-back-or-refused", test_file, NULL, NULL, NULL },
		{ "long-filters-jump-right-and-too-long-ones-are-refused", test_long, NULL, NULL,
		  NULL },
		{ "filters-are-checked-as-the-kernel-does", test_kernel, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
