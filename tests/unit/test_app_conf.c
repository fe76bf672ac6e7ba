/* SPDX-License-Identifier: MIT */
/* An app's .conf file: the options of davit run as keys, and whatever is wrong is told with its line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "commands/app_conf.h"
#include "said.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void keys_are_the_options_of_davit_run(void **state)
{
	static const char text[] = "# an app\n"
				   "\n"
				   "image=host:5000/shop/web:1\r\n"
				   "  memory =  16m \t\n"
				   "env = A=b = c # no comment\n"
				   "env = B=\n"
				   "init = true\n"
				   "read-only = false\n"
				   "state = snapshot\n"
				   "notify = true\n"
				   "healthy-after = 5\n"
				   "timeout = 60\n"
				   "command = one  two\tthree";
	struct arena arena = { 0 };
	struct request request = { .image = NULL };
	struct app_conf conf;

	(void)state;
	assert_int_equal(app_conf_parse(&conf, &request, &arena, "web.conf", text), 0);
	assert_string_equal(conf.image, "host:5000/shop/web:1");
	assert_string_equal(request.memory, "16m");
	assert_int_equal(request.env.count, 2);
	assert_string_equal(request.env.items[0], "A=b = c # no comment");
	assert_string_equal(request.env.items[1], "B=");
	assert_true(request.init);
	assert_false(request.read_only);
	assert_string_equal(conf.state, "snapshot");
	assert_string_equal(conf.notify, "true");
	assert_string_equal(conf.healthy, "5");
	assert_string_equal(conf.timeout, "60");
	assert_int_equal(request.command.count, 3);
	assert_string_equal(request.command.items[2], "three");
	arena_close(&arena);
}

static void a_command_may_be_a_list(void **state)
{
	struct arena arena = { 0 };
	struct request request = { .image = NULL };
	struct app_conf conf;

	(void)state;
	assert_int_equal(app_conf_parse(&conf, &request, &arena, "web.conf",
					"command = [\"sh\", \"-c\", \"a  b\", \"\"]\n"),
			 0);
	assert_int_equal(request.command.count, 4);
	assert_string_equal(request.command.items[2], "a  b");
	assert_string_equal(request.command.items[3], "");
	arena_close(&arena);
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
	static const char *const bad[][2] = {
		{ "image", "web.conf:1: expected KEY = VALUE" },
		{ "= x", "web.conf:1: expected KEY = VALUE" },
		{ "image =", "web.conf:1: image has no value" },
		{ "\n\nimage = a\nimage = b\n", "web.conf:4: image is there already" },
		{ "memory = 1m\nmemory = 2m", "web.conf:2: memory is there already" },
		{ "command = a\ncommand = b", "web.conf:2: command is there already" },
		{ "command = [\"a\"", "web.conf:1" },
		{ "command = [1]", "web.conf:1" },
		{ "command = {}", NULL },
		{ "x = y", "web.conf:1: unknown key x" },
		{ "m = 16m", "web.conf:1: unknown key m" },
		{ "--memory = 16m", "web.conf:1: unknown key --memory" },
		{ "init = 1", "web.conf:1: init = 1: expected true or false" },
		{ "state = other", "expected keep or snapshot" },
		{ "notify = yes", "expected true or false" },
		{ "name = web", "web.conf:1: name is for the command line only" },
		{ "detach = true", "is for the command line only" },
		{ "exec = true", "is for the command line only" },
		{ "run-root = /x", "is for the command line only" },
		{ "image = a\x01", "web.conf:1: expected text" },
		{ "image = \xff", "web.conf:1: expected text" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		struct arena arena = { 0 };
		struct request request = { .image = NULL };
		struct app_conf conf;
		struct said said;
		const char *line;
		int ret;

		said_begin(&said);
		ret = app_conf_parse(&conf, &request, &arena, "web.conf", bad[i][0]);
		line = said_end(&said);
		if (bad[i][1] && (ret != -EINVAL || !strstr(line, bad[i][1])))
			fail_msg("'%s': %d, '%s' is not in '%s'", bad[i][0], ret, bad[i][1], line);
		if (!bad[i][1])
			assert_int_equal(ret, 0);
		arena_close(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_the_options_of_davit_run),
		cmocka_unit_test(a_command_may_be_a_list),
		cmocka_unit_test(what_is_wrong_is_told_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
