/* SPDX-License-Identifier: MIT */
/* Sign images where they are: in a zip, a layout or the store. */
#ifndef BUILD_SIGN_IMAGES_H
#define BUILD_SIGN_IMAGES_H

#include "build/signing.h"
#include "image/contents.h"
#include "store/tags.h"

/* Where the images are, and their signatures will be. */
struct signing_place {
	const struct source *source;
	const struct store *store; /* that the source is, open for writing; or NULL: a zip or a layout */
	const char *name;          /* of the image in the store, without its tag */
};

/* Sign each of CONTENTS in PLACE by the key of ORDER, under the reference of ORDER or each under
 * its own name (NULL), and put the signatures beside them. *said has a line for each. Returns 0,
 * or -errno said by fail(). */
int sign_images(struct string *said, struct arena *arena, const struct signing_place *place,
		const struct contents *contents, const struct signing_order *order);

#endif
