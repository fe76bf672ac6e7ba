/* SPDX-License-Identifier: MIT */
/* Where an image's name leads: Docker's own registry in all its spellings, another default, and everybody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "registry/registry.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void names_lead_to_registries(void **state)
{
	static const struct {
		const char *name, *host_of_device, *host, *repository;
	} rows[] = {
		{ "web", NULL, "docker.io", "library/web" },
		{ "web:1", NULL, "docker.io", "library/web" },
		{ "team/web", NULL, "docker.io", "team/web" },
		{ "docker.io/web", NULL, "docker.io", "library/web" },
		{ "docker.io/library/web", NULL, "docker.io", "library/web" },
		{ "index.docker.io/web", NULL, "docker.io", "library/web" },
		{ "localhost:5000/web", NULL, "localhost:5000", "web" },
		{ "localhost/web", NULL, "localhost", "web" },
		{ "r.io/a/b/c", NULL, "r.io", "a/b/c" },
		{ "web", "r.io:80", "r.io:80", "web" },
		{ "team/web", "r.io", "r.io", "team/web" },
		{ "docker.io/web", "r.io", "docker.io", "library/web" },
		{ "web", "docker.io", "docker.io", "library/web" },
		{ "web", "index.docker.io", "docker.io", "library/web" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const struct registry_settings settings = { .default_host = rows[i].host_of_device };
		const char *host, *repository;
		struct arena arena = { 0 };
		struct reference reference;

		assert_int_equal(reference_parse(&reference, &arena, rows[i].name), 0);
		assert_int_equal(registry_place(&host, &repository, &arena, &settings, &reference),
				 0);
		assert_string_equal(host, rows[i].host);
		assert_string_equal(repository, rows[i].repository);
		arena_close(&arena);
	}
}

static void hosts_are_told_from_parts_of_names(void **state)
{
	static const char *const hosts[] = { "localhost",      "r.io", "r.io:443",
					     "127.0.0.1:5000", "a:1",  "R" };
	static const char *const others[] = {
		"",       "web",     "r.io/web", "https://r.io", "r.io:",
		"r.io:x", "-r.io",   "r..io",    "r.io:123456",  ".",
		"r.io.",  "r.io:1/", "r .io",    "[::1]:80",     "u@r.io"
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(hosts); i++)
		assert_true(reference_is_host(hosts[i]));
	for (i = 0; i < COUNT(others); i++)
		assert_false(reference_is_host(others[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_lead_to_registries),
		cmocka_unit_test(hosts_are_told_from_parts_of_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
