/* SPDX-License-Identifier: MIT */
/* Write a request and send it, its body from memory or from a file. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "registry/http_parts.h"

enum { WINDOW = 16384 };

/* A header that would be two would let whoever wrote its value write requests. */
static bool is_clean(const char *text)
{
	for (; *text; text++) {
		if ((*text > 0 && *text < ' ' && *text != '\t') || *text == 0x7f)
			return false;
	}
	return true;
}

static int add_header(struct arena *arena, struct string *head, const char *name, const char *value)
{
	if (!is_clean(name) || !is_clean(value))
		return fail(0, "the header %s for a registry has control characters", name);
	string_add(arena, head, "%s: %s\r\n", name, value);
	return 0;
}

const char *request_head(struct arena *arena, const struct http_try *this_try)
{
	const struct http_request *request = this_try->request;
	const struct url *url = this_try->url;
	const struct http_header *header;
	const bool absolute = this_try->proxy->host && !url->tls;
	struct string head = { 0 };
	int ret = 0;

	string_add(arena, &head, "%s %s%s%s HTTP/1.1\r\nHost: %s\r\n", request->method,
		   absolute ? "http://" : "", absolute ? url->authority : "", url->target,
		   url->authority);
	string_add(arena, &head, "User-Agent: davit/" DAVIT_VERSION "\r\n");
	for (header = request->headers; header && header->name && ret == 0; header++)
		ret = add_header(arena, &head, header->name, header->value);
	if (ret == 0 && this_try->authorization)
		ret = add_header(arena, &head, "Authorization", this_try->authorization);
	if (ret == 0 && absolute && this_try->proxy->authorization)
		ret = add_header(arena, &head, "Proxy-Authorization", this_try->proxy->authorization);
	if (ret < 0)
		return NULL;
	if (request->from > 0)
		string_add(arena, &head, "Range: bytes=%" PRIu64 "-\r\n", request->from);
	if (request->length > 0 || request->has_body)
		string_add(arena, &head, "Content-Length: %" PRIu64 "\r\n", request->length);
	string_add(arena, &head, "\r\n");
	if (arena->failed) {
		if (!request->probe)
			fail(ENOMEM, "ask a registry");
		return NULL;
	}
	return head.text;
}

/* Up to WINDOW bytes of the body from AT on, which are in memory or come into WINDOW. Returns how
 * many, or -errno with why. */
static ssize_t body_part(struct http *http, const struct http_request *request, uint64_t at,
			 char *window)
{
	const uint64_t left = request->length - at;
	const size_t most = left < WINDOW ? (size_t)left : WINDOW;
	ssize_t got;

	if (request->body) {
		memcpy(window, request->body + at, most);
		return (ssize_t)most;
	}
	do {
		got = pread(request->fd, window, most, (off_t)(request->offset + at));
	} while (got < 0 && errno == EINTR);
	if (got == 0)
		return connection_fail(&http->connection, EIO, "the file that is sent has shrunk");
	return got < 0 ? connection_fail(&http->connection, EIO,
					 "the file that is sent cannot be read") :
			 got;
}

int request_send(struct http *http, const struct http_try *this_try)
{
	const struct http_request *request = this_try->request;
	struct connection *connection = &http->connection;
	int ret = connection_write(connection, this_try->head, strlen(this_try->head));
	char window[WINDOW];
	uint64_t at = 0;

	/* A server may answer before it has everything: then it does not want the rest. */
	while (ret == 0 && at < request->length && !http_answers(http)) {
		const ssize_t got = body_part(http, request, at, window);

		if (got < 0)
			return (int)got;
		ret = connection_write(connection, window, (size_t)got);
		if (ret == 0)
			at += (uint64_t)got;
		if (ret == 0 && request->sent)
			request->sent(request->data, at);
	}
	http->keep = at == request->length;
	/* One that has refused a body and closed may have said why. */
	return ret == -ECONNRESET && at > 0 ? 0 : ret;
}
