/* SPDX-License-Identifier: MIT */
/* davit exec: a further command in a sandbox that runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/env.h"
#include "commands/options.h"
#include "sandbox/join.h"
#include "sandbox/self.h"

struct exec_values {
	struct texts env, env_file;
	const char *user, *workdir;
	bool detach, interactive, privileged, tty;
};

#define FLAG(field) OPTION_FLAG_OF(exec_values, field)
#define TEXT(field, argument) OPTION_TEXT_OF(exec_values, field, argument)
#define LIST(field, argument) OPTION_LIST_OF(exec_values, field, argument)

const struct option exec_options[] = {
	{ "detach", 'd', FLAG(detach), HELP("leave the command running, unheard") },
	{ "env", 'e', LIST(env, "NAME[=VALUE]"),
	  HELP("set an environment variable, or pass this one on") },
	{ "env-file", 0, LIST(env_file, "FILE"),
	  HELP("read environment variables from a file, one per line") },
	{ "interactive", 'i', FLAG(interactive), HELP("pass standard input on") },
	{ "privileged", 0, FLAG(privileged), HELP("refused: no more rights than the sandbox has") },
	{ "tty", 't', FLAG(tty), HELP("give the command a terminal of its own") },
	{ "user", 'u', TEXT(user, "USER[:GROUP]"),
	  HELP("run as this user of the image, by name or number") },
	{ "workdir", 'w', TEXT(workdir, "DIR"), HELP("working directory inside") },
	OPTIONS_END,
};

/* Behind NAME, everything is the command's. Returns 0, 1 for --help, or -errno, said by fail(). */
static int read_words(struct exec_values *values, struct texts *words, struct arena *arena,
		      char **argv)
{
	struct option_reader reader = { .table = exec_options,
					.verb = argv[0],
					.values = values,
					.arena = arena,
					.next = argv + 1 };
	int ret = options_read(&reader);

	for (; ret == 0 && *reader.next; reader.next++) {
		/* A copy, since davit's own arguments are not to be read in the sandbox. */
		const char *word = arena_copy(arena, *reader.next, strlen(*reader.next));

		if (!word || texts_add(arena, words, word) < 0)
			return fail(ENOMEM, "command");
	}
	if (ret == 0 && words->count < 2)
		return fail(0,
			    "davit exec needs a sandbox and a command: davit exec [OPTION…] NAME COMMAND [ARG…]");
	if (ret == 0 && values->privileged)
		return fail(0,
			    "--privileged: a command in a sandbox never has more rights than the sandbox");
	return ret;
}

static int request_fill(struct join_request *request, struct arena *arena,
			const struct exec_values *values, const struct texts *words)
{
	size_t i;

	*request = (struct join_request){ .user = values->user,
					  .workdir = values->workdir,
					  .tty = values->tty,
					  .interactive = values->interactive,
					  .detach = values->detach };
	if (request->tty && !CONFIG_TERMINAL)
		return fail(0, "--tty: not in this build (CONFIG_TERMINAL)");
	for (i = 1; i < words->count; i++) {
		if (texts_add(arena, &request->command, words->items[i]) < 0)
			return fail(ENOMEM, "command");
	}
	return env_gather(&request->env, arena, &values->env_file, &values->env);
}

static int exec_in(struct arena *arena, const struct join_request *request, const char *name)
{
	const char *root = getenv("DAVIT_RUN_ROOT");
	struct sandbox sandbox;
	struct record record = { .dir = -1 };
	struct plan plan;
	struct host host;
	int ret = host_read(&host);

	if (ret == 0)
		ret = join_open(&record, arena, root && root[0] ? root : "/run/davit", name);
	if (ret == 0 && CONFIG_LANDLOCK && record_field(arena, &record, "landlock"))
		ret = host_read_more(&host);
	if (ret == 0)
		ret = join_plan(&plan, &sandbox, arena, &record, request, &host);
	ret = ret < 0 ? EXIT_DAVIT : join_run(arena, &plan, request->detach);
	record_close(&record);
	return ret;
}

int cmd_exec(int argc, char **argv)
{
	struct exec_values values = { 0 };
	struct join_request request;
	struct arena arena = { 0 };
	struct texts words = { 0 };
	int ret = read_words(&values, &words, &arena, argv), code = EXIT_DAVIT;

	(void)argc;
	if (ret > 0)
		code = verb_help(verb_find(argv[0])) < 0 ? EXIT_DAVIT : 0;
	else if (ret == 0 && words.count && self_protect(argv) == 0 &&
		 request_fill(&request, &arena, &values, &words) == 0)
		code = exec_in(&arena, &request, words.items[0]);
	arena_close(&arena);
	return code;
}
