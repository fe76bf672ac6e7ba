/* SPDX-License-Identifier: MIT */
/* The header WWW-Authenticate: what registries send, what RFC 9110 allows, and what is none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "memory.h"
#include "registry/challenge.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void compare(const char *seen, const char *expected)
{
	if (!expected)
		assert_null(seen);
	else
		assert_string_equal(seen ? seen : "(none)", expected);
}

static void challenges_are_taken_apart(void **state)
{
	static const struct {
		const char *text;
		bool basic;
		const char *realm, *service, *scope; /* a realm: there is a bearer challenge */
	} rows[] = {
		{ "", false, NULL, NULL, NULL },
		{ " , ,\t", false, NULL, NULL, NULL },
		{ "Basic realm=\"Registry Realm\"", true, NULL, NULL, NULL },
		{ "Basic", true, NULL, NULL, NULL },
		{ "bASIC realm=x, charset=\"UTF-8\"", true, NULL, NULL, NULL },
		{ "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:library/web:pull\"",
		  false, "https://auth.docker.io/token", "registry.docker.io",
		  "repository:library/web:pull" },
		{ "Bearer realm=\"https://a/\" , service = b", false, "https://a/", "b", NULL },
		{ "BEARER Realm=\"r\",SCOPE=\"repository:a:pull,push repository:b:pull\"", false,
		  "r", NULL, "repository:a:pull,push repository:b:pull" },
		{ "Basic realm=\"a\", Bearer realm=\"b\"", true, "b", NULL, NULL },
		{ "Bearer realm=\"b\", Basic realm=\"a\"", true, "b", NULL, NULL },
		{ "Bearer realm=\"b\",Basic", true, "b", NULL, NULL },
		{ "Negotiate abc==, Bearer realm=\"b\"", false, "b", NULL, NULL },
		{ "Negotiate, Basic realm=\"a\"", true, NULL, NULL, NULL },
		{ "NTLM TlRM/+==,Basic realm=\"a\"", true, NULL, NULL, NULL },
		{ "Digest realm=\"d\", nonce=\"n,o\", Bearer realm=\"b\"", false, "b", NULL, NULL },
		{ "Bearer realm=\"one\", Bearer realm=\"two\", service=\"s\"", false, "one", NULL,
		  NULL },
		{ "Bearer realm=\"a\\\"b\\\\c\"", false, "a\"b\\c", NULL, NULL },
		{ "Bearer realm=\"a, Basic realm=b\"", false, "a, Basic realm=b", NULL, NULL },
		{ "Bearer realm=\"\"", false, "", NULL, NULL },
		{ "Bearer error=\"insufficient_scope\",realm=\"r\"", false, "r", NULL, NULL },
		{ ",Bearer realm=\"r\",", false, "r", NULL, NULL },
		{ "Basic realm=\"\xc3\xa4\"", true, NULL, NULL, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct arena arena = { 0 };
		struct challenges challenges;

		assert_int_equal(challenges_parse(&challenges, &arena, rows[i].text), 0);
		assert_int_equal(challenges.basic, rows[i].basic);
		assert_int_equal(challenges.bearer, rows[i].realm != NULL);
		compare(challenges.realm, rows[i].realm);
		compare(challenges.service, rows[i].service);
		compare(challenges.scope, rows[i].scope);
		arena_close(&arena);
	}
}

static void what_is_no_challenge_is_refused(void **state)
{
	static const char *const texts[] = {
		"realm=\"x\"",              /* of nobody */
		"Bearer realm=\"x",         /* without an end */
		"Bearer realm=\"x\\",       /* nor here */
		"Bearer realm=\"x\\\"",     /* nor here */
		"Bearer realm=\"a\nb\"",    /* with a line's end */
		"Bearer realm=\"a\x7f\"",   /* with a control character */
		"Bearer realm=\"a\\\x01\"", /* also behind a backslash */
		"Bearer realm=https://a/",  /* not a token, and not in quotes */
		"Bearer realm=\"a\" x=y",   /* without a comma */
		"Bearer realm=\"a\",realm=\"b\"",
		"Bearer service=a,SERVICE=b",
		"\"Bearer\"",
		"Bearer@x",
		"Bearer realm=\"a\";service=b",
		"(",
		"Bearer realm=\"a\"\"b\"",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		struct arena arena = { 0 };
		struct challenges challenges;

		if (challenges_parse(&challenges, &arena, texts[i]) != -EINVAL)
			fail_msg("taken: %s", texts[i]);
		arena_close(&arena);
	}
}

/* 64 KiB of parameters are what a head can hold. */
static void a_long_challenge_takes_little_memory(void **state)
{
	enum { ROOM = 65536 };
	struct arena arena = { 0 }, text = { 0 };
	struct challenges challenges;
	struct string many = { 0 };
	long before, after;
	int i;

	(void)state;
	string_add(&text, &many, "Bearer ");
	for (i = 0; i < 64 - 1; i++)
		string_add(&text, &many, "a=\"b\\c\",");
	string_add(&text, &many, "realm=\"%0*d\"", ROOM, 0);
	before = memory_pages();
	assert_int_equal(challenges_parse(&challenges, &arena, many.text), 0);
	after = memory_pages();
	assert_int_equal(strlen(challenges.realm), ROOM);
	assert_in_range(after - before, 0, 64);
	arena_close(&arena);
	string_add(&text, &many, ",a=b");
	assert_int_equal(challenges_parse(&challenges, &arena, many.text), -EINVAL);
	arena_close(&arena);
	arena_close(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(challenges_are_taken_apart),
		cmocka_unit_test(what_is_no_challenge_is_refused),
		cmocka_unit_test(a_long_challenge_takes_little_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
