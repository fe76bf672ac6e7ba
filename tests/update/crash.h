/* SPDX-License-Identifier: MIT */
/* What a power cut may leave of recorded changes. */
#ifndef UPDATE_CRASH_H
#define UPDATE_CRASH_H

#include "record.h"

struct cut {
	const struct disk *disk;
	uint64_t hash;
	int done;   /* so many changes had been made */
	bool ended; /* all of them: the command had said that it succeeded */
	char how[160];
};

typedef void crash_take(void *data, const struct cut *cut);

/* States that were there already. */
struct seen;

struct seen *seen_new(void);
/* Returns whether HASH was there, and adds it. */
bool seen_add(struct seen *seen, uint64_t hash);

struct crash_order {
	struct seen *seen;
	int first;     /* cuts after so many changes, and later ones */
	bool thorough; /* more combinations */
	bool succeeds; /* the command that was recorded does */
	crash_take *take;
	void *data;
};

/* Call TAKE with each state that the disk may be in after a cut, once for each state; those after the end apart.
 *
 * Two kinds of file systems: one that has on the disk what fsync(2) put there, names by a fsync of
 * their directory, and of all later changes any; and one, as ext4 with its journal, that keeps the
 * order of names, but has the bytes of a file for sure only after its fsync. Combinations are
 * bounded: all of up to 7 changes, of more: the first so many, the last so many, each one alone,
 * each one missing, each two missing, and some by chance. Lost bytes are missing, zeros, old
 * rubbish, or the first half is there. Returns how many different states there were. */
unsigned int crash_each(const struct recording *recording, const struct crash_order *order);

#endif
