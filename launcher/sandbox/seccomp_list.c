/* SPDX-License-Identifier: MIT */
/* Asks a filter about every call that has a name, and lists the calls by answer. */
#include <errno.h>
#include <string.h>

#include "sandbox/seccomp_list.h"
#include "sandbox/seccomp_names.h"

/* Numbers of calls, and of the private ones of 32-bit ARM. */
enum { NUMBERS = 1024, PRIVATE = 16, PRIVATE_BASE = 0xf0000, LINE_WIDTH = 100 };

struct answer {
	uint32_t action;
	bool by_argument;
};

static struct answer ask(const struct filter *filter, uint32_t place)
{
	const uint32_t number = place < NUMBERS ? place : place - NUMBERS + PRIVATE_BASE;
	const struct seccomp_data call = { .nr = (int)number, .arch = filter->arch };
	struct answer answer = { 0 };

	answer.action = filter_ask(filter, &call, &answer.by_argument);
	if (answer.by_argument)
		answer.action = 0;
	return answer;
}

static const char *answer_words(struct arena *arena, struct answer answer)
{
	const unsigned int data = answer.action & SECCOMP_RET_DATA;

	if (answer.by_argument)
		return "depends on the arguments";
	switch (answer.action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return "allow";
	case SECCOMP_RET_LOG:
		return "allow, and log";
	case SECCOMP_RET_TRACE:
		return arena_print(arena, "ask the tracer, message %u", data);
	case SECCOMP_RET_USER_NOTIF:
		return "ask a listener";
	case SECCOMP_RET_ERRNO:
		return data == EPERM  ? "EPERM" :
		       data == ENOSYS ? "ENOSYS" :
					arena_print(arena, "errno %u", data);
	case SECCOMP_RET_TRAP:
		return "SIGSYS";
	case SECCOMP_RET_KILL_THREAD:
		return "end the thread";
	default:
		return "end the process";
	}
}

static bool is_same(struct answer a, struct answer b)
{
	return a.by_argument == b.by_argument && a.action == b.action;
}

static const char *place_name(const struct filter *filter, uint32_t place)
{
	return names_name(filter->arch, place < NUMBERS ? place : place - NUMBERS + PRIVATE_BASE);
}

/* True when a call before PLACE has the same answer: its paragraph has been written. */
static bool is_listed(const struct filter *filter, uint32_t place, struct answer answer)
{
	uint32_t i;

	for (i = 0; i < place; i++) {
		if (is_same(ask(filter, i), answer) && place_name(filter, i))
			return true;
	}
	return false;
}

static void list_paragraph(struct arena *arena, struct string *text, const struct filter *filter,
			   struct answer answer)
{
	size_t column = LINE_WIDTH;
	uint32_t i;

	string_add(arena, text, "%s", answer_words(arena, answer));
	for (i = 0; i < NUMBERS + PRIVATE; i++) {
		const char *name = is_same(ask(filter, i), answer) ? place_name(filter, i) : NULL;

		if (!name)
			continue;
		if (column + strlen(name) + 1 > LINE_WIDTH) {
			string_add(arena, text, "\n\t");
			column = 8;
		}
		string_add(arena, text, "%s%s", column == 8 ? "" : " ", name);
		column += strlen(name) + (column != 8);
	}
	string_add(arena, text, "\n");
}

char *seccomp_list(struct arena *arena, const struct filter *filter)
{
	const char *machine = filter_arch_name(filter->arch);
	struct string text = { 0 };
	uint32_t i;

	string_add(arena, &text, "%s, %zu instructions\n", machine ? machine : "unknown machine",
		   filter->count);
	for (i = 0; i < NUMBERS + PRIVATE; i++) {
		const struct answer answer = ask(filter, i);

		if (place_name(filter, i) && !is_listed(filter, i, answer))
			list_paragraph(arena, &text, filter, answer);
	}
	string_add(arena, &text, "%s\n\tnumbers that no call has yet\n",
		   answer_words(arena, ask(filter, NUMBERS - 1)));
	return arena->failed ? NULL : text.text;
}
