/* SPDX-License-Identifier: MIT */
/* Which proxy a URL is asked through, by the variables that curl obeys. */
#ifndef REGISTRY_PROXY_H
#define REGISTRY_PROXY_H

#include "registry/http.h"
#include "registry/url.h"

struct proxy {
	const char *host; /* NULL: none */
	uint16_t port;
	const char *authorization; /* the value of Proxy-Authorization, or NULL */
};

/* Strings from ARENA. Returns 0 or -errno, said. */
int proxy_choose(struct proxy *out, struct arena *arena, const struct http_settings *settings,
		 const struct url *url);
/* True when LIST (names with all below them, addresses, networks as 10.0.0.0/8, or an asterisk)
 * says that HOST is asked directly. */
bool proxy_is_avoided(const char *list, const char *host);

#endif
