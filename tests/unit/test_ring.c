/* SPDX-License-Identifier: MIT */
/* The log of a detached app: the newest whole entries are there, whatever was overwritten, also while it is written. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/ring.h"

static int open_folder(char *path)
{
	strcpy(path, "/tmp/test_ring.XXXXXX");
	assert_non_null(mkdtemp(path));
	return open(path, O_RDONLY | O_DIRECTORY);
}

static void close_folder(const char *path, int dir)
{
	assert_int_equal(unlinkat(dir, "log", 0), 0);
	close(dir);
	assert_int_equal(rmdir(path), 0);
}

/* Entry NUMBER says its number as often as its length allows. */
static size_t fill(char *bytes, uint32_t number)
{
	const size_t length = number * 37 % FLOW_SIZE + 1;
	size_t i;

	for (i = 0; i < length; i++)
		bytes[i] = (char)(number >> (i % 4 * 8));
	return length;
}

static void check(const struct ring_entry *entry, const char *bytes, uint32_t number)
{
	char expected[FLOW_SIZE];

	assert_int_equal(entry->length, fill(expected, number));
	assert_memory_equal(bytes, expected, entry->length);
	assert_int_equal(entry->stream, number % 2 + 1);
}

static void entries_come_back_as_they_were(void **state)
{
	char path[32], bytes[FLOW_SIZE];
	int dir = open_folder(path);
	struct ring_entry entry;
	struct ring ring, reader;
	uint32_t i;

	(void)state;
	assert_int_equal(ring_make(&ring, dir, "log", RING_USUAL), 0);
	assert_int_equal(ring_make(&reader, dir, "log", RING_USUAL), -EEXIST);
	assert_int_equal(ring_open(&reader, dir, "log"), 0);
	assert_int_equal(ring_next(&reader, &entry, bytes), 0);
	for (i = 1; i < 20; i++)
		assert_int_equal(ring_add(&ring, i % 2 + 1, bytes, fill(bytes, i)), 0);
	for (i = 1; i < 20; i++) {
		assert_int_equal(ring_next(&reader, &entry, bytes), 1);
		check(&entry, bytes, i);
	}
	assert_int_equal(ring_next(&reader, &entry, bytes), 0);
	ring_close(&reader);
	ring_close(&reader);
	ring_close(&ring);
	close_folder(path, dir);
}

static void the_newest_stay(void **state)
{
	char path[32], bytes[FLOW_SIZE];
	int dir = open_folder(path);
	struct ring_entry entry;
	struct ring ring, reader;
	struct stat st;
	uint32_t i, first = 0, last = 0;

	(void)state;
	assert_int_equal(ring_make(&ring, dir, "log", RING_LEAST), 0);
	for (i = 1; i <= 3000; i++)
		assert_int_equal(ring_add(&ring, i % 2 + 1, bytes, fill(bytes, i)), 0);
	assert_int_equal(fstatat(dir, "log", &st, 0), 0);
	assert_true(st.st_size <= RING_LEAST);
	assert_int_equal(ring_open(&reader, dir, "log"), 0);
	while (ring_next(&reader, &entry, bytes) == 1) {
		/* Its number follows from where it stands: they are without a gap. */
		for (i = first ? last + 1 : 2900; i <= 3000; i++) {
			char expected[FLOW_SIZE];

			if (fill(expected, i) == entry.length &&
			    memcmp(expected, bytes, entry.length) == 0)
				break;
		}
		if (!first)
			first = i;
		else
			assert_int_equal(i, last + 1);
		last = i;
	}
	assert_int_equal(last, 3000);
	assert_true(first < 3000);
	ring_close(&reader);
	ring_close(&ring);
	close_folder(path, dir);
}

/* A writer that is killed at any moment, and a reader meanwhile: never half an entry. */
static void no_reader_sees_half_an_entry(void **state)
{
	char path[32], bytes[FLOW_SIZE];
	int dir = open_folder(path), round;
	struct ring_entry entry;
	struct ring ring, reader;
	uint32_t seen = 0;
	pid_t pid;

	(void)state;
	for (round = 0; round < 20; round++) {
		assert_int_equal(ring_make(&ring, dir, "log", RING_LEAST), 0);
		pid = fork();
		if (pid == 0) {
			uint32_t i;

			for (i = 1;; i++)
				(void)ring_add(&ring, i % 2 + 1, bytes, fill(bytes, i));
		}
		assert_int_equal(ring_open(&reader, dir, "log"), 0);
		for (seen = 0; seen < 500;) {
			char expected[FLOW_SIZE];
			int ret = ring_next(&reader, &entry, bytes);
			uint32_t number = 0;

			if (ret == 0)
				continue;
			assert_int_equal(ret, 1);
			seen++;
			/* Short ones do not say which they are. */
			if (entry.length < 4)
				continue;
			memcpy(&number, bytes, 4);
			assert_int_equal(entry.length, fill(expected, number));
			assert_memory_equal(bytes, expected, entry.length);
		}
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		while (ring_next(&reader, &entry, bytes) == 1)
			seen++;
		ring_close(&reader);
		ring_close(&ring);
		assert_int_equal(unlinkat(dir, "log", 0), 0);
	}
	assert_int_equal(ring_make(&ring, dir, "log", RING_LEAST), 0);
	ring_close(&ring);
	close_folder(path, dir);
}

static void what_is_no_log_is_refused(void **state)
{
	char path[32];
	int dir = open_folder(path), fd = openat(dir, "log", O_WRONLY | O_CREAT, 0600);
	struct ring ring;

	(void)state;
	assert_int_equal(ring_open(&ring, dir, "log"), -EIO);
	assert_int_equal(write(fd, "davitlog\1\0\0\0aaaabbbbcccc", 24), 24);
	close(fd);
	assert_int_equal(ring_open(&ring, dir, "log"), -EIO);
	assert_int_equal(ring_open(&ring, dir, "none"), -ENOENT);
	close_folder(path, dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_come_back_as_they_were),
		cmocka_unit_test(the_newest_stay),
		cmocka_unit_test(no_reader_sees_half_an_entry),
		cmocka_unit_test(what_is_no_log_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
