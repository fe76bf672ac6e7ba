/* SPDX-License-Identifier: MIT */
/* Blobs and names in a store: complete or not there, found by name and by the beginning of an id. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "said.h"
#include "store/sweep.h"

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

/* --- what a sweep keeps ------------------------------------------------------------------------------- */

/* A blob of its own; its descriptor, as text, of TYPE. */
static const char *put_blob(struct made *made, struct digest *digest, const char *type,
			    const void *data, size_t length)
{
	char text[DIGEST_TEXT];

	assert_int_equal(store_put(digest, &made->store, data, length), 0);
	digest_print(text, digest);
	return arena_print(&made->arena, "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu}",
			   type, text, length);
}

static const char *entry_of(struct made *made, const char *type, const char *text)
{
	struct digest digest;

	return put_blob(made, &digest, type, text, strlen(text));
}

static const char *manifest_of(struct made *made, const char *config, const char *layers)
{
	return arena_print(&made->arena, "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}",
			   config, layers);
}

static const char *index_of(struct made *made, const char *entries)
{
	return arena_print(&made->arena, "{\"schemaVersion\":2,\"manifests\":[%s]}", entries);
}

static void name_index(struct made *made, const char *text, const char *name)
{
	struct descriptor descriptor = { .media_type = MEDIA_INDEX, .size = strlen(text) };
	struct reference reference;

	assert_int_equal(store_put(&descriptor.digest, &made->store, text, strlen(text)), 0);
	assert_int_equal(reference_parse(&reference, &made->arena, name), 0);
	assert_int_equal(tag_set(&made->store, &reference, &descriptor), 0);
}

static int sweep(struct made *made, size_t *count)
{
	struct sweeping sweeping = { 0 };
	const int ret = store_sweep_as(&sweeping, &made->arena, &made->store);

	*count = sweeping.count;
	return ret;
}

static void what_an_index_calls_a_manifest_may_be_anything(void **state)
{
	static const char layer[64] = "a layer\0with a NUL";
	static char large[MANIFEST_MOST + 1];
	struct made *made = *state;
	struct digest digests[3], junk;
	struct said said;
	size_t count;
	const char *entries;

	entries = arena_print(&made->arena, "%s,%s,%s",
			      put_blob(made, &digests[0], MEDIA_MANIFEST, "{}", 2),
			      put_blob(made, &digests[1], MEDIA_MANIFEST, layer, sizeof(layer)),
			      put_blob(made, &digests[2], MEDIA_INDEX, large, sizeof(large)));
	name_index(made, index_of(made, entries), "evil");
	put_blob(made, &junk, "a/b", "junk", 4);
	said_begin(&said);
	assert_int_equal(sweep(made, &count), 0);
	assert_string_equal(said_end(&said), "");
	assert_int_equal(count, 1);
	assert_false(store_has(&made->store, &junk, 4));
	assert_true(store_has(&made->store, &digests[0], 2));
	assert_true(store_has(&made->store, &digests[1], sizeof(layer)));
	assert_true(store_has(&made->store, &digests[2], sizeof(large)));
}

static void what_an_index_calls_a_manifest_and_is_damaged_stops_a_sweep(void **state)
{
	struct made *made = *state;
	char path[256], hex[DIGEST_HEX + 1];
	struct digest digest, junk;
	struct said said;
	size_t count;
	FILE *file;

	name_index(made, index_of(made, put_blob(made, &digest, MEDIA_MANIFEST, "{}", 2)), "evil");
	put_blob(made, &junk, "a/b", "junk", 4);
	digest_print_hex(hex, &digest);
	snprintf(path, sizeof(path), "%s/blobs/sha256/%s", made->root, hex);
	assert_int_equal(chmod(path, 0600), 0);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs("[]", file) >= 0);
	fclose(file);
	said_begin(&said);
	assert_true(sweep(made, &count) < 0);
	assert_non_null(strstr(said_end(&said), hex));
	assert_true(store_has(&made->store, &junk, 4));
}

static void who_names_an_image_as_something_else_takes_nothing_from_it(void **state)
{
	struct made *made = *state;
	struct digest layer, under, junk;
	const char *manifest, *index, *evil;
	size_t count;

	manifest = manifest_of(made, entry_of(made, MEDIA_CONFIG, "{}"),
			       put_blob(made, &layer, MEDIA_SQUASHFS, "layer", 5));
	index = index_of(made,
			 entry_of(made, MEDIA_MANIFEST,
				  manifest_of(made, entry_of(made, MEDIA_CONFIG, "{ }"),
					      put_blob(made, &under, MEDIA_SQUASHFS, "under", 5))));
	evil = arena_print(&made->arena, "%s,%s,%s", entry_of(made, MEDIA_INDEX, manifest),
			   entry_of(made, MEDIA_MANIFEST, index),
			   entry_of(made, MEDIA_MANIFEST,
				    manifest_of(made, entry_of(made, MEDIA_CONFIG, manifest),
						entry_of(made, MEDIA_SQUASHFS, index))));
	name_index(made, index_of(made, evil), "a");
	put(made, manifest, "b");
	name_index(made, index, "c");
	put_blob(made, &junk, "a/b", "junk", 4);
	assert_int_equal(sweep(made, &count), 0);
	assert_int_equal(count, 1);
	assert_true(store_has(&made->store, &layer, 5));
	assert_true(store_has(&made->store, &under, 5));
}

static void indexes_are_swept_however_deep_they_are(void **state)
{
	struct made *made = *state;
	struct digest layer;
	const char *entry = entry_of(made, MEDIA_MANIFEST,
				     manifest_of(made, entry_of(made, MEDIA_CONFIG, "{}"),
						 put_blob(made, &layer, MEDIA_SQUASHFS, "layer", 5)));
	size_t i, count;

	for (i = 0; i < 40; i++)
		entry = entry_of(made, MEDIA_INDEX, index_of(made, entry));
	name_index(made, index_of(made, entry), "deep");
	assert_int_equal(sweep(made, &count), 0);
	assert_int_equal(count, 0);
	assert_true(store_has(&made->store, &layer, 5));
}

static void what_is_named_often_is_read_once(void **state)
{
	struct made *made = *state;
	struct string text = { 0 };
	struct rusage before, after;
	const char *entry;
	char *large = malloc(MANIFEST_MOST);
	size_t i, count;

	assert_non_null(large);
	memset(large, ' ', MANIFEST_MOST);
	memcpy(large, MANIFEST("a"), strlen(MANIFEST("a")));
	large[MANIFEST_MOST - 1] = '\0';
	entry = entry_of(made, MEDIA_MANIFEST, large);
	free(large);
	for (i = 0; i < INDEX_MOST; i++)
		string_add(&made->arena, &text, "%s%s", i ? "," : "", entry);
	name_index(made, index_of(made, text.text), "often");
	getrusage(RUSAGE_SELF, &before);
	assert_int_equal(sweep(made, &count), 0);
	getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_maxrss - before.ru_maxrss < 65536);
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
		TEST(what_an_index_calls_a_manifest_may_be_anything),
		TEST(what_an_index_calls_a_manifest_and_is_damaged_stops_a_sweep),
		TEST(who_names_an_image_as_something_else_takes_nothing_from_it),
		TEST(indexes_are_swept_however_deep_they_are),
		TEST(what_is_named_often_is_read_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
