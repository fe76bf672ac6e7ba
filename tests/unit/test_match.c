/* SPDX-License-Identifier: MIT */
/* Patterns against paths: as fnmatch(3) has it where the two agree to differ in nothing. */
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/match.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void paths_match_patterns(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool yes;
	} rows[] = {
		{ "/dev/ttyS0", "/dev/ttyS0", true },
		{ "/dev/ttyS0", "/dev/ttyS01", false },
		{ "/dev/ttyS0", "/dev/ttyS", false },
		{ "/dev/ttyS*", "/dev/ttyS", true },
		{ "/dev/ttyS*", "/dev/ttyS12", true },
		{ "/dev/ttyS*", "/dev/ttyS/1", false },
		{ "/dev/ttyS*", "/dev/ttyT1", false },
		{ "/dev/*S*1", "/dev/ttySS11", true },
		{ "/dev/*S*1", "/dev/ttySS12", false },
		{ "/dev/*/b", "/dev/a/b", true },
		{ "/dev/*/b", "/dev/a/c/b", false },
		{ "/dev/*", "/dev/a/b", false },
		{ "/dev/i2c-?", "/dev/i2c-1", true },
		{ "/dev/i2c-?", "/dev/i2c-12", false },
		{ "/dev?i2c", "/dev/i2c", false },
		{ "/dev/i2c-[0-9]", "/dev/i2c-5", true },
		{ "/dev/i2c-[0-9]", "/dev/i2c-a", false },
		{ "/dev/i2c-[!0-9]", "/dev/i2c-a", true },
		{ "/dev/i2c-[!0-9]", "/dev/i2c-5", false },
		{ "/dev[!0-9]i2c", "/dev/i2c", false },
		{ "/dev[/]i2c", "/dev/i2c", false },
		{ "/dev/[]a]", "/dev/]", true },
		{ "/dev/[a-]", "/dev/-", true },
		{ "/dev/[b-a]", "/dev/a", false },
		{ "/dev/[a", "/dev/[a", false },
		{ "/dev/\\*", "/dev/\\x", true },
		{ "/dev/.*", "/dev/.x", true },
		{ "/dev/*", "/dev/.x", true },
		{ "", "", true },
		{ "*", "", true },
		{ "*", "/", false },
		{ "", "/", false },
		{ "/a*a*a*a*b", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (match_path(rows[i].pattern, rows[i].path) != rows[i].yes)
			fail_msg("%s against %s: expected %d", rows[i].pattern, rows[i].path,
				 rows[i].yes);
	}
}

/* Every pattern and path of up to five bytes out of a few. */
static void words(char text[6], unsigned int number, const char *bytes)
{
	const size_t base = strlen(bytes) + 1;
	size_t length = 0;

	for (; number % base; number /= (unsigned int)base)
		text[length++] = bytes[number % base - 1];
	text[length] = '\0';
}

static void patterns_mean_what_they_mean_elsewhere(void **state)
{
	unsigned int p, t;

	(void)state;
	for (p = 0; p < 7776; p++) {
		char pattern[6];

		words(pattern, p, "*?ab/");
		for (t = 0; t < 1024; t++) {
			char path[6];

			words(path, t, "ab/");
			if (match_path(pattern, path) != (fnmatch(pattern, path, FNM_PATHNAME) == 0))
				fail_msg("%s against %s", pattern, path);
		}
	}
}

static void a_set_has_an_end(void **state)
{
	(void)state;
	assert_true(match_is_pattern("/dev/[a-c]*[!]x]?"));
	assert_true(match_is_pattern("/dev/]"));
	assert_false(match_is_pattern("/dev/["));
	assert_false(match_is_pattern("/dev/[]"));
	assert_false(match_is_pattern("/dev/[a][!]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_match_patterns),
		cmocka_unit_test(patterns_mean_what_they_mean_elsewhere),
		cmocka_unit_test(a_set_has_an_end),
	};

	return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
