/* SPDX-License-Identifier: MIT */
/* What the files of the HTTP client share; for nobody else. */
#ifndef REGISTRY_HTTP_PARTS_H
#define REGISTRY_HTTP_PARTS_H

#include "registry/connection.h"
#include "registry/http.h"
#include "registry/http_body.h"
#include "registry/http_head.h"
#include "registry/proxy.h"

/* Bytes that have arrived and that nobody has taken yet: [at, end). */
struct http_buffer {
	char *data;
	size_t room, at, end;
};

struct http {
	struct http_settings settings;
	struct connection connection;
	/* Whom the connection is to; strings in kept. */
	struct arena kept;
	const char *peer; /* "https://HOST:PORT", with the proxy's in front */
	bool reused;      /* it has carried an answer before */
	bool keep;        /* it can carry another one, once the body is read */
	bool begun;       /* something of the answer has arrived */
	struct http_buffer buffer;
	struct body body;
	uint64_t read;   /* bytes of the body */
	const char *url; /* of the last answer, without its query; in kept_url */
	struct arena kept_url;
};

/* Have a connection to the server of URL, through PROXY: the one that is there, or a new one.
 * Returns 0, or -errno unsaid with http->connection.why. */
int http_connect(struct http *http, const struct url *url, const struct proxy *proxy);
void http_disconnect(struct http *http);
/* One request to one server. */
struct http_try {
	const struct http_request *request;
	const struct url *url;
	const struct proxy *proxy;
	const char *authorization; /* of those who may have it */
	const char *head;          /* as request_head() makes it */
};
/* The request's head; from ARENA, or NULL said. */
const char *request_head(struct arena *arena, const struct http_try *this_try);
/* Send head and body. Returns as http_connect(). */
int request_send(struct http *http, const struct http_try *this_try);
/* While a body is sent: an answer has begun. Interim ones are passed over, since who sent them
 * waits for the rest of the body (RFC 9110, section 15.2). */
bool http_answers(struct http *http);
/* Wait for a head. Returns as http_connect(): -EPROTO when it is none. */
int http_head(struct http_head *out, struct arena *arena, struct http *http);
/* Read the rest of the body where it is little, so that the connection can be kept; else close. */
void http_drop(struct http *http);

#endif
