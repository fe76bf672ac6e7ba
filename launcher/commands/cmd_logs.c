/* SPDX-License-Identifier: MIT */
/* davit logs: what a detached app wrote, its standard output to ours and its standard error to ours. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "commands/boxes.h"
#include "commands/moment.h"
#include "sandbox/await.h"
#include "sandbox/ring.h"

struct logs_options {
	bool follow, timestamps;
	const char *tail, *since, *until;
};

const struct option logs_options[] = {
	{ "follow", 'f', OPTION_FLAG_OF(logs_options, follow), HELP("go on until the app has ended") },
	{ "since", 0, OPTION_TEXT_OF(logs_options, since, "TIME"),
	  HELP("what is newer: 10m, 2026-01-31T12:00:00Z, seconds since 1970") },
	{ "tail", 'n', OPTION_TEXT_OF(logs_options, tail, "NUMBER"),
	  HELP("only that many lines from the end, or all") },
	{ "timestamps", 't', OPTION_FLAG_OF(logs_options, timestamps), HELP("say when") },
	{ "until", 0, OPTION_TEXT_OF(logs_options, until, "TIME"), HELP("only what is older") },
	OPTIONS_END,
};

enum { PAUSE = 50000000 };

/* What is printed of a log, and how far that is; streams are numbered as descriptors. */
struct logs {
	uint64_t since, until, tail; /* UINT64_MAX: all lines */
	bool follow, timestamps;
	uint64_t skip, lines; /* still to be passed over; seen */
	bool within[3];       /* the last byte of the stream did not end a line */
	bool hidden[3];       /* that line is not printed */
	bool print;
};

static int line_begin(struct logs *logs, uint32_t stream, uint64_t time)
{
	struct arena arena = { 0 };
	const char *text;
	int ret;

	logs->lines++;
	logs->hidden[stream] = logs->skip > 0;
	if (logs->skip > 0)
		logs->skip--;
	if (!logs->print || logs->hidden[stream] || !logs->timestamps)
		return 0;
	text = moment_print(&arena, time);
	ret = text ? sys_write_all((int)stream, text, strlen(text)) : -ENOMEM;
	if (ret == 0)
		ret = sys_write_all((int)stream, " ", 1);
	arena_close(&arena);
	return ret;
}

/* An entry may hold several lines, and parts of lines. */
static int print_entry(struct logs *logs, const struct ring_entry *entry, const char *bytes)
{
	const uint32_t stream = entry->stream == RING_ERROR ? RING_ERROR : RING_OUTPUT;
	size_t at = 0;
	int ret = 0;

	if (entry->time < logs->since || entry->time > logs->until)
		return 0;
	while (at < entry->length && ret == 0) {
		const char *end = memchr(bytes + at, '\n', entry->length - at);
		const size_t length = end ? (size_t)(end - bytes) - at + 1 : entry->length - at;

		if (!logs->within[stream])
			ret = line_begin(logs, stream, entry->time);
		if (ret == 0 && logs->print && !logs->hidden[stream])
			ret = sys_write_all((int)stream, bytes + at, length);
		logs->within[stream] = !end;
		at += length;
	}
	return ret;
}

/* All that is there now. */
static int print_rest(struct logs *logs, struct ring *ring)
{
	struct ring_entry entry;
	char bytes[FLOW_SIZE];
	int ret;

	while ((ret = ring_next(ring, &entry, bytes)) > 0) {
		ret = print_entry(logs, &entry, bytes);
		if (ret < 0)
			break;
	}
	return ret;
}

/* How many lines there are, to know where the last ones begin. */
static int count_lines(struct logs *logs, const struct record *record)
{
	struct logs counted = *logs;
	struct ring ring;
	int ret = ring_open(&ring, record->dir, "log");

	if (ret == 0)
		ret = print_rest(&counted, &ring);
	ring_close(&ring);
	logs->skip = counted.lines > logs->tail ? counted.lines - logs->tail : 0;
	return ret;
}

static int print_log(struct logs *logs, const struct record *record)
{
	const struct timespec pause = { .tv_nsec = PAUSE };
	struct ring ring;
	bool over;
	int ret = logs->tail == UINT64_MAX ? 0 : count_lines(logs, record);

	if (ret < 0)
		return ret;
	ret = ring_open(&ring, record->dir, "log");
	logs->print = true;
	while (ret == 0) {
		/* Asked first: what comes until the end is printed too. */
		over = !logs->follow || await_end(record, 0) == 0;
		ret = print_rest(logs, &ring);
		if (over || ret < 0 || moment_now() > logs->until)
			break;
		nanosleep(&pause, NULL);
	}
	ring_close(&ring);
	return ret;
}

static int logs_set(struct logs *logs, const struct logs_options *options)
{
	const uint64_t now = moment_now();

	*logs = (struct logs){ .until = UINT64_MAX,
			       .tail = UINT64_MAX,
			       .follow = options->follow,
			       .timestamps = options->timestamps };
	if (options->since && moment_parse(&logs->since, options->since, now) < 0)
		return fail(0, "--since %s: expected a time such as 10m or 2026-01-31T12:00:00Z",
			    options->since);
	if (options->until && moment_parse(&logs->until, options->until, now) < 0)
		return fail(0, "--until %s: expected a time such as 10m or 2026-01-31T12:00:00Z",
			    options->until);
	/* Docker takes any negative number for all. */
	if (options->tail && strcmp(options->tail, "all") != 0 && options->tail[0] != '-' &&
	    text_number(&logs->tail, options->tail, INT32_MAX) < 0)
		return fail(0, "--tail %s: expected a number of lines, or all", options->tail);
	return 0;
}

static int check_options(const void *values)
{
	struct logs logs;

	return logs_set(&logs, values);
}

static int logs_one(struct arena *arena, const struct record *record, const void *values)
{
	struct logs logs;
	int ret = logs_set(&logs, values);

	(void)arena;
	if (ret == 0)
		ret = print_log(&logs, record);
	if (ret == -ENOENT)
		return fail(0, "%s: it has no log (davit run --detach makes one)", record->name);
	return ret < 0 ? fail(-ret, "%s: print its log", record->name) : 0;
}

int cmd_logs(int argc, char **argv)
{
	struct logs_options values = { 0 };

	(void)argc;
	return boxes_one(argv, &values, check_options, logs_one);
}
