/* SPDX-License-Identifier: MIT */
/* davit versions: which versions of an app there are, and what became of them. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "commands/app.h"
#include "commands/listing.h"
#include "commands/moment.h"
#include "commands/verb_options.h"

struct versions_values {
	const char *format;
	bool quiet, no_trunc;
};

const struct option versions_options[] = {
	{ "format", 0, OPTION_TEXT_OF(versions_values, format, "FORMAT"),
	  HELP("for each, such as '{{.State}} {{.Digest}}'; table …, json") },
	{ "no-trunc", 0, OPTION_FLAG_OF(versions_values, no_trunc), HELP("whole digests") },
	{ "quiet", 'q', OPTION_FLAG_OF(versions_values, quiet), HELP("only the digests") },
	OPTIONS_END,
};

static const char *const titles[][2] = {
	{ "Digest", "DIGEST" }, { "Reason", "REASON" }, { "Reference", "IMAGE" },
	{ "Since", "SINCE" },   { "State", "STATE" },   { NULL, NULL },
};

/* A clock that was wrong may have been later than now. */
static const char *since(struct arena *arena, uint64_t time)
{
	const uint64_t now = moment_now() / MOMENT_SECOND;
	const char *length = moment_print_length(arena, now > time ? now - time : 0);

	return length ? arena_print(arena, "%s ago", length) : NULL;
}

static int add_row(struct leaves *row, struct arena *arena, const struct versions_values *values,
		   const struct version *version, const char *const state[2])
{
	char digest[DIGEST_TEXT];

	digest_print(digest, &version->descriptor.digest);
	if (!values->no_trunc && !values->format)
		digest[IMAGE_SHORT] = '\0';
	leaf_add(row, arena, "Digest", LEAF_TEXT, arena_print(arena, "%s", digest));
	leaf_add(row, arena, "Reason", LEAF_TEXT, state[1]);
	leaf_add(row, arena, "Reference", LEAF_TEXT, version->reference);
	leaf_add(row, arena, "Since", LEAF_TEXT, version->time ? since(arena, version->time) : "");
	leaf_add(row, arena, "State", LEAF_TEXT, state[0]);
	return arena->failed ? fail(ENOMEM, "versions") : 0;
}

/* The state of each in a word: a current one that does not run is stopped. */
static const char *state_of(const struct app *app, enum version_kind kind)
{
	if (kind == VERSION_CURRENT && app->runs && app_has(app, &app->versions.items[kind]))
		return "current, running";
	return version_kind_name(kind);
}

static int rows_make(struct leaves *rows, size_t *count, const struct app *app,
		     const struct versions_values *values)
{
	const struct versions *versions = &app->versions;
	size_t i;
	int ret = 0;

	*count = 0;
	for (i = 0; ret == 0 && i < VERSION_KINDS; i++) {
		const char *const state[] = { state_of(app, (enum version_kind)i), "" };

		if (versions->items[i].is_there)
			ret = add_row(&rows[(*count)++], app->arena, values, &versions->items[i],
				      state);
	}
	for (i = 0; ret == 0 && i < versions->failure_count; i++) {
		const struct failure *failure = &versions->failures[i];
		const struct version version = { .descriptor = { .digest = failure->digest },
						 .reference = failure->reference,
						 .time = failure->time };
		const char *const state[] = { "failed", failure->reason };

		ret = add_row(&rows[(*count)++], app->arena, values, &version, state);
	}
	return ret;
}

static int list(const struct app *app, const struct versions_values *values)
{
	struct leaves rows[VERSION_KINDS + FAILURES_MOST] = { { 0 } };
	struct listing listing = { .verb = "versions", .titles = titles, .rows = rows };
	const char *format = "table {{.State}}\t{{.Reference}}\t{{.Digest}}\t{{.Since}}\t{{.Reason}}";
	const char *text;

	if (rows_make(rows, &listing.count, app, values) < 0)
		return -ENOMEM;
	if (!listing.count)
		return app_unknown(app);
	if (values->quiet)
		format = "{{.Digest}}";
	else if (values->format && strcmp(values->format, "table") != 0)
		format = values->format;
	text = listing_print(app->arena, &listing, format);
	return text ? say(text) : -EINVAL;
}

int cmd_versions(int argc, char **argv)
{
	struct versions_values values = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	struct app app;
	int code;

	(void)argc;
	if (verb_read(&values, &words, &arena, argv, &code) == 0) {
		code = EXIT_FAILED;
		if (words.count != 1) {
			fail(0, "davit versions: expected NAME");
			code = EXIT_USAGE;
		} else if (app_open(&app, &arena, words.items[0], APP_READ, argv) == 0) {
			code = list(&app, &values) < 0 ? EXIT_FAILED : 0;
			app_close(&app);
		}
	}
	arena_close(&arena);
	return code;
}
