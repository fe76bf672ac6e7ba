/* SPDX-License-Identifier: MIT */
/* Maps of ids: /etc/subuid as people write it, the edges of the range, and what an id stands for. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "said.h"
#include "sandbox/idmap.h"

static int subordinate(struct id_map *map, struct arena *arena, const char *text)
{
	struct said said;
	int ret;

	said_begin(&said);
	ret = id_map_subordinate(map, arena, text, "davit", "/etc/subuid");
	(void)said_end(&said);
	return ret;
}

static int parse(struct id_map *map, struct arena *arena, const char *first, const char *second)
{
	struct texts words = { 0 };
	struct said said;
	int ret;

	assert_int_equal(texts_add(arena, &words, first), 0);
	if (second)
		assert_int_equal(texts_add(arena, &words, second), 0);
	said_begin(&said);
	ret = id_map_parse(map, arena, &words, "uidmap");
	(void)said_end(&said);
	return ret;
}

static void ranges_of_a_user_follow_one_another(void **state)
{
	struct arena arena = { 0 };
	struct id_map map;

	(void)state;
	assert_int_equal(subordinate(&map, &arena,
				     "other:100000:65536\ndavit:200000:10\ndavits:1:1\n"
				     "davit:300000:5\nmore:x:y\n"),
			 0);
	assert_int_equal(map.count, 2);
	assert_int_equal(id_map_outside(&map, 0), 200000);
	assert_int_equal(id_map_outside(&map, 9), 200009);
	assert_int_equal(id_map_outside(&map, 10), 300000);
	assert_int_equal(id_map_outside(&map, 14), 300004);
	assert_true(id_map_outside(&map, 15) == ID_NONE);
	assert_true(id_map_outside(&map, UINT32_MAX) == ID_NONE);
	assert_string_equal(id_map_print(&arena, &map), "0 200000 10\n10 300000 5\n");
	arena_close(&arena);
}

static void a_file_without_a_last_newline_is_read(void **state)
{
	struct arena arena = { 0 };
	struct id_map map;

	(void)state;
	assert_int_equal(subordinate(&map, &arena, "davit:100000:65536"), 0);
	assert_int_equal(id_map_outside(&map, 65535), 165535);
	arena_close(&arena);
}

static void damaged_files_are_refused(void **state)
{
	static const char *const files[] = {
		"",
		"other:1:1\n",
		"davit\n",
		"davit:100000\n",
		"davit:100000:\n",
		"davit::1\n",
		"davit:100000:0\n",
		"davit:-1:1\n",
		"davit:0:1\n",
		"davit:100000:1:1\n",
		"davit:100000:1 \n",
		"davit:4294967294:2\n",
		"davit:4294967296:1\n",
		"davit:18446744073709551615:1\n",
		"davit:100000:18446744073709551615\n",
		"davit:100000:10\ndavit:100009:1\n",
		"davit:100000000000000000000000:1\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct arena arena = { 0 };
		struct id_map map;

		assert_int_equal(subordinate(&map, &arena, files[i]), -EINVAL);
		arena_close(&arena);
	}
}

static void the_largest_id_may_be_mapped_and_the_next_may_not(void **state)
{
	struct arena arena = { 0 };
	struct id_map map;

	(void)state;
	assert_int_equal(parse(&map, &arena, "0:4294967294:1", NULL), 0);
	assert_true(id_map_outside(&map, 0) == 4294967294U);
	assert_int_equal(parse(&map, &arena, "0:4294967295:1", NULL), -EINVAL);
	assert_int_equal(parse(&map, &arena, "0:1:4294967294", NULL), 0);
	assert_int_equal(parse(&map, &arena, "0:1:4294967295", NULL), -EINVAL);
	assert_int_equal(parse(&map, &arena, "0:1:1", "4294967295:2:1"), -EINVAL);
	arena_close(&arena);
}

static void a_count_may_be_left_out(void **state)
{
	struct arena arena = { 0 };
	struct id_map map;

	(void)state;
	assert_int_equal(parse(&map, &arena, "0:1000", NULL), 0);
	assert_int_equal(map.ranges[0].count, 1);
	arena_close(&arena);
}

static void more_ranges_than_the_kernel_takes_are_refused(void **state)
{
	struct arena arena = { 0 };
	struct string text = { 0 };
	struct id_map map;
	unsigned int i;

	(void)state;
	for (i = 0; i < ID_RANGES_MAX; i++)
		string_add(&arena, &text, "davit:%u:1\n", 1000 + i);
	assert_int_equal(subordinate(&map, &arena, text.text), 0);
	string_add(&arena, &text, "davit:5000:1\n");
	assert_int_equal(subordinate(&map, &arena, text.text), -EINVAL);
	arena_close(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_of_a_user_follow_one_another),
		cmocka_unit_test(a_file_without_a_last_newline_is_read),
		cmocka_unit_test(damaged_files_are_refused),
		cmocka_unit_test(the_largest_id_may_be_mapped_and_the_next_may_not),
		cmocka_unit_test(a_count_may_be_left_out),
		cmocka_unit_test(more_ranges_than_the_kernel_takes_are_refused),
	};

	return cmocka_run_group_tests_name("idmap", tests, NULL, NULL);
}
