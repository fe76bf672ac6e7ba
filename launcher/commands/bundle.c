/* SPDX-License-Identifier: MIT */
/* The mark in davit's own program that says where the image is: reading it costs no system call. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "commands/bundle.h"

/* Volatile: what the compiler sees is not what is there when a bundle runs. */
static const volatile char mark[MARK_SIZE + 1] = "davit's bundle at byte: "
						 "00000000000000000000";

uint64_t bundle_offset(void)
{
	char digits[MARK_DIGITS + 1] = "";
	uint64_t offset = 0;
	size_t i;

	for (i = 0; i < MARK_DIGITS; i++)
		digits[i] = mark[MARK_HEAD + i];
	return text_number(&offset, digits, INT64_MAX) < 0 ? 0 : offset;
}

char *bundle_find_mark(char *program, size_t size)
{
	char head[MARK_HEAD], *at, *again;
	size_t i;

	for (i = 0; i < MARK_HEAD; i++)
		head[i] = mark[i];
	at = memmem(program, size, head, MARK_HEAD);
	if (!at || (size_t)(at - program) + MARK_SIZE > size)
		return NULL;
	again = memmem(at + MARK_HEAD, size - (size_t)(at - program) - MARK_HEAD, head, MARK_HEAD);
	return again ? NULL : at;
}

int bundle_arguments(char ***argv, int argc)
{
	static const char *const first[] = { "run", "--interactive", "--" };
	enum { FIRST = sizeof(first) / sizeof(first[0]) };
	char **list, *image;
	int i;

	if (argc > 1 && strcmp((*argv)[1], "--davit") == 0) {
		(*argv)[1] = (*argv)[0];
		(*argv)++;
		return argc - 1;
	}
	list = calloc((size_t)argc + FIRST + 2, sizeof(*list));
	image = list ? malloc(sizeof(BUNDLE_SELF) + 1 + MARK_DIGITS) : NULL;
	if (!image) {
		free(list);
		return -ENOMEM;
	}
	sprintf(image, "%s@%llu", BUNDLE_SELF, (unsigned long long)bundle_offset());
	list[0] = (*argv)[0];
	for (i = 0; i < FIRST; i++)
		list[1 + i] = (char *)first[i];
	list[1 + FIRST] = image;
	for (i = 1; i < argc; i++)
		list[1 + FIRST + i] = (*argv)[i];
	*argv = list;
	return argc + FIRST + 1;
}
