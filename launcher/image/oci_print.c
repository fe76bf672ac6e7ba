/* SPDX-License-Identifier: MIT */
/* Writes manifests, indexes and configs as JSON: compact, keys in a fixed order, nothing that is not said. */
#include <inttypes.h>
#include <string.h>

#include "base/quote.h"
#include "image/oci_config.h"

/* The text that grows, and whether a comma is due before the next value. */
struct printing {
	struct arena *arena;
	struct string text;
	bool comma;
};

static void add_string(struct printing *p, const char *value)
{
	json_quote(p->arena, &p->text, value);
}

/* What stands before a value: a comma where it is due, and its KEY if it has one. */
static void add_key(struct printing *p, const char *key)
{
	if (p->comma)
		string_add(p->arena, &p->text, ",");
	if (key) {
		add_string(p, key);
		string_add(p->arena, &p->text, ":");
	}
	p->comma = true;
}

/* Begin an object or a list by OPEN, and end it by CLOSE. */
static void add_open(struct printing *p, const char *key, char open)
{
	add_key(p, key);
	string_add(p->arena, &p->text, "%c", open);
	p->comma = false;
}

static void add_close(struct printing *p, char close)
{
	string_add(p->arena, &p->text, "%c", close);
	p->comma = true;
}

static void add_text(struct printing *p, const char *key, const char *value)
{
	if (!value)
		return;
	add_key(p, key);
	add_string(p, value);
}

static void add_number(struct printing *p, const char *key, uint64_t value)
{
	add_key(p, key);
	string_add(p->arena, &p->text, "%" PRIu64, value);
}

static void add_digest(struct printing *p, const char *key, const struct digest *digest)
{
	char text[DIGEST_TEXT];

	digest_print(text, digest);
	add_text(p, key, text);
}

static void add_texts(struct printing *p, const char *key, const struct texts *texts)
{
	size_t i;

	if (!texts->count)
		return;
	add_open(p, key, '[');
	for (i = 0; i < texts->count; i++)
		add_text(p, NULL, texts->items[i]);
	add_close(p, ']');
}

/* Go's map[string]struct{}: an object whose keys are all that counts. */
static void add_keys(struct printing *p, const char *key, const struct texts *texts)
{
	size_t i;

	if (!texts->count)
		return;
	add_open(p, key, '{');
	for (i = 0; i < texts->count; i++) {
		add_open(p, texts->items[i], '{');
		add_close(p, '}');
	}
	add_close(p, '}');
}

static void add_annotations(struct printing *p, const char *key, const struct annotation *list)
{
	if (!list || !list->key)
		return;
	add_open(p, key, '{');
	for (; list->key; list++)
		add_text(p, list->key, list->value);
	add_close(p, '}');
}

static void add_platform(struct printing *p, const struct platform *platform)
{
	add_text(p, "architecture", platform->architecture);
	add_text(p, "os", platform->os);
	add_text(p, "variant", platform->variant);
}

static void add_descriptor(struct printing *p, const char *key, const struct descriptor *d)
{
	add_open(p, key, '{');
	add_text(p, "mediaType", d->media_type);
	add_digest(p, "digest", &d->digest);
	add_number(p, "size", d->size);
	if (d->platform.os || d->platform.architecture) {
		add_open(p, "platform", '{');
		add_platform(p, &d->platform);
		add_close(p, '}');
	}
	add_annotations(p, "annotations", d->annotations);
	add_close(p, '}');
}

static const char *finish(struct printing *p)
{
	add_close(p, '}');
	return p->arena->failed ? NULL : p->text.text;
}

static void add_health(struct printing *p, const struct health *health)
{
	if (!health->test.count)
		return;
	add_open(p, "Healthcheck", '{');
	add_texts(p, "Test", &health->test);
	if (health->interval)
		add_number(p, "Interval", health->interval);
	if (health->timeout)
		add_number(p, "Timeout", health->timeout);
	if (health->start_period)
		add_number(p, "StartPeriod", health->start_period);
	if (health->retries)
		add_number(p, "Retries", health->retries);
	add_close(p, '}');
}

static void add_settings(struct printing *p, const struct image_config *config)
{
	add_open(p, "config", '{');
	add_text(p, "User", config->user);
	add_keys(p, "ExposedPorts", &config->ports);
	add_texts(p, "Env", &config->env);
	add_texts(p, "Entrypoint", &config->entrypoint);
	add_texts(p, "Cmd", &config->command);
	add_keys(p, "Volumes", &config->volumes);
	add_text(p, "WorkingDir", config->workdir);
	add_annotations(p, "Labels", config->labels);
	add_text(p, "StopSignal", config->stop_signal);
	add_health(p, &config->health);
	add_texts(p, "OnBuild", &config->onbuild);
	add_texts(p, "Shell", &config->shell);
	add_close(p, '}');
}

static void add_history(struct printing *p, const struct history *history)
{
	add_open(p, NULL, '{');
	add_text(p, "created", history->created);
	add_text(p, "created_by", history->created_by);
	add_text(p, "author", history->author);
	add_text(p, "comment", history->comment);
	if (history->empty_layer) {
		add_key(p, "empty_layer");
		string_add(p->arena, &p->text, "true");
	}
	add_close(p, '}');
}

const char *image_config_print(struct arena *arena, const struct image_config *config)
{
	struct printing p = { .arena = arena };
	size_t i;

	add_open(&p, NULL, '{');
	add_text(&p, "created", config->created);
	add_text(&p, "author", config->author);
	add_platform(&p, &config->platform);
	add_settings(&p, config);
	add_open(&p, "rootfs", '{');
	add_text(&p, "type", "layers");
	add_open(&p, "diff_ids", '[');
	for (i = 0; i < config->diff_id_count; i++)
		add_digest(&p, NULL, &config->diff_ids[i]);
	add_close(&p, ']');
	add_close(&p, '}');
	if (config->history_count) {
		add_open(&p, "history", '[');
		for (i = 0; i < config->history_count; i++)
			add_history(&p, &config->history[i]);
		add_close(&p, ']');
	}
	return finish(&p);
}

const char *manifest_print(struct arena *arena, const struct manifest *manifest)
{
	struct printing p = { .arena = arena };
	size_t i;

	add_open(&p, NULL, '{');
	add_number(&p, "schemaVersion", 2);
	add_text(&p, "mediaType", manifest->media_type ? manifest->media_type : MEDIA_MANIFEST);
	add_descriptor(&p, "config", &manifest->config);
	add_open(&p, "layers", '[');
	for (i = 0; i < manifest->layer_count; i++)
		add_descriptor(&p, NULL, &manifest->layers[i]);
	add_close(&p, ']');
	add_annotations(&p, "annotations", manifest->annotations);
	return finish(&p);
}

const char *index_print(struct arena *arena, const struct index *index)
{
	struct printing p = { .arena = arena };
	size_t i;

	add_open(&p, NULL, '{');
	add_number(&p, "schemaVersion", 2);
	add_text(&p, "mediaType", MEDIA_INDEX);
	add_open(&p, "manifests", '[');
	for (i = 0; i < index->count; i++)
		add_descriptor(&p, NULL, &index->manifests[i]);
	add_close(&p, ']');
	return finish(&p);
}
