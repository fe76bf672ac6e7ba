/* SPDX-License-Identifier: MIT */
/* The steps that make the root of the app's tree: layers, directories, what is laid above them. */
#include <errno.h>
#include <inttypes.h>
#include <sys/mount.h>

#include "base/log.h"
#include "config.h"
#include "sandbox/plan_parts.h"

#define SAFE (MS_NOSUID | MS_NODEV)
#define SAFEST (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static bool is_watched(const struct sandbox *sandbox, const struct layer *layer)
{
	return CONFIG_VERITY && sandbox->verity && layer->verity;
}

/* Of what dm-verity watches every byte is checked as it is read; of the rest, all of them now.
 * Reading may take long, so it comes before anything is locked. */
int plan_digests(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct image *image = sandbox->image;
	size_t i;
	int ret = 0;

	for (i = 0; sandbox->digests && i < image->layer_count && ret == 0; i++) {
		const struct layer *layer = &image->layers[i];
		const struct step step = { .kind = STEP_DIGEST,
					   .source = layer->path,
					   .flags = i,
					   .numbers = { layer->offset, layer->blob_size } };

		if (!is_watched(sandbox, layer))
			ret = plan_add(plan, arena, &step);
	}
	return ret;
}

static int plan_verity(struct plan *plan, struct arena *arena, const struct layer *layer,
		       size_t number)
{
	const struct step step = {
		.kind = STEP_VERITY, .source = layer->path, .flags = number, .data = layer->root_hash
	};

	return plan_add(plan, arena, &step);
}

/* A loop device for each layer, with its hash tree where that is used. */
int plan_layers(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct image *image = sandbox->image;
	size_t i;
	int ret = 0;

	for (i = 0; i < image->layer_count && ret == 0; i++) {
		const struct layer *layer = &image->layers[i];
		const bool watched = is_watched(sandbox, layer);
		const struct step step = { .kind = STEP_LOOP,
					   .source = layer->path,
					   .flags = i,
					   .numbers = { layer->offset, watched ? layer->blob_size :
										 layer->size } };

		ret = plan_add(plan, arena, &step);
		if (ret == 0 && watched)
			ret = plan_verity(plan, arena, layer, i);
	}
	return ret;
}

/* Set-user-id programs of the image have no effect unless that was asked for. */
static unsigned long root_flags(const struct sandbox *sandbox)
{
	return sandbox->new_privileges ? MS_NODEV : SAFE;
}

/* A directory. */
static int plan_directory(struct plan *plan, struct arena *arena, const char *target)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct step step = { .kind = STEP_TREE,
				   .source = sandbox->image->path,
				   .target = target,
				   .flags = root_flags(sandbox) | MS_RDONLY };

	return plan_add(plan, arena, &step);
}

static int plan_archive(struct plan *plan, struct arena *arena, const char *target)
{
	const struct step step = { .kind = STEP_UNZIP,
				   .source = plan->sandbox->image->path,
				   .target = target };

	return plan_add(plan, arena, &step);
}

/* A squashfs from each loop device: on TARGET, or where there are several, on TARGET and its number. */
static int plan_images(struct plan *plan, struct arena *arena, const char *target)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct image *image = sandbox->image;
	size_t i;
	int ret = 0;

	for (i = 0; i < image->layer_count && ret == 0; i++) {
		const struct step step = {
			.kind = STEP_IMAGE,
			.source = image->layers[i].path,
			.target = image->layer_count == 1 ? target :
							    arena_print(arena, "%s%zu", target, i),
			.type = "squashfs",
			.flags = root_flags(sandbox) | MS_RDONLY,
			.numbers = { i },
		};

		ret = step.target ? plan_add(plan, arena, &step) : fail(ENOMEM, "plan");
	}
	return ret;
}

/* What overlayfs is told: the uppermost layer comes first, all names are relative to the stage. */
static const char *overlay_data(const struct sandbox *sandbox, struct arena *arena)
{
	size_t i = sandbox->image->layer_count;
	struct string text = { 0 };

	string_add(arena, &text, "lowerdir=lower");
	if (i > 1) {
		string_add(arena, &text, "%zu", --i);
		while (i-- > 0)
			string_add(arena, &text, ":lower%zu", i);
	}
	/* Without an upper one, there must be two. */
	if (sandbox->image->kind == IMAGE_ARCHIVE && !sandbox->writable)
		string_add(arena, &text, ":empty");
	if (sandbox->kept)
		string_add(arena, &text, ",upperdir=kept/upper,workdir=kept/work");
	else if (sandbox->writable)
		string_add(arena, &text, ",upperdir=upper,workdir=work");
	if (sandbox->layered)
		string_add(arena, &text, ",redirect_dir=off,metacopy=off");
	return text.text;
}

/* Before anything is mounted in the root, so that they are made in it and nowhere else. */
static int plan_directories(struct plan *plan, struct arena *arena)
{
	const struct texts *list = &plan->sandbox->directories;
	size_t i;
	int ret = 0;

	for (i = 0; i < list->count && ret == 0; i++)
		ret = plan_add(plan, arena,
			       &(struct step){ .kind = STEP_WORKDIR, .target = list->items[i] });
	return ret;
}

static int plan_upper(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct step step = { .kind = STEP_UPPER,
				   .source = sandbox->kept,
				   .target = arena_print(arena, "%s/kept", sandbox->state),
				   .flags = SAFEST };

	return step.target ? plan_add(plan, arena, &step) : fail(ENOMEM, "plan");
}

/* A tmpfs on the state directory, the stage, holds all that the app writes: the overlay's parts,
 * /tmp, /run and /dev/shm, within one size; each file system of its own would cost time and memory.
 * Read-only: an image of one part is the root itself. */
int plan_root(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	const char *state = sandbox->state;
	const char *size = arena_print(arena, "size=%" PRIu64 ",mode=0700", sandbox->scratch_size);
	const char *lower = arena_print(arena, "%s/lower", state);
	static int (*const plan_parts[])(struct plan *, struct arena *, const char *) = {
		[IMAGE_LAYERS] = plan_images,
		[IMAGE_DIRECTORY] = plan_directory,
		[IMAGE_ARCHIVE] = plan_archive,
	};
	const bool overlaid = sandbox_is_overlaid(sandbox);
	const char *root = overlaid ? arena_print(arena, "%s/root", state) : lower;
	const struct step stage = { .kind = STEP_STAGE,
				    .target = state,
				    .data = size,
				    .flags = SAFEST,
				    .numbers = { sandbox->image->layer_count } };
	const struct step overlay = {
		.kind = STEP_OVERLAY,
		.target = root,
		.source = state,
		.type = sandbox->kept ? "kept" : NULL,
		.data = overlay_data(sandbox, arena),
		.flags = root_flags(sandbox) | (sandbox->writable ? 0 : MS_RDONLY),
	};
	const struct step open = { .kind = STEP_ROOT, .target = root };
	int ret;

	if (arena->failed)
		return fail(ENOMEM, "plan");
	ret = plan_add(plan, arena, &stage);
	if (ret == 0)
		ret = plan_parts[sandbox->image->kind](plan, arena, lower);
	if (ret == 0 && sandbox->kept)
		ret = plan_upper(plan, arena);
	if (ret == 0 && overlaid)
		ret = plan_add(plan, arena, &overlay);
	if (ret == 0)
		ret = plan_add(plan, arena, &open);
	return ret == 0 ? plan_directories(plan, arena) : ret;
}
