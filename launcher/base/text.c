/* SPDX-License-Identifier: MIT */
/* Checked readers for the few text forms that davit takes. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"

enum { WORD_MAX_LENGTH = 31, NAME_MAX_LENGTH = 63, HOSTNAME_MAX_LENGTH = 63 };

/* Read digits, leave *end behind them. */
static int digits(uint64_t *out, const char *text, const char **end, uint64_t max)
{
	uint64_t value = 0;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	for (; isdigit((unsigned char)*text); text++) {
		unsigned int digit = (unsigned int)(*text - '0');

		if (value > (max - digit) / 10 || digit > max)
			return -ERANGE;
		value = value * 10 + digit;
	}
	*out = value;
	*end = text;
	return 0;
}

int text_number(uint64_t *out, const char *text, uint64_t max)
{
	uint64_t value;
	int ret = digits(&value, text, &text, max);

	if (ret < 0)
		return ret;
	if (*text)
		return -EINVAL;
	*out = value;
	return 0;
}

int text_size(uint64_t *out, const char *text)
{
	static const char units[] = "bkmgt";
	const char *unit;
	size_t shift = 0;
	uint64_t value;
	int ret = digits(&value, text, &text, INT64_MAX);

	if (ret < 0)
		return ret;
	if (*text) {
		unit = strchr(units, tolower((unsigned char)*text));
		if (!unit)
			return -EINVAL;
		shift = (size_t)(unit - units) * 10;
		text++;
		if (shift && *text == 'i')
			text++;
		if (shift && tolower((unsigned char)*text) == 'b')
			text++;
	}
	if (*text)
		return -EINVAL;
	if (value > (uint64_t)INT64_MAX >> shift)
		return -ERANGE;
	*out = value << shift;
	return 0;
}

int text_thousandths(uint64_t *out, const char *text, uint64_t max)
{
	uint64_t value = 0;
	unsigned int unit = 100;
	int ret = 0;

	if (*text != '.')
		ret = digits(&value, text, &text, max / 1000);
	else if (!isdigit((unsigned char)text[1]))
		ret = -EINVAL;
	if (ret < 0)
		return ret;
	value *= 1000;
	if (*text == '.') {
		for (text++; isdigit((unsigned char)*text) && unit; text++, unit /= 10)
			value += (uint64_t)(*text - '0') * unit;
	}
	if (*text)
		return -EINVAL;
	*out = value;
	return value > max ? -ERANGE : 0;
}

int text_version(uint64_t *out, const char *text)
{
	uint64_t major, minor;

	if (digits(&major, text, &text, UINT16_MAX) < 0 || *text++ != '.' ||
	    digits(&minor, text, &text, UINT16_MAX) < 0 || *text)
		return -EINVAL;
	*out = major << 16 | minor;
	return 0;
}

int text_field(uint64_t *out, const char *text, const char *name)
{
	size_t length = strlen(name);

	while (text && *text) {
		if (strncmp(text, name, length) == 0) {
			text += length;
			text += strspn(text, ": \t");
			return digits(out, text, &text, UINT64_MAX) < 0 ? -ENOENT : 0;
		}
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return -ENOENT;
}

bool text_has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	while (*text) {
		size_t span = strcspn(text, " \t\n");

		if (span == length && strncmp(text, word, length) == 0)
			return true;
		text += span;
		text += strspn(text, " \t\n");
	}
	return false;
}

bool text_is_name(const char *text)
{
	size_t i;

	if (!isalnum((unsigned char)text[0]))
		return false;
	for (i = 1; text[i]; i++) {
		if (!isalnum((unsigned char)text[i]) && !strchr("_.-", text[i]))
			return false;
	}
	return i <= NAME_MAX_LENGTH;
}

bool text_is_hostname(const char *text)
{
	size_t i;
	char before = '.';

	for (i = 0; text[i]; i++) {
		bool edge = before == '.' || text[i + 1] == '.' || !text[i + 1];

		if (!isalnum((unsigned char)text[i]) && text[i] != '.' && text[i] != '-')
			return false;
		if (text[i] != '.' && edge && text[i] == '-')
			return false;
		if (text[i] == '.' && before == '.')
			return false;
		before = text[i];
	}
	return i > 0 && i <= HOSTNAME_MAX_LENGTH && before != '.';
}

/* How many bytes at TEXT are one character of UTF-8 that is no control character; 0: none. */
static size_t character_length(const unsigned char *text)
{
	size_t length = 1, i;

	if (text[0] < 0x80)
		return text[0] >= ' ' && text[0] != 0x7f;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	length += 1 + (text[0] >= 0xe0) + (text[0] >= 0xf0);
	for (i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	/* U+0080 to U+009F, to which terminals listen as they do to ESC. */
	return text[0] == 0xc2 && text[1] < 0xa0 ? 0 : length;
}

void text_tame(char *text)
{
	while (*text) {
		size_t length = character_length((const unsigned char *)text);

		if (!length)
			*text = '?';
		text += length ? length : 1;
	}
}

bool text_is_clean(const char *text, const char *allowed)
{
	while (*text) {
		size_t length = character_length((const unsigned char *)text);

		if (!length && !strchr(allowed, *text))
			return false;
		text += length ? length : 1;
	}
	return true;
}

static unsigned int smallest(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int ret = a < b ? a : b;

	return ret < c ? ret : c;
}

/* Optimal string alignment, three rows at a time. */
unsigned int text_distance(const char *a, const char *b)
{
	unsigned int rows[3][WORD_MAX_LENGTH + 1];
	size_t length_a = strlen(a), length_b = strlen(b), i, j;

	if (length_a > WORD_MAX_LENGTH || length_b > WORD_MAX_LENGTH)
		return 99;
	for (j = 0; j <= length_b; j++)
		rows[0][j] = (unsigned int)j;
	for (i = 1; i <= length_a; i++) {
		unsigned int *now = rows[i % 3], *last = rows[(i + 2) % 3],
			     *older = rows[(i + 1) % 3];

		now[0] = (unsigned int)i;
		for (j = 1; j <= length_b; j++) {
			now[j] = smallest(last[j] + 1, now[j - 1] + 1,
					  last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = smallest(now[j], older[j - 2] + 1, now[j]);
		}
	}
	return rows[length_a % 3][length_b];
}

unsigned int text_far(const char *word)
{
	return strlen(word) < 6 ? 2 : 3;
}
