/* SPDX-License-Identifier: MIT */
/* A further process in a sandbox that runs: decided from its record, never from what the sandbox says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sandbox/decide.h"
#include "sandbox/filter.h"
#include "sandbox/join.h"
#include "sandbox/plan_parts.h"
#include "sandbox/record_text.h"

enum { HEXADECIMAL = 16 };

static int incomplete(const struct record *record, const char *key)
{
	return fail(0, "%s: its record has no line \"%s\": launch it with this davit", record->name,
		    key);
}

static int mask_read(uint64_t *mask, struct arena *arena, const struct record *record, const char *key)
{
	const char *text = record_field(arena, record, key);
	char *end = NULL;

	if (!text || !text[0])
		return incomplete(record, key);
	*mask = strtoull(text, &end, HEXADECIMAL);
	return *end ? incomplete(record, key) : 0;
}

/* "NAME SOFT HARD", three words per limit, as --ulimit has them. */
static int limits_read(struct sandbox *sandbox, struct arena *arena, const struct record *record,
		       const struct host *host)
{
	struct request request = { 0 };
	struct texts words = { 0 };
	size_t i;

	if (record_words(&words, arena, record->text, "rlimit") < 0)
		return fail(ENOMEM, "%s", record->name);
	for (i = 0; i + 2 < words.count; i += 3) {
		/* No limit is the largest number there, and a word here. */
		const char *soft = strlen(words.items[i + 1]) > 19 ? "unlimited" : words.items[i + 1];
		const char *hard = strlen(words.items[i + 2]) > 19 ? "unlimited" : words.items[i + 2];
		const char *text = arena_print(arena, "%s=%s:%s", words.items[i], soft, hard);

		if (!text || texts_add(arena, &request.ulimit, text) < 0)
			return fail(ENOMEM, "%s", record->name);
	}
	return decide_limits(sandbox, arena, &request, host);
}

static int env_read(struct sandbox *sandbox, struct arena *arena, const struct record *record,
		    const struct join_request *request)
{
	struct texts *env = &sandbox->env;
	bool terminal = false;
	size_t i;
	int ret = 0;

	if (record_words(env, arena, record->text, "env") < 0)
		return fail(ENOMEM, "%s", record->name);
	for (i = 0; i < env->count; i++)
		terminal = terminal || strncmp(env->items[i], "TERM=", 5) == 0;
	if (request->tty && !terminal)
		ret = decide_env_put(env, arena, "TERM=xterm");
	for (i = 0; i < request->env.count && ret == 0; i++)
		ret = decide_env_put(env, arena, request->env.items[i]);
	return ret;
}

static int identity_read(struct sandbox *sandbox, struct arena *arena, const struct record *record,
			 const struct join_request *request)
{
	const struct request wanted = {
		.user = request->user ? request->user : record_field(arena, record, "user"),
		.workdir = request->workdir ? request->workdir :
					      record_field(arena, record, "workdir"),
		.tty = request->tty,
		.interactive = request->interactive,
	};

	sandbox->oom_score = record_field(arena, record, "oom-score");
	if (record_words(&sandbox->groups, arena, record->text, "group") < 0)
		return fail(ENOMEM, "%s", record->name);
	return decide_identity(sandbox, &wanted);
}

/* HEX becomes the bytes that it stands for. Returns their number, or -1. */
static ssize_t unhex(unsigned char *bytes, const char *hex)
{
	static const char digits[] = "0123456789abcdef";
	ssize_t count = 0;

	for (; hex[0]; hex += 2) {
		const char *high = strchr(digits, hex[0]),
			   *low = hex[1] ? strchr(digits, hex[1]) : NULL;

		if (!high || !low)
			return -1;
		bytes[count++] = (unsigned char)((high - digits) << 4 | (low - digits));
	}
	return count;
}

/* A filter out of a file is in the record as it was loaded: the file may be another by now. */
static int filter_restore(struct sandbox *sandbox, struct arena *arena, const struct record *record)
{
	struct filter *filter = arena_alloc(arena, sizeof(*filter));
	struct texts words = { 0 };
	unsigned char *bytes;
	ssize_t size;

	if (!filter || record_words(&words, arena, record->text, "seccomp") < 0)
		return fail(ENOMEM, "%s", record->name);
	if (words.count == 0)
		return incomplete(record, "seccomp");
	sandbox->unconfined = strcmp(words.items[0], "none") == 0;
	if (words.count != 2 || strcmp(words.items[0], "file") != 0)
		return 0;
	if (!CONFIG_SECURITY_OPT)
		return fail(0,
			    "%s: its system call filter is not in this build (CONFIG_SECURITY_OPT)",
			    record->name);
	bytes = arena_alloc(arena, strlen(words.items[1]) / 2 + 1);
	size = bytes ? unhex(bytes, words.items[1]) : -1;
	if (size < 0)
		return incomplete(record, "seccomp");
	sandbox->filter = filter;
	sandbox->filter_file = "the sandbox's own";
	return filter_read(filter, arena, bytes, (size_t)size, record->name);
}

/* Its rules, as --security-opt landlock= takes them. */
static int landlock_restore(struct sandbox *sandbox, struct arena *arena,
			    const struct record *record, const struct host *host)
{
	struct request request = { 0 };
	struct texts words = { 0 };
	struct string rules = { 0 };
	size_t i;

	if (record_words(&words, arena, record->text, "landlock") < 0)
		return fail(ENOMEM, "%s", record->name);
	if (!words.count)
		return 0;
	if (!CONFIG_LANDLOCK)
		return fail(0, "%s: it has Landlock rules: not in this build (CONFIG_LANDLOCK)",
			    record->name);
	for (i = 0; i < words.count; i++)
		string_add(arena, &rules, "%s%s", i ? "," : "landlock=", words.items[i]);
	if (arena->failed || texts_add(arena, &request.security_opt, rules.text) < 0)
		return fail(ENOMEM, "%s", record->name);
	return decide_landlock(sandbox, arena, &request, host);
}

/* The default filter is not in the record: it is made again. In any case it must be the same. */
static int filter_compare(const struct plan *plan, struct arena *arena, const struct record *record)
{
	const char *own = record_filter(arena, plan);
	const char *line = arena_print(arena, "\nseccomp %s\n", own ? own : "");

	if (!own || !line)
		return fail(ENOMEM, "%s", record->name);
	return strstr(record->text, line) ?
		       0 :
		       fail(0,
			    "%s: its system call filter is not this davit's: launch it with this one",
			    record->name);
}

int join_plan(struct plan *plan, struct sandbox *sandbox, struct arena *arena,
	      const struct record *record, const struct join_request *request,
	      const struct host *host)
{
	uint64_t namespaces = 0;
	int ret;

	*sandbox = (struct sandbox){ .name = record->name, .argv = request->command };
	*plan = (struct plan){ .sandbox = sandbox, .joins = true };
	if (request->detach && request->tty)
		return fail(0,
			    "--detach and --tty: nobody would hold the terminal; give one of them");
	ret = mask_read(&namespaces, arena, record, "namespaces");
	if (ret == 0)
		ret = mask_read(&sandbox->capabilities, arena, record, "capabilities");
	if (ret == 0)
		ret = mask_read(&sandbox->ambient, arena, record, "ambient");
	sandbox->namespaces = (unsigned long)namespaces;
	if (ret == 0)
		ret = identity_read(sandbox, arena, record, request);
	if (ret == 0)
		ret = filter_restore(sandbox, arena, record);
	sandbox->new_privileges = record_has_flag(record, "new-privileges");
	if (ret == 0)
		ret = env_read(sandbox, arena, record, request);
	if (ret == 0)
		ret = landlock_restore(sandbox, arena, record, host);
	/* Never the caller's own terminal. */
	if (!request->tty && !request->detach)
		sandbox->piped = (request->interactive ? 7U : 6U) & (unsigned int)host->terminals;
	if (ret == 0)
		ret = limits_read(sandbox, arena, record, host);
	if (ret == 0)
		ret = plan_join(plan, arena, record, request->detach, host);
	return ret == 0 ? filter_compare(plan, arena, record) : ret;
}
