/* SPDX-License-Identifier: MIT */
/* Capabilities by name: with and without CAP_, in either case, and nothing that merely looks alike. */
#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sandbox/capability.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define BIT(number) (UINT64_C(1) << (number))

static void every_capability_of_the_kernel_is_known_by_its_name(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i <= CAP_LAST_CAP; i++) {
		const char *name = capability_name(i);
		uint64_t mask = 0;

		assert_non_null(name);
		assert_int_equal(capability_parse(&mask, name), 0);
		assert_true(mask == BIT(i));
	}
	assert_null(capability_name(64));
	assert_null(capability_name(UINT32_MAX));
	assert_true((capability_all() & (BIT(CAP_LAST_CAP + 1) - 1)) == BIT(CAP_LAST_CAP + 1) - 1);
}

static void names_have_the_numbers_of_the_kernel(void **state)
{
	static const struct {
		unsigned int number;
		const char *name;
	} rows[] = {
		{ CAP_CHOWN, "CHOWN" },
		{ CAP_DAC_OVERRIDE, "DAC_OVERRIDE" },
		{ CAP_DAC_READ_SEARCH, "DAC_READ_SEARCH" },
		{ CAP_FOWNER, "FOWNER" },
		{ CAP_FSETID, "FSETID" },
		{ CAP_KILL, "KILL" },
		{ CAP_SETGID, "SETGID" },
		{ CAP_SETUID, "SETUID" },
		{ CAP_SETPCAP, "SETPCAP" },
		{ CAP_LINUX_IMMUTABLE, "LINUX_IMMUTABLE" },
		{ CAP_NET_BIND_SERVICE, "NET_BIND_SERVICE" },
		{ CAP_NET_BROADCAST, "NET_BROADCAST" },
		{ CAP_NET_ADMIN, "NET_ADMIN" },
		{ CAP_NET_RAW, "NET_RAW" },
		{ CAP_IPC_LOCK, "IPC_LOCK" },
		{ CAP_IPC_OWNER, "IPC_OWNER" },
		{ CAP_SYS_MODULE, "SYS_MODULE" },
		{ CAP_SYS_RAWIO, "SYS_RAWIO" },
		{ CAP_SYS_CHROOT, "SYS_CHROOT" },
		{ CAP_SYS_PTRACE, "SYS_PTRACE" },
		{ CAP_SYS_PACCT, "SYS_PACCT" },
		{ CAP_SYS_ADMIN, "SYS_ADMIN" },
		{ CAP_SYS_BOOT, "SYS_BOOT" },
		{ CAP_SYS_NICE, "SYS_NICE" },
		{ CAP_SYS_RESOURCE, "SYS_RESOURCE" },
		{ CAP_SYS_TIME, "SYS_TIME" },
		{ CAP_SYS_TTY_CONFIG, "SYS_TTY_CONFIG" },
		{ CAP_MKNOD, "MKNOD" },
		{ CAP_LEASE, "LEASE" },
		{ CAP_AUDIT_WRITE, "AUDIT_WRITE" },
		{ CAP_AUDIT_CONTROL, "AUDIT_CONTROL" },
		{ CAP_SETFCAP, "SETFCAP" },
		{ CAP_MAC_OVERRIDE, "MAC_OVERRIDE" },
		{ CAP_MAC_ADMIN, "MAC_ADMIN" },
		{ CAP_SYSLOG, "SYSLOG" },
		{ CAP_WAKE_ALARM, "WAKE_ALARM" },
		{ CAP_BLOCK_SUSPEND, "BLOCK_SUSPEND" },
		{ CAP_AUDIT_READ, "AUDIT_READ" },
		{ CAP_PERFMON, "PERFMON" },
		{ CAP_BPF, "BPF" },
		{ CAP_CHECKPOINT_RESTORE, "CHECKPOINT_RESTORE" },
	};
	size_t i;

	(void)state;
	assert_int_equal(COUNT(rows), CAP_LAST_CAP + 1);
	for (i = 0; i < COUNT(rows); i++)
		assert_string_equal(capability_name(rows[i].number), rows[i].name);
}

static void names_may_have_a_prefix_and_either_case(void **state)
{
	static const char *const good[] = { "NET_ADMIN", "net_admin", "CAP_NET_ADMIN",
					    "cap_net_admin", "Cap_Net_Admin" };
	static const char *const bad[] = {
		"",          "CAP_",           "NET_ADMI",   "NET_ADMINS",
		"NET-ADMIN", " NET_ADMIN",     "NET_ADMIN ", "CAP_CAP_NET_ADMIN",
		"12",        "NET_ADMIN,KILL", "none",       "CAPNET_ADMIN",
		"AL",        "ALLL",           "*",          "\xff"
	};
	uint64_t mask;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		mask = 0;
		if (capability_parse(&mask, good[i]) < 0 || mask != BIT(CAP_NET_ADMIN))
			fail_msg("'%s'", good[i]);
	}
	for (i = 0; i < COUNT(bad); i++) {
		mask = 0;
		if (capability_parse(&mask, bad[i]) != -EINVAL || mask)
			fail_msg("'%s' is taken", bad[i]);
	}
}

static void all_means_all(void **state)
{
	static const char *const words[] = { "ALL", "all", "All", "CAP_ALL" };
	uint64_t mask;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(words); i++) {
		mask = 0;
		assert_int_equal(capability_parse(&mask, words[i]), 0);
		assert_true(mask == capability_all());
	}
}

static void the_default_list_is_dockers(void **state)
{
	const uint64_t docker = BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FSETID) |
				BIT(CAP_FOWNER) | BIT(CAP_MKNOD) | BIT(CAP_NET_RAW) |
				BIT(CAP_SETGID) | BIT(CAP_SETUID) | BIT(CAP_SETFCAP) |
				BIT(CAP_SETPCAP) | BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_SYS_CHROOT) |
				BIT(CAP_KILL) | BIT(CAP_AUDIT_WRITE);

	(void)state;
	assert_true(capability_defaults() == docker);
}

static void a_mistyped_name_is_recognised(void **state)
{
	static const struct {
		const char *word, *like;
	} rows[] = {
		{ "NET_ADMN", "NET_ADMIN" },
		{ "net_admni", "NET_ADMIN" },
		{ "CAP_SYS_ADMINN", "SYS_ADMIN" },
		{ "sys_ptrce", "SYS_PTRACE" },
		{ "kil", "KILL" },
		{ "zzzzzzzz", NULL },
		{ "completely_different", NULL },
		{ "a_word_of_more_than_thirty_one_letters", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const char *like = capability_like(rows[i].word);

		if (!like != !rows[i].like || (like && strcmp(like, rows[i].like) != 0))
			fail_msg("'%s' looks like %s", rows[i].word, like ? like : "nothing");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_capability_of_the_kernel_is_known_by_its_name),
		cmocka_unit_test(names_have_the_numbers_of_the_kernel),
		cmocka_unit_test(names_may_have_a_prefix_and_either_case),
		cmocka_unit_test(all_means_all),
		cmocka_unit_test(the_default_list_is_dockers),
		cmocka_unit_test(a_mistyped_name_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
