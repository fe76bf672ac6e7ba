/* SPDX-License-Identifier: MIT */
/* Find the bytes of a body among those of its chunks. */
#include <string.h>

#include "registry/http_body.h"

/* What comes next in a body of chunks. */
enum {
	CHUNK_SIZE,    /* hexadecimal digits, at least one */
	CHUNK_DIGITS,  /* further ones */
	CHUNK_EXTRA,   /* the rest of that line: extensions, which are passed over */
	CHUNK_DATA,    /* left bytes */
	CHUNK_CR,      /* an end of line after them */
	CHUNK_LF,      /* the second half of it */
	CHUNK_TRAILER, /* lines after the last chunk */
	CHUNK_LINE     /* the rest of such a line */
};

enum { LINE_MOST = 4096 /* bytes that are no part of the body, at a time */ };

void body_begin(struct body *body, enum body_form form, uint64_t length)
{
	memset(body, 0, sizeof(*body));
	body->form = form;
	body->left = form == BODY_LENGTH ? length : 0;
	body->done = form == BODY_NONE || (form == BODY_LENGTH && length == 0);
}

static int hex_digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* The line with the size has ended. */
static void size_ends(struct body *body)
{
	body->state = body->left > 0 ? CHUNK_DATA : CHUNK_TRAILER;
	body->extra = 0;
}

static const char *chunk_size(struct body *body, char byte)
{
	const int digit = hex_digit(byte);

	if (digit >= 0 && body->left > (uint64_t)INT64_MAX >> 4)
		return "a chunk is larger than anything";
	if (digit >= 0) {
		body->left = body->left << 4 | (unsigned int)digit;
		body->state = CHUNK_DIGITS;
		return NULL;
	}
	if (body->state == CHUNK_SIZE || !strchr("\r\n; \t", byte) || byte == '\0')
		return "a chunk's size is no hexadecimal number";
	body->state = CHUNK_EXTRA;
	if (byte == '\n')
		size_ends(body);
	return NULL;
}

static const char *chunk_trailer(struct body *body, char byte)
{
	if (byte == '\n' && body->state == CHUNK_TRAILER)
		body->done = true;
	else if (byte == '\n')
		body->state = CHUNK_TRAILER;
	else if (byte != '\r')
		body->state = CHUNK_LINE;
	return NULL;
}

static const char *chunk_byte(struct body *body, char byte)
{
	if (++body->extra > LINE_MOST)
		return "too much stands between its chunks";
	switch (body->state) {
	case CHUNK_SIZE:
	case CHUNK_DIGITS:
		return chunk_size(body, byte);
	case CHUNK_EXTRA:
		if (byte == '\n')
			size_ends(body);
		return NULL;
	case CHUNK_CR:
	case CHUNK_LF:
		if (byte != '\n' && (body->state == CHUNK_LF || byte != '\r'))
			return "a chunk is longer than it says";
		body->state = byte == '\n' ? CHUNK_SIZE : CHUNK_LF;
		return NULL;
	default:
		return chunk_trailer(body, byte);
	}
}

uint64_t body_sure(const struct body *body)
{
	if (body->done)
		return 0;
	if (body->form == BODY_REST)
		return UINT64_MAX;
	return body->form == BODY_LENGTH || body->state == CHUNK_DATA ? body->left : 0;
}

void body_took(struct body *body, uint64_t count)
{
	if (body->form == BODY_REST)
		return;
	body->left -= count;
	if (body->left > 0)
		return;
	body->done = body->form == BODY_LENGTH;
	if (body->form == BODY_CHUNKS)
		body->state = CHUNK_CR;
}

const char *body_look(size_t *skip, size_t *take, struct body *body, const char *data, size_t length)
{
	uint64_t sure = body_sure(body);
	const char *wrong = NULL;
	size_t at = 0;

	while (!wrong && sure == 0 && !body->done && at < length) {
		wrong = chunk_byte(body, data[at++]);
		sure = body_sure(body);
	}
	*skip = at;
	*take = sure < length - at ? (size_t)sure : length - at;
	if (*take > 0)
		body_took(body, *take);
	return wrong;
}
