/* SPDX-License-Identifier: MIT */
/* What the rooms of davit update share; for them alone. */
#ifndef COMMANDS_UPDATE_PARTS_H
#define COMMANDS_UPDATE_PARTS_H

#include "commands/update.h"
#include "store/store.h"

/* One that is under way. */
struct change {
	struct app *app;
	const struct update *update;
	struct update_wish wish;
	const char *reference; /* what the next one is called */
	struct version next;
	struct job job; /* the launch of the next one, checked before anything is stopped */
	int notify;
	const char *notify_path;
	bool ran; /* the old one */
	uint64_t told;
};

struct version *change_version(struct change *change, enum version_kind kind);
/* "web:2 (sha256:0123456789ab)"; from the app's arena, or shorter. */
const char *change_name(struct change *change, const struct version *version);
bool change_same(const struct version *a, const struct version *b);
/* Whether the next one has its own state to go back to. */
bool change_swaps(const struct change *change);
/* A signal that ends programs is held back, and waits. */
bool change_is_called_off(void);
/* How the next one is launched is how it is launched again. */
void change_take_words(struct change *change);
/* What stays because it cannot be swept, which is said, or because another davit writes, is left to the next sweep. */
void change_sweep(struct app *app, struct store *store);
/* All that comes before anything is stopped: the next version is here, checked, and written down as
 * the trial. Returns 0, 1 when it is the current one already, or -errno, said. */
int change_begin(struct change *change);

#endif
