/* SPDX-License-Identifier: MIT */
/* One layer on its way into a store: members go in, a squashfs with its hash tree comes out. */
#ifndef BUILD_LAYER_STREAM_H
#define BUILD_LAYER_STREAM_H

#include "build/layer.h"
#include "build/layer_attributes.h"
#include "build/squash.h"
#include "store/store.h"

struct layer_stream {
	struct store_writer writer;
	struct squash squash;
	struct pax pax;
	const struct codec *codec;
	uint64_t epoch;
};

/* ROOT are the permissions of the root directory. Returns 0, or -errno said by fail();
 * layer_stream_abandon() is due in any case. */
int layer_stream_begin(struct layer_stream *stream, const struct store *store,
		       const struct layer_options *options, mode_t root);
/* A member, its times cut at the epoch; and the data of a regular file. Return 0, or -errno said. */
int layer_stream_add(struct layer_stream *stream, const struct pax_entry *entry);
int layer_stream_data(struct layer_stream *stream, const void *data, size_t length);
/* Returns 0, or -errno said. */
int layer_stream_end(struct built_layer *out, struct layer_stream *stream);
/* Safe twice, and after the end. */
void layer_stream_abandon(struct layer_stream *stream);

#endif
