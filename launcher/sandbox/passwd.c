/* SPDX-License-Identifier: MIT */
/* Read passwd(5) and group(5) lines, taking nothing for granted: the image wrote them. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "sandbox/passwd.h"

enum { FIELDS_MAX = 7 };

/* The largest id is not one: -1 means "unchanged" to the system calls. */
#define ID_MAX (UINT32_MAX - 1)

struct field {
	const char *at;
	size_t length;
};

/* Split the line at *text into its fields; *text moves to the next line, to NULL at the end. */
static int fields_next(struct field *fields, const char **text)
{
	const char *at = *text, *end = at + strcspn(at, "\n");
	int count = 0;

	*text = *end ? end + 1 : NULL;
	while (count < FIELDS_MAX) {
		const char *colon = memchr(at, ':', (size_t)(end - at));

		fields[count].at = at;
		fields[count++].length = (size_t)((colon ? colon : end) - at);
		if (!colon)
			break;
		at = colon + 1;
	}
	return count;
}

static bool is_number(const char *text)
{
	return text[0] && text[strspn(text, "0123456789")] == '\0';
}

static bool field_is(const struct field *field, const char *word)
{
	return strlen(word) == field->length && strncmp(field->at, word, field->length) == 0;
}

static bool field_copy(char *out, size_t size, const struct field *field)
{
	if (field->length >= size)
		return false;
	memcpy(out, field->at, field->length);
	out[field->length] = '\0';
	return true;
}

static bool field_id(unsigned int *out, const struct field *field)
{
	char text[16];
	uint64_t value;

	if (!field_copy(text, sizeof(text), field) || text_number(&value, text, ID_MAX) < 0)
		return false;
	*out = (unsigned int)value;
	return true;
}

int passwd_find_user(struct passwd_user *out, const char *text, const char *user)
{
	struct field fields[FIELDS_MAX];
	uint64_t number = 0;
	bool numeric = is_number(user);
	struct passwd_user entry;

	/* A number out of range is no name either. */
	if (numeric && text_number(&number, user, ID_MAX) < 0)
		return -ENOENT;
	while (text && *text) {
		if (fields_next(fields, &text) < FIELDS_MAX)
			continue;
		if (!field_id(&entry.uid, &fields[2]) || !field_id(&entry.gid, &fields[3]))
			continue;
		if (!(numeric ? entry.uid == number : field_is(&fields[0], user)))
			continue;
		if (!field_copy(entry.name, sizeof(entry.name), &fields[0]) ||
		    !field_copy(entry.home, sizeof(entry.home), &fields[5]))
			continue;
		*out = entry;
		return 0;
	}
	*out = (struct passwd_user){ .uid = (uid_t)number, .home = "/" };
	return numeric ? 0 : -ENOENT;
}

int passwd_find_group(gid_t *out, const char *text, const char *group)
{
	struct field fields[FIELDS_MAX];
	uint64_t number = 0;

	if (is_number(group)) {
		if (text_number(&number, group, ID_MAX) < 0)
			return -ENOENT;
		*out = (gid_t)number;
		return 0;
	}
	while (text && *text) {
		if (fields_next(fields, &text) >= 3 && field_is(&fields[0], group) &&
		    field_id(out, &fields[2]))
			return 0;
	}
	return -ENOENT;
}

static bool members_have(const struct field *members, const char *name)
{
	const char *at = members->at, *end = at + members->length;

	while (at < end) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const struct field one = { at, (size_t)((comma ? comma : end) - at) };

		if (field_is(&one, name))
			return true;
		at += one.length + 1;
	}
	return false;
}

int passwd_find_memberships(gid_t *out, int max, const char *text, const char *name)
{
	struct field fields[FIELDS_MAX];
	gid_t gid;
	int count = 0;

	while (text && *text && name[0]) {
		if (fields_next(fields, &text) < 4 || !field_id(&gid, &fields[2]) ||
		    !members_have(&fields[3], name))
			continue;
		if (count == max)
			return -E2BIG;
		out[count++] = gid;
	}
	return count;
}
