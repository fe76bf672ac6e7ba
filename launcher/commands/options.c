/* SPDX-License-Identifier: MIT */
/* Docker's names and meanings for the options of davit run and davit plan, in one table. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/options.h"

#define FLAG(field) OPTION_FLAG, offsetof(struct request, field), NULL
#define TEXT(field, argument) OPTION_TEXT, offsetof(struct request, field), argument
#define LIST(field, argument) OPTION_LIST, offsetof(struct request, field), argument

const struct option options[] = {
	{ "cap-add", 0, LIST(cap_add, "NAME"),
	  HELP("keep a capability beyond the default list, or ALL") },
	{ "cap-drop", 0, LIST(cap_drop, "NAME"),
	  HELP("drop a capability of the default list, or ALL") },
	{ "cpus", 0, TEXT(cpus, "NUMBER"), HELP("processor time, such as 0.5 or 2") },
	{ "device", 0, LIST(device, "DEVICE[:TARGET]"),
	  HELP("let the app use a device of this machine") },
	{ "entrypoint", 0, TEXT(entrypoint, "PROGRAM"), HELP("program to start, before COMMAND") },
	{ "env", 'e', LIST(env, "NAME[=VALUE]"),
	  HELP("set an environment variable, or pass this one on") },
	{ "env-file", 0, LIST(env_file, "FILE"),
	  HELP("read environment variables from a file, one per line") },
	{ "host", 0, TEXT(host_file, "FILE"),
	  HELP("davit plan: for the machine that davit doctor --facts describes") },
	{ "hostname", 'h', TEXT(hostname, "NAME"),
	  HELP("host name inside (default: the sandbox's name)") },
	{ "init", 0, FLAG(init), HELP("run a small process 1 that forwards signals and reaps") },
	{ "interactive", 'i', FLAG(interactive), HELP("pass standard input on") },
	{ "memory", 'm', TEXT(memory, "SIZE"), HELP("memory limit, such as 16m") },
	{ "name", 0, TEXT(name, "NAME"),
	  HELP("name of the sandbox (default: the image's, and a number)") },
	{ "network", 0, TEXT(network, "none|host"),
	  HELP("none (default): loopback only; host: this machine's network") },
	{ "pids-limit", 0, TEXT(pids_limit, "NUMBER"), HELP("most processes and threads") },
	{ "read-only", 0, FLAG(read_only), HELP("no writable layer above the image") },
	{ "rm", 0, FLAG(rm), HELP("leave nothing when the app has ended (always so)") },
	{ "run-root", 0, TEXT(run_root, "DIR"),
	  HELP("where live sandboxes are kept (default: /run/davit)") },
	{ "storage-opt", 0, TEXT(storage_opt, "size=SIZE"),
	  HELP("most memory that the writable layer may take") },
	{ "tmpfs", 0, LIST(tmpfs, "TARGET[:OPTIONS]"), HELP("mount a tmpfs: size=, mode=, ro, exec") },
	{ "tty", 't', FLAG(tty), HELP("give the app a terminal of its own") },
	{ "ulimit", 0, LIST(ulimit, "NAME=SOFT[:HARD]"), HELP("resource limit, such as nofile=1024") },
	{ "user", 'u', TEXT(user, "USER[:GROUP]"),
	  HELP("run as this user of the image, by name or number") },
	{ "volume", 'v', LIST(volume, "SOURCE:TARGET[:ro]"),
	  HELP("show a directory or file of this machine inside") },
	{ "workdir", 'w', TEXT(workdir, "DIR"), HELP("working directory inside") },
	{ NULL, 0, OPTION_FLAG, 0, NULL, NULL },
};

enum { HELP_COLUMN = 34 };

static const struct option *find_letter(char letter)
{
	const struct option *option;

	for (option = options; option->name; option++) {
		if (letter && option->letter == letter)
			return option;
	}
	fail(0, "unknown option -%c (davit help run lists them)", letter);
	return NULL;
}

static const struct option *find_name(const char *name, size_t length)
{
	const struct option *option, *like = NULL;
	unsigned int least;
	char word[32] = "";

	for (option = options; option->name; option++) {
		if (strlen(option->name) == length && strncmp(option->name, name, length) == 0)
			return option;
	}
	if (length < sizeof(word))
		memcpy(word, name, length);
	least = text_far(word);
	for (option = options; CONFIG_SUGGEST && option->name; option++) {
		unsigned int distance = text_distance(word, option->name);

		if (distance < least) {
			least = distance;
			like = option;
		}
	}
	if (like)
		fail(0, "unknown option --%.*s (did you mean --%s?)", (int)length, name, like->name);
	else
		fail(0, "unknown option --%.*s (davit help run lists them)", (int)length, name);
	return NULL;
}

static int flag_set(bool *flag, const struct option *option, const char *value)
{
	if (!value || strcmp(value, "true") == 0)
		*flag = true;
	else if (strcmp(value, "false") == 0)
		*flag = false;
	else
		return fail(0, "--%s=%s: expected true, false or nothing", option->name, value);
	return 0;
}

static int option_set(struct request *request, struct arena *arena, const struct option *option,
		      const char *value)
{
	void *field = (char *)request + option->offset;

	if (option->kind == OPTION_FLAG)
		return flag_set(field, option, value);
	if (option->kind == OPTION_LIST)
		return texts_add(arena, field, value) < 0 ? fail(ENOMEM, "--%s", option->name) : 0;
	*(const char **)field = value;
	return 0;
}

/* The option's value: behind = or in the next argument, which *next then points behind. */
static int option_take(struct request *request, struct arena *arena, const struct option *option,
		       const char *value, char ***next)
{
	if (option->kind != OPTION_FLAG && !value) {
		value = **next;
		if (!value)
			return fail(0, "--%s needs %s", option->name, option->argument);
		(*next)++;
	}
	return option_set(request, arena, option, value);
}

static int parse_long(struct request *request, struct arena *arena, const char *text, char ***next)
{
	size_t length = strcspn(text, "=");
	const struct option *option = find_name(text, length);

	if (!option)
		return -EINVAL;
	return option_take(request, arena, option, text[length] ? text + length + 1 : NULL, next);
}

/* -it is -i -t; -m16m and -m=16m are -m 16m. */
static int parse_letters(struct request *request, struct arena *arena, const char *text, char ***next)
{
	int ret = 0;

	for (; *text && ret == 0; text++) {
		const struct option *option = find_letter(*text);
		const char *value = NULL;

		if (!option)
			return -EINVAL;
		if (option->kind != OPTION_FLAG && text[1]) {
			value = text[1] == '=' ? text + 2 : text + 1;
			return option_take(request, arena, option, value, next);
		}
		ret = option_take(request, arena, option, value, next);
	}
	return ret;
}

int options_parse(struct request *request, struct arena *arena, int argc, char **argv)
{
	char **next = argv + 1;
	int ret = 0;

	(void)argc;
	while (*next && (*next)[0] == '-' && (*next)[1] && ret == 0) {
		const char *text = *next++;

		if (strcmp(text, "--") == 0)
			break;
		if (strcmp(text, "--help") == 0)
			return 1;
		ret = text[1] == '-' ? parse_long(request, arena, text + 2, &next) :
				       parse_letters(request, arena, text + 1, &next);
	}
	if (ret < 0)
		return ret;
	if (!*next)
		return fail(0, "no image: davit %s [OPTION…] IMAGE [COMMAND [ARG…]]", argv[0]);
	request->image = *next++;
	for (; *next; next++) {
		if (texts_add(arena, &request->command, *next) < 0)
			return fail(ENOMEM, "command");
	}
	return 0;
}

char *options_help(struct arena *arena)
{
	struct string text = { 0 };
	const struct option *option;

	for (option = options; option->name; option++) {
		const char *name =
			arena_print(arena, "  %c%c%s --%s%s%s", option->letter ? '-' : ' ',
				    option->letter ? option->letter : ' ', option->letter ? "," : " ",
				    option->name, option->argument ? " " : "",
				    option->argument ? option->argument : "");

		if (option->help[0])
			string_add(arena, &text, "%-*s %s\n", HELP_COLUMN, name ? name : "",
				   option->help);
		else
			string_add(arena, &text, "%s\n", name ? name : "");
	}
	return arena->failed ? NULL : text.text;
}
