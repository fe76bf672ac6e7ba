/* SPDX-License-Identifier: MIT */
/* Who a user is at which registry: the files that docker login, podman login and davit login write.
 * Source: docker/cli, cli/config/configfile; containers/image, docs/containers-auth.json.5.md. */
#ifndef REGISTRY_CREDENTIALS_H
#define REGISTRY_CREDENTIALS_H

#include "base/arena.h"

enum { CREDENTIALS_FILE_MOST = 1 << 20 };

/* NULL: there is none. */
struct credentials {
	const char *user, *password;
	const char *identity; /* a token for tokens, in place of the password (OAuth 2's refresh token) */
	const char *bearer; /* a token for the registry itself */
	const char *helper; /* the program that is said to keep them, where nothing else was found */
	const char *file;   /* where they were found, for messages */
};

/* Where credentials are for. */
struct credentials_want {
	const char *host;       /* "docker.io", "localhost:5000" */
	const char *repository; /* "team/web", which some files tell apart; or "" */
};

/* What TEXT, the contents of FILE, has for WANT: the entry that names most of it. Pure; strings
 * live in ARENA. Returns 0 or -errno, said. */
int credentials_parse(struct credentials *out, struct arena *arena, const char *file,
		      const char *text, const struct credentials_want *want);
/* The same of the first of FILES that has anything; those that are not there are passed over. */
int credentials_find(struct credentials *out, struct arena *arena, const struct texts *files,
		     const struct credentials_want *want);
/* "USER:PASSWORD" in its parts. Returns 0, or -EINVAL, not said; -ENOMEM. */
int credentials_split(struct credentials *out, struct arena *arena, const char *text);
/* "Basic …", as RFC 7617 has it; from ARENA, or NULL. */
const char *credentials_basic(struct arena *arena, const struct credentials *credentials);
/* The contents of FILE, ended by NUL; from ARENA. Returns 0, -ENOENT (not said), or -errno said. */
int credentials_read(const char **text, struct arena *arena, const char *file);

#endif
