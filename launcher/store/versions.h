/* SPDX-License-Identifier: MIT */
/* Which versions of an app there are: ROOT/versions/NAME, one small file that is written whole, so
 * that an app goes from one version to the next in one moment, whatever is cut off meanwhile.
 *
 *	current DIGEST SIZE MEDIA-TYPE TIME REFERENCE          what davit start launches
 *	previous DIGEST SIZE MEDIA-TYPE TIME REFERENCE         what davit rollback goes back to
 *	trial DIGEST SIZE MEDIA-TYPE TIME REFERENCE TRIES      being tried; TRIES counts its starts
 *	failed DIGEST TIME REFERENCE REASON                    not tried again; the oldest first
 *	option WORD                                            of davit run, --NAME=VALUE: how the
 *	command WORD                                           current one was launched
 *	end
 *
 * TIME: seconds since 1970 when it became that; 0 of a trial that was cut off, and put right since.
 *Words are escaped as base/words.h does it. */
#ifndef STORE_VERSIONS_H
#define STORE_VERSIONS_H

#include "image/manifest.h"

enum version_kind { VERSION_CURRENT, VERSION_PREVIOUS, VERSION_TRIAL, VERSION_KINDS };

enum { VERSIONS_MOST = 65536, FAILURES_MOST = 8, TRIES_MOST = 3 };

/* An image of the store; the strings are the arena's. */
struct version {
	bool is_there;
	struct descriptor descriptor; /* of its manifest */
	const char *reference;        /* how it was found */
	uint64_t time;
	uint64_t tries; /* of a trial */
};

struct failure {
	struct digest digest;
	uint64_t time;
	const char *reference, *reason;
};

struct versions {
	const char *name; /* of the app */
	struct version items[VERSION_KINDS];
	struct failure failures[FAILURES_MOST];
	size_t failure_count;
	struct texts options, command;
};

/* Whether VERSION is a trial that may be under way, or was cut off and nobody has put that right. */
bool version_is_tried(const struct version *version);
/* "current", … */
const char *version_kind_name(enum version_kind kind);
/* Take TEXT apart, the contents of FILE; strictly: nothing unknown, twice or cut off. Pure. Returns
 * 0, or -EINVAL or -ENOMEM, said with the line. */
int versions_parse(struct versions *out, struct arena *arena, const char *file, const char *text);
/* The text of such a file, from ARENA, or NULL. Pure. */
const char *versions_print(struct arena *arena, const struct versions *versions);
/* What ROOT has of the app NAME: nothing where there is no file. Returns 0 or -errno, said. */
int versions_read(struct versions *out, struct arena *arena, const char *root, const char *name);
/* Put it there in one step, which a power cut does not undo. Returns 0 or -errno, said. */
int versions_write(const struct versions *versions, const char *root);
/* Forget the app. Returns 0 (also when there is nothing) or -errno, said. */
int versions_remove(const char *root, const char *name);
/* The names of all apps that have versions. Returns 0 or -errno, said. */
int versions_list(struct texts *names, struct arena *arena, const char *root);
/* Be the only davit that changes the app NAME, as long as this process has the descriptor open (a
 * child has not). WAIT: until another one is done. Returns a descriptor, or -errno, said. */
int versions_lock(const char *root, const char *name, bool wait);
/* Whether no davit does so now; changes nothing, and who cannot be seen is not at it. Returns 0, or
 * -EAGAIN said with who it is. Not while this process has the app itself. */
int versions_check(const char *root, const char *name);
/* The same as versions_lock without waiting, and -EAGAIN is not said. */
int versions_try(const char *root, const char *name);

/* The failure of that version, or NULL. */
const struct failure *versions_failure(const struct versions *versions, const struct digest *digest);
/* Remember one, in the place of the oldest where there are many. */
void versions_add_failure(struct versions *versions, const struct failure *failure);
/* Forget that of DIGEST. */
void versions_drop_failure(struct versions *versions, const struct digest *digest);

#endif
