/* SPDX-License-Identifier: MIT */
/* davit stop, davit kill: end sandboxes, politely or at once. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "base/signals.h"
#include "base/text.h"
#include "commands/boxes.h"
#include "commands/verb_options.h"
#include "sandbox/await.h"

struct stop_options {
	const char *signal, *time;
};

const struct option stop_options[] = {
	{ "signal", 's', OPTION_TEXT_OF(stop_options, signal, "SIGNAL"),
	  HELP("what to send first (default: that of davit run --stop-signal)") },
	{ "time", 't', OPTION_TEXT_OF(stop_options, time, "SECONDS"),
	  HELP("how long to wait before it is killed, -1 for ever (default: 10)") },
	{ "timeout", 0, OPTION_TEXT_OF(stop_options, time, "SECONDS"), HELP("the same") },
	OPTIONS_END,
};

const struct option kill_options[] = {
	{ "signal", 's', OPTION_TEXT_OF(stop_options, signal, "SIGNAL"),
	  HELP("what to send (default: KILL)") },
	OPTIONS_END,
};

static int stop_one(struct arena *arena, const struct record *record, const void *values)
{
	const struct stop_options *options = values;
	int number, seconds;
	uint64_t value;

	if (boxes_check_free(record) < 0)
		return -EAGAIN;
	if (record->state == RECORD_EXITED)
		return 0;
	record_stop(&number, &seconds, arena, record);
	if (options->signal)
		(void)signal_parse(&number, options->signal);
	if (options->time)
		seconds = text_number(&value, options->time, INT32_MAX) == 0 ? (int)value : -1;
	return await_stop(record, verb_run_root(), number, seconds);
}

static int kill_one(struct arena *arena, const struct record *record, const void *values)
{
	const struct stop_options *options = values;
	int number = SIGKILL;

	(void)arena;
	if (boxes_check_free(record) < 0)
		return -EAGAIN;
	if (record->state != RECORD_RUNNING)
		return fail(0, "%s: the sandbox is not running", record->name);
	if (options->signal)
		(void)signal_parse(&number, options->signal);
	return await_signal(record, number);
}

/* Before anything is done to any of them. */
static int check_options(const void *values)
{
	const struct stop_options *options = values;
	uint64_t seconds;
	int number;

	if (options->signal && signal_parse(&number, options->signal) < 0)
		return fail(0, "--signal %s: expected a signal, such as TERM or 15", options->signal);
	if (options->time && strcmp(options->time, "-1") != 0 &&
	    text_number(&seconds, options->time, INT32_MAX) < 0)
		return fail(0, "--time %s: expected a number of seconds, or -1 for ever",
			    options->time);
	return 0;
}

int cmd_stop(int argc, char **argv)
{
	struct stop_options values = { 0 };

	(void)argc;
	return boxes_each(argv, &values, check_options, stop_one);
}

int cmd_kill(int argc, char **argv)
{
	struct stop_options values = { 0 };

	(void)argc;
	return boxes_each(argv, &values, check_options, kill_one);
}
