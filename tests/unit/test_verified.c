/* SPDX-License-Identifier: MIT */
/* What is remembered of a file holds only for the file as it was. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/digest.h"
#include "sandbox/kept.h"
#include "sandbox/verified.h"

enum { SIZE = 8192, PATH_SIZE = 128 };

struct place {
	char root[PATH_SIZE], file[PATH_SIZE], memory[PATH_SIZE];
	struct arena arena;
	struct digest digest;
	int fd;
};

static void place_begin(struct place *place)
{
	unsigned char data[SIZE];
	char directory[] = "/tmp/davit-verified.XXXXXX";

	memset(place, 0, sizeof(*place));
	memset(data, 7, sizeof(data));
	assert_non_null(mkdtemp(directory));
	snprintf(place->root, sizeof(place->root), "%s", directory);
	snprintf(place->file, sizeof(place->file), "%s/file", directory);
	snprintf(place->memory, sizeof(place->memory), "%s/.verified", directory);
	place->fd = open(place->file, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_int_equal(write(place->fd, data, sizeof(data)), sizeof(data));
	digest_data(&place->digest, data, sizeof(data));
}

static void place_end(struct place *place)
{
	close(place->fd);
	unlink(place->file);
	unlink(place->memory);
	rmdir(place->root);
	arena_close(&place->arena);
}

static int check(struct place *place)
{
	return verified_digest(verified_open(&place->arena, place->root), place->fd, 0, SIZE,
			       &place->digest);
}

static off_t remembered(const struct place *place)
{
	struct stat st;

	return stat(place->memory, &st) == 0 ? st.st_size : 0;
}

/* Its change time cannot be set: wait until it is old. */
static void settle(void)
{
	sleep(4);
}

static void a_digest_that_fits_is_remembered_and_one_that_does_not_never(void **state)
{
	struct place place;
	struct digest other = { { 1 } };

	(void)state;
	place_begin(&place);
	/* Written to a moment ago. */
	assert_int_equal(check(&place), 0);
	assert_int_equal(remembered(&place), 0);
	settle();
	assert_int_equal(check(&place), 0);
	assert_int_equal(remembered(&place), DIGEST_HEX + 1);
	assert_int_equal(check(&place), 0);
	assert_int_equal(remembered(&place), DIGEST_HEX + 1);
	/* Not another digest, nor another part. */
	assert_int_equal(verified_digest(verified_open(&place.arena, place.root), place.fd, 0, SIZE,
					 &other),
			 -EBADMSG);
	assert_int_equal(verified_digest(verified_open(&place.arena, place.root), place.fd, 0,
					 SIZE / 2, &place.digest),
			 -EBADMSG);
	assert_int_equal(remembered(&place), DIGEST_HEX + 1);
	/* Another byte, and the same size. */
	assert_int_equal(pwrite(place.fd, "x", 1, 100), 1);
	assert_int_equal(check(&place), -EBADMSG);
	/* The old time of writing does not help. */
	assert_int_equal(futimens(place.fd, (struct timespec[]){ { 1, 0 }, { 1, 0 } }), 0);
	settle();
	assert_int_equal(check(&place), -EBADMSG);
	assert_int_equal(ftruncate(place.fd, SIZE / 2), 0);
	assert_int_equal(check(&place), -ENODATA);
	place_end(&place);
}

static void a_memory_that_others_wrote_is_not_believed(void **state)
{
	struct place place;
	struct digest what = { { 5 } };
	char line[DIGEST_HEX + 2];
	FILE *file;

	(void)state;
	place_begin(&place);
	digest_print_hex(line, &what);
	line[DIGEST_HEX] = '\n';
	line[DIGEST_HEX + 1] = '\0';
	/* In the middle of a line. */
	file = fopen(place.memory, "w");
	fprintf(file, "0%s", line);
	fclose(file);
	assert_false(verified_find(verified_open(&place.arena, place.root), &what));
	/* Of a directory that others may write to. */
	file = fopen(place.memory, "w");
	fputs(line, file);
	fclose(file);
	assert_true(verified_find(verified_open(&place.arena, place.root), &what));
	assert_int_equal(chmod(place.root, 0770), 0);
	assert_false(verified_find(verified_open(&place.arena, place.root), &what));
	assert_int_equal(chmod(place.root, 0700), 0);
	/* A full one is begun anew. */
	for (int i = 0; i < 300; i++) {
		what.bytes[1] = (unsigned char)i;
		what.bytes[2] = (unsigned char)(i >> 8);
		verified_add(verified_open(&place.arena, place.root), &what);
		assert_true(verified_find(verified_open(&place.arena, place.root), &what));
	}
	assert_true(remembered(&place) <= (off_t)128 * (DIGEST_HEX + 1));
	place_end(&place);
}

/* --- what apps wrote --------------------------------------------------------------------------------- */

static void make(const char *path, const char *name)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s/%s", path, name);
	assert_int_equal(mkdir(whole, 0700), 0);
}

static void what_is_kept_is_removed_however_deep_it_is(void **state)
{
	char root[] = "/tmp/davit-kept.XXXXXX", path[PATH_SIZE], other[PATH_SIZE],
	     link[2 * PATH_SIZE];
	bool made = false;
	int fd, again, deep, i;

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/apps/web", root);
	snprintf(other, sizeof(other), "%s/other", root);
	fd = kept_open(path, &made);
	assert_true(fd >= 0 && made);
	assert_int_equal(kept_open(path, &made), -EBUSY);
	assert_true(kept_is_there(root, "web"));
	assert_false(kept_is_there(root, "web2"));
	assert_false(kept_is_there(root, "../apps/web"));
	make(path, "upper");
	/* A link out of it is removed, not followed. */
	make(root, "other");
	snprintf(link, sizeof(link), "%s/upper/link", path);
	assert_int_equal(symlink(other, link), 0);
	deep = openat(fd, "upper", O_RDONLY | O_DIRECTORY);
	for (i = 0; i < 3000; i++) {
		assert_int_equal(mkdirat(deep, "a", 0700), 0);
		again = openat(deep, "a", O_RDONLY | O_DIRECTORY);
		assert_true(again >= 0);
		close(deep);
		deep = again;
	}
	close(openat(deep, "file", O_WRONLY | O_CREAT, 0600));
	close(deep);
	assert_true(kept_remove(root, "web") < 0); /* in use */
	close(fd);
	assert_int_equal(kept_remove(root, "web"), 0);
	assert_false(kept_is_there(root, "web"));
	assert_int_equal(kept_remove(root, "web"), 0);
	assert_int_equal(access(other, F_OK), 0);
	/* What others may write to is not used. */
	fd = kept_open(path, &made);
	close(fd);
	assert_int_equal(chmod(path, 0777), 0);
	assert_int_equal(kept_open(path, &made), -EPERM);
	assert_int_equal(chmod(path, 0700), 0);
	kept_unmake(path);
	assert_false(kept_is_there(root, "web"));
	rmdir(other);
	snprintf(path, sizeof(path), "%s/apps", root);
	rmdir(path);
	assert_int_equal(rmdir(root), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_digest_that_fits_is_remembered_and_one_that_does_not_never),
		cmocka_unit_test(a_memory_that_others_wrote_is_not_believed),
		cmocka_unit_test(what_is_kept_is_removed_however_deep_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
