/* SPDX-License-Identifier: MIT */
/* What an update is to wait for, and what it tells of an app that was not healthy. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "commands/update.h"
#include "sandbox/record.h"
#include "sandbox/ring.h"

enum { SECOND = 1000, TAIL = 2048, TAIL_LINES = 10 };

static int seconds(uint64_t *out, const char *name, const char *text)
{
	if (!text)
		return 0;
	if (text_number(out, text, UPDATE_SECONDS_MOST) < 0)
		return fail(0, "%s %s: expected seconds, at most %d", name, text,
			    UPDATE_SECONDS_MOST);
	*out *= SECOND;
	return 0;
}

int update_wish(struct update_wish *out, const struct update_options *options,
		const struct app_conf *conf)
{
	const char *state = options->state ? options->state : conf->state;
	const char *healthy = options->healthy ? options->healthy : conf->healthy;
	int ret;

	*out = (struct update_wish){ .alive_asked = healthy != NULL };
	ret = seconds(&out->alive, "--healthy-after", healthy);
	if (ret == 0)
		ret = seconds(&out->timeout, "--timeout",
			      options->timeout ? options->timeout : conf->timeout);
	if (ret == 0 && state && strcmp(state, "snapshot") != 0 && strcmp(state, "keep") != 0)
		ret = fail(0, "--state %s: expected keep or snapshot", state);
	out->snapshot = state && strcmp(state, "snapshot") == 0;
	out->notify = options->notify || (conf->notify && strcmp(conf->notify, "true") == 0);
	return ret;
}

/* The end of the log. */
static size_t read_tail(char *tail, int dir)
{
	char bytes[FLOW_SIZE];
	struct ring_entry entry;
	struct ring ring;
	size_t used = 0;

	if (ring_open(&ring, dir, "log") < 0)
		return 0;
	while (ring_next(&ring, &entry, bytes) > 0) {
		const size_t skip = entry.length > TAIL ? entry.length - TAIL : 0;
		const size_t come = entry.length - skip;
		const size_t stay = used + come > TAIL ? TAIL - come : used;

		memmove(tail, tail + used - stay, stay);
		memcpy(tail + stay, bytes + skip, come);
		used = stay + come;
	}
	ring_close(&ring);
	return used;
}

static const char *last_lines(const char *text, size_t length)
{
	size_t lines = 0;

	while (length && lines <= TAIL_LINES) {
		length--;
		lines += text[length] == '\n' && text[length + 1];
		if (lines == TAIL_LINES)
			return text + length + 1;
	}
	return text;
}

void update_tell_log(const struct app *app)
{
	char tail[TAIL + 1];
	struct record record = { .dir = -1 };
	char *rest, *line;
	size_t length;

	if (app_record(&record, app) <= 0)
		return;
	length = read_tail(tail, record.dir);
	record_close(&record);
	tail[length] = '\0';
	if (strlen(tail) != length)
		return;
	rest = (char *)last_lines(tail, length);
	while ((line = strsep(&rest, "\n"))) {
		const char *text;

		text_tame(line);
		text = line[0] ? arena_print(app->arena, "%s | %s\n", app->name, line) : NULL;
		if (text)
			(void)sys_write_all(STDERR_FILENO, text, strlen(text));
	}
}
