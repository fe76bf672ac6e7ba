/* SPDX-License-Identifier: MIT */
/* The versions of an app: what is written comes back, and nothing else is taken for it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "said.h"
#include "store/versions.h"

#define ONE "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define TWO "sha256:2222222222222222222222222222222222222222222222222222222222222222"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char whole[] =
	"current " ONE " 512 " MEDIA_MANIFEST " 1700000000 web:1\n"
	"previous " TWO " 513 " MEDIA_MANIFEST " 1600000000 host:5000/shop/web:0\n"
	"trial sha256:3333333333333333333333333333333333333333333333333333333333333333 514 " MEDIA_MANIFEST
	" 1800000000 web:2 3\n"
	"failed sha256:4444444444444444444444444444444444444444444444444444444444444444 1 web:x it\\x20ended\n"
	"option --memory=16m\n"
	"option --env=A=b\\x20c\\x0ad\n"
	"command sh\n"
	"command \\-\n"
	"end\n";

static void what_is_read_is_printed_the_same(void **state)
{
	struct arena arena = { 0 };
	struct versions versions;

	(void)state;
	assert_int_equal(versions_parse(&versions, &arena, "web", whole), 0);
	assert_int_equal(versions.items[VERSION_TRIAL].tries, 3);
	assert_int_equal(versions.items[VERSION_CURRENT].descriptor.size, 512);
	assert_string_equal(versions.items[VERSION_PREVIOUS].reference, "host:5000/shop/web:0");
	assert_int_equal(versions.failure_count, 1);
	assert_string_equal(versions.failures[0].reason, "it ended");
	assert_string_equal(versions.options.items[1], "--env=A=b c\nd");
	assert_string_equal(versions.command.items[1], "");
	assert_string_equal(versions_print(&arena, &versions), whole);
	assert_int_equal(versions_parse(&versions, &arena, "web", "end\n"), 0);
	assert_false(versions.items[VERSION_CURRENT].is_there);
	arena_close(&arena);
}

static void what_is_malformed_is_refused_with_its_line(void **state)
{
	static const char *const bad[][2] = {
		{ "", "web:1: " },
		{ "end", "web:1: " },
		{ "\nend\n", "web:1: " },
		{ "end\nend\n", "web:1: " },
		{ "end\n\n", "web:1: " },
		{ "end \n", "web:1: " },
		{ " end\n", "web:1: " },
		{ "new 1\nend\n", "expected current, previous" },
		{ "option --init\ncurrent\nend\n", "web:2: expected DIGEST" },
		{ "current " ONE " 512 type 1 web:1", "web:1: " },
		{ "current " ONE " 512 type 1\nend\n", "web:1: expected DIGEST" },
		{ "current " ONE " 512 type 1 web:1 1\nend\n", "web:1: expected DIGEST" },
		{ "trial " ONE " 512 type 1 web:1\nend\n", "web:1: expected DIGEST" },
		{ "trial " ONE " 512 type 1 web:1 -1\nend\n", "web:1: expected DIGEST" },
		{ "trial " ONE " 512 type 1 web:1 9999999999\nend\n", "web:1: expected DIGEST" },
		{ "current sha256:11 512 type 1 web:1\nend\n", "64 digits" },
		{ "current sha512:11 512 type 1 web:1\nend\n", "64 digits" },
		{ "current " ONE " 0x12 type 1 web:1\nend\n", "web:1: expected DIGEST" },
		{ "current " ONE " 9999999 type 1 web:1\nend\n", "web:1: expected DIGEST" },
		{ "current " ONE " 512 \\- 1 web:1\nend\n", "web:1: expected DIGEST" },
		{ "current " ONE " 512 a\\x20b 1 web:1\nend\n", "web:1: expected DIGEST" },
		{ "current " ONE " 512 type x web:1\nend\n", "web:1: expected DIGEST" },
		{ "current " ONE " 512 type 1 \\-\nend\n", "web:1: expected DIGEST" },
		{ "current " ONE " 512 type 1 a\\x0ab\nend\n", "web:1: expected DIGEST" },
		{ "current  " ONE " 512 type 1 web:1\nend\n", "web:1: expected DIGEST" },
		{ "current " ONE " 512 type 1 web:1\ncurrent " TWO " 512 type 1 web:1\nend\n",
		  "web:2: current is there twice" },
		{ "failed " ONE " 1 web:1\nend\n", "web:1: expected DIGEST" },
		{ "failed " ONE " 1 web:1 \\-\nend\n", "web:1: expected DIGEST" },
		{ "failed " ONE " 1 web:1 why\nfailed " ONE " 1 web:1 why\nend\n", "web:2: " },
		{ "option -v\nend\n", "web:1: expected an option" },
		{ "option --\nend\n", "web:1: expected an option" },
		{ "option\nend\n", "web:1: expected an option" },
		{ "option --a --b\nend\n", "web:1: expected an option" },
		{ "command\nend\n", "web:1: expected one word" },
		{ "command a b\nend\n", "web:1: expected one word" },
	};
	struct arena arena = { 0 };
	struct versions versions;
	struct said said;
	const char *line;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		said_begin(&said);
		assert_int_equal(versions_parse(&versions, &arena, "web", bad[i][0]), -EINVAL);
		line = said_end(&said);
		if (!strstr(line, bad[i][1]))
			fail_msg("'%s': '%s' is not in '%s'", bad[i][0], bad[i][1], line);
	}
	/* Cut off anywhere. */
	said_begin(&said);
	for (i = 0; i < sizeof(whole) - 1; i++) {
		char *cut = arena_copy(&arena, whole, i);

		assert_int_equal(versions_parse(&versions, &arena, "web", cut), -EINVAL);
	}
	(void)said_end(&said);
	arena_close(&arena);
}

static void only_the_last_failures_are_remembered(void **state)
{
	struct versions versions = { .name = "web" };
	struct digest digests[FAILURES_MOST + 2];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(digests); i++) {
		digest_data(&digests[i], &i, sizeof(i));
		versions_add_failure(&versions, &(struct failure){ .digest = digests[i] });
	}
	assert_int_equal(versions.failure_count, FAILURES_MOST);
	assert_null(versions_failure(&versions, &digests[1]));
	assert_non_null(versions_failure(&versions, &digests[2]));
	versions_add_failure(&versions, &(struct failure){ .digest = digests[2], .time = 7 });
	assert_int_equal(versions.failure_count, FAILURES_MOST);
	assert_int_equal(versions.failures[FAILURES_MOST - 1].time, 7);
	versions_drop_failure(&versions, &digests[2]);
	assert_null(versions_failure(&versions, &digests[2]));
}

static void a_file_is_replaced_whole_and_removed(void **state)
{
	struct arena arena = { 0 };
	struct versions versions, back;
	struct texts names;
	char root[] = "/tmp/davit-versions-XXXXXX", command[64];

	(void)state;
	assert_non_null(mkdtemp(root));
	assert_int_equal(versions_read(&back, &arena, root, "web"), 0);
	assert_int_equal(versions_parse(&versions, &arena, "web", whole), 0);
	versions.name = "web";
	assert_int_equal(versions_write(&versions, root), 0);
	assert_int_equal(versions_write(&versions, root), 0);
	assert_int_equal(versions_read(&back, &arena, root, "web"), 0);
	assert_string_equal(versions_print(&arena, &back), whole);
	assert_int_equal(versions_list(&names, &arena, root), 0);
	assert_int_equal(names.count, 1);
	assert_int_equal(versions_remove(root, "web"), 0);
	assert_int_equal(versions_remove(root, "web"), 0);
	assert_int_equal(versions_list(&names, &arena, root), 0);
	assert_int_equal(names.count, 0);
	snprintf(command, sizeof(command), "rm -rf %s", root);
	assert_int_equal(system(command), 0);
	arena_close(&arena);
}

static void one_davit_at_a_time_changes_an_app(void **state)
{
	char root[] = "/tmp/davit-versions-XXXXXX", command[64];
	struct said said;
	int status, lock;
	pid_t pid;

	(void)state;
	assert_non_null(mkdtemp(root));
	lock = versions_lock(root, "web", false);
	assert_true(lock >= 0);
	said_begin(&said);
	pid = fork();
	if (pid == 0)
		_exit(versions_lock(root, "web", false) == -EAGAIN &&
				      versions_lock(root, "other", false) >= 0 ?
			      0 :
			      1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)said_end(&said);
	assert_int_equal(status, 0);
	close(lock);
	pid = fork();
	if (pid == 0)
		_exit(versions_lock(root, "web", false) >= 0 ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	snprintf(command, sizeof(command), "rm -rf %s", root);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_printed_the_same),
		cmocka_unit_test(what_is_malformed_is_refused_with_its_line),
		cmocka_unit_test(only_the_last_failures_are_remembered),
		cmocka_unit_test(a_file_is_replaced_whole_and_removed),
		cmocka_unit_test(one_davit_at_a_time_changes_an_app),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
