/* SPDX-License-Identifier: MIT */
/* Patterns of COPY and .dockerignore match what Docker's match, in bounded time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "build/ignore.h"
#include "build/pattern.h"
#include "said.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void patterns_match(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool matches;
	} rows[] = {
		{ "a", "a", true },
		{ "a", "b", false },
		{ "a", "a/b", false },
		{ "*", "a.txt", true },
		{ "*", "a/b", false },
		{ "*.txt", "a.txt", true },
		{ "*.txt", ".txt", true },
		{ "a?c", "abc", true },
		{ "a?c", "a/c", false },
		{ "[a-c]x", "bx", true },
		{ "[^a-c]x", "bx", false },
		{ "[^a-c]x", "dx", true },
		{ "[^a]", "/", false },
		{ "a\\*", "a*", true },
		{ "a\\*", "ab", false },
		{ "**", "a/b/c", true },
		{ "**/c", "c", true },
		{ "**/c", "a/b/c", true },
		{ "**/c", "a/bc", false },
		{ "a/**", "a/b/c", true },
		{ "a/**", "a", false },
		{ "a/**/c", "a/c", true },
		{ "a/**/c", "a/x/y/c", true },
		{ "**/*.o", "a/b/c.o", true },
		{ "a*b*c", "aXXbYYc", true },
		{ "a*b*c", "aXXbYY", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		assert_int_equal(pattern_match(rows[i].pattern, rows[i].path), rows[i].matches);
	assert_false(pattern_is_valid("a["));
	assert_false(pattern_is_valid("a\\"));
	assert_true(pattern_is_valid("[]a]x"));
}

static void a_pattern_of_many_stars_comes_to_an_end(void **state)
{
	char pattern[201], path[1001];
	size_t i;

	(void)state;
	for (i = 0; i < 200; i += 2) {
		pattern[i] = '*';
		pattern[i + 1] = 'a';
	}
	pattern[199] = 'b';
	pattern[200] = '\0';
	memset(path, 'a', 1000);
	path[1000] = '\0';
	assert_false(pattern_match(pattern, path));
}

static void paths_are_cleaned(void **state)
{
	static const struct {
		const char *text, *path;
		bool outside;
	} rows[] = {
		{ "", "", false },
		{ ".", "", false },
		{ "/", "", false },
		{ "./a//b/", "a/b", false },
		{ "a/./b/../c", "a/c", false },
		{ "../a", "a", true },
		{ "a/../../b", "b", true },
		{ "..", "", true },
		{ "a..b", "a..b", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct arena arena = { 0 };
		bool outside;

		assert_string_equal(path_clean(&outside, &arena, rows[i].text), rows[i].path);
		assert_int_equal(outside, rows[i].outside);
		arena_close(&arena);
	}
}

static void the_last_rule_decides(void **state)
{
	static const char text[] = "# comment\n\n  *.md  \n!README.md\n/build/\nnode_modules\r\n"
				   "docs/**/*.png\n!docs/keep\n**/*.o\n";
	static const struct {
		const char *path;
		bool ignored;
	} rows[] = {
		{ "a.md", true },         { "README.md", false },          { "x/a.md", false },
		{ "build", true },        { "build/x/y", true },           { "src/build", false },
		{ "node_modules", true }, { "node_modules/a/b.js", true }, { "docs/a/b.png", true },
		{ "docs/b.png", true },   { "docs/keep/b.png", false },    { "a/b.o", true },
		{ "# comment", false },
	};
	struct arena arena = { 0 };
	struct ignore ignore;
	size_t i;

	(void)state;
	assert_int_equal(ignore_parse(&ignore, &arena, text, ".dockerignore"), 0);
	assert_true(ignore.keeps);
	for (i = 0; i < COUNT(rows); i++)
		assert_int_equal(ignore_has(&ignore, rows[i].path), rows[i].ignored);
	arena_close(&arena);
}

static void a_bad_pattern_is_said_with_its_line(void **state)
{
	struct arena arena = { 0 };
	struct ignore ignore;
	struct said said;
	int ret;

	(void)state;
	said_begin(&said);
	ret = ignore_parse(&ignore, &arena, "a\n[b\n", ".dockerignore");
	assert_string_equal(
		said_end(&said),
		"davit: .dockerignore:2: not a pattern (a [ without its ], or nothing behind ! or \\)");
	assert_true(ret < 0);
	arena_close(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match),
		cmocka_unit_test(a_pattern_of_many_stars_comes_to_an_end),
		cmocka_unit_test(paths_are_cleaned),
		cmocka_unit_test(the_last_rule_decides),
		cmocka_unit_test(a_bad_pattern_is_said_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
