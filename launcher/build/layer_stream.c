/* SPDX-License-Identifier: MIT */
/* Write a layer: mksquashfs writes the file system into the store's new file, its hash tree follows. */
#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/log.h"
#include "build/layer_stream.h"
#include "store/layer_seal.h"

int layer_check_compression(const char *compression)
{
	return codec_find(compression) ? 0 : -EINVAL;
}

int layer_stream_begin(struct layer_stream *stream, const struct store *store,
		       const struct layer_options *options, mode_t root)
{
	int ret;

	stream->writer.fd = -1;
	stream->squash = (struct squash){ .input = -1, .errors = -1 };
	stream->epoch = options->epoch;
	stream->codec = codec_find(options->compression);
	if (!stream->codec)
		return -EINVAL;
	ret = store_begin(&stream->writer, store);
	if (ret == 0)
		ret = squash_begin(&stream->squash, stream->writer.fd, stream->codec, stream->epoch,
				   root);
	pax_begin(&stream->pax, stream->squash.input);
	return ret;
}

/* It may be that mksquashfs has ended: then it says why. */
static int say_failure(struct layer_stream *stream, int ret)
{
	if (ret == -EPIPE || ret == -ECONNRESET)
		return squash_end(&stream->squash, ret);
	return fail(-ret, "write a layer");
}

int layer_stream_add(struct layer_stream *stream, const struct pax_entry *entry)
{
	struct pax_entry cut = *entry;
	int ret;

	if (cut.mtime > stream->epoch)
		cut.mtime = stream->epoch;
	ret = pax_member(&stream->pax, &cut);
	if (ret == -E2BIG)
		return fail(E2BIG, "the extended attributes of %s", entry->path);
	return ret < 0 ? say_failure(stream, ret) : 0;
}

int layer_stream_data(struct layer_stream *stream, const void *data, size_t length)
{
	int ret = pax_data(&stream->pax, data, length);

	return ret < 0 ? say_failure(stream, ret) : 0;
}

int layer_stream_end(struct built_layer *out, struct layer_stream *stream)
{
	struct store_writer *writer = &stream->writer;
	struct descriptor layer = { 0 };
	struct stat st;
	int ret = squash_end(&stream->squash, pax_end(&stream->pax));

	if (ret == 0 && fstat(writer->fd, &st) < 0)
		ret = fail(errno, "a new layer");
	if (ret == 0)
		ret = layer_seal(&layer, writer, (uint64_t)st.st_size);
	if (ret < 0)
		return ret;
	out->digest = out->diff_id = layer.digest;
	out->verity = layer.verity;
	out->size = layer.size;
	out->media_type = stream->codec->media_type;
	return 0;
}

void layer_stream_abandon(struct layer_stream *stream)
{
	squash_abandon(&stream->squash);
	store_abandon(&stream->writer);
}
