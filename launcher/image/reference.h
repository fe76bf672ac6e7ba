/* SPDX-License-Identifier: MIT */
/* What people call an image: [HOST[:PORT]/]NAME[:TAG][@sha256:HEX], in Docker's syntax. Source:
 * github.com/distribution/reference, regexp.go. */
#ifndef IMAGE_REFERENCE_H
#define IMAGE_REFERENCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/digest.h"

enum { REFERENCE_NAME_MOST = 255, REFERENCE_TAG_MOST = 128 };

struct reference {
	const char *host; /* with its port; NULL: not said */
	const char *path; /* "library/web" */
	const char *name; /* both: what stands before the tag */
	const char *tag; /* "latest" where neither tag nor digest are said; NULL: only a digest is */
	bool has_digest;
	struct digest digest;
};

/* Take TEXT apart; the parts live in ARENA. Returns 0, or -EINVAL or -ENOMEM, said by fail(). */
int reference_parse(struct reference *out, struct arena *arena, const char *text);
/* The same, but what is wrong is not said: NULL, or what is wrong in words. */
const char *reference_try(struct reference *out, struct arena *arena, const char *text);
/* True for what can stand before the first slash of a name and is a host, or HOST:PORT. */
bool reference_is_host(const char *text);
/* NAME[:TAG][@DIGEST] from ARENA, or NULL. */
const char *reference_print(struct arena *arena, const struct reference *reference);

#endif
