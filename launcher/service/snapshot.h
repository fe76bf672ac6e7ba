/* SPDX-License-Identifier: MIT */
/* What an app keeps, as a version left it: ROOT/snapshots/NAME/HEX is ROOT/apps/NAME as it was when
 * the version of digest HEX was stopped. It is there whole or not at all, and comes back by rename.
 * The app's sandbox must have ended, and this davit have the app's lock (store/versions.h). */
#ifndef SERVICE_SNAPSHOT_H
#define SERVICE_SNAPSHOT_H

#include "base/digest.h"
#include "store/sweep.h"

/* Before anything is stopped: whether a copy has room. Returns 0, or -errno said, with what is short. */
int snapshot_check(const char *root, const char *name);
/* Copy what NAME keeps, for DIGEST. Returns 0, also when it keeps nothing, or -errno said. */
int snapshot_make(const char *root, const char *name, const struct digest *digest);
/* The same without a copy: what NAME keeps is the snapshot now, and it keeps nothing any more. A
 * folder of this name beside it says so, until the next snapshot_restore() with LEFT or snapshot_drop(). */
#define SNAPSHOT_MOVED ".moved"
int snapshot_move(const char *root, const char *name, const struct digest *digest);
/* Put the snapshot of DIGEST in the place of what NAME keeps, which is lost; but after
 * snapshot_move() it is the snapshot of LEFT (or NULL), whose own it was. Wherever a power cut
 * ends it, the same call goes on. Returns 0, also when there is none, or -errno said. */
int snapshot_restore(const char *root, const char *name, const struct digest *digest,
		     const struct digest *left);
bool snapshot_is_there(const char *root, const char *name, const struct digest *digest);
/* Remove those of NAME but that of KEPT (or NULL). Returns 0 or -errno, said. */
int snapshot_drop(const char *root, const char *name, const struct digest *kept);

/* Remove those of apps that have no versions, and what was left half made, of apps that no davit is
 * changing; SWEEPING gets their space, and a line each, from ARENA, in ->removed. What a power cut
 * left of davit rm goes too. ->dry: only tell. Returns 0 or -errno, said. */
int snapshot_sweep(struct sweeping *sweeping, struct arena *arena, const char *root);

#endif
