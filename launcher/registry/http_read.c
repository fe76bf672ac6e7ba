/* SPDX-License-Identifier: MIT */
/* Read answers: their heads, and their bodies as far as they are told to go. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "registry/http_parts.h"

enum { BUFFER_FIRST = 4096, DROP_MOST = 65536, INTERIM_MOST = 16 };

/* Read more into the buffer, which grows up to HEAD_MOST. Returns how many bytes, 0 at the end, or
 * -errno with why. */
static ssize_t fill(struct http *http)
{
	struct http_buffer *buffer = &http->buffer;
	ssize_t got;

	if (buffer->at > 0) {
		memmove(buffer->data, buffer->data + buffer->at, buffer->end - buffer->at);
		buffer->end -= buffer->at;
		buffer->at = 0;
	}
	if (buffer->end == buffer->room) {
		const size_t room = buffer->room ? 2 * buffer->room : BUFFER_FIRST;
		char *data = room > HEAD_MOST ? NULL : realloc(buffer->data, room);

		if (!data && room > HEAD_MOST)
			return connection_fail(&http->connection, EPROTO,
					       "the head of the answer is longer than 64 KiB");
		if (!data)
			return connection_fail(&http->connection, ENOMEM, strerror(ENOMEM));
		buffer->data = data;
		buffer->room = room;
	}
	got = connection_read(&http->connection, buffer->data + buffer->end,
			      buffer->room - buffer->end);
	if (got > 0) {
		buffer->end += (size_t)got;
		http->begun = true;
	}
	return got;
}

/* The head at DATA is not the answer yet: its status begins with 1. */
static bool is_interim(const char *data, size_t length)
{
	const size_t status = sizeof("HTTP/1.1 ") - 1;

	return length > status && data[status] == '1';
}

/* What the head at DATA says. Of an interim one only the status counts. */
static const char *parse_head(struct http_head *out, struct arena *arena, char *data, size_t length)
{
	struct arena own = { 0 };
	const char *wrong;

	if (!is_interim(data, length))
		return head_parse(out, arena, data, length);
	wrong = head_parse(out, &own, data, length);
	arena_close(&own);
	out->answer = (struct http_answer){ .status = out->answer.status };
	return wrong;
}

static int read_head(struct http_head *out, struct arena *arena, struct http *http)
{
	struct http_buffer *buffer = &http->buffer;
	struct connection *connection = &http->connection;
	size_t length = head_end(buffer->data + buffer->at, buffer->end - buffer->at);
	const char *wrong;

	while (length == 0) {
		const ssize_t got = fill(http);

		if (got < 0)
			return (int)got;
		if (got == 0)
			return connection_fail(connection, ECONNRESET,
					       "the connection was closed before an answer");
		length = head_end(buffer->data, buffer->end);
	}
	wrong = parse_head(out, arena, buffer->data + buffer->at, length);
	buffer->at += length;
	return wrong ? connection_fail(connection, EPROTO, wrong) : 0;
}

bool http_answers(struct http *http)
{
	struct http_buffer *buffer = &http->buffer;
	size_t length = 0;

	if (buffer->at == buffer->end && !connection_stirs(&http->connection))
		return false;
	/* What breaks off here is told by http_head(), which comes upon it again. */
	while (length == 0) {
		length = head_end(buffer->data + buffer->at, buffer->end - buffer->at);
		if (length == 0 && fill(http) <= 0)
			return true;
	}
	if (!is_interim(buffer->data + buffer->at, length))
		return true;
	buffer->at += length;
	return false;
}

int http_head(struct http_head *out, struct arena *arena, struct http *http)
{
	int i;

	for (i = 0; i < INTERIM_MOST; i++) {
		const int ret = read_head(out, arena, http);

		if (ret < 0 || out->answer.status / 100 != 1)
			return ret;
		if (out->answer.status == 101)
			break;
	}
	return connection_fail(&http->connection, EPROTO, "the answer never comes to an end");
}

/* Bytes of the body from the buffer. Returns how many, or -errno with why. */
static ssize_t take_buffered(struct http *http, char *data, size_t size)
{
	struct http_buffer *buffer = &http->buffer;
	const size_t have = buffer->end - buffer->at;
	size_t skip, take;
	const char *wrong = body_look(&skip, &take, &http->body, buffer->data + buffer->at,
				      have < size ? have : size);

	if (wrong)
		return connection_fail(&http->connection, EPROTO, wrong);
	memcpy(data, buffer->data + buffer->at + skip, take);
	buffer->at += skip + take;
	return (ssize_t)take;
}

/* As http_read(), unsaid. */
static ssize_t read_body(struct http *http, char *data, size_t size)
{
	while (!http->body.done) {
		const bool empty = http->buffer.at == http->buffer.end;
		const uint64_t sure = empty ? body_sure(&http->body) : 0;
		ssize_t got;

		if (sure > 0) /* past the buffer */
			got = connection_read(&http->connection, data,
					      sure < size ? (size_t)sure : size);
		else
			got = empty ? fill(http) : take_buffered(http, data, size);
		if (got < 0)
			return got;
		if (got == 0 && empty && http->body.form == BODY_REST)
			http->body.done = true;
		else if (got == 0 && empty)
			return connection_fail(&http->connection, ECONNRESET,
					       "the connection was closed before the end");
		if (sure > 0)
			body_took(&http->body, (uint64_t)got);
		if (got > 0 && (sure > 0 || !empty))
			return got;
	}
	return 0;
}

ssize_t http_read(struct http *http, void *data, size_t size)
{
	const ssize_t got = size > 0 ? read_body(http, data, size) : 0;

	if (got > 0)
		http->read += (uint64_t)got;
	if (got >= 0)
		return got;
	fail(0, "%s: after %" PRIu64 " bytes of its answer: %s", http->url, http->read,
	     http->connection.why);
	http_disconnect(http);
	return got;
}

void http_drop(struct http *http)
{
	char window[2048];
	uint64_t dropped = 0;

	/* What may not come to an end soon is not waited for. */
	if (!http->keep || http->body.form == BODY_REST ||
	    (http->body.form == BODY_LENGTH && http->body.left > DROP_MOST)) {
		http_disconnect(http);
		return;
	}
	while (!http->body.done) {
		const ssize_t got = read_body(http, window, sizeof(window));

		if (got > 0)
			dropped += (uint64_t)got;
		if (got < 0 || dropped > DROP_MOST) {
			http_disconnect(http);
			return;
		}
	}
}

const char *http_text(struct arena *arena, struct http *http, size_t most)
{
	size_t room = 0, length = 0;
	char *text = NULL, *out = NULL;
	ssize_t got = 0;

	do {
		char *larger = room > length ? text : realloc(text, room ? 2 * room : 4096);

		if (!larger) {
			free(text);
			fail(ENOMEM, "%s", http->url);
			return NULL;
		}
		if (room == length)
			room = room ? 2 * room : 4096;
		text = larger;
		got = http_read(http, text + length, room - length);
		if (got > 0)
			length += (size_t)got;
	} while (got > 0 && length <= most);
	if (got == 0 && memchr(text, '\0', length))
		fail(0, "%s: its answer holds NUL bytes, and text is expected", http->url);
	else if (got == 0)
		out = arena_copy(arena, text, length);
	else if (got > 0)
		fail(0, "%s: its answer is longer than %zu bytes", http->url, most);
	free(text);
	return out;
}
