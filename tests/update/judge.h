/* SPDX-License-Identifier: MIT */
/* Whether a store is as it may be after a cut, and whether davit puts it right. */
#ifndef UPDATE_JUDGE_H
#define UPDATE_JUDGE_H

#include "disk.h"

enum { WORDS_MOST = 64 };

/* All paths are those of this process alone; the store is TOP/store. */
struct judge {
	const struct disk *old, *new; /* before the command, and after it */
	char *top, *run;
	char **command;            /* davit first */
	char *sweep[WORDS_MOST];   /* the command that gives space back */
	char *starts[WORDS_MOST];  /* one that needs nothing but a store that is not broken */
	char *live;                /* an app that has versions, and is to run again, or NULL */
	char *app;                 /* an image that could run before, or NULL */
	char *program[WORDS_MOST]; /* davit run's words for it, now and then; [0] NULL: never */
	unsigned int every;        /* how often */
	unsigned int judged, ran;
};

/* Hold what is on DISK after a cut against what was before and after; ENDED: davit had said that
 * all is done. Returns false with WHY. */
bool judge_store(char *why, size_t size, const struct judge *judge, const struct disk *disk,
		 bool ended);
/* The same, and that nothing is there but what tags and versions need. */
bool judge_clean(char *why, size_t size, const struct judge *judge, const struct disk *disk);
/* The machine starts again: nothing runs. */
void judge_restart(const struct judge *judge);
/* A machine that has DISK, and has just started: nothing runs. */
void judge_begin(const struct judge *judge, const struct disk *disk);
/* Write DISK to the top, and see that davit starts, plans the app, sweeps, and does its command
 * again. Returns false with WHY. */
bool judge_cut(char *why, size_t size, struct judge *judge, const struct disk *disk, bool ended);

#endif
