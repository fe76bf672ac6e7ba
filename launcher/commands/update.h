/* SPDX-License-Identifier: MIT */
/* From one version of an app to another: tried, then kept or taken back. */
#ifndef COMMANDS_UPDATE_H
#define COMMANDS_UPDATE_H

#include "commands/app.h"

struct update_options {
	bool force, quiet, no_pull, notify;
	const char *healthy, *timeout, *state;
};

/* Where to. */
struct update {
	const struct update_options *options;
	const char *image; /* a name in the store; NULL: the one that the app follows */
	bool back;         /* to the version before, which ran here: no floor is asked */
	int signals;       /* signalfd: whatever comes calls it off */
};

/* Do it, for APP, which is open for APP_CHANGE. Returns 0 when the new version runs and is healthy,
 * or is the current one already; 1 when the old one is what it was and where it was; -errno, said,
 * when that cannot be said. */
int update_do(struct app *app, const struct update *update);
/* The options in numbers; the .conf file's where nothing is asked for. */
struct update_wish {
	uint64_t alive, timeout; /* milliseconds */
	bool alive_asked, snapshot, notify;
};
/* Returns 0 or -errno, said. */
int update_wish(struct update_wish *out, const struct update_options *options,
		const struct app_conf *conf);
struct update_fetch {
	const char *name; /* of the image */
	bool quiet;
	int (*accept)(void *data, const char *signed_as); /* as in struct pull_order, or NULL */
	void *accept_data;
};
/* Fetch what the name means now into STORE, which is open for STORE_WRITE, where it has a registry
 * or nothing is kept under it; not in an offline mode. Returns 0 or -errno, said. */
int update_pull(struct arena *arena, const struct store *store, const struct update_fetch *fetch);
/* The last lines that APP wrote, on standard error. */
void update_tell_log(const struct app *app);

#endif
