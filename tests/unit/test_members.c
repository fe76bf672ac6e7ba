/* SPDX-License-Identifier: MIT */
/* What is read of processes, freezers and usage out of the kernel's texts, whatever apps make of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sandbox/members.h"
#include "sandbox/pause.h"
#include "sandbox/usage.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

#define BEHIND                                                                                         \
	" 7 7 34816 -1 4194560 100 200 0 0 11 22 33 44 20 0 3 0 5555 1000000 77 18446744073709551615 " \
	"1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

static void a_line_of_stat_is_read(void **state)
{
	struct member member;

	(void)state;
	assert_int_equal(member_parse(&member, "42 (sh) S 7" BEHIND), 0);
	assert_string_equal(member.name, "sh");
	assert_int_equal(member.state, 'S');
	assert_int_equal(member.parent, 7);
	assert_int_equal(member.terminal, 34816);
	assert_int_equal(member.user_time, 11);
	assert_int_equal(member.system_time, 22);
	assert_int_equal(member.children_time, 77);
	assert_int_equal(member.threads, 3);
	assert_int_equal(member.start, 5555);
	assert_int_equal(member.resident, 77);
}

static void a_process_cannot_fake_its_numbers_by_its_name(void **state)
{
	static const char *const names[] = { ") S 1 1 1 1", "a) R 9", "()", ")))", "(((", " ", "" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		struct member member;
		char text[512];

		strcpy(text, "42 (");
		strcat(text, names[i]);
		strcat(text, ") D 7" BEHIND);
		assert_int_equal(member_parse(&member, text), 0);
		assert_string_equal(member.name, names[i]);
		assert_int_equal(member.state, 'D');
		assert_int_equal(member.parent, 7);
		assert_int_equal(member.start, 5555);
	}
}

static void a_name_does_nothing_to_a_terminal(void **state)
{
	struct member member;

	(void)state;
	assert_int_equal(member_parse(&member, "42 (\033[2J\n\t\x9b\xc2\x9b) S 7" BEHIND), 0);
	assert_string_equal(member.name, "?[2J?????");
}

static void what_is_no_stat_is_refused(void **state)
{
	static const char *const bad[] = {
		"",         "42",          "42 (sh",          "42 (sh)",       "42 (sh) S",
		"42 sh) S", "42 )sh( S 1", "42 (sh) S 1 2 3", "42 (sh)S 1 2 3"
	};
	struct member member;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(member_parse(&member, bad[i]), -EINVAL);
}

static void the_cgroup_of_a_hierarchy_is_found(void **state)
{
	static const char text[] =
		"9:name=systemd:/s\n8:pids:/p\n6:cpu,freezer:/a:b/c\n0::/user.slice\n";
	struct arena arena = { 0 };

	(void)state;
	assert_string_equal(pause_cgroup_of(&arena, text, ""), "/user.slice");
	assert_string_equal(pause_cgroup_of(&arena, text, "freezer"), "/a:b/c");
	assert_string_equal(pause_cgroup_of(&arena, text, "pids"), "/p");
	assert_null(pause_cgroup_of(&arena, text, "free"));
	assert_null(pause_cgroup_of(&arena, text, "memory"));
	assert_null(pause_cgroup_of(&arena, "", ""));
	assert_null(pause_cgroup_of(&arena, "no colon\n:one", "x"));
	arena_close(&arena);
}

static void the_mount_of_a_hierarchy_is_found(void **state)
{
	static const char text[] = "tmpfs /sys/fs/cgroup tmpfs rw 0 0\n"
				   "cgroup /a\\040b cgroup rw,freezer 0 0\n"
				   "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu,cpuacct 0 0\n"
				   "freezer /x tmpfs rw,freezer 0 0\n"
				   "cgroup /sys/fs/cgroup/freezer cgroup rw,relatime,freezer 0 0\n"
				   "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0";
	struct arena arena = { 0 };

	(void)state;
	assert_string_equal(pause_mount_of(&arena, text, ""), "/sys/fs/cgroup/unified");
	assert_string_equal(pause_mount_of(&arena, text, "freezer"), "/sys/fs/cgroup/freezer");
	assert_null(pause_mount_of(&arena, text, "pids"));
	assert_null(pause_mount_of(&arena, "", ""));
	assert_null(pause_mount_of(&arena, "cgroup2", ""));
	arena_close(&arena);
}

static void traffic_of_all_interfaces_but_lo_counts(void **state)
{
	static const char text[] =
		"Inter-|   Receive                                                |  Transmit\n"
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets\n"
		"    lo: 5000 10 0 0 0 0 0 0 5000 10 0 0 0 0 0 0\n"
		"  eth0: 100 1 0 0 0 0 0 0 20 1 0 0 0 0 0 0\n"
		" wlan0:18446744073709551615 1 0 0 0 0 0 0 3 1 0 0 0 0 0 0\n"
		"  cut: 1 2 3\n";
	struct usage usage = { 0 };

	(void)state;
	usage_add_network(&usage, text);
	assert_true(usage.received == UINT64_MAX);
	assert_int_equal(usage.sent, 23);
}

static void bytes_of_all_devices_count(void **state)
{
	struct usage usage = { 0 };

	(void)state;
	usage_add_io2(&usage,
		      "8:0 rbytes=1024 wbytes=10 rios=1 wios=1 dbytes=0 dios=0\n7:0 rbytes=1 wbytes=2\n8:16 \n");
	assert_int_equal(usage.read, 1025);
	assert_int_equal(usage.written, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_of_stat_is_read),
		cmocka_unit_test(a_process_cannot_fake_its_numbers_by_its_name),
		cmocka_unit_test(a_name_does_nothing_to_a_terminal),
		cmocka_unit_test(what_is_no_stat_is_refused),
		cmocka_unit_test(the_cgroup_of_a_hierarchy_is_found),
		cmocka_unit_test(the_mount_of_a_hierarchy_is_found),
		cmocka_unit_test(traffic_of_all_interfaces_but_lo_counts),
		cmocka_unit_test(bytes_of_all_devices_count),
	};

	return cmocka_run_group_tests_name("members", tests, NULL, NULL);
}
