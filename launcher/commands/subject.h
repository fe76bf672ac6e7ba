/* SPDX-License-Identifier: MIT */
/* The images that davit sign and davit verify are about: in a zip or a layout, or kept by this machine. */
#ifndef COMMANDS_SUBJECT_H
#define COMMANDS_SUBJECT_H

#include "image/contents.h"
#include "image/keys.h"

struct subject {
	struct source source;
	struct contents contents; /* at least one */
};

/* Open IMAGE: FILE or FILE:TAG, a zip or a layout's directory. Without a tag all its images are
 * meant. Returns 0, or -errno said by fail(). */
int subject_open(struct subject *subject, struct arena *arena, const char *image);
void subject_close(struct subject *subject);
/* The keys in FILES, or without any those that the device trusts; at least one. Returns 0, or -errno said by fail(). */
int subject_keys(struct keys *out, struct arena *arena, const struct texts *files);

#endif
