/* SPDX-License-Identifier: MIT */
/* Which processors and memory nodes an app may use: only such as are there. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "sandbox/decide.h"

enum { SET_MOST = 1024, WORD_BITS = 64 };

struct set {
	uint64_t words[SET_MOST / WORD_BITS];
};

static bool set_has(const struct set *set, unsigned int number)
{
	return number < SET_MOST && (set->words[number / WORD_BITS] >> number % WORD_BITS & 1);
}

/* The number at *text, which moves behind it. */
static int number_next(uint64_t *number, const char **text)
{
	size_t length = strspn(*text, "0123456789");
	char digits[8];

	if (!length || length >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, *text, length);
	digits[length] = '\0';
	*text += length;
	return text_number(number, digits, SET_MOST - 1);
}

/* "0-3,5", as sched(7) and cpuset(7) have it. Returns 0 or -EINVAL. */
static int set_parse(struct set *set, const char *text)
{
	*set = (struct set){ { 0 } };
	for (;;) {
		uint64_t first, last, i;

		if (number_next(&first, &text) < 0)
			return -EINVAL;
		last = first;
		if (*text == '-') {
			text++;
			if (number_next(&last, &text) < 0 || last < first)
				return -EINVAL;
		}
		for (i = first; i <= last; i++)
			set->words[i / WORD_BITS] |= UINT64_C(1) << i % WORD_BITS;
		if (!*text)
			return 0;
		if (*text++ != ',')
			return -EINVAL;
	}
}

/* As the kernel writes it, so that what it has can be compared. */
static const char *set_print(struct arena *arena, const struct set *set)
{
	struct string text = { 0 };
	unsigned int first = 0, last;

	for (; first < SET_MOST; first = last + 1) {
		last = first;
		if (!set_has(set, first))
			continue;
		while (set_has(set, last + 1))
			last++;
		string_add(arena, &text, "%s%u", text.length ? "," : "", first);
		if (last > first)
			string_add(arena, &text, "-%u", last);
	}
	return arena->failed ? NULL : text.text;
}

/* The kernel would take a processor that is not there, and then give all of them. */
static int set_decide(const char **out, struct arena *arena, const char *option, const char *wanted,
		      const char *there)
{
	struct set set, present;
	size_t i;

	if (set_parse(&set, wanted) < 0)
		return fail(0, "--%s %s: expected numbers and ranges, such as 0-2,4", option, wanted);
	if (set_parse(&present, there) < 0)
		return fail(0, "--%s %s: what this machine has is not known", option, wanted);
	for (i = 0; i < SET_MOST / WORD_BITS; i++) {
		if (set.words[i] & ~present.words[i])
			return fail(0, "--%s %s: this machine has %s", option, wanted, there);
	}
	*out = set_print(arena, &set);
	return *out ? 0 : fail(ENOMEM, "--%s", option);
}

int decide_cpuset(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		  const struct host *host)
{
	struct limits *limits = &sandbox->limits;
	const char *option = request->cpuset_cpus ? "cpuset-cpus" : "cpuset-mems";
	int ret = 0;

	if (!request->cpuset_cpus && !request->cpuset_mems)
		return 0;
	if (!CONFIG_CPUSET)
		return fail(0, "--%s: not in this build (CONFIG_CPUSET)", option);
	if (request->cpuset_cpus)
		ret = set_decide(&limits->cpus, arena, "cpuset-cpus", request->cpuset_cpus,
				 host->cpus);
	if (ret == 0 && request->cpuset_mems)
		ret = set_decide(&limits->nodes, arena, "cpuset-mems", request->cpuset_mems,
				 host->nodes);
	return ret == 0 ? decide_controller(host, CONTROLLER_CPUSET, option) : ret;
}
