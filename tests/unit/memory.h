/* SPDX-License-Identifier: MIT */
/* How much memory there is in this process, so that a test can ask what somebody took. */
#ifndef TESTS_MEMORY_H
#define TESTS_MEMORY_H

#include <stdio.h>
#include <stdlib.h>

/* Pages of its address space. */
static inline long memory_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	char text[64] = "";

	if (!file || !fgets(text, sizeof(text), file) || fclose(file) != 0)
		abort();
	return strtol(text, NULL, 10);
}

#endif
