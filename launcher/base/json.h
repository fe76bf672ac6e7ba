/* SPDX-License-Identifier: MIT */
/* Reading JSON strictly, by tables of what may be there: unknown and repeated keys are refused, numbers keep 64 bits. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct cJSON;

/* What errors are said about: FILE, and below it the path of an item ("syscalls[3].args[0].op"). */
struct json {
	struct arena *arena;
	const char *file;
};

/* A key that an object may have, and who reads its value. */
struct json_field {
	const char *name;
	int (*read)(void *data, const struct cJSON *item, const char *path);
};

/* Parse TEXT. json_free() frees the result. Returns NULL after fail() has said where it is no JSON. */
struct cJSON *json_parse(const struct json *json, const char *text);
void json_free(struct cJSON *item);
/* The key that an item of an object has. */
const char *json_key(const struct cJSON *item);
/* Say "FILE: PATH: WHAT"; returns -EINVAL. */
int json_fail(const struct json *json, const char *path, const char *what);
/* Hand every value of an object to its reader, with DATA. FIELDS ends with a NULL name. null passes
 * for an empty object or list. Returns 0 or -errno, said by fail(). */
int json_object(const struct json *json, const struct cJSON *item, const char *path,
		const struct json_field *fields, void *data);
/* Hand every element of a list to READ. */
int json_list(const struct json *json, const struct cJSON *item, const char *path,
	      int (*read)(void *data, const struct cJSON *item, const char *path), void *data);
/* The text of a string, or NULL after fail(). */
const char *json_string(const struct json *json, const struct cJSON *item, const char *path);
/* A whole number up to MAX. Returns 0 or -errno, said by fail(). */
int json_number(const struct json *json, const struct cJSON *item, const char *path, uint64_t max,
		uint64_t *value);

#endif
