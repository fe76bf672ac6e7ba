/* SPDX-License-Identifier: MIT */
/* Take the head of an answer apart, line by line; nothing in it is believed. */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "registry/http_date.h"
#include "registry/http_head.h"

/* Lines of one list, each of which is copied with those before it, and bytes that another line is put behind. */
enum { LINES_MOST = 16, LIST_MOST = 8192 };

static const char no_memory[] = "there is no memory for the answer's headers";

size_t head_end(const char *data, size_t length)
{
	size_t i;

	for (i = 0; i + 1 < length; i++) {
		if (data[i] != '\n')
			continue;
		if (data[i + 1] == '\n')
			return i + 2;
		if (data[i + 1] == '\r' && i + 2 < length && data[i + 2] == '\n')
			return i + 3;
	}
	return 0;
}

/* The bytes that a header's name is made of (RFC 9110, section 5.6.2). */
static bool is_token(const char *text)
{
	const char *at;

	for (at = text; *at; at++) {
		const bool letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');

		if (!letter && (*at < '0' || *at > '9') && !strchr("!#$%&'*+-.^_`|~", *at))
			return false;
	}
	return at > text;
}

static bool is_value(const char *text)
{
	for (; *text; text++) {
		if ((*text > 0 && *text < ' ' && *text != '\t') || *text == 0x7f)
			return false;
	}
	return true;
}

/* TEXT without blanks at both ends, in place. */
static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " \t");
	length = strlen(text);
	while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
		length--;
	text[length] = '\0';
	return text;
}

/* WORD is one of the words of a list with commas, in any case. */
static bool list_has(const char *list, const char *word)
{
	const size_t length = strlen(word);

	while (*list) {
		const size_t skip = strspn(list, ", \t");
		const size_t item = strcspn(list + skip, ", \t");

		if (item == length && strncasecmp(list + skip, word, length) == 0)
			return true;
		list += skip + item;
	}
	return false;
}

/* --- headers that mean something here ---------------------------------------------------------------- */

static const char *read_length(struct http_head *head, char *value)
{
	uint64_t length;

	if (text_number(&length, value, INT64_MAX) < 0)
		return "its Content-Length is no number";
	if (head->answer.has_length && head->answer.length != length)
		return "it has two Content-Lengths";
	head->answer.has_length = true;
	head->answer.length = length;
	return NULL;
}

static const char *read_coding(struct http_head *head, char *value)
{
	if (head->chunked || strcasecmp(value, "chunked") != 0)
		return "its Transfer-Encoding is not just chunked";
	head->chunked = true;
	return NULL;
}

static const char *read_connection(struct http_head *head, char *value)
{
	if (list_has(value, "close"))
		head->keep = false;
	else if (list_has(value, "keep-alive"))
		head->keep = true;
	return NULL;
}

/* "bytes 5-9/10", or an asterisk for the size; of what goes with 416 nothing is taken. */
static const char *read_range(struct http_head *head, char *value)
{
	static const char wrong[] = "its Content-Range is not of the form bytes FROM-TO/SIZE";
	uint64_t from, to, size = UINT64_MAX;
	char *dash, *slash;

	if (head->answer.status != 206)
		return NULL;
	dash = strchr(value, '-');
	slash = dash ? strchr(dash, '/') : NULL;
	if (!slash || head->ranged || strncasecmp(value, "bytes ", 6) != 0)
		return wrong;
	*dash = *slash = '\0';
	if (text_number(&from, value + 6, INT64_MAX) < 0 ||
	    text_number(&to, dash + 1, INT64_MAX) < 0 || from > to)
		return wrong;
	if (strcmp(slash + 1, "*") != 0 && text_number(&size, slash + 1, INT64_MAX) < 0)
		return wrong;
	if (to >= size)
		return "its Content-Range ends after the whole";
	head->ranged = true;
	head->answer.from = from;
	head->covers = to - from + 1;
	return NULL;
}

static const char *read_wait(struct http_head *head, char *value)
{
	head->waits = text_number(&head->wait, value, UINT32_MAX) == 0;
	if (!head->waits)
		(void)http_date_parse(&head->until, value);
	return NULL;
}

static const char *read_date(struct http_head *head, char *value)
{
	(void)http_date_parse(&head->date, value);
	return NULL;
}

static const struct {
	const char *name;
	const char *(*read)(struct http_head *head, char *value);
} readers[] = { { "Content-Length", read_length },
		{ "Transfer-Encoding", read_coding },
		{ "Connection", read_connection },
		{ "Proxy-Connection", read_connection },
		{ "Content-Range", read_range },
		{ "Retry-After", read_wait },
		{ "Date", read_date } };

/* Headers that are handed on as they are; lists may be in several lines. */
static const struct {
	const char *name;
	size_t at;
	bool list;
} texts[] = { { "Content-Type", offsetof(struct http_answer, content_type), false },
	      { "Location", offsetof(struct http_answer, location), false },
	      { "WWW-Authenticate", offsetof(struct http_answer, authenticate), true },
	      { "Link", offsetof(struct http_answer, link), true },
	      { "Docker-Content-Digest", offsetof(struct http_answer, digest), false },
	      { "Range", offsetof(struct http_answer, range), false },
	      { "Docker-Upload-UUID", offsetof(struct http_answer, upload), false } };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *keep_text(struct http_head *head, struct arena *arena, size_t i, const char *value)
{
	const char **text = (const char **)(void *)((char *)&head->answer + texts[i].at);

	if (*text && texts[i].list && (++head->joined == LINES_MOST || strlen(*text) > LIST_MOST))
		return "it has too many lines of WWW-Authenticate or Link";
	if (!*text)
		*text = arena_copy(arena, value, strlen(value));
	else if (texts[i].list)
		*text = arena_print(arena, "%s, %s", *text, value);
	return *text ? NULL : no_memory;
}

static const char *read_header(struct http_head *head, struct arena *arena, char *line)
{
	char *colon = strchr(line, ':'), *value;
	size_t i;

	if (line[0] == ' ' || line[0] == '\t')
		return "it has a header that goes on in the next line";
	if (!colon)
		return "it has a line that is no header";
	*colon = '\0';
	value = trim(colon + 1);
	if (!is_token(line) || !is_value(value))
		return "it has a header with control characters";
	for (i = 0; i < COUNT(readers); i++) {
		if (strcasecmp(line, readers[i].name) == 0)
			return readers[i].read(head, value);
	}
	for (i = 0; i < COUNT(texts); i++) {
		if (strcasecmp(line, texts[i].name) == 0)
			return keep_text(head, arena, i, value);
	}
	return NULL;
}

/* --- the whole --------------------------------------------------------------------------------------- */

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* "HTTP/1.1 200 OK", the words being optional. */
static const char *read_status(struct http_head *head, const char *line)
{
	static const char wrong[] = "it is no answer of HTTP/1.1";
	const char *code = line + 9;

	if (strncmp(line, "HTTP/1.", 7) != 0 || (line[7] != '0' && line[7] != '1') || line[8] != ' ')
		return wrong;
	if (code[0] < '1' || code[0] > '5' || !is_digit(code[1]) || !is_digit(code[2]) ||
	    (code[3] != ' ' && code[3] != '\0'))
		return wrong;
	head->answer.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
	head->keep = line[7] == '1';
	return NULL;
}

/* End the line at DATA by NUL; returns where the next one begins, or NULL when there is no end. */
static char *line_end(char *data, size_t length)
{
	char *end = memchr(data, '\n', length);

	if (!end || memchr(data, '\0', (size_t)(end - data)))
		return NULL;
	if (end > data && end[-1] == '\r')
		end[-1] = '\0';
	*end = '\0';
	return end + 1;
}

/* A date means as long as the server has until then: what the clock of a device says need not be so. */
static void settle_wait(struct http_head *head)
{
	if (head->waits || !head->until || !head->date)
		return;
	head->waits = true;
	head->wait = head->until > head->date ? head->until - head->date : 0;
}

/* Chunks and a length are sent by servers that are no good: the chunks count, and that is the end of it. */
static const char *settle_length(struct http_head *head)
{
	struct http_answer *answer = &head->answer;

	if (head->ranged && answer->has_length && answer->length != head->covers)
		return "its Content-Range and its Content-Length differ";
	if (answer->status == 206 && !head->ranged)
		return "it is a part, and has no Content-Range";
	if (head->chunked && answer->has_length)
		head->keep = false;
	if (head->chunked)
		answer->has_length = false;
	if (!answer->has_length)
		answer->length = 0;
	return NULL;
}

const char *head_parse(struct http_head *out, struct arena *arena, char *data, size_t length)
{
	char *const end = data + length;
	char *line = data, *next = line_end(data, length);
	const char *wrong;

	memset(out, 0, sizeof(*out));
	if (!next)
		return "it has a header with control characters";
	wrong = read_status(out, line);
	while (!wrong) {
		line = next;
		next = line_end(line, (size_t)(end - line));
		if (!next)
			return "it has a header with control characters";
		if (line[0] == '\0')
			break;
		wrong = read_header(out, arena, line);
	}
	settle_wait(out);
	return wrong ? wrong : settle_length(out);
}
