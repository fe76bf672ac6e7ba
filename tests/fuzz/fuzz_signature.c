/* SPDX-License-Identifier: MIT */
/* A key, a signature or a payload of any bytes: refused, or one that prints as it was read. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_key(const char *text)
{
	struct public_key key, again;
	char pem[512];

	if (public_key_parse(&key, text))
		return;
	if (public_key_print(pem, sizeof(pem), &key) != 0 || public_key_parse(&again, pem) ||
	    memcmp(key.point, again.point, KEY_POINT) != 0)
		abort();
}

/* Nobody signs by chance. */
static void try_signature(const char *text)
{
	static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
				  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3tvcfVTweSmrdWJhZY851zl06f9h\n"
				  "aRBXH/7RTUSrjM2u+4JsbyvLEeEGQazilchPdXjLduGMOdW2qWDEQjlqaw==\n"
				  "-----END PUBLIC KEY-----\n";
	struct public_key key;

	if (public_key_parse(&key, pem) || signature_verify(&key, "x", 1, text))
		abort();
}

static void try_payload(const char *text)
{
	struct arena arena = { 0 };
	struct payload payload, again;

	if (payload_parse(&payload, &arena, text, "payload") == 0) {
		const char *printed = payload_print(&arena, &payload);

		if (printed && (payload_parse(&again, &arena, printed, "printed") != 0 ||
				!digest_same(&payload.manifest, &again.manifest)))
			abort();
	}
	arena_close(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(const char *) = { try_payload, try_key, try_signature };
	char *text;

	if (size == 0)
		return 0;
	text = malloc(size);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	tries[data[0] % 3](text);
	free(text);
	return 0;
}
