/* SPDX-License-Identifier: MIT */
/* Private keys: the vector of RFC 6979, what is read as it was printed, and what is refused or left to openssl. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "build/private_key.h"

/* RFC 6979, A.2.5, in PKCS #8 and as RFC 5915 has it. */
#define PKCS8                                                                \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgya+p2EW6dRZrXCFX\n" \
	"Z7HWk05Qw9s26JsSe4piKxIPZyGhRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth\n" \
	"+mzmaWIuYPKftnkD/hAIuLyZpBrp6VYovGTy8bIMLX6fUXejwpTURiKZ\n"         \
	"-----END PRIVATE KEY-----\n"
#define SEC1                                                                 \
	"-----BEGIN EC PRIVATE KEY-----\n"                                   \
	"MHcCAQEEIMmvqdhFunUWa1whV2ex1pNOUMPbNuibEnuKYisSD2choAoGCCqGSM49\n" \
	"AwEHoUQDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Z5A/4QCLi8\n" \
	"maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==\n"                             \
	"-----END EC PRIVATE KEY-----\n"

static void the_vector_of_RFC_6979_comes_out(void **state)
{
	struct arena arena = { 0 };
	struct private_key key;
	char pem[PRIVATE_PEM];

	(void)state;
	assert_int_equal(private_key_parse(&key, PKCS8), 0);
	assert_string_equal(private_key_sign(&arena, &key, "sample"),
			    "MEYCIQDv1IsqrLao/RFA3ZzUXoHWnSyHe1aq+ZHDTQ6oTq83FgIhAPfLHJQtZXxB1DbH"
			    "obbin2Xz6QDbua/0Bk3Eqy+EOs2o");
	assert_int_equal(private_key_print(pem, &key), 0);
	assert_string_equal(pem, PKCS8);
	private_key_wipe(&key);
	assert_int_equal(private_key_parse(&key, SEC1), 0);
	assert_int_equal(private_key_print(pem, &key), 0);
	assert_string_equal(pem, PKCS8);
	arena_close(&arena);
}

static void a_new_key_signs_and_is_another_than_the_last(void **state)
{
	struct arena arena = { 0 };
	struct private_key keys[2], again;
	char pem[PRIVATE_PEM];
	const char *signature;

	(void)state;
	assert_int_equal(private_key_make(&keys[0]), 0);
	assert_int_equal(private_key_make(&keys[1]), 0);
	assert_memory_not_equal(keys[0].secret, keys[1].secret, DIGEST_SIZE);
	assert_int_equal(private_key_print(pem, &keys[0]), 0);
	assert_int_equal(private_key_parse(&again, pem), 0);
	signature = private_key_sign(&arena, &again, "text");
	assert_true(signature_verify(&keys[0].public, "text", 4, signature));
	assert_false(signature_verify(&keys[1].public, "text", 4, signature));
	arena_close(&arena);
}

static void what_is_no_plain_key_is_openssl_s_or_damaged(void **state)
{
	static const struct {
		const char *pem;
		int ret;
	} rows[] = {
		{ "", -ENOTSUP },
		{ "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGH\n-----END ENCRYPTED PRIVATE KEY-----\n",
		  -ENOTSUP },
		{ "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n", -ENOTSUP },
		{ "-----BEGIN PRIVATE KEY-----\nMIGH\n", -EINVAL },
		/* A digit of the secret, and one of the point, is another. */
		{ "-----BEGIN EC PRIVATE KEY-----\n"
		  "MHcCAQEEIMmvqdhFunUWa1whV2ex1pNOUMPbNuibEnuKYisSD2chpAoGCCqGSM49\n"
		  "AwEHoUQDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Z5A/4QCLi8\n"
		  "maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==\n-----END EC PRIVATE KEY-----\n",
		  -ENOTSUP },
		{ "-----BEGIN EC PRIVATE KEY-----\n"
		  "MHcCAQEEIMmvqdhFunUWa1whV2ex1pNOUMPbNuibEnuKYisSD2choAoGCCqGSM49\n"
		  "AwEHoUQDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Z5A/4QCLi8\n"
		  "maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimA==\n-----END EC PRIVATE KEY-----\n",
		  -EINVAL },
		{ "-----BEGIN EC PRIVATE KEY-----\n"
		  "MHcCAQEEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAoAoGCCqGSM49\n"
		  "AwEHoUQDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Z5A/4QCLi8\n"
		  "maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==\n-----END EC PRIVATE KEY-----\n",
		  -EINVAL },
	};
	struct private_key key;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int ret = private_key_parse(&key, rows[i].pem);

		if (ret != rows[i].ret)
			fail_msg("row %zu: %d", i, ret);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vector_of_RFC_6979_comes_out),
		cmocka_unit_test(a_new_key_signs_and_is_another_than_the_last),
		cmocka_unit_test(what_is_no_plain_key_is_openssl_s_or_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
