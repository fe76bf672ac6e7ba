/* SPDX-License-Identifier: MIT */
/* An image that this machine keeps, by the name that people gave it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/job.h"
#include "image/oci_image.h"
#include "store/tags.h"

/* What the sandbox is called after: the last part of the name. */
static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* The store's descriptor is the source's from now on, which the image closes. */
static int load(struct job *job, struct store *store, const struct descriptor *descriptor,
		const char *name, const struct image_gate *gate)
{
	struct image *image = &job->image;
	struct source *source = arena_alloc(&job->arena, sizeof(*source));
	struct reference own;
	int ret;

	if (!source)
		return fail(ENOMEM, "%s", store->root);
	ret = store_source(source, &job->arena, store);
	if (ret == 0 && !reference_try(&own, &job->arena, name))
		ret = store_source_prefer(source, &job->arena, own.name);
	if (ret < 0)
		return ret;
	image->fd = fcntl(store->fd, F_DUPFD_CLOEXEC, 0);
	source->fd = fcntl(store->fd, F_DUPFD_CLOEXEC, 0);
	source->path = job->request.image;
	image->path = job->request.image;
	image->base = last_part(name);
	if (image->fd < 0 || source->fd < 0)
		ret = fail(errno, "%s", store->root);
	return ret < 0 ? ret : oci_image_load(image, &job->arena, source, descriptor, gate);
}

int job_store(struct job *job, const struct image_gate *gate)
{
	const char *text = job->request.image;
	const struct tag *found = NULL;
	struct reference reference;
	struct store store;
	struct tags tags;
	int ret;

	if (!job->pinned && reference_try(&reference, &job->arena, text))
		return IMAGE_MISSING;
	ret = store_open(&store, verb_root(), STORE_READ);
	if (ret < 0)
		return ret == -ENOENT ? IMAGE_MISSING : ret;
	if (CONFIG_UPDATE && job->pinned) {
		ret = load(job, &store, job->pinned, text, gate);
		store_close(&store);
		return ret;
	}
	ret = tags_list(&tags, &job->arena, &store);
	if (ret == 0) {
		ret = tags_find(&found, &job->arena, &store, &tags, text);
		ret = ret == -ENOENT ? IMAGE_MISSING : ret;
	}
	if (ret == 0)
		ret = load(job, &store, &found->descriptor, found->name, gate);
	store_close(&store);
	return ret;
}
