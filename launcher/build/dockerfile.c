/* SPDX-License-Identifier: MIT */
/* Instructions of Dockerfiles: what each may say, and how its words are cut. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/text.h"
#include "build/dockerfile_lines.h"

/* How the words of an instruction are cut. */
enum form {
	FORM_WORDS,         /* by blanks, as written */
	FORM_LIST_OR_WORDS, /* a list of JSON, else by blanks */
	FORM_LIST_OR_TEXT,  /* a list of JSON, else one command for the shell */
	FORM_LIST,          /* a list of JSON */
	FORM_TEXT,          /* all of it is one value */
	FORM_PAIRS,         /* KEY=VALUE…, or KEY and the rest of the line */
	FORM_HEALTH
};

static const struct kind {
	const char *name;
	enum form form;
	size_t least, most; /* words; 0: any number */
	const char *flags;  /* that it knows */
	const char *usage;
} kinds[] = {
	[INSTRUCTION_ADD] = { "ADD", FORM_LIST_OR_WORDS, 2, 0, "chown chmod link exclude checksum",
			      "SOURCE… DESTINATION" },
	[INSTRUCTION_ARG] = { "ARG", FORM_WORDS, 1, 0, "", "NAME[=DEFAULT]…" },
	[INSTRUCTION_CMD] = { "CMD", FORM_LIST_OR_TEXT, 0, 0, "",
			      "[\"PROGRAM\", \"ARG\"…] or a command" },
	[INSTRUCTION_COPY] = { "COPY", FORM_LIST_OR_WORDS, 2, 0,
			       "from chown chmod link parents exclude", "SOURCE… DESTINATION" },
	[INSTRUCTION_ENTRYPOINT] = { "ENTRYPOINT", FORM_LIST_OR_TEXT, 0, 0, "",
				     "[\"PROGRAM\", \"ARG\"…] or a command" },
	[INSTRUCTION_ENV] = { "ENV", FORM_PAIRS, 1, 0, "", "NAME=VALUE…" },
	[INSTRUCTION_EXPOSE] = { "EXPOSE", FORM_WORDS, 1, 0, "", "PORT[/tcp|/udp]…" },
	[INSTRUCTION_FROM] = { "FROM", FORM_WORDS, 1, 3, "platform", "IMAGE [AS NAME]" },
	[INSTRUCTION_HEALTHCHECK] = { "HEALTHCHECK", FORM_HEALTH, 1, 0,
				      "interval timeout start-period start-interval retries",
				      "NONE, or CMD and a command" },
	[INSTRUCTION_LABEL] = { "LABEL", FORM_PAIRS, 1, 0, "", "NAME=VALUE…" },
	[INSTRUCTION_MAINTAINER] = { "MAINTAINER", FORM_TEXT, 1, 1, "", "NAME" },
	[INSTRUCTION_RUN] = { "RUN", FORM_LIST_OR_TEXT, 1, 0, "mount network security",
			      "a command, or [\"PROGRAM\", \"ARG\"…]" },
	[INSTRUCTION_SHELL] = { "SHELL", FORM_LIST, 1, 0, "", "[\"PROGRAM\", \"ARG\"…]" },
	[INSTRUCTION_STOPSIGNAL] = { "STOPSIGNAL", FORM_TEXT, 1, 1, "", "SIGNAL" },
	[INSTRUCTION_USER] = { "USER", FORM_TEXT, 1, 1, "", "USER[:GROUP]" },
	[INSTRUCTION_VOLUME] = { "VOLUME", FORM_LIST_OR_WORDS, 1, 0, "", "PATH…" },
	[INSTRUCTION_WORKDIR] = { "WORKDIR", FORM_TEXT, 1, 1, "", "PATH" },
};

enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

struct reading {
	struct dockerfile *out;
	struct lines lines;
	size_t room;
};

int dockerfile_refuse(const struct dockerfile *dockerfile, const struct instruction *instruction,
		      const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	text_tame(what);
	return fail(0, "%s:%u: %s: %s", dockerfile->file, instruction->line, instruction->name, what);
}

const char *instruction_flag(const struct instruction *instruction, const char *name)
{
	const size_t length = strlen(name);
	size_t i;

	for (i = 0; i < instruction->flags.count; i++) {
		const char *flag = instruction->flags.items[i];

		if (strncmp(flag, name, length) == 0 && (!flag[length] || flag[length] == '='))
			return flag[length] ? flag + length + 1 : "";
	}
	return NULL;
}

/* The known instruction that NAME is most like, or NULL. */
static const char *likeliest(const char *name)
{
	unsigned int far = text_far(name);
	const char *best = NULL;
	size_t i;

	for (i = 0; i < KIND_COUNT; i++) {
		const unsigned int distance = text_distance(name, kinds[i].name);

		if (distance < far) {
			far = distance;
			best = kinds[i].name;
		}
	}
	return best;
}

static int find_kind(struct reading *r, struct instruction *one)
{
	const char *best;
	size_t i;

	for (i = 0; i < KIND_COUNT; i++) {
		if (strcmp(one->name, kinds[i].name) == 0) {
			one->kind = (enum instruction_kind)i;
			return 0;
		}
	}
	if (strcmp(one->name, "ONBUILD") == 0)
		return dockerfile_refuse(
			r->out, one,
			"is not supported: what it would do belongs into the Dockerfiles that build on this image");
	best = likeliest(one->name);
	if (best)
		return dockerfile_refuse(r->out, one, "unknown instruction (is %s meant?)", best);
	return dockerfile_refuse(r->out, one, "unknown instruction");
}

/* Cut the name of the instruction off LINE, in upper case. */
static int take_name(struct reading *r, struct instruction *one, const char **line)
{
	const size_t length = strcspn(*line, " \t\v\f\r");
	char *name = arena_copy(r->lines.arena, *line, length);
	size_t i;

	if (!name)
		return fail(ENOMEM, "%s", r->out->file);
	for (i = 0; i < length; i++)
		name[i] = (char)toupper((unsigned char)name[i]);
	text_tame(name);
	if (length > 32)
		name[32] = '\0';
	one->name = name;
	*line = skip_blanks(*line + length);
	return find_kind(r, one);
}

/* A flag's word without quotes and escapes. */
static void unquote(char *word, char escape)
{
	char *to = word, quote = '\0';

	for (; *word; word++) {
		if (*word == escape && quote != '\'' && word[1]) {
			*to++ = *++word;
		} else if (quote ? *word == quote : *word == '"' || *word == '\'') {
			quote = (char)(quote ? '\0' : *word);
		} else {
			*to++ = *word;
		}
	}
	*to = '\0';
}

static bool may_repeat(const char *name)
{
	return strcmp(name, "mount") == 0 || strcmp(name, "exclude") == 0;
}

static int add_flag(struct reading *r, struct instruction *one, char *word)
{
	char *name = arena_copy(r->lines.arena, word, strcspn(word, "="));

	if (!name)
		return fail(ENOMEM, "%s", r->out->file);
	if (!text_has_word(kinds[one->kind].flags, name))
		return dockerfile_refuse(r->out, one, "unknown option --%s%s%s", name,
					 kinds[one->kind].flags[0] ? "; it knows " : "",
					 kinds[one->kind].flags);
	if (instruction_flag(one, name) && !may_repeat(name))
		return dockerfile_refuse(r->out, one, "--%s is there twice", name);
	if (!word[strlen(name)] && strcmp(name, "link") != 0 && strcmp(name, "parents") != 0)
		return dockerfile_refuse(r->out, one, "--%s needs a value: --%s=…", name, name);
	return texts_add(r->lines.arena, &one->flags, word) < 0 ? fail(ENOMEM, "%s", r->out->file) :
								  0;
}

/* Cut the flags, which begin with --, off LINE. */
static int take_flags(struct reading *r, struct instruction *one, const char **line)
{
	while (strncmp(*line, "--", 2) == 0) {
		char *word = word_next(r->lines.arena, line, r->lines.escape);
		int ret;

		if (!word)
			return fail(ENOMEM, "%s", r->out->file);
		*line = skip_blanks(*line);
		unquote(word, r->lines.escape);
		if (!word[2])
			return 0;
		ret = add_flag(r, one, word + 2);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int take_words(struct reading *r, struct instruction *one, const char *line)
{
	char *word;

	while ((word = word_next(r->lines.arena, &line, r->lines.escape)))
		if (texts_add(r->lines.arena, &one->words, word) < 0)
			return fail(ENOMEM, "%s", r->out->file);
	return 0;
}

/* Where the value of "NAME=VALUE" begins, outside of quotes; NULL: there is no =. */
static const char *pair_value(const char *word)
{
	char quote = '\0';

	for (; *word; word++) {
		if (quote)
			quote = (char)(*word == quote ? '\0' : quote);
		else if (*word == '"' || *word == '\'')
			quote = *word;
		else if (*word == '=')
			return word + 1;
	}
	return NULL;
}

/* The first word decides: one without = is a name, and the rest of the line its value. */
static int take_pairs(struct reading *r, struct instruction *one, const char *line)
{
	const char *rest = line, *word = word_next(r->lines.arena, &rest, r->lines.escape);
	size_t i;
	int ret;

	if (word && !pair_value(word)) {
		rest = skip_blanks(rest);
		if (!*rest)
			return dockerfile_refuse(r->out, one, "%s has no value; expected %s", word,
						 kinds[one->kind].usage);
		word = arena_print(r->lines.arena, "%s=%s", word, rest);
		return texts_add(r->lines.arena, &one->words, word) < 0 ?
			       fail(ENOMEM, "%s", r->out->file) :
			       0;
	}
	ret = take_words(r, one, line);
	for (i = 0; ret == 0 && i < one->words.count; i++) {
		const char *value = pair_value(one->words.items[i]);

		if (!value)
			ret = dockerfile_refuse(r->out, one, "%s has no value; expected %s",
						one->words.items[i], kinds[one->kind].usage);
		else if (value == one->words.items[i] + 1)
			ret = dockerfile_refuse(r->out, one, "%s has no name", one->words.items[i]);
	}
	return ret;
}

/* In Docker's words: NONE; CMD and arguments; CMD-SHELL and a command. */
static int take_health(struct reading *r, struct instruction *one, const char *line)
{
	struct arena *arena = r->lines.arena;
	struct texts list;
	const char *rest = line, *word = word_next(arena, &rest, r->lines.escape);
	size_t i;

	rest = skip_blanks(rest);
	if (!word || (strcasecmp(word, "NONE") != 0 && strcasecmp(word, "CMD") != 0))
		return dockerfile_refuse(r->out, one, "expected %s", kinds[one->kind].usage);
	if (strcasecmp(word, "NONE") == 0) {
		if (*rest || one->flags.count)
			return dockerfile_refuse(r->out, one,
						 "NONE takes no options and no arguments");
		return texts_add(arena, &one->words, "NONE") < 0 ? fail(ENOMEM, "%s", r->out->file) :
								   0;
	}
	one->is_exec = word_list(&list, arena, rest);
	if (one->is_exec ? !list.count : !*rest)
		return dockerfile_refuse(r->out, one, "expected a command behind CMD");
	if (!one->is_exec)
		(void)texts_add(arena, &list, arena_copy(arena, rest, strlen(rest)));
	(void)texts_add(arena, &one->words, one->is_exec ? "CMD" : "CMD-SHELL");
	for (i = 0; i < list.count; i++)
		(void)texts_add(arena, &one->words, list.items[i]);
	return arena->failed ? fail(ENOMEM, "%s", r->out->file) : 0;
}

static int take_arguments(struct reading *r, struct instruction *one, const char *line)
{
	const enum form form = kinds[one->kind].form;
	struct arena *arena = r->lines.arena;

	if (form == FORM_PAIRS)
		return take_pairs(r, one, line);
	if (form == FORM_HEALTH)
		return take_health(r, one, line);
	if (form == FORM_LIST || form == FORM_LIST_OR_TEXT || form == FORM_LIST_OR_WORDS)
		one->is_exec = word_list(&one->words, arena, line);
	if (one->is_exec)
		return 0;
	if (form == FORM_LIST)
		return dockerfile_refuse(r->out, one, "expected %s, as a list of JSON",
					 kinds[one->kind].usage);
	if (form == FORM_WORDS || form == FORM_LIST_OR_WORDS)
		return take_words(r, one, line);
	if (*line && texts_add(arena, &one->words, arena_copy(arena, line, strlen(line))) < 0)
		return fail(ENOMEM, "%s", r->out->file);
	return 0;
}

/* The here-documents that LINE announces, read from the lines that follow it. */
static int take_documents(struct reading *r, struct instruction *one, const char *line)
{
	enum { DOCUMENTS_MOST = 64 };
	struct arena *arena = r->lines.arena;
	struct string whole = { 0 };
	size_t i;
	char *word;

	if (!strstr(line, "<<"))
		return 0;
	one->documents = arena_alloc(arena, DOCUMENTS_MOST * sizeof(*one->documents));
	if (!one->documents)
		return fail(ENOMEM, "%s", r->out->file);
	while ((word = word_next(arena, &line, r->lines.escape))) {
		if (!word_is_document(&one->documents[one->document_count], arena, word))
			continue;
		if (++one->document_count == DOCUMENTS_MOST)
			return dockerfile_refuse(r->out, one, "has too many here-documents");
	}
	string_add(arena, &whole, "%s", one->text);
	for (i = 0; i < one->document_count; i++) {
		struct here_document *document = &one->documents[i];

		if (lines_document(&r->lines, document) < 0)
			return dockerfile_refuse(r->out, one, "the here-document <<%s has no end",
						 document->name);
		string_add(arena, &whole, "\n%s%s", document->text, document->name);
	}
	one->text = whole.text;
	return arena->failed ? fail(ENOMEM, "%s", r->out->file) : 0;
}

/* What is announced is not what is copied: only paths stay among the words. */
static void drop_announcements(struct reading *r, struct instruction *one)
{
	struct here_document document;
	size_t i, kept = 0;

	for (i = 0; i < one->words.count; i++)
		if (i + 1 == one->words.count ||
		    !word_is_document(&document, r->lines.arena, one->words.items[i]))
			one->words.items[kept++] = one->words.items[i];
	if (one->words.items)
		one->words.items[kept] = NULL;
	one->words.count = kept;
}

static int check_count(struct reading *r, struct instruction *one)
{
	const struct kind *kind = &kinds[one->kind];
	const bool copies = one->kind == INSTRUCTION_COPY || one->kind == INSTRUCTION_ADD;
	const size_t count = one->words.count;

	if (count + (copies ? one->document_count : 0) < kind->least ||
	    (kind->most && count > kind->most))
		return dockerfile_refuse(r->out, one, "expected %s", kind->usage);
	if (one->is_exec && count && !one->words.items[0][0] && !copies)
		return dockerfile_refuse(r->out, one, "the program has an empty name");
	if (one->kind == INSTRUCTION_FROM &&
	    (count == 2 || (count == 3 && strcasecmp(one->words.items[1], "AS") != 0)))
		return dockerfile_refuse(r->out, one, "expected %s", kind->usage);
	return 0;
}

static int take_instruction(struct reading *r, const char *line, struct instruction *one)
{
	const bool copies_or_runs = line[0] && strchr("aAcCrR", line[0]);
	int ret = take_name(r, one, &line);

	if (ret < 0)
		return ret;
	one->text = line;
	ret = take_flags(r, one, &line);
	if (ret < 0)
		return ret;
	ret = take_arguments(r, one, line);
	if (ret < 0)
		return ret;
	if (copies_or_runs && !one->is_exec &&
	    (one->kind == INSTRUCTION_COPY || one->kind == INSTRUCTION_ADD ||
	     one->kind == INSTRUCTION_RUN)) {
		ret = take_documents(r, one, line);
		if (ret < 0)
			return ret;
		if (one->kind != INSTRUCTION_RUN)
			drop_announcements(r, one);
	}
	return check_count(r, one);
}

/* Only ARG may come before the first FROM. */
static int check_order(struct reading *r, const struct instruction *one, bool *has_stage)
{
	*has_stage |= one->kind == INSTRUCTION_FROM;
	if (!*has_stage && one->kind != INSTRUCTION_ARG)
		return dockerfile_refuse(r->out, one, "expected FROM before it");
	return 0;
}

static int read_all(struct reading *r)
{
	struct dockerfile *out = r->out;
	bool has_stage = false;
	unsigned int number = 0;
	char *line;

	while ((line = lines_next(&r->lines, &number))) {
		struct instruction *one = &out->instructions[out->count];
		int ret;

		if (out->count == INSTRUCTIONS_MOST)
			return fail(0, "%s:%u: more than %d instructions", out->file, number,
				    INSTRUCTIONS_MOST);
		one->line = number;
		ret = take_instruction(r, line, one);
		if (ret == 0)
			ret = check_order(r, one, &has_stage);
		if (ret < 0)
			return ret;
		out->count++;
	}
	if (r->lines.arena->failed)
		return fail(ENOMEM, "%s", out->file);
	return has_stage ? 0 : fail(0, "%s: expected a FROM, it has none", out->file);
}

int dockerfile_parse(struct dockerfile *out, struct arena *arena, const char *text, const char *file)
{
	struct reading r = { .out = out };
	const char *wrong;

	*out = (struct dockerfile){ .file = file };
	out->instructions = arena_alloc(arena, (INSTRUCTIONS_MOST + 1) * sizeof(*out->instructions));
	if (!out->instructions)
		return fail(ENOMEM, "%s", file);
	wrong = lines_begin(&r.lines, arena, text);
	if (wrong)
		return fail(0, "%s:%u: %s", file, r.lines.line, wrong);
	out->escape = r.lines.escape;
	return read_all(&r);
}
