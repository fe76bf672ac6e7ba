/* SPDX-License-Identifier: MIT */
/* Which ids of this machine stand for the ids of a user namespace. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "sandbox/idmap.h"

enum { NUMBER_ROOM = 16 };

/* One more than the largest id. */
#define ID_END UINT64_C(0xffffffff)

/* The number that ends at END, which *text then points behind; NULL at the end of the line. */
static int number_next(uint64_t *out, const char **text, char end)
{
	size_t length = strcspn(*text, ":\n");
	char word[NUMBER_ROOM];

	if (length >= sizeof(word) || ((*text)[length] == ':') != (end == ':'))
		return -EINVAL;
	memcpy(word, *text, length);
	word[length] = '\0';
	*text += length + (end == ':');
	return text_number(out, word, ID_END);
}

static bool overlaps(uint64_t a, uint64_t a_count, uint64_t b, uint64_t b_count)
{
	return a < b + b_count && b < a + a_count;
}

/* Append a range, having looked at it. Returns NULL, or what is wrong with it. */
static const char *range_add(struct id_range *ranges, size_t *count, uint64_t inside,
			     uint64_t outside, uint64_t number)
{
	size_t i;

	if (number == 0)
		return "expected at least one id";
	if (inside + number > ID_END || outside + number > ID_END)
		return "ids end at 4294967294";
	if (outside == 0)
		return "id 0 of this machine is root, and stays out of the sandbox";
	for (i = 0; i < *count; i++) {
		if (overlaps(inside, number, ranges[i].inside, ranges[i].count))
			return "it overlaps another range inside";
		if (overlaps(outside, number, ranges[i].outside, ranges[i].count))
			return "it overlaps another range of this machine";
	}
	if (*count == ID_RANGES_MAX)
		return "the kernel takes at most 340 ranges";
	ranges[(*count)++] =
		(struct id_range){ (uint32_t)inside, (uint32_t)outside, (uint32_t)number };
	return NULL;
}

static const char *word_add(struct id_range *ranges, size_t *count, const char *word)
{
	uint64_t inside, outside, number = 1;
	const char *rest = word;
	bool short_form = strchr(word, ':') == strrchr(word, ':');

	if (number_next(&inside, &rest, ':') < 0 ||
	    number_next(&outside, &rest, short_form ? '\0' : ':') < 0 ||
	    (!short_form && number_next(&number, &rest, '\0') < 0) || *rest)
		return "expected INSIDE:OUTSIDE:COUNT, such as 0:100000:65536";
	return range_add(ranges, count, inside, outside, number);
}

int id_map_parse(struct id_map *map, struct arena *arena, const struct texts *words,
		 const char *option)
{
	struct id_range *ranges = arena_alloc(arena, ID_RANGES_MAX * sizeof(*ranges));
	size_t i;

	*map = (struct id_map){ .ranges = ranges };
	if (!ranges)
		return fail(ENOMEM, "--%s", option);
	for (i = 0; i < words->count; i++) {
		const char *wrong = word_add(ranges, &map->count, words->items[i]);

		if (wrong)
			return fail(0, "--%s %s: %s", option, words->items[i], wrong);
	}
	if (id_map_outside(map, 0) == ID_NONE)
		return fail(0, "--%s: id 0 inside needs a range too, such as 0:100000:65536", option);
	return 0;
}

/* A line "USER:FIRST:COUNT" that is another's, or none, is passed over. Returns NULL or what is wrong. */
static const char *line_add(struct id_range *ranges, size_t *count, const char *line,
			    const char *user, uint64_t *inside)
{
	const size_t length = strlen(user);
	uint64_t first, number;
	const char *rest = line + length + 1, *wrong;

	if (strncmp(line, user, length) != 0 || line[length] != ':')
		return NULL;
	if (number_next(&first, &rest, ':') < 0 || number_next(&number, &rest, '\0') < 0)
		return "expected USER:FIRST:COUNT";
	wrong = range_add(ranges, count, *inside, first, number);
	*inside += number;
	return wrong;
}

int id_map_subordinate(struct id_map *map, struct arena *arena, const char *text, const char *user,
		       const char *file)
{
	struct id_range *ranges = arena_alloc(arena, ID_RANGES_MAX * sizeof(*ranges));
	uint64_t inside = 0;
	unsigned int line = 1;

	*map = (struct id_map){ .ranges = ranges };
	if (!ranges)
		return fail(ENOMEM, "%s", file);
	for (; *text; line++) {
		const char *wrong = line_add(ranges, &map->count, text, user, &inside);

		if (wrong)
			return fail(0, "%s:%u: %s", file, line, wrong);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	if (map->count == 0)
		return fail(0, "--userns: no ids for %s in %s: add a line %s:100000:65536", user,
			    file, user);
	return 0;
}

uint32_t id_map_outside(const struct id_map *map, uint32_t inside)
{
	size_t i;

	for (i = 0; i < map->count; i++) {
		const struct id_range *range = &map->ranges[i];

		if (inside >= range->inside && inside - range->inside < range->count)
			return range->outside + (inside - range->inside);
	}
	return ID_NONE;
}

char *id_map_print(struct arena *arena, const struct id_map *map)
{
	struct string text = { 0 };
	size_t i;

	for (i = 0; i < map->count; i++)
		string_add(arena, &text, "%u %u %u\n", map->ranges[i].inside,
			   map->ranges[i].outside, map->ranges[i].count);
	return arena->failed ? NULL : text.text;
}
