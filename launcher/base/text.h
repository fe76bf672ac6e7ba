/* SPDX-License-Identifier: MIT */
/* Reading numbers, sizes and words from text, and likeness of words. All checked, none prints. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A decimal number without sign or blanks, at most MAX. Returns 0, -EINVAL or -ERANGE. */
int text_number(uint64_t *out, const char *text, uint64_t max);
/* Bytes: a number with an optional unit b, k, m, g or t (also KiB, kb … in either case; all powers
 * of 1024, as Docker's). Returns 0, -EINVAL or -ERANGE. */
int text_size(uint64_t *out, const char *text);
/* Thousandths: "1.5" gives 1500; at most three decimals. Returns 0, -EINVAL or -ERANGE. */
int text_thousandths(uint64_t *out, const char *text, uint64_t max);
/* A version of two numbers, "6.1", as major << 16 | minor. Returns 0 or -EINVAL. */
int text_version(uint64_t *out, const char *text);
/* The number behind "NAME" at the start of a line of TEXT ("oom_kill 1", "MemTotal: 123 kB").
 * Returns 0, or -ENOENT. */
int text_field(uint64_t *out, const char *text, const char *name);
/* True when WORD is one of the blank-separated words of TEXT. */
bool text_has_word(const char *text, const char *word);
/* True for a name that davit may use for a sandbox, file or cgroup: [a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}. */
bool text_is_name(const char *text);
/* True for a host name of RFC 1123: labels of letters, digits and inner hyphens, at most 63 bytes
 * in all (the kernel's limit is 64). */
bool text_is_hostname(const char *text);
/* Put ? for every control character of TEXT, and every byte that is no UTF-8, so that it stays in
 * its line and does nothing to a terminal. */
void text_tame(char *text);
/* True when TEXT is UTF-8 without control characters, but for those in ALLOWED. */
bool text_is_clean(const char *text, const char *allowed);
/* The number of single-letter edits between two words (insert, delete, replace, swap neighbours);
 * words over 31 letters are 99 apart. */
unsigned int text_distance(const char *a, const char *b);

/* How far from WORD a known word must at least be to be no likely correction of it. */
unsigned int text_far(const char *word);

#endif
