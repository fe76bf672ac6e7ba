/* SPDX-License-Identifier: MIT */
/* Files of credentials as Docker and podman write them: which entry is whose, and what stays when one is changed. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "registry/credentials_keep.h"
#include "said.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define AB "{\"auth\":\"YTpi\"}" /* a:b */
#define CD "{\"auth\":\"Yzpk\"}" /* c:d */

static void an_entry_is_found_in_every_spelling(void **state)
{
	static const struct {
		const char *auths, *host, *repository, *user;
	} rows[] = {
		{ "\"r.io\":" AB, "r.io", "web", "a" },
		{ "\"r.io\":" AB, "r.io", "", "a" },
		{ "\"r.io\":" AB, "r.io:443", "web", NULL },
		{ "\"r.io:443\":" AB, "r.io:443", "web", "a" },
		{ "\"r.io\":" AB, "r.iox", "web", NULL },
		{ "\"r.iox\":" AB, "r.io", "web", NULL },
		{ "\"https://r.io\":" AB, "r.io", "web", "a" },
		{ "\"http://r.io/\":" AB, "r.io", "web", "a" },
		{ "\"https://r.io/v1/\":" AB, "r.io", "web", "a" },
		{ "\"https://r.io/v2\":" AB, "r.io", "web", "a" },
		{ "\"https://index.docker.io/v1/\":" AB, "docker.io", "library/web", "a" },
		{ "\"registry-1.docker.io\":" AB, "docker.io", "library/web", "a" },
		{ "\"docker.io\":" AB, "docker.io", "library/web", "a" },
		{ "\"https://index.docker.io/v1/\":" AB, "r.io", "web", NULL },
		{ "\"r.io/team\":" AB ",\"r.io\":" CD, "r.io", "team/web", "a" },
		{ "\"r.io\":" CD ",\"r.io/team\":" AB, "r.io", "team/web", "a" },
		{ "\"r.io/team\":" AB ",\"r.io\":" CD, "r.io", "teams/web", "c" },
		{ "\"r.io/team/web\":" AB ",\"r.io/team\":" CD, "r.io", "team/web", "a" },
		{ "\"r.io/team/web\":" AB ",\"r.io/team\":" CD, "r.io", "team/web2", "c" },
		{ "\"r.io/team\":" AB, "r.io", "", NULL },
		{ "\"r.io\":{}", "r.io", "web", NULL },
		{ "\"r.io\":{\"username\":\"a\",\"password\":\"b\"}", "r.io", "web", "a" },
		{ "\"r.io\":{\"email\":\"x@y\",\"auth\":\"YTpi\"}", "r.io", "web", "a" },
		{ "\"r.io\":{\"auth\":\"YTo=\"}", "r.io", "web", "a" },
		{ "", "r.io", "web", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const struct credentials_want want = { rows[i].host, rows[i].repository };
		struct arena arena = { 0 };
		struct credentials found;
		const char *text = arena_print(&arena, "{\"x\":[1],\"auths\":{%s}}", rows[i].auths);

		assert_int_equal(credentials_parse(&found, &arena, "f", text, &want), 0);
		if (rows[i].user && found.user)
			assert_string_equal(found.user, rows[i].user);
		else if (rows[i].user || found.user)
			fail_msg("%s for %s/%s", rows[i].auths, rows[i].host, rows[i].repository);
		arena_close(&arena);
	}
}

static void tokens_and_helpers_are_known(void **state)
{
	static const char text[] = "{\"auths\":{\"i.io\":{\"auth\":\"YTo=\",\"identitytoken\":\"I\"},"
				   "\"b.io\":{\"registrytoken\":\"B\"},\"e.io\":{}},"
				   "\"credsStore\":\"pass\",\"credHelpers\":{\"h.io\":\"own\"}}";
	static const struct {
		const char *host, *identity, *bearer, *helper;
	} rows[] = {
		{ "i.io", "I", "", "" },
		{ "b.io", "", "B", "" },
		{ "e.io", "", "", "pass" },
		{ "h.io", "", "", "own" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const struct credentials_want want = { rows[i].host, "web" };
		struct arena arena = { 0 };
		struct credentials found;

		assert_int_equal(credentials_parse(&found, &arena, "f", text, &want), 0);
		assert_string_equal(found.identity ? found.identity : "", rows[i].identity);
		assert_string_equal(found.bearer ? found.bearer : "", rows[i].bearer);
		assert_string_equal(found.helper ? found.helper : "", rows[i].helper);
		arena_close(&arena);
	}
}

static void what_is_no_such_file_is_refused(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{ "", "davit: f:1: this is not JSON" },
		{ "[]", "davit: f: the file: expected an object" },
		{ "{\"auths\":[]}", "davit: f: auths: expected an object" },
		{ "{\"auths\":{\"r.io\":7}}", "davit: f: auths.r.io: expected an object" },
		{ "{\"auths\":{\"r.io\":{\"auth\":7}}}",
		  "davit: f: auths.r.io.auth: expected a string" },
		{ "{\"auths\":{\"r.io\":{\"auth\":\"???\"}}}",
		  "davit: f: auths.r.io: auth is expected to be the base64 of USER:PASSWORD" },
		{ "{\"auths\":{\"r.io\":{\"auth\":\"YQ==\"}}}", /* a */
		  "davit: f: auths.r.io: auth is expected to be the base64 of USER:PASSWORD" },
		{ "{\"auths\":{\"r.io\":{\"auth\":\"OmI=\"}}}", /* :b */
		  "davit: f: auths.r.io: auth is expected to be the base64 of USER:PASSWORD" },
		{ "{\"auths\":{\"r.io\":{\"auth\":\"YTpiCg==\"}}}", /* a line's end */
		  "davit: f: auths.r.io: auth is expected to be the base64 of USER:PASSWORD" },
		{ "{\"auths\":{\"r.io\":{\"auth\":\"YToAYg==\"}}}", /* a NUL */
		  "davit: f: auths.r.io: auth is expected to be the base64 of USER:PASSWORD" },
		{ "{\"auths\":{\"r.io\":" AB ",\"r.io\":" CD "}}",
		  "davit: f: auths.r.io: stands there twice" },
		{ "{\"auths\":{\"r.io\":{\"username\":\"a:b\",\"password\":\"c\"}}}",
		  "davit: f: auths.r.io: the name is expected to have no colon" },
		{ "{\"credsStore\":{}}", "davit: f: credsStore: expected a string" },
	};
	const struct credentials_want want = { "r.io", "web" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct arena arena = { 0 };
		struct credentials found;
		struct said said;
		int ret;

		said_begin(&said);
		ret = credentials_parse(&found, &arena, "f", rows[i].text, &want);
		assert_string_equal(said_end(&said), rows[i].said);
		assert_true(ret < 0);
		arena_close(&arena);
	}
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void compare_text(const char *path, const char *expected)
{
	struct arena arena = { 0 };
	const char *text;

	assert_int_equal(credentials_read(&text, &arena, path), 0);
	assert_string_equal(text, expected);
	arena_close(&arena);
}

static void a_change_keeps_the_rest(void **state)
{
	static const char before[] =
		"{\"n\":-1.50e+3,\"t\":true,\"z\":null,\"e\":{},\"l\":[1,\"\\u00e4\\n\\\"\",[]],\"auths\":"
		"{\"https://r.io/v1/\":" AB ",\"r.io/team\":" CD "}}";
	static const char kept[] =
		"{\n\t\"n\": -1.50e+3,\n\t\"t\": true,\n\t\"z\": null,\n\t\"e\": {},\n\t\"l\": [\n\t\t1,\n"
		"\t\t\"\xc3\xa4\\u000a\\\"\",\n\t\t[]\n\t],\n\t\"auths\": {\n\t\t\"r.io/team\": {\n"
		"\t\t\t\"auth\": \"Yzpk\"\n\t\t}";
	const struct credentials alice = { .user = "alice", .password = "wo:nder" };
	char directory[] = "/tmp/credentialsXXXXXX", path[64], more[1024];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/auth.json", directory);
	assert_int_equal(credentials_forget(path, "r.io"), -ENOENT);
	write_text(path, before);
	assert_int_equal(credentials_keep(path, "r.io", &alice), 0);
	(void)snprintf(more, sizeof(more),
		       "%s,\n\t\t\"r.io\": {\n\t\t\t\"auth\": \"YWxpY2U6d286bmRlcg==\"\n\t\t}\n\t}\n}\n",
		       kept);
	compare_text(path, more);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(credentials_forget(path, "other.io"), -ENOENT);
	compare_text(path, more);
	assert_int_equal(credentials_forget(path, "r.io"), 0);
	(void)snprintf(more, sizeof(more), "%s\n\t}\n}\n", kept);
	compare_text(path, more);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(directory), 0);
}

static void a_link_stays_a_link(void **state)
{
	const struct credentials alice = { .user = "alice", .password = "wonder" };
	char directory[] = "/tmp/credentialsXXXXXX", path[64], other[64];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/link", directory);
	(void)snprintf(other, sizeof(other), "%s/other", directory);
	write_text(other, "");
	assert_int_equal(symlink("other", path), 0);
	assert_int_equal(credentials_keep(path, "docker.io", &alice), 0);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	compare_text(other, "{\n\t\"auths\": {\n\t\t\"https://index.docker.io/v1/\": {\n"
			    "\t\t\t\"auth\": \"YWxpY2U6d29uZGVy\"\n\t\t}\n\t}\n}\n");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_found_in_every_spelling),
		cmocka_unit_test(tokens_and_helpers_are_known),
		cmocka_unit_test(what_is_no_such_file_is_refused),
		cmocka_unit_test(a_change_keeps_the_rest),
		cmocka_unit_test(a_link_stays_a_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
