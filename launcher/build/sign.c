/* SPDX-License-Identifier: MIT */
/* Sign with a key from a file, or have the openssl command do it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <mbedtls/base64.h>
#include <mbedtls/platform_util.h>

#include "base/log.h"
#include "base/sys.h"
#include "build/openssl.h"
#include "build/private_key.h"
#include "build/sign.h"

enum { FILE_ROOM = 8192, OUTPUT_ROOM = 4096 };

static int sign_by_key(const char **out, struct public_key *public_half, struct arena *arena,
		       struct private_key *key, const char *text)
{
	*out = private_key_sign(arena, key, text);
	*public_half = key->public;
	private_key_wipe(key);
	return *out ? 0 : -EIO;
}

static int sign_by_openssl(const char **out, struct public_key *public_half, struct arena *arena,
			   const char *key, const char *text)
{
	unsigned char *base64 = arena_alloc(arena, SIGNATURE_TEXT);
	char output[OUTPUT_ROOM];
	const char *wrong;
	ssize_t got = openssl_run(output, sizeof(output), OPENSSL_PUBLIC, key, NULL);
	size_t length;

	if (got < 0)
		return (int)got;
	wrong = public_key_parse(public_half, output);
	if (wrong)
		return fail(0, "%s: %s", key, wrong);
	got = openssl_run(output, sizeof(output), OPENSSL_SIGN, key, text);
	if (got < 0)
		return (int)got;
	if (!base64)
		return fail(ENOMEM, "sign");
	*out = (const char *)base64;
	if (mbedtls_base64_encode(base64, SIGNATURE_TEXT, &length, (const unsigned char *)output,
				  (size_t)got) == 0 &&
	    signature_verify(public_half, text, strlen(text), *out))
		return 0;
	return fail(0, "sign with %s: what openssl gave is no signature of that key", key);
}

/* Returns 0; -ENOTSUP, not said, for a key that is openssl's to read; or -errno, said. */
static int read_key(struct private_key *out, const char *path)
{
	char text[FILE_ROOM];
	const ssize_t got = sys_read_file(text, sizeof(text), AT_FDCWD, path);
	int ret;

	if (got < 0)
		return fail((int)-got, "read key %s", path);
	ret = private_key_parse(out, text);
	if (ret == -ENOTSUP && !strstr(text, "PRIVATE KEY-----"))
		ret = fail(0, "%s: no private key in PEM (davit keygen makes one)", path);
	else if (ret == -ENOTSUP && strstr(text, "COSIGN PRIVATE KEY-----"))
		ret = fail(0,
			   "%s: encrypted as only cosign does it (make a key by davit keygen, "
			   "and cosign import-key-pair takes it)",
			   path);
	else if (ret == -EINVAL)
		ret = fail(0, "%s: damaged private key", path);
	mbedtls_platform_zeroize(text, sizeof(text));
	return ret;
}

int sign_text(const char **out, struct public_key *public_half, struct arena *arena,
	      const char *key, const char *text)
{
	struct private_key own;
	int ret = -ENOTSUP;

	if (strncmp(key, "pkcs11:", 7) != 0)
		ret = read_key(&own, key);
	if (ret == -ENOTSUP)
		return sign_by_openssl(out, public_half, arena, key, text);
	return ret < 0 ? ret : sign_by_key(out, public_half, arena, &own, text);
}
