/* SPDX-License-Identifier: MIT */
/* How far the layers of a pull or push are: a line each that is drawn again and again on a terminal,
 * plain lines, or JSON. Who moves bytes may be other processes: the items are in shared memory. */
#ifndef REGISTRY_PROGRESS_H
#define REGISTRY_PROGRESS_H

#include "base/arena.h"
#include "image/manifest.h"

enum progress_kind { PROGRESS_LINES, PROGRESS_TERMINAL, PROGRESS_JSON, PROGRESS_QUIET };

/* What an item is at; each has its words for pull, and others for push. */
enum progress_state {
	PROGRESS_BEGIN,
	PROGRESS_MOVING,
	PROGRESS_RETRYING,
	PROGRESS_CHECKING,
	PROGRESS_DONE,
	PROGRESS_THERE,
	PROGRESS_MOUNTED, /* of a push: the registry had it in another repository */
	PROGRESS_STATES
};

extern const char *const progress_pull_words[PROGRESS_STATES], *const progress_push_words[PROGRESS_STATES];

/* Written by the one process that moves it, read by all. */
struct progress_item {
	volatile uint32_t state; /* enum progress_state */
	volatile uint32_t from;  /* units that were there before */
	volatile uint32_t units; /* of 1024 bytes, that have been moved, with those */
};

struct progress_row {
	char name[13];         /* the first digits of its digest */
	uint64_t size;         /* bytes */
	uint32_t told, before; /* its state as last told; its units a moment ago */
	uint64_t rate;         /* bytes per second, of the last seconds */
};

struct progress {
	enum progress_kind kind;
	const char *const *words;
	struct progress_row *rows;
	struct progress_item *items; /* as many */
	size_t count;
	size_t drawn;       /* lines on the terminal that are drawn again */
	uint64_t last;      /* when, in milliseconds; 0: never */
	unsigned int width; /* columns */
};

/* What standard output is fit for. */
enum progress_kind progress_choose(bool quiet, bool json);
/* Begin with COUNT items, all PROGRESS_BEGIN, in the words of a pull. Returns 0 or -errno, said. */
int progress_begin(struct progress *progress, struct arena *arena, enum progress_kind kind,
		   size_t count);
/* Item NUMBER is LAYER; before anything is shown. */
void progress_name(struct progress *progress, size_t number, const struct descriptor *layer);
/* Show what has changed; as often as somebody likes to call it. */
void progress_show(struct progress *progress);
/* The last look at it: what is drawn stays, and the next line is free. Safe twice, and on zeroes. */
void progress_end(struct progress *progress);
/* A line of its own: STATUS, about ID where that is not NULL ("latest: Pulling from web"). Both are
 * of characters that JSON needs not escape. */
void progress_line(enum progress_kind kind, const char *id, const char *status);

#endif
