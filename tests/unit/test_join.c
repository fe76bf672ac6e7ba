/* SPDX-License-Identifier: MIT */
/* The way into a running sandbox, decided from its record alone: the order of the steps, and what is refused. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "said.h"
#include "sandbox/join.h"
#include "sandbox/record_text.h"

static const struct host host = { .kernel = 6 << 16 };

struct joining {
	struct arena arena;
	struct sandbox sandbox;
	struct plan plan;
	struct record record;
	struct said said;
	int ret;
};

/* With the sum of the default filter for these capabilities, unless TEXT has a line of its own. */
static void join(struct joining *joining, const char *text, const struct join_request *request)
{
	const char *filter = "";
	int i;

	*joining = (struct joining){ .record = { .name = "box", .dir = -1, .pid = 42, .start = 7 } };
	for (i = 0; i < 2; i++) {
		joining->record.text =
			arena_print(&joining->arena, "pid 42\n%s%send\n", text, filter);
		assert_non_null(joining->record.text);
		said_begin(&joining->said);
		joining->ret = join_plan(&joining->plan, &joining->sandbox, &joining->arena,
					 &joining->record, request, &host);
		(void)said_end(&joining->said);
		if (joining->ret == 0 || strstr(text, "seccomp") || i > 0)
			return;
		filter = "seccomp default\n";
		joining->record.text =
			arena_print(&joining->arena, "pid 42\n%s%send\n", text, filter);
		said_begin(&joining->said);
		(void)join_plan(&joining->plan, &joining->sandbox, &joining->arena,
				&joining->record, request, &host);
		(void)said_end(&joining->said);
		if (!joining->plan.filter_count)
			return;
		filter = arena_print(&joining->arena, "seccomp %s\n",
				     record_filter(&joining->arena, &joining->plan));
	}
}

static size_t place(const struct plan *plan, enum step_kind kind)
{
	size_t i;

	for (i = 0; i < plan->count; i++) {
		if (plan->steps[i].kind == kind)
			return i;
	}
	return SIZE_MAX;
}

static void command(struct joining *joining, struct join_request *request, const char *word)
{
	(void)joining;
	*request = (struct join_request){ 0 };
	static const char *items[2];

	items[0] = word;
	request->command = (struct texts){ items, 1 };
}

#define RECORD "namespaces 7e020000\ncapabilities a80425fb\nambient 0\nflags\n"

static void rights_are_gone_before_anybody_can_see_the_process(void **state)
{
	static const enum step_kind order[] = {
		STEP_INTO,       STEP_JOIN,         STEP_SESSION,      STEP_DESCRIPTORS,
		STEP_NAMESPACES, STEP_ROOT,         STEP_USER,         STEP_BOUNDING,
		STEP_IDS,        STEP_CAPABILITIES, STEP_NO_NEW_PRIVS, STEP_VERIFY_JOINED,
		STEP_FORGET,     STEP_SECCOMP,      STEP_SPAWN,        STEP_EXEC,
	};
	struct joining joining;
	struct join_request request;
	size_t i;

	(void)state;
	command(&joining, &request, "true");
	join(&joining, RECORD "user app\ncgroup-memory /cg/davit/box\n", &request);
	assert_int_equal(joining.ret, 0);
	assert_true(joining.plan.joins);
	for (i = 1; i < sizeof(order) / sizeof(order[0]); i++) {
		assert_true(place(&joining.plan, order[i]) != SIZE_MAX);
		assert_true(place(&joining.plan, order[i - 1]) < place(&joining.plan, order[i]));
	}
	assert_int_equal(joining.plan.steps[place(&joining.plan, STEP_NAMESPACES)].numbers[0], 42);
	assert_int_equal(joining.plan.steps[place(&joining.plan, STEP_NAMESPACES)].numbers[1], 7);
	assert_true(joining.sandbox.namespaces & CLONE_NEWPID);
	arena_close(&joining.arena);
}

static void two_controllers_of_one_cgroup_are_one_step(void **state)
{
	struct joining joining;
	struct join_request request;
	size_t i, count = 0;

	(void)state;
	command(&joining, &request, "true");
	join(&joining, RECORD "cgroup-memory /cg/box\ncgroup-pids /cg/box\ncgroup-cpu /cpu/box\n",
	     &request);
	assert_int_equal(joining.ret, 0);
	for (i = 0; i < joining.plan.count; i++)
		count += joining.plan.steps[i].kind == STEP_INTO;
	assert_int_equal(count, 2);
	arena_close(&joining.arena);
}

static void what_the_record_does_not_say_is_refused(void **state)
{
	static const struct {
		const char *text, *words;
	} records[] = {
		{ "", "namespaces" },
		{ "namespaces 7e020000\n", "capabilities" },
		{ "namespaces 7e020000\ncapabilities x\nambient 0\n", "capabilities" },
		{ RECORD "seccomp default 1 0000000000000000\n", "filter" },
		{ RECORD "seccomp file zz\n", "seccomp" },
		{ RECORD "seccomp file 00\n", "box" },
		{ RECORD "rlimit nofile x y\n", "nofile" },
	};
	struct joining joining;
	struct join_request request;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		command(&joining, &request, "true");
		join(&joining, records[i].text, &request);
		assert_true(joining.ret < 0);
		assert_non_null(strstr(joining.said.text, records[i].words));
		arena_close(&joining.arena);
	}
}

static void a_terminal_that_nobody_holds_is_refused(void **state)
{
	struct joining joining;
	struct join_request request;

	(void)state;
	command(&joining, &request, "true");
	request.tty = request.detach = true;
	join(&joining, RECORD, &request);
	assert_true(joining.ret < 0);
	assert_non_null(strstr(joining.said.text, "--detach and --tty"));
	arena_close(&joining.arena);
}

static void an_entry_of_the_environment_replaces_the_launchs(void **state)
{
	static const char *entries[] = { "B=3", NULL };
	struct joining joining;
	struct join_request request;

	(void)state;
	command(&joining, &request, "true");
	request.env = (struct texts){ entries, 1 };
	join(&joining, RECORD "env A=1 B=2\n", &request);
	assert_int_equal(joining.ret, 0);
	assert_int_equal(joining.sandbox.env.count, 2);
	assert_string_equal(joining.sandbox.env.items[0], "A=1");
	assert_string_equal(joining.sandbox.env.items[1], "B=3");
	arena_close(&joining.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rights_are_gone_before_anybody_can_see_the_process),
		cmocka_unit_test(two_controllers_of_one_cgroup_are_one_step),
		cmocka_unit_test(what_the_record_does_not_say_is_refused),
		cmocka_unit_test(a_terminal_that_nobody_holds_is_refused),
		cmocka_unit_test(an_entry_of_the_environment_replaces_the_launchs),
	};

	return cmocka_run_group_tests_name("join", tests, NULL, NULL);
}
