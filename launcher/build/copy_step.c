/* SPDX-License-Identifier: MIT */
/* COPY and ADD: which files, from where, to where, and whose they become. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/fd.h"
#include "base/log.h"
#include "build/builder.h"
#include "build/copy_owner.h"
#include "build/pattern.h"
#include "build/unpack.h"

struct copy_job {
	struct copying copying;
	struct texts paths;          /* below the origin */
	const char *target;          /* below the root */
	bool into;                   /* the target is a directory, or becomes one */
	const char *owner;           /* of --chown, or NULL */
	const char **documents;      /* their texts */
	const struct layers *layers; /* of --from, or NULL */
};

static int refuse(struct builder *b, const struct instruction *one, const char *word, const char *what)
{
	return dockerfile_refuse(&b->dockerfile, one, "%s: %s", word, what);
}

/* --- from where -------------------------------------------------------------------------------------- */

static int open_origin(struct copy_job *job, struct builder *b, const struct stage *stage,
		       const struct instruction *one)
{
	const char *name = instruction_flag(one, "from");
	const struct stage *other = name ? stage_find(b, stage, name) : NULL;
	struct image_config config;
	const char *where =
		arena_print(b->arena, "%s:%u: %s", b->dockerfile.file, one->line, one->name);
	struct layers *layers;
	int ret;

	if (!where)
		return fail(ENOMEM, "%s", b->dockerfile.file);
	if (!name) {
		job->copying.from = (struct origin){ .what = "the build context",
						     .where = where,
						     .root = b->context,
						     .ignore = &b->ignore };
		return 0;
	}
	job->copying.from =
		(struct origin){ .what = name, .where = where, .root = -1, .owners = true };
	if (other) {
		job->layers = &other->layers;
		return 0;
	}
	layers = arena_alloc(b->arena, sizeof(*layers));
	if (!layers)
		return fail(ENOMEM, "%s", name);
	ret = base_load(layers, &config, b, one, name, &stage->platform);
	job->layers = layers;
	return ret;
}

/* --- what -------------------------------------------------------------------------------------------- */

static bool is_remote(const char *word)
{
	return strncasecmp(word, "http://", 7) == 0 || strncasecmp(word, "https://", 8) == 0 ||
	       strncasecmp(word, "ftp://", 6) == 0 || strncmp(word, "git@", 4) == 0;
}

static int find_source(struct copy_job *job, struct builder *b, const struct instruction *one,
		       const char *word)
{
	const size_t before = job->paths.count;
	const char *path;
	bool outside;
	int ret;

	if (is_remote(word))
		return refuse(b, one, word,
			      one->kind == INSTRUCTION_ADD ?
				      "is not fetched: davit build takes local files only; fetch it into the context" :
				      "expected a file of the context");
	path = path_clean(&outside, b->arena, word);
	if (!path)
		return fail(ENOMEM, "%s", word);
	if (outside)
		return refuse(b, one, word, "is outside of the build context");
	if (!pattern_is_valid(path))
		return refuse(b, one, word, "is not a pattern (a [ without its ])");
	ret = origin_find(&job->paths, b->arena, &job->copying.from, path);
	if (ret == 0 && job->paths.count == before)
		ret = dockerfile_refuse(&b->dockerfile, one, "%s: no such file in %s%s", word,
					job->copying.from.what,
					job->copying.from.ignore && job->copying.from.ignore->count ?
						" (or .dockerignore excludes it)" :
						"");
	return ret;
}

static int find_sources(struct copy_job *job, struct builder *b, const struct stage *stage,
			const struct instruction *one)
{
	size_t i;
	int ret = 0;

	for (i = 0; i + 1 < one->words.count && ret == 0; i++) {
		const char *word = stage_expand(b, stage, one, one->words.items[i]);

		ret = word ? find_source(job, b, one, word) : -EINVAL;
	}
	return ret;
}

static int take_documents(struct copy_job *job, struct builder *b, const struct stage *stage,
			  const struct instruction *one)
{
	size_t i;

	job->documents = arena_alloc(b->arena, (one->document_count + 1) * sizeof(*job->documents));
	if (!job->documents)
		return fail(ENOMEM, "%s", b->dockerfile.file);
	for (i = 0; i < one->document_count; i++) {
		const struct here_document *document = &one->documents[i];

		if (strchr(document->name, '/') || strcmp(document->name, "..") == 0)
			return refuse(b, one, document->name, "is no name for a file");
		job->documents[i] = document->is_literal ?
					    document->text :
					    stage_expand_document(b, stage, one, document->text);
		if (!job->documents[i])
			return -EINVAL;
	}
	return 0;
}

/* --- to where ---------------------------------------------------------------------------------------- */

static int take_target(struct copy_job *job, struct builder *b, const struct stage *stage,
		       const struct instruction *one)
{
	const char *word = stage_expand(b, stage, one, one->words.items[one->words.count - 1]);
	const size_t length = word ? strlen(word) : 0;
	const size_t sources = one->words.count - 1 + one->document_count;

	if (!word)
		return -EINVAL;
	if (!length)
		return refuse(b, one, one->words.items[one->words.count - 1], "comes to nothing");
	job->target = stage_path(b, stage, word);
	if (!job->target)
		return -ENOMEM;
	job->into = word[length - 1] == '/' || strcmp(word, ".") == 0 ||
		    (length > 1 && strcmp(word + length - 2, "/.") == 0);
	if (sources > 1 && !job->into)
		return refuse(b, one, word,
			      "of several sources the destination is a directory, and ends with a /");
	return 0;
}

/* --- whose ------------------------------------------------------------------------------------------- */

static int take_flags(struct copy_job *job, struct builder *b, const struct stage *stage,
		      const struct instruction *one)
{
	const char *mode = instruction_flag(one, "chmod");
	const char *const refused[] = { "parents", "exclude", "checksum" };
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (instruction_flag(one, refused[i]))
			return dockerfile_refuse(&b->dockerfile, one, "--%s is not supported",
						 refused[i]);
	job->owner = instruction_flag(one, "chown");
	if (job->owner)
		job->owner = stage_expand(b, stage, one, job->owner);
	if (mode)
		mode = stage_expand(b, stage, one, mode);
	if ((instruction_flag(one, "chown") && !job->owner) ||
	    (instruction_flag(one, "chmod") && !mode))
		return -EINVAL;
	job->copying.has_mode = mode != NULL;
	for (i = 0; mode && mode[i] >= '0' && mode[i] <= '7' && i < 5; i++)
		value = value * 8 + (uint64_t)(mode[i] - '0');
	job->copying.mode = (mode_t)value;
	if (mode && (!i || mode[i] || value > 07777))
		return dockerfile_refuse(&b->dockerfile, one,
					 "--chmod=%s: expected a mode in octal digits, such as 0755",
					 mode);
	return 0;
}

/* --- the work ---------------------------------------------------------------------------------------- */

static int copy_one(struct copy_job *job, const struct instruction *one, const char *path)
{
	if (one->kind == INSTRUCTION_ADD) {
		int ret = unpack_path(&job->copying, path, job->target);

		if (ret <= 0)
			return ret;
	}
	return copy_path(&job->copying, path, job->target, job->into);
}

static int copy_all(struct builder *b, struct copy_job *job, const struct instruction *one)
{
	size_t i;
	int ret = 0;

	/* Many files may come of one pattern, too. */
	job->into = job->into || copy_is_directory(&job->copying, job->target);
	if (job->paths.count > 1 && !job->into)
		return refuse(b, one, job->target,
			      "of several sources the destination is a directory, and ends with a /");
	for (i = 0; i < job->paths.count && ret == 0; i++)
		ret = copy_one(job, one, job->paths.items[i]);
	for (i = 0; i < one->document_count && ret == 0; i++) {
		const char *name = one->documents[i].name;
		const char *target =
			job->into ? arena_print(b->arena, "%s/%s", job->target, name) : job->target;

		ret = target ? copy_text(&job->copying, job->documents[i], target) :
			       fail(ENOMEM, "COPY");
	}
	return ret;
}

static int do_copy(struct builder *b, struct stage *stage, const struct instruction *one,
		   const char *upper, void *data)
{
	struct copy_job *job = data;
	autoclose int other = job->layers ? inside_open(&b->inside, job->layers, NULL) : -1;
	autoclose int root = -1;
	int ret = 0;

	if (job->layers) {
		if (other < 0)
			return other;
		job->copying.from.root = other;
		ret = find_sources(job, b, stage, one);
	}
	if (ret < 0)
		return ret;
	root = inside_open(&b->inside, &stage->layers, upper);
	if (root < 0)
		return root;
	job->copying.to = root;
	if (job->owner)
		ret = copy_owner(&job->copying, &b->dockerfile, one, job->owner);
	return ret < 0 ? ret : copy_all(b, job, one);
}

static void add_text(struct hasher *hasher, const char *text)
{
	hasher_add(hasher, text, strlen(text) + 1);
}

/* Of another image its layers and the words tell; of the context, what the files hold. */
static int take_inputs(struct digest *out, struct builder *b, const struct stage *stage,
		       const struct instruction *one, const struct copy_job *job)
{
	struct hasher hasher;
	size_t i;
	int ret = 0;

	hasher_begin(&hasher);
	add_text(&hasher, job->target);
	add_text(&hasher, job->into ? "/" : "");
	add_text(&hasher, job->owner ? job->owner : "");
	for (i = 0; i < one->flags.count; i++)
		add_text(&hasher, one->flags.items[i]);
	for (i = 0; i < one->document_count; i++) {
		add_text(&hasher, one->documents[i].name);
		add_text(&hasher, job->documents[i]);
	}
	for (i = 0; job->layers && i < job->layers->count; i++)
		hasher_add(&hasher, job->layers->items[i].digest.bytes, DIGEST_SIZE);
	for (i = 0; job->layers && i + 1 < one->words.count; i++) {
		const char *word = stage_expand(b, stage, one, one->words.items[i]);

		add_text(&hasher, word ? word : "");
	}
	for (i = 0; i < job->paths.count && ret == 0; i++)
		ret = origin_digest(&hasher, &job->copying, job->paths.items[i]);
	hasher_end(out, &hasher);
	return ret;
}

int run_copy(struct builder *b, struct stage *stage, const struct instruction *one)
{
	struct copy_job job = { .copying = { .arena = b->arena, .to = -1, .epoch = b->epoch } };
	struct layer_work work = { .run = do_copy, .data = &job };
	int ret = take_flags(&job, b, stage, one);

	if (ret == 0)
		ret = open_origin(&job, b, stage, one);
	if (ret == 0)
		ret = take_target(&job, b, stage, one);
	if (ret == 0)
		ret = take_documents(&job, b, stage, one);
	if (ret == 0 && !job.layers)
		ret = find_sources(&job, b, stage, one);
	if (ret == 0)
		ret = take_inputs(&work.inputs, b, stage, one, &job);
	return ret == 0 ? layer_step(b, stage, one, &work) : ret;
}
