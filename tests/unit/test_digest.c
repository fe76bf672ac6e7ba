/* SPDX-License-Identifier: MIT */
/* Digests come out the same, in whatever pieces their data arrives, and by whatever instructions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"

enum { SIZE = 20000 };

static unsigned char data[SIZE];

static void digests_are_those_of_the_standard(void **state)
{
	/* FIPS 180-2, appendix B; and a million times the letter a. */
	static const struct {
		const char *text;
		unsigned int times;
		const char *hex;
	} rows[] = {
		{ "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaa",
		  10000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t length = strlen(rows[i].text);
		struct digest digest;
		struct hasher hasher;
		char hex[DIGEST_HEX + 1];
		unsigned int j;

		hasher_begin(&hasher);
		for (j = 0; j < rows[i].times; j++)
			hasher_add(&hasher, rows[i].text, length);
		hasher_end(&digest, &hasher);
		digest_print_hex(hex, &digest);
		assert_string_equal(hex, rows[i].hex);
	}
}

static void pieces_of_all_sizes_come_to_the_same(void **state)
{
	static const size_t steps[] = { 1,    63,   64,   65,   1000,  1023,
					1024, 1025, 4096, 5000, 19999, SIZE };
	struct digest one, other;
	size_t i, start;

	(void)state;
	for (i = 0; i < SIZE; i++)
		data[i] = (unsigned char)(i * 7 + i / 256);
	for (start = 0; start < 70; start++) {
		for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			struct hasher hasher;
			size_t at = start;

			/* By small pieces, which mbedTLS takes alone. */
			hasher_begin(&hasher);
			for (at = start; at < SIZE; at += at + 100 < SIZE ? 100 : SIZE - at)
				hasher_add(&hasher, data + at, at + 100 < SIZE ? 100 : SIZE - at);
			hasher_end(&one, &hasher);
			hasher_begin(&hasher);
			for (at = start; at < SIZE; at += at + steps[i] < SIZE ? steps[i] : SIZE - at)
				hasher_add(&hasher, data + at,
					   at + steps[i] < SIZE ? steps[i] : SIZE - at);
			hasher_end(&other, &hasher);
			assert_true(digest_same(&one, &other));
		}
	}
}

static void a_copy_goes_on_by_itself(void **state)
{
	struct digest one, other;
	struct hasher hasher, copy;

	(void)state;
	hasher_begin(&hasher);
	hasher_add(&hasher, data, 5000);
	hasher_copy(&copy, &hasher);
	hasher_add(&hasher, data + 5000, SIZE - 5000);
	hasher_end(&one, &hasher);
	hasher_add(&copy, data + 5000, SIZE - 5000);
	hasher_end(&other, &copy);
	assert_true(digest_same(&one, &other));
	digest_data(&other, data, SIZE);
	assert_true(digest_same(&one, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_the_standard),
		cmocka_unit_test(pieces_of_all_sizes_come_to_the_same),
		cmocka_unit_test(a_copy_goes_on_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
