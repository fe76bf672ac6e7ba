/* SPDX-License-Identifier: MIT */
/* Change a file of credentials, and nothing in it but what is meant: others read it too. */
#ifndef REGISTRY_CREDENTIALS_KEEP_H
#define REGISTRY_CREDENTIALS_KEEP_H

#include <stdbool.h>

#include "registry/credentials.h"

/* Put user and password of CREDENTIALS for HOST into FILE, in place of what was there for it. A
 * file that is not there is made, and its directory; it is its owner's alone to read. Every other
 * key stays as it is. Returns 0 or -errno, said. */
int credentials_keep(const char *file, const char *host, const struct credentials *credentials);
/* Take out what there is for HOST, or everything for NULL. Returns 0, -ENOENT when there was
 * nothing (not said), or -errno, said. */
int credentials_forget(const char *file, const char *host);
/* Whether KEY of a file means HOST, in whatever spelling. */
bool credentials_are_for(const char *key, const char *host);

#endif
