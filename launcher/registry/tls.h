/* SPDX-License-Identifier: MIT */
/* TLS 1.2 around a connection; who the server is, is always checked. Source: RFC 5246, 6066, 6125. */
#ifndef REGISTRY_TLS_H
#define REGISTRY_TLS_H

#include "registry/connection.h"
#include "registry/http.h"
#include "registry/url.h"

/* Agree on keys with the server behind CONNECTION, which must be the one that URL names by the
 * authorities that SETTINGS tell of; what is then read and written is encrypted. Returns 0 or
 * -errno unsaid, with connection->why: -ECONNRESET or -ETIMEDOUT where it may pass by. */
int tls_open(struct connection *connection, const struct url *url,
	     const struct http_settings *settings);
/* As connection_read() and connection_write(). */
ssize_t tls_read(struct tls *tls, void *data, size_t size);
ssize_t tls_write(struct tls *tls, const void *data, size_t length);
void tls_close(struct tls *tls);

#endif
