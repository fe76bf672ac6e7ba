/* SPDX-License-Identifier: MIT */
/* One conversation after another with HTTP/1.1 servers, plain or by TLS. One thread, one request at
 * a time; a connection is kept for the next request to the same server. Sources: RFC 9110, 9112;
 * RFC 7230's proxies. */
#ifndef REGISTRY_HTTP_H
#define REGISTRY_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

/* Strings are the caller's and outlive the client. Zeroes are the defaults. */
struct http_settings {
	const char *http_proxy, *https_proxy,
		*no_proxy; /* as in the environment; NULL or "": none */
	const char *certificates; /* a directory of HOST[:PORT]/ca.crt: only that authority is believed there; or NULL */
	const char *ca_file; /* a bundle in PEM; NULL: the system's */
	unsigned int timeout; /* seconds without a byte, or of waiting for fewer than 1024, until a server is given up; 0: 60 */
	unsigned int attempts; /* per request, with growing pauses between them; 0: 5 */
	unsigned int pause;    /* milliseconds before the second attempt, at least; 0: 1000 */
	bool careful; /* what is said without TLS to a host called localhost goes to this machine only */
	bool offline; /* nothing is asked: -ENETDOWN, said */
};

struct http_header {
	const char *name, *value; /* the list ends with a NULL name */
};

struct http_request {
	const char *method, *url;          /* "GET"; "https://host:port/path?query" */
	const struct http_header *headers; /* or NULL */
	bool quiet;                        /* what fails is not said: http_why() has it */
	bool probe;         /* asked once, given up after 10 seconds without a byte; quiet */
	const char *remark; /* behind what is said of a failure, or NULL */
	const char *authorization; /* or NULL; does not follow a redirect to another host, port or from https to http */
	uint64_t from; /* > 0: "Range: bytes=FROM-" */
	/* The body: bytes of memory, or of the open FD from OFFSET on where body is NULL and length > 0. */
	const char *body;
	int fd;
	uint64_t offset, length;
	bool has_body; /* "Content-Length: 0" is sent too where it is set */
	/* Called while a body is sent, with the bytes that are gone; or NULL. */
	void (*sent)(void *data, uint64_t bytes);
	void *data;
};

/* The head of an answer; strings live in the arena, NULL where there was no such header. */
struct http_answer {
	int status;
	const char *url; /* after redirects, without its query; never NULL */
	const char *content_type, *location /* a whole URL */, *authenticate, *link,
		*digest /* Docker-Content-Digest */, *range;
	const char *upload; /* Docker-Upload-UUID */
	bool has_length;
	uint64_t length; /* bytes of the body */
	uint64_t from;   /* where the body begins in the whole, of a 206; else 0 */
};

struct http;

/* Returns 0 or -errno, said. */
int http_open(struct http **out, const struct http_settings *settings);
/* Safe with NULL. */
void http_close(struct http *http);
/* Ask, follow redirects (GET and HEAD only; at most 10), wait and ask again after 408, 429, 500
 * and more but 501 and 505 (Retry-After is obeyed up to a minute) and after connections that break
 * before the head of the answer. What is left of the body before is dropped. Any other status is an
 * answer. Returns 0 or -errno, said by fail(). */
int http_ask(struct http_answer *answer, struct arena *arena, struct http *http,
	     const struct http_request *request);
/* Why the last request failed, in words; until the next one. */
const char *http_why(const struct http *http);
/* Read of the body of the last answer. Returns how many bytes, 0 at its end, or -errno, said: -ECONNRESET,
 * -ETIMEDOUT or the like where asking again from there may help; -EPROTO where it will not. */
ssize_t http_read(struct http *http, void *data, size_t size);
/* The rest of the body as text ended by NUL, at most MOST bytes; from ARENA. Returns NULL, said. */
const char *http_text(struct arena *arena, struct http *http, size_t most);

#endif
