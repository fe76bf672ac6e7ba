/* SPDX-License-Identifier: MIT */
/* The host steps for an app's streams and log, and for the files that name it. */
#include <errno.h>

#include "base/arena.h"
#include "base/log.h"
#include "sandbox/plan_parts.h"
#include "sandbox/step.h"

static const char *stream_words(struct arena *arena, unsigned int piped)
{
	static const char *const names[] = { "input", "output", "error" };
	struct string words = { 0 };
	unsigned int i;

	for (i = 0; i < STREAMS; i++) {
		if (piped & 1U << i)
			string_add(arena, &words, "%s%s", words.length ? ", " : "", names[i]);
	}
	return words.text;
}

int plan_streams(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct step cidfile = { .kind = STEP_CIDFILE, .target = sandbox->cidfile };
	const struct step pidfile = { .kind = STEP_PIDFILE, .target = sandbox->pidfile };
	struct step streams = { .kind = STEP_STREAMS, .flags = sandbox->piped };
	struct step log = { .kind = STEP_LOG, .numbers = { sandbox->log_size } };
	int ret = 0;

	if (sandbox->cidfile)
		ret = plan_add(plan, arena, &cidfile);
	if (ret == 0 && sandbox->pidfile)
		ret = plan_add(plan, arena, &pidfile);
	if (sandbox->piped)
		streams.data = stream_words(arena, sandbox->piped);
	if (ret == 0 && streams.flags)
		ret = streams.data ? plan_add(plan, arena, &streams) : fail(ENOMEM, "plan");
	if (sandbox->log_size)
		log.target = arena_print(arena, "%s/log", sandbox->state);
	if (ret == 0 && sandbox->log_size)
		ret = log.target ? plan_add(plan, arena, &log) : fail(ENOMEM, "plan");
	return ret;
}
