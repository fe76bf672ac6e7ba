/* SPDX-License-Identifier: MIT */
/* Checks one layer. */
#include <errno.h>

#include "base/log.h"
#include "image/layer_audit.h"
#include "image/squashfs.h"
#include "image/verity.h"

typedef int verity_checker(const struct verity *verity, int fd, uint64_t offset,
			   const struct digest *root, const char *what);

/* The tree is behind the file system, which is found by the file system's own size. */
static int audit(const struct blob *blob, const struct descriptor *descriptor, const char *what,
		 verity_checker *check)
{
	struct layer layer = { .path = what, .offset = blob->offset, .fd = blob->fd };
	struct verity verity;
	int ret;

	if (descriptor->format != LAYER_SQUASHFS)
		return descriptor->has_verity ?
			       fail(0, "%s: a root hash, but it is %s and no squashfs", what,
				    descriptor->media_type) :
			       0;
	ret = squashfs_check(&layer, blob->size);
	if (ret == SQUASHFS_ZIP)
		return fail(0, "%s: a layer is no squashfs, but a zip", what);
	if (ret < 0 || !descriptor->has_verity)
		return ret;
	ret = verity_read(&verity, blob->fd, blob->offset, layer.size, blob->size, what);
	return ret < 0 ? ret : check(&verity, blob->fd, blob->offset, &descriptor->verity, what);
}

int layer_audit(const struct blob *blob, const struct descriptor *descriptor, const char *what)
{
	return audit(blob, descriptor, what, verity_check);
}

int layer_audit_some(const struct blob *blob, const struct descriptor *descriptor, const char *what)
{
	return audit(blob, descriptor, what, verity_check_some);
}
