/* SPDX-License-Identifier: MIT */
/* A Dockerfile's stages one after the other, each instruction carried out; then the image of the last. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "build/builder.h"
#include "store/tags.h"

static instruction_run *const runs[] = {
	[INSTRUCTION_ADD] = run_copy,
	[INSTRUCTION_ARG] = run_arg,
	[INSTRUCTION_CMD] = run_cmd,
	[INSTRUCTION_COPY] = run_copy,
	[INSTRUCTION_ENTRYPOINT] = run_entrypoint,
	[INSTRUCTION_ENV] = run_env,
	[INSTRUCTION_EXPOSE] = run_expose,
	[INSTRUCTION_FROM] = run_from,
	[INSTRUCTION_HEALTHCHECK] = run_healthcheck,
	[INSTRUCTION_LABEL] = run_label,
	[INSTRUCTION_MAINTAINER] = run_maintainer,
	[INSTRUCTION_RUN] = run_run,
	[INSTRUCTION_SHELL] = run_shell,
	[INSTRUCTION_STOPSIGNAL] = run_stopsignal,
	[INSTRUCTION_USER] = run_user,
	[INSTRUCTION_VOLUME] = run_volume,
	[INSTRUCTION_WORKDIR] = run_workdir,
};

/* --- what is read ------------------------------------------------------------------------------------ */

/* A whole text file of at most DOCKERFILE_MOST bytes, without a NUL. Returns -ENOENT unsaid. */
static int read_text(const char **out, struct arena *arena, int dir, const char *path)
{
	char *text = arena_alloc(arena, DOCKERFILE_MOST + 1);
	const ssize_t got = text ? sys_read_file(text, DOCKERFILE_MOST + 1, dir, path) : -ENOMEM;

	if (got == -ENOENT)
		return -ENOENT;
	if (got < 0)
		return fail((int)-got, "%s", path);
	if (memchr(text, '\0', (size_t)got))
		return fail(0, "%s: no text: it has a NUL", path);
	*out = text;
	return 0;
}

static int read_dockerfile(struct builder *b)
{
	const char *file = b->order->file, *text = NULL;
	int ret;

	if (!file)
		file = arena_print(b->arena, "%s/Dockerfile", b->order->context);
	if (!file)
		return fail(ENOMEM, "Dockerfile");
	ret = read_text(&text, b->arena, AT_FDCWD, file);
	if (ret == -ENOENT)
		return fail(ENOENT, "%s", file);
	if (ret < 0)
		return ret;
	if (!b->order->file)
		file = "Dockerfile";
	return dockerfile_parse(&b->dockerfile, b->arena, text, file);
}

/* Whether an ARG of any stage asks for NAME, of LENGTH bytes. */
static bool is_asked(const struct dockerfile *dockerfile, const char *name, size_t length)
{
	size_t i, j;

	for (i = 0; i < dockerfile->count; i++) {
		const struct instruction *one = &dockerfile->instructions[i];

		for (j = 0; one->kind == INSTRUCTION_ARG && j < one->words.count; j++) {
			const char *word = one->words.items[j];

			if (strncmp(word, name, length) == 0 && strcspn(word, "=") == length)
				return true;
		}
	}
	return false;
}

/* As Docker does it: most often a name is misspelt. */
static void warn_unused(const struct builder *b)
{
	size_t i;

	for (i = 0; i < b->order->args.count; i++) {
		const char *arg = b->order->args.items[i];
		const size_t length = strcspn(arg, "=");

		if (!is_asked(&b->dockerfile, arg, length))
			warn("--build-arg %.*s: no ARG in the Dockerfile asks for it", (int)length,
			     arg);
	}
}

/* FILE.dockerignore comes before the one of the context. */
static int read_ignore(struct builder *b)
{
	const char *file = b->order->file ?
				   b->order->file :
				   arena_print(b->arena, "%s/Dockerfile", b->order->context);
	const char *own = file ? arena_print(b->arena, "%s.dockerignore", file) : NULL;
	const char *text = NULL;
	int ret = own ? read_text(&text, b->arena, AT_FDCWD, own) : fail(ENOMEM, ".dockerignore");

	if (ret == 0)
		return ignore_parse(&b->ignore, b->arena, text, own);
	if (ret == -ENOENT)
		ret = read_text(&text, b->arena, b->context, ".dockerignore");
	if (ret == -ENOENT)
		return 0;
	return ret < 0 ? ret : ignore_parse(&b->ignore, b->arena, text, ".dockerignore");
}

static int read_epoch(struct builder *b)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	char words[32];
	struct tm tm;
	time_t time;

	if (text && text_number(&b->epoch, text, 253402300799) < 0)
		return fail(0, "SOURCE_DATE_EPOCH=%s: expected seconds since 1970", text);
	time = (time_t)b->epoch;
	if (!gmtime_r(&time, &tm) || !strftime(words, sizeof(words), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return fail(0, "SOURCE_DATE_EPOCH=%s: no such time", text);
	b->created = arena_copy(b->arena, words, strlen(words));
	return b->created ? 0 : fail(ENOMEM, "build");
}

/* --- the steps --------------------------------------------------------------------------------------- */

/* Docker's line: one for an instruction, however many it has. */
static int announce(struct builder *b, const struct instruction *one)
{
	char *text = arena_print(b->arena, "Step %zu/%zu : %s %.4000s", ++b->step, b->steps,
				 one->name, one->text);

	if (!text)
		return fail(ENOMEM, "build");
	text_tame(text);
	return build_say(b, "%s\n", text);
}

static bool makes_layer(const struct instruction *one)
{
	return one->kind == INSTRUCTION_COPY || one->kind == INSTRUCTION_ADD ||
	       one->kind == INSTRUCTION_RUN || one->kind == INSTRUCTION_WORKDIR;
}

static int build_stage(struct builder *b, struct stage *stage)
{
	size_t i;
	int ret = 0;

	for (i = stage->first; i < stage->end && ret == 0; i++) {
		const struct instruction *one = &b->dockerfile.instructions[i];

		ret = announce(b, one);
		if (ret == 0)
			ret = runs[one->kind](b, stage, one);
		if (ret == 0 && !makes_layer(one) && one->kind != INSTRUCTION_FROM)
			ret = stage_note(b, stage, one, false);
	}
	return ret;
}

/* --- the image --------------------------------------------------------------------------------------- */

/* --label comes after all instructions. */
static int add_labels(struct builder *b, struct stage *stage)
{
	const struct texts *labels = &b->order->labels;
	size_t i;

	for (i = 0; i < labels->count; i++)
		if (!strchr(labels->items[i], '=') || labels->items[i][0] == '=')
			return fail(0, "--label %s: expected NAME=VALUE", labels->items[i]);
	return labels_put(b, stage, labels);
}

static int put_blob(struct descriptor *out, const struct store *store, const char *text)
{
	if (!text)
		return fail(ENOMEM, "build");
	out->size = strlen(text);
	return store_put(&out->digest, store, text, out->size);
}

/* What cannot be read again is not written: the same rules hold for all images. */
static int put_config(struct descriptor *out, struct builder *b, struct stage *stage)
{
	struct image_config again;
	const char *text;

	stage->config.created = b->created;
	text = image_config_print(b->arena, &stage->config);
	if (text && image_config_parse(&again, b->arena, text, b->dockerfile.file) < 0)
		return -EINVAL;
	out->media_type = MEDIA_CONFIG;
	return put_blob(out, b->store, text);
}

static int put_layers(struct manifest *manifest, struct builder *b, const struct stage *stage)
{
	size_t i;

	manifest->layers =
		arena_alloc(b->arena, (stage->layers.count + 1) * sizeof(*manifest->layers));
	if (!manifest->layers)
		return fail(ENOMEM, "build");
	manifest->layer_count = stage->layers.count;
	for (i = 0; i < stage->layers.count; i++) {
		struct descriptor *layer = &manifest->layers[i];
		struct annotation *list = arena_alloc(b->arena, 2 * sizeof(*list));
		char hex[DIGEST_HEX + 1];

		*layer = stage->layers.items[i];
		if (!layer->has_verity || (layer->annotations && layer->annotations[0].key))
			continue;
		digest_print_hex(hex, &layer->verity);
		if (!list)
			return fail(ENOMEM, "build");
		list[0] = (struct annotation){ ANNOTATION_VERITY,
					       arena_copy(b->arena, hex, DIGEST_HEX) };
		layer->annotations = list;
	}
	return 0;
}

static int put_image(struct build *out, struct builder *b, struct stage *stage)
{
	static const struct annotation none[] = { { NULL, NULL } };
	struct manifest manifest = { .media_type = MEDIA_MANIFEST,
				     .config = { .annotations = none },
				     .annotations = none };
	int ret = add_labels(b, stage);

	if (ret == 0 && !stage->layers.count)
		ret = fail(0, "%s: the image has no files: no layer came of it", b->dockerfile.file);
	if (ret == 0)
		ret = put_config(&manifest.config, b, stage);
	if (ret == 0)
		ret = put_layers(&manifest, b, stage);
	if (ret < 0)
		return ret;
	out->config = manifest.config.digest;
	out->manifest = (struct descriptor){ .media_type = MEDIA_MANIFEST, .annotations = none };
	return put_blob(&out->manifest, b->store, manifest_print(b->arena, &manifest));
}

static int put_tags(const struct build *out, struct builder *b)
{
	char id[DIGEST_TEXT];
	size_t i;
	int ret;

	digest_print(id, &out->config);
	if (b->order->quiet)
		ret = say(arena_print(b->arena, "%s\n", id));
	else
		ret = build_say(b, "Successfully built %.12s\n", id + 7);
	for (i = 0; i < b->order->tags.count && ret == 0; i++) {
		struct reference reference;
		const char *name;

		ret = reference_parse(&reference, b->arena, b->order->tags.items[i]);
		if (ret == 0)
			ret = tag_set(b->store, &reference, &out->manifest);
		name = reference_print(b->arena, &reference);
		if (ret == 0)
			ret = build_say(b, "Successfully tagged %s\n", name ? name : "");
	}
	return ret;
}

/* --- all of it --------------------------------------------------------------------------------------- */

static int prepare(struct builder *b)
{
	int ret = read_epoch(b);

	b->context = openat(AT_FDCWD, b->order->context, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ret == 0 && b->context < 0)
		ret = fail(errno, "the build context %s", b->order->context);
	b->platform = *platform_own();
	if (ret == 0 && b->order->platform)
		ret = platform_parse(&b->platform, b->arena, b->order->platform);
	if (ret == 0)
		ret = read_dockerfile(b);
	if (ret == 0) {
		warn_unused(b);
		ret = read_ignore(b);
	}
	if (ret == 0)
		ret = inside_begin(&b->inside, b->arena, b->store);
	return ret == 0 ? work_folder_make(b) : ret;
}

static int build_stages(struct build *out, struct builder *b)
{
	struct stage *last;
	size_t i;
	int ret = stages_find(&last, b);

	for (i = 0; ret == 0 && i < b->stage_count; i++)
		if (b->stages[i].needed)
			ret = build_stage(b, &b->stages[i]);
	if (ret == 0)
		ret = put_image(out, b, last);
	return ret == 0 ? put_tags(out, b) : ret;
}

int build_image(struct build *out, struct arena *arena, const struct store *store,
		const struct build_order *order)
{
	struct builder b = { .arena = arena, .order = order, .store = store, .context = -1 };
	int ret = prepare(&b);

	if (ret == 0)
		ret = build_stages(out, &b);
	if (b.work)
		work_folder_remove(b.work);
	fd_close(&b.context);
	return ret;
}
