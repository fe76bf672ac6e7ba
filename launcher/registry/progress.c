/* SPDX-License-Identifier: MIT */
/* Shows how far layers are, in Docker's words. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "registry/progress.h"

enum {
	REDRAW_MS = 250,
	JSON_MS = 1000,
	LINE = 256,      /* bytes of a line */
	BAR_MOST = 50,   /* columns, as Docker's */
	BESIDE_BAR = 72, /* columns for all that is beside it */
	UNIT = 1024
};

const char *const progress_pull_words[PROGRESS_STATES] = {
	[PROGRESS_BEGIN] = "Pulling fs layer", [PROGRESS_MOVING] = "Downloading",
	[PROGRESS_RETRYING] = "Retrying",      [PROGRESS_CHECKING] = "Verifying Checksum",
	[PROGRESS_DONE] = "Download complete", [PROGRESS_THERE] = "Already exists",
	[PROGRESS_MOUNTED] = "Already exists"
};

const char *const progress_push_words[PROGRESS_STATES] = {
	[PROGRESS_BEGIN] = "Preparing",   [PROGRESS_MOVING] = "Pushing",
	[PROGRESS_RETRYING] = "Retrying", [PROGRESS_CHECKING] = "Waiting",
	[PROGRESS_DONE] = "Pushed",       [PROGRESS_THERE] = "Layer already exists",
	[PROGRESS_MOUNTED] = "Mounted"
};

static uint64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Columns and lines, as far as the terminal says. */
static struct winsize terminal_size(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		size.ws_col = 80;
	if (!size.ws_row)
		size.ws_row = 24;
	return size;
}

enum progress_kind progress_choose(bool quiet, bool json)
{
	const char *terminal = getenv("TERM");

	if (quiet || json)
		return quiet ? PROGRESS_QUIET : PROGRESS_JSON;
	return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0 ?
		       PROGRESS_TERMINAL :
		       PROGRESS_LINES;
}

int progress_begin(struct progress *progress, struct arena *arena, enum progress_kind kind,
		   size_t count)
{
	const size_t size = (count + 1) * sizeof(*progress->items);

	*progress = (struct progress){ .kind = kind, .words = progress_pull_words, .count = count };
	/* Where they do not fit, lines that are gone from sight could not be drawn again. */
	if (kind == PROGRESS_TERMINAL && count >= terminal_size().ws_row)
		progress->kind = PROGRESS_LINES;
	progress->rows = arena_alloc(arena, (count + 1) * sizeof(*progress->rows));
	progress->items = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress->items == MAP_FAILED)
		progress->items = NULL;
	if (!progress->rows || !progress->items)
		return fail(ENOMEM, "layers");
	return 0;
}

void progress_name(struct progress *progress, size_t number, const struct descriptor *layer)
{
	struct progress_row *row = &progress->rows[number];
	char hex[DIGEST_HEX + 1];

	digest_print_hex(hex, &layer->digest);
	memcpy(row->name, hex, sizeof(row->name) - 1);
	row->size = layer->size;
	row->told = PROGRESS_STATES;
}

/* --- words --------------------------------------------------------------------------------------- */

/* Bytes in Docker's words, "1.23MB". */
static void size_print(char text[16], uint64_t bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	uint64_t scale = 1;
	size_t unit = 0;
	unsigned int part;

	while (bytes / scale >= 1000) {
		scale *= 1000;
		unit++;
	}
	part = (unsigned int)(bytes % scale * 100 / scale);
	if (!unit || bytes / scale >= 100)
		snprintf(text, 16, "%u%s", (unsigned int)(bytes / scale), units[unit]);
	else if (bytes / scale >= 10)
		snprintf(text, 16, "%u.%u%s", (unsigned int)(bytes / scale), part / 10, units[unit]);
	else
		snprintf(text, 16, "%u.%02u%s", (unsigned int)(bytes / scale), part, units[unit]);
}

static uint64_t row_moved(const struct progress *progress, size_t i)
{
	const uint64_t moved = (uint64_t)progress->items[i].units * UNIT;

	return moved < progress->rows[i].size ? moved : progress->rows[i].size;
}

static void time_print(char text[16], uint64_t seconds)
{
	if (seconds >= 3600)
		snprintf(text, 16, "%uh%02um", (unsigned int)(seconds / 3600 % 1000),
			 (unsigned int)(seconds / 60 % 60));
	else if (seconds >= 60)
		snprintf(text, 16, "%um%02us", (unsigned int)(seconds / 60),
			 (unsigned int)(seconds % 60));
	else
		snprintf(text, 16, "%us", (unsigned int)seconds);
}

/* "[====>     ]  1.2MB/3.4MB  850kB/s 3s", the bar as wide as there is room. */
static void moving_print(char line[LINE], const struct progress *progress, size_t i)
{
	const struct progress_row *row = &progress->rows[i];
	const uint64_t moved = row_moved(progress, i);
	const unsigned int most = progress->width > BESIDE_BAR ? progress->width - BESIDE_BAR : 0;
	const unsigned int room = most < BAR_MOST ? most : BAR_MOST;
	const unsigned int full = row->size ? (unsigned int)(moved * room / row->size) : room;
	static const char bar[] = "==================================================";
	char done[16], whole[16], rate[16], left[16] = "";
	int length;

	size_print(done, moved);
	size_print(whole, row->size);
	size_print(rate, row->rate);
	if (row->rate)
		time_print(left, (row->size - moved) / row->rate);
	length = snprintf(line, LINE, "%s: %s ", row->name, progress->words[PROGRESS_MOVING]);
	if (room > 2)
		length += snprintf(line + length, LINE - (size_t)length, "[%.*s>%*s] ", (int)full,
				   bar, (int)(room - full), "");
	snprintf(line + length, LINE - (size_t)length, " %s/%s  %s/s %s", done, whole, rate, left);
}

static void row_print(char line[LINE], const struct progress *progress, size_t i, uint32_t state)
{
	if (state == PROGRESS_MOVING && progress->kind == PROGRESS_TERMINAL)
		moving_print(line, progress, i);
	else
		snprintf(line, LINE, "%s: %s", progress->rows[i].name, progress->words[state]);
}

/* --- kinds ----------------------------------------------------------------------------------------- */

static void out(const char *text)
{
	(void)sys_write_all(STDOUT_FILENO, text, strlen(text));
}

void progress_line(enum progress_kind kind, const char *id, const char *status)
{
	struct arena arena = { 0 };
	struct string text = { 0 };

	if (kind == PROGRESS_JSON && id)
		string_add(&arena, &text, "{\"status\":\"%s\",\"id\":\"%s\"}\n", status, id);
	else if (kind == PROGRESS_JSON)
		string_add(&arena, &text, "{\"status\":\"%s\"}\n", status);
	else
		string_add(&arena, &text, "%s%s%s\n", id ? id : "", id ? ": " : "", status);
	if (kind != PROGRESS_QUIET && text.text)
		out(text.text);
	arena_close(&arena);
}

/* Rates over some seconds: each look counts an eighth. */
static void rates_measure(struct progress *progress, uint64_t elapsed)
{
	size_t i;

	for (i = 0; i < progress->count; i++) {
		struct progress_row *row = &progress->rows[i];
		const uint32_t units = progress->items[i].units;
		const uint32_t from = progress->items[i].from;
		const uint32_t before = row->before > from ? row->before : from;
		uint64_t now;

		if (elapsed && units > before) {
			now = (uint64_t)(units - before) * UNIT * 1000 / elapsed;
			row->rate = row->rate ? (row->rate * 7 + now) / 8 : now;
		} else {
			row->rate -= row->rate / 8;
		}
		row->before = units;
	}
}

/* All lines anew, from the first one on; none is longer than the terminal is wide. */
static void draw(struct progress *progress)
{
	struct arena arena = { 0 };
	struct string text = { 0 };
	char line[LINE];
	size_t i;

	progress->width = terminal_size().ws_col;
	if (progress->drawn)
		string_add(&arena, &text, "\033[%zuA", progress->drawn);
	for (i = 0; i < progress->count; i++) {
		row_print(line, progress, i, progress->items[i].state);
		string_add(&arena, &text, "\r%.*s\033[K\n", (int)progress->width - 1, line);
	}
	if (!arena.failed && text.text)
		out(text.text);
	progress->drawn = progress->count;
	arena_close(&arena);
}

static void tell_json(const struct progress *progress, size_t i, uint32_t state)
{
	const struct progress_row *row = &progress->rows[i];
	char line[LINE], detail[96] = "";

	if (state == PROGRESS_MOVING)
		snprintf(detail, sizeof(detail),
			 ",\"progressDetail\":{\"current\":%llu,\"total\":%llu}",
			 (unsigned long long)row_moved(progress, i), (unsigned long long)row->size);
	snprintf(line, sizeof(line), "{\"status\":\"%s\"%s,\"id\":\"%s\"}\n",
		 progress->words[state], detail, row->name);
	out(line);
}

/* A line where a state is another one; that bytes move is worth none but in JSON. */
static void tell(struct progress *progress)
{
	char line[LINE];
	size_t i;

	for (i = 0; i < progress->count; i++) {
		struct progress_row *row = &progress->rows[i];
		const uint32_t state = progress->items[i].state;

		if (state == row->told && state != PROGRESS_MOVING)
			continue;
		row->told = state;
		if (progress->kind == PROGRESS_JSON) {
			tell_json(progress, i, state);
		} else if (state != PROGRESS_MOVING) {
			row_print(line, progress, i, state);
			progress_line(progress->kind, NULL, line);
		}
	}
}

static void show(struct progress *progress)
{
	if (progress->kind == PROGRESS_TERMINAL)
		draw(progress);
	else if (progress->kind != PROGRESS_QUIET)
		tell(progress);
}

void progress_show(struct progress *progress)
{
	const uint64_t now = now_ms(), elapsed = progress->last ? now - progress->last : 0;
	const uint64_t least = progress->kind == PROGRESS_JSON ? JSON_MS : REDRAW_MS;

	if (progress->last && elapsed < least)
		return;
	rates_measure(progress, elapsed);
	progress->last = now ? now : 1;
	show(progress);
}

void progress_end(struct progress *progress)
{
	if (!progress->items)
		return;
	show(progress);
	(void)munmap(progress->items, (progress->count + 1) * sizeof(*progress->items));
	progress->items = NULL;
	progress->count = progress->drawn = 0;
}
