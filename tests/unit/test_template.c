/* SPDX-License-Identifier: MIT */
/* Docker's words: lengths of time, points in time, templates, JSON. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "commands/moment.h"
#include "commands/template.h"
#include "said.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void lengths_are_dockers(void **state)
{
	static const struct {
		uint64_t seconds;
		const char *words;
	} cases[] = {
		{ 0, "Less than a second" },   { 1, "1 second" },
		{ 59, "59 seconds" },          { 60, "About a minute" },
		{ 119, "About a minute" },     { 120, "2 minutes" },
		{ 3599, "59 minutes" },        { 3600, "About an hour" },
		{ 5399, "About an hour" },     { 5400, "2 hours" },
		{ 172799 - 1800, "47 hours" }, { 172800, "2 days" },
		{ 14 * 86400, "2 weeks" },     { 60 * 86400, "2 months" },
		{ 730 * 86400, "2 years" },
	};
	struct arena arena = { NULL };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_string_equal(moment_print_length(&arena, cases[i].seconds), cases[i].words);
	arena_close(&arena);
}

static void points_in_time_are_read(void **state)
{
	static const uint64_t now = 1000000000ULL * MOMENT_SECOND, second = MOMENT_SECOND;
	const struct {
		const char *text;
		uint64_t time;
	} good[] = {
		{ "10m", now - 600 * second },
		{ "1h30m", now - 5400 * second },
		{ "1.5s", now - 3 * second / 2 },
		{ "5", 5 * second },
		{ "5.25", 5 * second + second / 4 },
		{ "2001-09-09", 999993600 * second },
		{ "2001-09-09T01:46:40", now },
		{ "2001-09-09T01:46:40.5Z", now + second / 2 },
		{ "99999999h", 0 },
	};
	static const char *const bad[] = { "",           "x",   "-5",  "1m2",         "5.",
					   "2001-13-09", "10d", "1h ", "123456789012" };
	struct arena arena = { NULL };
	uint64_t time;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_int_equal(moment_parse(&time, good[i].text, now), 0);
		assert_true(time == good[i].time);
	}
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(moment_parse(&time, bad[i], now), -EINVAL);
	assert_string_equal(moment_print(&arena, now + 7), "2001-09-09T01:46:40.000000007Z");
	assert_string_equal(moment_print_date(&arena, 1000000000), "2001-09-09 01:46:40 +0000 UTC");
	arena_close(&arena);
}

static void make(struct leaves *leaves, struct arena *arena)
{
	struct texts list = { 0 }, map = { 0 };

	texts_add(arena, &list, "one");
	texts_add(arena, &list, "t\"o");
	texts_add(arena, &map, "key=value");
	texts_add(arena, &map, "k2=");
	leaf_add(leaves, arena, "Id", LEAF_TEXT, "box\n1");
	leaf_add(leaves, arena, "State.Status", LEAF_TEXT, "Running");
	leaf_add(leaves, arena, "State.Pid", LEAF_RAW, "12");
	leaf_add(leaves, arena, "StateOther", LEAF_RAW, "true");
	leaf_add_items(leaves, arena, "Config.Cmd", LEAF_LIST, &list);
	leaf_add_items(leaves, arena, "Config.Labels", LEAF_MAP, &map);
	leaf_add_items(leaves, arena, "None", LEAF_LIST, &(struct texts){ 0 });
}

static void templates_are_filled(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "{{.State.Status}}", "Running" },
		{ "a{{ .State.Pid }}\\tb", "a12\tb" },
		{ "{{json .State}}", "{\"Status\":\"Running\",\"Pid\":12}" },
		{ "{{.State}}", "{\"Status\":\"Running\",\"Pid\":12}" },
		{ "{{json .Id}}", "\"box\\u000a1\"" },
		{ "{{json .Config.Cmd}}", "[\"one\",\"t\\\"o\"]" },
		{ "{{.Config.Cmd}}", "[one t\"o]" },
		{ "{{.Config.Labels}}", "map[key:value k2:]" },
		{ "{{json .Config.Labels}}", "{\"key\":\"value\",\"k2\":\"\"}" },
		{ "{{index .Config.Labels \"key\"}}{{index .Config.Labels \"none\"}}", "value" },
		{ "{{index .Config.Cmd 1}}", "t\"o" },
		{ "{{join .Config.Cmd \", \"}}", "one, t\"o" },
		{ "{{len .Config.Cmd}}{{len .None}}", "20" },
		{ "{{upper .State.Status}}{{lower .State.Status}}", "RUNNINGrunning" },
		{ "{{json .None}}{{.None}}", "[][]" },
		{ "{{", "{{" },
	};
	struct arena arena = { NULL };
	struct leaves leaves = { 0 };
	size_t i;

	(void)state;
	make(&leaves, &arena);
	for (i = 0; i < COUNT(cases); i++)
		assert_string_equal(template_format(&arena, cases[i][0], &leaves), cases[i][1]);
	arena_close(&arena);
}

static void what_is_not_there_is_refused_in_one_line(void **state)
{
	static const char *const bad[] = { "{{}}",
					   "{{.No}}",
					   "{{.Stat}}",
					   "{{.State.}}",
					   "{{Status}}",
					   "{{range .State}}",
					   "{{index .Config.Cmd 2}}",
					   "{{index .Config.Cmd x}}",
					   "{{index .State \"Status\"}}",
					   "{{join .Id \"x\"}}",
					   "{{json .Id .Id}}",
					   "{{a b c d e f}}",
					   "{{json \"}}" };
	struct arena arena = { NULL };
	struct leaves leaves = { 0 };
	size_t i;

	(void)state;
	make(&leaves, &arena);
	for (i = 0; i < COUNT(bad); i++) {
		struct said said;
		const char *text;

		said_begin(&said);
		text = template_format(&arena, bad[i], &leaves);
		assert_null(strchr(said_end(&said), '\n'));
		assert_null(text);
	}
	arena_close(&arena);
}

static void json_over_lines_is_indented(void **state)
{
	struct arena arena = { NULL };
	struct leaves leaves = { 0 };

	(void)state;
	leaf_add(&leaves, &arena, "A.B.C", LEAF_RAW, "1");
	leaf_add(&leaves, &arena, "A.D", LEAF_RAW, "2");
	leaf_add_items(&leaves, &arena, "E", LEAF_LIST, &(struct texts){ 0 });
	assert_string_equal(leaves_print(&arena, &leaves, 0),
			    "{\n    \"A\": {\n        \"B\": {\n            \"C\": 1\n        },\n"
			    "        \"D\": 2\n    },\n    \"E\": []\n}");
	arena_close(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_are_dockers),
		cmocka_unit_test(points_in_time_are_read),
		cmocka_unit_test(templates_are_filled),
		cmocka_unit_test(what_is_not_there_is_refused_in_one_line),
		cmocka_unit_test(json_over_lines_is_indented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
