/* SPDX-License-Identifier: MIT */
/* Is a server the one that was asked for, by the word of an authority that this device believes? */
#ifndef REGISTRY_TLS_TRUST_H
#define REGISTRY_TLS_TRUST_H

#include <mbedtls/x509_crt.h>

#include "registry/connection.h"
#include "registry/http.h"
#include "registry/url.h"

/* Check CHAIN, which the server of URL has sent, against the authorities that SETTINGS tell of.
 * FLAGS: what the handshake found. Returns 0, or -errno unsaid with connection->why. */
int trust_check(struct connection *connection, mbedtls_x509_crt *chain, uint32_t flags,
		const struct url *url, const struct http_settings *settings);

#endif
