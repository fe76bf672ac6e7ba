/* SPDX-License-Identifier: MIT */
/* Private keys and their signatures, by mbedTLS. In files a key has one of two forms, which differ in their head only. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <mbedtls/ecdsa.h>
#include <mbedtls/platform_util.h>

#include "base/log.h"
#include "build/private_key.h"
#include "image/pem.h"

/* Before the 32 bytes of the secret. RFC 5958 around RFC 5915. */
static const unsigned char pkcs8_head[] = { 0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06,
					    0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
					    0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
					    0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20 };
static const unsigned char sec1_head[] = { 0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20 };
/* Between the secret and the point. */
static const unsigned char pkcs8_middle[] = { 0xa1, 0x44, 0x03, 0x42, 0x00 };
static const unsigned char sec1_middle[] = { 0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
					     0x03, 0x01, 0x07, 0xa1, 0x44, 0x03, 0x42, 0x00 };

struct form {
	const char *label;
	const unsigned char *head, *middle;
	size_t head_size, middle_size;
};

static const struct form forms[] = {
	{ "PRIVATE KEY", pkcs8_head, pkcs8_middle, sizeof(pkcs8_head), sizeof(pkcs8_middle) },
	{ "EC PRIVATE KEY", sec1_head, sec1_middle, sizeof(sec1_head), sizeof(sec1_middle) },
};

enum {
	FORMS = sizeof(forms) / sizeof(forms[0]),
	PKCS8_SIZE = sizeof(pkcs8_head) + DIGEST_SIZE + sizeof(pkcs8_middle) + KEY_POINT,
	DER_ROOM = 256
};

static int fill_random(void *context, unsigned char *out, size_t length)
{
	(void)context;
	while (length > 0) {
		const ssize_t got = getrandom(out, length, 0);

		if (got < 0 && errno != EINTR)
			return MBEDTLS_ERR_ECP_RANDOM_FAILED;
		out += got < 0 ? 0 : got;
		length -= got < 0 ? 0 : (size_t)got;
	}
	return 0;
}

/* The point that belongs to the secret. Returns what mbedTLS does. */
static int find_point(struct private_key *key)
{
	mbedtls_ecp_group group;
	mbedtls_ecp_point point;
	mbedtls_mpi secret;
	size_t length;
	int ret;

	mbedtls_ecp_group_init(&group);
	mbedtls_ecp_point_init(&point);
	mbedtls_mpi_init(&secret);
	ret = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1);
	if (ret == 0)
		ret = mbedtls_mpi_read_binary(&secret, key->secret, DIGEST_SIZE);
	if (ret == 0)
		ret = mbedtls_ecp_check_privkey(&group, &secret);
	if (ret == 0)
		ret = mbedtls_ecp_mul(&group, &point, &secret, &group.G, fill_random, NULL);
	if (ret == 0)
		ret = mbedtls_ecp_point_write_binary(&group, &point, MBEDTLS_ECP_PF_UNCOMPRESSED,
						     &length, key->public.point, KEY_POINT);
	mbedtls_mpi_free(&secret);
	mbedtls_ecp_point_free(&point);
	mbedtls_ecp_group_free(&group);
	return ret;
}

int private_key_make(struct private_key *out)
{
	int tries, ret = -1;

	/* One in 2^32 numbers is none below the order of the curve. */
	for (tries = 0; tries < 4 && ret != 0; tries++) {
		if (fill_random(NULL, out->secret, DIGEST_SIZE) != 0)
			return fail(errno, "get random numbers");
		ret = find_point(out);
	}
	return ret == 0 ? 0 : fail(0, "make a key: mbedTLS error -0x%x", (unsigned int)-ret);
}

/* Returns 0, -ENOTSUP, or -EINVAL when the two halves are no pair. */
static int parse_form(struct private_key *out, const struct form *form, const unsigned char *der,
		      size_t length)
{
	const unsigned char *secret = der + form->head_size;
	const unsigned char *middle = secret + DIGEST_SIZE;
	const unsigned char *point = middle + form->middle_size;

	if (length != form->head_size + DIGEST_SIZE + form->middle_size + KEY_POINT ||
	    memcmp(der, form->head, form->head_size) != 0 ||
	    memcmp(middle, form->middle, form->middle_size) != 0)
		return -ENOTSUP;
	memcpy(out->secret, secret, DIGEST_SIZE);
	if (find_point(out) != 0 || memcmp(out->public.point, point, KEY_POINT) != 0)
		return -EINVAL;
	return 0;
}

int private_key_parse(struct private_key *out, const char *pem)
{
	unsigned char der[DER_ROOM];
	size_t i;
	int ret = -ENOTSUP;

	for (i = 0; i < FORMS && ret == -ENOTSUP; i++) {
		const int length = pem_decode(der, sizeof(der), pem, forms[i].label);

		if (length == -EINVAL)
			ret = -EINVAL;
		else if (length > 0)
			ret = parse_form(out, &forms[i], der, (size_t)length);
	}
	mbedtls_platform_zeroize(der, sizeof(der));
	return ret;
}

int private_key_print(char pem[PRIVATE_PEM], const struct private_key *key)
{
	unsigned char der[PKCS8_SIZE], *to = der;
	int ret;

	memcpy(to, pkcs8_head, sizeof(pkcs8_head));
	to += sizeof(pkcs8_head);
	memcpy(to, key->secret, DIGEST_SIZE);
	to += DIGEST_SIZE;
	memcpy(to, pkcs8_middle, sizeof(pkcs8_middle));
	memcpy(to + sizeof(pkcs8_middle), key->public.point, KEY_POINT);
	ret = pem_encode(pem, PRIVATE_PEM, forms[0].label, der, sizeof(der));
	mbedtls_platform_zeroize(der, sizeof(der));
	return ret;
}

/* R and S of the signature of HASH. Returns what mbedTLS does. */
static int sign_hash(unsigned char r_bytes[DIGEST_SIZE], unsigned char s_bytes[DIGEST_SIZE],
		     const struct private_key *key, const struct digest *hash)
{
	mbedtls_ecp_group group;
	mbedtls_mpi secret, r, s;
	int ret;

	mbedtls_ecp_group_init(&group);
	mbedtls_mpi_init(&secret);
	mbedtls_mpi_init(&r);
	mbedtls_mpi_init(&s);
	ret = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1);
	if (ret == 0)
		ret = mbedtls_mpi_read_binary(&secret, key->secret, DIGEST_SIZE);
	if (ret == 0)
		ret = mbedtls_ecdsa_sign_det_ext(&group, &r, &s, &secret, hash->bytes, DIGEST_SIZE,
						 MBEDTLS_MD_SHA256, fill_random, NULL);
	if (ret == 0)
		ret = mbedtls_mpi_write_binary(&r, r_bytes, DIGEST_SIZE);
	if (ret == 0)
		ret = mbedtls_mpi_write_binary(&s, s_bytes, DIGEST_SIZE);
	mbedtls_mpi_free(&s);
	mbedtls_mpi_free(&r);
	mbedtls_mpi_free(&secret);
	mbedtls_ecp_group_free(&group);
	return ret;
}

const char *private_key_sign(struct arena *arena, const struct private_key *key, const char *text)
{
	unsigned char r[DIGEST_SIZE], s[DIGEST_SIZE];
	struct digest hash;
	const char *signature;
	int ret;

	digest_data(&hash, text, strlen(text));
	ret = sign_hash(r, s, key, &hash);
	signature = ret == 0 ? signature_print(arena, r, s) : NULL;
	/* A computer that computed wrongly could give the key away. */
	if (signature && signature_verify(&key->public, text, strlen(text), signature))
		return signature;
	fail(0, "sign: mbedTLS error -0x%x", (unsigned int)-ret);
	return NULL;
}

void private_key_wipe(struct private_key *key)
{
	mbedtls_platform_zeroize(key, sizeof(*key));
}
