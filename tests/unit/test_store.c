/* SPDX-License-Identifier: MIT */
/* Blobs and names in a store: complete or not there, found by name and by the beginning of an id. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "said.h"
#include "store/tags.h"

#define MANIFEST(digit)                                                                  \
	"{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" MEDIA_CONFIG                 \
	"\",\"digest\":\"sha256:" digit                                                  \
	"000000000000000000000000000000000000000000000000000000000000000\",\"size\":2}," \
	"\"layers\":[]}"

struct made {
	struct arena arena;
	struct store store;
	char root[32];
};

static int set_up(void **state)
{
	struct made *made = calloc(1, sizeof(*made));
	char above[] = "/tmp/davit-store-XXXXXX";

	if (!made || !mkdtemp(above))
		return -1;
	strcpy(made->root, above);
	*state = made;
	return store_open(&made->store, made->root, STORE_WRITE);
}

static int tear_down(void **state)
{
	struct made *made = *state;
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", made->root);
	store_close(&made->store);
	arena_close(&made->arena);
	if (system(command) != 0)
		return -1;
	free(made);
	return 0;
}

/* A manifest in the store, and its name. */
static void put(struct made *made, const char *text, const char *name)
{
	struct descriptor descriptor = { .media_type = MEDIA_MANIFEST, .size = strlen(text) };
	struct reference reference;

	assert_int_equal(store_put(&descriptor.digest, &made->store, text, strlen(text)), 0);
	assert_true(store_has(&made->store, &descriptor.digest, strlen(text)));
	assert_int_equal(reference_parse(&reference, &made->arena, name), 0);
	assert_int_equal(tag_set(&made->store, &reference, &descriptor), 0);
}

static const struct tag *find(struct made *made, const char *text, int expected)
{
	const struct tag *found = NULL;
	struct tags *tags = arena_alloc(&made->arena, sizeof(*tags));

	assert_int_equal(tags_list(tags, &made->arena, &made->store), 0);
	assert_int_equal(tags_find(&found, &made->arena, &made->store, tags, text), expected);
	return found;
}

static void a_name_means_what_it_was_set_to(void **state)
{
	struct made *made = *state;

	put(made, MANIFEST("a"), "host:5000/web/app:1");
	put(made, MANIFEST("b"), "host:5000/web:1");
	put(made, MANIFEST("c"), "web");
	assert_string_equal(find(made, "host:5000/web/app:1", 0)->name, "host:5000/web/app");
	assert_string_equal(find(made, "web", 0)->tag, "latest");
	find(made, "web:2", -ENOENT);
	put(made, MANIFEST("d"), "web");
	assert_int_equal(find(made, "web", 0)->descriptor.size, strlen(MANIFEST("d")));
}

static void an_image_is_found_by_what_its_id_begins_with(void **state)
{
	struct made *made = *state;
	struct digest digest;
	char hex[DIGEST_HEX + 1];

	put(made, MANIFEST("a"), "one");
	put(made, MANIFEST("b"), "two");
	assert_string_equal(find(made, "a0000", 0)->name, "one");
	digest_data(&digest, MANIFEST("b"), strlen(MANIFEST("b")));
	digest_print_hex(hex, &digest);
	hex[12] = '\0';
	assert_string_equal(find(made, hex, 0)->name, "two");
	find(made, "ffff", -ENOENT);
	find(made, "a00", -ENOENT);
}

static void a_removed_name_leaves_the_others(void **state)
{
	struct made *made = *state;
	struct reference reference;

	put(made, MANIFEST("a"), "a/b:1");
	put(made, MANIFEST("a"), "a/b/c:1");
	assert_int_equal(reference_parse(&reference, &made->arena, "a/b:1"), 0);
	assert_int_equal(tag_remove(&made->store, &reference), 0);
	assert_int_equal(tag_remove(&made->store, &reference), -ENOENT);
	find(made, "a/b:1", -ENOENT);
	assert_non_null(find(made, "a/b/c:1", 0));
}

static void another_digest_than_expected_is_not_kept(void **state)
{
	struct made *made = *state;
	struct store_writer writer;
	struct digest digest, other = { { 1 } };
	struct said said;

	assert_int_equal(store_begin(&writer, &made->store), 0);
	assert_int_equal(store_write(&writer, "text", 4), 0);
	said_begin(&said);
	assert_true(store_finish(&digest, &writer, &other) < 0);
	assert_non_null(strstr(said_end(&said), "is expected"));
	assert_false(store_has(&made->store, &digest, 4));
}

static void only_one_is_alone(void **state)
{
	struct made *made = *state;
	struct store second;

	assert_int_equal(store_open(&second, made->root, STORE_WRITE), 0);
	assert_false(store_try_alone(&second));
	store_close(&second);
	assert_true(store_try_alone(&made->store));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_means_what_it_was_set_to),
		TEST(an_image_is_found_by_what_its_id_begins_with),
		TEST(a_removed_name_leaves_the_others),
		TEST(another_digest_than_expected_is_not_kept),
		TEST(only_one_is_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
