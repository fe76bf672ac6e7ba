/* SPDX-License-Identifier: MIT */
/* Where the bytes of a body lie in what arrives: as many as were told, in chunks, or until the
 * connection ends. Source: RFC 9112, sections 6 and 7. */
#ifndef REGISTRY_HTTP_BODY_H
#define REGISTRY_HTTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum body_form { BODY_NONE, BODY_LENGTH, BODY_CHUNKS, BODY_REST };

struct body {
	enum body_form form;
	int state;     /* of chunks: what comes next */
	uint64_t left; /* of the length, or of this chunk */
	size_t extra;  /* bytes of this chunk's line, or of all trailers */
	bool done;
};

void body_begin(struct body *body, enum body_form form, uint64_t length);
/* Look at LENGTH bytes that have arrived: the first *skip are no part of the body, the next *take
 * are. Both may be 0 only at the end (done), or for 0 bytes. Returns NULL, or what is wrong. */
const char *body_look(size_t *skip, size_t *take, struct body *body, const char *data, size_t length);
/* How many bytes of the body certainly come next, without a look. */
uint64_t body_sure(const struct body *body);
/* COUNT bytes that body_sure() told of went another way. */
void body_took(struct body *body, uint64_t count);

#endif
