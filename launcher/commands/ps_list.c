/* SPDX-License-Identifier: MIT */
/* Which sandboxes davit ps shows, and in what words. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "commands/moment.h"
#include "commands/ps_list.h"
#include "commands/summary.h"
#include "sandbox/record_text.h"

enum { COMMAND_MOST = 20 };

/* --- words ------------------------------------------------------------------------------------------ */

static const char *join(struct arena *arena, const struct texts *list, const char *between)
{
	struct string text = { 0 };
	size_t i;

	string_add(arena, &text, "%s", "");
	for (i = 0; i < list->count; i++)
		string_add(arena, &text, "%s%s", i ? between : "", list->items[i]);
	if (text.text)
		text_tame(text.text);
	return text.text;
}

/* In quotes; Docker cuts it to twenty letters, the last one an ellipsis. */
static const char *command_words(struct arena *arena, const struct summary *summary, bool whole)
{
	const char *line = join(arena, &summary->args, " ");
	size_t length = 0, letters = 0;

	if (!line)
		return NULL;
	while (line[length] && (whole || letters < COMMAND_MOST - 1)) {
		length++;
		/* The rest of a letter of several bytes belongs to it. */
		while (((unsigned char)line[length] & 0xc0) == 0x80)
			length++;
		letters++;
	}
	if (!line[length] || !line[length + 1])
		return arena_print(arena, "\"%s\"", line);
	return arena_print(arena, "\"%.*s…\"", (int)length, line);
}

static const char *mount_words(struct arena *arena, const struct record *record)
{
	struct texts words = { 0 }, sources = { 0 };
	size_t i;

	/* ro|rw SOURCE TARGET, for each. */
	if (record_words(&words, arena, record->text, "volume") < 0)
		return NULL;
	for (i = 1; i < words.count; i += 3)
		(void)texts_add(arena, &sources, words.items[i]);
	return join(arena, &sources, ",");
}

static void item_make(struct ps_item *item, struct arena *arena, const struct summary *summary,
		      bool whole)
{
	const struct record *record = summary->record;
	const char *name = arena_copy(arena, record->name, strlen(record->name));
	const char *length = moment_print_length(arena, summary->age);
	struct leaves *leaves = &item->leaves;

	*item = (struct ps_item){ .start = record->start };
	leaf_add(leaves, arena, "ID", LEAF_TEXT, name);
	leaf_add(leaves, arena, "Image", LEAF_TEXT, summary->image);
	leaf_add(leaves, arena, "Command", LEAF_TEXT, command_words(arena, summary, whole));
	leaf_add(leaves, arena, "CreatedAt", LEAF_TEXT, moment_print_date(arena, summary->created));
	leaf_add(leaves, arena, "RunningFor", LEAF_TEXT,
		 arena_print(arena, "%s ago", length ? length : ""));
	leaf_add(leaves, arena, "Status", LEAF_TEXT, summary->status);
	leaf_add(leaves, arena, "State", LEAF_TEXT, summary->state);
	leaf_add(leaves, arena, "Ports", LEAF_TEXT, "");
	leaf_add(leaves, arena, "Names", LEAF_TEXT, name);
	leaf_add(leaves, arena, "Labels", LEAF_TEXT, join(arena, &summary->labels, ","));
	leaf_add(leaves, arena, "Mounts", LEAF_TEXT, mount_words(arena, record));
	leaf_add(leaves, arena, "Networks", LEAF_TEXT, summary->network);
}

/* --- which ------------------------------------------------------------------------------------------ */

static bool match_label(const struct summary *summary, const char *value)
{
	const size_t length = strcspn(value, "=");
	size_t i;

	for (i = 0; i < summary->labels.count; i++) {
		const char *label = summary->labels.items[i];

		if (value[length] ? strcmp(label, value) == 0 :
				    strncmp(label, value, length) == 0 &&
					    (!label[length] || label[length] == '='))
			return true;
	}
	return false;
}

static bool match_exited(const struct summary *summary, const char *value)
{
	uint64_t code;

	return summary->record->state == RECORD_EXITED && text_number(&code, value, 255) == 0 &&
	       summary->ending.code == (int)code;
}

static bool match_id(const struct summary *summary, const char *value)
{
	return strncmp(summary->record->name, value, strlen(value)) == 0;
}

static bool match_image(const struct summary *summary, const char *value)
{
	return strcmp(summary->image, value) == 0;
}

static bool match_name(const struct summary *summary, const char *value)
{
	return strstr(summary->record->name, value);
}

static bool match_status(const struct summary *summary, const char *value)
{
	return strcmp(summary->state, value) == 0;
}

static const struct {
	const char *key;
	bool (*match)(const struct summary *summary, const char *value);
} filters[] = {
	{ "ancestor", match_image }, { "exited", match_exited }, { "id", match_id },
	{ "label", match_label },    { "name", match_name },     { "status", match_status },
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
	fail(0, "--filter %s: expected ancestor=, exited=, id=, label=, name= or status=", text);
	return FILTER_COUNT;
}

/* As Docker: several of one key are alternatives, but all labels must be there. */
static bool is_wanted(const struct summary *summary, const struct ps_options *options, bool *by_state)
{
	bool asked[FILTER_COUNT] = { 0 }, met[FILTER_COUNT] = { 0 };
	const char *value = "";
	size_t i;

	for (i = 0; i < options->filter.count; i++) {
		const size_t kind = filter_find(options->filter.items[i], &value);
		const bool all = filters[kind].match == match_label && asked[kind];
		const bool match = filters[kind].match(summary, value);

		met[kind] = all ? met[kind] && match : met[kind] || match;
		asked[kind] = true;
		*by_state = *by_state || filters[kind].match == match_status ||
			    filters[kind].match == match_exited;
	}
	for (i = 0; i < FILTER_COUNT; i++) {
		if (asked[i] && !met[i])
			return false;
	}
	return true;
}

static int newest_first(const void *a, const void *b)
{
	const struct ps_item *left = a, *right = b;

	return left->start < right->start ? 1 : left->start > right->start ? -1 : 0;
}

static int check_options(uint64_t *most, const struct ps_options *options)
{
	const char *value;
	size_t i;

	*most = options->latest ? 1 : UINT64_MAX;
	if (options->last && text_number(most, options->last, INT32_MAX) < 0)
		return fail(0, "--last %s: expected a number", options->last);
	for (i = 0; i < options->filter.count; i++) {
		if (filter_find(options->filter.items[i], &value) == FILTER_COUNT)
			return -EINVAL;
	}
	return 0;
}

int ps_list_make(struct ps_list *list, struct arena *arena, const struct ps_options *options)
{
	struct records records = { 0 };
	uint64_t most;
	size_t i;
	int ret = check_options(&most, options);

	*list = (struct ps_list){ 0 };
	if (ret == 0)
		ret = record_list(&records, arena, verb_run_root());
	if (ret < 0)
		return ret;
	if (records.count)
		list->items = arena_alloc(arena, records.count * sizeof(*list->items));
	for (i = 0; list->items && i < records.count && ret == 0; i++) {
		struct summary summary;
		bool all = options->all || most != UINT64_MAX;

		ret = summary_make(&summary, arena, &records.items[i]);
		if (ret == 0 && is_wanted(&summary, options, &all) &&
		    (all || records.items[i].state == RECORD_RUNNING))
			item_make(&list->items[list->count++], arena, &summary, options->no_trunc);
	}
	records_close(&records);
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), newest_first);
	if (list->count > most)
		list->count = (size_t)most;
	return ret < 0 ? ret : arena->failed ? fail(ENOMEM, "ps") : 0;
}
