/* SPDX-License-Identifier: MIT */
/* The device's policy: what its file may say, whose file it must be, and what it refuses. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "said.h"
#include "sandbox/capability.h"
#include "sandbox/decide.h"
#include "sandbox/policy.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define BIT(number) (UINT64_C(1) << (number))
#define MIB (UINT64_C(1) << 20)

struct parsed {
	struct arena arena;
	struct policy policy;
	struct said said;
	const char *text; /* what was said */
	int ret;
};

static void parse(struct parsed *parsed, const char *text)
{
	*parsed = (struct parsed){ .ret = 0 };
	said_begin(&parsed->said);
	parsed->ret = policy_parse(&parsed->policy, &parsed->arena, "davit.conf", text);
	parsed->text = said_end(&parsed->said);
}

static void an_empty_policy_restricts_nothing(void **state)
{
	static const char *const texts[] = { "", "\n\n", "# a comment", " \t# one\r\n#\n", "\r\n" };
	size_t i, key;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		struct parsed parsed;

		parse(&parsed, texts[i]);
		assert_int_equal(parsed.ret, 0);
		assert_string_equal(parsed.text, "");
		assert_string_equal(parsed.policy.file, "davit.conf");
		assert_int_equal(parsed.policy.verify, VERIFY_DIGEST);
		for (key = 0; key < POLICY_KEY_COUNT; key++)
			assert_int_equal(parsed.policy.lines[key].number, 0);
		arena_close(&parsed.arena);
	}
}

static void every_key_is_read(void **state)
{
	struct parsed parsed;
	const struct policy *policy = &parsed.policy;

	(void)state;
	parse(&parsed, "# what apps may have\n"
		       "capabilities=default,SYS_TIME , cap_net_admin\t# as roots of clocks\r\n"
		       "cpus-per-app = 1.5\n"
		       "\tdevices = /dev/ttyS*, /dev/rtc#0\n"
		       "host-namespaces = ipc,uts\n"
		       "images = /srv/images, /boot/app.squashfs\n"
		       "memory = 64m\n"
		       "memory-per-app = 16m\n"
		       "networks = none, host\n"
		       "paths = /srv/data:ro, /var/lib/my apps,/mnt/a:b:rw\n"
		       "pids-per-app = 100\n"
		       "verify = signed\n"
		       "verity = require");
	assert_string_equal(parsed.text, "");
	assert_int_equal(parsed.ret, 0);
	assert_true(policy->capabilities ==
		    (capability_defaults() | BIT(CAP_SYS_TIME) | BIT(CAP_NET_ADMIN)));
	assert_int_equal(policy->lines[POLICY_CAPABILITIES].number, 2);
	assert_string_equal(policy->lines[POLICY_CAPABILITIES].text,
			    "capabilities=default,SYS_TIME , cap_net_admin");
	assert_int_equal(policy->cpus_per_app, 1500);
	assert_int_equal(policy->device_count, 2);
	assert_string_equal(policy->devices[0].name, "/dev/ttyS*");
	assert_false(policy->devices[0].plain);
	assert_string_equal(policy->devices[1].name, "/dev/rtc#0");
	assert_true(policy->devices[1].plain);
	assert_int_equal(policy->shared, CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET);
	assert_int_equal(policy->image_count, 2);
	assert_string_equal(policy->images[1].path, "/boot/app.squashfs");
	assert_int_equal(policy->memory, 64 * MIB);
	assert_int_equal(policy->memory_per_app, 16 * MIB);
	assert_int_equal(policy->path_count, 3);
	assert_string_equal(policy->paths[0].path, "/srv/data");
	assert_true(policy->paths[0].read_only);
	assert_string_equal(policy->paths[1].path, "/var/lib/my apps");
	assert_false(policy->paths[1].read_only);
	assert_string_equal(policy->paths[2].path, "/mnt/a:b");
	assert_false(policy->paths[2].read_only);
	assert_int_equal(policy->pids_per_app, 100);
	assert_int_equal(policy->lines[POLICY_PIDS_PER_APP].number, 11);
	assert_int_equal(policy->verify, VERIFY_SIGNED);
	assert_true(policy->verity);
	arena_close(&parsed.arena);
}

static void a_list_of_nothing_allows_nothing(void **state)
{
	static const char *const texts[] = {
		"capabilities =\ndevices =\nhost-namespaces =\nimages =\nnetworks =\npaths =",
		"capabilities = none\ndevices = none\nhost-namespaces = none\nimages = none\n"
		"networks = none\npaths = none # nothing\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		struct parsed parsed;

		parse(&parsed, texts[i]);
		assert_int_equal(parsed.ret, 0);
		assert_int_equal(parsed.policy.lines[POLICY_CAPABILITIES].number, 1);
		assert_int_equal(parsed.policy.lines[POLICY_PATHS].number, 6);
		assert_true(parsed.policy.capabilities == 0 && parsed.policy.shared == 0);
		assert_true(parsed.policy.device_count == 0 && parsed.policy.path_count == 0 &&
			    parsed.policy.image_count == 0);
		arena_close(&parsed.arena);
	}
}

static void what_is_not_understood_is_an_error(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{ "devcies = /dev/null",
		  "davit: davit.conf:1: unknown key devcies (did you mean devices?)" },
		{ "\n\nMemory = 1m",
		  "davit: davit.conf:3: unknown key Memory (did you mean memory?)" },
		{ "volumes = any",
		  "davit: davit.conf:1: unknown key volumes (davit.conf(5) lists them)" },
		{ "verify = yes",
		  "davit: davit.conf:1: verify = yes: expected signed, digest or none" },
		{ "verity = yes", "davit: davit.conf:1: verity = yes: expected require or auto" },
		{ " = 1", "davit: davit.conf:1: expected KEY = VALUE, not = 1" },
		{ "memory 64m", "davit: davit.conf:1: expected KEY = VALUE, not memory 64m" },
		{ "[policy]", "davit: davit.conf:1: expected KEY = VALUE, not [policy]" },
		{ "memory = 1m\npaths = /a\nmemory = 2m",
		  "davit: davit.conf:3: memory is there already, in line 1" },
		{ "memory =", "davit: davit.conf:1: memory =: expected a size, such as 64m" },
		{ "memory = 0", "davit: davit.conf:1: memory = 0: expected a size, such as 64m" },
		{ "memory = none",
		  "davit: davit.conf:1: memory = none: expected a size, such as 64m" },
		{ "memory = -1", "davit: davit.conf:1: memory = -1: expected a size, such as 64m" },
		{ "memory = 1m, 2m",
		  "davit: davit.conf:1: memory = 1m, 2m: expected a size, such as 64m" },
		{ "pids-per-app = 1.5",
		  "davit: davit.conf:1: pids-per-app = 1.5: expected a number of processes" },
		{ "cpus-per-app = 0",
		  "davit: davit.conf:1: cpus-per-app = 0: expected a number of processors, such as 0.5" },
		{ "networks = bridge",
		  "davit: davit.conf:1: networks = bridge: expected host or none" },
		{ "networks = none, hots",
		  "davit: davit.conf:1: networks = none, hots: expected host or none" },
		{ "host-namespaces = net",
		  "davit: davit.conf:1: host-namespaces = net: expected cgroup, ipc, pid, uts or none" },
		{ "capabilities = SYS_ADMN",
		  "davit: davit.conf:1: capabilities = SYS_ADMN: expected the name of a capability, default, ALL or none" },
		{ "devices = /dev/null,,/dev/zero",
		  "davit: davit.conf:1: devices = /dev/null,,/dev/zero: expected an absolute path without .., with * ? or [ ], or none" },
		{ "devices = ttyS0",
		  "davit: davit.conf:1: devices = ttyS0: expected an absolute path without .., with * ? or [ ], or none" },
		{ "images = /srv/..",
		  "davit: davit.conf:1: images = /srv/..: expected an absolute path without .., or none" },
		{ "paths = /srv/../etc",
		  "davit: davit.conf:1: paths = /srv/../etc: expected an absolute path without .., with :ro or nothing, or none" },
		{ "paths = /srv:rx",
		  "davit: davit.conf:1: paths = /srv:rx: expected an absolute path without .., with :ro or nothing, or none" },
		{ "paths = /srv,",
		  "davit: davit.conf:1: paths = /srv,: expected an absolute path without .., with :ro or nothing, or none" },
		{ "\npaths = /srv/secret:ro, /srv",
		  "davit: davit.conf:2: /srv/secret:ro lies in /srv, which is not :ro" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct parsed parsed;

		parse(&parsed, rows[i].text);
		assert_string_equal(parsed.text, rows[i].said);
		assert_int_equal(parsed.ret, -EINVAL);
		arena_close(&parsed.arena);
	}
}

static void paths_are_compared_name_by_name(void **state)
{
	static const struct {
		const char *path, *base;
		bool below;
	} rows[] = {
		{ "/srv/data", "/srv/data", true },
		{ "/srv/data/", "/srv/data", true },
		{ "/srv/data", "/srv/data/", true },
		{ "//srv/./data//x", "/srv/data", true },
		{ "/srv/data/x/y", "/srv//./data", true },
		{ "/srv/database", "/srv/data", false },
		{ "/srv/dat", "/srv/data", false },
		{ "/srv", "/srv/data", false },
		{ "/", "/srv", false },
		{ "/etc", "/", true },
		{ "/", "/", true },
		{ "/srv/data/../etc", "/srv/data", false },
		{ "/srv/data/..", "/", false },
		{ "/srv/..data", "/srv", true },
		{ "/srv/data/...", "/srv/data", true },
		{ "srv/data", "/srv/data", false },
		{ "", "/", false },
		{ "/x/srv/data", "/srv/data", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (policy_path_below(rows[i].path, rows[i].base) != rows[i].below)
			fail_msg("%s below %s: expected %d", rows[i].path, rows[i].base,
				 rows[i].below);
	}
}

/* --- whose file --------------------------------------------------------------------------------- */

struct folder {
	struct parsed parsed;
	char path[64], file[96];
};

static void folder_make(struct folder *folder)
{
	*folder = (struct folder){ .path = "/tmp/policy-XXXXXX" };
	assert_non_null(mkdtemp(folder->path));
	snprintf(folder->file, sizeof(folder->file), "%s/davit.conf", folder->path);
}

static void file_make(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static int folder_read(struct folder *folder)
{
	struct parsed *parsed = &folder->parsed;

	arena_close(&parsed->arena);
	said_begin(&parsed->said);
	parsed->ret = policy_read(&parsed->policy, &parsed->arena, folder->path);
	parsed->text = said_end(&parsed->said);
	return parsed->ret;
}

static void folder_remove(struct folder *folder)
{
	arena_close(&folder->parsed.arena);
	(void)unlink(folder->file);
	(void)rmdir(folder->file);
	(void)chmod(folder->path, 0700);
	(void)rmdir(folder->path);
}

static void a_file_that_is_not_there_is_no_policy(void **state)
{
	struct folder folder;

	(void)state;
	folder_make(&folder);
	assert_int_equal(folder_read(&folder), 0);
	assert_null(folder.parsed.policy.file);
	file_make(folder.file, "memory = 1m\n", 0644);
	assert_int_equal(folder_read(&folder), 0);
	assert_string_equal(folder.parsed.policy.file, folder.file);
	folder_remove(&folder);
	assert_int_equal(folder_read(&folder), -EINVAL);
	assert_non_null(strstr(folder.parsed.text, "where the policy is: No such file"));
	arena_close(&folder.parsed.arena);
}

static void a_policy_that_others_may_write_is_refused(void **state)
{
	static const mode_t modes[] = { 0664, 0646, 0666, 0620, 0602 };
	struct folder folder;
	size_t i;

	(void)state;
	folder_make(&folder);
	for (i = 0; i < COUNT(modes); i++) {
		file_make(folder.file, "", modes[i]);
		assert_int_equal(folder_read(&folder), -EINVAL);
		assert_non_null(strstr(folder.parsed.text,
				       "davit.conf: others than root may write to it (chmod go-w)"));
	}
	file_make(folder.file, "", 0644);
	assert_int_equal(chmod(folder.path, 0777), 0);
	assert_int_equal(folder_read(&folder), -EINVAL);
	assert_int_equal(chmod(folder.path, 0755), 0);
	assert_int_equal(folder_read(&folder), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(folder.file, 1000, 0), 0);
		assert_int_equal(folder_read(&folder), -EINVAL);
		assert_non_null(strstr(folder.parsed.text, "belongs to user 1000"));
	}
	folder_remove(&folder);
}

static void what_is_no_readable_file_is_refused(void **state)
{
	struct folder folder;
	char *large = calloc(1, 20000);

	(void)state;
	assert_non_null(large);
	folder_make(&folder);
	assert_int_equal(symlink("/dev/null", folder.file), 0);
	assert_int_equal(folder_read(&folder), -EINVAL);
	assert_non_null(strstr(folder.parsed.text, "is a symbolic link"));
	assert_int_equal(unlink(folder.file), 0);
	assert_int_equal(mkfifo(folder.file, 0600), 0);
	assert_int_equal(folder_read(&folder), -EINVAL);
	assert_int_equal(unlink(folder.file), 0);
	assert_int_equal(mkdir(folder.file, 0700), 0);
	assert_int_equal(folder_read(&folder), -EINVAL);
	assert_int_equal(rmdir(folder.file), 0);
	memset(large, '#', 19999);
	file_make(folder.file, large, 0600);
	assert_int_equal(folder_read(&folder), -EINVAL);
	assert_non_null(strstr(folder.parsed.text, "larger than 16383 bytes"));
	large[16383] = '\0';
	file_make(folder.file, large, 0600);
	assert_int_equal(folder_read(&folder), 0);
	free(large);
	folder_remove(&folder);
}

static void a_folder_that_is_a_link_to_nowhere_is_refused(void **state)
{
	struct folder folder;

	(void)state;
	folder_make(&folder);
	assert_int_equal(rmdir(folder.path), 0);
	assert_int_equal(symlink("/nonexistent/davit", folder.path), 0);
	assert_int_equal(folder_read(&folder), -EINVAL);
	assert_int_equal(unlink(folder.path), 0);
	arena_close(&folder.parsed.arena);
}

/* --- what is refused ---------------------------------------------------------------------------- */

#define ALL_NAMESPACES (CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWCGROUP)

static void judge(struct parsed *parsed, struct sandbox *sandbox, const char *text)
{
	static const struct image image = { .path = "/srv/app.squashfs", .base = "app", .fd = -1 };
	static const struct host host = { .cgroup_namespace = true };

	parse(parsed, text);
	assert_int_equal(parsed->ret, 0);
	sandbox->image = &image;
	sandbox->namespaces ^= ALL_NAMESPACES;
	said_begin(&parsed->said);
	parsed->ret = decide_policy(sandbox, &parsed->arena, &parsed->policy, &host);
	parsed->text = said_end(&parsed->said);
	sandbox->namespaces ^= ALL_NAMESPACES;
}

/* namespaces: those that are shared with the host. Said: NULL when it is allowed. */
static void check_judge(struct sandbox sandbox, const char *text, const char *said)
{
	struct parsed parsed;

	judge(&parsed, &sandbox, text);
	if (strcmp(parsed.text, said ? said : "") != 0)
		fail_msg("%s: '%s', expected '%s'", text, parsed.text, said ? said : "");
	assert_int_equal(parsed.ret, said ? -EINVAL : 0);
	arena_close(&parsed.arena);
}

static void capabilities_asked_for_must_be_allowed(void **state)
{
	const uint64_t time = BIT(CAP_SYS_TIME), defaults = capability_defaults();
	struct sandbox sandbox = { .capabilities = defaults };
	struct parsed parsed;

	(void)state;
	judge(&parsed, &sandbox, "capabilities = CHOWN, SYS_TIME");
	assert_int_equal(parsed.ret, 0);
	assert_true(sandbox.capabilities == BIT(CAP_CHOWN));
	arena_close(&parsed.arena);
	check_judge((struct sandbox){ .capabilities = defaults | time, .ambient = time },
		    "capabilities = SYS_TIME", NULL);
	check_judge((struct sandbox){ .capabilities = defaults | time, .ambient = time },
		    "capabilities = default",
		    "davit: capability SYS_TIME: refused by davit.conf:1: capabilities = default");
	check_judge((struct sandbox){ .capabilities = BIT(CAP_CHOWN), .ambient = BIT(CAP_CHOWN) },
		    "capabilities = none",
		    "davit: capability CHOWN: refused by davit.conf:1: capabilities = none");
	/* By --cap-add ALL. */
	check_judge((struct sandbox){ .capabilities = defaults | time | BIT(CAP_SYSLOG) },
		    "capabilities = default",
		    "davit: capability SYS_TIME SYSLOG: refused by davit.conf:1: capabilities = default");
	check_judge((struct sandbox){ .capabilities = ~UINT64_C(0) >> 23 }, "capabilities = ALL",
		    NULL);
}

static void devices_are_judged_by_what_they_are(void **state)
{
	static const struct device tty = { .source = "/dev/ttyS0",
					   .real = "/dev/ttyS0",
					   .type = S_IFCHR,
					   .number = 0x440 },
				   link = { .source = "/dev/ttyS7",
					    .real = "/dev/mem",
					    .type = S_IFCHR,
					    .number = 0x101 },
				   below = { .source = "/dev/ttyS/0", .real = "/dev/ttyS/0" },
				   elsewhere = { .source = "/dev/ttyS0" },
				   dots = { .source = "/dev/tty/../mem" };
	const struct sandbox sandboxes[] = {
		{ .devices = &tty, .device_count = 1 },
		{ .devices = &link, .device_count = 1 },
		{ .devices = &below, .device_count = 1 },
		{ .devices = &elsewhere, .device_count = 1 },
		{ .devices = &dots, .device_count = 1 },
	};

	(void)state;
	check_judge(sandboxes[0], "devices = /dev/null, /dev/ttyS[0-3]", NULL);
	check_judge(sandboxes[0], "devices = /dev/ttyS0", NULL);
	check_judge(sandboxes[0], "devices = /dev/ttyS",
		    "davit: device /dev/ttyS0: refused by davit.conf:1: devices = /dev/ttyS");
	check_judge(sandboxes[1], "devices = /dev/ttyS*",
		    "davit: device /dev/ttyS7, which is /dev/mem: refused by davit.conf:1: devices = /dev/ttyS*");
	check_judge(sandboxes[1], "devices = /dev/m*", NULL);
	check_judge(sandboxes[2], "devices = /dev/*",
		    "davit: device /dev/ttyS/0: refused by davit.conf:1: devices = /dev/*");
	check_judge(sandboxes[3], "devices = /dev/ttyS0", NULL);
	check_judge(sandboxes[4], "devices = /dev/tty/*/*",
		    "davit: device /dev/tty/../mem: refused by davit.conf:1: devices = /dev/tty/*/*");
}

/* As policy_apply finds it: the policy's plain name leads to that number. */
static void a_plain_name_means_the_device_that_it_leads_to(void **state)
{
	struct device usb = { .source = "/dev/ttyUSB1", .type = S_IFCHR, .number = 0xbc01 };
	const struct image image = { .path = "/app", .fd = -1 };
	const struct host host = { .cgroup_namespace = true };
	struct sandbox sandbox = { .image = &image, .devices = &usb, .device_count = 1 };
	struct parsed parsed;

	(void)state;
	usb.real = usb.source;
	parse(&parsed, "devices = /dev/serial/by-id/modem");
	parsed.policy.devices[0].type = S_IFCHR;
	parsed.policy.devices[0].number = 0xbc01;
	assert_int_equal(decide_policy(&sandbox, &parsed.arena, &parsed.policy, &host), 0);
	usb.type = S_IFBLK;
	said_begin(&parsed.said);
	assert_int_equal(decide_policy(&sandbox, &parsed.arena, &parsed.policy, &host), -EINVAL);
	usb.type = S_IFCHR;
	usb.number = 0xbc00;
	assert_int_equal(decide_policy(&sandbox, &parsed.arena, &parsed.policy, &host), -EINVAL);
	(void)said_end(&parsed.said);
	arena_close(&parsed.arena);
}

static void host_paths_must_be_allowed(void **state)
{
	static const struct volume read = { "/srv/data/x", "/x", true },
				   write = { "/srv/data/x", "/x", false },
				   like = { "/srv/database", "/x", true },
				   up = { "/srv/data/../k", "/x", true };
	const struct sandbox sandboxes[] = {
		{ .volumes = &read, .volume_count = 1 },
		{ .volumes = &write, .volume_count = 1 },
		{ .volumes = &like, .volume_count = 1 },
		{ .volumes = &up, .volume_count = 1 },
	};

	(void)state;
	check_judge(sandboxes[0], "paths = /srv/data:ro", NULL);
	check_judge(sandboxes[1], "paths = /srv/data", NULL);
	check_judge(sandboxes[1], "paths = /srv:ro, /srv/data", NULL);
	check_judge(sandboxes[1], "paths = /srv/data:ro",
		    "davit: host path /srv/data/x for writing: refused by davit.conf:1: paths = /srv/data:ro");
	check_judge(sandboxes[2], "# first\npaths = /srv/data",
		    "davit: host path /srv/database: refused by davit.conf:2: paths = /srv/data");
	check_judge(sandboxes[3], "paths = /srv",
		    "davit: host path /srv/data/../k: refused by davit.conf:1: paths = /srv");
	check_judge(sandboxes[0],
		    "paths =", "davit: host path /srv/data/x: refused by davit.conf:1: paths =");
}

static void images_come_from_where_they_may(void **state)
{
	const struct sandbox sandbox = { .namespaces = 0 };

	(void)state;
	check_judge(sandbox, "images = /srv", NULL);
	check_judge(sandbox, "images = /srv/app.squashfs", NULL);
	check_judge(sandbox, "paths = none", NULL);
	check_judge(sandbox, "images = /srv/app",
		    "davit: image /srv/app.squashfs: refused by davit.conf:1: images = /srv/app");
}

static void namespaces_of_the_host_must_be_allowed(void **state)
{
	(void)state;
	check_judge((struct sandbox){ .namespaces = CLONE_NEWNET }, "host-namespaces = none", NULL);
	check_judge((struct sandbox){ .namespaces = CLONE_NEWNET }, "networks = host", NULL);
	check_judge((struct sandbox){ .namespaces = CLONE_NEWNET }, "networks = none",
		    "davit: the host's network: refused by davit.conf:1: networks = none");
	check_judge((struct sandbox){ .namespaces = CLONE_NEWIPC | CLONE_NEWPID },
		    "host-namespaces = ipc",
		    "davit: the host's pid namespace: refused by davit.conf:1: host-namespaces = ipc");
	check_judge((struct sandbox){ .namespaces = CLONE_NEWUTS | CLONE_NEWCGROUP },
		    "host-namespaces = uts, cgroup", NULL);
}

static void rights_must_be_allowed(void **state)
{
	static const struct filter *const some = (const struct filter *)"";

	(void)state;
	check_judge((struct sandbox){ .new_privileges = true }, "no-new-privileges = no", NULL);
	check_judge((struct sandbox){ .new_privileges = true }, "no-new-privileges = yes",
		    "davit: new privileges: refused by davit.conf:1: no-new-privileges = yes");
	check_judge((struct sandbox){ .privileged = true }, "privileged = yes", NULL);
	check_judge((struct sandbox){ .privileged = true }, "privileged = no",
		    "davit: --privileged: refused by davit.conf:1: privileged = no");
	check_judge((struct sandbox){ .unconfined = true }, "seccomp = file, unconfined", NULL);
	check_judge((struct sandbox){ .unconfined = true }, "seccomp = default, file",
		    "davit: no system call filter: refused by davit.conf:1: seccomp = default, file");
	check_judge((struct sandbox){ .filter = some, .filter_file = "f" }, "seccomp = file", NULL);
	check_judge((struct sandbox){ .filter = some, .filter_file = "f" }, "seccomp = default",
		    "davit: system call filter f: refused by davit.conf:1: seccomp = default");
	check_judge((struct sandbox){ .namespaces = 0 }, "userns = any", NULL);
	check_judge((struct sandbox){ .namespaces = CLONE_NEWUSER }, "userns = required", NULL);
	check_judge((struct sandbox){ .namespaces = 0 }, "userns = required",
		    "davit: the host's user namespace (give --userns): refused by davit.conf:1: userns = required");
}

static void limits_must_be_there_and_within(void **state)
{
	const struct sandbox none = { .namespaces = 0 };
	const struct sandbox some = { .limits = { .memory = 16 * MIB, .cpu = 500, .pids = 20 } };
	const struct sandbox more = {
		.limits = { .cpu = 500, .cpu_quota = 50099, .cpu_period = 100000 }
	};

	(void)state;
	check_judge(none, "memory = 16m",
		    "davit: no --memory: refused by davit.conf:1: memory = 16m");
	check_judge(none, "pids-per-app = 20",
		    "davit: no --pids-limit: refused by davit.conf:1: pids-per-app = 20");
	check_judge(none, "cpus-per-app = 1",
		    "davit: no --cpus: refused by davit.conf:1: cpus-per-app = 1");
	check_judge(more, "cpus-per-app = 0.5",
		    "davit: --cpus 0.501: refused by davit.conf:1: cpus-per-app = 0.5");
	check_judge(some, "memory = 16m\nmemory-per-app = 16m\ncpus-per-app = 0.5\npids-per-app = 20",
		    NULL);
	check_judge(some, "memory-per-app = 8m",
		    "davit: --memory 16777216: refused by davit.conf:1: memory-per-app = 8m");
	check_judge(some, "cpus-per-app = 0.4",
		    "davit: --cpus 0.500: refused by davit.conf:1: cpus-per-app = 0.4");
	check_judge(some, "pids-per-app = 19",
		    "davit: --pids-limit 20: refused by davit.conf:1: pids-per-app = 19");
}

static void registries_are_read_and_restrict_nothing(void **state)
{
	struct parsed parsed;
	const struct policy_registries *registries = &parsed.policy.registries;
	size_t key;

	(void)state;
	parse(&parsed,
	      "registry = r.io:5000\nmirrors = docker.io https://m.lan/hub, r.io \thttp://n:80\n"
	      "plain-http = a.lan, localhost:5000\nca = /etc/ca.pem\noffline = yes\n");
	assert_string_equal(parsed.text, "");
	assert_int_equal(parsed.ret, 0);
	assert_string_equal(registries->host, "r.io:5000");
	assert_int_equal(registries->mirrors.count, 2);
	assert_string_equal(registries->mirrors.items[0], "docker.io=https://m.lan/hub");
	assert_string_equal(registries->mirrors.items[1], "r.io=http://n:80");
	assert_int_equal(registries->plain.count, 2);
	assert_string_equal(registries->plain.items[1], "localhost:5000");
	assert_string_equal(registries->authority, "/etc/ca.pem");
	assert_true(registries->offline);
	for (key = 0; key < POLICY_KEY_COUNT; key++)
		assert_int_equal(parsed.policy.lines[key].number, 0);
	arena_close(&parsed.arena);
}

static void registries_that_are_none_are_refused(void **state)
{
	static const char *const texts[] = {
		"registry = web",
		"registry = https://r.io",
		"registry =",
		"mirrors = docker.io",
		"mirrors = https://m.lan",
		"mirrors = docker.io m.lan",
		"mirrors = docker.io ftp://m.lan",
		"mirrors = docker.io https://m.lan https://n.lan",
		"mirrors = docker.io https://m.lan?x",
		"plain-http = http://a.lan",
		"plain-http = a.lan b.lan",
		"ca = certificates.pem",
		"ca = /etc/../x",
		"offline = maybe",
		"offline = yes\noffline = no",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		struct parsed parsed;

		parse(&parsed, texts[i]);
		if (parsed.ret >= 0)
			fail_msg("taken: %s", texts[i]);
		assert_non_null(strstr(parsed.text, "davit.conf:"));
		arena_close(&parsed.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_policy_restricts_nothing),
		cmocka_unit_test(registries_are_read_and_restrict_nothing),
		cmocka_unit_test(registries_that_are_none_are_refused),
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(a_list_of_nothing_allows_nothing),
		cmocka_unit_test(what_is_not_understood_is_an_error),
		cmocka_unit_test(paths_are_compared_name_by_name),
		cmocka_unit_test(a_file_that_is_not_there_is_no_policy),
		cmocka_unit_test(a_policy_that_others_may_write_is_refused),
		cmocka_unit_test(what_is_no_readable_file_is_refused),
		cmocka_unit_test(a_folder_that_is_a_link_to_nowhere_is_refused),
		cmocka_unit_test(capabilities_asked_for_must_be_allowed),
		cmocka_unit_test(devices_are_judged_by_what_they_are),
		cmocka_unit_test(a_plain_name_means_the_device_that_it_leads_to),
		cmocka_unit_test(host_paths_must_be_allowed),
		cmocka_unit_test(images_come_from_where_they_may),
		cmocka_unit_test(namespaces_of_the_host_must_be_allowed),
		cmocka_unit_test(rights_must_be_allowed),
		cmocka_unit_test(limits_must_be_there_and_within),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
