/* SPDX-License-Identifier: MIT */
/* Texts, lists, digests and annotations in the JSON of images. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "image/oci_parts.h"

/* All of ASCII; an app's own texts may hold them. */
static const char controls[] = "\001\002\003\004\005\006\007\010\011\012\013\014\015\016\017\020\021"
			       "\022\023\024\025\026\027\030\031\032\033\034\035\036\037\177";

/* NULL after fail(). */
static const char *copy_clean(const struct json *json, const char *text, const char *path,
			      const char *allowed)
{
	const char *copy;

	if (!text_is_clean(text, allowed)) {
		(void)json_fail(json, path, "holds control characters, or is not UTF-8");
		return NULL;
	}
	copy = arena_copy(json->arena, text, strlen(text));
	if (!copy)
		(void)fail(ENOMEM, "%s: %s", json->file, path);
	return copy;
}

int oci_word(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	const char **word = out, *text = json_string(json, item, path);

	*word = text ? copy_clean(json, text, path, "") : NULL;
	return *word ? 0 : -EINVAL;
}

int oci_prose(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	const char **prose = out, *text = json_string(json, item, path);

	*prose = text ? copy_clean(json, text, path, "\t\n\r") : NULL;
	return *prose ? 0 : -EINVAL;
}

int oci_digest(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	const char *text = json_string(json, item, path);
	int ret = text ? digest_parse(out, text) : 0;

	if (!text)
		return -EINVAL;
	if (ret == -ENOTSUP)
		return json_fail(json, path, "davit knows digests of the form sha256:HEX only");
	if (ret < 0)
		return json_fail(json, path, "expected sha256: and 64 lower-case hexadecimal digits");
	return 0;
}

int oci_number(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	return json_number(json, item, path, INT64_MAX, out);
}

int oci_bool(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	return json_bool(json, item, path, out);
}

struct collecting {
	const struct json *json;
	struct annotation *next;
	struct texts *list;
};

static int read_annotation(void *data, const struct cJSON *item, const char *path)
{
	struct collecting *c = data;
	int ret = oci_prose(c->json, item, path, &c->next->value);

	if (ret < 0)
		return ret;
	c->next->key = copy_clean(c->json, json_key(item), path, "");
	return c->next++->key ? 0 : -EINVAL;
}

int oci_annotations(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	struct annotation *list = arena_alloc(json->arena, (json_count(item) + 1) * sizeof(*list));
	struct collecting collecting = { .json = json, .next = list };

	if (!list)
		return fail(ENOMEM, "%s: %s", json->file, path);
	*(const struct annotation **)out = list;
	return json_map(json, item, path, read_annotation, &collecting);
}

static int keep_text(const struct collecting *c, const char *text, const char *path)
{
	if (!text)
		return -EINVAL;
	if (texts_add(c->json->arena, c->list, text) < 0)
		return fail(ENOMEM, "%s: %s", c->json->file, path);
	return 0;
}

/* Whoever shows these keeps them in their line. */
static int read_text(void *data, const struct cJSON *item, const char *path)
{
	const struct collecting *c = data;
	const char *text = json_string(c->json, item, path);

	return keep_text(c, text ? copy_clean(c->json, text, path, controls) : NULL, path);
}

int oci_texts(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	struct collecting collecting = { .json = json, .list = out };

	return json_list(json, item, path, read_text, &collecting);
}

static int read_key(void *data, const struct cJSON *item, const char *path)
{
	const struct collecting *c = data;

	return keep_text(c, copy_clean(c->json, json_key(item), path, ""), path);
}

int oci_keys(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	struct collecting collecting = { .json = json, .list = out };

	return json_map(json, item, path, read_key, &collecting);
}
