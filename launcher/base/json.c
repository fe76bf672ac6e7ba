/* SPDX-License-Identifier: MIT */
/* Careful reading on top of cJSON. */
#include <cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

/* What would make more of TEXT than its length lets expect, or NULL. cJSON ends a text at its first NUL. */
static const char *find_excess(const char *text)
{
	unsigned int values = 0;
	bool in_string = false;

	for (; *text; text++) {
		if (*text == '"')
			in_string = !in_string;
		else if (!in_string && strchr(",:[{", *text) && ++values > JSON_VALUES_MOST)
			return "holds too many values";
		else if (in_string && strncmp(text, "\\u0000", 6) == 0)
			return "holds a NUL character (\\u0000)";
		else if (in_string && *text == '\\' && text[1])
			text++;
	}
	return NULL;
}

/* TEXT with every number in quotation marks. */
static char *quote_numbers(struct arena *arena, const char *text)
{
	char *out = arena_alloc(arena, strlen(text) * 4 + 1), *to = out;
	bool in_string = false;

	while (out && *text) {
		if (!in_string && (isdigit((unsigned char)*text) || *text == '-')) {
			*to++ = '"';
			*to++ = JSON_NUMBER_MARK;
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
	const char *excess = find_excess(text), *end, *at;
	unsigned int line = 1;
	char *quoted;
	cJSON *root;

	if (excess) {
		fail(0, "%s: %s", json->file, excess);
		return NULL;
	}
	quoted = quote_numbers(json->arena, text);
	if (!quoted) {
		fail(ENOMEM, "%s", json->file);
		return NULL;
	}
	end = quoted;
	errno = 0;
	root = cJSON_ParseWithOpts(quoted, &end, true);
	if (root)
		return root;
	if (errno == ENOMEM) {
		fail(ENOMEM, "%s", json->file);
		return NULL;
	}
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

size_t json_count(const cJSON *item)
{
	const int count = cJSON_GetArraySize(item);

	return count > 0 ? (size_t)count : 0;
}

int json_fail(const struct json *json, const char *path, const char *what)
{
	return fail(0, "%s: %s: %s", json->file, path[0] ? path : "the file", what);
}

static const char *path_below(const struct json *json, const cJSON *item, const char *path)
{
	const char *below =
		arena_print(json->arena, "%s%s%s", path, path[0] ? "." : "", item->string);

	if (!below)
		(void)fail(ENOMEM, "%s", json->file);
	return below;
}

static int read_value(const struct json *json, const cJSON *item, const char *path,
		      int (*read)(void *data, const cJSON *item, const char *path), void *data)
{
	const char *below = path_below(json, item, path);
	const cJSON *other;

	if (!below)
		return -ENOMEM;
	for (other = item->next; other; other = other->next) {
		if (strcmp(other->string, item->string) == 0)
			return json_fail(json, below, "stands there twice");
	}
	return read ? read(data, item, below) :
		      json_fail(json, below, "davit does not know this key");
}

int json_object(const struct json *json, const cJSON *item, const char *path,
		const struct json_field *fields, void *data)
{
	const struct json_field *field;
	const cJSON *child;
	int ret = 0;

	if (cJSON_IsNull(item))
		return 0;
	if (!cJSON_IsObject(item))
		return json_fail(json, path, "expected an object");
	for (child = item->child; child && ret == 0; child = child->next) {
		for (field = fields; field->name && strcmp(field->name, child->string) != 0; field++)
			;
		ret = read_value(json, child, path, field->read, data);
	}
	return ret;
}

static int read_member(const struct json *json, const cJSON *item, const char *path,
		       const struct json_member *member, void *out)
{
	const cJSON *child = item->child, *again;
	const char *below;

	while (child && strcmp(child->string, member->name) != 0)
		child = child->next;
	if (!child || cJSON_IsNull(child)) {
		if (!member->required)
			return 0;
		return fail(0, "%s: %s: has no %s", json->file, path[0] ? path : "the file",
			    member->name);
	}
	below = path_below(json, child, path);
	if (!below)
		return -ENOMEM;
	for (again = child->next; again; again = again->next) {
		if (strcmp(again->string, member->name) == 0)
			return json_fail(json, below, "stands there twice");
	}
	return member->read(json, child, below, (char *)out + member->at);
}

int json_members(const struct json *json, const cJSON *item, const char *path,
		 const struct json_member *members, void *out)
{
	int ret = 0;

	if (!cJSON_IsObject(item))
		return json_fail(json, path, "expected an object");
	for (; members->name && ret == 0; members++)
		ret = read_member(json, item, path, members, out);
	return ret;
}

int json_map(const struct json *json, const cJSON *item, const char *path,
	     int (*read)(void *data, const cJSON *item, const char *path), void *data)
{
	const cJSON *child;
	int ret = 0;

	if (!cJSON_IsObject(item))
		return json_fail(json, path, "expected an object");
	if (json_count(item) > JSON_KEYS_MOST)
		return json_fail(json, path, "holds more than 1024 keys");
	for (child = item->child; child && ret == 0; child = child->next)
		ret = read_value(json, child, path, read, data);
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
	if (cJSON_IsString(item) && item->valuestring[0] != JSON_NUMBER_MARK)
		return item->valuestring;
	(void)json_fail(json, path, "expected a string");
	return NULL;
}

int json_bool(const struct json *json, const cJSON *item, const char *path, bool *value)
{
	if (!cJSON_IsBool(item))
		return json_fail(json, path, "expected true or false");
	*value = cJSON_IsTrue(item);
	return 0;
}

int json_number(const struct json *json, const cJSON *item, const char *path, uint64_t max,
		uint64_t *value)
{
	int ret = -EINVAL;

	if (cJSON_IsString(item) && item->valuestring[0] == JSON_NUMBER_MARK)
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
