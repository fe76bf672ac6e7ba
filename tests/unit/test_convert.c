/* SPDX-License-Identifier: MIT */
/* Docker's layers become squashfs without mksquashfs: what is in them, and what is refused. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "build/layer.h"
#include "config.h"
#include "image/layer_audit.h"
#include "made_tar.h"
#include "said.h"
#include "store/squash_tree.h"
#include "store/store.h"
#include "store/tar_convert.h"

struct bench {
	char dir[64], text[4 << 20];
	struct store store;
};

static int begin(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	strcpy(bench->dir, "/tmp/test_convert.XXXXXX");
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

static void expect(const char *text, const char *line)
{
	if (!strstr(text, line))
		fail_msg("no \"%s\" in:\n%s", line, text);
}

static int convert(struct descriptor *layer, struct bench *bench, int fd)
{
	struct digest diff_id;
	int ret;

	*layer = (struct descriptor){ .format = LAYER_TAR };
	ret = tar_convert(layer, &diff_id, &bench->store, fd);
	if (ret == 0)
		assert_true(digest_same(&diff_id, &layer->digest));
	close(fd);
	return ret;
}

/* What is in a layer, in the order of its names, without its root, which mksquashfs makes on its
 * own, and the sizes of directories. */
static const char *list(struct bench *bench, const struct digest *digest)
{
	char hex[DIGEST_HEX + 1];

	digest_print_hex(hex, digest);
	shell(bench, "rm -rf out; unsquashfs -q -n -d out store/blobs/sha256/%s >/dev/null", hex);
	return shell(bench,
		     "TZ=UTC unsquashfs -lln store/blobs/sha256/%s | tail -n +2 | grep -v 'squashfs-root$' |"
		     "sed '/^d/s/[0-9]* \\([^ ]* [^ ]* squashfs-root\\)/\\1/';"
		     "cd out; find . -type f | sort | xargs -d '\\n' sha256sum; find . -printf '%%P %%n\\n' | sort",
		     hex);
}

static const char members[] =
	"add('./', D, mode=0o755)\n"
	"add('./deep/in/file', data=b'abc', uid=4000000, mode=0o4755)\n"
	"add('deep/in/\\u00e9', data=b'x' * 200000)\n"
	"add('deep/in/' + 'n' * 250, L, link='deep/in/file')\n"
	"add('link', S, link='../../x', mode=0o600)\n"
	"add('long', S, link='x/' * 400 + 'x')\n"
	"add('pipe', P)\n"
	"add('dev/null', C)\n"
	"add('old', mtime=-5)\n"
	"add('half', mtime=1000.5)\n"
	"add('late', mtime=1 << 34)\n"
	"add('deep', D, mode=0o1770, uid=9)\n"
	"add('zeroes', data=bytes(300000))\n"
	"add('mixed', data=bytes(200000) + b'y' * 131072 + bytes(131072 * 2))\n"
	"add('block', data=b'b' * 131072)\n"
	"add('two', data=b'b' * 262144)\n"
	"add('less', data=b'b' * 131071)\n"
	"add('empty', data=b'')\n"
	"add('d/.wh.gone')\n"
	"add('d/.wh.again')\n"
	"add('d/again', data=b'new')\n"
	"add('d/.wh.dir')\n"
	"add('d/dir', D)\n"
	"add('.wh..wh.plnk/1.2', data=b'x')\n"
	"add('o/file')\n"
	"add('o/.wh..wh..opq')\n"
	"add('o', D, mode=0o755, xattr={'user.a': 'b', 'user.overlay.x': 'y',"
	" 'security.selinux': 'x'})\n"
	"add('x', xattr={'user.z': 'b' * 500, 'user.a': ''})\n"
	"add('p' * 120 + '/' + 'q' * 150)\n"
	"[add('many/%05d' % (n * 7919 % 4000), data=b'%d' % n) for n in range(4000)]\n"
	"[add('s/' * n + 't') for n in range(100, 60, -1)]\n";

/* Each kind of tar, however it is packed and comes, gives the same bytes. */
static void a_tar_becomes_what_mksquashfs_would_make_of_it(void **state)
{
	static const char *const filters[] = {
		"cat",
		"gzip",
		"(head -c 70000 | gzip; gzip -1)",
		"zstd -q",
		"(head -c 70000 | zstd -q; printf '\\120\\052\\115\\030\\003\\0\\0\\0abc'; zstd -q --ultra -22 --long=23)",
	};
	const struct layer_options options = { .epoch = UINT32_MAX };
	struct bench *bench = *state;
	struct built_layer reference;
	struct descriptor layer, first;
	char *wanted;
	size_t i;
	int fd = made_tar(members, "cat");

	assert_int_equal(layer_from_tar(&reference, &bench->store, fd, &options), 0);
	close(fd);
	wanted = strdup(list(bench, &reference.digest));
	for (i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		assert_int_equal(convert(&layer, bench, made_tar(members, filters[i])), 0);
		if (i == 0)
			first = layer;
		assert_true(digest_same(&first.digest, &layer.digest));
	}
	assert_string_equal(layer.media_type, MEDIA_SQUASHFS "+gzip");
	assert_true(store_has(&bench->store, &layer.digest, layer.size));
	list(bench, &layer.digest);
	for (i = 0; wanted[i] && wanted[i] == bench->text[i]; i++)
		;
	if (wanted[i] || bench->text[i])
		fail_msg("%.300s\nis expected, and not\n%.300s", wanted + (i > 99 ? i - 99 : 0),
			 bench->text + (i > 99 ? i - 99 : 0));
	shell(bench, "rmdir store/new");
	free(wanted);
}

static void a_layer_passes_the_audit_and_comes_through_a_pipe(void **state)
{
	struct bench *bench = *state;
	struct descriptor layer, other;
	char hex[DIGEST_HEX + 1], path[128];
	struct blob blob;
	int fd, ends[2];
	pid_t pid;

	assert_int_equal(convert(&layer, bench, made_tar(members, "gzip")), 0);
	digest_print_hex(hex, &layer.digest);
	snprintf(path, sizeof(path), "store/blobs/sha256/%s", hex);
	blob = (struct blob){ .fd = open(path, O_RDONLY), .size = layer.size };
	assert_int_equal(layer_audit(&blob, &layer, "layer"), 0);
	close(blob.fd);
	fd = open("layer.packed", O_RDONLY);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		while (read(fd, &byte, 1) == 1 && write(ends[1], &byte, 1) == 1)
			continue;
		_exit(0);
	}
	close(fd);
	close(ends[1]);
	assert_int_equal(convert(&other, bench, ends[0]), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(digest_same(&layer.digest, &other.digest));
}

static void a_later_entry_replaces_an_earlier_one(void **state)
{
	struct bench *bench = *state;
	struct descriptor layer;

	assert_int_equal(convert(&layer, bench,
				 made_tar("add('.', D, mode=0o711, uid=3)\n"
					  "add('a', data=b'1')\nadd('b', L, link='a')\n"
					  "add('./a', data=b'22', uid=5)\n"
					  "add('c', S, link='x')\nadd('c', data=b'333')\n"
					  "add('d', D, uid=1)\nadd('d/e')\nadd('d', D, uid=2)",
					  "cat")),
			 0);
	list(bench, &layer.digest);
	expect(bench->text,
	       "-rw-r--r-- 5/0                       2 1970-01-01 00:00 squashfs-root/a\n");
	expect(bench->text,
	       "-rw-r--r-- 0/0                       1 1970-01-01 00:00 squashfs-root/b\n");
	expect(bench->text,
	       "-rw-r--r-- 0/0                       3 1970-01-01 00:00 squashfs-root/c\n");
	expect(bench->text, "2/0                      1970-01-01 00:00 squashfs-root/d\n");
	expect(bench->text, "squashfs-root/d/e\n");
	expect(bench->text, "\na 1\nb 1\n");
}

static void old_tars_and_those_of_gnu_are_read(void **state)
{
	struct bench *bench = *state;
	struct descriptor layer;

	assert_int_equal(convert(&layer, bench,
				 made_tar("raw('dir/', b'\\0')\n"
					  "raw('dir/f', b'\\0', b'abc')\n"
					  "raw('dir/g', b'7', b'abcd', a108=b'\\x80\\0\\0\\0\\0\\x3d\\x09\\0')\n"
					  "raw('', b'L', b'n' * 200 + b'\\0')\n"
					  "raw('x', b'K', b'm' * 300)\n"
					  "raw('short', b'2', link='short')\n"
					  "raw('neg', b'0', a136=b'\\xff' * 12)\n"
					  "raw('blank', b'0', a100=b'   755 \\0')\n"
					  "t.fileobj.write(bytes(512)); stop()",
					  "cat")),
			 0);
	list(bench, &layer.digest);
	expect(bench->text, "drw");
	expect(bench->text, "4000000/0                 4 1970-01-01 00:00 squashfs-root/dir/g\n");
	expect(bench->text, "nnnn -> mmmm");
	assert_null(strstr(bench->text, "short"));
	expect(bench->text, "1970-01-01 00:00 squashfs-root/neg\n");
	expect(bench->text,
	       "-rwxr-xr-x 0/0                       0 1970-01-01 00:00 squashfs-root/blank\n");
}

struct refusal {
	const char *members, *words;
};

static void refuse(struct bench *bench, const struct refusal *row, const char *filter)
{
	struct descriptor layer;
	struct said said;
	const char *text;
	const int fd = made_tar(row->members, filter);
	int ret;

	said_begin(&said);
	ret = convert(&layer, bench, fd);
	text = said_end(&said);
	if (ret >= 0 || !strstr(text, row->words) || strchr(text, '\n'))
		fail_msg("%s by %s gives %d, \"%s\"", row->members, filter, ret, text);
}

static void what_leads_out_or_makes_no_sense_is_refused(void **state)
{
	static const struct refusal rows[] = {
		{ "add('/etc/x')", "/etc/x: its name begins with a /" },
		{ "add('a/../../x')", "a/../../x: its name has a \"..\"" },
		{ "add('..', D)", "../: its name has a \"..\"" },
		{ "add('n' * 256)", "longer than 255 bytes" },
		{ "add('/'.join(['n' * 200] * 21))", "longer than 4095 bytes" },
		{ "add('a', D); add('a')", "a: it is in the tar as a directory, and as a file" },
		{ "add('a'); add('a', D)", "a/: it is in the tar as a file, and as a directory" },
		{ "add('a', S, link='/etc'); add('a/b')", "a/b: what it is in is no directory" },
		{ "add('a', S, link='..'); add('b', L, link='a/x')", "b: a link to what is not" },
		{ "add('a'); add('a/b')", "a/b: what it is in is no directory" },
		{ "add('a', L, link='/etc/passwd')", "a: a link to what is not in the tar" },
		{ "add('a', L, link='../x')", "a: a link to what is not in the tar" },
		{ "add('a', L, link='b'); add('b')", "a: a link to what is not in the tar before it" },
		{ "add('a', L, link='a')", "a: a link to what is not in the tar before it" },
		{ "add('a'); add('a', L, link='a')", "a: a link to what is not in the tar before it" },
		{ "add('a/.wh.b'); add('c', L, link='a/b')", "or is no file" },
		{ "add('b', D); add('a', L, link='b')", "or is no file" },
		{ "add('sda', B)", "sda: a device" },
		{ "add('etc/dev/null', C)", "etc/dev/null: a device" },
		{ "add('dev', S, link='/'); add('dev/null', C)", "is no directory" },
		{ "add('.wh.')", ".wh.: a whiteout of no name" },
		{ "add('a/.wh...')", "a/.wh...: a whiteout of no name" },
		{ "add('.wh.a/b')", ".wh.a/b: a whiteout is no directory" },
		{ "add('.wh..wh..opq')", "a layer that hides all layers below it" },
		{ "add('a'); add('a/.wh..wh..opq')", "no directory" },
		{ "add('.', S, link='x')", "the root is no directory" },
		{ "add('a', S)", "a: a symlink to nothing" },
		{ "add('a', size=1 << 32); stop()", "a: the tar is cut short" },
		{ "add('a', xattr={'user.%d' % i: 'x' for i in range(70)})",
		  "a: it has more than 63" },
		{ "add('a', xattr={'user.x': 'x' * 65537})", "attribute is too long" },
		{ "add('a', pax={'comment': 'x' * 300000})", "larger than 256 KiB" },
		{ "add('a', pax={'GNU.sparse.major': '1'})", "it is sparse" },
		{ "add('a', pax={'size': '99999999999999999999'})", "no number" },
		{ "add('a', pax={'uid': '4294967295'})", "its owner is no number" },
		{ "add('a', pax={'mtime': 'x'})", "a time that is no number" },
		{ "add('a', pax={'path': 'b\\0c'})", "has a NUL" },
		{ "raw('a', b'x', b'99 path=x\\n'); add('a')", "its pax header is damaged" },
		{ "raw('a', b'x', b'0 path=x\\n'); add('a')", "its pax header is damaged" },
		{ "raw('a', b'x', b'9 path=xy'); add('a')", "its pax header is damaged" },
		{ "raw('a', b'x', b'5 x\\n\\n'); add('a')", "its pax header is damaged" },
		{ "raw('a', b'x', b'8 a\\0b=c\\n'); add('a')", "its pax header is damaged" },
		{ "raw('a', b'x', b'6 a=b\\n'); raw('a', b'x', b'6 a=b\\n')", "two pax headers" },
		{ "raw('a', b'x', b'6 a=b\\n')", "the tar is cut short" },
		{ "raw('a', b'L', b'n' * 5000)", "its name is longer than 4095 bytes" },
		{ "raw('a', b'S')", "it is sparse" },
		{ "raw('a', b'Q')", "is no file, directory, link or pipe" },
		{ "raw('a', b'5', b'data')", "has data, and is no file" },
		{ "raw('a', b'0', a124=b'12x45678901\\0')", "its size is no number" },
		{ "raw('a', b'0', a124=b'\\xff' * 12)", "its size is no number" },
		{ "raw('a', b'0', a124=b'\\x80' + b'\\x7f' * 11)", "its size is no number" },
		{ "raw('a', b'0', a108=b'\\x80\\0\\0\\1\\0\\0\\0\\0')", "its owner is no number" },
		{ "raw('a', b'0', a100=b'9999999\\0')", "its mode or its time is no number" },
		{ "raw('\\033[2J', b'Q')", ": ?[2J: is no file" },
		{ "add('a'); t.fileobj.write(b'j' * 512)", "damaged one (checksum)" },
		{ "t.fileobj.write(b'no tar at all' * 300); stop()", "no tar, or a damaged one" },
		{ "t.fileobj.write(bytes(512) + b'x' * 512); stop()", "an end mark is cut short" },
		{ "[add(str(n), uid=n) for n in range(5000)]", "more than 4096 users and groups" },
		{ "add('a', data=b'x' * (1 << 28))", "200 times larger" },
	};
	struct bench *bench = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		refuse(bench, &rows[i], "gzip -1");
	shell(bench, "rmdir store/new store/blobs/sha256");
}

static void what_is_packed_in_a_wrong_way_is_refused(void **state)
{
	static const struct {
		const char *filter, *words;
	} rows[] = {
		{ "bzip2", "it is packed by bzip2, which this davit does not unpack" },
		{ "xz", "it is packed by xz" },
		{ "gzip | head -c 300", "its gzip is cut short" },
		{ "gzip | head -c -4", "its gzip is cut short" },
		{ "(gzip | head -c -8; printf 12345678)", "damaged gzip (incorrect data check)" },
		{ "(gzip; printf xyz)", "damaged gzip (incorrect header check)" },
		{ "zstd -q | head -c 300", "its zstd is cut short" },
		{ "(zstd -q; printf xyz123)", "damaged zstd" },
		{ "zstd -q --long=27", "its zstd needs a window of more than 8 MiB" },
		{ "head -c 0", "it is empty" },
	};
	struct bench *bench = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct refusal row = { "import os\nadd('a', data=os.urandom(20000))",
					     rows[i].words };

		refuse(bench, &row, rows[i].filter);
	}
	shell(bench, "rmdir store/new store/blobs/sha256");
}

static void those_that_convert_at_once_share_a_quarter_of_the_memory(void **state)
{
	struct squash_tree tree;
	struct sysinfo info;

	(void)state;
	assert_int_equal(sysinfo(&info), 0);
	assert_int_equal(squash_tree_open(&tree), 0);
	assert_true(tree.most > 0);
	assert_true(tree.most * CONFIG_PULL_PARALLEL <= (uint64_t)info.totalram * info.mem_unit / 4);
	squash_tree_close(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_tar_becomes_what_mksquashfs_would_make_of_it,
						begin, end),
		cmocka_unit_test_setup_teardown(a_layer_passes_the_audit_and_comes_through_a_pipe,
						begin, end),
		cmocka_unit_test_setup_teardown(a_later_entry_replaces_an_earlier_one, begin, end),
		cmocka_unit_test_setup_teardown(old_tars_and_those_of_gnu_are_read, begin, end),
		cmocka_unit_test_setup_teardown(what_leads_out_or_makes_no_sense_is_refused, begin,
						end),
		cmocka_unit_test_setup_teardown(what_is_packed_in_a_wrong_way_is_refused, begin, end),
		cmocka_unit_test(those_that_convert_at_once_share_a_quarter_of_the_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
