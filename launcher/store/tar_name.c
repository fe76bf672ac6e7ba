/* SPDX-License-Identifier: MIT */
/* Take names apart. */
#include <stdbool.h>
#include <string.h>

#include "store/tar_name.h"

#define WHITEOUT ".wh."
#define NOTES ".wh..wh."
#define OPAQUE ".wh..wh..opq"

enum { WHITEOUT_LENGTH = sizeof(WHITEOUT) - 1 };

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Put the part behind what is there. */
static const char *add_part(struct tar_name *out, const char *part, size_t length)
{
	if (length == 2 && part[0] == '.' && part[1] == '.')
		return "its name has a \"..\"";
	if (length > TAR_PART_MOST)
		return "a part of its name is longer than 255 bytes";
	if (out->length + length + 1 > TAR_NAME_MOST)
		return "its name is longer than 4095 bytes";
	if (out->length > 0)
		out->path[out->length++] = '/';
	memcpy(out->path + out->length, part, length);
	out->length += length;
	out->path[out->length] = '\0';
	return NULL;
}

/* What the last part means, and the path without the mark. */
static const char *read_mark(struct tar_name *out)
{
	char *slash = strrchr(out->path, '/');
	char *last = slash ? slash + 1 : out->path;

	if (!begins(last, WHITEOUT))
		return NULL;
	if (strcmp(last, OPAQUE) == 0) {
		out->kind = TAR_OPAQUE;
		out->length = slash ? (size_t)(slash - out->path) : 0;
		out->path[out->length] = '\0';
		return NULL;
	}
	if (begins(last, NOTES)) {
		out->kind = TAR_NOTES;
		return NULL;
	}
	out->kind = TAR_GONE;
	memmove(last, last + WHITEOUT_LENGTH, strlen(last + WHITEOUT_LENGTH) + 1);
	out->length -= WHITEOUT_LENGTH;
	if (!*last || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
		return "a whiteout of no name";
	return NULL;
}

const char *tar_name_read(struct tar_name *out, const char *name)
{
	const char *wrong = NULL;
	bool inside = false; /* a directory with a mark, which only aufs makes */
	const char *part, *end;

	out->kind = TAR_PLAIN;
	out->length = 0;
	out->path[0] = '\0';
	if (!*name)
		return "it has no name";
	if (*name == '/')
		return "its name begins with a /";
	for (part = name; *part && !wrong; part = *end ? end + 1 : end) {
		const size_t length = strcspn(part, "/");

		end = part + length;
		if (length == 0 || (length == 1 && *part == '.'))
			continue;
		if (inside && out->kind == TAR_PLAIN)
			return "a whiteout is no directory";
		wrong = add_part(out, part, length);
		if (begins(part, NOTES) && !begins(part, OPAQUE))
			out->kind = TAR_NOTES;
		inside = begins(part, WHITEOUT);
	}
	if (wrong || out->kind == TAR_NOTES)
		return wrong;
	if (out->length == 0)
		out->kind = TAR_ROOT;
	return read_mark(out);
}
