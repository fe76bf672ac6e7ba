/* SPDX-License-Identifier: MIT */
/* Sign images where they are: in a zip or in a layout. */
#ifndef BUILD_SIGN_IMAGES_H
#define BUILD_SIGN_IMAGES_H

#include "build/signing.h"
#include "image/contents.h"

/* Sign each of CONTENTS in SOURCE by the key of ORDER, under the reference of ORDER or each under
 * its own name (NULL), and put the signatures beside them. *said has a line for each. Returns 0,
 * or -errno said by fail(). */
int sign_images(struct string *said, struct arena *arena, const struct source *source,
		const struct contents *contents, const struct signing_order *order);

#endif
