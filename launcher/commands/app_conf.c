/* SPDX-License-Identifier: MIT */
/* An app of a .conf file, by the options of davit run. */
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "commands/app_conf.h"
#include "commands/options.h"
#include "image/reference.h"

enum { KEYS_MOST = 128 };

static const char blanks[] = " \t\r";

/* Of davit update and davit start, not of davit run. */
static const struct option own_keys[] = {
	{ "healthy-after", 0, OPTION_TEXT_OF(app_conf, healthy, "SECONDS"), "" },
	{ "image", 0, OPTION_TEXT_OF(app_conf, image, "NAME"), "" },
	{ "notify", 0, OPTION_TEXT_OF(app_conf, notify, "true|false"), "" },
	{ "state", 0, OPTION_TEXT_OF(app_conf, state, "keep|snapshot"), "" },
	{ "timeout", 0, OPTION_TEXT_OF(app_conf, timeout, "SECONDS"), "" },
	OPTIONS_END,
};

/* The app's name and way are given already, or these are of one launch only. */
static const char *const no_keys[] = { "cidfile", "detach", "exec", "host", "name", "run-root" };

struct reading {
	const char *file, *where; /* where: with the line, for JSON */
	unsigned int number;
	struct arena *arena;
	struct app_conf *conf;
	struct request *request;
	const struct option *seen[KEYS_MOST];
	size_t count;
};

static const struct option *find(const struct option *table, const char *name)
{
	for (; table->name; table++) {
		if (strcmp(table->name, name) == 0)
			return table;
	}
	return NULL;
}

static int fail_key(const struct reading *reading, const char *key)
{
	size_t i;

	for (i = 0; i < sizeof(no_keys) / sizeof(no_keys[0]); i++) {
		if (strcmp(key, no_keys[i]) == 0)
			return fail(0, "%s:%u: %s is for the command line only", reading->file,
				    reading->number, key);
	}
	return 0;
}

/* A list has a line for each value; anything else is there once. */
static int check_once(struct reading *reading, const struct option *option)
{
	size_t i;

	if (option->kind == OPTION_LIST)
		return 0;
	for (i = 0; i < reading->count; i++) {
		if (reading->seen[i] == option)
			return fail(0, "%s:%u: %s is there already", reading->file, reading->number,
				    option->name);
	}
	if (reading->count == KEYS_MOST)
		return fail(0, "%s:%u: too many keys", reading->file, reading->number);
	reading->seen[reading->count++] = option;
	return 0;
}

static int set(struct reading *reading, const struct option *option, void *values, const char *value)
{
	void *field = (char *)values + option->offset;
	const bool yes = strcmp(value, "true") == 0;

	if (option->kind == OPTION_LIST)
		return texts_add(reading->arena, field, value) < 0 ?
			       fail(ENOMEM, "%s", reading->file) :
			       0;
	if (option->kind == OPTION_TEXT) {
		*(const char **)field = value;
		return 0;
	}
	if (!yes && strcmp(value, "false") != 0)
		return fail(0, "%s:%u: %s = %s: expected true or false", reading->file,
			    reading->number, option->name, value);
	*(bool *)field = yes;
	return 0;
}

static int add_word(void *data, const struct cJSON *item, const char *path)
{
	const struct reading *reading = data;
	const struct json json = { reading->arena, reading->where };
	const char *text = json_string(&json, item, path);
	const char *word = text ? arena_copy(reading->arena, text, strlen(text)) : NULL;

	if (!text)
		return -EINVAL;
	return !word || texts_add(reading->arena, &reading->request->command, word) < 0 ?
		       fail(ENOMEM, "%s", reading->where) :
		       0;
}

static int take_json(struct reading *reading, const char *value)
{
	const struct json json = { reading->arena, reading->where };
	struct cJSON *list = json_parse(&json, value);
	int ret = list ? json_list(&json, list, "command", add_word, reading) : -EINVAL;

	json_free(list);
	return ret;
}

static int take_command(struct reading *reading, const char *value)
{
	if (reading->request->command.count)
		return fail(0, "%s:%u: command is there already", reading->file, reading->number);
	if (value[0] == '[') {
		reading->where = arena_print(reading->arena, "%s:%u", reading->file, reading->number);
		return reading->where ? take_json(reading, value) : fail(ENOMEM, "%s", reading->file);
	}
	while (*value) {
		const size_t length = strcspn(value, blanks);
		const char *word = arena_copy(reading->arena, value, length);

		if (!word || texts_add(reading->arena, &reading->request->command, word) < 0)
			return fail(ENOMEM, "%s", reading->file);
		value += length;
		value += strspn(value, blanks);
	}
	return 0;
}

static int take(struct reading *reading, const char *key, const char *value)
{
	const struct option *option = find(own_keys, key);
	void *values = option ? (void *)reading->conf : reading->request;
	int ret = fail_key(reading, key);

	if (ret < 0)
		return ret;
	if (!value[0])
		return fail(0, "%s:%u: %s has no value", reading->file, reading->number, key);
	if (strcmp(key, "command") == 0)
		return take_command(reading, value);
	if (!option)
		option = find(options, key);
	if (!option)
		return fail(0,
			    "%s:%u: unknown key %s (an option of davit run, or command, healthy-after, image, notify, state, timeout)",
			    reading->file, reading->number, key);
	ret = check_once(reading, option);
	return ret < 0 ? ret : set(reading, option, values, value);
}

static void trim_end(char *text)
{
	size_t length = strlen(text);

	while (length && strchr(blanks, text[length - 1]))
		text[--length] = '\0';
}

static int line_take(struct reading *reading, char *line)
{
	char *value;

	line += strspn(line, blanks);
	trim_end(line);
	if (!line[0] || line[0] == '#')
		return 0;
	value = strchr(line, '=');
	if (!value || value == line)
		return fail(0, "%s:%u: expected KEY = VALUE, not %s", reading->file,
			    reading->number, line);
	*value++ = '\0';
	trim_end(line);
	return take(reading, line, value + strspn(value, blanks));
}

static int check_seconds(const char *key, const char *value, const char *file)
{
	uint64_t number;

	if (!value || text_number(&number, value, UPDATE_SECONDS_MOST) == 0)
		return 0;
	return fail(0, "%s: %s = %s: expected seconds, at most %d", file, key, value,
		    UPDATE_SECONDS_MOST);
}

/* With quotes or a comment it would be a name that nothing has. */
static int check_image(const struct app_conf *conf, struct arena *arena, const char *file)
{
	struct reference reference;
	const char *wrong = conf->image ? reference_try(&reference, arena, conf->image) : NULL;

	return wrong ? fail(0, "%s: image = %s: %s", file, conf->image, wrong) : 0;
}

static int check_words(const struct app_conf *conf, const char *file)
{
	if (conf->state && strcmp(conf->state, "keep") != 0 && strcmp(conf->state, "snapshot") != 0)
		return fail(0, "%s: state = %s: expected keep or snapshot", file, conf->state);
	if (conf->notify && strcmp(conf->notify, "true") != 0 && strcmp(conf->notify, "false") != 0)
		return fail(0, "%s: notify = %s: expected true or false", file, conf->notify);
	return check_seconds("healthy-after", conf->healthy, file) < 0 ||
			       check_seconds("timeout", conf->timeout, file) < 0 ?
		       -EINVAL :
		       0;
}

int app_conf_parse(struct app_conf *out, struct request *request, struct arena *arena,
		   const char *file, const char *text)
{
	struct reading reading = { .file = file, .arena = arena, .conf = out, .request = request };
	char *copy = arena_copy(arena, text, strlen(text)), *line;
	int ret = 0;

	*out = (struct app_conf){ .image = NULL };
	if (!copy)
		return fail(ENOMEM, "%s", file);
	while (ret == 0 && (line = strsep(&copy, "\n"))) {
		reading.number++;
		ret = text_is_clean(line, "\t\r") ?
			      line_take(&reading, line) :
			      fail(0, "%s:%u: expected text", file, reading.number);
	}
	if (ret == 0)
		ret = check_image(out, arena, file);
	return ret < 0 ? ret : check_words(out, file);
}
