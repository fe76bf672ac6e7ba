/* SPDX-License-Identifier: MIT */
/* An app that has versions: what is known of it, its launch and its end. */
#ifndef COMMANDS_APP_H
#define COMMANDS_APP_H

#include "commands/app_conf.h"
#include "commands/commands.h"
#include "commands/job.h"
#include "store/store.h"
#include "store/versions.h"

struct app {
	struct arena *arena;
	const char *name;
	char **argv; /* davit's own */
	int lock;    /* -1: nobody is kept off */
	struct versions versions;
	const char *conf_text, *conf_file; /* of its .conf file; text NULL: there is none */
	struct app_conf conf;
	/* Its sandbox, as it was when it was looked at. */
	bool recorded, runs;
	bool worded;  /* it says how the current version was launched */
	bool adopted; /* its current version is not written down yet */
	bool goes_back; /* it is launched as the one that ran was, whatever its .conf file says by now */
	const char *digest; /* of its image's manifest, "sha256:…", or NULL */
};

enum app_use { APP_READ, APP_CHANGE, APP_WAIT };

/* Learn what there is of the app NAME: versions, .conf file, sandbox. What the operator launched by
 * hand is its current version from now on. APP_CHANGE: and keep other davits off it, refused while
 * another does; APP_WAIT: until it is done. Strings are ARENA's. Returns 0 or -errno, said. */
int app_open(struct app *app, struct arena *arena, const char *name, enum app_use use, char **argv);
void app_close(struct app *app);
/* Say why there is none of that name. Returns -errno. */
int app_unknown(const struct app *app);
struct record;
/* The record of its sandbox; to be closed. Returns 1, 0 when there is none, or -errno said. */
int app_record(struct record *out, const struct app *app);
/* Look at its sandbox again. Returns 0 or -errno, said. */
int app_look(struct app *app);
/* Whether its sandbox has VERSION. */
bool app_has(const struct app *app, const struct version *version);
/* The version of what the store has under REFERENCE, at this time. Returns 0 or -errno, said. */
int app_resolve(struct version *out, const struct app *app, const char *reference);
/* Make JOB the launch of VERSION; of what is in it, pinned, ran and notify count. Returns 0 or
 * -errno, said; to be closed by job_close() in any case. */
int app_prepare(struct job *job, const struct app *app, const struct version *version);
/* Carry JOB out in the background, whatever signals this davit holds back. Returns 0 or an exit
 * code of davit run, said. */
int app_detach(const struct job *job);
/* Launch the current version, detached. Returns 0 or -errno, said. */
int app_launch(struct app *app);
/* Say so if it does not run, after what should have brought it back. */
void app_tell_down(struct app *app);
/* End its sandbox as davit stop does, and remove its record; what it wrote stays. Returns 0 or -errno, said. */
int app_stop(struct app *app);
/* Bring back what its current version kept, where there is a snapshot of that. What the version
 * before had then is its snapshot again. Returns 0 or -errno, said. */
int app_restore(const struct app *app);
/* After what cut off an update: what was tried is gone, its state too, and the current version
 * runs, where it RAN before or something was tried. Returns 0, 1 when it is the current one that
 * ran all the time, or -errno, said. */
int app_recover(struct app *app, bool ran);
/* Whether anything is written down of the versions of NAME. */
bool app_is_known(struct arena *arena, const char *name);
/* An app that is gone has no versions, and nothing to go back to. Returns 0 or -errno, said. */
int app_forget(struct arena *arena, const char *name);
/* Write what is in app->versions. Returns 0 or -errno, said. */
int app_write(struct app *app);

#endif
