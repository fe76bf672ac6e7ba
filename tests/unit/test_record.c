/* SPDX-License-Identifier: MIT */
/* The record of a sandbox: any word comes back as it was, and only what is there, whole and ours is read. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

#include "said.h"
#include "sandbox/process.h"
#include "sandbox/record.h"
#include "sandbox/record_text.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

enum { PATH_SIZE = 128 };

enum { HOLDERS_MOST = 8 };

/* A run directory of its own for each test. */
struct place {
	char root[PATH_SIZE];
	struct arena arena;
	pid_t holders[HOLDERS_MOST]; /* each has a record locked, as the davit that watches has */
	size_t holder_count;
};

static int place_make(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	snprintf(place->root, sizeof(place->root), "/tmp/test_record.XXXXXX");
	*state = place;
	return mkdtemp(place->root) ? 0 : -1;
}

static int place_remove(void **state)
{
	struct place *place = *state;
	char command[PATH_SIZE + 16];

	while (place->holder_count > 0) {
		const pid_t pid = place->holders[--place->holder_count];

		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	snprintf(command, sizeof(command), "rm -rf %s", place->root);
	if (system(command) != 0)
		return -1;
	arena_close(&place->arena);
	free(place);
	return 0;
}

/* A process that has FD locked, so that nobody takes the sandbox for one of a killed davit. */
static void hold(struct place *place, int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int pair[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(pair), 0);
	pid = fork();
	if (pid == 0) {
		if (fcntl(fd, F_SETLK, &lock) < 0 || write(pair[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(pair[0], &byte, 1), 1);
	close(pair[0]);
	close(pair[1]);
	place->holders[place->holder_count++] = pid;
}

static void put(struct place *place, const char *name, const char *text)
{
	char path[2 * PATH_SIZE];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", place->root, name);
	assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
	snprintf(path, sizeof(path), "%s/%s/pid", place->root, name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	hold(place, fd);
	close(fd);
}

/* A record that says PID was started at TICKS. */
static void put_process(struct place *place, const char *name, pid_t pid, uint64_t ticks)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "pid %d\nstart %" PRIu64
		 "\ncreated 5\nimage a\\x20b\nflags tty rm\ncgroup-pids /c\nend\n",
		 (int)pid, ticks);
	put(place, name, text);
}

static int open_quietly(struct record *record, struct place *place, const char *name, char *said,
			size_t size)
{
	struct said capture;
	const char *text;
	int ret;

	said_begin(&capture);
	ret = record_open(record, &place->arena, place->root, name);
	text = said_end(&capture);
	snprintf(said, size, "%s", text);
	return ret;
}

static void any_word_comes_back(void **state)
{
	static const char *const words[] = { "plain",        "",    "two words", "new\nline",
					     "\\x41",        "\\-", "\\",        "\t\r\x1b[0m",
					     "\xc3\xa4\x7f", "end", "-",         " " };
	struct arena arena = { NULL };
	struct string text = { 0 };
	struct texts back = { 0 };
	size_t i;

	(void)state;
	record_line(&arena, &text, "other", words, 2);
	record_line(&arena, &text, "key", words, COUNT(words));
	record_line(&arena, &text, "keys", words, 1);
	assert_int_equal(record_words(&back, &arena, text.text, "key"), 0);
	assert_int_equal(back.count, COUNT(words));
	for (i = 0; i < COUNT(words); i++)
		assert_string_equal(back.items[i], words[i]);
	for (i = 0; i < text.length; i++)
		assert_true((unsigned char)text.text[i] >= ' ' || text.text[i] == '\n');
	arena_close(&arena);
}

static void lines_of_one_key_add_up(void **state)
{
	struct arena arena = { NULL };
	struct texts back = { 0 };

	(void)state;
	assert_int_equal(record_words(&back, &arena, "a 1\nb 2\na 3 4\naa 5\na\n", "a"), 0);
	assert_int_equal(back.count, 3);
	assert_string_equal(back.items[2], "4");
	arena_close(&arena);
}

static void a_live_process_is_found_by_name_and_prefix(void **state)
{
	struct place *place = *state;
	struct record record;
	uint64_t ticks;

	assert_int_equal(process_start_time(&ticks, getpid()), 0);
	put_process(place, "alpha", getpid(), ticks);
	put_process(place, "beta-1", getpid(), ticks);
	assert_int_equal(record_open(&record, &place->arena, place->root, "al"), 0);
	assert_string_equal(record.name, "alpha");
	assert_int_equal(record.state, RECORD_RUNNING);
	assert_int_equal(record.pid, getpid());
	assert_int_equal(record.created, 5);
	assert_string_equal(record_field(&place->arena, &record, "image"), "a b");
	assert_string_equal(record_cgroup(&place->arena, &record, CONTROLLER_PIDS), "/c");
	assert_null(record_cgroup(&place->arena, &record, CONTROLLER_MEMORY));
	assert_true(record_has_flag(&record, "rm"));
	assert_false(record_has_flag(&record, "t"));
	assert_int_equal(record_signal(&record, 0), 0);
	record_close(&record);
	record_close(&record);
}

static void an_exact_name_is_no_prefix(void **state)
{
	struct place *place = *state;
	struct record record;
	char said[256];

	put_process(place, "web", getpid(), 1);
	put_process(place, "web-2", getpid(), 1);
	put_process(place, "web-3", getpid(), 1);
	assert_int_equal(record_open(&record, &place->arena, place->root, "web"), 0);
	assert_string_equal(record.name, "web");
	record_close(&record);
	assert_int_equal(open_quietly(&record, place, "web-", said, sizeof(said)), -EEXIST);
	assert_string_equal(said, "davit: web-: several sandboxes begin with that: web-2, web-3");
}

static void what_is_not_there_is_said(void **state)
{
	static const char *const names[] = { "none", "", "..", "../x", ".", "-a", "a/b", "a\nb" };
	struct place *place = *state;
	struct record record;
	char said[256];
	size_t i;

	put_process(place, "box", getpid(), 1);
	for (i = 0; i < COUNT(names); i++) {
		assert_int_equal(open_quietly(&record, place, names[i], said, sizeof(said)), -ENOENT);
		assert_null(strchr(said, '\n'));
		assert_int_equal(record.dir, -1);
	}
}

static void another_process_with_the_number_is_not_it(void **state)
{
	struct place *place = *state;
	struct record record;
	uint64_t ticks;

	assert_int_equal(process_start_time(&ticks, getpid()), 0);
	put_process(place, "box", getpid(), ticks + 1);
	assert_int_equal(record_open(&record, &place->arena, place->root, "box"), 0);
	assert_int_equal(record.state, RECORD_EXITED);
	assert_int_equal(record_signal(&record, 0), -ESRCH);
	assert_int_equal(record_pidfd(&record), -ESRCH);
	record_close(&record);
}

static void a_zombie_is_gone(void **state)
{
	uint64_t ticks;
	pid_t pid = fork();
	siginfo_t info;

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(process_start_time(&ticks, pid), -ESRCH);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(process_start_time(&ticks, pid), -ESRCH);
}

static void half_a_record_names_no_process(void **state)
{
	struct place *place = *state;
	struct record record;
	char text[96];
	uint64_t ticks;

	assert_int_equal(process_start_time(&ticks, getpid()), 0);
	snprintf(text, sizeof(text), "pid %d\nstart %" PRIu64 "\ncreated 5\nimage a", (int)getpid(),
		 ticks);
	put(place, "half", text);
	assert_int_equal(record_open(&record, &place->arena, place->root, "half"), 0);
	assert_int_equal(record.pid, 0);
	assert_int_equal(record.state, RECORD_CREATED);
	record_close(&record);
}

static void links_fifos_and_files_are_no_records(void **state)
{
	struct place *place = *state;
	struct records records;
	struct record record;
	char path[2 * PATH_SIZE], said[256];

	put_process(place, "real", getpid(), 1);
	snprintf(path, sizeof(path), "%s/link", place->root);
	assert_int_equal(symlink("real", path), 0);
	snprintf(path, sizeof(path), "%s/file", place->root);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	assert_int_equal(record_list(&records, &place->arena, place->root), 0);
	assert_int_equal(records.count, 1);
	assert_string_equal(records.items[0].name, "real");
	records_close(&records);
	assert_int_equal(open_quietly(&record, place, "link", said, sizeof(said)), -ENOENT);

	snprintf(path, sizeof(path), "%s/fifo", place->root);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/fifo/pid", place->root);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(open_quietly(&record, place, "fifo", said, sizeof(said)), -EPERM);
}

static void an_open_run_directory_is_refused(void **state)
{
	struct place *place = *state;
	struct record record;
	char said[256];

	put_process(place, "box", getpid(), 1);
	assert_int_equal(chmod(place->root, 0755), 0);
	assert_true(open_quietly(&record, place, "box", said, sizeof(said)) < 0);
	assert_non_null(strstr(said, "chmod 700"));
}

static void a_missing_run_directory_has_no_sandboxes(void **state)
{
	struct arena arena = { NULL };
	struct records records;

	(void)state;
	assert_int_equal(record_list(&records, &arena, "/tmp/no-such-run-directory"), 0);
	assert_int_equal(records.count, 0);
	arena_close(&arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_word_comes_back),
		cmocka_unit_test(lines_of_one_key_add_up),
		TEST(a_live_process_is_found_by_name_and_prefix),
		TEST(an_exact_name_is_no_prefix),
		TEST(what_is_not_there_is_said),
		TEST(another_process_with_the_number_is_not_it),
		cmocka_unit_test(a_zombie_is_gone),
		TEST(half_a_record_names_no_process),
		TEST(links_fifos_and_files_are_no_records),
		TEST(an_open_run_directory_is_refused),
		cmocka_unit_test(a_missing_run_directory_has_no_sandboxes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
