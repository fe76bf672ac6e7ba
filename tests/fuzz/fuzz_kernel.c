/* SPDX-License-Identifier: MIT */
/* What the kernel tells of processes, cgroups and traffic, in any text: names and numbers that an
 * app chooses are part of it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sandbox/members.h"
#include "sandbox/pause.h"
#include "sandbox/usage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_member(const char *text)
{
	const unsigned char *at;
	struct member member;

	if (member_parse(&member, text) < 0)
		return;
	if (member.parent < 0 || strlen(member.name) >= sizeof(member.name))
		abort();
	for (at = (const unsigned char *)member.name; *at; at++) {
		if (*at < ' ' || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0))
			abort();
	}
}

static void check_line(const char *text, const char *path)
{
	if (path && (strchr(path, '\n') || !strstr(text, path)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct usage usage = { 0 };
	struct arena arena = { 0 };
	uint64_t number;
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	check_member(text);
	check_line(text, pause_cgroup_of(&arena, text, ""));
	check_line(text, pause_cgroup_of(&arena, text, "freezer"));
	check_line(text, pause_mount_of(&arena, text, ""));
	check_line(text, pause_mount_of(&arena, text, "freezer"));
	usage_add_network(&usage, text);
	usage_add_io2(&usage, text);
	/* memory.events, memory.oom_control, cgroup.controllers. */
	(void)text_field(&number, text, "oom_kill ");
	(void)text_has_word(text, "memory");
	arena_close(&arena);
	free(text);
	return 0;
}
