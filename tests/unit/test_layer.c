/* SPDX-License-Identifier: MIT */
/* Layers of directories and of tars: what is in them, that they repeat, what is refused. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "build/layer.h"
#include "image/manifest.h"
#include "said.h"
#include "store/store.h"

struct bench {
	char dir[64], text[32768];
	struct store store;
};

static int begin(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	strcpy(bench->dir, "/tmp/test_layer.XXXXXX");
	assert_non_null(mkdtemp(bench->dir));
	assert_int_equal(chdir(bench->dir), 0);
	assert_int_equal(store_open(&bench->store, "store", STORE_WRITE), 0);
	*state = bench;
	return 0;
}

static int end(void **state)
{
	struct bench *bench = *state;
	char command[96];

	store_close(&bench->store);
	snprintf(command, sizeof(command), "rm -rf %s", bench->dir);
	assert_int_equal(system(command), 0);
	free(bench);
	return 0;
}

/* The output of a shell command that succeeds. */
static const char *shell(struct bench *bench, const char *format, ...)
{
	char command[4096];
	va_list args;
	FILE *pipe;
	size_t got;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	got = fread(bench->text, 1, sizeof(bench->text) - 1, pipe);
	bench->text[got] = '\0';
	assert_int_equal(pclose(pipe), 0);
	return bench->text;
}

/* What unsquashfs lists of a layer: a line for each file, with times. */
static const char *list(struct bench *bench, const struct built_layer *layer)
{
	char hex[DIGEST_HEX + 1];

	digest_print_hex(hex, &layer->digest);
	return shell(bench, "TZ=UTC unsquashfs -lln store/blobs/sha256/%s", hex);
}

static void expect(const char *text, const char *line)
{
	if (!strstr(text, line))
		fail_msg("no \"%s\" in:\n%s", line, text);
}

/* --- directories ----------------------------------------------------------------------------------------- */

static const struct layer_options options = { .epoch = 1000000000 };

static void the_same_files_give_the_same_layer(void **state)
{
	static const char *const makers[] = {
		"mkdir -p $t/a/b && echo one > $t/a/1 && echo two > $t/a/2 && ln $t/a/1 $t/a/b/link",
		"mkdir -p $t/a/b && echo one > $t/a/b/link && echo two > $t/a/2 && ln $t/a/b/link $t/a/1",
	};
	struct built_layer layers[2];
	struct bench *bench = *state;
	size_t i;

	for (i = 0; i < 2; i++) {
		char tree[16];

		snprintf(tree, sizeof(tree), "tree%zu", i);
		shell(bench, "t=%s; %s; touch -d @%d $t/a/2", tree, makers[i], 2000000000 + (int)i);
		assert_int_equal(layer_from_tree(&layers[i], &bench->store, tree, &options), 0);
	}
	assert_true(digest_same(&layers[0].digest, &layers[1].digest));
	assert_true(digest_same(&layers[0].verity, &layers[1].verity));
	assert_true(digest_same(&layers[0].digest, &layers[0].diff_id));
	assert_true(store_has(&bench->store, &layers[0].digest, layers[0].size));
	assert_string_equal(layers[0].media_type, MEDIA_SQUASHFS "+gzip");
	expect(list(bench, &layers[0]), "2001-09-09 01:46 squashfs-root/a/2");
}

static void files_keep_what_they_are(void **state)
{
	struct bench *bench = *state;
	struct built_layer layer;
	char name[256];

	memset(name, 'n', 255);
	name[255] = '\0';
	shell(bench,
	      "mkdir -p t/dir t/dev && chmod 1777 t/dir && echo x > t/dir/suid && chown 12:34 t/dir/suid &&"
	      "chmod 4755 t/dir/suid && touch -d @5 t/dir/suid && ln -s /to t/dir/s && mkfifo t/dir/fifo &&"
	      "printf y > t/dir/%s && mkdir t/dir/%s2 && head -c 300000 /dev/zero > t/dir/zeroes && printf z > t/dir/\303\251",
	      name, name + 1);
	if (geteuid() == 0)
		shell(bench,
		      "mknod t/gone c 0 0 && mknod t/dev/null c 1 3 && chown 3000000 t/dir/fifo");
	assert_int_equal(layer_from_tree(&layer, &bench->store, "t", &options), 0);
	list(bench, &layer);
	expect(bench->text, "drwxrwxrwt");
	expect(bench->text,
	       "-rwsr-xr-x 12/34                     2 1970-01-01 00:00 squashfs-root/dir/suid\n");
	expect(bench->text, "squashfs-root/dir/s -> /to\n");
	expect(bench->text, "300000");
	expect(bench->text, name);
	expect(bench->text, "squashfs-root/dir/\303\251\n");
	expect(bench->text, geteuid() ? "fifo" : "prw-r--r-- 3000000/0");
	if (geteuid() == 0)
		expect(bench->text, "0,  0 1970-01-01 00:00 squashfs-root/gone\n");
	assert_null(strstr(bench->text, "dev/null"));
}

static void a_compression_is_chosen_by_name(void **state)
{
	static const char *const names[][2] = {
		{ "gzip", "+gzip" }, { "lz4hc", "+lz4" }, { "zstd", "+zstd" }, { "xz", "+xz" }
	};
	struct bench *bench = *state;
	struct layer_options chosen = options;
	struct said said;
	struct built_layer layer;
	size_t i;

	shell(bench, "mkdir -p t && head -c 5000 /dev/zero > t/f");
	for (i = 0; i < 4; i++) {
		chosen.compression = names[i][0];
		assert_int_equal(layer_check_compression(names[i][0]), 0);
		assert_int_equal(layer_from_tree(&layer, &bench->store, "t", &chosen), 0);
		assert_string_equal(layer.media_type + strlen(MEDIA_SQUASHFS), names[i][1]);
	}
	chosen.compression = "lzma";
	said_begin(&said);
	assert_int_equal(layer_from_tree(&layer, &bench->store, "t", &chosen), -EINVAL);
	assert_non_null(strstr(said_end(&said), "lzma: gzip, lz4hc, zstd or xz"));
}

static void devices_and_missing_trees_are_refused(void **state)
{
	struct bench *bench = *state;
	struct built_layer layer;
	struct said said;

	said_begin(&said);
	assert_int_equal(layer_from_tree(&layer, &bench->store, "missing", &options), -ENOENT);
	assert_non_null(strstr(said_end(&said), "make a layer of missing"));
	if (geteuid() != 0)
		return;
	shell(bench, "mkdir t && mknod t/disk b 8 0");
	said_begin(&said);
	assert_int_equal(layer_from_tree(&layer, &bench->store, "t", &options), -EINVAL);
	assert_non_null(strstr(said_end(&said), "t/disk: a device"));
	shell(bench, "rmdir store/new");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_same_files_give_the_same_layer, begin, end),
		cmocka_unit_test_setup_teardown(files_keep_what_they_are, begin, end),
		cmocka_unit_test_setup_teardown(a_compression_is_chosen_by_name, begin, end),
		cmocka_unit_test_setup_teardown(devices_and_missing_trees_are_refused, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
