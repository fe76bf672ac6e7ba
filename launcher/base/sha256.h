/* SPDX-License-Identifier: MIT */
/* SHA-256 by the instructions that some processors have for it, several times as fast as without. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* This processor has them. Asking takes a microsecond, or more in a virtual machine. */
bool sha256_is_fast(void);
/* Take BLOCKS of 64 bytes into STATE (FIPS 180-4, section 6.2.2). Only where it is fast. */
void sha256_blocks(uint32_t state[8], const unsigned char *data, size_t blocks);

#endif
