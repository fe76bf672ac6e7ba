/* SPDX-License-Identifier: MIT */
/* What an app wrote to its root, kept for its next launch: ROOT/apps/NAME, in it the upper layer
 * and overlayfs's own folder. Locked while a sandbox uses it. */
#ifndef SANDBOX_KEPT_H
#define SANDBOX_KEPT_H

#include <stdbool.h>

/* Open and lock PATH, which is ROOT/apps/NAME, made where it is missing (*made). Returns a
 * descriptor, or -errno: -EBUSY when a sandbox uses it, -EPERM when others than root may come near. */
int kept_open(const char *path, bool *made);
/* Remove PATH, which nobody has open: a launch that failed made it. */
void kept_unmake(const char *path);
/* True when ROOT keeps something of an app called NAME. */
bool kept_is_there(const char *root, const char *name);
/* Remove NAME of DIR, a directory and all that is in it, however deep, or a file. Returns 0, also
 * when there is none, or -errno. */
int kept_clear(int dir, const char *name);
/* Remove what ROOT keeps of NAME. Returns 0 (also when there is nothing), or -errno said by fail(). */
int kept_remove(const char *root, const char *name);
/* Remove what a power cut left of such removals. Returns 0 or -errno, said by fail(). */
int kept_sweep(const char *root);

#endif
