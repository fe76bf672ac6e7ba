/* SPDX-License-Identifier: MIT */
/* Strict reading on top of cJSON. */
#include <cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

/* Stands before each number. cJSON would make it a double, which loses bits of it, so it is given a string. */
enum { NUMBER_MARK = 1 };

/* TEXT with every number in quotation marks. */
static char *quote_numbers(struct arena *arena, const char *text)
{
	char *out = arena_alloc(arena, strlen(text) * 4 + 1), *to = out;
	bool in_string = false;

	while (out && *text) {
		if (!in_string && (isdigit((unsigned char)*text) || *text == '-')) {
			*to++ = '"';
			*to++ = NUMBER_MARK;
			while (*text && strchr("+-.eE0123456789", *text))
				*to++ = *text++;
			*to++ = '"';
			continue;
		}
		if (*text == '"')
			in_string = !in_string;
		else if (in_string && *text == '\\' && text[1])
			*to++ = *text++;
		*to++ = *text++;
	}
	return out;
}

cJSON *json_parse(const struct json *json, const char *text)
{
	char *quoted = quote_numbers(json->arena, text);
	const char *end = quoted, *at;
	cJSON *root = quoted ? cJSON_ParseWithOpts(quoted, &end, true) : NULL;
	unsigned int line = 1;

	if (!quoted)
		fail(ENOMEM, "%s", json->file);
	if (root || !quoted)
		return root;
	for (at = quoted; at < end && *at; at++)
		line += *at == '\n';
	fail(0, "%s:%u: this is not JSON", json->file, line);
	return NULL;
}

void json_free(cJSON *item)
{
	cJSON_Delete(item);
}

const char *json_key(const cJSON *item)
{
	return item->string;
}

int json_fail(const struct json *json, const char *path, const char *what)
{
	return fail(0, "%s: %s: %s", json->file, path[0] ? path : "the file", what);
}

static int read_field(const struct json *json, const cJSON *item, const char *path,
		      const struct json_field *fields, void *data)
{
	const char *below =
		arena_print(json->arena, "%s%s%s", path, path[0] ? "." : "", item->string);
	const cJSON *other;

	if (!below)
		return fail(ENOMEM, "%s", json->file);
	for (other = item->next; other; other = other->next) {
		if (strcmp(other->string, item->string) == 0)
			return json_fail(json, below, "stands there twice");
	}
	for (; fields->name; fields++) {
		if (strcmp(fields->name, item->string) == 0)
			return fields->read(data, item, below);
	}
	return json_fail(json, below, "davit does not know this key");
}

int json_object(const struct json *json, const cJSON *item, const char *path,
		const struct json_field *fields, void *data)
{
	const cJSON *child;
	int ret = 0;

	if (cJSON_IsNull(item))
		return 0;
	if (!cJSON_IsObject(item))
		return json_fail(json, path, "expected an object");
	for (child = item->child; child && ret == 0; child = child->next)
		ret = read_field(json, child, path, fields, data);
	return ret;
}

int json_list(const struct json *json, const cJSON *item, const char *path,
	      int (*read)(void *data, const cJSON *item, const char *path), void *data)
{
	const cJSON *child;
	unsigned int number = 0;
	int ret = 0;

	if (cJSON_IsNull(item))
		return 0;
	if (!cJSON_IsArray(item))
		return json_fail(json, path, "expected a list");
	for (child = item->child; child && ret == 0; child = child->next) {
		const char *below = arena_print(json->arena, "%s[%u]", path, number++);

		ret = below ? read(data, child, below) : fail(ENOMEM, "%s", json->file);
	}
	return ret;
}

const char *json_string(const struct json *json, const cJSON *item, const char *path)
{
	if (cJSON_IsString(item) && item->valuestring[0] != NUMBER_MARK)
		return item->valuestring;
	(void)json_fail(json, path, "expected a string");
	return NULL;
}

int json_number(const struct json *json, const cJSON *item, const char *path, uint64_t max,
		uint64_t *value)
{
	int ret = -EINVAL;

	if (cJSON_IsString(item) && item->valuestring[0] == NUMBER_MARK)
		ret = text_number(value, item->valuestring + 1, max);
	/* 007 is no number of JSON's. */
	if (ret == 0 && item->valuestring[1] == '0' && item->valuestring[2])
		ret = -EINVAL;
	if (ret == 0)
		return 0;
	return json_fail(json, path,
			 ret == -ERANGE ? "the number is too large" :
					  "expected a whole number, 0 or more");
}
