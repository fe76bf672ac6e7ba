/* SPDX-License-Identifier: MIT */
/* TLS by mbedTLS. */
#include <errno.h>

#include "registry/tls.h"

int tls_open(struct connection *connection, const struct url *url,
	     const struct http_settings *settings)
{
	(void)url;
	(void)settings;
	return connection_fail(connection, EPROTONOSUPPORT, "TLS is not there yet");
}

ssize_t tls_read(struct tls *tls, void *data, size_t size)
{
	(void)tls;
	(void)data;
	(void)size;
	return -EPROTO;
}

ssize_t tls_write(struct tls *tls, const void *data, size_t length)
{
	(void)tls;
	(void)data;
	(void)length;
	return -EPROTO;
}

void tls_close(struct tls *tls)
{
	(void)tls;
}
