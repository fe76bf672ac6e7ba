/* SPDX-License-Identifier: MIT */
/* The status line and the headers of an answer, from whoever sent them. Source: RFC 9112. */
#ifndef REGISTRY_HTTP_HEAD_H
#define REGISTRY_HTTP_HEAD_H

#include "registry/http.h"

enum { HEAD_MOST = 65536 /* bytes */ };

struct http_head {
	struct http_answer answer; /* url is not filled in */
	bool keep;                 /* the connection goes on after this answer */
	bool chunked;              /* then the body's length is not known */
	bool ranged;               /* there was a Content-Range, which begins at answer.from: */
	uint64_t covers;           /* bytes */
	bool waits;                /* there was a Retry-After: */
	uint64_t wait;             /* seconds */
	uint64_t until;            /* where it is a date; and */
	uint64_t date;             /* when the answer was given, by the server's clock; or 0 */
	unsigned int joined;       /* lines that were put behind another one */
};

/* How many bytes of DATA the head takes, its empty line included; 0 when it is not whole yet. */
size_t head_end(const char *data, size_t length);
/* Take apart a whole head; strings from ARENA. Changes DATA. Returns NULL, or what is wrong with it. */
const char *head_parse(struct http_head *out, struct arena *arena, char *data, size_t length);

#endif
