/* SPDX-License-Identifier: MIT */
/* Keys, signatures and payloads: one of each that openssl made is taken, everything beside it is not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <mbedtls/base64.h>

#include "image/pem.h"
#include "image/signature.h"
#include "said.h"

#define DIGEST "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define PUBLIC(body) "-----BEGIN PUBLIC KEY-----\n" body "-----END PUBLIC KEY-----\n"
#define GOOD                                                                        \
	PUBLIC("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3tvcfVTweSmrdWJhZY851zl06f9h\n" \
	       "aRBXH/7RTUSrjM2u+4JsbyvLEeEGQazilchPdXjLduGMOdW2qWDEQjlqaw==\n")

static const char payload_text[] =
	"{\"critical\":{\"identity\":{\"docker-reference\":\"web\"},\"image\":{\"docker-manifest-digest\":"
	"\"" DIGEST "\"},\"type\":\"cosign container image signature\"},\"optional\":null}";

/* openssl dgst -sha256 -sign */
static const char signature_text[] =
	"MEUCIBDGYVV7PfnqH4NyvXn4PbaHhnPobD6qIteB278/oaakAiEAjUW0S9FSSCodlO1I6QiX1iYL5jobCWX05oJtyksd"
	"Pd4=";

static void only_keys_of_P_256_are_keys(void **state)
{
	static const struct {
		const char *pem, *wrong;
	} rows[] = {
		{ "", "no public key" },
		{ "-----BEGIN PUBLIC KEY-----", "damaged PEM" },
		{ "-----BEGIN PUBLIC KEY-----\n", "damaged PEM" },
		{ "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "damaged PEM" },
		{ PUBLIC("MFkw!\n"), "damaged PEM" },
		{ GOOD GOOD, "more than one key" },
		{ "-----BEGIN CERTIFICATE-----\nMFkw\n-----END CERTIFICATE-----\n", "no public key" },
		{ GOOD "-----BEGIN PRIVATE KEY-----\n", "private key" },
		{ "-----BEGIN EC PRIVATE KEY-----\nMFkw\n-----END EC PRIVATE KEY-----\n",
		  "private key" },
		/* The last byte of y; infinity; compressed. */
		{ PUBLIC("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3tvcfVTweSmrdWJhZY851zl06f9h\n"
			 "aRBXH/7RTUSrjM2u+4JsbyvLEeEGQazilchPdXjLduGMOdW2qWDEQjlqbA==\n"),
		  "not on the curve" },
		{ PUBLIC("MBkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDAgAA\n"), "P-256" },
		{ PUBLIC("MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgAD3tvcfVTweSmrdWJhZY851zl06f9h\n"
			 "aRBXH/7RTUSrjM0=\n"),
		  "P-256" },
		/* secp256k1, P-384, brainpoolP256r1, RSA of 1024 bits. */
		{ PUBLIC("MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE3J23o66mth/3Q0KCxZ2IHZpcV4Ud/Q+4\n"
			 "1RlvxAYAtqSgWtvpsR5DMb3tUA5vxxFgsvo5RgXfp2d4qiHK4yQE4A==\n"),
		  "P-256" },
		{ PUBLIC("MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEWfptDkrvRLLaLHsxcLDT8flJNO7e2KJx\n"
			 "PNQMnEpu+O35Blkm82qb5mpftoAZpT7/p02pLzFvJWFqQIp4EGX9anbR3uYs4rvD\n"
			 "Ctc0speIr35WM6bNv34+9WZJ9tbvdmyZ\n"),
		  "P-256" },
		{ PUBLIC("MFowFAYHKoZIzj0CAQYJKyQDAwIIAQEHA0IABIFl32vIPU1izLRuE4gRAKNAgLla\n"
			 "wxFHqvI1a/tZRX13PwFLEOuOG42nJIQKxthAFuVfcsd5xRJTFLuZvxdCMW0=\n"),
		  "P-256" },
		{ PUBLIC("MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDXiLqeF8PktYm+dAfe2/gVbfDn\n"
			 "h2gbZ5koCbN/ovQfkXLw8ExMSOLAJ99jq+4Umqi/UYkOASOHWB3kdl6xcGWxGlgu\n"
			 "NhUIBhqUddAVkyAk28enJDgSmN6ysOxJ3gUD3kAmjsD5a/1wno+s6R0N65gn/xmt\n"
			 "Pup0rzjG8YriMdXBEQIDAQAB\n"),
		  "P-256" },
	};
	struct public_key key;
	char pem[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *wrong = public_key_parse(&key, rows[i].pem);

		assert_non_null(wrong);
		if (!strstr(wrong, rows[i].wrong))
			fail_msg("row %zu: %s", i, wrong);
	}
	assert_null(public_key_parse(&key, "# The key of the release.\n" GOOD));
	assert_int_equal(public_key_print(pem, sizeof(pem), &key), 0);
	assert_string_equal(pem, GOOD);
	assert_int_equal(public_key_print(pem, sizeof(GOOD) - 1, &key), -E2BIG);
}

static void read_key(struct public_key *key)
{
	assert_null(public_key_parse(key, GOOD));
}

static bool verify_der(const unsigned char *der, size_t length)
{
	char text[SIGNATURE_TEXT + 8];
	struct public_key key;
	size_t size;

	read_key(&key);
	assert_int_equal(mbedtls_base64_encode((unsigned char *)text, sizeof(text), &size, der,
					       length),
			 0);
	return signature_verify(&key, payload_text, strlen(payload_text), text);
}

static void a_signature_of_openssl_is_one_and_any_changed_bit_is_none(void **state)
{
	unsigned char der[80];
	struct public_key key;
	size_t length, i;

	(void)state;
	read_key(&key);
	assert_true(signature_verify(&key, payload_text, strlen(payload_text), signature_text));
	assert_false(signature_verify(&key, payload_text, strlen(payload_text) - 1, signature_text));
	assert_int_equal(mbedtls_base64_decode(der, sizeof(der), &length,
					       (const unsigned char *)signature_text,
					       strlen(signature_text)),
			 0);
	assert_true(verify_der(der, length));
	for (i = 0; i < length * 8; i++) {
		der[i / 8] ^= (unsigned char)(1U << i % 8);
		if (verify_der(der, length))
			fail_msg("bit %zu", i);
		der[i / 8] ^= (unsigned char)(1U << i % 8);
	}
	for (i = 0; i < length; i++)
		assert_false(verify_der(der, i));
	assert_false(verify_der(der, length + 1));
}

static void a_signature_has_only_one_form(void **state)
{
	/* r and s of nothing, zero, one byte too many, the order of the curve; and the good one, stretched. */
	static const struct {
		size_t length;
		unsigned char der[16];
	} rows[] = {
		{ 2, { 0x30, 0 } },
		{ 6, { 0x30, 4, 2, 0, 2, 0 } },
		{ 8, { 0x30, 6, 2, 1, 0, 2, 1, 0 } },
		{ 8, { 0x30, 6, 2, 1, 1, 2, 1, 0 } },
		{ 8, { 0x30, 6, 2, 1, 0x80, 2, 1, 1 } },
		{ 9, { 0x30, 7, 2, 2, 0, 1, 2, 1, 1 } },
		{ 9, { 0x30, 0x81, 6, 2, 1, 1, 2, 1, 1 } },
		{ 8, { 0x31, 6, 2, 1, 1, 2, 1, 1 } },
		{ 8, { 0x30, 6, 3, 1, 1, 2, 1, 1 } },
		{ 8, { 0x30, 6, 2, 5, 1, 2, 1, 1 } },
		{ 5, { 0x30, 3, 2, 1, 1 } },
		{ 8, { 0x30, 0x80, 2, 1, 1, 2, 1, 1 } },
	};
	static const char *const texts[] = { "", "=", "MEUC", "\n", "MEUCIBDGYVV7PfnqH4Ny\n" };
	char text[SIGNATURE_TEXT + 8];
	struct public_key key;
	size_t i;

	(void)state;
	read_key(&key);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_false(verify_der(rows[i].der, rows[i].length));
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(signature_verify(&key, payload_text, strlen(payload_text), texts[i]));
	(void)snprintf(text, sizeof(text), "%s\n", signature_text);
	assert_false(signature_verify(&key, payload_text, strlen(payload_text), text));
	(void)snprintf(text, sizeof(text), " %s", signature_text);
	assert_false(signature_verify(&key, payload_text, strlen(payload_text), text));
	memset(text, 'A', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(signature_verify(&key, payload_text, strlen(payload_text), text));
}

static void a_signature_prints_as_openssl_prints_it(void **state)
{
	static const unsigned char r[32] = { 0x10, 0xc6, 0x61, 0x55, 0x7b, 0x3d, 0xf9, 0xea,
					     0x1f, 0x83, 0x72, 0xbd, 0x79, 0xf8, 0x3d, 0xb6,
					     0x87, 0x86, 0x73, 0xe8, 0x6c, 0x3e, 0xaa, 0x22,
					     0xd7, 0x81, 0xdb, 0xbf, 0x3f, 0xa1, 0xa6, 0xa4 };
	static const unsigned char s[32] = { 0x8d, 0x45, 0xb4, 0x4b, 0xd1, 0x52, 0x48, 0x2a,
					     0x1d, 0x94, 0xed, 0x48, 0xe9, 0x08, 0x97, 0xd6,
					     0x26, 0x0b, 0xe6, 0x3a, 0x1b, 0x09, 0x65, 0xf4,
					     0xe6, 0x82, 0x6d, 0xca, 0x4b, 0x1d, 0x3d, 0xde };
	static const unsigned char one[32] = { [31] = 1 };
	struct arena arena = { 0 };

	(void)state;
	assert_string_equal(signature_print(&arena, r, s), signature_text);
	assert_string_equal(signature_print(&arena, one, one), "MAYCAQECAQE=");
	arena_close(&arena);
}

static int parse(struct payload *payload, struct arena *arena, const char *text, char *said_text)
{
	struct said said;
	int ret;

	said_begin(&said);
	ret = payload_parse(payload, arena, text, "web.zip");
	(void)snprintf(said_text, SAID_SIZE, "%s", said_end(&said));
	return ret;
}

static void a_payload_is_read_as_it_is_printed(void **state)
{
	struct arena arena = { 0 };
	struct payload payload;
	char said[SAID_SIZE];

	(void)state;
	assert_int_equal(parse(&payload, &arena, payload_text, said), 0);
	assert_string_equal(payload.reference, "web");
	assert_string_equal(payload_print(&arena, &payload), payload_text);
	payload.reference = "a\"b";
	assert_null(payload_print(&arena, &payload));
	arena_close(&arena);
}

#define CRITICAL(identity, image, type) \
	"{\"critical\":{\"identity\":" identity ",\"image\":" image ",\"type\":" type "}}"
#define IDENTITY "{\"docker-reference\":\"\"}"
#define IMAGE "{\"docker-manifest-digest\":\"" DIGEST "\"}"
#define TYPE "\"cosign container image signature\""

static void a_payload_says_exactly_what_it_must(void **state)
{
	static const struct {
		const char *text, *wrong;
	} rows[] = {
		{ "", "not JSON" },
		{ "null", "expected" },
		{ "[]", "expected" },
		{ "{}", "expected image.docker-manifest-digest" },
		{ CRITICAL(IDENTITY, IMAGE, "\"atomic container signature\""), "expected \"cosign" },
		{ CRITICAL(IDENTITY, IMAGE, "1"), "type" },
		{ CRITICAL(IDENTITY, "{}", TYPE), "docker-manifest-digest" },
		{ CRITICAL(IDENTITY, "{\"docker-manifest-digest\":\"sha256:00\"}", TYPE), "64" },
		{ CRITICAL(IDENTITY, "{\"docker-manifest-digest\":\"md5:00\"}", TYPE), "64" },
		{ CRITICAL(IDENTITY, "{\"docker-manifest-digest\":7}", TYPE), "digest" },
		{ CRITICAL(IDENTITY, "{\"digest\":\"" DIGEST "\"}", TYPE), "digest" },
		{ CRITICAL("{\"docker-reference\":\"\",\"more\":1}", IMAGE, TYPE), "more" },
		{ CRITICAL("{\"docker-reference\":\"a\\nb\"}", IMAGE, TYPE), "printable" },
		{ CRITICAL("{\"docker-reference\":\"\xc3\xa4\"}", IMAGE, TYPE), "printable" },
		{ CRITICAL(IDENTITY, IMAGE, TYPE ",\"hooks\":[]"), "hooks" },
		{ CRITICAL(IDENTITY, IMAGE, TYPE ",\"image\":" IMAGE), "image" },
		{ "{\"critical\":{\"image\":" IMAGE ",\"type\":" TYPE "}}", "identity" },
		{ "{\"critical\":{\"identity\":" IDENTITY ",\"image\":" IMAGE "}}", "type" },
		{ CRITICAL(IDENTITY, IMAGE, TYPE) "x", "not JSON" },
	};
	struct arena arena = { 0 };
	struct payload payload;
	char said[SAID_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(&payload, &arena, rows[i].text, said), -EINVAL);
		if (!strstr(said, "web.zip") || !strstr(said, rows[i].wrong))
			fail_msg("row %zu: %s", i, said);
	}
	/* What cosign adds is optional, and nothing of davit's. */
	assert_int_equal(parse(&payload, &arena,
			       "{\"critical\":{\"identity\":" IDENTITY ",\"image\":" IMAGE
			       ",\"type\":" TYPE
			       "},\"optional\":{\"creator\":\"cosign\",\"timestamp\":1.5e3}}",
			       said),
			 0);
	arena_close(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_keys_of_P_256_are_keys),
		cmocka_unit_test(a_signature_of_openssl_is_one_and_any_changed_bit_is_none),
		cmocka_unit_test(a_signature_has_only_one_form),
		cmocka_unit_test(a_signature_prints_as_openssl_prints_it),
		cmocka_unit_test(a_payload_is_read_as_it_is_printed),
		cmocka_unit_test(a_payload_says_exactly_what_it_must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
