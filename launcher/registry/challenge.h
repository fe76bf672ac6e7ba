/* SPDX-License-Identifier: MIT */
/* What a server wants to see before it answers: the header WWW-Authenticate. Source: RFC
 * 9110, 11.6.1; RFC 6750, 3 (bearer); distribution's docs/spec/auth/token.md (service, scope). */
#ifndef REGISTRY_CHALLENGE_H
#define REGISTRY_CHALLENGE_H

#include <stdbool.h>

#include "base/arena.h"

/* The first bearer challenge counts. Schemes that davit does not know are passed over. */
struct challenges {
	bool basic, bearer;
	const char *realm, *service, *scope; /* of bearer; NULL: not said */
};

/* Take TEXT apart: any number of challenges, with commas between. Strings live in ARENA. Pure.
 * Returns 0, -EINVAL for what is no such header, or -ENOMEM; not said. */
int challenges_parse(struct challenges *out, struct arena *arena, const char *text);

#endif
