/* SPDX-License-Identifier: MIT */
/* Where something lies: URLs of http and https, taken apart. Source: RFC 3986; RFC 9110, section 4.2. */
#ifndef REGISTRY_URL_H
#define REGISTRY_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct url {
	bool tls;         /* https */
	const char *host; /* lower case; an IPv6 address without its brackets */
	uint16_t port;    /* also where TEXT had none */
	const char *authority; /* HOST[:PORT] as a Host header wants it: no port where it is the scheme's own */
	const char *target; /* "/path?query"; a fragment is dropped */
};

/* Take TEXT apart; strings from ARENA. User names, control characters, blanks and bytes beyond
 * ASCII are refused. Returns 0, or -EINVAL or -ENOMEM unsaid. */
int url_parse(struct url *out, struct arena *arena, const char *text);
/* URL as it may be shown: what follows the path can be a right to read, signed for an hour. From
 * ARENA; never NULL. */
const char *url_shown(struct arena *arena, const char *url);
/* Both are of one server, however it is written: scheme, host and port are the same. */
bool url_is_same_server(const struct url *a, const struct url *b);
/* The host is an IPv4 or IPv6 address, not a name. */
bool url_is_address(const struct url *url);
/* HOST, with a port or without, is called what this machine calls itself: localhost or 127.*. */
bool host_is_own(const char *host);
/* What LOCATION means where BASE says it (RFC 3986, section 5.2): a whole URL, from ARENA. Not
 * parsed yet. Returns NULL when memory ends. */
const char *url_resolve(struct arena *arena, const struct url *base, const char *location);

#endif
