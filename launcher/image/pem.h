/* SPDX-License-Identifier: MIT */
/* PEM, the text form of keys: bytes in base64 between two lines that say what they are. Source: RFC 7468. */
#ifndef IMAGE_PEM_H
#define IMAGE_PEM_H

#include <stddef.h>

/* The bytes of the block LABEL ("PUBLIC KEY") of TEXT, which has one such block; text outside of it
 * is passed over. Returns their number, or -ENOENT without that block, -EINVAL for a damaged one,
 * -E2BIG when ROOM is too small. Not said. */
int pem_decode(unsigned char *out, size_t room, const char *text, const char *label);
/* DATA as such a block, ended by a newline and a NUL. Returns 0, or -E2BIG. */
int pem_encode(char *out, size_t room, const char *label, const unsigned char *data, size_t length);

#endif
