/* SPDX-License-Identifier: MIT */
/* One sandbox in Docker's words. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "commands/moment.h"
#include "commands/summary.h"
#include "sandbox/pause.h"
#include "sandbox/record_text.h"

#include "config.h"

/* By the clock that nobody sets, where there is a process to go by. */
static uint64_t age_of(const struct record *record)
{
	const uint64_t now = moment_now() / MOMENT_SECOND;
	const uint64_t started = record->start / (uint64_t)sysconf(_SC_CLK_TCK);

	if (record->pid)
		return moment_uptime() > started ? moment_uptime() - started : 0;
	return now > record->created ? now - record->created : 0;
}

static const char *status_of(struct summary *summary, struct arena *arena)
{
	const uint64_t uptime = moment_uptime();
	const char *length = moment_print_length(arena, summary->age);

	if (summary->record->state == RECORD_CREATED)
		return "Created";
	if (summary->record->state == RECORD_RUNNING)
		return arena_print(arena, "Up %s%s", length ? length : "",
				   summary->state[0] == 'p' ? " (Paused)" : "");
	length = moment_print_length(arena, uptime > summary->ending.uptime ?
						    uptime - summary->ending.uptime :
						    0);
	return arena_print(arena, "Exited (%d) %s ago", summary->ending.code, length ? length : "");
}

static const char *state_of(const struct record *record)
{
	if (record->state == RECORD_CREATED)
		return "created";
	if (record->state == RECORD_EXITED)
		return "exited";
	return CONFIG_CMD_PAUSE && pause_is_on(record->dir) ? "paused" : "running";
}

int summary_make(struct summary *summary, struct arena *arena, const struct record *record)
{
	const char *mask = record_field(arena, record, "namespaces");

	*summary = (struct summary){ .record = record, .created = record->created };
	(void)ending_read(&summary->ending, record->dir);
	summary->state = state_of(record);
	summary->age = age_of(record);
	summary->status = status_of(summary, arena);
	summary->image = record_field(arena, record, "image");
	if (!summary->image)
		summary->image = "";
	summary->network = mask && strtoull(mask, NULL, 16) & CLONE_NEWNET ? "none" : "host";
	if (record_words(&summary->args, arena, record->text, "args") < 0 ||
	    record_words(&summary->labels, arena, record->text, "label") < 0 || arena->failed)
		return fail(ENOMEM, "%s", record->name);
	return 0;
}
