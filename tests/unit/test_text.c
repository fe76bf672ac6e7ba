/* SPDX-License-Identifier: MIT */
/* Numbers, sizes, names and words read from text: good, bad, at the limits and beyond them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define A31 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A63 A31 "b" A31

/* What *out keeps when a reader refuses. */
enum { UNTOUCHED = 4711 };

static void check_read(const char *text, int ret, uint64_t value, int wanted_ret, uint64_t wanted)
{
	if (ret != wanted_ret || value != wanted)
		fail_msg("'%s': %d and %llu, expected %d and %llu", text, ret,
			 (unsigned long long)value, wanted_ret, (unsigned long long)wanted);
}

static void numbers_are_read_up_to_their_limit(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int ret;
		uint64_t value;
	} rows[] = {
		{ "0", 10, 0, 0 },
		{ "0", 0, 0, 0 },
		{ "1", 0, -ERANGE, UNTOUCHED },
		{ "10", 10, 0, 10 },
		{ "11", 10, -ERANGE, UNTOUCHED },
		{ "100", 10, -ERANGE, UNTOUCHED },
		{ "9", 5, -ERANGE, UNTOUCHED },
		{ "007", 10, 0, 7 },
		{ "0000000000000000000000000000001", 1, 0, 1 },
		{ "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, -ERANGE, UNTOUCHED },
		{ "18446744073709551619", UINT64_MAX, -ERANGE, UNTOUCHED },
		{ "99999999999999999999", UINT64_MAX, -ERANGE, UNTOUCHED },
		{ "184467440737095516150", UINT64_MAX, -ERANGE, UNTOUCHED },
		{ "4294967295", UINT32_MAX, 0, UINT32_MAX },
		{ "4294967296", UINT32_MAX, -ERANGE, UNTOUCHED },
		{ "", 10, -EINVAL, UNTOUCHED },
		{ " 1", 10, -EINVAL, UNTOUCHED },
		{ "1 ", 10, -EINVAL, UNTOUCHED },
		{ "1\n", 10, -EINVAL, UNTOUCHED },
		{ "+1", 10, -EINVAL, UNTOUCHED },
		{ "-1", 10, -EINVAL, UNTOUCHED },
		{ "0x1", 10, -EINVAL, UNTOUCHED },
		{ "1.0", 10, -EINVAL, UNTOUCHED },
		{ "1e1", 10, -EINVAL, UNTOUCHED },
		{ "one", 10, -EINVAL, UNTOUCHED },
		{ "\xd9\xa1", 10, -EINVAL, UNTOUCHED },
		{ "\xff", 10, -EINVAL, UNTOUCHED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		uint64_t value = UNTOUCHED;
		int ret = text_number(&value, rows[i].text, rows[i].max);

		check_read(rows[i].text, ret, value, rows[i].ret, rows[i].value);
	}
}

static void sizes_have_units_of_1024(void **state)
{
	static const struct {
		const char *text;
		int ret;
		uint64_t value;
	} rows[] = {
		{ "0", 0, 0 },
		{ "1", 0, 1 },
		{ "1b", 0, 1 },
		{ "1B", 0, 1 },
		{ "4k", 0, 4096 },
		{ "4K", 0, 4096 },
		{ "4kb", 0, 4096 },
		{ "4KB", 0, 4096 },
		{ "4kib", 0, 4096 },
		{ "4KiB", 0, 4096 },
		{ "4ki", 0, 4096 },
		{ "16m", 0, UINT64_C(16) << 20 },
		{ "16MiB", 0, UINT64_C(16) << 20 },
		{ "3g", 0, UINT64_C(3) << 30 },
		{ "1t", 0, UINT64_C(1) << 40 },
		{ "8388607t", 0, UINT64_C(8388607) << 40 },
		{ "8388608t", -ERANGE, UNTOUCHED },
		{ "8589934591g", 0, UINT64_C(8589934591) << 30 },
		{ "8589934592g", -ERANGE, UNTOUCHED },
		{ "9007199254740992k", -ERANGE, UNTOUCHED },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "9223372036854775807b", 0, INT64_MAX },
		{ "9223372036854775807t", -ERANGE, UNTOUCHED },
		{ "9223372036854775808", -ERANGE, UNTOUCHED },
		{ "18446744073709551615", -ERANGE, UNTOUCHED },
		{ "99999999999999999999k", -ERANGE, UNTOUCHED },
		{ "", -EINVAL, UNTOUCHED },
		{ "k", -EINVAL, UNTOUCHED },
		{ "-1", -EINVAL, UNTOUCHED },
		{ "-1k", -EINVAL, UNTOUCHED },
		{ "1.5m", -EINVAL, UNTOUCHED },
		{ "1 m", -EINVAL, UNTOUCHED },
		{ " 1m", -EINVAL, UNTOUCHED },
		{ "1m ", -EINVAL, UNTOUCHED },
		{ "1mm", -EINVAL, UNTOUCHED },
		{ "1bb", -EINVAL, UNTOUCHED },
		{ "1bi", -EINVAL, UNTOUCHED },
		{ "1kbi", -EINVAL, UNTOUCHED },
		{ "1p", -EINVAL, UNTOUCHED },
		{ "1x", -EINVAL, UNTOUCHED },
		{ "0x10", -EINVAL, UNTOUCHED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		uint64_t value = UNTOUCHED;
		int ret = text_size(&value, rows[i].text);

		check_read(rows[i].text, ret, value, rows[i].ret, rows[i].value);
	}
}

static void thousandths_have_three_decimals_at_most(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int ret;
		uint64_t value;
	} rows[] = {
		{ "0", 5000, 0, 0 },
		{ "1", 5000, 0, 1000 },
		{ "1.5", 5000, 0, 1500 },
		{ "1.50", 5000, 0, 1500 },
		{ "1.500", 5000, 0, 1500 },
		{ "0.001", 5000, 0, 1 },
		{ "0.01", 5000, 0, 10 },
		{ ".5", 5000, 0, 500 },
		{ ".999", 5000, 0, 999 },
		{ "00001.5", 5000, 0, 1500 },
		{ "5", 5000, 0, 5000 },
		{ "5.000", 5000, 0, 5000 },
		{ "18446744073709551", UINT64_MAX, 0, UINT64_C(18446744073709551000) },
		{ "18446744073709552", UINT64_MAX, -ERANGE, 0 },
		{ "6", 5000, -ERANGE, 0 },
		{ "5.001", 5000, -ERANGE, 0 },
		{ "99999999999999999999", 5000, -ERANGE, 0 },
		{ "1.0001", 5000, -EINVAL, 0 },
		{ "1.0000", 5000, -EINVAL, 0 },
		{ "", 5000, -EINVAL, 0 },
		{ ".", 5000, -EINVAL, 0 },
		{ "..5", 5000, -EINVAL, 0 },
		{ "1.5.", 5000, -EINVAL, 0 },
		{ "1,5", 5000, -EINVAL, 0 },
		{ "-1", 5000, -EINVAL, 0 },
		{ "+1", 5000, -EINVAL, 0 },
		{ "1.-5", 5000, -EINVAL, 0 },
		{ "1. 5", 5000, -EINVAL, 0 },
		{ "1.5k", 5000, -EINVAL, 0 },
		{ "nan", 5000, -EINVAL, 0 },
		{ "inf", 5000, -EINVAL, 0 },
		{ "1e1", 5000, -EINVAL, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		uint64_t value = 0;
		int ret = text_thousandths(&value, rows[i].text, rows[i].max);

		if (ret < 0)
			value = 0;
		check_read(rows[i].text, ret, value, rows[i].ret, rows[i].value);
	}
}

static void fields_are_found_at_the_start_of_a_line(void **state)
{
	static const char events[] = "low 0\nhigh 12\noom 3\noom_kill 4\n";
	static const char meminfo[] =
		"MemTotal:         123 kB\nMemFree:\t45 kB\nSwapTotal: x\nLast:7";
	static const struct {
		const char *text, *name;
		int ret;
		uint64_t value;
	} rows[] = {
		{ events, "low", 0, 0 },
		{ events, "high", 0, 12 },
		{ events, "oom_kill", 0, 4 },
		{ events, "kill", -ENOENT, UNTOUCHED },
		{ events, "max", -ENOENT, UNTOUCHED },
		{ meminfo, "MemTotal", 0, 123 },
		{ meminfo, "MemFree", 0, 45 },
		{ meminfo, "SwapTotal", -ENOENT, UNTOUCHED },
		{ meminfo, "Last", 0, 7 },
		{ "", "low", -ENOENT, UNTOUCHED },
		{ NULL, "low", -ENOENT, UNTOUCHED },
		{ "\n\n\nlow 5", "low", 0, 5 },
		{ "low", "low", -ENOENT, UNTOUCHED },
		{ "low ", "low", -ENOENT, UNTOUCHED },
		{ "low -1", "low", -ENOENT, UNTOUCHED },
		{ "low 18446744073709551615", "low", 0, UINT64_MAX },
		{ "low 18446744073709551616", "low", -ENOENT, UNTOUCHED },
		{ "low\n5", "low", -ENOENT, UNTOUCHED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		uint64_t value = UNTOUCHED;
		int ret = text_field(&value, rows[i].text, rows[i].name);

		check_read(rows[i].name, ret, value, rows[i].ret, rows[i].value);
	}
}

/* memory.oom_control and memory.events have names that begin alike; who asks says what ends the name. */
static void a_name_that_ends_in_a_blank_is_whole(void **state)
{
	uint64_t value = UNTOUCHED;

	(void)state;
	assert_int_equal(text_field(&value, "oom_kill_disable 0\nunder_oom 1\noom_kill 4\n",
				    "oom_kill "),
			 0);
	assert_int_equal(value, 4);
	assert_int_equal(text_field(&value, "oom_group_kill 5\noom 3\n", "oom "), 0);
	assert_int_equal(value, 3);
}

static void words_are_found_whole(void **state)
{
	static const struct {
		const char *text, *word;
		bool there;
	} rows[] = {
		{ "cpu memory pids", "cpu", true },
		{ "cpu memory pids", "memory", true },
		{ "cpu memory pids\n", "pids", true },
		{ "cpuset\tcpu", "cpu", true },
		{ "nodev\tsquashfs\n", "squashfs", true },
		{ "  cpu  ", "cpu", true },
		{ "cpuset", "cpu", false },
		{ "cpu", "cpuset", false },
		{ "xcpu", "cpu", false },
		{ "", "cpu", false },
		{ "   ", "cpu", false },
		{ "cpu,memory", "cpu", false },
		{ "CPU", "cpu", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (text_has_word(rows[i].text, rows[i].word) != rows[i].there)
			fail_msg("'%s' in '%s'", rows[i].word, rows[i].text);
	}
}

static void names_are_of_a_strict_character_set(void **state)
{
	static const char *const good[] = { "a",    "Z",  "0",  "a-b", "a_b",         "a.b",
					    "a..b", "0-", "a.", A63,   "busybox-1.36" };
	static const char *const bad[] = {
		"",      ".",     "..",  "-a",  "_a",  ".a",   "a/b",   "a b",
		"a\n",   "a\tb",  "/a",  "a,b", "a:b", "a\\b", "a\x7f", "\xc3\xa4",
		"a\xc3", A63 "c", "a%n", "a*",  "a$b", "~",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		if (!text_is_name(good[i]))
			fail_msg("'%s' is refused", good[i]);
	}
	for (i = 0; i < COUNT(bad); i++) {
		if (text_is_name(bad[i]))
			fail_msg("'%s' is taken", bad[i]);
	}
}

static void host_names_are_those_of_rfc_1123(void **state)
{
	static const char *const good[] = { "a", "A1",       "board-7", "a.b", "www.example.org",
					    "1", "10.0.0.1", "a--b",    A63,   "a-b.c-d" };
	static const char *const bad[] = { "",    ".",    "-",        "-a",   "a-",   "a.",
					   ".a",  "a..b", "a_b",      "a b",  "a.-b", "a-.b",
					   "a/b", "a\n",  "\xc3\xa4", A63 "c" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		if (!text_is_hostname(good[i]))
			fail_msg("'%s' is refused", good[i]);
	}
	for (i = 0; i < COUNT(bad); i++) {
		if (text_is_hostname(bad[i]))
			fail_msg("'%s' is taken", bad[i]);
	}
}

static void distance_counts_edits_of_one_letter(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned int distance;
	} rows[] = {
		{ "", "", 0 },          { "run", "run", 0 },    { "rnu", "run", 1 },
		{ "ru", "run", 1 },     { "runn", "run", 1 },   { "sun", "run", 1 },
		{ "", "run", 3 },       { "plan", "run", 3 },   { "doctro", "doctor", 1 },
		{ "hlep", "help", 1 },  { "ca", "abc", 3 },     { "kitten", "sitting", 3 },
		{ "Run", "run", 1 },    { A31, A31, 0 },        { A31, "", 31 },
		{ A31 "a", "run", 99 }, { "run", A31 "a", 99 }, { A31 "a", A31 "a", 99 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		unsigned int there = text_distance(rows[i].a, rows[i].b),
			     back = text_distance(rows[i].b, rows[i].a);

		if (there != rows[i].distance || back != there)
			fail_msg("'%s' and '%s': %u and %u, expected %u", rows[i].a, rows[i].b,
				 there, back, rows[i].distance);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_up_to_their_limit),
		cmocka_unit_test(sizes_have_units_of_1024),
		cmocka_unit_test(thousandths_have_three_decimals_at_most),
		cmocka_unit_test(fields_are_found_at_the_start_of_a_line),
		cmocka_unit_test(a_name_that_ends_in_a_blank_is_whole),
		cmocka_unit_test(words_are_found_whole),
		cmocka_unit_test(names_are_of_a_strict_character_set),
		cmocka_unit_test(host_names_are_those_of_rfc_1123),
		cmocka_unit_test(distance_counts_edits_of_one_letter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
