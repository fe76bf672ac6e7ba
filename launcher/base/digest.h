/* SPDX-License-Identifier: MIT */
/* SHA-256, by which blobs are named: computed while data passes by, read and written as "sha256:HEX". */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedtls/sha256.h>

enum { DIGEST_SIZE = 32, DIGEST_HEX = 2 * DIGEST_SIZE, DIGEST_TEXT = 7 + DIGEST_HEX + 1 };

struct digest {
	unsigned char bytes[DIGEST_SIZE];
};

enum hasher_speed { SPEED_UNKNOWN, SPEED_USUAL, SPEED_FAST };

struct hasher {
	mbedtls_sha256_context context;
	enum hasher_speed speed;
};

/* Begin, take LENGTH bytes, give what they come to. After the end, begin anew. */
void hasher_begin(struct hasher *hasher);
void hasher_add(struct hasher *hasher, const void *data, size_t length);
/* OUT goes on from where IN is. */
void hasher_copy(struct hasher *out, const struct hasher *in);
void hasher_end(struct digest *out, struct hasher *hasher);

/* The digest of LENGTH bytes in memory. */
void digest_data(struct digest *out, const void *data, size_t length);
/* The digest of SIZE bytes of the open FD from OFFSET on. Returns 0, -errno, or -ENODATA when the
 * file ends before; not said. */
int digest_range(struct digest *out, int fd, uint64_t offset, uint64_t size);
/* Of the form "sha256:" and 64 lower-case hexadecimal digits (OCI image-spec, descriptor.md).
 * Returns 0 or -EINVAL; -ENOTSUP for another algorithm. */
int digest_parse(struct digest *out, const char *text);
/* The same without "sha256:". Returns 0 or -EINVAL. */
int digest_parse_hex(struct digest *out, const char *hex);
void digest_print(char text[DIGEST_TEXT], const struct digest *digest);
/* Only the 64 digits, and a NUL: the name of a blob's file. */
void digest_print_hex(char text[DIGEST_HEX + 1], const struct digest *digest);
bool digest_same(const struct digest *a, const struct digest *b);

#endif
