/* SPDX-License-Identifier: MIT */
/* Takes challenges apart. A comma stands between challenges as well as between what belongs to one. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "registry/challenge.h"

enum { PARAMETERS_MOST = 64 };

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static const char token_letters[] = LETTERS "!#$%&'*+-.^_`|~";
static const char token68_letters[] = LETTERS "-._~+/";
static const char blanks[] = " \t";

enum scheme { SCHEME_NONE, SCHEME_BASIC, SCHEME_BEARER, SCHEME_OTHER };

struct reader {
	struct challenges *out;
	struct arena *arena;
	const char *at;
	enum scheme scheme; /* whose parameters come */
	unsigned int parameters;
};

static void skip_blanks(struct reader *reader)
{
	reader->at += strspn(reader->at, blanks);
}

/* token68 = 1*( ALPHA / DIGIT / … ) *"=", with nothing behind it: what other schemes have in place of parameters. */
static void skip_token68(struct reader *reader)
{
	const char *end = reader->at + strspn(reader->at, token68_letters);

	if (end == reader->at)
		return;
	end += strspn(end, "=");
	end += strspn(end, blanks);
	if (*end == ',' || !*end)
		reader->at = end;
}

static int scheme_begin(struct reader *reader, const char *name, size_t length)
{
	struct challenges *out = reader->out;

	reader->scheme = SCHEME_OTHER;
	if (length == 5 && strncasecmp(name, "Basic", length) == 0) {
		reader->scheme = SCHEME_BASIC;
		out->basic = true;
	} else if (length == 6 && strncasecmp(name, "Bearer", length) == 0 && !out->bearer) {
		reader->scheme = SCHEME_BEARER;
		out->bearer = true;
	}
	if (*reader->at && *reader->at != ',' && !strchr(blanks, *reader->at))
		return -EINVAL;
	skip_blanks(reader);
	skip_token68(reader);
	return 0;
}

/* "…" with \ before what is to be taken as it is. Returns NULL for one without an end, or with control characters. */
static char *quoted_read(struct reader *reader)
{
	const char *from = reader->at + 1, *end;
	char *out, *to;

	for (end = from; *end != '"'; end++) {
		if (*end == '\\')
			end++;
		if ((unsigned char)*end < ' ' || *end == 0x7f)
			return NULL;
	}
	reader->at = end + 1;
	out = to = arena_copy(reader->arena, from, (size_t)(end - from));
	if (!out)
		return NULL;
	while (from < end) {
		if (*from == '\\')
			from++;
		*to++ = *from++;
	}
	*to = '\0';
	return out;
}

static char *value_read(struct reader *reader)
{
	size_t length;
	char *out;

	if (*reader->at == '"')
		return quoted_read(reader);
	length = strspn(reader->at, token_letters);
	out = length ? arena_copy(reader->arena, reader->at, length) : NULL;
	reader->at += length;
	return out;
}

/* Where the value of a parameter that counts goes, or NULL. */
static const char **place_of(struct challenges *out, const char *name, size_t length)
{
	if (length == 5 && strncasecmp(name, "realm", length) == 0)
		return &out->realm;
	if (length == 7 && strncasecmp(name, "service", length) == 0)
		return &out->service;
	return length == 5 && strncasecmp(name, "scope", length) == 0 ? &out->scope : NULL;
}

static int parameter_read(struct reader *reader, const char *name, size_t length)
{
	const char **place = NULL, *value;

	if (++reader->parameters > PARAMETERS_MOST)
		return -EINVAL;
	reader->at++;
	skip_blanks(reader);
	value = value_read(reader);
	if (!value)
		return reader->arena->failed ? -ENOMEM : -EINVAL;
	skip_blanks(reader);
	if (*reader->at && *reader->at != ',')
		return -EINVAL;
	if (reader->scheme == SCHEME_BEARER)
		place = place_of(reader->out, name, length);
	if (place && *place)
		return -EINVAL;
	if (place)
		*place = value;
	return reader->scheme == SCHEME_NONE ? -EINVAL : 0;
}

int challenges_parse(struct challenges *out, struct arena *arena, const char *text)
{
	struct reader reader = { .out = out, .arena = arena, .at = text };
	int ret = 0;

	*out = (struct challenges){ 0 };
	while (ret == 0) {
		const char *name, *behind;
		size_t length;

		reader.at += strspn(reader.at, ", \t");
		if (!*reader.at)
			break;
		name = reader.at;
		length = strspn(name, token_letters);
		behind = name + length + strspn(name + length, blanks);
		if (!length) {
			ret = -EINVAL;
		} else if (*behind == '=') {
			reader.at = behind;
			ret = parameter_read(&reader, name, length);
		} else {
			reader.at = name + length;
			ret = scheme_begin(&reader, name, length);
		}
	}
	return ret;
}
