/* SPDX-License-Identifier: MIT */
/* Manifests, indexes and configs: each flaw refused in its own words, and what is printed reads back the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/oci_config.h"
#include "said.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "\"digest\":\"sha256:" HEX "\""
#define CONFIG "\"config\":{\"mediaType\":\"" MEDIA_CONFIG "\"," DIGEST ",\"size\":7}"
#define LAYER(rest) "{\"mediaType\":\"" MEDIA_SQUASHFS "+gzip\"," DIGEST ",\"size\":4096" rest "}"
#define LAYERS "\"layers\":[" LAYER("") "]"
#define VERSION "\"schemaVersion\":2"
#define VERITY(name, value) ",\"annotations\":{\"" name "\":\"" value "\"}"

enum what { MANIFEST, INDEX, CONFIGURATION };

/* wrong: part of the words, NULL: accepted. */
struct row {
	const char *text, *wrong;
};

static const struct row manifests[] = {
	{ "{" VERSION "," CONFIG "," LAYERS "}", NULL },
	{ "{" VERSION "," CONFIG ",\"layers\":[]}", NULL },
	{ "{" VERSION ",\"mediaType\":\"" MEDIA_DOCKER_MANIFEST "\"," CONFIG "," LAYERS "}", NULL },
	{ "{" VERSION ",\"mediaType\":null," CONFIG "," LAYERS ",\"x\":[{}],\"subject\":{}}", NULL },
	{ "{" VERSION "," CONFIG ",\"layers\":[" LAYER(VERITY(ANNOTATION_VERITY, HEX)) "]}", NULL },
	{ "", "not JSON" },
	{ "{", "x:1: this is not JSON" },
	{ "[]", "the file: expected an object" },
	{ "null", "the file: expected an object" },
	{ "{" VERSION "," CONFIG "," LAYERS "}x", "not JSON" },
	{ "{" CONFIG "," LAYERS "}", "the file: has no schemaVersion" },
	{ "{\"schemaVersion\":1," CONFIG "," LAYERS "}", "schemaVersion: is not 2" },
	{ "{\"schemaVersion\":\"2\"," CONFIG "," LAYERS "}",
	  "schemaVersion: expected a whole number" },
	{ "{\"schemaVersion\":02," CONFIG "," LAYERS "}", "schemaVersion: expected a whole number" },
	{ "{" VERSION "," VERSION "," CONFIG "," LAYERS "}", "schemaVersion: stands there twice" },
	{ "{" VERSION "," CONFIG "," CONFIG "," LAYERS "}", "config: stands there twice" },
	{ "{" VERSION "," CONFIG "," LAYERS "," LAYERS "}", "layers: stands there twice" },
	{ "{" VERSION "," LAYERS "}", "config: is missing" },
	{ "{" VERSION "," CONFIG "}", "layers: is missing" },
	{ "{" VERSION "," CONFIG ",\"layers\":null}", "layers: is missing" },
	{ "{" VERSION "," CONFIG ",\"layers\":{}}", "layers: expected a list" },
	{ "{" VERSION "," CONFIG ",\"layers\":[7]}", "layers[0]: expected an object" },
	{ "{" VERSION ",\"config\":[]," LAYERS "}", "config: expected an object" },
	{ "{" VERSION ",\"mediaType\":\"" MEDIA_INDEX "\"," CONFIG "," LAYERS "}",
	  "not that of a manifest" },
	{ "{" VERSION "," CONFIG "," LAYERS ",\"manifests\":[]}", "a manifest and an index at once" },
	{ "{" VERSION "," CONFIG ",\"layers\":[{" DIGEST ",\"size\":1}]}",
	  "layers[0]: has no mediaType" },
	{ "{" VERSION "," CONFIG ",\"layers\":[{\"mediaType\":\"a\",\"size\":1}]}",
	  "layers[0]: has no digest" },
	{ "{" VERSION "," CONFIG ",\"layers\":[{\"mediaType\":\"a\"," DIGEST "}]}",
	  "layers[0]: has no size" },
	{ "{" VERSION "," CONFIG ",\"layers\":[{\"mediaType\":\"a\"," DIGEST ",\"size\":-1}]}",
	  "layers[0].size: expected a whole number" },
	{ "{" VERSION "," CONFIG ",\"layers\":[{\"mediaType\":\"a\"," DIGEST ",\"size\":1.5}]}",
	  "layers[0].size: expected a whole number" },
	{ "{" VERSION "," CONFIG ",\"layers\":[{\"mediaType\":\"a\"," DIGEST
	  ",\"size\":9223372036854775808}]}",
	  "layers[0].size: the number is too large" },
	{ "{" VERSION "," CONFIG
	  ",\"layers\":[{\"mediaType\":\"a\",\"digest\":\"sha256:00\",\"size\":1}]}",
	  "layers[0].digest: expected sha256: and 64" },
	{ "{" VERSION "," CONFIG
	  ",\"layers\":[{\"mediaType\":\"a\",\"digest\":\"sha512:00\",\"size\":1}]}",
	  "layers[0].digest: davit knows digests of the form sha256:HEX only" },
	{ "{" VERSION "," CONFIG
	  ",\"layers\":[{\"mediaType\":\"a\",\"digest\":\"sha256:../../x\",\"size\":1}]}",
	  "layers[0].digest: expected sha256: and 64" },
	{ "{" VERSION "," CONFIG ",\"layers\":[{\"mediaType\":\"a\\u001b[m\"," DIGEST ",\"size\":1}]}",
	  "layers[0].mediaType: holds control characters" },
	{ "{" VERSION "," CONFIG ",\"layers\":[{\"mediaType\":\"a\\u0000b\"," DIGEST ",\"size\":1}]}",
	  "holds a NUL character" },
	{ "{" VERSION "," CONFIG ",\"layers\":[" LAYER(VERITY(ANNOTATION_VERITY, "00")) "]}",
	  "layers[0]: its verity root hash is expected" },
	{ "{" VERSION "," CONFIG ",\"layers\":[" LAYER(",\"annotations\":{\"a\":1}") "]}",
	  "layers[0].annotations.a: expected a string" },
	{ "{" VERSION "," CONFIG
	  ",\"layers\":[" LAYER(",\"annotations\":{\"a\":\"1\",\"a\":\"2\"}") "]}",
	  "layers[0].annotations.a: stands there twice" },
	{ "{" VERSION "," CONFIG
	  ",\"layers\":[" LAYER(",\"annotations\":{\"" ANNOTATION_VERITY "\":\"" HEX
				"\",\"" ANNOTATION_VERITY_OLD "\":\"\"}") "]}",
	  "its two verity root hashes differ" },
};

static const struct row indexes[] = {
	{ "{" VERSION ",\"manifests\":[]}", NULL },
	{ "{" VERSION ",\"mediaType\":\"" MEDIA_DOCKER_LIST "\",\"manifests\":[" LAYER("") "]}",
	  NULL },
	{ "{" VERSION "}", "manifests: is missing" },
	{ "{" VERSION ",\"manifests\":7}", "manifests: expected a list" },
	{ "{" VERSION ",\"mediaType\":\"" MEDIA_MANIFEST "\",\"manifests\":[]}",
	  "not that of an index" },
	{ "{" VERSION ",\"manifests\":[],\"layers\":[]}", "a manifest and an index at once" },
	{ "{" VERSION ",\"manifests\":[" LAYER(",\"platform\":7") "]}",
	  "manifests[0].platform: expected an object" },
	{ "{" VERSION ",\"manifests\":[" LAYER(",\"platform\":{\"os\":7}") "]}",
	  "manifests[0].platform.os: expected a string" },
};

#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" HEX "\"]}"
#define SETTING(text) "{\"config\":{" text "}," ROOTFS "}"

static const struct row configs[] = {
	{ "{" ROOTFS "}", NULL },
	{ SETTING("\"Env\":null,\"Cmd\":null,\"Volumes\":null,\"Labels\":null,\"Unknown\":[1]"),
	  NULL },
	{ SETTING("\"Cmd\":[\"sh\",\"-c\",\"a\\n\\u001bb\"],\"Env\":[\"A=\",\"B=\\n\"]"), NULL },
	{ "{}", "has no rootfs" },
	{ "{\"rootfs\":{\"type\":\"layers\"}}", "rootfs: has no diff_ids" },
	{ "{\"rootfs\":{\"type\":\"wind\",\"diff_ids\":[]}}", "rootfs.type: expected \"layers\"" },
	{ "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"x\"]}}", "rootfs.diff_ids[0]: " },
	{ "{\"config\":7," ROOTFS "}", "config: expected an object" },
	{ "{\"os\":[]," ROOTFS "}", "os: expected a string" },
	{ "{\"history\":{}," ROOTFS "}", "history: expected a list" },
	{ "{\"history\":[{\"empty_layer\":1}]," ROOTFS "}", "history[0].empty_layer: expected true" },
	{ SETTING("\"Env\":\"A=1\""), "config.Env: expected a list" },
	{ SETTING("\"Env\":[\"A\"]"), "config.Env[0]: expected NAME=VALUE" },
	{ SETTING("\"Env\":[\"A=1\",\"=1\"]"), "config.Env[1]: expected NAME=VALUE" },
	{ SETTING("\"Cmd\":\"sh\""), "config.Cmd: expected a list" },
	{ SETTING("\"Cmd\":[1]"), "config.Cmd[0]: expected a string" },
	{ SETTING("\"Entrypoint\":{}"), "config.Entrypoint: expected a list" },
	{ SETTING("\"User\":0"), "config.User: expected a string" },
	{ SETTING("\"User\":\"a\\nb\""), "config.User: holds control characters" },
	{ SETTING("\"User\":\"a\xff\""), "config.User: holds control characters, or is not UTF-8" },
	{ SETTING("\"WorkingDir\":\"/\\u007f\""), "config.WorkingDir: holds control characters" },
	{ SETTING("\"Volumes\":[\"/data\"]"), "config.Volumes: expected an object" },
	{ SETTING("\"Volumes\":{\"data\":{}}"), "config.Volumes: data: expected an absolute path" },
	{ SETTING("\"Volumes\":{\"/a/../b\":{}}"), "/a/../b: expected an absolute path without .." },
	{ SETTING("\"Volumes\":{\"/a/..\":{}}"), "/a/..: expected an absolute path without .." },
	{ SETTING("\"Labels\":{\"a\":7}"), "config.Labels.a: expected a string" },
	{ SETTING("\"Labels\":{\"a\":\"\\u001b\"}"), "config.Labels.a: holds control characters" },
	{ SETTING("\"Labels\":{\"\\u001b\":\"\"}"), "config.Labels.?: holds control characters" },
	{ SETTING("\"Healthcheck\":{\"Test\":[\"curl\"]}"), "expected NONE, CMD or CMD-SHELL" },
	{ SETTING("\"Healthcheck\":{\"Interval\":-1}"),
	  "config.Healthcheck.Interval: expected a whole" },
	{ SETTING("\"Env\":[],\"Env\":[]"), "config.Env: stands there twice" },
};

static int parse(enum what what, struct arena *arena, const char *text)
{
	struct manifest manifest;
	struct index index;
	struct image_config config;

	if (what == MANIFEST)
		return manifest_parse(&manifest, arena, text, "x");
	if (what == INDEX)
		return index_parse(&index, arena, text, "x");
	return image_config_parse(&config, arena, text, "x");
}

static void try_rows(enum what what, const struct row *rows, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct arena arena = { 0 };
		struct said said;
		int ret;

		said_begin(&said);
		ret = parse(what, &arena, rows[i].text);
		said_end(&said);
		if ((ret == 0) != !rows[i].wrong ||
		    (rows[i].wrong && !strstr(said.text, rows[i].wrong)) || strchr(said.text, '\n'))
			fail_msg("row %zu: %d, %s", i, ret, said.text);
		arena_close(&arena);
	}
}

static void flaws_of_manifests_are_named(void **state)
{
	(void)state;
	try_rows(MANIFEST, manifests, COUNT(manifests));
}

static void flaws_of_indexes_are_named(void **state)
{
	(void)state;
	try_rows(INDEX, indexes, COUNT(indexes));
}

static void flaws_of_configs_are_named(void **state)
{
	(void)state;
	try_rows(CONFIGURATION, configs, COUNT(configs));
}

/* COUNT times ITEM between BEGIN and END. */
static char *repeat(const char *begin, const char *item, size_t count, const char *end)
{
	char *text = malloc(strlen(begin) + count * (strlen(item) + 1) + strlen(end) + 1), *to;

	assert_non_null(text);
	to = stpcpy(text, begin);
	while (count--) {
		to = stpcpy(to, item);
		if (count)
			*to++ = ',';
	}
	strcpy(to, end);
	return text;
}

static void too_many_are_refused(void **state)
{
	struct {
		enum what what;
		char *text;
		const char *wrong;
	} rows[] = {
		{ MANIFEST, repeat("{" VERSION "," CONFIG ",\"layers\":[", LAYER(""), 127, "]}"),
		  NULL },
		{ MANIFEST, repeat("{" VERSION "," CONFIG ",\"layers\":[", LAYER(""), 128, "]}"),
		  "layers: holds 128, more than 127" },
		{ INDEX, repeat("{" VERSION ",\"manifests\":[", LAYER(""), 256, "]}"), NULL },
		{ INDEX, repeat("{" VERSION ",\"manifests\":[", LAYER(""), 257, "]}"),
		  "manifests: holds 257, more than 256" },
		{ INDEX, repeat("{" VERSION ",\"x\":[", "1", 40000, "]}"), "holds too many values" },
		{ INDEX, repeat("{" VERSION ",\"manifests\":", "[", 40000, "]}"), "too many values" },
		{ CONFIGURATION, repeat("{" ROOTFS ",\"history\":[", "{}", 1025, "]}"),
		  "history: holds 1025, more than 1024" },
		{ CONFIGURATION,
		  repeat("{" ROOTFS ",\"config\":{\"Labels\":{", "\"a\":\"\"", 1025, "}}}"),
		  "config.Labels: holds more than 1024 keys" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const struct row row = { rows[i].text, rows[i].wrong };

		try_rows(rows[i].what, &row, 1);
		free(rows[i].text);
	}
}

static void what_is_printed_reads_back(void **state)
{
	static const char config_text[] =
		"{\"created\":\"1970-01-01T00:00:00Z\",\"author\":\"me\",\"architecture\":\"arm\","
		"\"os\":\"linux\",\"variant\":\"v7\",\"config\":{\"User\":\"1:2\","
		"\"ExposedPorts\":{\"80/tcp\":{}},\"Env\":[\"A=\\\"\\\\\\u001b\\u00e4\"],"
		"\"Entrypoint\":[\"/e\"],\"Cmd\":[\"c\",\"\"],\"Volumes\":{\"/v\":{}},"
		"\"WorkingDir\":\"/w\",\"Labels\":{\"b\":\"2\",\"a\":\"1\\n\"},\"StopSignal\":\"INT\","
		"\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"],\"Interval\":1,\"Timeout\":2,"
		"\"StartPeriod\":3,\"Retries\":4},\"OnBuild\":[\"RUN x\"],\"Shell\":[\"/s\"]},"
		"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" HEX "\"]},"
		"\"history\":[{\"created\":\"t\",\"created_by\":\"b\",\"author\":\"a\","
		"\"comment\":\"c\",\"empty_layer\":true}]}";
	static const char manifest_text[] =
		"{" VERSION ",\"mediaType\":\"" MEDIA_MANIFEST "\"," CONFIG ",\"layers\":[" LAYER(
			VERITY(ANNOTATION_VERITY, HEX)) "],\"annotations\":{\"k\":\"v\"}}";
	static const char index_text[] =
		"{" VERSION ",\"mediaType\":\"" MEDIA_INDEX "\",\"manifests\":[" LAYER(
			",\"platform\":{\"architecture\":\"arm\",\"os\":\"linux\",\"variant\":\"v7\"}") "]}";
	struct arena arena = { 0 };
	struct image_config config;
	struct manifest manifest;
	struct index index;
	const char *once;

	(void)state;
	assert_int_equal(manifest_parse(&manifest, &arena, manifest_text, "x"), 0);
	assert_string_equal(manifest_print(&arena, &manifest), manifest_text);
	assert_true(manifest.layers[0].has_verity);
	assert_int_equal(manifest.layers[0].format, LAYER_SQUASHFS);
	assert_int_equal(index_parse(&index, &arena, index_text, "x"), 0);
	assert_string_equal(index_print(&arena, &index), index_text);
	assert_int_equal(image_config_parse(&config, &arena, config_text, "x"), 0);
	once = image_config_print(&arena, &config);
	/* A letter that needs no escape has lost 4 bytes, an end of line has got them. */
	assert_int_equal(strlen(once), strlen(config_text));
	assert_int_equal(image_config_parse(&config, &arena, once, "x"), 0);
	assert_string_equal(image_config_print(&arena, &config), once);
	assert_string_equal(config.env.items[0], "A=\"\\\033\303\244");
	assert_string_equal(annotation_find(config.labels, "a"), "1\n");
	assert_int_equal(config.health.retries, 4);
	arena_close(&arena);
}

static void media_types_say_the_format(void **state)
{
	static const struct {
		const char *type;
		enum layer_format format;
	} rows[] = {
		{ MEDIA_SQUASHFS, LAYER_SQUASHFS },
		{ MEDIA_SQUASHFS "+zstd", LAYER_SQUASHFS },
		{ MEDIA_SQUASHFS "x", LAYER_OTHER },
		{ MEDIA_EROFS "+lz4hc", LAYER_EROFS },
		{ "application/vnd.oci.image.layer.v1.tar", LAYER_TAR },
		{ "application/vnd.oci.image.layer.v1.tar+gzip", LAYER_TAR_GZIP },
		{ "application/vnd.oci.image.layer.v1.tar+zstd", LAYER_TAR_ZSTD },
		{ "application/vnd.oci.image.layer.v1.tar+bzip2", LAYER_OTHER },
		{ "application/vnd.docker.image.rootfs.diff.tar.gzip", LAYER_TAR_GZIP },
		{ "text/plain", LAYER_OTHER },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct arena arena = { 0 };
		struct manifest manifest;
		const char *text =
			arena_print(&arena,
				    "{" VERSION "," CONFIG
				    ",\"layers\":[{\"mediaType\":\"%s\"," DIGEST ",\"size\":1}]}",
				    rows[i].type);

		assert_int_equal(manifest_parse(&manifest, &arena, text, "x"), 0);
		assert_int_equal(manifest.layers[0].format, rows[i].format);
		arena_close(&arena);
	}
}

static void a_machine_gets_the_best_that_it_runs(void **state)
{
	static const struct {
		const char *machine, *entries[4];
		int chosen; /* -1: none */
	} rows[] = {
		{ "linux/arm/v7", { "linux/arm/v5", "linux/arm/v7", "linux/arm/v6" }, 1 },
		{ "linux/arm/v6", { "linux/arm/v5", "linux/arm/v7", "linux/arm/v6" }, 2 },
		{ "linux/arm/v5", { "linux/arm/v5", "linux/arm/v7", "linux/arm/v6" }, 0 },
		{ "linux/arm/v5", { "linux/arm/v7", "linux/arm/v6" }, -1 },
		{ "linux/arm/v7", { "linux/arm" }, 0 },
		{ "linux/arm/v6", { "linux/arm" }, -1 },
		{ "linux/arm/v7", { "linux/amd64", "linux/arm64", "linux/arm/v7" }, 2 },
		{ "linux/arm64", { "linux/arm64/v8" }, 0 },
		{ "linux/arm64/v8", { "linux/arm64" }, 0 },
		{ "linux/arm64", { "linux/arm64/v9" }, -1 },
		{ "linux/arm64/v8.2", { "linux/arm64/v8", "linux/arm64/v8.2" }, 1 },
		{ "linux/amd64", { "linux/amd64/v3", "linux/amd64" }, 1 },
		{ "linux/amd64", { "linux/386" }, -1 },
		{ "linux/arm/v7", { "linux/arm/soft" }, -1 },
		{ "linux/arm/v7", { "linux/arm/v7", "linux/arm/v7" }, 0 },
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		static const struct annotation none[1];
		struct descriptor entries[4] = { 0 };
		struct index index = { entries, 0 };
		struct arena arena = { 0 };
		struct platform machine;
		const struct descriptor *chosen;

		for (j = 0; j < COUNT(entries) && rows[i].entries[j]; j++) {
			entries[j].annotations = none;
			assert_int_equal(platform_parse(&entries[j].platform, &arena,
							rows[i].entries[j]),
					 0);
			index.count++;
		}
		assert_int_equal(platform_parse(&machine, &arena, rows[i].machine), 0);
		chosen = index_choose(&index, &machine);
		if (chosen != (rows[i].chosen < 0 ? NULL : &entries[rows[i].chosen]))
			fail_msg("row %zu: chose %d", i, chosen ? (int)(chosen - entries) : -1);
		arena_close(&arena);
	}
}

static void signatures_are_no_images(void **state)
{
	static const struct annotation signature[] = { { ANNOTATION_NAME, "sha256-" HEX ".sig" },
						       { 0 } };
	static const struct annotation attestation[] = {
		{ "vnd.docker.reference.type", "attestation-manifest" }, { 0 }
	};
	static const struct annotation plain[] = { { ANNOTATION_NAME, "web:1" }, { 0 } };
	struct descriptor entries[] = { { .annotations = signature },
					{ .annotations = attestation },
					{ .annotations = plain },
					{ .annotations = plain,
					  .platform = { "unknown", "unknown", NULL } } };
	struct index index = { entries, COUNT(entries) };

	(void)state;
	assert_ptr_equal(index_choose(&index, platform_own()), &entries[2]);
	index.count = 2;
	assert_null(index_choose(&index, platform_own()));
}

static void platforms_that_are_none_are_refused(void **state)
{
	static const char *const texts[] = {
		"",           "linux",          "linux/",        "/arm",
		"linux/arm/", "linux/arm/v7/x", "windows/amd64", "linux/ARM",
		"linux/a b",  "linux/../x"
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		struct arena arena = { 0 };
		struct platform platform;
		struct said said;
		int ret;

		said_begin(&said);
		ret = platform_parse(&platform, &arena, texts[i]);
		said_end(&said);
		if (ret == 0 || !strstr(said.text, "such as linux/arm/v7"))
			fail_msg("%s: %d, %s", texts[i], ret, said.text);
		arena_close(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flaws_of_manifests_are_named),
		cmocka_unit_test(flaws_of_indexes_are_named),
		cmocka_unit_test(flaws_of_configs_are_named),
		cmocka_unit_test(too_many_are_refused),
		cmocka_unit_test(what_is_printed_reads_back),
		cmocka_unit_test(media_types_say_the_format),
		cmocka_unit_test(a_machine_gets_the_best_that_it_runs),
		cmocka_unit_test(signatures_are_no_images),
		cmocka_unit_test(platforms_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
