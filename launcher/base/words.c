/* SPDX-License-Identifier: MIT */
/* Words in a line of a file, so escaped that any word comes back as it was. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/words.h"

enum { ESCAPED = 4 }; /* bytes of \x20 */

void words_add(struct arena *arena, struct string *text, const char *word)
{
	const size_t length = strlen(word);
	char *copy = arena_alloc(arena, length * ESCAPED + 1), *to = copy;
	size_t i;

	if (!copy)
		return;
	for (i = 0; i < length; i++) {
		const unsigned char byte = (unsigned char)word[i];

		if (byte > ' ' && byte != '\\' && byte != 0x7f)
			*to++ = (char)byte;
		else
			to += sprintf(to, "\\x%02x", byte);
	}
	*to = '\0';
	string_add(arena, text, " %s", length ? copy : "\\-");
}

/* 16 for what is no such digit. */
static unsigned int hex_digit(char letter)
{
	static const char digits[] = "0123456789abcdef";

	return (unsigned int)(letter ? strcspn(digits, (const char[]){ letter, '\0' }) : 16);
}

/* In place. */
static void unescape(char *word)
{
	char *to = word;

	if (strcmp(word, "\\-") == 0)
		*word = '\0';
	while (*word) {
		if (word[0] == '\\' && word[1] == 'x' && hex_digit(word[2]) < 16 &&
		    hex_digit(word[3]) < 16) {
			*to++ = (char)(hex_digit(word[2]) << 4 | hex_digit(word[3]));
			word += ESCAPED;
		} else {
			*to++ = *word++;
		}
	}
	*to = '\0';
}

int words_read(struct texts *words, struct arena *arena, const char *line)
{
	while (*line == ' ') {
		size_t length = strcspn(++line, " \n");
		char *word = arena_copy(arena, line, length);

		if (!word)
			return -ENOMEM;
		unescape(word);
		if (texts_add(arena, words, word) < 0)
			return -ENOMEM;
		line += length;
	}
	return 0;
}
