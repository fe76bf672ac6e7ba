/* SPDX-License-Identifier: MIT */
/* Facts about invented machines: written, read back, refused; cgroup controllers in mount tables. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/host.h"

#define ROW(options, type, path) "none " path " " type " rw," options " 0 0\n"
#define PATH_127                                                                           \
	"/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789" \
	"/123456789/123456789/123456789/123456789/123456"

enum { TEXT_SIZE = 2048 };

static const struct host board = {
	.capabilities = 0x1fffeffffff,
	.memory = UINT64_C(5) << 30,
	.swap = 12345,
	.page_size = 65536,
	.id = "0a1b2c",
	.kernel = 6 << 16 | 1,
	.landlock = 4,
	.terminals = 5,
	.verity = true,
	.cgroup_namespace = true,
	.controllers = {
		[CONTROLLER_MEMORY] = { 2, "/sys/fs/cgroup" },
		[CONTROLLER_CPU] = { 1, "/sys/fs/cgroup/cpu acct" },
		[CONTROLLER_IO] = { 1, "/sys/fs/cgroup/blkio" },
	},
	.cpus = "0-3,5",
	.nodes = "0",
};

static void assert_host_equal(const struct host *a, const struct host *b)
{
	size_t i;

	assert_true(a->capabilities == b->capabilities);
	assert_true(a->memory == b->memory);
	assert_true(a->swap == b->swap);
	assert_true(a->page_size == b->page_size);
	assert_string_equal(a->id, b->id);
	assert_int_equal(a->terminals, b->terminals);
	for (i = 0; i < CONTROLLER_COUNT; i++) {
		assert_int_equal(a->controllers[i].version, b->controllers[i].version);
		assert_string_equal(a->controllers[i].path, b->controllers[i].path);
	}
	assert_string_equal(a->cpus, b->cpus);
	assert_string_equal(a->nodes, b->nodes);
}

static void facts_survive_being_written_and_read(void **state)
{
	char text[TEXT_SIZE], again[TEXT_SIZE];
	struct host host;
	int length = host_print(text, sizeof(text), &board);

	(void)state;
	assert_int_equal(length, strlen(text));
	assert_int_equal(host_parse(&host, text, "facts"), 0);
	assert_host_equal(&host, &board);
	assert_int_equal(host_print(again, sizeof(again), &host), length);
	assert_string_equal(again, text);
}

static void facts_are_lines_that_people_can_write(void **state)
{
	char text[TEXT_SIZE];

	(void)state;
	host_print(text, sizeof(text), &board);
	assert_string_equal(text, "capabilities 1fffeffffff\n"
				  "memory 5368709120\n"
				  "swap 12345\n"
				  "page-size 65536\n"
				  "id 0a1b2c\n"
				  "kernel 6.1\n"
				  "landlock 4\n"
				  "terminals 5\n"
				  "dm-verity yes\n"
				  "cgroup-namespace yes\n"
				  "cgroup-memory 2 /sys/fs/cgroup\n"
				  "cgroup-cpu 1 /sys/fs/cgroup/cpu acct\n"
				  "cgroup-pids 0\n"
				  "cgroup-cpuset 0\n"
				  "cgroup-io 1 /sys/fs/cgroup/blkio\n"
				  "cpus 0-3,5\n"
				  "memory-nodes 0\n");
}

static void facts_of_this_machine_can_be_read_back(void **state)
{
	char text[TEXT_SIZE];
	struct host host, again;

	(void)state;
	assert_int_equal(host_read(&host), 0);
	assert_int_equal(host_read_more(&host), 0);
	assert_true(host.memory > 0 && host.page_size >= 4096);
	assert_int_equal(strlen(host.id), 6);
	assert_true(host_print(text, sizeof(text), &host) > 0);
	assert_int_equal(host_parse(&again, text, "facts"), 0);
	assert_host_equal(&again, &host);
}

static void facts_that_do_not_fit_are_refused(void **state)
{
	char text[TEXT_SIZE];
	size_t length = (size_t)host_print(text, sizeof(text), &board), size;

	(void)state;
	for (size = 1; size <= length; size++)
		assert_int_equal(host_print(text, size, &board), -ENOSPC);
	assert_int_equal(host_print(text, length + 1, &board), length);
}

static void comments_blanks_and_a_missing_last_newline_are_fine(void **state)
{
	struct host host;

	(void)state;
	assert_int_equal(host_parse(&host, "# a board\n\nmemory \t 24\n\n#swap x\nid box", "facts"),
			 0);
	assert_true(host.memory == 24 && host.swap == 0);
	assert_string_equal(host.id, "box");
}

static void facts_that_are_not_told_are_the_least(void **state)
{
	const struct host least = { .page_size = 4096, .id = "000000", .cpus = "0", .nodes = "0" };
	struct host host;

	(void)state;
	memset(&host, 0xff, sizeof(host));
	assert_int_equal(host_parse(&host, "", "facts"), 0);
	assert_host_equal(&host, &least);
}

/* Parse TEXT while standard error goes to a file; returns what was said, which must be one line. */
static const char *refusal(const char *text)
{
	static char said[TEXT_SIZE];
	struct host host;
	int file = memfd_create("said", MFD_CLOEXEC), saved = dup(STDERR_FILENO), ret;
	ssize_t length;

	assert_true(file >= 0 && saved >= 0);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
	ret = host_parse(&host, text, "facts");
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	length = pread(file, said, sizeof(said) - 1, 0);
	close(file);
	assert_int_equal(ret, -EINVAL);
	assert_true(length > 0);
	said[length] = '\0';
	assert_ptr_equal(strchr(said, '\n'), said + length - 1);
	return said;
}

static void mistakes_are_named_with_line_and_expectation(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "memory 1\n\n# c\nswap\n", "davit: facts:4: expected a number after swap\n" },
		{ "memory -1", "davit: facts:1: expected a number after memory\n" },
		{ "memory 24m", "davit: facts:1: expected a number after memory\n" },
		{ "memory 18446744073709551616", "davit: facts:1: expected a number after memory\n" },
		{ "page-size 0",
		  "davit: facts:1: expected a power of two from 4096 on after page-size\n" },
		{ "page-size 5000",
		  "davit: facts:1: expected a power of two from 4096 on after page-size\n" },
		{ "capabilities 0x1",
		  "davit: facts:1: expected 1 to 16 hexadecimal digits after capabilities\n" },
		{ "capabilities 12345678901234567",
		  "davit: facts:1: expected 1 to 16 hexadecimal digits after capabilities\n" },
		{ "terminals maybe", "davit: facts:1: expected a number after terminals\n" },
		{ "id ../x", "davit: facts:1: expected 1 to 15 letters or digits after id\n" },
		{ "id 0123456789abcdef",
		  "davit: facts:1: expected 1 to 15 letters or digits after id\n" },
		{ "cgroup-cpu 3 /x",
		  "davit: facts:1: expected 0, or 1 or 2 and a path of at most 127 bytes "
		  "after cgroup-cpu\n" },
		{ "cgroup-cpu 1 x",
		  "davit: facts:1: expected 0, or 1 or 2 and a path of at most 127 bytes "
		  "after cgroup-cpu\n" },
		{ "cgroup-cpu 1", "davit: facts:1: expected 0, or 1 or 2 and a path of at most 127 bytes "
				  "after cgroup-cpu\n" },
		{ "cgroup-cpu 2 " PATH_127 "x",
		  "davit: facts:1: expected 0, or 1 or 2 and a path of at most 127 bytes after cgroup-cpu\n" },
		{ "colour blue\n",
		  "davit: facts:1: expected a fact that davit doctor --facts prints, not colour\n" },
		{ " memory 1\n",
		  "davit: facts:1: expected a fact that davit doctor --facts prints, not \n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(refusal(cases[i].text), cases[i].said);
}

static void lines_that_are_too_long_are_refused(void **state)
{
	char text[TEXT_SIZE];

	(void)state;
	memset(text, '#', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_string_equal(refusal(text), "davit: facts:1: expected fewer than 256 bytes\n");
}

/* An invented machine: its mount table, what its cgroup2 offers, and what is to be found. */
struct machine {
	const char *mounts, *unified_controllers;
	struct host_controller expected[CONTROLLER_COUNT];
	const char *unified;
};

static const char ordinary[] = "proc /proc proc rw,relatime 0 0\n"
			       "/dev/sda1 / ext4 rw,memory 0 0\n";

static void find(const struct machine *machine)
{
	struct host host = { .memory = 0 };
	char unified[HOST_PATH_SIZE] = "";
	size_t i;

	host_find_controllers(&host, unified, ordinary);
	host_find_controllers(&host, unified, machine->mounts);
	assert_string_equal(unified, machine->unified ? machine->unified : "");
	if (machine->unified_controllers)
		host_add_cgroup2(&host, unified, machine->unified_controllers);
	for (i = 0; i < CONTROLLER_COUNT; i++) {
		assert_int_equal(host.controllers[i].version, machine->expected[i].version);
		assert_string_equal(host.controllers[i].path, machine->expected[i].path);
	}
}

static void cgroup2_alone_serves_all(void **state)
{
	static const struct machine machine = {
		.mounts = ROW("nsdelegate", "cgroup2", "/sys/fs/cgroup"),
		.unified_controllers = "cpuset cpu io memory hugetlb pids rdma misc\n",
		.expected = { { 2, "/sys/fs/cgroup" },
			      { 2, "/sys/fs/cgroup" },
			      { 2, "/sys/fs/cgroup" },
			      { 2, "/sys/fs/cgroup" },
			      { 2, "/sys/fs/cgroup" } },
		.unified = "/sys/fs/cgroup",
	};

	(void)state;
	find(&machine);
}

static void cgroup1_is_found_by_whole_words(void **state)
{
	static const struct machine machine = {
		.mounts = ROW("relatime,cpusets,cpuacct,io,name=memory", "cgroup", "/cg/wrong")
			ROW("nosuid,cpu,cpuacct", "cgroup", "/cg/cpu,cpuacct")
				ROW("memory", "cgroup", "/cg/memory")
					ROW("memory", "cgroup", "/cg/memory-again")
						ROW("devices,pids", "cgroup", "/cg/pids")
							ROW("blkio", "cgroup", "/cg/blkio"),
		.expected = { { 1, "/cg/memory" },
			      { 1, "/cg/cpu,cpuacct" },
			      { 1, "/cg/pids" },
			      { 0, "" },
			      { 1, "/cg/blkio" } },
	};

	(void)state;
	find(&machine);
}

static void cgroup2_wins_where_it_has_the_controller(void **state)
{
	static const struct machine machine = {
		.mounts = ROW("mode=755", "tmpfs", "/sys/fs/cgroup")
			ROW("memory", "cgroup", "/sys/fs/cgroup/memory")
				ROW("cpu", "cgroup", "/sys/fs/cgroup/cpu")
					ROW("relatime", "cgroup2", "/sys/fs/cgroup/unified"),
		.unified_controllers = "hugetlb memory pids\n",
		.expected = { { 2, "/sys/fs/cgroup/unified" },
			      { 1, "/sys/fs/cgroup/cpu" },
			      { 2, "/sys/fs/cgroup/unified" } },
		.unified = "/sys/fs/cgroup/unified",
	};

	(void)state;
	find(&machine);
}

static void hybrid_with_an_empty_cgroup2_keeps_cgroup1(void **state)
{
	static const struct machine machine = {
		.mounts = ROW("memory", "cgroup", "/sys/fs/cgroup/memory")
			ROW("name=systemd", "cgroup", "/sys/fs/cgroup/systemd")
				ROW("relatime", "cgroup2", "/sys/fs/cgroup/unified"),
		.unified_controllers = "hugetlb\n",
		.expected = { { 1, "/sys/fs/cgroup/memory" } },
		.unified = "/sys/fs/cgroup/unified",
	};

	(void)state;
	find(&machine);
}

static void names_do_not_make_a_cgroup(void **state)
{
	static const struct machine machine = {
		.mounts = "cgroup /sys/fs/cgroup tmpfs rw,memory,cpu,pids 0 0\n"
			  "cgroup2 /sys/fs/cgroup tmpfs rw 0 0\n"
			  "cgroup /cgroup cgroupfs rw,memory 0 0\n"
			  "cgroup\n"
			  "\n"
			  "cgroup /half cgroup\n",
	};

	(void)state;
	find(&machine);
}

static void escapes_in_paths_are_decoded(void **state)
{
	static const struct machine machine = {
		.mounts = ROW("memory", "cgroup", "/a\\040b\\011c\\134d")
			ROW("cpu", "cgroup", "/new\\012line") ROW("cpu", "cgroup", "/nul\\000")
				ROW("pids", "cgroup", "/no\\04escape\\9\\"),
		.expected = { { 1, "/a b\tc\\d" }, { 0, "" }, { 1, "/no\\04escape\\9\\" } },
	};

	(void)state;
	find(&machine);
}

static void paths_that_do_not_fit_are_passed_over(void **state)
{
	static const struct machine machine = {
		.mounts = ROW("memory", "cgroup", PATH_127 "x") ROW("cpu", "cgroup", PATH_127)
			ROW("pids", "cgroup", PATH_127 "x") ROW("pids", "cgroup", "/pids")
				ROW("relatime", "cgroup2", PATH_127 "x")
					ROW("relatime", "cgroup2", "/two"),
		.expected = { { 0, "" }, { 1, PATH_127 }, { 1, "/pids" } },
		.unified = "/two",
	};

	(void)state;
	find(&machine);
}

static void cgroup2_at_a_path_that_does_not_fit_is_passed_over(void **state)
{
	struct host host = { .memory = 0 };

	(void)state;
	host_add_cgroup2(&host, PATH_127 "x", "memory");
	assert_int_equal(host.controllers[CONTROLLER_MEMORY].version, 0);
	host_add_cgroup2(&host, PATH_127, "memory");
	assert_int_equal(host.controllers[CONTROLLER_MEMORY].version, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_survive_being_written_and_read),
		cmocka_unit_test(facts_are_lines_that_people_can_write),
		cmocka_unit_test(facts_of_this_machine_can_be_read_back),
		cmocka_unit_test(facts_that_do_not_fit_are_refused),
		cmocka_unit_test(comments_blanks_and_a_missing_last_newline_are_fine),
		cmocka_unit_test(facts_that_are_not_told_are_the_least),
		cmocka_unit_test(mistakes_are_named_with_line_and_expectation),
		cmocka_unit_test(lines_that_are_too_long_are_refused),
		cmocka_unit_test(cgroup2_alone_serves_all),
		cmocka_unit_test(cgroup1_is_found_by_whole_words),
		cmocka_unit_test(cgroup2_wins_where_it_has_the_controller),
		cmocka_unit_test(hybrid_with_an_empty_cgroup2_keeps_cgroup1),
		cmocka_unit_test(names_do_not_make_a_cgroup),
		cmocka_unit_test(escapes_in_paths_are_decoded),
		cmocka_unit_test(paths_that_do_not_fit_are_passed_over),
		cmocka_unit_test(cgroup2_at_a_path_that_does_not_fit_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
