/* SPDX-License-Identifier: MIT */
/* Convert one layer. */
#include "build/convert.h"
#include "build/layer.h"

int layer_convert(struct descriptor *layer, struct digest *diff_id, const struct store *store, int fd)
{
	const struct layer_options options = { .epoch = UINT32_MAX };
	struct built_layer built;
	int ret = layer_from_tar(&built, store, fd, &options);

	if (ret < 0)
		return ret;
	layer->media_type = built.media_type;
	layer->format = LAYER_SQUASHFS;
	layer->digest = built.digest;
	layer->size = built.size;
	layer->has_verity = true;
	layer->verity = built.verity;
	*diff_id = built.diff_id;
	return 0;
}
