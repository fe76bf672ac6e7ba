/* SPDX-License-Identifier: MIT */
/* Reading JSON by tables of what may be there: strictly, or passing over keys that are not asked
 * for. Repeated keys are refused, numbers keep 64 bits, and no text is cut at a NUL. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct cJSON;

/* What errors are said about: FILE, and below it the path of an item ("syscalls[3].args[0].op"). */
struct json {
	struct arena *arena;
	const char *file;
};

enum { JSON_VALUES_MOST = 32768, JSON_KEYS_MOST = 1024 };

/* Stands before each number. cJSON would make it a double, which loses bits of it, so it is given a string. */
enum { JSON_NUMBER_MARK = 1 };

/* A key that an object may have, and who reads its value. */
struct json_field {
	const char *name;
	int (*read)(void *data, const struct cJSON *item, const char *path);
};

/* A key of an object that may have others too, and how its value becomes what lies AT bytes into
 * the caller's struct. */
struct json_member {
	const char *name;
	int (*read)(const struct json *json, const struct cJSON *item, const char *path, void *out);
	size_t at;
	bool required;
};

/* Parse TEXT, of at most JSON_VALUES_MOST values (a small text can ask for much memory).
 * json_free() frees the result. Returns NULL after fail() has said where it is no JSON. */
struct cJSON *json_parse(const struct json *json, const char *text);
void json_free(struct cJSON *item);
/* The key that an item of an object has. */
const char *json_key(const struct cJSON *item);
/* How many values a list or an object has; 0 for anything else. */
size_t json_count(const struct cJSON *item);
/* Say "FILE: PATH: WHAT"; returns -EINVAL. */
int json_fail(const struct json *json, const char *path, const char *what);
/* Hand every value of an object to its reader, with DATA. FIELDS ends with a NULL name. null passes
 * for an empty object or list. Returns 0 or -errno, said by fail(). */
int json_object(const struct json *json, const struct cJSON *item, const char *path,
		const struct json_field *fields, void *data);
/* Read the MEMBERS that an object has into OUT, in their own order, and pass over its other keys;
 * null is as good as none. MEMBERS ends with a NULL name. */
int json_members(const struct json *json, const struct cJSON *item, const char *path,
		 const struct json_member *members, void *out);
/* Hand every value of an object with any keys, at most JSON_KEYS_MOST, to READ. */
int json_map(const struct json *json, const struct cJSON *item, const char *path,
	     int (*read)(void *data, const struct cJSON *item, const char *path), void *data);
/* Hand every element of a list to READ. */
int json_list(const struct json *json, const struct cJSON *item, const char *path,
	      int (*read)(void *data, const struct cJSON *item, const char *path), void *data);
/* The text of a string, or NULL after fail(). */
const char *json_string(const struct json *json, const struct cJSON *item, const char *path);
/* true or false. Returns 0 or -EINVAL, said by fail(). */
int json_bool(const struct json *json, const struct cJSON *item, const char *path, bool *value);
/* A whole number up to MAX. Returns 0 or -errno, said by fail(). */
int json_number(const struct json *json, const struct cJSON *item, const char *path, uint64_t max,
		uint64_t *value);

#endif
