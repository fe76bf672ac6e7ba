/* SPDX-License-Identifier: MIT */
/* Decisions about invented machines that a plan does not show: environment, capabilities, shares, defaults. */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "said.h"
#include "sandbox/capability.h"
#include "sandbox/sandbox.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define BIT(number) (UINT64_C(1) << (number))
#define MIB (UINT64_C(1) << 20)
#define EVERYTHING UINT64_C(0x1ffffffffff)

struct decided {
	struct arena arena;
	struct image image;
	struct request request;
	struct host host;
	struct sandbox sandbox;
	struct said said;
	const char *text; /* what was said */
	int ret;
};

/* A machine with all that davit wants, an image, and one command. */
static void begin(struct decided *decided)
{
	static const struct host host = {
		.capabilities = EVERYTHING,
		.memory = 512 * MIB,
		.page_size = 4096,
		.id = "0a1b2c",
		.kernel = 6 << 16 | 1,
		.cgroup_namespace = true,
		.controllers = { { 2, "/sys/fs/cgroup" },
				 { 2, "/sys/fs/cgroup" },
				 { 2, "/sys/fs/cgroup" } },
	};

	*decided = (struct decided){ .host = host };
	decided->image = (struct image){ .path = "app.squashfs", .base = "app", .fd = -1 };
	assert_int_equal(texts_add(&decided->arena, &decided->request.command, "sh"), 0);
}

static void decide(struct decided *decided)
{
	said_begin(&decided->said);
	decided->ret = sandbox_decide(&decided->sandbox, &decided->arena, &decided->request,
				      &decided->image, &decided->host);
	decided->text = said_end(&decided->said);
}

static void add(struct decided *decided, struct texts *list, const char *text)
{
	assert_int_equal(texts_add(&decided->arena, list, text), 0);
}

static void check_texts(const struct texts *list, const char *const *wanted)
{
	size_t i;

	for (i = 0; wanted[i]; i++) {
		assert_true(i < list->count);
		assert_string_equal(list->items[i], wanted[i]);
	}
	assert_int_equal(list->count, i);
}

#define PATH_ENTRY "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void nothing_of_the_hosts_environment_gets_in(void **state)
{
	static const char *const wanted[] = { PATH_ENTRY, "HOSTNAME=app-0a1b2c", NULL };
	struct decided decided;

	(void)state;
	begin(&decided);
	decide(&decided);
	assert_int_equal(decided.ret, 0);
	check_texts(&decided.sandbox.env, wanted);
	arena_close(&decided.arena);
}

static void a_terminal_brings_its_name(void **state)
{
	static const char *const wanted[] = { PATH_ENTRY, "HOSTNAME=board-7", "TERM=xterm", NULL };
	struct decided decided;

	(void)state;
	begin(&decided);
	decided.request.tty = true;
	decided.request.hostname = "board-7";
	decide(&decided);
	assert_int_equal(decided.ret, 0);
	check_texts(&decided.sandbox.env, wanted);
	arena_close(&decided.arena);
}

static void the_last_value_of_a_variable_counts(void **state)
{
	static const char *const wanted[] = { "PATH=/mine", "HOSTNAME=", "TERM=linux",
					      "A=3",        "AB=2",      NULL };
	struct decided decided;

	(void)state;
	begin(&decided);
	decided.request.tty = true;
	add(&decided, &decided.request.env, "A=1");
	add(&decided, &decided.request.env, "AB=2");
	add(&decided, &decided.request.env, "A=3");
	add(&decided, &decided.request.env, "PATH=/mine");
	add(&decided, &decided.request.env, "HOSTNAME=");
	add(&decided, &decided.request.env, "TERM=linux");
	decide(&decided);
	assert_int_equal(decided.ret, 0);
	check_texts(&decided.sandbox.env, wanted);
	arena_close(&decided.arena);
}

static void a_variable_needs_a_name(void **state)
{
	static const char *const bad[] = { "=", "=value", "", "NAME" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		struct decided decided;

		begin(&decided);
		add(&decided, &decided.request.env, bad[i]);
		decide(&decided);
		assert_int_equal(decided.ret, -EINVAL);
		arena_close(&decided.arena);
	}
}

static void a_launch_without_wishes_is_confined(void **state)
{
	const unsigned long all = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
				  CLONE_NEWNET | CLONE_NEWCGROUP;
	struct decided decided;

	(void)state;
	begin(&decided);
	decide(&decided);
	assert_int_equal(decided.ret, 0);
	assert_int_equal(decided.sandbox.namespaces, all);
	assert_true(decided.sandbox.capabilities == capability_defaults());
	assert_true(decided.sandbox.writable);
	assert_false(decided.sandbox.terminal || decided.sandbox.interactive || decided.sandbox.init);
	assert_null(decided.sandbox.user);
	assert_int_equal(decided.sandbox.volume_count, 0);
	assert_int_equal(decided.sandbox.device_count, 0);
	assert_int_equal(decided.sandbox.rlimit_count, 0);
	arena_close(&decided.arena);
}

static void the_hosts_network_is_the_only_namespace_given_up(void **state)
{
	struct decided decided;

	(void)state;
	begin(&decided);
	decided.request.network = "host";
	decide(&decided);
	assert_int_equal(decided.ret, 0);
	assert_int_equal(decided.sandbox.namespaces, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
							     CLONE_NEWUTS | CLONE_NEWCGROUP);
	arena_close(&decided.arena);
}

static void a_kernel_without_cgroups_needs_no_namespace_for_them(void **state)
{
	struct decided decided;

	(void)state;
	begin(&decided);
	decided.host.cgroup_namespace = false;
	decide(&decided);
	assert_int_equal(decided.ret, 0);
	assert_false(decided.sandbox.namespaces & CLONE_NEWCGROUP);
	arena_close(&decided.arena);
}

/* Words up to NULL; "+" adds, "-" drops. */
static void check_capabilities(uint64_t own, const char *const *words, uint64_t wanted)
{
	struct decided decided;
	size_t i;

	begin(&decided);
	decided.host.capabilities = own;
	for (i = 0; words[i]; i++)
		add(&decided,
		    words[i][0] == '+' ? &decided.request.cap_add : &decided.request.cap_drop,
		    words[i] + 1);
	decide(&decided);
	assert_int_equal(decided.ret, 0);
	if (decided.sandbox.capabilities != wanted)
		fail_msg("%s…: %llx, expected %llx", words[0] ? words[0] : "nothing",
			 (unsigned long long)decided.sandbox.capabilities,
			 (unsigned long long)wanted);
	arena_close(&decided.arena);
}

static void capabilities_follow_dockers_rules(void **state)
{
	static const char *const words[][4] = {
		{ NULL },
		{ "+NET_ADMIN", NULL },
		{ "-CHOWN", NULL },
		{ "-ALL", NULL },
		{ "-ALL", "+CHOWN", NULL },
		{ "+CHOWN", "-ALL", NULL },
		{ "+ALL", NULL },
		{ "+ALL", "-SYS_ADMIN", NULL },
		{ "-SYS_ADMIN", "+ALL", NULL },
		{ "+ALL", "-ALL", NULL },
		{ "+chown", "-CAP_CHOWN", NULL },
	};
	const uint64_t defaults = capability_defaults(), all = capability_all();
	const uint64_t wanted[] = {
		defaults,
		defaults | BIT(CAP_NET_ADMIN),
		defaults & ~BIT(CAP_CHOWN),
		0,
		BIT(CAP_CHOWN),
		BIT(CAP_CHOWN),
		all,
		all & ~BIT(CAP_SYS_ADMIN),
		all & ~BIT(CAP_SYS_ADMIN),
		0,
		defaults & ~BIT(CAP_CHOWN),
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(words); i++)
		check_capabilities(EVERYTHING, words[i], wanted[i]);
}

/* A container's root, for instance. */
static void what_davit_lacks_by_default_is_left_out(void **state)
{
	static const char *const nothing[] = { NULL };
	static const char *const all[] = { "+ALL", NULL };
	const uint64_t own = EVERYTHING & ~BIT(CAP_MKNOD) & ~BIT(CAP_SYS_RESOURCE);

	(void)state;
	check_capabilities(own, nothing, capability_defaults() & ~BIT(CAP_MKNOD));
	check_capabilities(own, all, capability_all() & own);
}

static void what_davit_lacks_and_is_asked_for_is_refused(void **state)
{
	struct decided decided;

	(void)state;
	begin(&decided);
	decided.host.capabilities &= ~BIT(CAP_SYS_TIME);
	add(&decided, &decided.request.cap_add, "SYS_TIME");
	decide(&decided);
	assert_int_equal(decided.ret, -EINVAL);
	assert_non_null(strstr(decided.text, "davit itself does not have it"));
	arena_close(&decided.arena);
}

static void memory_in_tmpfs_is_a_share_of_the_machines(void **state)
{
	static const struct {
		uint64_t memory, page_size, size;
	} rows[] = {
		{ 24 * MIB, 4096, 6 * MIB },
		{ 64 * MIB, 4096, 16 * MIB },
		{ 512 * MIB, 4096, 128 * MIB },
		{ 1024 * MIB, 4096, 256 * MIB },
		{ UINT64_C(1) << 40, 4096, 256 * MIB },
		{ UINT64_MAX, 4096, 256 * MIB },
		{ 24 * MIB - 1, 4096, 6 * MIB - 4096 },
		{ 24 * MIB - 1, 65536, 6 * MIB - 65536 },
		{ 0, 4096, 4096 },
		{ 1, 65536, 65536 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct decided decided;

		begin(&decided);
		decided.host.memory = rows[i].memory;
		decided.host.page_size = rows[i].page_size;
		decide(&decided);
		assert_int_equal(decided.ret, 0);
		assert_int_equal(decided.sandbox.scratch_count, 2);
		if (decided.sandbox.scratch_size != rows[i].size ||
		    decided.sandbox.scratches[0].size != 0)
			fail_msg("row %zu: %llu and %llu", i,
				 (unsigned long long)decided.sandbox.scratch_size,
				 (unsigned long long)decided.sandbox.scratches[0].size);
		arena_close(&decided.arena);
	}
}

static void limits_are_numbers_for_the_kernel(void **state)
{
	struct decided decided;

	(void)state;
	begin(&decided);
	decided.request.memory = "16m";
	decided.request.cpus = "0.5";
	decided.request.pids_limit = "20";
	decide(&decided);
	assert_int_equal(decided.ret, 0);
	assert_int_equal(decided.sandbox.limits.memory, 16 * MIB);
	assert_int_equal(decided.sandbox.limits.swap, 16 * MIB);
	assert_false(decided.sandbox.limits.swap_needed);
	assert_int_equal(decided.sandbox.limits.cpu_quota, 50000);
	assert_int_equal(decided.sandbox.limits.cpu, 500);
	assert_int_equal(decided.sandbox.limits.pids, 20);
	arena_close(&decided.arena);
}

static void swap_is_limited_where_there_is_swap(void **state)
{
	struct decided decided;

	(void)state;
	begin(&decided);
	decided.request.memory = "16m";
	decided.host.swap = 1;
	decide(&decided);
	assert_int_equal(decided.ret, 0);
	assert_int_equal(decided.sandbox.limits.swap, 16 * MIB);
	assert_true(decided.sandbox.limits.swap_needed);
	arena_close(&decided.arena);
}

static void no_limit_needs_no_controller(void **state)
{
	static const char *const words[] = { "0", "-1" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(words); i++) {
		struct decided decided;

		begin(&decided);
		memset(decided.host.controllers, 0, sizeof(decided.host.controllers));
		decided.request.pids_limit = words[i];
		decide(&decided);
		assert_int_equal(decided.ret, 0);
		assert_int_equal(decided.sandbox.limits.pids, 0);
		arena_close(&decided.arena);
	}
}

static void a_default_name_is_the_images_and_a_number(void **state)
{
	static const struct {
		const char *base, *name, *hostname;
	} rows[] = {
		{ "app", "app-0a1b2c", "app-0a1b2c" },
		{ "my_app", "my_app-0a1b2c", "my-app-0a1b2c" },
		{ ".", "box-0a1b2c", "box-0a1b2c" },
		{ "", "box-0a1b2c", "box-0a1b2c" },
		{ "with blank", "box-0a1b2c", "box-0a1b2c" },
		{ "line\nbreak", "box-0a1b2c", "box-0a1b2c" },
		{ "-dash", "box-0a1b2c", "box-0a1b2c" },
		{ "a23456789012345678901234567890123456789012345678901234567890",
		  "a23456789012345678901234567890123456789012345678-0a1b2c",
		  "a23456789012345678901234567890123456789012345678-0a1b2c" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct decided decided;

		begin(&decided);
		decided.image.base = rows[i].base;
		decide(&decided);
		assert_int_equal(decided.ret, 0);
		assert_string_equal(decided.sandbox.name, rows[i].name);
		assert_string_equal(decided.sandbox.hostname, rows[i].hostname);
		arena_close(&decided.arena);
	}
}

/* A name may have dots and underscores where a host name may not. */
static void a_name_that_is_no_host_name_gives_another_one(void **state)
{
	static const struct {
		const char *name, *hostname;
	} rows[] = { { "a.b", "a.b" }, { "a_b", "a-b" },  { "a.", "box" },
		     { "a_", "box" },  { "a..b", "box" }, { "a_.b", "box" } };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct decided decided;

		begin(&decided);
		decided.request.name = rows[i].name;
		decide(&decided);
		assert_int_equal(decided.ret, 0);
		assert_string_equal(decided.sandbox.name, rows[i].name);
		assert_string_equal(decided.sandbox.hostname, rows[i].hostname);
		arena_close(&decided.arena);
	}
}

static void the_command_stands_behind_the_entrypoint(void **state)
{
	static const char *const both[] = { "/init", "sh", "", "-c", NULL };
	static const char *const alone[] = { "sh", "", "-c", NULL };
	struct decided decided;

	(void)state;
	begin(&decided);
	add(&decided, &decided.request.command, "");
	add(&decided, &decided.request.command, "-c");
	decided.request.entrypoint = "/init";
	decide(&decided);
	assert_int_equal(decided.ret, 0);
	check_texts(&decided.sandbox.argv, both);
	decided.request.entrypoint = "";
	decide(&decided);
	assert_int_equal(decided.ret, 0);
	check_texts(&decided.sandbox.argv, alone);
	arena_close(&decided.arena);
}

/* A refusal says one line and names the option, whatever the machine. */
static void memory_that_runs_out_is_an_error_not_a_crash(void **state)
{
	struct decided decided;

	(void)state;
	begin(&decided);
	decided.arena.failed = 1;
	add(&decided, &decided.request.volume, "/a:/b");
	decide(&decided);
	assert_int_equal(decided.ret, -ENOMEM);
	arena_close(&decided.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_of_the_hosts_environment_gets_in),
		cmocka_unit_test(a_terminal_brings_its_name),
		cmocka_unit_test(the_last_value_of_a_variable_counts),
		cmocka_unit_test(a_variable_needs_a_name),
		cmocka_unit_test(a_launch_without_wishes_is_confined),
		cmocka_unit_test(the_hosts_network_is_the_only_namespace_given_up),
		cmocka_unit_test(a_kernel_without_cgroups_needs_no_namespace_for_them),
		cmocka_unit_test(capabilities_follow_dockers_rules),
		cmocka_unit_test(what_davit_lacks_by_default_is_left_out),
		cmocka_unit_test(what_davit_lacks_and_is_asked_for_is_refused),
		cmocka_unit_test(memory_in_tmpfs_is_a_share_of_the_machines),
		cmocka_unit_test(limits_are_numbers_for_the_kernel),
		cmocka_unit_test(swap_is_limited_where_there_is_swap),
		cmocka_unit_test(no_limit_needs_no_controller),
		cmocka_unit_test(a_default_name_is_the_images_and_a_number),
		cmocka_unit_test(a_name_that_is_no_host_name_gives_another_one),
		cmocka_unit_test(the_command_stands_behind_the_entrypoint),
		cmocka_unit_test(memory_that_runs_out_is_an_error_not_a_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
