/* SPDX-License-Identifier: MIT */
/* Signals by all the names that people give them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/signals.h"

static void names_and_numbers_are_signals(void **state)
{
	static const struct {
		const char *text;
		int number;
	} rows[] = {
		{ "TERM", 15 },     { "SIGTERM", 15 },  { "sigterm", 15 },    { "15", 15 },
		{ "1", 1 },         { "64", 64 },       { "KILL", 9 },        { "CLD", 17 },
		{ "IOT", 6 },       { "RTMIN", 34 },    { "SIGRTMIN+3", 37 }, { "RTMAX", 64 },
		{ "rtmax-14", 50 }, { "RTMIN+30", 64 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int number = 0;

		if (signal_parse(&number, rows[i].text) != 0 || number != rows[i].number)
			fail_msg("%s: %d", rows[i].text, number);
	}
}

static void all_else_is_none(void **state)
{
	static const char *const rows[] = { "",        "0",       "65",       "-1",
					    "SIG",     "TERMS",   "TER",      "SIGSIGTERM",
					    "RTMIN-1", "RTMAX+1", "RTMIN+31", "RTMAX-31",
					    "RTMIN+",  "TERM ",   "15 ",      "0x0f",
					    "RTMI" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int number = 0;

		if (signal_parse(&number, rows[i]) == 0)
			fail_msg("%s is %d", rows[i], number);
	}
}

static void every_name_comes_back(void **state)
{
	int number, again;

	(void)state;
	for (number = 1; number <= 31; number++) {
		assert_non_null(signal_name(number));
		assert_int_equal(signal_parse(&again, signal_name(number)), 0);
		assert_int_equal(again, number);
	}
	assert_null(signal_name(32));
	assert_null(signal_name(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers_are_signals),
		cmocka_unit_test(all_else_is_none),
		cmocka_unit_test(every_name_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
