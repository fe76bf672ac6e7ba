/* SPDX-License-Identifier: MIT */
/* One server that may answer for a repository, a registry or its mirror, and what gives davit the
 * right to ask it; this room's own. */
#ifndef REGISTRY_ENDPOINT_H
#define REGISTRY_ENDPOINT_H

#include "registry/challenge.h"
#include "registry/registry.h"

struct endpoint {
	const char *host; /* as people write it, with its port: what credentials are kept under */
	const char *base; /* "https://host:port" */
	const char *path; /* what the repository is called there; "": none is meant */
	bool mirror;
	bool dead;                    /* a mirror that is not asked again */
	bool undecided;               /* of this machine: TLS or not is still to be found out */
	const char *authorization;    /* or NULL */
	struct challenges challenges; /* by what authorization was got */
	uint64_t until; /* seconds of CLOCK_BOOTTIME when the authorization ends; 0: never */
	const char *credentials; /* where those came from that were shown, or NULL */
};

struct registry_state {
	struct endpoint *endpoints; /* the registry itself is the last */
	size_t count, current;      /* who answered */
	bool no_pieces;             /* of uploads are taken: all goes in one request */
};

/* Answer what ENDPOINT has asked for in AUTHENTICATE (NULL: nothing) by a new authorization.
 * Returns 0, 1 when there is none that it has not been shown already, or -errno, said. */
int endpoint_authorize(struct registry *registry, struct endpoint *endpoint,
		       const char *authenticate);
/* Get a new token in place of one that is about to end. Returns 0 or -errno, said. */
int endpoint_renew(struct registry *registry, struct endpoint *endpoint);
/* Take a status from 400 on for what it is: say WHAT (of a URL, not its query) and the server's own
 * words. Returns -ENOENT, -EACCES, -EAGAIN (429) or -EPROTO. */
int refusal_say(struct registry *registry, const struct http_answer *answer, const char *what);

#endif
