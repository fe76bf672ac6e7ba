/* SPDX-License-Identifier: MIT */
/* Images out of a source into a zip: an image layout, their signatures with them. */
#ifndef STORE_SAVE_H
#define STORE_SAVE_H

#include "store/zip_write.h"

/* Write what INDEX names, which is in SOURCE, with all that belongs to it, and the index; each
 * entry keeps its annotations. Signatures that SOURCE has of them follow. Ends the zip. Returns 0
 * or -errno, said by fail(). */
int save_zip(struct zip_writer *writer, struct arena *arena, const struct source *source,
	     const struct index *index);
/* The same into the file PATH, which is there when it is complete. */
int save_file(const char *path, struct arena *arena, const struct source *source,
	      const struct index *index);

#endif
