/* SPDX-License-Identifier: MIT */
/* The version below which no image of a name is launched any more, so that nobody can bring an old,
 * signed image with its old holes back. Kept in ROOT/floors/NAME; only for signed images, whose
 * name and version are signed. */
#ifndef STORE_FLOOR_H
#define STORE_FLOOR_H

#include <stdbool.h>

#include "image/oci_config.h"

/* One to four numbers with dots between: "2", "1.10.3". */
#define LABEL_VERSION "io.davit.version"
/* The floor that the image leaves behind; without this label, its own version. */
#define LABEL_FLOOR "io.davit.version.floor"

struct floor {
	const char *root, *name;
	const char *next; /* what the floor is to be after the launch; NULL: it stays */
};

/* Hold the LABELS of the image that its signature calls REFERENCE ("" never has a floor) against the
 * floor in ROOT. Writes nothing. Returns 0, or -errno said by fail(): -ESTALE for an older version. */
int floor_check(struct floor *out, struct arena *arena, const char *root, const char *reference,
		const struct annotation *labels);
/* Whether an image with the labels CURRENT forbids to go back to one with the labels NEXT: it names a
 * floor by LABEL_FLOOR, and NEXT is below it. APP stands in the message. Returns 0, or -ESTALE said. */
int floor_forbids(const struct annotation *current, const struct annotation *next, const char *app);
/* Raise it, which a power cut does not undo. Returns 0, or -errno said by fail(). */
int floor_raise(const struct floor *floor, struct arena *arena);

#endif
