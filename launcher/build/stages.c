/* SPDX-License-Identifier: MIT */
/* The stages of a Dockerfile: where each begins, which of them are needed, and their variables. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/text.h"
#include "build/builder.h"
#include "build/expand.h"
#include "build/pattern.h"

/* --- lists ------------------------------------------------------------------------------------------- */

const char *pair_find(const struct texts *pairs, const char *name, size_t length)
{
	size_t i;

	for (i = pairs->count; i-- > 0;) {
		const char *pair = pairs->items[i];

		if (strncmp(pair, name, length) == 0 && pair[length] == '=')
			return pair + length + 1;
	}
	return NULL;
}

int pair_put(struct texts *list, struct arena *arena, const char *pair)
{
	const size_t length = strcspn(pair, "=");
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (strncmp(list->items[i], pair, length) == 0 && list->items[i][length] == '=') {
			list->items[i] = pair;
			return 0;
		}
	}
	return texts_add(arena, list, pair);
}

int texts_copy(struct texts *out, struct arena *arena, const struct texts *from)
{
	struct texts copy = { 0 };
	size_t i;

	for (i = 0; i < from->count; i++)
		if (texts_add(arena, &copy, from->items[i]) < 0)
			return -ENOMEM;
	*out = copy;
	return 0;
}

/* --- variables --------------------------------------------------------------------------------------- */

struct scope {
	const struct texts *first, *second;
};

static const char *find(void *data, const char *name, size_t length)
{
	const struct scope *scope = data;
	const char *value = pair_find(scope->first, name, length);

	return value || !scope->second ? value : pair_find(scope->second, name, length);
}

static const char *expand(struct builder *b, const struct stage *stage,
			  const struct instruction *one, const char *text, bool is_document)
{
	struct scope scope = { stage ? &stage->config.env : &b->globals, stage ? &stage->args : NULL };
	const struct expansion expansion = { b->dockerfile.escape, find, &scope };
	const char *out;
	const char *wrong = is_document ? expand_document(&out, b->arena, text, &expansion) :
					  expand_word(&out, b->arena, text, &expansion);

	if (!wrong)
		return out;
	dockerfile_refuse(&b->dockerfile, one, "%s: %s", text, wrong);
	return NULL;
}

const char *stage_expand(struct builder *b, const struct stage *stage,
			 const struct instruction *one, const char *word)
{
	return expand(b, stage, one, word, false);
}

const char *stage_expand_document(struct builder *b, const struct stage *stage,
				  const struct instruction *one, const char *text)
{
	return expand(b, stage, one, text, true);
}

const char *stage_path(struct builder *b, const struct stage *stage, const char *path)
{
	const char *workdir = stage->config.workdir ? stage->config.workdir : "/";
	const char *whole = path[0] == '/' ? path : arena_print(b->arena, "%s/%s", workdir, path);
	bool outside;

	if (whole)
		whole = path_clean(&outside, b->arena, whole);
	if (!whole)
		fail(ENOMEM, "%s", path);
	return whole;
}

/* --- finding stages ---------------------------------------------------------------------------------- */

static bool is_number(const char *text, uint64_t *number)
{
	return text_number(number, text, INSTRUCTIONS_MOST) == 0;
}

struct stage *stage_find(const struct builder *b, const struct stage *stage, const char *name)
{
	const size_t before = (size_t)(stage - b->stages);
	uint64_t number;
	size_t i;

	for (i = before; i-- > 0;)
		if (b->stages[i].name && strcasecmp(b->stages[i].name, name) == 0)
			return &b->stages[i];
	return is_number(name, &number) && number < before ? &b->stages[number] : NULL;
}

/* Docker's rule: a lower-case letter, then those, digits, - _ and . */
static bool is_stage_name(const char *name)
{
	return name[0] >= 'a' && name[0] <= 'z' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.")] == '\0';
}

static int take_platform(struct builder *b, struct stage *stage, const struct instruction *one)
{
	const char *text = instruction_flag(one, "platform");

	stage->platform = b->platform;
	if (!text)
		return 0;
	text = stage_expand(b, NULL, one, text);
	return text ? platform_parse(&stage->platform, b->arena, text) : -EINVAL;
}

static int take_stage(struct builder *b, const struct instruction *one, size_t number)
{
	struct stage *stage = &b->stages[b->stage_count];
	int ret = take_platform(b, stage, one);

	stage->first = number;
	if (ret < 0)
		return ret;
	if (one->words.count == 3) {
		char *name = arena_copy(b->arena, one->words.items[2], strlen(one->words.items[2]));
		char *at;

		for (at = name; at && *at; at++)
			*at = (char)tolower((unsigned char)*at);
		if (!name)
			return fail(ENOMEM, "%s", b->dockerfile.file);
		if (!is_stage_name(name))
			return dockerfile_refuse(&b->dockerfile, one,
						 "AS %s: expected a letter, then letters, digits, - _ or .",
						 name);
		if (stage_find(b, stage, name))
			return dockerfile_refuse(&b->dockerfile, one,
						 "AS %s: there is a stage of that name already",
						 name);
		stage->name = name;
	}
	stage->base = stage_expand(b, NULL, one, one->words.items[0]);
	if (!stage->base)
		return -EINVAL;
	if (!stage->base[0])
		return dockerfile_refuse(&b->dockerfile, one,
					 "%s comes to nothing: give the variable a value",
					 one->words.items[0]);
	stage->parent = stage_find(b, stage, stage->base);
	b->stage_count++;
	return 0;
}

static void mark(struct builder *b, struct stage *last)
{
	size_t i, at;

	last->needed = true;
	for (i = (size_t)(last - b->stages) + 1; i-- > 0;) {
		struct stage *stage = &b->stages[i];

		if (!stage->needed)
			continue;
		b->steps += stage->end - stage->first;
		if (stage->parent)
			b->stages[stage->parent - b->stages].needed = true;
		for (at = stage->first; at < stage->end; at++) {
			const char *from = instruction_flag(&b->dockerfile.instructions[at], "from");
			struct stage *other = from ? stage_find(b, stage, from) : NULL;

			if (other)
				other->needed = true;
		}
	}
}

static struct stage *find_last(struct builder *b)
{
	const char *target = b->order->target;
	struct stage *end = &b->stages[b->stage_count], *found;

	if (!target)
		return end - 1;
	found = stage_find(b, end, target);
	if (!found)
		fail(0, "--target %s: %s has no stage of that name", target, b->dockerfile.file);
	return found;
}

int stages_find(struct stage **last, struct builder *b)
{
	const struct dockerfile *dockerfile = &b->dockerfile;
	size_t i;
	int ret = 0;

	b->stages = arena_alloc(b->arena, (dockerfile->count + 1) * sizeof(*b->stages));
	if (!b->stages)
		return fail(ENOMEM, "%s", dockerfile->file);
	for (i = 0; i < dockerfile->count && ret == 0; i++) {
		const struct instruction *one = &dockerfile->instructions[i];

		if (one->kind == INSTRUCTION_FROM)
			ret = take_stage(b, one, i);
		else if (!b->stage_count)
			ret = run_arg(b, NULL, one);
		if (b->stage_count)
			b->stages[b->stage_count - 1].end = i + 1;
	}
	if (ret < 0)
		return ret;
	*last = find_last(b);
	if (!*last)
		return -EINVAL;
	mark(b, *last);
	return 0;
}
