/* SPDX-License-Identifier: MIT */
/* Blobs that come in pieces: kept when they break off, whole under their digest, or gone. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "said.h"
#include "store/partial.h"

struct made {
	struct store store;
	struct digest digest; /* of "hello world" */
	char root[32];
};

enum { WHOLE = 11 };

static int set_up(void **state)
{
	struct made *made = calloc(1, sizeof(*made));
	char above[] = "/tmp/davit-partial-XXXXXX";

	if (!made || !mkdtemp(above))
		return -1;
	strcpy(made->root, above);
	digest_data(&made->digest, "hello world", WHOLE);
	*state = made;
	return store_open(&made->store, made->root, STORE_WRITE);
}

static int tear_down(void **state)
{
	struct made *made = *state;
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", made->root);
	store_close(&made->store);
	if (system(command) != 0)
		return -1;
	free(made);
	return 0;
}

static void open_it(struct store_writer *writer, struct made *made, uint64_t there)
{
	assert_int_equal(partial_open(writer, &made->store, &made->digest, WHOLE), 0);
	assert_int_equal(writer->size, there);
}

static void what_breaks_off_goes_on_from_there(void **state)
{
	struct made *made = *state;
	struct store_writer writer;
	struct digest digest;

	assert_int_equal(partial_size(&made->store, &made->digest), 0);
	open_it(&writer, made, 0);
	assert_int_equal(partial_write(&writer, "hello ", 6), 0);
	partial_leave(&writer);
	partial_leave(&writer);
	assert_int_equal(partial_size(&made->store, &made->digest), 6);
	open_it(&writer, made, 6);
	assert_int_equal(partial_write(&writer, "world", 5), 0);
	assert_int_equal(store_finish(&digest, &writer, &made->digest), 0);
	assert_true(store_keeps(&made->store, &made->digest, WHOLE));
	assert_int_equal(partial_size(&made->store, &made->digest), 0);
	assert_int_equal(partial_open(&writer, &made->store, &made->digest, WHOLE), 1);
}

static void what_is_spoilt_is_gone_in_the_end(void **state)
{
	struct made *made = *state;
	struct store_writer writer;
	struct digest digest;
	struct said said;

	open_it(&writer, made, 0);
	assert_int_equal(partial_write(&writer, "hallo ", 6), 0);
	partial_leave(&writer);
	open_it(&writer, made, 6);
	assert_int_equal(partial_write(&writer, "world", 5), 0);
	said_begin(&said);
	assert_true(store_finish(&digest, &writer, &made->digest) < 0);
	(void)said_end(&said);
	assert_false(store_has(&made->store, &digest, WHOLE));
	assert_int_equal(partial_size(&made->store, &made->digest), 0);
}

static void what_is_too_long_begins_anew(void **state)
{
	struct made *made = *state;
	struct store_writer writer;
	struct digest digest;

	open_it(&writer, made, 0);
	assert_int_equal(partial_write(&writer, "much more than that", 19), 0);
	partial_leave(&writer);
	open_it(&writer, made, 0);
	assert_int_equal(partial_write(&writer, "hello world", WHOLE), 0);
	assert_int_equal(store_finish(&digest, &writer, &made->digest), 0);
}

static void much_is_written_as_it_came(void **state)
{
	enum { MUCH = 5 << 20, PIECE = 65536 };
	struct made *made = *state;
	unsigned char piece[PIECE];
	struct store_writer writer;
	struct digest digest;
	struct hasher hasher;
	size_t i;

	hasher_begin(&hasher);
	for (i = 0; i < MUCH / PIECE; i++) {
		memset(piece, (int)i, sizeof(piece));
		hasher_add(&hasher, piece, sizeof(piece));
	}
	hasher_end(&digest, &hasher);
	assert_int_equal(partial_open(&writer, &made->store, &digest, MUCH), 0);
	for (i = 0; i < MUCH / PIECE; i++) {
		memset(piece, (int)i, sizeof(piece));
		assert_int_equal(partial_write(&writer, piece, sizeof(piece)), 0);
	}
	assert_int_equal(store_finish(&made->digest, &writer, &digest), 0);
	assert_true(store_keeps(&made->store, &digest, MUCH));
}

/* The second waits, and finds the blob done; or goes on where the first gave up. */
static void two_take_turns(void **state)
{
	struct made *made = *state;
	struct store_writer writer;
	struct digest digest;
	int round;

	for (round = 0; round < 2; round++) {
		int status = 0;
		pid_t pid;

		open_it(&writer, made, 0);
		pid = fork();
		if (pid == 0) {
			struct store_writer own;
			int ret;

			/* The lock is the parent's too, as long as this is open. */
			close(writer.fd);
			ret = partial_open(&own, &made->store, &made->digest, WHOLE);
			_exit(ret == 1 ? 1 : ret == 0 && own.size == 6 ? 2 : 3);
		}
		usleep(100000);
		assert_int_equal(partial_write(&writer, "hello ", 6), 0);
		if (round == 0) {
			partial_leave(&writer);
		} else {
			assert_int_equal(partial_write(&writer, "world", 5), 0);
			assert_int_equal(store_finish(&digest, &writer, &made->digest), 0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(WEXITSTATUS(status), round == 0 ? 2 : 1);
		if (round == 0) {
			open_it(&writer, made, 6);
			store_abandon(&writer);
			assert_int_equal(partial_size(&made->store, &made->digest), 0);
		}
	}
}

static void what_has_no_room_is_refused_in_bytes(void **state)
{
	struct made *made = *state;
	struct said said;

	assert_int_equal(store_room(&made->store, 4096, "web"), 0);
	said_begin(&said);
	assert_int_equal(store_room(&made->store, UINT64_C(1) << 60, "web"), -ENOSPC);
	assert_non_null(strstr(said_end(&said), "web needs 1152921504606846976 bytes"));
	assert_non_null(strstr(said.text, "are lacking"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(what_breaks_off_goes_on_from_there),
					    TEST(what_is_spoilt_is_gone_in_the_end),
					    TEST(what_is_too_long_begins_anew),
					    TEST(much_is_written_as_it_came),
					    TEST(two_take_turns),
					    TEST(what_has_no_room_is_refused_in_bytes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
