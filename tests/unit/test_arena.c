/* SPDX-License-Identifier: MIT */
/* One owner for many strings: aligned, zeroed, apart from each other, freed once; failures remembered. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

enum { MANY = 3000 };

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
	struct arena arena = { NULL };
	unsigned char *pieces[MANY / 10];
	size_t i, j, count = sizeof(pieces) / sizeof(pieces[0]);

	(void)state;
	for (i = 0; i < count; i++) {
		size_t size = i % 97 * (i % 5 == 0 ? 100 : 1);

		pieces[i] = arena_alloc(&arena, size);
		assert_non_null(pieces[i]);
		assert_true((uintptr_t)pieces[i] % 8 == 0);
		for (j = 0; j < size; j++)
			assert_int_equal(pieces[i][j], 0);
		memset(pieces[i], (int)(i % 255) + 1, size);
	}
	for (i = 0; i < count; i++) {
		size_t size = i % 97 * (i % 5 == 0 ? 100 : 1);

		for (j = 0; j < size; j++)
			assert_int_equal(pieces[i][j], i % 255 + 1);
	}
	arena_close(&arena);
}

static void pieces_larger_than_a_block_are_whole(void **state)
{
	static const size_t sizes[] = { 3999, 4000, 4001, 65536, 1 << 20 };
	struct arena arena = { NULL };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *piece = arena_alloc(&arena, sizes[i]);

		assert_non_null(piece);
		memset(piece, 'x', sizes[i]);
	}
	arena_close(&arena);
}

static void impossible_sizes_are_refused_and_remembered(void **state)
{
	static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 7, SIZE_MAX - 8, SIZE_MAX / 2,
					SIZE_MAX / 4 + 1 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct arena arena = { NULL };

		assert_null(arena_alloc(&arena, sizes[i]));
		assert_true(arena.failed);
		/* It is still good for what fits, and still says that something failed. */
		assert_non_null(arena_alloc(&arena, 8));
		assert_true(arena.failed);
		arena_close(&arena);
	}
}

static void copies_end_where_they_are_told_to(void **state)
{
	struct arena arena = { NULL };

	(void)state;
	assert_string_equal(arena_copy(&arena, "davit", 3), "dav");
	assert_string_equal(arena_copy(&arena, "davit", 5), "davit");
	assert_string_equal(arena_copy(&arena, "davit", 0), "");
	assert_int_equal(arena.failed, 0);
	arena_close(&arena);
}

static void a_copy_of_the_largest_length_is_a_failure_that_is_remembered(void **state)
{
	struct arena arena = { NULL };

	(void)state;
	assert_null(arena_copy(&arena, "", SIZE_MAX));
	assert_true(arena.failed);
	arena_close(&arena);
}

static void printing_takes_the_room_that_it_needs(void **state)
{
	struct arena arena = { NULL };
	char *text;

	(void)state;
	assert_string_equal(arena_print(&arena, "%s", ""), "");
	assert_string_equal(arena_print(&arena, "%s/%d", "run", 7), "run/7");
	text = arena_print(&arena, "%9999s", "x");
	assert_non_null(text);
	assert_int_equal(strlen(text), 9999);
	assert_string_equal(arena_print(&arena, "%s%s", text, "y") + 9998, "xy");
	arena_close(&arena);
}

static void lists_grow_and_end_with_null(void **state)
{
	struct arena arena = { NULL };
	struct texts list = { NULL };
	size_t i;

	(void)state;
	for (i = 0; i < MANY; i++) {
		assert_int_equal(texts_add(&arena, &list, arena_print(&arena, "%zu", i)), 0);
		assert_int_equal(list.count, i + 1);
		assert_null(list.items[list.count]);
	}
	for (i = 0; i < MANY; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%zu", i);
		assert_string_equal(list.items[i], number);
	}
	arena_close(&arena);
}

static void closing_twice_is_safe(void **state)
{
	struct arena arena = { NULL };

	(void)state;
	arena_close(&arena);
	assert_non_null(arena_alloc(&arena, 100));
	arena_close(&arena);
	arena_close(&arena);
	assert_null(arena.blocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(pieces_larger_than_a_block_are_whole),
		cmocka_unit_test(impossible_sizes_are_refused_and_remembered),
		cmocka_unit_test(copies_end_where_they_are_told_to),
		cmocka_unit_test(a_copy_of_the_largest_length_is_a_failure_that_is_remembered),
		cmocka_unit_test(printing_takes_the_room_that_it_needs),
		cmocka_unit_test(lists_grow_and_end_with_null),
		cmocka_unit_test(closing_twice_is_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
