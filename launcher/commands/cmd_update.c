/* SPDX-License-Identifier: MIT */
/* davit update, davit rollback: bring up another version of an app. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "commands/guardian.h"
#include "commands/verb_options.h"
#include "image/oci_config.h"
#include "sandbox/self.h"

#define OPTION(field) OPTION_FLAG_OF(update_options, field)
#define VALUE(field, argument) OPTION_TEXT_OF(update_options, field, argument)

const struct option update_options[] = {
	{ "force", 'f', OPTION(force),
	  HELP("also one that failed before, or that is signed as another") },
	{ "healthy-after", 0, VALUE(healthy, "SECONDS"),
	  HELP("how long it must live (10, where it has no health check)") },
	{ "no-pull", 0, OPTION(no_pull), HELP("only what is kept here, ask no registry") },
	{ "notify", 0, OPTION(notify), HELP("wait until it says READY=1, as sd_notify(3) does") },
	{ "quiet", 'q', OPTION(quiet), HELP("say nothing of what is going on") },
	{ "state", 0, VALUE(state, "keep|snapshot"),
	  HELP("snapshot: what it keeps comes back if it fails, and on rollback") },
	{ "timeout", 't', VALUE(timeout, "SECONDS"),
	  HELP("when to give it up (as its health check says; 90 with --notify)") },
	OPTIONS_END,
};

const struct option rollback_options[] = {
	{ "force", 'f', OPTION(force), HELP("also below the floor that the image names by label") },
	{ "healthy-after", 0, VALUE(healthy, "SECONDS"), HELP("how long it must live") },
	{ "notify", 0, OPTION(notify), HELP("wait until it says READY=1") },
	{ "quiet", 'q', OPTION(quiet), HELP("say nothing of what is going on") },
	{ "timeout", 't', VALUE(timeout, "SECONDS"), HELP("when to give it up") },
	OPTIONS_END,
};

static int begin(struct update_options *options, struct texts *words, struct arena *arena,
		 char **argv, const char *what)
{
	int code;

	if (verb_read(options, words, arena, argv, &code) < 0)
		return code;
	if (words->count < 1 || words->count > 2) {
		fail(0, "davit %s: expected NAME %s", argv[0], what);
		return EXIT_USAGE;
	}
	return CONFIG_SELF && self_protect(argv) < 0 ? EXIT_FAILED : -1;
}

int cmd_update(int argc, char **argv)
{
	struct update_options options = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	struct update update = { .options = &options };
	int code = begin(&options, &words, &arena, argv, "[IMAGE]");

	(void)argc;
	if (code < 0) {
		update.image = words.count > 1 ? words.items[1] : NULL;
		code = guardian_run(words.items[0], argv, &update);
	}
	arena_close(&arena);
	return code;
}

/* "previous", its reference, or its digest or the beginning of that. */
static bool is_meant(const struct version *version, const char *text)
{
	const size_t length = strlen(text);
	char digest[DIGEST_TEXT];

	digest_print(digest, &version->descriptor.digest);
	return strcmp(text, "previous") == 0 || strcmp(text, version->reference) == 0 ||
	       (length >= 4 && (strncmp(digest, text, length) == 0 ||
				strncmp(digest + strlen("sha256:"), text, length) == 0));
}

/* Returns 0, or -errno said: there is no other version to go to. */
static int check_previous(const struct app *app, const char *text)
{
	const struct version *previous = &app->versions.items[VERSION_PREVIOUS];

	if (!app->versions.items[VERSION_CURRENT].is_there && !app->recorded)
		return app_unknown(app);
	if (!previous->is_there)
		return fail(0, "%s: no version before the one that it has", app->name);
	if (text && !is_meant(previous, text))
		return fail(0, "%s: of version %s nothing is kept (davit versions %s lists them)",
			    app->name, text, app->name);
	return 0;
}

int cmd_rollback(int argc, char **argv)
{
	struct update_options options = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	struct update update = { .options = &options, .back = true };
	struct app app;
	int code = begin(&options, &words, &arena, argv, "[VERSION]");

	(void)argc;
	if (code < 0) {
		code = EXIT_FAILED;
		if (app_open(&app, &arena, words.items[0], APP_READ, argv) == 0) {
			if (check_previous(&app, words.count > 1 ? words.items[1] : NULL) == 0)
				code = guardian_run(words.items[0], argv, &update);
			app_close(&app);
		}
	}
	arena_close(&arena);
	return code;
}
