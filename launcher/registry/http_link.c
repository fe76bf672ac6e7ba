/* SPDX-License-Identifier: MIT */
/* Have a connection to whom a URL names: the kept one, or a new one, through a proxy or not. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "registry/http_parts.h"
#include "registry/tls.h"
#include "registry/url.h"

void http_disconnect(struct http *http)
{
	connection_close(&http->connection);
	arena_close(&http->kept);
	http->peer = NULL;
	http->reused = http->keep = false;
	http->buffer.at = http->buffer.end = 0;
	body_begin(&http->body, BODY_NONE, 0);
}

/* Have a proxy connect us with a server, so that TLS goes from end to end (RFC 9110, section 9.3.6). */
static int tunnel(struct http *http, const struct url *url, const struct proxy *proxy)
{
	struct connection *connection = &http->connection;
	struct arena arena = { 0 };
	struct http_head head;
	char port[sizeof(":65535")] = "";
	const char *text;
	int ret;

	if (url->port == 443)
		(void)snprintf(port, sizeof(port), ":%u", url->port);
	text = arena_print(&arena, "CONNECT %s%s HTTP/1.1\r\nHost: %s%s\r\n%s%s%s\r\n",
			   url->authority, port, url->authority, port,
			   proxy->authorization ? "Proxy-Authorization: " : "",
			   proxy->authorization ? proxy->authorization : "",
			   proxy->authorization ? "\r\n" : "");
	ret = text ? connection_write(connection, text, strlen(text)) : -ENOMEM;
	if (ret == 0)
		ret = http_head(&head, &arena, http);
	if (ret == 0 && head.answer.status / 100 != 2) {
		ret = connection_tell(connection,
				      head.answer.status / 100 == 5 ? EAGAIN : ECONNREFUSED,
				      "the proxy %s refuses to connect: status %d", proxy->host,
				      head.answer.status);
	}
	/* The server speaks only when it is spoken to. */
	if (ret == 0 && http->buffer.at < http->buffer.end)
		ret = connection_fail(connection, EPROTO,
				      "the proxy sends more than it was asked for");
	arena_close(&arena);
	return ret;
}

/* Whom people know of is the server, not who did not answer. */
static int tell_proxy(struct connection *connection, int err, const struct proxy *proxy)
{
	char why[CONNECTION_WHY];

	memcpy(why, connection->why, sizeof(why));
	return connection_tell(connection, err, "the proxy %s:%u: %s", proxy->host, proxy->port, why);
}

static int open_link(struct http *http, const struct url *url, const struct proxy *proxy)
{
	struct connection *connection = &http->connection;
	int ret;

	if (url->tls && !CONFIG_TLS)
		return connection_fail(connection, EPROTONOSUPPORT,
				       "this davit was built without TLS (option TLS)");
	connection->own = http->settings.careful && !url->tls && host_is_own(url->host);
	if (connection->own && proxy->host)
		return connection_fail(connection, EPERM,
				       "not asked through a proxy without TLS (see NO_PROXY)");
	ret = connection_open(connection, proxy->host ? proxy->host : url->host,
			      proxy->host ? proxy->port : url->port);
	if (ret < 0 && proxy->host)
		ret = tell_proxy(connection, -ret, proxy);
	if (ret == 0 && url->tls && proxy->host)
		ret = tunnel(http, url, proxy);
	if (CONFIG_TLS && ret == 0 && url->tls)
		ret = tls_open(connection, url, &http->settings);
	return ret;
}

int http_connect(struct http *http, const struct url *url, const struct proxy *proxy)
{
	struct arena arena = { 0 };
	const char *peer =
		arena_print(&arena, "%s:%u %d %s:%u", proxy->host ? proxy->host : "", proxy->port,
			    url->tls, proxy->host && !url->tls ? "" : url->host,
			    proxy->host && !url->tls ? 0U : url->port);
	int ret;

	if (!peer) {
		arena_close(&arena);
		return connection_fail(&http->connection, ENOMEM, strerror(ENOMEM));
	}
	if (http->peer && http->keep && strcmp(http->peer, peer) == 0 &&
	    http->buffer.at == http->buffer.end && !connection_stirs(&http->connection)) {
		arena_close(&arena);
		http->reused = true;
		return 0;
	}
	http_disconnect(http);
	ret = open_link(http, url, proxy);
	if (ret < 0) {
		arena_close(&arena);
		http_disconnect(http);
		return ret;
	}
	http->kept = arena;
	http->peer = peer;
	return 0;
}
