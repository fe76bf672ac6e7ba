/* SPDX-License-Identifier: MIT */
/* Which images davit images shows, and in what words. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/match.h"
#include "commands/image_list.h"
#include "commands/moment.h"
#include "image/details.h"
#include "store/sweep.h"

enum { SHORT_ID = 12, PREFIX = 7 };

/* One name of an image. */
struct item {
	const struct tag *tag;
	struct details details;
	uint64_t created; /* nanoseconds since 1970 */
};

struct items {
	struct item *items;
	size_t count;
};

/* --- words ---------------------------------------------------------------------------------------------- */

/* RFC 3339: what stands behind the time is Z, or how far its clock is from that. */
uint64_t image_time(const char *text)
{
	const size_t length = text ? strlen(text) : 0;
	char copy[64];
	uint64_t time, off = 0;
	bool ahead = false;

	if (!length || length >= sizeof(copy) || !strchr(text, 'T'))
		return 0;
	memcpy(copy, text, length + 1);
	if (length > 6 && copy[length - 3] == ':' && strchr("+-", copy[length - 6])) {
		off = (uint64_t)(strtoul(copy + length - 5, NULL, 10) * 3600 +
				 strtoul(copy + length - 2, NULL, 10) * 60) *
		      MOMENT_SECOND;
		ahead = copy[length - 6] == '+';
		copy[length - 6] = '\0';
	}
	if (moment_parse(&time, copy, 0) < 0)
		return 0;
	return !ahead ? time + off : time > off ? time - off : 0;
}

const char *image_since(struct arena *arena, uint64_t time)
{
	const uint64_t now = moment_now();
	const char *length =
		moment_print_length(arena, now > time ? (now - time) / MOMENT_SECOND : 0);

	return !time ? "N/A" : length ? arena_print(arena, "%s ago", length) : NULL;
}

const char *image_id(struct arena *arena, const char *id, bool whole)
{
	return whole ? id : arena_copy(arena, id + PREFIX, SHORT_ID);
}

static void row_make(struct leaves *row, struct arena *arena, const struct item *item, bool whole)
{
	const struct details *details = &item->details;
	const char *size = listing_size(arena, details->size, false);

	leaf_add(row, arena, "Containers", LEAF_TEXT, "N/A");
	leaf_add(row, arena, "CreatedAt", LEAF_TEXT,
		 item->created ? moment_print_date(arena, item->created / MOMENT_SECOND) : "N/A");
	leaf_add(row, arena, "CreatedSince", LEAF_TEXT, image_since(arena, item->created));
	leaf_add(row, arena, "Digest", LEAF_TEXT, details->digest);
	leaf_add(row, arena, "ID", LEAF_TEXT, image_id(arena, details->id, whole));
	leaf_add(row, arena, "Platform", LEAF_TEXT, platform_print(arena, &details->config.platform));
	leaf_add(row, arena, "Repository", LEAF_TEXT, item->tag->name);
	leaf_add(row, arena, "SharedSize", LEAF_TEXT, "N/A");
	leaf_add(row, arena, "Size", LEAF_TEXT, size);
	leaf_add(row, arena, "Tag", LEAF_TEXT,
		 tag_is_nameless(item->tag) ? "<none>" : item->tag->tag);
	leaf_add(row, arena, "UniqueSize", LEAF_TEXT, "N/A");
	leaf_add(row, arena, "VirtualSize", LEAF_TEXT, size);
}

/* --- which ---------------------------------------------------------------------------------------------- */

/* What a filter is held against. */
struct question {
	const struct item *item;
	const struct items *all;
	struct arena *arena;
};

static bool match_dangling(const struct question *question, const char *value)
{
	(void)question;
	/* What has no name is not kept. */
	return strcmp(value, "true") != 0 && strcmp(value, "1") != 0;
}

static bool match_label(const struct question *question, const char *value)
{
	const struct annotation *labels = question->item->details.config.labels;
	const char *key = arena_copy(question->arena, value, strcspn(value, "="));
	const char *found = key ? annotation_find(labels, key) : NULL;

	value += strcspn(value, "=");
	return found && (!*value || strcmp(found, value + 1) == 0);
}

/* PATTERN of Docker: of the name, or of NAME:TAG; the last part of a name suffices. */
static bool match_reference(const struct question *question, const char *value)
{
	const struct tag *tag = question->item->tag;
	const char *slash = strrchr(tag->name, '/');
	const char *last = strchr(value, '/') || !slash ? tag->name : slash + 1;
	const char *full = arena_print(question->arena, "%s:%s", last, tag->tag);

	return full && (match_path(value, full) || match_path(value, last));
}

/* The image that VALUE means, or NULL. */
static const struct item *item_find(const struct question *question, const char *value)
{
	struct reference reference;
	size_t i;

	if (reference_try(&reference, question->arena, value))
		return NULL;
	for (i = 0; i < question->all->count; i++) {
		const struct item *item = &question->all->items[i];

		if ((strcmp(item->tag->name, reference.name) == 0 && reference.tag &&
		     strcmp(item->tag->tag, reference.tag) == 0) ||
		    strncmp(item->details.id + PREFIX, value, strlen(value)) == 0)
			return item;
	}
	return NULL;
}

/* When it was made. */
static uint64_t time_of(const struct question *question, const char *value)
{
	const struct item *item = item_find(question, value);

	return item ? item->created : 0;
}

static bool match_before(const struct question *question, const char *value)
{
	return question->item->created < time_of(question, value);
}

static bool match_since(const struct question *question, const char *value)
{
	const uint64_t time = time_of(question, value);

	return time && question->item->created > time;
}

static const struct {
	const char *key;
	bool (*match)(const struct question *question, const char *value);
} filters[] = {
	{ "before", match_before },       { "dangling", match_dangling }, { "label", match_label },
	{ "reference", match_reference }, { "since", match_since },
};

enum { FILTER_COUNT = sizeof(filters) / sizeof(filters[0]) };

/* The filter that "KEY=VALUE" names, and where VALUE is; FILTER_COUNT, said, when there is none. */
static size_t filter_find(const char *text, const char **value)
{
	const size_t length = strcspn(text, "=");
	size_t i;

	for (i = 0; text[length] && i < FILTER_COUNT; i++) {
		if (strlen(filters[i].key) == length && strncmp(filters[i].key, text, length) == 0) {
			*value = text + length + 1;
			return i;
		}
	}
	fail(0, "--filter %s: expected before=, dangling=, label=, reference= or since=", text);
	return FILTER_COUNT;
}

/* All labels must be there; of the others, several of one key are alternatives, as with Docker. */
static bool is_wanted(const struct question *question, const struct images_options *options)
{
	bool asked[FILTER_COUNT] = { 0 }, met[FILTER_COUNT] = { 0 };
	const char *value = "";
	size_t i;

	if (options->name && !match_reference(question, options->name))
		return false;
	for (i = 0; i < options->filter.count; i++) {
		const size_t kind = filter_find(options->filter.items[i], &value);
		const bool all = filters[kind].match == match_label && asked[kind];
		const bool match = filters[kind].match(question, value);

		met[kind] = all ? met[kind] && match : met[kind] || match;
		asked[kind] = true;
	}
	for (i = 0; i < FILTER_COUNT; i++) {
		if (asked[i] && !met[i])
			return false;
	}
	return true;
}

/* --- all ------------------------------------------------------------------------------------------------ */

static int newest_first(const void *a, const void *b)
{
	const struct item *one = a, *two = b;

	if (one->created != two->created)
		return one->created < two->created ? 1 : -1;
	if (strcmp(one->tag->name, two->tag->name) != 0)
		return strcmp(one->tag->name, two->tag->name);
	return strcmp(one->tag->tag, two->tag->tag);
}

/* One that is damaged is said, and the others are listed. */
static int items_read(struct items *items, struct arena *arena, const struct store *store, int *failed)
{
	const struct source source = { .path = store->root, .fd = store->fd };
	struct digest subject;
	struct tags tags;
	size_t i;
	int ret = tags_list(&tags, arena, store);

	if (ret < 0)
		return ret;
	items->items = arena_alloc(arena, (tags.count + 1) * sizeof(*items->items));
	for (i = 0; items->items && i < tags.count; i++) {
		struct item *item = &items->items[items->count];
		const struct tag *tag = &tags.items[i];
		const char *what = arena_print(arena, "%s:%s", tag->name, tag->tag);

		if (!what || tag_is_aside(&subject, tag->tag))
			continue;
		item->tag = tag;
		ret = details_read(&item->details, arena, &source, &tag->descriptor, what);
		if (ret < 0)
			*failed = ret;
		else
			items->count++;
		item->created = ret < 0 ? 0 : image_time(item->details.config.created);
	}
	return arena->failed ? fail(ENOMEM, "images") : 0;
}

/* A filter that could only be a mistake would list nothing, or all. */
static int check_filter(const struct question *question, const char *text)
{
	static const char *const words[] = { "true", "false", "1", "0", NULL };
	const char *value;
	const size_t kind = filter_find(text, &value);
	size_t i = 0;

	if (kind == FILTER_COUNT)
		return -EINVAL;
	if (filters[kind].match == match_dangling) {
		while (words[i] && strcmp(words[i], value) != 0)
			i++;
		return words[i] ? 0 : fail(0, "--filter %s: expected true or false", text);
	}
	if (filters[kind].match != match_before && filters[kind].match != match_since)
		return 0;
	return item_find(question, value) ?
		       0 :
		       fail(0, "--filter %s: no such image (davit images lists them)", text);
}

int image_list_make(struct image_list *list, struct arena *arena, const struct store *store,
		    const struct images_options *options)
{
	struct items items = { 0 };
	const struct question all = { NULL, &items, arena };
	size_t i;
	int ret;

	*list = (struct image_list){ 0 };
	ret = items_read(&items, arena, store, &list->failed);
	for (i = 0; ret == 0 && i < options->filter.count; i++)
		ret = check_filter(&all, options->filter.items[i]);
	if (ret < 0)
		return ret;
	if (items.count)
		qsort(items.items, items.count, sizeof(*items.items), newest_first);
	list->rows = arena_alloc(arena, (items.count + 1) * sizeof(*list->rows));
	for (i = 0; list->rows && i < items.count; i++) {
		const struct question question = { &items.items[i], &items, arena };

		if (is_wanted(&question, options))
			row_make(&list->rows[list->count++], arena, &items.items[i],
				 options->no_trunc);
	}
	return arena->failed ? fail(ENOMEM, "images") : 0;
}
