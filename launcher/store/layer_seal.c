/* SPDX-License-Identifier: MIT */
/* Append a hash tree, and keep the whole by its digest. */
#include "image/verity.h"
#include "store/layer_seal.h"

int layer_seal(struct descriptor *layer, struct store_writer *writer, uint64_t length)
{
	int ret = verity_append(&layer->verity, writer->fd, length, "a new layer");

	if (ret == 0)
		ret = store_adopt(writer);
	if (ret < 0)
		return ret;
	layer->format = LAYER_SQUASHFS;
	layer->has_verity = true;
	layer->size = writer->size;
	return store_finish(&layer->digest, writer, NULL);
}
