/* SPDX-License-Identifier: MIT */
/* The images that davit sign, verify and save are about: in a zip or a layout, or kept by this machine. */
#ifndef COMMANDS_SUBJECT_H
#define COMMANDS_SUBJECT_H

#include "image/contents.h"
#include "image/keys.h"
#include "store/store.h"

struct subject {
	struct source source;
	struct contents contents; /* at least one */
	struct index index;       /* the entries of the source's index that they are in */
	struct store store;       /* where the source is kept, or with a descriptor of -1 */
	const char *name;         /* there, without the tag */
};

/* Open IMAGE: FILE or FILE:TAG, a zip or a layout's directory, without a tag all its images; or, where
 * there is no such file, an image that this machine keeps, for USE. Returns 0, or -errno said by fail(). */
int subject_open(struct subject *subject, struct arena *arena, const char *image, enum store_use use);
void subject_close(struct subject *subject);
/* The keys in FILES, or without any those that the device trusts; at least one. Returns 0, or -errno said by fail(). */
int subject_keys(struct keys *out, struct arena *arena, const struct texts *files);

#endif
