/* SPDX-License-Identifier: MIT */
/* Names of images: taken apart as Docker does it, or refused with what was expected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/reference.h"
#include "said.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void names_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *host, *path, *tag, *printed;
	} rows[] = {
		{ "web", NULL, "web", "latest", "web:latest" },
		{ "web:1", NULL, "web", "1", "web:1" },
		{ "web:1.2_a-B", NULL, "web", "1.2_a-B", "web:1.2_a-B" },
		{ "a/b/c", NULL, "a/b/c", "latest", "a/b/c:latest" },
		{ "localhost/web", "localhost", "web", "latest", "localhost/web:latest" },
		{ "localhost:5000/web", "localhost:5000", "web", "latest",
		  "localhost:5000/web:latest" },
		{ "r.example.org/a/web:2", "r.example.org", "a/web", "2", "r.example.org/a/web:2" },
		{ "R/web", "R", "web", "latest", "R/web:latest" },
		{ "a-b.c:80/x", "a-b.c:80", "x", "latest", "a-b.c:80/x:latest" },
		{ "web@" DIGEST, NULL, "web", NULL, "web@" DIGEST },
		{ "web:1@" DIGEST, NULL, "web", "1", "web:1@" DIGEST },
		{ "a__b", NULL, "a__b", "latest", "a__b:latest" },
		{ "a---b.c_d", NULL, "a---b.c_d", "latest", "a---b.c_d:latest" },
		{ "0", NULL, "0", "latest", "0:latest" },
		{ "web:latest", NULL, "web", "latest", "web:latest" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct arena arena = { 0 };
		struct reference reference;

		assert_int_equal(reference_parse(&reference, &arena, rows[i].text), 0);
		assert_string_equal(reference.host ? reference.host : "",
				    rows[i].host ? rows[i].host : "");
		assert_string_equal(reference.path, rows[i].path);
		assert_string_equal(reference.tag ? reference.tag : "",
				    rows[i].tag ? rows[i].tag : "");
		assert_string_equal(reference_print(&arena, &reference), rows[i].printed);
		arena_close(&arena);
	}
}

static void what_is_no_name_is_refused(void **state)
{
	static const struct {
		const char *text, *wrong;
	} rows[] = {
		{ "", "an empty image name" },
		{ "Web", "expected NAME[:TAG]" },
		{ "web:", "a tag is expected" },
		{ "web:.x", "a tag is expected" },
		{ "web:-x", "a tag is expected" },
		{ "web:a b", "a tag is expected" },
		{ "web:a:b", "expected NAME[:TAG]" },
		{ ":1", "expected NAME[:TAG]" },
		{ "/web", "expected NAME[:TAG]" },
		{ "web/", "expected NAME[:TAG]" },
		{ "a//b", "expected NAME[:TAG]" },
		{ "../web", "its host is expected" },
		{ "a/../b", "expected NAME[:TAG]" },
		{ "./web", "its host is expected" },
		{ "a..b", "expected NAME[:TAG]" },
		{ "a___b", "expected NAME[:TAG]" },
		{ "a._b", "expected NAME[:TAG]" },
		{ "-a", "expected NAME[:TAG]" },
		{ "a-", "expected NAME[:TAG]" },
		{ "a\nb", "expected NAME[:TAG]" },
		{ "https://r.x/web", "no http:// or https://" },
		{ "r.x:port/web", "its host is expected" },
		{ "r.x:123456/web", "its host is expected" },
		{ "r.x./web", "its host is expected" },
		{ ".x/web", "its host is expected" },
		{ "r.x-/web", "its host is expected" },
		{ "r.x/", "expected NAME[:TAG]" },
		{ "web@", "behind @" },
		{ "web@sha256:00", "behind @" },
		{ "web@sha512:00", "behind @" },
		{ "@" DIGEST, "expected NAME[:TAG]" },
		{ "web@" DIGEST "@" DIGEST, "behind @" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct arena arena = { 0 };
		struct reference reference;
		struct said said;
		int ret;

		said_begin(&said);
		ret = reference_parse(&reference, &arena, rows[i].text);
		said_end(&said);
		if (ret == 0 || !strstr(said.text, rows[i].wrong))
			fail_msg("%s: %d, %s", rows[i].text, ret, said.text);
		arena_close(&arena);
	}
}

static void names_and_tags_have_a_longest(void **state)
{
	char name[300], tag[200];
	struct arena arena = { 0 };
	struct reference reference;

	(void)state;
	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	assert_null(reference_try(&reference, &arena, name));
	name[255] = 'a';
	name[256] = '\0';
	assert_non_null(reference_try(&reference, &arena, name));
	memset(tag, 'a', sizeof(tag));
	memcpy(tag, "x:", 2);
	tag[130] = '\0';
	assert_null(reference_try(&reference, &arena, tag));
	tag[130] = 'a';
	tag[131] = '\0';
	assert_non_null(reference_try(&reference, &arena, tag));
	arena_close(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_taken_apart),
		cmocka_unit_test(what_is_no_name_is_refused),
		cmocka_unit_test(names_and_tags_have_a_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
