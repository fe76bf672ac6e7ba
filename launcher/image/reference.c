/* SPDX-License-Identifier: MIT */
/* Takes an image's name apart. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "image/reference.h"

static const char lower[] = "abcdefghijklmnopqrstuvwxyz0123456789";
static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/* The length of one separator between the letters of a name: ".", "_", "__" or any number of "-". */
static size_t separator_length(const char *at)
{
	if (*at == '-')
		return strspn(at, "-");
	if (*at == '_')
		return at[1] == '_' ? 2 : 1;
	return *at == '.';
}

/* One part of a path ends at END. */
static bool is_component(const char *at, const char *end)
{
	size_t length = strspn(at, lower);

	while (length && at + length < end) {
		const size_t separator = separator_length(at + length);

		if (!separator)
			return false;
		at += length + separator;
		length = at < end ? strspn(at, lower) : 0;
	}
	return length && at + length == end;
}

static bool is_path(const char *path)
{
	const char *end;

	for (;; path = end + 1) {
		end = strchrnul(path, '/');
		if (!is_component(path, end))
			return false;
		if (!*end)
			return true;
	}
}

/* Labels of letters, digits and inner hyphens, and a port. */
static bool is_host(const char *host)
{
	const char *end = host;
	uint64_t port;

	do {
		const size_t length = strspn(end, letters);

		if (!length)
			return false;
		end += length;
		while (*end == '-' || strspn(end, letters))
			end++;
		if (end[-1] == '-')
			return false;
	} while (*end == '.' && *++end);
	if (*end == ':')
		return text_number(&port, end + 1, UINT16_MAX) == 0 && port;
	return *end == '\0' && end[-1] != '.';
}

/* "localhost", or what has a dot, a colon or a capital letter, as no first part of a path has. */
static bool looks_like_host(const char *text, size_t length)
{
	size_t i;

	if (length == 9 && strncmp(text, "localhost", 9) == 0)
		return true;
	for (i = 0; i < length; i++) {
		if (text[i] == '.' || text[i] == ':' || (text[i] >= 'A' && text[i] <= 'Z'))
			return true;
	}
	return false;
}

bool reference_is_host(const char *text)
{
	return looks_like_host(text, strlen(text)) && is_host(text);
}

static bool is_tag(const char *tag)
{
	const size_t length = strlen(tag);

	return length > 0 && length <= REFERENCE_TAG_MOST && tag[0] != '.' && tag[0] != '-' &&
	       strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
		       length;
}

static const char *split_host(struct reference *out, struct arena *arena)
{
	const char *slash = strchr(out->name, '/');

	out->path = out->name;
	if (slash && looks_like_host(out->name, (size_t)(slash - out->name))) {
		out->host = arena_copy(arena, out->name, (size_t)(slash - out->name));
		out->path = slash + 1;
		if (!out->host)
			return "no memory";
		if (!is_host(out->host))
			return "its host is expected to be HOST or HOST:PORT";
	}
	if (strlen(out->name) > REFERENCE_NAME_MOST)
		return "the name has more than 255 bytes";
	if (!is_path(out->path))
		return "expected NAME[:TAG], its name of lower-case letters, digits and single . _ - or / between them";
	return NULL;
}

const char *reference_try(struct reference *out, struct arena *arena, const char *text)
{
	char *copy = arena_copy(arena, text, strlen(text)), *at, *colon;

	*out = (struct reference){ .name = copy };
	if (!copy)
		return "no memory";
	if (strstr(copy, "://"))
		return "a name of an image has no http:// or https:// before it";
	at = strchr(copy, '@');
	if (at) {
		*at = '\0';
		out->has_digest = true;
		if (digest_parse(&out->digest, at + 1) < 0)
			return "behind @, sha256: and 64 lower-case hexadecimal digits are expected";
	}
	/* A colon before the last slash is a port's. */
	colon = strrchr(copy, ':');
	if (colon && !strchr(colon, '/')) {
		*colon = '\0';
		out->tag = colon + 1;
		if (!is_tag(out->tag))
			return "a tag is expected to have 1 to 128 letters, digits, . _ -, and to begin with none of . -";
	}
	if (!out->tag && !out->has_digest)
		out->tag = "latest";
	return split_host(out, arena);
}

int reference_parse(struct reference *out, struct arena *arena, const char *text)
{
	const char *wrong = reference_try(out, arena, text);

	if (arena->failed)
		return fail(ENOMEM, "%s", text);
	return wrong ? fail(0, "%s: %s", text[0] ? text : "an empty image name", wrong) : 0;
}

const char *reference_print(struct arena *arena, const struct reference *reference)
{
	char digest[DIGEST_TEXT] = "";

	if (reference->has_digest)
		digest_print(digest, &reference->digest);
	return arena_print(arena, "%s%s%s%s%s", reference->name, reference->tag ? ":" : "",
			   reference->tag ? reference->tag : "", reference->has_digest ? "@" : "",
			   digest);
}
