/* SPDX-License-Identifier: MIT */
/* What is wrong with JSON is told from what is wrong with the machine. */
#include <cJSON.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "said.h"

static unsigned int left;

static void *allocate(size_t size)
{
	if (left == 0) {
		errno = ENOMEM;
		return NULL;
	}
	left--;
	return malloc(size);
}

static void memory_that_ends_is_no_fault_of_the_text(void **state)
{
	cJSON_Hooks hooks = { .malloc_fn = allocate, .free_fn = free };
	struct arena arena = { 0 };
	const struct json json = { &arena, "file" };
	struct said said;
	cJSON *root = NULL;
	unsigned int i;

	(void)state;
	cJSON_InitHooks(&hooks);
	for (i = 0; !root; i++) {
		left = i;
		said_begin(&said);
		root = json_parse(&json, "{\"a\": [1, \"b\"]}");
		/* In the words of this C library. */
		assert_non_null(strstr(said_end(&said), root ? "" : strerror(ENOMEM)));
		assert_null(strstr(said.text, "JSON"));
	}
	json_free(root);
	assert_in_range(i, 3, 20);
	left = 100;
	said_begin(&said);
	assert_null(json_parse(&json, "{\"a\": [1, }"));
	assert_non_null(strstr(said_end(&said), "this is not JSON"));
	cJSON_InitHooks(NULL);
	arena_close(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_that_ends_is_no_fault_of_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
