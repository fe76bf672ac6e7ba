/* SPDX-License-Identifier: MIT */
/* The record of a sandbox as text: lines "key word word…", so written that any word comes back as it was. */
#ifndef SANDBOX_RECORD_TEXT_H
#define SANDBOX_RECORD_TEXT_H

#include "sandbox/plan.h"

/* Describe PLAN's sandbox in lines, of which the last is "end". From ARENA, or NULL. Pure. The keys:
 *
 *	image, offset, hostname, user, workdir, oom-score   one word each
 *	digest, kept       of an OCI image: its manifest's; the folder of what the app writes to its root
 *	port, health, health-interval, -timeout, -start, -retries    as the image has them; times in nanoseconds
 *	option, command    of a detached one with a name: the options of davit run that launch it again
 *	                   (--NAME=VALUE), and the words behind its image
 *	args, env, group, label, annotation      a word per item
 *	stop SIGNAL SECONDS                      for davit stop; -1 second for ever
 *	seccomp            see record_filter
 *	landlock           a word per rule, as --security-opt landlock= takes them
 *	uidmap, gidmap     a word INSIDE:OUTSIDE:COUNT per range of a user namespace
 *	flags              of: init tty interactive read-only detached rm new-privileges
 *	namespaces, capabilities, ambient        a mask, in hexadecimal
 *	memory, swap, cpu, pids                  limits: bytes, bytes, thousandths of a processor, number
 *	cgroup-NAME        the app's own cgroup of controller NAME
 *	rlimit NAME SOFT HARD    volume ro|rw SOURCE TARGET    device SOURCE TARGET    tmpfs TARGET SIZE
 *
 * The file has "pid", "start" (clock ticks since boot) and "created" (seconds since 1970) before them. */
const char *record_compose(struct arena *arena, const struct plan *plan);
/* The line "seccomp" for PLAN: "none"; or "default" with the number of instructions and a sum of
 * them, by which the same filter is known; or "file" with the compiled filter in hexadecimal. From
 * ARENA, or NULL. Pure. */
const char *record_filter(struct arena *arena, const struct plan *plan);
/* Append KEY with COUNT words as a line, each word so escaped that it has no blank, newline or control character. */
void record_line(struct arena *arena, struct string *text, const char *key,
		 const char *const *words, size_t count);
/* Append all words of all lines of TEXT that begin with KEY, unescaped and copied. Returns 0, or -ENOMEM. */
int record_words(struct texts *words, struct arena *arena, const char *text, const char *key);

/* Append the lines of an OCI image: digest, port, health and its times in nanoseconds. */
void record_image(struct arena *arena, struct string *text, const struct image *image);

#endif
