/* SPDX-License-Identifier: MIT */
/* Records of a pax header, "LENGTH KEY=VALUE\n" (POSIX.1-2001, pax, "pax Header Block"). */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/tar_layer.h"

#define ATTRIBUTE "SCHILY.xattr."

static const char *take_name(char out[TAR_NAME_MOST + 2], const char *value, size_t size)
{
	if (strlen(value) != size || size > TAR_NAME_MOST)
		return "a name in its pax header has a NUL or is longer than 4095 bytes";
	memcpy(out, value, size + 1);
	return NULL;
}

static const char *take_path(struct tar_layer *tar, const char *value, size_t size)
{
	return take_name(tar->name, value, size);
}

static const char *take_link(struct tar_layer *tar, const char *value, size_t size)
{
	return take_name(tar->link, value, size);
}

static const char *take_number(uint64_t *out, bool *has, const char *value, size_t size)
{
	*has = true;
	return strlen(value) == size && text_number(out, value, INT64_MAX) == 0 ?
		       NULL :
		       "its pax header has a size or an owner that is no number";
}

static const char *take_size(struct tar_layer *tar, const char *value, size_t size)
{
	return take_number(&tar->size, &tar->has_size, value, size);
}

static const char *take_uid(struct tar_layer *tar, const char *value, size_t size)
{
	return take_number(&tar->uid, &tar->has_uid, value, size);
}

static const char *take_gid(struct tar_layer *tar, const char *value, size_t size)
{
	return take_number(&tar->gid, &tar->has_gid, value, size);
}

/* Seconds, perhaps before 1970, perhaps with a fraction. */
static const char *take_mtime(struct tar_layer *tar, const char *value, size_t size)
{
	const bool minus = *value == '-';
	char whole[24] = "";
	const size_t length = strcspn(value + minus, ".");
	uint64_t seconds;

	if (length < sizeof(whole))
		memcpy(whole, value + minus, length);
	if (strlen(value) != size || text_number(&seconds, whole, INT64_MAX) < 0)
		return "its pax header has a time that is no number";
	tar->has_mtime = true;
	tar->mtime = minus ? 0 : seconds;
	return NULL;
}

/* GNU tar's ways to leave holes out: the data are not what the file has. */
static const char *refuse_sparse(struct tar_layer *tar, const char *value, size_t size)
{
	(void)tar;
	(void)value;
	(void)size;
	return "it is sparse, which no layer is";
}

static const char *take_attribute(struct tar_layer *tar, const char *name, const char *value,
				  size_t size)
{
	size_t i;

	if (!attribute_is_kept(name))
		return NULL;
	if (strlen(name) > ATTRIBUTE_NAME_MOST || size > ATTRIBUTE_MOST)
		return "an extended attribute is too long";
	for (i = 0; i < tar->attribute_count && strcmp(tar->attributes[i].name, name) != 0; i++)
		;
	if (i == ATTRIBUTES_MOST)
		return "it has more than 63 extended attributes";
	tar->attributes[i] = (struct attribute){ name, value, size };
	if (i == tar->attribute_count)
		tar->attribute_count++;
	return NULL;
}

static const char *take_record(struct tar_layer *tar, const char *key, const char *value, size_t size)
{
	static const struct {
		const char *key;
		const char *(*take)(struct tar_layer *tar, const char *value, size_t size);
	} keys[] = { { "path", take_path },
		     { "linkpath", take_link },
		     { "size", take_size },
		     { "uid", take_uid },
		     { "gid", take_gid },
		     { "mtime", take_mtime },
		     { "GNU.sparse.major", refuse_sparse },
		     { "GNU.sparse.map", refuse_sparse },
		     { "GNU.sparse.size", refuse_sparse },
		     { "GNU.sparse.realsize", refuse_sparse } };
	size_t i;

	if (strncmp(key, ATTRIBUTE, sizeof(ATTRIBUTE) - 1) == 0)
		return take_attribute(tar, key + sizeof(ATTRIBUTE) - 1, value, size);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		/* No value: as if there were no record. */
		if (size > 0 && strcmp(key, keys[i].key) == 0)
			return keys[i].take(tar, value, size);
	}
	return NULL;
}

/* The length of the record at TEXT, of which there are LEFT bytes; 0 when it is none. *key: where
 * that begins. */
static size_t read_length(size_t *key, const char *text, size_t left)
{
	size_t length = 0, i;

	for (i = 0; i < left && i < 8 && text[i] >= '0' && text[i] <= '9'; i++)
		length = length * 10 + (size_t)(text[i] - '0');
	*key = i + 1;
	return i > 0 && i < left && text[i] == ' ' && length <= left && length > i + 2 &&
			       text[length - 1] == '\n' ?
		       length :
		       0;
}

const char *tar_pax_read(struct tar_layer *tar, char *records, size_t length)
{
	static const char damaged[] = "its pax header is damaged";
	const char *wrong = NULL;

	while (length > 0 && !wrong) {
		size_t start;
		const size_t size = read_length(&start, records, length);
		char *key = records + start, *equals;

		if (!size)
			return damaged;
		equals = memchr(key, '=', size - start);
		if (!equals || equals == key)
			return damaged;
		*equals = '\0';
		records[size - 1] = '\0';
		wrong = strlen(key) == (size_t)(equals - key) ?
				take_record(tar, key, equals + 1,
					    (size_t)(records + size - 1 - equals - 1)) :
				damaged;
		records += size;
		length -= size;
	}
	return wrong;
}
