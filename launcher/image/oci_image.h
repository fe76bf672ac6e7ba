/* SPDX-License-Identifier: MIT */
/* An OCI image as something to launch: the manifest that fits this machine, its configuration, its layers. */
#ifndef IMAGE_OCI_IMAGE_H
#define IMAGE_OCI_IMAGE_H

#include "image/image.h"

/* Take the layout in the open image->fd, at OFFSET of a zip; of several images the one called NAME
 * (NULL: there must be one). Returns 0, -ENOENT (not said) when there is no layout, or another
 * -errno, said by fail(). */
int oci_image_open(struct image *image, struct arena *arena, uint64_t offset, const char *name,
		   const struct image_gate *gate);
/* Take the image whose manifest, or index of manifests, SOURCE has under DESCRIPTOR; both must
 * outlive the image, which closes the source. Returns 0 or -errno, said by fail(). */
int oci_image_load(struct image *image, struct arena *arena, struct source *source,
		   const struct descriptor *descriptor, const struct image_gate *gate);
/* Read what the superblocks of its layers' hash trees say. Returns 0 or -errno, said by fail(). */
int oci_image_read_verity(struct image *image, struct arena *arena);
/* Take the zip in the open image->fd at OFFSET as the files of a program. Returns 0 or -errno, said by fail(). */
int archive_open(struct image *image, struct arena *arena, uint64_t offset);
void oci_image_close(struct image *image);

#endif
