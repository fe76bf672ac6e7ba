/* SPDX-License-Identifier: MIT */
/* Public keys and signatures of P-256, of which each has only one form: anything else is no key, or no signature. */
#include <errno.h>
#include <string.h>

#include <mbedtls/base64.h>
#include <mbedtls/ecdsa.h>

#include "image/pem.h"
#include "image/signature.h"

/* Of a SubjectPublicKeyInfo all but the point says that this is P-256, uncompressed. RFC 5480, 2.1.1.1. */
static const unsigned char key_head[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
					  0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
					  0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 };

enum { KEY_HEAD = sizeof(key_head), KEY_SIZE = KEY_HEAD + KEY_POINT };

/* SEQUENCE of two INTEGERs of at most 33 bytes each. */
enum { DER_SEQUENCE = 0x30, DER_INTEGER = 2, DER_MOST = 2 + 2 * (2 + DIGEST_SIZE + 1) };

static bool point_is_on_curve(const unsigned char *bytes)
{
	mbedtls_ecp_group group;
	mbedtls_ecp_point point;
	bool on_curve;

	mbedtls_ecp_group_init(&group);
	mbedtls_ecp_point_init(&point);
	on_curve = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1) == 0 &&
		   mbedtls_ecp_point_read_binary(&group, &point, bytes, KEY_POINT) == 0 &&
		   mbedtls_ecp_check_pubkey(&group, &point) == 0;
	mbedtls_ecp_point_free(&point);
	mbedtls_ecp_group_free(&group);
	return on_curve;
}

const char *public_key_parse(struct public_key *key, const char *pem)
{
	unsigned char der[KEY_SIZE];
	const int length = pem_decode(der, sizeof(der), pem, "PUBLIC KEY");

	if (strstr(pem, "PRIVATE KEY-----"))
		return "holds a private key, which does not belong here";
	if (length == -ENOENT)
		return "no public key in PEM (-----BEGIN PUBLIC KEY-----)";
	if (length == -EINVAL)
		return "damaged PEM, or more than one key";
	if (length != KEY_SIZE || memcmp(der, key_head, KEY_HEAD) != 0 || der[KEY_HEAD] != 4)
		return "not a key for ECDSA on the curve P-256 (davit keygen makes them)";
	if (!point_is_on_curve(der + KEY_HEAD))
		return "damaged key (its point is not on the curve)";
	memcpy(key->point, der + KEY_HEAD, KEY_POINT);
	return NULL;
}

int public_key_print(char *pem, size_t room, const struct public_key *key)
{
	unsigned char der[KEY_SIZE];

	memcpy(der, key_head, KEY_HEAD);
	memcpy(der + KEY_HEAD, key->point, KEY_POINT);
	return pem_encode(pem, room, "PUBLIC KEY", der, sizeof(der));
}

/* A positive INTEGER of DER at *AT: no byte more than it needs. Returns its length behind *out, or 0. */
static size_t take_integer(const unsigned char **out, const unsigned char **at,
			   const unsigned char *end)
{
	const unsigned char *bytes = *at + 2;
	size_t length;

	if (end - *at < 3 || (*at)[0] != DER_INTEGER || (*at)[1] == 0 || (*at)[1] > end - bytes)
		return 0;
	length = (*at)[1];
	*at = bytes + length;
	if (bytes[0] & 0x80 || (bytes[0] == 0 && (length == 1 || !(bytes[1] & 0x80))))
		return 0;
	if (bytes[0] == 0) {
		bytes++;
		length--;
	}
	*out = bytes;
	return length <= DIGEST_SIZE ? length : 0;
}

static bool verify_hash(const struct public_key *key, const struct digest *hash, mbedtls_mpi *r,
			mbedtls_mpi *s)
{
	mbedtls_ecp_group group;
	mbedtls_ecp_point point;
	bool good;

	mbedtls_ecp_group_init(&group);
	mbedtls_ecp_point_init(&point);
	good = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1) == 0 &&
	       mbedtls_ecp_point_read_binary(&group, &point, key->point, KEY_POINT) == 0 &&
	       mbedtls_ecdsa_verify(&group, hash->bytes, DIGEST_SIZE, &point, r, s) == 0;
	mbedtls_ecp_point_free(&point);
	mbedtls_ecp_group_free(&group);
	return good;
}

bool signature_verify(const struct public_key *key, const void *data, size_t length,
		      const char *signature)
{
	unsigned char der[DER_MOST];
	const unsigned char *at = der + 2, *r_bytes, *s_bytes;
	size_t size, r_size, s_size;
	struct digest hash;
	mbedtls_mpi r, s;
	bool good;

	if (strpbrk(signature, "\r\n ") ||
	    mbedtls_base64_decode(der, sizeof(der), &size, (const unsigned char *)signature,
				  strlen(signature)) != 0)
		return false;
	if (size < 2 || der[0] != DER_SEQUENCE || der[1] != size - 2)
		return false;
	r_size = take_integer(&r_bytes, &at, der + size);
	s_size = r_size ? take_integer(&s_bytes, &at, der + size) : 0;
	if (!s_size || at != der + size)
		return false;
	digest_data(&hash, data, length);
	mbedtls_mpi_init(&r);
	mbedtls_mpi_init(&s);
	good = mbedtls_mpi_read_binary(&r, r_bytes, r_size) == 0 &&
	       mbedtls_mpi_read_binary(&s, s_bytes, s_size) == 0 && verify_hash(key, &hash, &r, &s);
	mbedtls_mpi_free(&r);
	mbedtls_mpi_free(&s);
	return good;
}

static unsigned char *put_integer(unsigned char *to, const unsigned char *bytes)
{
	size_t length = DIGEST_SIZE;

	while (length > 1 && bytes[0] == 0) {
		bytes++;
		length--;
	}
	*to++ = DER_INTEGER;
	*to++ = (unsigned char)(length + (bytes[0] >> 7));
	if (bytes[0] & 0x80)
		*to++ = 0;
	memcpy(to, bytes, length);
	return to + length;
}

const char *signature_print(struct arena *arena, const unsigned char r[DIGEST_SIZE],
			    const unsigned char s[DIGEST_SIZE])
{
	unsigned char der[DER_MOST];
	const unsigned char *end = put_integer(put_integer(der + 2, r), s);
	char *text = arena_alloc(arena, SIGNATURE_TEXT);
	size_t length;

	der[0] = DER_SEQUENCE;
	der[1] = (unsigned char)(end - der - 2);
	if (!text || mbedtls_base64_encode((unsigned char *)text, SIGNATURE_TEXT, &length, der,
					   (size_t)(end - der)) != 0)
		return NULL;
	return text;
}
