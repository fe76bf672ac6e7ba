/* SPDX-License-Identifier: MIT */
/* Instructions that change no file, but how the image's app is started. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/text.h"
#include "build/builder.h"

static int no_memory(const struct builder *b)
{
	return fail(ENOMEM, "%s", b->dockerfile.file);
}

/* Every word with its variables replaced; *out is the caller's. */
static int expand_all(struct texts *out, struct builder *b, const struct stage *stage,
		      const struct instruction *one)
{
	size_t i;

	for (i = 0; i < one->words.count; i++) {
		const char *text = stage_expand(b, stage, one, one->words.items[i]);

		if (!text)
			return -EINVAL;
		if (texts_add(b->arena, out, text) < 0)
			return no_memory(b);
	}
	return 0;
}

static int add_once(struct texts *list, struct builder *b, const char *text)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (strcmp(list->items[i], text) == 0)
			return 0;
	return texts_add(b->arena, list, text) < 0 ? no_memory(b) : 0;
}

/* What lists in a record must be able to show. */
static const char *take_text(struct builder *b, const struct stage *stage,
			     const struct instruction *one)
{
	const char *text = stage_expand(b, stage, one, one->words.items[0]);

	if (text && (!text[0] || !text_is_clean(text, ""))) {
		dockerfile_refuse(&b->dockerfile, one, "%s comes to %s", one->words.items[0],
				  text[0] ? "control characters" : "nothing");
		return NULL;
	}
	return text;
}

/* --- ARG --------------------------------------------------------------------------------------------- */

/* What --build-arg says, or this machine says of itself; NULL: nothing. */
static const char *given_value(struct builder *b, const struct stage *stage, const char *name)
{
	const struct platform *target = stage ? &stage->platform : &b->platform;
	const struct platform *own = platform_own();
	const struct {
		const char *name, *value;
	} known[] = {
		{ "TARGETPLATFORM", platform_print(b->arena, target) },
		{ "TARGETOS", target->os },
		{ "TARGETARCH", target->architecture },
		{ "TARGETVARIANT", target->variant ? target->variant : "" },
		{ "BUILDPLATFORM", platform_print(b->arena, own) },
		{ "BUILDOS", own->os },
		{ "BUILDARCH", own->architecture },
		{ "BUILDVARIANT", own->variant ? own->variant : "" },
	};
	const char *value = pair_find(&b->order->args, name, strlen(name));
	size_t i;

	for (i = 0; !value && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0)
			value = known[i].value;
	return value;
}

static int take_arg(struct builder *b, struct stage *stage, const struct instruction *one,
		    const char *word)
{
	const size_t length = strcspn(word, "=");
	const char *name = arena_copy(b->arena, word, length), *value = NULL;
	struct texts *list = stage ? &stage->args : &b->globals;

	if (!name)
		return no_memory(b);
	if (!length ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")])
		return dockerfile_refuse(&b->dockerfile, one, "%s: expected NAME[=DEFAULT]", word);
	value = given_value(b, stage, name);
	if (!value && word[length])
		value = stage_expand(b, stage, one, word + length + 1);
	else if (!value && stage)
		value = pair_find(&b->globals, name, length);
	if (!value)
		return word[length] ? -EINVAL : 0;
	return pair_put(list, b->arena, arena_print(b->arena, "%s=%s", name, value)) < 0 ?
		       no_memory(b) :
		       0;
}

int run_arg(struct builder *b, struct stage *stage, const struct instruction *one)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < one->words.count && ret == 0; i++)
		ret = take_arg(b, stage, one, one->words.items[i]);
	return ret;
}

/* --- names and values -------------------------------------------------------------------------------- */

/* All of an instruction's values are seen with the variables from before it. */
int run_env(struct builder *b, struct stage *stage, const struct instruction *one)
{
	struct texts pairs = { 0 };
	size_t i;
	int ret = expand_all(&pairs, b, stage, one);

	for (i = 0; i < pairs.count && ret == 0; i++) {
		if (pairs.items[i][0] == '=')
			ret = dockerfile_refuse(&b->dockerfile, one, "%s: has no name",
						pairs.items[i]);
		else if (pair_put(&stage->config.env, b->arena, pairs.items[i]) < 0)
			ret = no_memory(b);
	}
	return ret;
}

static int put_label(struct image_config *config, struct builder *b, const char *pair)
{
	const size_t length = strcspn(pair, "=");
	const char *key = arena_copy(b->arena, pair, length);
	struct annotation *labels;
	size_t count = 0, i;

	while (config->labels[count].key)
		count++;
	labels = arena_alloc(b->arena, (count + 2) * sizeof(*labels));
	if (!key || !labels)
		return no_memory(b);
	memcpy(labels, config->labels, count * sizeof(*labels));
	for (i = 0; i < count && strcmp(labels[i].key, key) != 0; i++)
		;
	labels[i] = (struct annotation){ key, pair + length + 1 };
	config->labels = labels;
	return 0;
}

int labels_put(struct builder *b, struct stage *stage, const struct texts *pairs)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < pairs->count && ret == 0; i++)
		ret = put_label(&stage->config, b, pairs->items[i]);
	return ret;
}

int run_label(struct builder *b, struct stage *stage, const struct instruction *one)
{
	struct texts pairs = { 0 };
	size_t i;
	int ret = expand_all(&pairs, b, stage, one);

	for (i = 0; i < pairs.count && ret == 0; i++)
		if (pairs.items[i][0] == '=')
			ret = dockerfile_refuse(&b->dockerfile, one, "%s: has no name",
						pairs.items[i]);
	return ret == 0 ? labels_put(b, stage, &pairs) : ret;
}

/* --- single values ----------------------------------------------------------------------------------- */

int run_user(struct builder *b, struct stage *stage, const struct instruction *one)
{
	stage->config.user = take_text(b, stage, one);
	return stage->config.user ? 0 : -EINVAL;
}

int run_stopsignal(struct builder *b, struct stage *stage, const struct instruction *one)
{
	stage->config.stop_signal = take_text(b, stage, one);
	return stage->config.stop_signal ? 0 : -EINVAL;
}

int run_maintainer(struct builder *b, struct stage *stage, const struct instruction *one)
{
	stage->config.author = take_text(b, stage, one);
	return stage->config.author ? 0 : -EINVAL;
}

/* --- commands ---------------------------------------------------------------------------------------- */

/* The words of a command, behind those of the shell when it is for one. */
static int take_command(struct texts *out, struct builder *b, const struct stage *stage,
			const struct instruction *one)
{
	static const char *const usual[] = { "/bin/sh", "-c" };
	struct texts list = { 0 };
	size_t i;

	if (!one->is_exec && stage->config.shell.count) {
		if (texts_copy(&list, b->arena, &stage->config.shell) < 0)
			return no_memory(b);
	} else if (!one->is_exec && one->words.count) {
		(void)texts_add(b->arena, &list, usual[0]);
		(void)texts_add(b->arena, &list, usual[1]);
	}
	for (i = 0; i < one->words.count; i++)
		(void)texts_add(b->arena, &list, one->words.items[i]);
	*out = list;
	return b->arena->failed ? no_memory(b) : 0;
}

int run_cmd(struct builder *b, struct stage *stage, const struct instruction *one)
{
	stage->has_command = true;
	return take_command(&stage->config.command, b, stage, one);
}

/* The base's arguments were for the base's program. */
int run_entrypoint(struct builder *b, struct stage *stage, const struct instruction *one)
{
	if (!stage->has_command)
		stage->config.command = (struct texts){ 0 };
	return take_command(&stage->config.entrypoint, b, stage, one);
}

int run_shell(struct builder *b, struct stage *stage, const struct instruction *one)
{
	(void)b;
	stage->config.shell = one->words;
	return 0;
}

/* --- lists ------------------------------------------------------------------------------------------- */

int run_volume(struct builder *b, struct stage *stage, const struct instruction *one)
{
	struct texts paths = { 0 };
	size_t i;
	int ret = expand_all(&paths, b, stage, one);

	for (i = 0; i < paths.count && ret == 0; i++) {
		const char *path = stage_path(b, stage, paths.items[i]);

		if (!path)
			return -ENOMEM;
		if (!path[0])
			return dockerfile_refuse(&b->dockerfile, one, "expected paths below /");
		path = arena_print(b->arena, "/%s", path);
		ret = path ? add_once(&stage->config.volumes, b, path) : no_memory(b);
	}
	return ret;
}

/* Docker takes a range for each of its ports. */
static int add_ports(struct builder *b, struct stage *stage, const struct instruction *one,
		     const char *text)
{
	const char *slash = strchr(text, '/'), *kind = slash ? slash + 1 : "tcp";
	const size_t length = slash ? (size_t)(slash - text) : strlen(text);
	char *first = arena_copy(b->arena, text, length), *last = first ? strchr(first, '-') : NULL;
	uint64_t low, high;
	int ret = 0;

	if (!first)
		return no_memory(b);
	if (last)
		*last++ = '\0';
	if (text_number(&low, first, 65535) < 0 ||
	    text_number(&high, last ? last : first, 65535) < 0 || !low || low > high ||
	    (strcasecmp(kind, "tcp") != 0 && strcasecmp(kind, "udp") != 0 &&
	     strcasecmp(kind, "sctp") != 0))
		return dockerfile_refuse(&b->dockerfile, one,
					 "%s: expected PORT or FIRST-LAST, with /tcp, /udp or /sctp",
					 text);
	if (high - low > 1024)
		return dockerfile_refuse(&b->dockerfile, one, "%s: more than 1024 ports", text);
	for (; low <= high && ret == 0; low++) {
		char *port = arena_print(b->arena, "%u/%s", (unsigned int)low, kind), *at;

		for (at = port; at && *at; at++)
			*at = (char)tolower((unsigned char)*at);
		ret = port ? add_once(&stage->config.ports, b, port) : no_memory(b);
	}
	return ret;
}

int run_expose(struct builder *b, struct stage *stage, const struct instruction *one)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < one->words.count && ret == 0; i++) {
		const char *text = stage_expand(b, stage, one, one->words.items[i]);
		size_t length;

		/* A variable may hold several. */
		for (; text && *text && ret == 0; text += length) {
			text += strspn(text, " \t");
			length = strcspn(text, " \t");
			if (length)
				ret = add_ports(b, stage, one, arena_copy(b->arena, text, length));
		}
		if (!text)
			return -EINVAL;
	}
	return ret;
}

/* --- HEALTHCHECK ------------------------------------------------------------------------------------- */

/* Go's durations: "1m30s", "500ms", "1.5s"; in nanoseconds. Returns 0 or -EINVAL. */
static int read_duration(uint64_t *out, const char *text)
{
	static const struct {
		const char *name;
		uint64_t thousandth; /* nanoseconds in a thousandth of it */
	} units[] = {
		{ "ms", 1000 }, { "us", 1 }, { "h", 3600000000 }, { "m", 60000000 }, { "s", 1000000 }
	};
	char number[24];
	size_t i, length;

	*out = 0;
	do {
		uint64_t value;

		length = strspn(text, "0123456789.");
		if (!length || length >= sizeof(number))
			return -EINVAL;
		memcpy(number, text, length);
		number[length] = '\0';
		text += length;
		for (i = 0; i < 5 && strncmp(text, units[i].name, strlen(units[i].name)) != 0; i++)
			;
		if (i == 5 || text_thousandths(&value, number, 1000000000) < 0)
			return -EINVAL;
		text += strlen(units[i].name);
		*out += value * units[i].thousandth;
	} while (*text);
	return *out > INT64_MAX ? -EINVAL : 0;
}

static int take_duration(uint64_t *out, struct builder *b, const struct stage *stage,
			 const struct instruction *one, const char *name)
{
	const char *text = instruction_flag(one, name);

	if (!text)
		return 0;
	text = stage_expand(b, stage, one, text);
	if (!text)
		return -EINVAL;
	/* Docker's least time that is not its default. */
	if (read_duration(out, text) < 0 || (*out && *out < 1000000))
		return dockerfile_refuse(&b->dockerfile, one,
					 "--%s=%s: expected a time such as 30s, 1m30s or 500ms",
					 name, text);
	return 0;
}

int run_healthcheck(struct builder *b, struct stage *stage, const struct instruction *one)
{
	struct health health = { .test = one->words };
	const char *retries = instruction_flag(one, "retries");
	int ret = take_duration(&health.interval, b, stage, one, "interval");

	if (ret == 0)
		ret = take_duration(&health.timeout, b, stage, one, "timeout");
	if (ret == 0)
		ret = take_duration(&health.start_period, b, stage, one, "start-period");
	if (ret == 0 && instruction_flag(one, "start-interval"))
		ret = dockerfile_refuse(
			&b->dockerfile, one,
			"--start-interval is not supported; --interval holds from the start");
	if (ret == 0 && retries && text_number(&health.retries, retries, 1000000) < 0)
		ret = dockerfile_refuse(&b->dockerfile, one, "--retries=%s: expected a number",
					retries);
	if (ret == 0)
		stage->config.health = health;
	return ret;
}
