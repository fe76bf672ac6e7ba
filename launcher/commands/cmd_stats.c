/* SPDX-License-Identifier: MIT */
/* davit stats: what running sandboxes use, in Docker's columns, again every second. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/listing.h"
#include "commands/table.h"
#include "commands/verb_options.h"
#include "sandbox/usage.h"

struct stats_options {
	const char *format;
	bool no_stream, no_trunc;
};

const struct option stats_options[] = {
	{ "format", 0, OPTION_TEXT_OF(stats_options, format, "FORMAT"),
	  HELP("a line per sandbox, such as '{{.Name}} {{.MemUsage}}', or json") },
	{ "no-stream", 0, OPTION_FLAG_OF(stats_options, no_stream), HELP("once, and no more") },
	{ "no-trunc", 0, OPTION_FLAG_OF(stats_options, no_trunc),
	  HELP("cut nothing short (always so)") },
	OPTIONS_END,
};

/* In Docker's words, in Docker's order. */
static const char *const titles[] = { "NAME",      "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O",
				      "BLOCK I/O", "PIDS" };

enum { COLUMN_COUNT = sizeof(titles) / sizeof(titles[0]), GAP = 3, INTERVAL = 1 };

/* One sandbox at one time. */
struct sample {
	char name[RECORD_NAME_SIZE];
	pid_t pid;
	struct usage usage;
	uint64_t time;  /* nanoseconds */
	double percent; /* of one processor, since the sample before */
};

struct samples {
	struct arena arena;
	struct sample *items;
	size_t count;
};

/* --- looking ---------------------------------------------------------------------------------------- */

static uint64_t now(void)
{
	struct timespec time = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Those that run of the sandboxes that WORDS name, or of all. */
static int records_find(struct records *records, struct arena *arena, const struct texts *words)
{
	size_t i;
	int ret = 0;

	if (!words->count)
		return record_list(records, arena, verb_run_root());
	*records = (struct records){ 0 };
	records->items = arena_alloc(arena, words->count * sizeof(*records->items));
	if (!records->items)
		return fail(ENOMEM, "stats");
	for (i = 0; i < words->count && ret == 0; i++) {
		ret = record_open(&records->items[i], arena, verb_run_root(), words->items[i]);
		if (ret == 0)
			records->count++;
	}
	return ret;
}

static double percent_since(const struct sample *sample, const struct samples *before)
{
	size_t i;

	for (i = 0; i < before->count; i++) {
		const struct sample *old = &before->items[i];

		if (old->pid != sample->pid || strcmp(old->name, sample->name) != 0)
			continue;
		if (sample->time <= old->time || sample->usage.cpu <= old->usage.cpu)
			return 0;
		return (double)(sample->usage.cpu - old->usage.cpu) * 100 /
		       (double)(sample->time - old->time);
	}
	return 0;
}

static int samples_take(struct samples *samples, const struct texts *words,
			const struct samples *before)
{
	struct records records;
	size_t i;
	int ret;

	*samples = (struct samples){ 0 };
	ret = records_find(&records, &samples->arena, words);
	if (ret == 0 && records.count)
		samples->items =
			arena_alloc(&samples->arena, records.count * sizeof(*samples->items));
	for (i = 0; ret == 0 && samples->items && i < records.count; i++) {
		const struct record *record = &records.items[i];
		struct sample *sample = &samples->items[samples->count];

		if (record->state != RECORD_RUNNING ||
		    usage_read(&sample->usage, &samples->arena, record) < 0)
			continue;
		snprintf(sample->name, sizeof(sample->name), "%s", record->name);
		sample->pid = record->pid;
		sample->time = now();
		sample->percent = percent_since(sample, before);
		samples->count++;
	}
	records_close(&records);
	return ret;
}

/* --- telling ---------------------------------------------------------------------------------------- */

static const char *print_pair(struct arena *arena, uint64_t left, uint64_t right, bool binary)
{
	const char *first = listing_size(arena, left, binary);
	const char *second = listing_size(arena, right, binary);

	return first && second ? arena_print(arena, "%s / %s", first, second) : NULL;
}

/* In the order of the titles. */
static void print_cells(const char *cells[COLUMN_COUNT], struct arena *arena,
			const struct sample *sample)
{
	const struct usage *usage = &sample->usage;
	const double share = usage->most ? (double)usage->memory * 100 / (double)usage->most : 0;

	cells[0] = sample->name;
	cells[1] = arena_print(arena, "%.2f%%", sample->percent);
	cells[2] = print_pair(arena, usage->memory, usage->most, true);
	cells[3] = arena_print(arena, "%.2f%%", share);
	cells[4] = print_pair(arena, usage->received, usage->sent, false);
	cells[5] = print_pair(arena, usage->read, usage->written, false);
	cells[6] = arena_print(arena, "%llu", (unsigned long long)usage->pids);
}

static const char *print_table(struct samples *samples)
{
	struct table table = { .columns = COLUMN_COUNT };
	const char *cells[COLUMN_COUNT];
	size_t row, i;

	for (i = 0; i < COLUMN_COUNT; i++)
		table_add(&table, &samples->arena, titles[i]);
	for (row = 0; row < samples->count; row++) {
		print_cells(cells, &samples->arena, &samples->items[row]);
		for (i = 0; i < COLUMN_COUNT; i++)
			table_add(&table, &samples->arena, cells[i]);
	}
	return table_print(&samples->arena, &table, GAP);
}

/* One row in the words of FORMAT; NULL, said, for a field that is not there. */
static const char *print_row(struct arena *arena, const char *format, const char *const *cells)
{
	static const struct {
		const char *name;
		int cell;
	} fields[] = {
		{ "Name", 0 },    { "Container", 0 }, { "ID", 0 },
		{ "CPUPerc", 1 }, { "MemUsage", 2 },  { "MemPerc", 3 },
		{ "NetIO", 4 },   { "BlockIO", 5 },   { "PIDs", 6 },
	};
	struct leaves leaves = { 0 };
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		leaf_add(&leaves, arena, fields[i].name, LEAF_TEXT, cells[fields[i].cell]);
	return template_format(arena, format, &leaves);
}

/* NULL, said, for a field that is not there. */
static const char *print_format(struct samples *samples, const char *format)
{
	const bool titled = strncmp(format, "table ", 6) == 0;
	struct string text = { 0 };
	struct texts lines = { 0 };
	const char *cells[COLUMN_COUNT], *line;
	size_t row, i;

	format += titled ? 6 : 0;
	line = titled ? print_row(&samples->arena, format, titles) : "";
	if (titled && line)
		(void)texts_add(&samples->arena, &lines, line);
	for (row = 0; row < samples->count && line; row++) {
		print_cells(cells, &samples->arena, &samples->items[row]);
		line = print_row(&samples->arena, format, cells);
		if (line)
			(void)texts_add(&samples->arena, &lines, line);
	}
	if (!line)
		return NULL;
	if (titled)
		return table_print_lines(&samples->arena, &lines, GAP);
	string_add(&samples->arena, &text, "%s", "");
	for (i = 0; i < lines.count; i++)
		string_add(&samples->arena, &text, "%s\n", lines.items[i]);
	return text.text;
}

/* A terminal shows the newest ones in the same place. */
static int samples_print(struct samples *samples, const struct stats_options *options)
{
	const char *clear = options->no_stream || isatty(STDOUT_FILENO) != 1 ? "" : "\033[H\033[J";
	const char *text =
		options->format ? print_format(samples, options->format) : print_table(samples);

	if (!text)
		return samples->arena.failed ? fail(ENOMEM, "stats") : -EINVAL;
	text = arena_print(&samples->arena, "%s%s", clear, text);
	return text ? say(text) : fail(ENOMEM, "stats");
}

/* Over when the sandboxes that were named have ended; those of all may come and go. */
static int stats(const struct stats_options *options, const struct texts *words)
{
	struct samples before, samples;
	int ret = samples_take(&before, words, &(const struct samples){ 0 });

	while (ret == 0) {
		sleep(INTERVAL);
		ret = samples_take(&samples, words, &before);
		if (ret == 0)
			ret = samples_print(&samples, options);
		arena_close(&before.arena);
		before = samples;
		if (options->no_stream || (words->count && !samples.count))
			break;
	}
	arena_close(&before.arena);
	return ret;
}

int cmd_stats(int argc, char **argv)
{
	struct stats_options options = { 0 };
	struct arena arena = { 0 };
	struct texts words = { 0 };
	int code;

	(void)argc;
	if (verb_read(&options, &words, &arena, argv, &code) == 0)
		code = stats(&options, &words) < 0 ? EXIT_FAILED : 0;
	arena_close(&arena);
	return code;
}
