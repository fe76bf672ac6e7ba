/* SPDX-License-Identifier: MIT */
/* The command line of a launch: every option sets its own field and no other, in every spelling. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "commands/options.h"
#include "said.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

enum { ARGS_MAX = 12 };

/* Where each option is expected to go, written once more, by hand. */
static const struct {
	const char *name;
	char letter;
	enum option_kind kind;
	size_t offset;
} expected[] = {
	{ "add-host", 0, OPTION_LIST, offsetof(struct request, add_host) },
	{ "annotation", 0, OPTION_LIST, offsetof(struct request, annotation) },
	{ "blkio-weight", 0, OPTION_TEXT, offsetof(struct request, blkio_weight) },
	{ "cap-add", 0, OPTION_LIST, offsetof(struct request, cap_add) },
	{ "cap-drop", 0, OPTION_LIST, offsetof(struct request, cap_drop) },
	{ "cgroup-parent", 0, OPTION_TEXT, offsetof(struct request, cgroup_parent) },
	{ "cgroupns", 0, OPTION_TEXT, offsetof(struct request, cgroupns) },
	{ "cidfile", 0, OPTION_TEXT, offsetof(struct request, cidfile) },
	{ "cpu-period", 0, OPTION_TEXT, offsetof(struct request, cpu_period) },
	{ "cpu-quota", 0, OPTION_TEXT, offsetof(struct request, cpu_quota) },
	{ "cpu-shares", 0, OPTION_TEXT, offsetof(struct request, cpu_shares) },
	{ "cpus", 0, OPTION_TEXT, offsetof(struct request, cpus) },
	{ "cpuset-cpus", 0, OPTION_TEXT, offsetof(struct request, cpuset_cpus) },
	{ "cpuset-mems", 0, OPTION_TEXT, offsetof(struct request, cpuset_mems) },
	{ "detach", 'd', OPTION_FLAG, offsetof(struct request, detach) },
	{ "device", 0, OPTION_LIST, offsetof(struct request, device) },
	{ "device-read-bps", 0, OPTION_LIST, offsetof(struct request, device_read_bps) },
	{ "device-read-iops", 0, OPTION_LIST, offsetof(struct request, device_read_iops) },
	{ "device-write-bps", 0, OPTION_LIST, offsetof(struct request, device_write_bps) },
	{ "device-write-iops", 0, OPTION_LIST, offsetof(struct request, device_write_iops) },
	{ "dns", 0, OPTION_LIST, offsetof(struct request, dns) },
	{ "dns-option", 0, OPTION_LIST, offsetof(struct request, dns_option) },
	{ "dns-search", 0, OPTION_LIST, offsetof(struct request, dns_search) },
	{ "entrypoint", 0, OPTION_TEXT, offsetof(struct request, entrypoint) },
	{ "env", 'e', OPTION_LIST, offsetof(struct request, env) },
	{ "env-file", 0, OPTION_LIST, offsetof(struct request, env_file) },
	{ "exec", 0, OPTION_FLAG, offsetof(struct request, exec) },
	{ "gidmap", 0, OPTION_LIST, offsetof(struct request, gidmap) },
	{ "group-add", 0, OPTION_LIST, offsetof(struct request, group_add) },
	{ "host", 0, OPTION_TEXT, offsetof(struct request, host_file) },
	{ "hostname", 'h', OPTION_TEXT, offsetof(struct request, hostname) },
	{ "init", 0, OPTION_FLAG, offsetof(struct request, init) },
	{ "interactive", 'i', OPTION_FLAG, offsetof(struct request, interactive) },
	{ "ipc", 0, OPTION_TEXT, offsetof(struct request, ipc) },
	{ "label", 'l', OPTION_LIST, offsetof(struct request, label) },
	{ "label-file", 0, OPTION_LIST, offsetof(struct request, label_file) },
	{ "log-driver", 0, OPTION_TEXT, offsetof(struct request, log_driver) },
	{ "log-opt", 0, OPTION_LIST, offsetof(struct request, log_opt) },
	{ "memory", 'm', OPTION_TEXT, offsetof(struct request, memory) },
	{ "memory-reservation", 0, OPTION_TEXT, offsetof(struct request, memory_reservation) },
	{ "memory-swap", 0, OPTION_TEXT, offsetof(struct request, memory_swap) },
	{ "mount", 0, OPTION_LIST, offsetof(struct request, mount) },
	{ "name", 0, OPTION_TEXT, offsetof(struct request, name) },
	{ "network", 0, OPTION_TEXT, offsetof(struct request, network) },
	{ "oom-score-adj", 0, OPTION_TEXT, offsetof(struct request, oom_score_adj) },
	{ "pid", 0, OPTION_TEXT, offsetof(struct request, pid) },
	{ "pidfile", 0, OPTION_TEXT, offsetof(struct request, pidfile) },
	{ "pids-limit", 0, OPTION_TEXT, offsetof(struct request, pids_limit) },
	{ "privileged", 0, OPTION_FLAG, offsetof(struct request, privileged) },
	{ "read-only", 0, OPTION_FLAG, offsetof(struct request, read_only) },
	{ "restart", 0, OPTION_TEXT, offsetof(struct request, restart) },
	{ "rm", 0, OPTION_FLAG, offsetof(struct request, rm) },
	{ "run-root", 0, OPTION_TEXT, offsetof(struct request, run_root) },
	{ "security-opt", 0, OPTION_LIST, offsetof(struct request, security_opt) },
	{ "shm-size", 0, OPTION_TEXT, offsetof(struct request, shm_size) },
	{ "stop-signal", 0, OPTION_TEXT, offsetof(struct request, stop_signal) },
	{ "stop-timeout", 0, OPTION_TEXT, offsetof(struct request, stop_timeout) },
	{ "storage-opt", 0, OPTION_TEXT, offsetof(struct request, storage_opt) },
	{ "sysctl", 0, OPTION_LIST, offsetof(struct request, sysctl) },
	{ "tmpfs", 0, OPTION_LIST, offsetof(struct request, tmpfs) },
	{ "tty", 't', OPTION_FLAG, offsetof(struct request, tty) },
	{ "uidmap", 0, OPTION_LIST, offsetof(struct request, uidmap) },
	{ "ulimit", 0, OPTION_LIST, offsetof(struct request, ulimit) },
	{ "user", 'u', OPTION_TEXT, offsetof(struct request, user) },
	{ "userns", 0, OPTION_TEXT, offsetof(struct request, userns) },
	{ "uts", 0, OPTION_TEXT, offsetof(struct request, uts) },
	{ "volume", 'v', OPTION_LIST, offsetof(struct request, volume) },
	{ "workdir", 'w', OPTION_TEXT, offsetof(struct request, workdir) },
};

struct parsed {
	struct arena arena;
	struct request request;
	struct said said;
	const char *text; /* what was said */
	int ret;
};

/* ARGS end with NULL; "run" is put before them. */
static void parse(struct parsed *parsed, const char *const *args)
{
	char *argv[ARGS_MAX + 2] = { (char *)"run" };
	int argc = 1;

	*parsed = (struct parsed){ .ret = 0 };
	while (args[argc - 1]) {
		assert_true(argc <= ARGS_MAX);
		argv[argc] = (char *)args[argc - 1];
		argc++;
	}
	said_begin(&parsed->said);
	parsed->ret = options_parse(&parsed->request, &parsed->arena, argc, argv);
	parsed->text = said_end(&parsed->said);
}

static size_t expected_find(const char *name)
{
	size_t i = 0;

	while (i < COUNT(expected) && strcmp(expected[i].name, name) != 0)
		i++;
	return i;
}

/* The field is set as the option's kind says, and all that is around it is as if only the image had been given. */
static void check_field(const struct request *request, size_t number, const char *value)
{
	struct request rest = *request, bare = { .image = "IMAGE" };
	char *field = (char *)&rest + expected[number].offset;
	const struct texts *list = (struct texts *)(void *)field;

	switch (expected[number].kind) {
	case OPTION_FLAG:
		assert_true(*(bool *)field);
		*(bool *)field = false;
		break;
	case OPTION_TEXT:
		assert_string_equal(*(const char **)(void *)field, value);
		*(const char **)(void *)field = NULL;
		break;
	case OPTION_LIST:
		assert_int_equal(list->count, 1);
		assert_string_equal(list->items[0], value);
		memset(field, 0, sizeof(struct texts));
		break;
	}
	assert_string_equal(rest.image, bare.image);
	rest.image = bare.image;
	assert_memory_equal(&rest, &bare, sizeof(rest));
}

static void every_option_sets_its_own_field(void **state)
{
	size_t count = 0, i;
	const struct option *option;

	(void)state;
	for (option = options; option->name; option++, count++) {
		i = expected_find(option->name);
		if (i == COUNT(expected))
			fail_msg("--%s is not in this test", option->name);
		if (option->kind != expected[i].kind || option->letter != expected[i].letter)
			fail_msg("--%s has another kind or letter", option->name);
		assert_int_equal(!option->argument, option->kind == OPTION_FLAG);
	}
	assert_int_equal(count, COUNT(expected));
	for (i = 0; i < COUNT(expected); i++) {
		char with_dashes[32] = "--", with_value[48] = "--";
		const char *value = expected[i].kind == OPTION_FLAG ? "true" : "a=b:c";
		const char *flag[] = { with_dashes, "IMAGE", NULL };
		const char *apart[] = { with_dashes, value, "IMAGE", NULL };
		const char *joined[] = { with_value, "IMAGE", NULL };
		struct parsed parsed;

		strcat(with_dashes, expected[i].name);
		strcat(strcat(strcat(with_value, expected[i].name), "="), value);
		parse(&parsed, expected[i].kind == OPTION_FLAG ? flag : apart);
		assert_int_equal(parsed.ret, 0);
		check_field(&parsed.request, i, value);
		arena_close(&parsed.arena);
		parse(&parsed, joined);
		assert_int_equal(parsed.ret, 0);
		check_field(&parsed.request, i, value);
		arena_close(&parsed.arena);
	}
}

static void letters_set_the_same_fields(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(expected); i++) {
		char letter[] = "-?", glued[] = "-?value", equals[] = "-?=value";
		const char *const flag[] = { letter, "IMAGE", NULL };
		const char *const spellings[][4] = { { letter, "value", "IMAGE", NULL },
						     { glued, "IMAGE", NULL },
						     { equals, "IMAGE", NULL } };
		struct parsed parsed;
		size_t j;

		if (!expected[i].letter)
			continue;
		letter[1] = glued[1] = equals[1] = expected[i].letter;
		for (j = 0; j < COUNT(spellings); j++) {
			bool is_flag = expected[i].kind == OPTION_FLAG;

			parse(&parsed, is_flag ? flag : spellings[j]);
			assert_int_equal(parsed.ret, 0);
			check_field(&parsed.request, i, "value");
			arena_close(&parsed.arena);
		}
	}
}

static void letters_may_stand_together(void **state)
{
	static const char *const flags[] = { "-it", "IMAGE", NULL };
	static const char *const last_has_value[] = { "-itm", "16m", "IMAGE", NULL };
	static const char *const last_has_value_glued[] = { "-itm16m", "IMAGE", NULL };
	static const char *const *const rows[] = { flags, last_has_value, last_has_value_glued };
	struct parsed parsed;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		parse(&parsed, rows[i]);
		assert_int_equal(parsed.ret, 0);
		assert_true(parsed.request.interactive && parsed.request.tty);
		if (i > 0)
			assert_string_equal(parsed.request.memory, "16m");
		assert_string_equal(parsed.request.image, "IMAGE");
		arena_close(&parsed.arena);
	}
}

static void the_last_of_two_values_counts_and_lists_grow(void **state)
{
	static const char *const args[] = { "-m1m", "--memory", "2m",        "-m=3m", "-e",
					    "A=1",  "-eA=2",    "--env=B=3", "IMAGE", NULL };
	struct parsed parsed;

	(void)state;
	parse(&parsed, args);
	assert_int_equal(parsed.ret, 0);
	assert_string_equal(parsed.request.memory, "3m");
	assert_int_equal(parsed.request.env.count, 3);
	assert_string_equal(parsed.request.env.items[0], "A=1");
	assert_string_equal(parsed.request.env.items[1], "A=2");
	assert_string_equal(parsed.request.env.items[2], "B=3");
	assert_null(parsed.request.env.items[3]);
	arena_close(&parsed.arena);
}

static void flags_can_be_taken_back(void **state)
{
	static const char *const args[] = { "--init",     "--init=false", "--tty=true",
					    "--rm=false", "IMAGE",        NULL };
	struct parsed parsed;

	(void)state;
	parse(&parsed, args);
	assert_int_equal(parsed.ret, 0);
	assert_false(parsed.request.init);
	assert_true(parsed.request.tty);
	assert_false(parsed.request.rm);
	arena_close(&parsed.arena);
}

static void the_image_ends_the_options(void **state)
{
	static const char *const args[] = { "--init", "IMAGE",  "--memory", "-x",
					    "--",     "--help", "",         NULL };
	struct parsed parsed;

	(void)state;
	parse(&parsed, args);
	assert_int_equal(parsed.ret, 0);
	assert_string_equal(parsed.request.image, "IMAGE");
	assert_null(parsed.request.memory);
	assert_int_equal(parsed.request.command.count, 5);
	assert_string_equal(parsed.request.command.items[0], "--memory");
	assert_string_equal(parsed.request.command.items[2], "--");
	assert_string_equal(parsed.request.command.items[3], "--help");
	assert_string_equal(parsed.request.command.items[4], "");
	arena_close(&parsed.arena);
}

static void two_dashes_end_the_options(void **state)
{
	static const char *const args[] = { "--init", "--", "--memory", "--", "x", NULL };
	static const char *const none[] = { "--", NULL };
	struct parsed parsed;

	(void)state;
	parse(&parsed, args);
	assert_int_equal(parsed.ret, 0);
	assert_string_equal(parsed.request.image, "--memory");
	assert_int_equal(parsed.request.command.count, 2);
	assert_string_equal(parsed.request.command.items[0], "--");
	arena_close(&parsed.arena);
	parse(&parsed, none);
	assert_int_equal(parsed.ret, -EINVAL);
	arena_close(&parsed.arena);
}

static void one_dash_is_an_image(void **state)
{
	static const char *const args[] = { "-", "sh", NULL };
	struct parsed parsed;

	(void)state;
	parse(&parsed, args);
	assert_int_equal(parsed.ret, 0);
	assert_string_equal(parsed.request.image, "-");
	arena_close(&parsed.arena);
}

static void help_is_asked_for_before_the_image_only(void **state)
{
	static const char *const args[] = { "--init", "--help", "--nonsense", NULL };
	struct parsed parsed;

	(void)state;
	parse(&parsed, args);
	assert_int_equal(parsed.ret, 1);
	assert_string_equal(parsed.text, "");
	arena_close(&parsed.arena);
}

static void a_value_may_begin_with_a_dash_or_be_empty(void **state)
{
	static const char *const args[] = { "--pids-limit", "-1", "--entrypoint", "",  "--name=",
					    "-e",           "--", "IMAGE",        NULL };
	struct parsed parsed;

	(void)state;
	parse(&parsed, args);
	assert_int_equal(parsed.ret, 0);
	assert_string_equal(parsed.request.pids_limit, "-1");
	assert_string_equal(parsed.request.entrypoint, "");
	assert_string_equal(parsed.request.name, "");
	assert_string_equal(parsed.request.env.items[0], "--");
	assert_string_equal(parsed.request.image, "IMAGE");
	arena_close(&parsed.arena);
}

static void bad_usage_is_refused_in_one_line(void **state)
{
	static const struct {
		const char *args[4], *said;
	} rows[] = {
		{ { NULL }, "davit: no image: davit run [OPTION…] IMAGE [COMMAND [ARG…]]" },
		{ { "--init", NULL }, "davit: no image: davit run [OPTION…] IMAGE [COMMAND [ARG…]]" },
		{ { "--memory", NULL }, "davit: --memory needs SIZE" },
		{ { "-m", NULL }, "davit: --memory needs SIZE" },
		{ { "-itm", NULL }, "davit: --memory needs SIZE" },
		{ { "--volume", NULL }, "davit: --volume needs SOURCE:TARGET[:ro]" },
		{ { "--init=maybe", "IMAGE", NULL },
		  "davit: --init=maybe: expected true, false or nothing" },
		{ { "--init=", "IMAGE", NULL }, "davit: --init=: expected true, false or nothing" },
		{ { "--memroy", "16m", "IMAGE", NULL },
		  "davit: unknown option --memroy (did you mean --memory?)" },
		{ { "--readonly", "IMAGE", NULL },
		  "davit: unknown option --readonly (did you mean --read-only?)" },
		{ { "--volumes=/a:/b", "IMAGE", NULL },
		  "davit: unknown option --volumes (did you mean --volume?)" },
		{ { "--squash", "IMAGE", NULL },
		  "davit: unknown option --squash (davit help run lists them)" },
		{ { "--gpus=all", "IMAGE", NULL },
		  "davit: --gpus: name the device nodes by --device" },
		{ { "-iP", "IMAGE", NULL },
		  "davit: --publish-all: there are no ports to map: with --network host they are this machine's" },
		{ { "-x", "IMAGE", NULL }, "davit: unknown option -x (davit help run lists them)" },
		{ { "-ix", "IMAGE", NULL }, "davit: unknown option -x (davit help run lists them)" },
		{ { "--INIT", "IMAGE", NULL },
		  "davit: unknown option --INIT (davit help run lists them)" },
		{ { "---init", "IMAGE", NULL },
		  "davit: unknown option ---init (did you mean --init?)" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct parsed parsed;

		parse(&parsed, rows[i].args);
		assert_int_equal(parsed.ret, -EINVAL);
		assert_string_equal(parsed.text, rows[i].said);
		arena_close(&parsed.arena);
	}
}

/* Two letters are within reach of any short word, which helps nobody. */
static void only_a_likely_option_is_suggested(void **state)
{
	static const char *const words[] = { "--x", "--zz", "--a", "--mem",
					     "--publish-all-the-ports-of-this-container" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(words); i++) {
		const char *const args[] = { words[i], "IMAGE", NULL };
		struct parsed parsed;

		parse(&parsed, args);
		assert_int_equal(parsed.ret, -EINVAL);
		if (strstr(parsed.text, "did you mean"))
			fail_msg("%s", parsed.text);
		arena_close(&parsed.arena);
	}
}

static void the_help_has_a_line_per_option(void **state)
{
	struct arena arena = { NULL };
	char *help = options_list(&arena, options), *at;
	size_t lines = 0, i;

	(void)state;
	assert_non_null(help);
	for (at = help; *at; at++)
		lines += *at == '\n';
	assert_int_equal(lines, COUNT(expected));
	for (i = 0; i < COUNT(expected); i++) {
		char name[32] = "--";

		assert_non_null(strstr(help, strcat(name, expected[i].name)));
	}
	arena_close(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_sets_its_own_field),
		cmocka_unit_test(letters_set_the_same_fields),
		cmocka_unit_test(letters_may_stand_together),
		cmocka_unit_test(the_last_of_two_values_counts_and_lists_grow),
		cmocka_unit_test(flags_can_be_taken_back),
		cmocka_unit_test(the_image_ends_the_options),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(one_dash_is_an_image),
		cmocka_unit_test(help_is_asked_for_before_the_image_only),
		cmocka_unit_test(a_value_may_begin_with_a_dash_or_be_empty),
		cmocka_unit_test(bad_usage_is_refused_in_one_line),
		cmocka_unit_test(only_a_likely_option_is_suggested),
		cmocka_unit_test(the_help_has_a_line_per_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
