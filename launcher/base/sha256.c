/* SPDX-License-Identifier: MIT */
/* SHA-256's inner rounds on x86-64 (SHA extensions) and 64-bit ARM (cryptographic extension). */
#include <string.h>

#include "base/sha256.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

/* Four words of 32 bits. The instructions are written out: not every compiler here can read the
 * headers that name them. */
#define VECTOR uint32_t __attribute__((vector_size(16)))

#if defined(__x86_64__)
/* Intel's manual, volume 2: the state is two vectors, a b e f and c d g h, the first in the last word. */
enum { A = 3, B = 2, C = 11, D = 10, E = 1, F = 0, G = 9, H = 8 };

bool sha256_is_fast(void)
{
	unsigned int a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3))
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

/* Each word of DATA is big-endian. */
static inline VECTOR load(const unsigned char *data)
{
	const VECTOR order = { 0x00010203, 0x04050607, 0x08090a0b, 0x0c0d0e0f };
	VECTOR words;

	memcpy(&words, data, sizeof(words));
	__asm__("pshufb %1, %0" : "+x"(words) : "x"(order));
	return words;
}

/* The next four words after the sixteen of W0 to W3. */
static inline VECTOR schedule(VECTOR w0, VECTOR w1, VECTOR w2, VECTOR w3)
{
	VECTOR middle = w3;

	__asm__("sha256msg1 %1, %0" : "+x"(w0) : "x"(w1));
	__asm__("palignr $4, %1, %0" : "+x"(middle) : "x"(w2));
	w0 += middle;
	__asm__("sha256msg2 %1, %0" : "+x"(w0) : "x"(w3));
	return w0;
}

/* Four rounds: two that turn the second vector into the first one's successor, and two back. */
static inline void rounds(VECTOR *abef, VECTOR *cdgh, VECTOR words)
{
	VECTOR rest;

	__asm__("sha256rnds2 %1, %0" : "+x"(*cdgh) : "x"(*abef), "Yz"(words));
	__asm__("pshufd $0x0e, %1, %0" : "=x"(rest) : "x"(words));
	__asm__("sha256rnds2 %1, %0" : "+x"(*abef) : "x"(*cdgh), "Yz"(rest));
}
#elif defined(__aarch64__)
/* ARM's manual: the state is two vectors, a b c d and e f g h. */
enum { A = 0, B = 1, C = 2, D = 3, E = 8, F = 9, G = 10, H = 11 };
/* With each of them, since the compiler moves them. */
#define CRYPTO ".arch_extension crypto\n\t"
enum { HAS_SHA2 = 1 << 6 /* HWCAP_SHA2 of asm/hwcap.h */ };

bool sha256_is_fast(void)
{
	return getauxval(AT_HWCAP) & HAS_SHA2;
}

static inline VECTOR load(const unsigned char *data)
{
	VECTOR words;

	memcpy(&words, data, sizeof(words));
	__asm__("rev32 %0.16b, %0.16b" : "+w"(words));
	return words;
}

static inline VECTOR schedule(VECTOR w0, VECTOR w1, VECTOR w2, VECTOR w3)
{
	__asm__(CRYPTO "sha256su0 %0.4s, %1.4s" : "+w"(w0) : "w"(w1));
	__asm__(CRYPTO "sha256su1 %0.4s, %1.4s, %2.4s" : "+w"(w0) : "w"(w2), "w"(w3));
	return w0;
}

static inline void rounds(VECTOR *abcd, VECTOR *efgh, VECTOR words)
{
	const VECTOR before = *abcd;

	__asm__(CRYPTO "sha256h %q0, %q1, %2.4s" : "+w"(*abcd) : "w"(*efgh), "w"(words));
	__asm__(CRYPTO "sha256h2 %q0, %q1, %2.4s" : "+w"(*efgh) : "w"(before), "w"(words));
}
#endif

#if defined(__x86_64__) || defined(__aarch64__)
/* FIPS 180-4, section 4.2.2. */
static const uint32_t constants[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2
};

/* Where word I of the state lies: the first vector's words, and from 8 on the second one's. */
static const unsigned char places[8] = { A, B, C, D, E, F, G, H };

static inline VECTOR constant(unsigned int i)
{
	VECTOR words;

	memcpy(&words, &constants[(size_t)4 * i], sizeof(words));
	return words;
}

void sha256_blocks(uint32_t state[8], const unsigned char *data, size_t blocks)
{
	VECTOR v[2], w[4];
	unsigned int i;

	for (i = 0; i < 8; i++)
		v[places[i] / 8][places[i] % 8] = state[i];
	for (; blocks > 0; blocks--) {
		const VECTOR first = v[0], second = v[1];

#pragma GCC unroll 16
		for (i = 0; i < 16; i++) {
			if (i < 4) {
				w[i] = load(data);
				data += sizeof(w[i]);
			} else {
				w[i & 3] = schedule(w[i & 3], w[(i + 1) & 3], w[(i + 2) & 3],
						    w[(i + 3) & 3]);
			}
			rounds(&v[0], &v[1], w[i & 3] + constant(i));
		}
		v[0] += first;
		v[1] += second;
	}
	for (i = 0; i < 8; i++)
		state[i] = v[places[i] / 8][places[i] % 8];
}
#else
bool sha256_is_fast(void)
{
	return false;
}

void sha256_blocks(uint32_t state[8], const unsigned char *data, size_t blocks)
{
	(void)state;
	(void)data;
	(void)blocks;
}
#endif
