/* SPDX-License-Identifier: MIT */
/* Users and groups out of files that the image wrote, friendly and hostile ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sandbox/passwd.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "app:x:1000:1001:The app:/home/app:/bin/sh\n"
			     "twice:x:7:7::/first:\n"
			     "twice:x:8:8::/second:\n"
			     "last:x:4294967294:4294967294::/last:";

static const char group[] = "root:x:0:\n"
			    "app:x:1001:\n"
			    "audio:x:29:app,root\n"
			    "video:x:44:other,app\n"
			    "input:x:104:app\n"
			    "last:x:4294967294:";

struct row {
	const char *text, *user;
	int ret;
	uid_t uid;
	gid_t gid;
	const char *name, *home;
};

static void check_rows(const struct row *rows, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct row *row = &rows[i];
		struct passwd_user user = { .uid = 4711 };
		int ret = passwd_find_user(&user, row->text, row->user);

		if (ret != row->ret)
			fail_msg("row %zu: user '%s' gives %d, uid %u", i, row->user, ret,
				 (unsigned int)user.uid);
		if (ret < 0)
			continue;
		if (user.uid != row->uid || user.gid != row->gid ||
		    strcmp(user.name, row->name) != 0 || strcmp(user.home, row->home) != 0)
			fail_msg("row %zu: user '%s' is '%s' %u:%u at '%s'", i, row->user, user.name,
				 (unsigned int)user.uid, (unsigned int)user.gid, user.home);
	}
}

static void users_are_found_by_name_and_number(void **state)
{
	static const struct row rows[] = {
		{ passwd, "root", 0, 0, 0, "root", "/root" },
		{ passwd, "0", 0, 0, 0, "root", "/root" },
		{ passwd, "app", 0, 1000, 1001, "app", "/home/app" },
		{ passwd, "1000", 0, 1000, 1001, "app", "/home/app" },
		{ passwd, "01000", 0, 1000, 1001, "app", "/home/app" },
		{ passwd, "last", 0, 4294967294, 4294967294, "last", "/last" },
		{ passwd, "4294967294", 0, 4294967294, 4294967294, "last", "/last" },
		{ passwd, "ap", -ENOENT, 0, 0, NULL, NULL },
		{ passwd, "apps", -ENOENT, 0, 0, NULL, NULL },
		{ passwd, "APP", -ENOENT, 0, 0, NULL, NULL },
		{ passwd, "x", -ENOENT, 0, 0, NULL, NULL },
		{ passwd, "/home/app", -ENOENT, 0, 0, NULL, NULL },
		{ passwd, "app:x", -ENOENT, 0, 0, NULL, NULL },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void a_number_needs_no_entry(void **state)
{
	static const struct row rows[] = {
		{ NULL, "0", 0, 0, 0, "", "/" },
		{ NULL, "1000", 0, 1000, 0, "", "/" },
		{ "", "1000", 0, 1000, 0, "", "/" },
		{ passwd, "2000", 0, 2000, 0, "", "/" },
		{ passwd, "4294967293", 0, 4294967293, 0, "", "/" },
		{ NULL, "root", -ENOENT, 0, 0, NULL, NULL },
		{ "", "root", -ENOENT, 0, 0, NULL, NULL },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void the_first_of_two_entries_counts(void **state)
{
	static const struct row rows[] = {
		{ passwd, "twice", 0, 7, 7, "twice", "/first" },
		{ "a:x:5:1::/a:\nb:x:5:2::/b:\n", "5", 0, 5, 1, "a", "/a" },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void damaged_lines_are_passed_over(void **state)
{
	static const struct row rows[] = {
		{ "app\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
		{ "app:x\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
		{ "app:x:1:1:\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
		{ "app::::::\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
		{ "app:x:-1:0::/bad:\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
		{ "app:x:+1:0::/bad:\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
		{ "app:x: 1:0::/bad:\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
		{ "app:x:0x0:0::/bad:\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
		{ "app:x:1e3:0::/bad:\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
		{ "app:x:4294967295:0::/bad:\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
		{ "app:x:4294967296:0::/bad:\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
		{ "app:x:18446744073709551616:0::/bad:\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app",
		  "/good" },
		{ "app:x:0:4294967295::/bad:\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
		{ "app:x:0:-1::/bad:\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
		{ "app:x:0000000000000000000000000:0::/bad:\napp:x:5:6::/good:\n", "app", 0, 5, 6,
		  "app", "/good" },
		{ " app:x:0:0::/bad:\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
		{ "#app:x:0:0::/bad:\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
		{ "+::::::\n+app::::::\n\n\n:\n:::::::::\napp:x:5:6::/good:\n", "app", 0, 5, 6,
		  "app", "/good" },
		{ "app\0:x:0:0::/bad:\napp:x:5:6::/good:\n", "app", -ENOENT, 0, 0, NULL, NULL },
		{ "app:x:5:6::/good:/bin/sh:more:fields:here\n", "app", 0, 5, 6, "app", "/good" },
		{ "app:x:5:6::/good:/bin/sh\r\n", "app", 0, 5, 6, "app", "/good" },
		{ "\xff\xfe:x:0:0::/bad:\napp:x:5:6::/good:\n", "app", 0, 5, 6, "app", "/good" },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

/* CVE-2024-40635: an id that is too large became another one. */
static void a_number_out_of_range_is_never_a_name(void **state)
{
	static const struct row rows[] = {
		{ "4294967295:x:0:0::/:\n", "4294967295", -ENOENT, 0, 0, NULL, NULL },
		{ "4294967296:x:0:0::/:\n", "4294967296", -ENOENT, 0, 0, NULL, NULL },
		{ "99999999999999999999:x:0:0::/:\n", "99999999999999999999", -ENOENT, 0, 0, NULL,
		  NULL },
		{ NULL, "4294967295", -ENOENT, 0, 0, NULL, NULL },
		{ NULL, "4294967296", -ENOENT, 0, 0, NULL, NULL },
		{ NULL, "-1", -ENOENT, 0, 0, NULL, NULL },
	};
	gid_t gid = 4711;

	(void)state;
	check_rows(rows, COUNT(rows));
	assert_int_equal(passwd_find_group(&gid, "4294967295:x:0:\n", "4294967295"), -ENOENT);
	assert_int_equal(gid, 4711);
}

static void a_number_is_never_looked_up_as_a_name(void **state)
{
	static const struct row rows[] = {
		{ "1000:x:0:0:::\n", "1000", 0, 1000, 0, "", "/" },
	};
	gid_t gid = 4711;

	(void)state;
	check_rows(rows, COUNT(rows));
	assert_int_equal(passwd_find_group(&gid, "1000:x:0:\n", "1000"), 0);
	assert_int_equal(gid, 1000);
}

/* BEFORE, LENGTH times a, AFTER. */
static char *long_line(const char *before, size_t length, const char *after)
{
	size_t size = strlen(before) + length + strlen(after) + 1;
	char *line = malloc(size);

	assert_non_null(line);
	memset(line, 'a', size);
	memcpy(line, before, strlen(before));
	memcpy(line + strlen(before) + length, after, strlen(after) + 1);
	return line;
}

static void fields_that_are_too_long_are_no_entry(void **state)
{
	static const struct {
		const char *before, *after;
	} rows[] = {
		{ "", ":x:0:0::/:\n" },
		{ "app:x:0:0::", ":\n" },
		{ "app:x:", ":0::/:\n" },
		{ "app:x:0:", "::/:\n" },
	};
	static const size_t lengths[] = { 256, 512, 4096, 1 << 20 };
	struct passwd_user user;
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		for (j = 0; j < COUNT(lengths); j++) {
			char *line = long_line(rows[i].before, lengths[j], rows[i].after);

			assert_int_equal(passwd_find_user(&user, line, "app"), -ENOENT);
			free(line);
		}
	}
}

static void a_long_home_that_fits_is_whole(void **state)
{
	char *line = long_line("app:x:5:6::", sizeof(((struct passwd_user *)0)->home) - 1, ":\n");
	struct passwd_user user;

	(void)state;
	assert_int_equal(passwd_find_user(&user, line, "app"), 0);
	assert_int_equal(strlen(user.home), sizeof(user.home) - 1);
	free(line);
}

static void groups_are_found_by_name_and_number(void **state)
{
	static const struct {
		const char *text, *group;
		int ret;
		gid_t gid;
	} rows[] = {
		{ group, "root", 0, 0 },
		{ group, "video", 0, 44 },
		{ group, "last", 0, 4294967294 },
		{ group, "44", 0, 44 },
		{ group, "4000", 0, 4000 },
		{ NULL, "4000", 0, 4000 },
		{ NULL, "video", -ENOENT, 4711 },
		{ "", "video", -ENOENT, 4711 },
		{ group, "vide", -ENOENT, 4711 },
		{ group, "", -ENOENT, 4711 },
		{ "video:x:-1:\nvideo:x:5\n", "video", 0, 5 },
		{ "video\nvideo:x\nvideo:x:4294967295:\n", "video", -ENOENT, 4711 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		gid_t gid = 4711;
		int ret = passwd_find_group(&gid, rows[i].text, rows[i].group);

		if (ret != rows[i].ret || gid != rows[i].gid)
			fail_msg("row %zu: group '%s' gives %d, %u", i, rows[i].group, ret,
				 (unsigned int)gid);
	}
}

static void memberships_are_those_that_list_the_name(void **state)
{
	gid_t list[4] = { 0 };

	(void)state;
	assert_int_equal(passwd_find_memberships(list, 4, group, "app"), 3);
	assert_int_equal(list[0], 29);
	assert_int_equal(list[1], 44);
	assert_int_equal(list[2], 104);
	assert_int_equal(passwd_find_memberships(list, 4, group, "root"), 1);
	assert_int_equal(passwd_find_memberships(list, 4, group, "ap"), 0);
	assert_int_equal(passwd_find_memberships(list, 4, group, "other,app"), 0);
	assert_int_equal(passwd_find_memberships(list, 4, group, ""), 0);
	assert_int_equal(passwd_find_memberships(list, 4, "a:x:1:,,\nb:x:2:,app,\n", ""), 0);
	assert_int_equal(passwd_find_memberships(list, 4, "a:x:1:,,\nb:x:2:,app,\n", "app"), 1);
	assert_int_equal(passwd_find_memberships(list, 4, NULL, "app"), 0);
	assert_int_equal(passwd_find_memberships(list, 4, "a:x:-1:app\nb:x:4294967295:app\nc:x\n",
						 "app"),
			 0);
}

static void too_many_memberships_are_refused_not_cut(void **state)
{
	gid_t list[3] = { 0 };

	(void)state;
	assert_int_equal(passwd_find_memberships(list, 3, group, "app"), 3);
	assert_int_equal(passwd_find_memberships(list, 2, group, "app"), -E2BIG);
	assert_int_equal(passwd_find_memberships(list, 0, group, "app"), -E2BIG);
	assert_int_equal(passwd_find_memberships(list, 0, group, "nobody"), 0);
}

/* Every prefix of every file, in memory that ends just behind it, so that ASan sees each byte too far. */
static void files_cut_anywhere_are_read_safely(void **state)
{
	size_t length;
	gid_t list[4];

	(void)state;
	for (length = 0; length < sizeof(passwd); length++) {
		char *text = strndup(passwd, length), *groups = strndup(group, length);
		struct passwd_user user;
		gid_t gid;

		assert_non_null(text);
		assert_non_null(groups);
		(void)passwd_find_user(&user, text, "last");
		(void)passwd_find_user(&user, text, "4294967294");
		(void)passwd_find_group(&gid, groups, "last");
		(void)passwd_find_memberships(list, 4, groups, "app");
		free(text);
		free(groups);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_are_found_by_name_and_number),
		cmocka_unit_test(a_number_needs_no_entry),
		cmocka_unit_test(the_first_of_two_entries_counts),
		cmocka_unit_test(damaged_lines_are_passed_over),
		cmocka_unit_test(a_number_out_of_range_is_never_a_name),
		cmocka_unit_test(a_number_is_never_looked_up_as_a_name),
		cmocka_unit_test(fields_that_are_too_long_are_no_entry),
		cmocka_unit_test(a_long_home_that_fits_is_whole),
		cmocka_unit_test(groups_are_found_by_name_and_number),
		cmocka_unit_test(memberships_are_those_that_list_the_name),
		cmocka_unit_test(too_many_memberships_are_refused_not_cut),
		cmocka_unit_test(files_cut_anywhere_are_read_safely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
