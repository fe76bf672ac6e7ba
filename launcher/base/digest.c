/* SPDX-License-Identifier: MIT */
/* SHA-256 by mbedTLS, and digests as text. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* In version 3 the state of a digest is private, which hasher_add() reads. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <mbedtls/version.h>

#include "base/digest.h"
#include "base/sha256.h"

enum {
	WINDOW = 16384,
	BLOCK = 64,
	MANY = 1024 /* bytes for which it is worth asking what is fast */
};

/* Before version 3 they return their error, which SHA-256 in software has not, under other names. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000
static int (*const starts)(mbedtls_sha256_context *, int) = mbedtls_sha256_starts_ret;
static int (*const update)(mbedtls_sha256_context *, const unsigned char *,
			   size_t) = mbedtls_sha256_update_ret;
static int (*const finish)(mbedtls_sha256_context *, unsigned char *) = mbedtls_sha256_finish_ret;
#else
static int (*const starts)(mbedtls_sha256_context *, int) = mbedtls_sha256_starts;
static int (*const update)(mbedtls_sha256_context *, const unsigned char *,
			   size_t) = mbedtls_sha256_update;
static int (*const finish)(mbedtls_sha256_context *, unsigned char *) = mbedtls_sha256_finish;
#endif

void hasher_begin(struct hasher *hasher)
{
	mbedtls_sha256_init(&hasher->context);
	(void)starts(&hasher->context, 0);
	hasher->speed = SPEED_UNKNOWN;
}

/* Whole blocks by the processor's own instructions, which mbedTLS 2.28 does not know. Returns how
 * many bytes were taken. */
static size_t add_fast(struct hasher *hasher, const void *data, size_t length)
{
	mbedtls_sha256_context *context = &hasher->context;
	const size_t whole = length - length % BLOCK;
	const uint64_t before = (uint64_t)context->total[1] << 32 | context->total[0];
	const uint64_t after = before + whole;

	if (hasher->speed == SPEED_UNKNOWN)
		hasher->speed = sha256_is_fast() ? SPEED_FAST : SPEED_USUAL;
	/* What is left of a block from before is mbedTLS's to complete. */
	if (hasher->speed != SPEED_FAST || before % BLOCK != 0)
		return 0;
	sha256_blocks(context->state, data, whole / BLOCK);
	context->total[0] = (uint32_t)after;
	context->total[1] = (uint32_t)(after >> 32);
	return whole;
}

void hasher_add(struct hasher *hasher, const void *data, size_t length)
{
	const unsigned char *bytes = data;
	const size_t over = hasher->context.total[0] % BLOCK;
	size_t first = over > 0 ? BLOCK - over : 0;

	if (length < MANY) {
		(void)update(&hasher->context, bytes, length);
		return;
	}
	(void)update(&hasher->context, bytes, first);
	first += add_fast(hasher, bytes + first, length - first);
	(void)update(&hasher->context, bytes + first, length - first);
}

void hasher_copy(struct hasher *out, const struct hasher *in)
{
	mbedtls_sha256_init(&out->context);
	mbedtls_sha256_clone(&out->context, &in->context);
	out->speed = in->speed;
}

void hasher_end(struct digest *out, struct hasher *hasher)
{
	(void)finish(&hasher->context, out->bytes);
	mbedtls_sha256_free(&hasher->context);
}

void digest_data(struct digest *out, const void *data, size_t length)
{
	struct hasher hasher;

	hasher_begin(&hasher);
	hasher_add(&hasher, data, length);
	hasher_end(out, &hasher);
}

int digest_range(struct digest *out, int fd, uint64_t offset, uint64_t size)
{
	unsigned char window[WINDOW];
	struct hasher hasher;
	int ret = 0;

	hasher_begin(&hasher);
	while (size > 0 && ret == 0) {
		const size_t most = size < sizeof(window) ? (size_t)size : sizeof(window);
		const ssize_t got = pread(fd, window, most, (off_t)offset);

		if (got > 0) {
			hasher_add(&hasher, window, (size_t)got);
			offset += (uint64_t)got;
			size -= (uint64_t)got;
		} else if (got == 0 || errno != EINTR) {
			ret = got == 0 ? -ENODATA : -errno;
		}
	}
	hasher_end(out, &hasher);
	return ret;
}

static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

int digest_parse_hex(struct digest *out, const char *hex)
{
	size_t i;

	for (i = 0; i < DIGEST_SIZE; i++) {
		const int high = hex_value(hex[2 * i]);
		const int low = high < 0 ? -1 : hex_value(hex[2 * i + 1]);

		if (low < 0)
			return -EINVAL;
		out->bytes[i] = (unsigned char)(high << 4 | low);
	}
	return hex[DIGEST_HEX] == '\0' ? 0 : -EINVAL;
}

int digest_parse(struct digest *out, const char *text)
{
	const char *colon = strchr(text, ':');

	if (!colon)
		return -EINVAL;
	if (strncmp(text, "sha256:", 7) != 0)
		return -ENOTSUP;
	return digest_parse_hex(out, colon + 1);
}

void digest_print_hex(char text[DIGEST_HEX + 1], const struct digest *digest)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < DIGEST_SIZE; i++) {
		text[2 * i] = digits[digest->bytes[i] >> 4];
		text[2 * i + 1] = digits[digest->bytes[i] & 15];
	}
	text[DIGEST_HEX] = '\0';
}

void digest_print(char text[DIGEST_TEXT], const struct digest *digest)
{
	memcpy(text, "sha256:", sizeof("sha256:"));
	digest_print_hex(text + 7, digest);
}

bool digest_same(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}
