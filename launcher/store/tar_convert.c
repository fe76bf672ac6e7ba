/* SPDX-License-Identifier: MIT */
/* Convert one layer into the store. */
#include "store/layer_seal.h"
#include "store/tar_convert.h"
#include "store/tar_squash.h"

int tar_convert(struct descriptor *layer, struct digest *diff_id, const struct store *store, int fd)
{
	struct store_writer writer = { .fd = -1 }, spill = { .fd = -1 };
	uint64_t size;
	int ret = store_begin(&writer, store);

	if (ret == 0)
		ret = store_begin(&spill, store);
	if (ret == 0)
		ret = tar_squash(&size, &(struct tar_squash){ .from = fd,
							      .to = writer.fd,
							      .spill = spill.fd,
							      .what = "a layer's tar",
							      .where = store->root });
	store_abandon(&spill);
	if (ret == 0)
		ret = layer_seal(layer, &writer, size);
	store_abandon(&writer);
	if (ret < 0)
		return ret;
	layer->media_type = MEDIA_SQUASHFS "+gzip";
	*diff_id = layer->digest;
	return 0;
}
