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
#include "made_tar.h"
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

/* --- tars ------------------------------------------------------------------------------------------------ */

static void a_tar_becomes_a_layer(void **state)
{
	static const char *const filters[] = { "cat", "gzip", "bzip2", "xz", "zstd" };
	struct bench *bench = *state;
	struct built_layer layer, first;
	size_t i;

	for (i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		const int fd =
			made_tar("add('./', D, mode=0o711, uid=3)\n"
				 "add('./deep/in/file', data=b'abc', uid=4000000, mode=0o4755)\n"
				 "add('deep/in/\\u00e9', data=b'x' * 200000)\n"
				 "add('deep/in/' + 'n' * 250, L, link='deep/in/file')\n"
				 "add('link', S, link='../../x')\n"
				 "add('pipe', P)\n"
				 "add('dev/null', C)\n"
				 "add('deep', D, mode=0o1770, uid=9)",
				 filters[i]);

		assert_int_equal(layer_from_tar(&layer, &bench->store, fd, &options), 0);
		close(fd);
		if (i == 0)
			first = layer;
		assert_true(digest_same(&first.digest, &layer.digest));
	}
	list(bench, &layer);
	expect(bench->text, "drwx--x--x 0/0");
	expect(bench->text,
	       "drwxrwx--T 9/0                      25 1970-01-01 00:00 squashfs-root/deep\n");
	expect(bench->text, "drwxr-xr-x 0/0 ");
	expect(bench->text,
	       "-rwsr-xr-x 4000000/0                 3 1970-01-01 00:00 squashfs-root/deep/in/file\n");
	expect(bench->text,
	       "-rwsr-xr-x 4000000/0                 3 1970-01-01 00:00 squashfs-root/deep/in/nnnn");
	expect(bench->text, "squashfs-root/deep/in/\303\251\n");
	expect(bench->text, "squashfs-root/link -> ../../x\n");
	expect(bench->text, "squashfs-root/pipe\n");
	assert_null(strstr(bench->text, "dev/null"));
}

static void whiteouts_become_those_of_overlayfs(void **state)
{
	struct bench *bench = *state;
	struct built_layer layer;
	char hex[DIGEST_HEX + 1];
	int fd;

	fd = made_tar("add('d/.wh.gone')\n"
		      "add('d/.wh.again')\n"
		      "add('d/again', data=b'new')\n"
		      "add('d/.wh.dir')\n"
		      "add('d/dir', D)\n"
		      "add('.wh..wh.plnk', D)\n"
		      "add('.wh..wh.plnk/1.2', data=b'x')\n"
		      "add('.wh..wh.aufs')\n"
		      "add('o', D, mode=0o755, xattr={'user.a': 'b', 'trusted.overlay.redirect': '/etc',"
		      " 'security.selinux': 'x'})\n"
		      "add('o/file')\n"
		      "add('o/.wh..wh..opq')\n",
		      "cat");
	assert_int_equal(layer_from_tar(&layer, &bench->store, fd, &options), 0);
	close(fd);
	list(bench, &layer);
	expect(bench->text,
	       "c--------- 0/0                   0,  0 1970-01-01 00:00 squashfs-root/d/gone\n");
	expect(bench->text, "3 1970-01-01 00:00 squashfs-root/d/again\n");
	expect(bench->text, "squashfs-root/d/dir\n");
	assert_null(strstr(bench->text, ".wh."));
	digest_print_hex(hex, &layer.digest);
	if (geteuid() != 0)
		return;
	shell(bench,
	      "mkdir m && mount -o loop store/blobs/sha256/%s m && python3 -c \"import os\n"
	      "for n in ('m/o', 'm/d/dir', 'm/d'):\n"
	      " print(n, [(k, os.getxattr(n, k)) for k in sorted(os.listxattr(n))])\"; umount m",
	      hex);
	expect(bench->text, "m/o [('trusted.overlay.opaque', b'y'), ('user.a', b'b')]\n");
	expect(bench->text, "m/d/dir [('trusted.overlay.opaque', b'y')]\n");
	expect(bench->text, "m/d []\n");
}

static void a_hostile_tar_is_refused_with_the_name_of_its_member(void **state)
{
	static const char *const rows[][2] = {
		{ "add('/etc/x')", "/etc/x: its name begins with a /" },
		{ "add('a/../../x')", "a/../../x: its name has a \"..\"" },
		{ "add('..', D)", "../: its name has a \"..\"" },
		{ "add('n' * 256)", "longer than 255 bytes" },
		{ "add('/'.join(['n' * 200] * 21))", "longer than 4095 bytes" },
		{ "add('a', data=b'1'); add('./a', data=b'2')", "a: it is in the tar twice" },
		{ "add('a', D); add('a')", "a: it is in the tar twice" },
		{ "add('a'); add('a', D)", "a: it is in the tar as a file, and as a directory" },
		{ "add('a', S, link='/etc'); add('a/b')", "a/b: what it is in is no directory" },
		{ "add('a'); add('a/b')", "a/b: what it is in is no directory" },
		{ "add('a', L, link='/etc/passwd')", "a: a link to what is not in the tar" },
		{ "add('a', L, link='../x')", "a: a link to what is not in the tar" },
		{ "add('a', L, link='b'); add('b')", "a: a link to what is not in the tar before it" },
		{ "add('a', L, link='a')", "a: a link to what is not in the tar before it" },
		{ "add('b', D); add('a', L, link='b')", "or is no file" },
		{ "add('sda', B)", "sda: a device" },
		{ "add('etc/dev/null', C)", "etc/dev/null: a device" },
		{ "add('.wh.')", ".wh.: a whiteout of no name" },
		{ "add('a/.wh...')", "a/.wh...: a whiteout of no name" },
		{ "add('.wh.a/b')", ".wh.a/b: a whiteout is no directory" },
		{ "add('.wh..wh..opq')", "a layer that hides all layers below it" },
		{ "add('a'); add('a/.wh..wh..opq')", "no directory" },
		{ "add('.', S, link='x')", "the root is no directory" },
		{ "add('a', S)", "a: a symlink to nothing" },
		{ "add('a', size=1 << 32); t.fileobj.flush(); t.close = lambda: 0", "a: Truncated" },
		{ "add('a', size=1 << 33); t.close = lambda: 0", "Truncated" },
		{ "add('a', xattr={'user.%d' % i: 'x' for i in range(70)})",
		  "a: it has more than 63" },
		{ "add('a'); t.fileobj.write(b'j' * 512)", "Damaged tar archive" },
		{ "t.fileobj.write(b'no tar at all' * 300); t.close = lambda: 0",
		  "Unrecognized archive format" },
		{ "add('a', data=b'x' * (1 << 28))", "200 times larger" },
	};
	struct bench *bench = *state;
	struct built_layer layer;
	struct said said;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int fd = made_tar(rows[i][0], "gzip -1");
		const char *text;
		int ret;

		said_begin(&said);
		ret = layer_from_tar(&layer, &bench->store, fd, &options);
		text = said_end(&said);
		close(fd);
		if (ret >= 0 || !strstr(text, rows[i][1]) || strchr(text, '\n'))
			fail_msg("%s gives %d, \"%s\"", rows[i][0], ret, text);
	}
	shell(bench, "rmdir store/new store/blobs/sha256");
}

static void an_empty_tar_is_an_empty_layer(void **state)
{
	struct bench *bench = *state;
	struct built_layer layer;
	const int fd = made_tar("", "cat");

	assert_int_equal(layer_from_tar(&layer, &bench->store, fd, &options), 0);
	close(fd);
	expect(list(bench, &layer), "drwxr-xr-x 0/0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_same_files_give_the_same_layer, begin, end),
		cmocka_unit_test_setup_teardown(files_keep_what_they_are, begin, end),
		cmocka_unit_test_setup_teardown(a_compression_is_chosen_by_name, begin, end),
		cmocka_unit_test_setup_teardown(devices_and_missing_trees_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(a_tar_becomes_a_layer, begin, end),
		cmocka_unit_test_setup_teardown(whiteouts_become_those_of_overlayfs, begin, end),
		cmocka_unit_test_setup_teardown(a_hostile_tar_is_refused_with_the_name_of_its_member,
						begin, end),
		cmocka_unit_test_setup_teardown(an_empty_tar_is_an_empty_layer, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
