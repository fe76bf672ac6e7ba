/* SPDX-License-Identifier: MIT */
/* Docker's layers become layers that can be mounted, on the board too. */
#ifndef STORE_TAR_CONVERT_H
#define STORE_TAR_CONVERT_H

#include "store/load.h"

/* A load_convert by davit alone, as tar_squash() says; the same tar gives the same layer. */
int tar_convert(struct descriptor *layer, struct digest *diff_id, const struct store *store, int fd);

#endif
