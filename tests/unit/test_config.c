/* SPDX-License-Identifier: MIT */
/* What an image's configuration brings into a request, and what it may not; what an image must show. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "image/oci_config.h"
#include "said.h"
#include "sandbox/decide.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

enum { LABELS = 8 };

struct taken {
	struct arena arena;
	struct annotation labels[LABELS];
	struct image_config config;
	struct image image;
	struct request request;
	struct policy policy;
	struct said said;
	const char *text;
	int ret;
};

static void begin(struct taken *taken)
{
	memset(taken, 0, sizeof(*taken));
	taken->config.labels = taken->labels;
	taken->image = (struct image){ .path = "web.zip", .config = &taken->config, .fd = -1 };
}

static void add(struct taken *taken, struct texts *list, const char *text)
{
	assert_int_equal(texts_add(&taken->arena, list, text), 0);
}

static void take(struct taken *taken)
{
	said_begin(&taken->said);
	taken->ret =
		request_take_config(&taken->request, &taken->arena, &taken->image, &taken->policy);
	taken->text = said_end(&taken->said);
}

static void check_texts(const struct texts *list, const char *const *wanted)
{
	size_t i;

	for (i = 0; wanted[i]; i++) {
		assert_true(i < list->count);
		assert_string_equal(list->items[i], wanted[i]);
	}
	assert_int_equal(list->count, i);
}

/* As Docker's table of ENTRYPOINT and CMD has it, with what the command line gives. */
static void the_command_is_put_together_as_docker_does(void **state)
{
	static const struct {
		const char *entrypoint[3], *command[3];    /* the image's */
		const char *option, *given[3], *result[6]; /* the command line's */
	} rows[] = {
		{ { NULL }, { NULL }, NULL, { NULL }, { NULL } },
		{ { NULL }, { "a", "b" }, NULL, { NULL }, { "a", "b" } },
		{ { "e" }, { NULL }, NULL, { NULL }, { "e" } },
		{ { "e", "f" }, { "a", "b" }, NULL, { NULL }, { "e", "f", "a", "b" } },
		{ { "e" }, { "a" }, NULL, { "x", "y" }, { "e", "x", "y" } },
		{ { NULL }, { "a" }, NULL, { "x" }, { "x" } },
		{ { "e" }, { "a" }, "o", { NULL }, { NULL } },
		{ { "e" }, { "a" }, "o", { "x" }, { "x" } },
		{ { "e" }, { "a" }, "", { "x" }, { "x" } },
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct taken taken;

		begin(&taken);
		taken.request.entrypoint = rows[i].option;
		for (j = 0; j < 3; j++) {
			if (rows[i].entrypoint[j])
				add(&taken, &taken.config.entrypoint, rows[i].entrypoint[j]);
			if (rows[i].command[j])
				add(&taken, &taken.config.command, rows[i].command[j]);
			if (rows[i].given[j])
				add(&taken, &taken.request.command, rows[i].given[j]);
		}
		take(&taken);
		assert_int_equal(taken.ret, 0);
		check_texts(&taken.request.command, rows[i].result);
		arena_close(&taken.arena);
	}
}

static void the_images_entries_come_before_those_that_were_given(void **state)
{
	static const char *const env[] = { "A=image", "B=image", "A=given", NULL };
	static const char *const labels[] = { "k=image", "k=given", NULL };
	struct taken taken;

	(void)state;
	begin(&taken);
	add(&taken, &taken.config.env, "A=image");
	add(&taken, &taken.config.env, "B=image");
	add(&taken, &taken.request.env, "A=given");
	taken.labels[0] = (struct annotation){ "k", "image" };
	add(&taken, &taken.request.label, "k=given");
	take(&taken);
	assert_int_equal(taken.ret, 0);
	check_texts(&taken.request.env, env);
	check_texts(&taken.request.label, labels);
	arena_close(&taken.arena);
}

static void what_was_given_stays(void **state)
{
	struct taken taken;

	(void)state;
	begin(&taken);
	taken.config.user = "app";
	taken.config.workdir = "/srv";
	taken.config.stop_signal = "INT";
	taken.request.user = "0";
	taken.request.workdir = "/";
	taken.request.stop_signal = "HUP";
	take(&taken);
	assert_int_equal(taken.ret, 0);
	assert_string_equal(taken.request.user, "0");
	assert_string_equal(taken.request.workdir, "/");
	assert_string_equal(taken.request.stop_signal, "HUP");
	arena_close(&taken.arena);
}

static void an_empty_word_says_nothing(void **state)
{
	struct taken taken;

	(void)state;
	begin(&taken);
	taken.config.user = taken.config.workdir = taken.config.stop_signal = "";
	take(&taken);
	assert_int_equal(taken.ret, 0);
	assert_null(taken.request.user);
	assert_null(taken.request.workdir);
	assert_null(taken.request.stop_signal);
	arena_close(&taken.arena);
}

static void what_no_launch_could_use_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *user, *workdir, *volume, *text;
	} rows[] = {
		{ ":1", NULL, NULL, "davit: web.zip: config.User ':1': expected USER or USER:GROUP" },
		{ "app:", NULL, NULL,
		  "davit: web.zip: config.User 'app:': expected USER or USER:GROUP" },
		{ NULL, "srv", NULL,
		  "davit: web.zip: config.WorkingDir 'srv': expected an absolute path" },
		{ NULL, NULL, "/",
		  "davit: web.zip: config.Volumes '/': expected a directory other than / and not in /proc" },
		{ NULL, NULL, "//proc/1",
		  "davit: web.zip: config.Volumes '//proc/1': expected a directory other than / and not in /proc" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct taken taken;

		begin(&taken);
		taken.config.user = rows[i].user;
		taken.config.workdir = rows[i].workdir;
		if (rows[i].volume)
			add(&taken, &taken.config.volumes, rows[i].volume);
		take(&taken);
		assert_true(taken.ret < 0);
		assert_string_equal(taken.text, rows[i].text);
		arena_close(&taken.arena);
	}
}

static void a_wish_that_restricts_is_granted(void **state)
{
	static const char *const drop[] = { "NET_RAW", "MKNOD", "CHOWN", NULL };
	struct taken taken;

	(void)state;
	begin(&taken);
	taken.labels[0] = (struct annotation){ "io.davit.memory", "8m" };
	taken.labels[1] = (struct annotation){ "io.davit.cap-drop", "NET_RAW, MKNOD,CHOWN" };
	taken.labels[2] = (struct annotation){ "io.davit.read-only", "true" };
	taken.labels[3] = (struct annotation){ "io.davit.version", "3.1" };
	taken.labels[4] = (struct annotation){ "io.davit.network", "none" };
	take(&taken);
	assert_int_equal(taken.ret, 0);
	assert_string_equal(taken.request.memory, "8m");
	check_texts(&taken.request.cap_drop, drop);
	assert_true(taken.request.read_only);
	arena_close(&taken.arena);
}

/* Of each wish: without a policy, with a line of the policy that speaks of it, with the option, withdrawn. */
static void a_wish_that_gives_needs_a_line_of_the_policy(void **state)
{
	static const struct {
		const char *key, *value;
		enum policy_key line;
	} rows[] = {
		{ "io.davit.cap-add", "SYS_ADMIN", POLICY_CAPABILITIES },
		{ "io.davit.device", "/dev/mem", POLICY_DEVICES },
		{ "io.davit.network", "host", POLICY_NETWORKS },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct taken taken;

		begin(&taken);
		taken.labels[0] = (struct annotation){ rows[i].key, rows[i].value };
		take(&taken);
		assert_true(taken.ret < 0);
		assert_non_null(strstr(taken.text, "of which the policy says nothing"));
		arena_close(&taken.arena);

		begin(&taken);
		taken.labels[0] = (struct annotation){ rows[i].key, rows[i].value };
		taken.policy.lines[rows[i].line].number = 1;
		take(&taken);
		assert_int_equal(taken.ret, 0);
		arena_close(&taken.arena);

		begin(&taken);
		taken.labels[0] = (struct annotation){ rows[i].key, rows[i].value };
		add(&taken, &taken.request.label, arena_print(&taken.arena, "%s=", rows[i].key));
		take(&taken);
		assert_int_equal(taken.ret, 0);
		assert_int_equal(taken.request.cap_add.count + taken.request.device.count, 0);
		assert_null(taken.request.network);
		arena_close(&taken.arena);
	}
}

static void an_option_takes_the_place_of_a_wish(void **state)
{
	static const char *const given[] = { "SYS_TIME", NULL };
	struct taken taken;

	(void)state;
	begin(&taken);
	taken.labels[0] = (struct annotation){ "io.davit.cap-add", "SYS_ADMIN" };
	taken.labels[1] = (struct annotation){ "io.davit.memory", "8g" };
	add(&taken, &taken.request.cap_add, "SYS_TIME");
	taken.request.memory = "4m";
	take(&taken);
	assert_int_equal(taken.ret, 0);
	check_texts(&taken.request.cap_add, given);
	assert_string_equal(taken.request.memory, "4m");
	arena_close(&taken.arena);
}

/* Whatever the policy says: an image names no path of the host, no command, no other filter. */
static void an_image_cannot_wish_for_anything_else(void **state)
{
	static const char *const keys[] = {
		"io.davit.volume",        "io.davit.mount",
		"io.davit.privileged",    "io.davit.security-opt",
		"io.davit.pid",           "io.davit.ipc",
		"io.davit.userns",        "io.davit.entrypoint",
		"io.davit.cgroup-parent", "io.davit.pidfile",
		"io.davit.cidfile",       "io.davit.env-file",
		"io.davit.storage-opt",   "io.davit.tmpfs",
		"io.davit.ulimit",        "io.davit.",
		"io.davit.name",          "io.davit.run-root",
	};
	size_t i, key;

	(void)state;
	for (i = 0; i < COUNT(keys); i++) {
		struct taken taken;

		begin(&taken);
		taken.labels[0] = (struct annotation){ keys[i], "x" };
		for (key = 0; key < POLICY_KEY_COUNT; key++)
			taken.policy.lines[key].number = 1;
		take(&taken);
		assert_true(taken.ret < 0);
		assert_non_null(strstr(taken.text, "no wish that davit knows"));
		arena_close(&taken.arena);
	}
}

static void labels_that_no_option_could_give_are_passed_over(void **state)
{
	static const char *const labels[] = { "a=b", NULL };
	struct taken taken;

	(void)state;
	begin(&taken);
	taken.labels[0] = (struct annotation){ "c d", "e" };
	taken.labels[1] = (struct annotation){ "a", "b" };
	take(&taken);
	assert_int_equal(taken.ret, 0);
	check_texts(&taken.request.label, labels);
	arena_close(&taken.arena);
	begin(&taken);
	taken.labels[0] = (struct annotation){ "io.davit.net work", "host" };
	take(&taken);
	assert_true(taken.ret < 0);
	arena_close(&taken.arena);
}

/* --- trust ------------------------------------------------------------------------------------------- */

struct judged {
	struct arena arena;
	struct layer layers[2];
	struct image_config config;
	struct image image;
	struct sandbox sandbox;
	struct policy policy;
	struct host host;
	struct said said;
	const char *text;
	int ret;
};

static void judge(struct judged *judged, const char *policy, bool oci, unsigned int trees, bool kernel)
{
	memset(judged, 0, sizeof(*judged));
	assert_int_equal(policy_parse(&judged->policy, &judged->arena, "davit.conf", policy), 0);
	judged->layers[0].has_verity = trees & 1;
	judged->layers[1].has_verity = trees & 2;
	judged->image = (struct image){ .path = "web.zip",
					.layers = judged->layers,
					.layer_count = 2,
					.config = oci ? &judged->config : NULL };
	judged->sandbox.image = &judged->image;
	judged->host.verity = kernel;
	said_begin(&judged->said);
	judged->ret = decide_trust(&judged->sandbox, &judged->arena, &judged->policy, &judged->host);
	judged->text = said_end(&judged->said);
}

static void an_image_shows_what_the_policy_wants(void **state)
{
	static const struct {
		const char *policy, *text; /* text: of the refusal, or NULL */
		unsigned int trees;
		bool oci, kernel, digests, verity;
	} rows[] = {
		{ "", NULL, 0, true, false, true, false },
		{ "", NULL, 3, true, true, true, true },
		{ "", NULL, 0, false, false, false, false },
		{ "verify = none", NULL, 3, true, true, false, false },
		{ "verify = none\nverity = require", NULL, 3, true, true, false, true },
		{ "verify = signed", NULL, 0, true, false, true, false },
		{ "verify = signed", "which has no signature", 0, false, false, false, false },
		{ "verity = require", "of which a layer has no hash tree", 1, true, true, false,
		  false },
		{ "verity = require", "CONFIG_DM_VERITY", 3, true, false, false, false },
		{ "verity = require", "which has no hash tree", 3, false, true, false, false },
		{ "verity = auto", NULL, 1, true, true, true, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct judged judged;

		judge(&judged, rows[i].policy, rows[i].oci, rows[i].trees, rows[i].kernel);
		if (rows[i].text) {
			assert_true(judged.ret < 0);
			assert_non_null(strstr(judged.text, rows[i].text));
		} else {
			assert_int_equal(judged.ret, 0);
			assert_int_equal(judged.sandbox.digests, rows[i].digests);
			assert_int_equal(judged.sandbox.verity, rows[i].verity);
		}
		arena_close(&judged.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_that_no_option_could_give_are_passed_over),
		cmocka_unit_test(the_command_is_put_together_as_docker_does),
		cmocka_unit_test(the_images_entries_come_before_those_that_were_given),
		cmocka_unit_test(what_was_given_stays),
		cmocka_unit_test(an_empty_word_says_nothing),
		cmocka_unit_test(what_no_launch_could_use_is_refused_with_its_place),
		cmocka_unit_test(a_wish_that_restricts_is_granted),
		cmocka_unit_test(a_wish_that_gives_needs_a_line_of_the_policy),
		cmocka_unit_test(an_option_takes_the_place_of_a_wish),
		cmocka_unit_test(an_image_cannot_wish_for_anything_else),
		cmocka_unit_test(an_image_shows_what_the_policy_wants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
