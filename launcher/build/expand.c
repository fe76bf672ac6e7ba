/* SPDX-License-Identifier: MIT */
/* Replaces variables as BuildKit's shlex does. */
#include <ctype.h>
#include <string.h>

#include "build/expand.h"

enum { NESTING_MOST = 32, SEARCHED_MOST = 4096 };

struct expanding {
	const struct expansion *how;
	struct arena *arena;
	const char *at; /* what is not read yet */
	const char *wrong;
	unsigned int depth;
	bool keep_quotes;
};

static void expand_until(struct expanding *e, struct string *out, char end);

static void add(struct expanding *e, struct string *out, const char *text, size_t length)
{
	if (out->length + length > EXPANDED_MOST)
		e->wrong = "comes to more than 1 MiB with its variables replaced";
	else if (!e->wrong)
		string_add(e->arena, out, "%.*s", (int)length, text);
}

static size_t name_length(const char *text)
{
	size_t length = 0;

	if (isalpha((unsigned char)*text) || *text == '_')
		while (isalnum((unsigned char)text[length]) || text[length] == '_')
			length++;
	else if (*text && strchr("@*#?-$!0123456789", *text))
		length = 1;
	return length;
}

/* Whether the first LENGTH bytes of TEXT match the first PATTERN_LENGTH of PATTERN: * any number,
 * ? one, \ takes the next as it is. Linear but for the last star. */
static bool matches(const char *pattern, const char *text, size_t length)
{
	const char *star = NULL, *end = text + length, *mark = text;

	while (text < end) {
		const bool escaped = *pattern == '\\' && pattern[1];

		if (*pattern == '*') {
			star = ++pattern;
			mark = text;
		} else if (*pattern == '?' || (*pattern && pattern[escaped] == *text)) {
			pattern += 1 + (*pattern != '?' && escaped);
			text++;
		} else if (star) {
			pattern = star;
			text = ++mark;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

/* How much of VALUE's begin matches, the least or the most. Returns false when nothing does. */
static bool match_begin(size_t *length, const char *pattern, const char *value, bool most)
{
	const size_t all = strlen(value);
	size_t i;

	for (i = 0; i <= all; i++) {
		*length = most ? all - i : i;
		if (matches(pattern, value, *length))
			return true;
	}
	return false;
}

static bool match_end(size_t *start, const char *pattern, const char *value, bool most)
{
	const size_t all = strlen(value);
	size_t i;

	for (i = 0; i <= all; i++) {
		*start = most ? i : all - i;
		if (matches(pattern, value + *start, all - *start))
			return true;
	}
	return false;
}

/* ${NAME#pattern} and the like: KIND # or %, MOST when doubled. */
static void add_trimmed(struct expanding *e, struct string *out, const char *value, char kind,
			bool most, const char *pattern)
{
	const size_t all = strlen(value);
	size_t part = 0;

	if (all > SEARCHED_MOST)
		e->wrong = "is searched for a pattern, and longer than 4096 bytes";
	else if (kind == '#' && match_begin(&part, pattern, value, most))
		add(e, out, value + part, all - part);
	else if (kind == '%' && match_end(&part, pattern, value, most))
		add(e, out, value, part);
	else
		add(e, out, value, all);
}

/* ${NAME/pattern/text}: the first place, or EVERY one, where the longest match counts. */
static void add_replaced(struct expanding *e, struct string *out, const char *value,
			 const char *pattern, const char *text, bool every)
{
	size_t length;
	bool done = false;

	if (strlen(value) > SEARCHED_MOST)
		e->wrong = "is searched for a pattern, and longer than 4096 bytes";
	while (*value && !e->wrong) {
		if (!done && match_begin(&length, pattern, value, true) && length) {
			add(e, out, text, strlen(text));
			value += length;
			done = !every;
		} else {
			add(e, out, value++, 1);
		}
	}
}

/* The text up to END, its own variables replaced, behind which reading goes on. */
static const char *take_operand(struct expanding *e, char end)
{
	struct string text = { 0 };

	string_add(e->arena, &text, "%s", "");
	expand_until(e, &text, end);
	if (!e->wrong && *e->at != end)
		e->wrong = "${ has no }";
	if (!e->wrong)
		e->at++;
	return text.text ? text.text : "";
}

static void replace(struct expanding *e, struct string *out, const char *value)
{
	const bool every = *e->at == '/';
	const char *pattern, *text = "";

	e->at += every;
	pattern = strchr(e->at, '/') ? take_operand(e, '/') : NULL;
	if (!pattern && !e->wrong)
		e->wrong = "expected ${NAME/PATTERN/TEXT}";
	if (!e->wrong)
		text = take_operand(e, '}');
	if (!e->wrong)
		add_replaced(e, out, value ? value : "", pattern, text, every);
}

/* ${NAME:-word} and the like; e->at is on the operator behind the colon. */
static void choose(struct expanding *e, struct string *out, const char *name, size_t length,
		   const char *value, bool colon)
{
	const char kind = *e->at++;
	const bool is_set = value && !(colon && !*value);
	const char *word = take_operand(e, '}');

	if (e->wrong)
		return;
	if (kind == '-')
		word = is_set ? value : word;
	else if (kind == '+')
		word = is_set ? word : "";
	else if (is_set)
		word = value;
	else
		e->wrong = arena_print(e->arena, "%.*s: %s", (int)length, name,
				       *word ? word : "is not set");
	if (!e->wrong)
		add(e, out, word, strlen(word));
}

/* Behind "${". */
static void expand_braces(struct expanding *e, struct string *out)
{
	const char *name = e->at, *value;
	const size_t length = name_length(name);
	const char next = name[length];
	bool twice;

	value = length ? e->how->find(e->how->data, name, length) : NULL;
	e->at += length;
	if (!length) {
		e->wrong = "expected a name behind ${";
	} else if (next == '}') {
		e->at++;
		add(e, out, value ? value : "", value ? strlen(value) : 0);
	} else if (next == ':' && e->at[1] && strchr("-+?", e->at[1])) {
		e->at++;
		choose(e, out, name, length, value, true);
	} else if (next && strchr("-+?", next)) {
		choose(e, out, name, length, value, false);
	} else if (next == '#' || next == '%') {
		twice = e->at[1] == next;
		e->at += 1 + twice;
		add_trimmed(e, out, value ? value : "", next, twice, take_operand(e, '}'));
	} else if (next == '/') {
		e->at++;
		replace(e, out, value);
	} else {
		e->wrong = next ? "${NAME is followed by what is no operator (:- :+ :? # % /)" :
				  "${ has no }";
	}
}

/* Behind "$". */
static void expand_variable(struct expanding *e, struct string *out)
{
	const size_t length = name_length(e->at);
	const char *value;

	if (*e->at == '{') {
		e->at++;
		if (++e->depth > NESTING_MOST)
			e->wrong = "${ is nested too deep";
		else
			expand_braces(e, out);
		e->depth--;
		return;
	}
	if (!length) {
		add(e, out, "$", 1);
		return;
	}
	value = e->how->find(e->how->data, e->at, length);
	e->at += length;
	if (value)
		add(e, out, value, strlen(value));
}

/* Behind a single quote. */
static void take_single(struct expanding *e, struct string *out)
{
	const char *end = strchr(e->at, '\'');

	if (!end) {
		e->wrong = "a single quote has no end";
		return;
	}
	add(e, out, e->at, (size_t)(end - e->at));
	e->at = end + 1;
}

/* Behind a double quote: only $, the quote and the escape itself can be escaped. */
static void take_double(struct expanding *e, struct string *out)
{
	while (*e->at && *e->at != '"' && !e->wrong) {
		const char byte = *e->at++;

		if (byte == '$') {
			expand_variable(e, out);
			continue;
		}
		if (byte == e->how->escape && *e->at && (strchr("\"$", *e->at) || *e->at == byte))
			add(e, out, e->at++, 1);
		else
			add(e, out, &byte, 1);
	}
	if (*e->at == '"')
		e->at++;
	else if (!e->wrong)
		e->wrong = "a double quote has no end";
}

/* Up to an END that is neither quoted nor escaped, or the end of the text. */
static void expand_until(struct expanding *e, struct string *out, char end)
{
	while (*e->at && *e->at != end && !e->wrong) {
		const char byte = *e->at++;

		if (byte == '$')
			expand_variable(e, out);
		else if (byte == '\'' && !e->keep_quotes)
			take_single(e, out);
		else if (byte == '"' && !e->keep_quotes)
			take_double(e, out);
		else if (byte == e->how->escape && *e->at &&
			 (!e->keep_quotes || *e->at == '$' || *e->at == byte))
			add(e, out, e->at++, 1);
		else if (byte != e->how->escape || *e->at || e->keep_quotes)
			add(e, out, &byte, 1);
	}
}

static const char *expand(const char **out, struct arena *arena, const char *text,
			  const struct expansion *expansion, bool keep_quotes)
{
	struct expanding e = {
		.how = expansion, .arena = arena, .at = text, .keep_quotes = keep_quotes
	};
	struct string whole = { 0 };

	string_add(arena, &whole, "%s", "");
	expand_until(&e, &whole, '\0');
	if (!e.wrong && (arena->failed || !whole.text))
		e.wrong = "there is no memory";
	*out = whole.text;
	return e.wrong;
}

const char *expand_word(const char **out, struct arena *arena, const char *word,
			const struct expansion *expansion)
{
	return expand(out, arena, word, expansion, false);
}

const char *expand_document(const char **out, struct arena *arena, const char *text,
			    const struct expansion *expansion)
{
	return expand(out, arena, text, expansion, true);
}
