/* SPDX-License-Identifier: MIT */
/* Times and how long ago they were, in Docker's words. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "commands/moment.h"

enum { MINUTE = 60, HOUR = 3600, DAY_HOURS = 24 };

/* Digits, no more than fit. Returns what is behind them, or NULL. */
static const char *read_digits(uint64_t *out, const char *text, size_t most)
{
	size_t i;

	*out = 0;
	for (i = 0; isdigit((unsigned char)text[i]); i++) {
		if (i == most)
			return NULL;
		*out = *out * 10 + (uint64_t)(text[i] - '0');
	}
	return i ? text + i : NULL;
}

/* ".25" in nanoseconds; nothing is 0. Returns what is behind it, or NULL. */
static const char *read_fraction(uint64_t *out, const char *text)
{
	uint64_t unit = MOMENT_SECOND / 10;

	*out = 0;
	if (*text != '.')
		return text;
	if (!isdigit((unsigned char)*++text))
		return NULL;
	for (; isdigit((unsigned char)*text); text++, unit /= 10)
		*out += (uint64_t)(*text - '0') * unit;
	return text;
}

/* As Go reads them: 1h30m, 90s, 1.5h, 300ms. */
static int parse_length(uint64_t *out, const char *text)
{
	static const struct {
		const char *name;
		uint64_t length;
	} units[] = { { "ms", MOMENT_SECOND / 1000 },
		      { "h", (uint64_t)HOUR * MOMENT_SECOND },
		      { "m", (uint64_t)MINUTE * MOMENT_SECOND },
		      { "s", MOMENT_SECOND } };
	uint64_t number, fraction;
	size_t i;

	*out = 0;
	while (text && *text) {
		text = read_digits(&number, text, 8);
		text = text ? read_fraction(&fraction, text) : NULL;
		for (i = 0; text && i < sizeof(units) / sizeof(units[0]); i++) {
			if (strncmp(text, units[i].name, strlen(units[i].name)) == 0)
				break;
		}
		if (!text || i == sizeof(units) / sizeof(units[0]))
			return -EINVAL;
		*out += number * units[i].length + fraction * (units[i].length / 1000000) / 1000;
		text += strlen(units[i].name);
	}
	return text ? 0 : -EINVAL;
}

static int parse_date(uint64_t *out, const char *text)
{
	struct tm parts = { 0 };
	uint64_t fraction = 0;
	const char *rest = strptime(text, "%Y-%m-%d", &parts);
	time_t seconds;

	if (rest && *rest == 'T') {
		rest = strptime(rest, "T%H:%M:%S", &parts);
		rest = rest ? read_fraction(&fraction, rest) : NULL;
	}
	if (rest && *rest == 'Z')
		rest++;
	seconds = rest ? timegm(&parts) : -1;
	if (!rest || *rest || seconds < 0)
		return -EINVAL;
	*out = (uint64_t)seconds * MOMENT_SECOND + fraction;
	return 0;
}

int moment_parse(uint64_t *out, const char *text, uint64_t now)
{
	uint64_t number, fraction;
	const char *rest = read_digits(&number, text, 10);

	rest = rest ? read_fraction(&fraction, rest) : NULL;
	if (rest && !*rest) {
		*out = number * MOMENT_SECOND + fraction;
		return 0;
	}
	if (parse_length(&number, text) == 0 && *text) {
		*out = number < now ? now - number : 0;
		return 0;
	}
	return parse_date(out, text);
}

const char *moment_print(struct arena *arena, uint64_t time)
{
	const time_t seconds = (time_t)(time / MOMENT_SECOND);
	struct tm parts;
	char text[64];

	if (!gmtime_r(&seconds, &parts) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts))
		return NULL;
	return arena_print(arena, "%s.%09" PRIu64 "Z", text, time % MOMENT_SECOND);
}

const char *moment_print_date(struct arena *arena, uint64_t seconds)
{
	const time_t time = (time_t)seconds;
	struct tm parts;
	char text[64];

	if (!gmtime_r(&time, &parts) ||
	    !strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S +0000 UTC", &parts))
		return NULL;
	return arena_copy(arena, text, strlen(text));
}

/* Docker's steps, and what it rounds. */
const char *moment_print_length(struct arena *arena, uint64_t seconds)
{
	const uint64_t minutes = seconds / MINUTE, hours = (seconds + HOUR / 2) / HOUR;
	const uint64_t days = hours / DAY_HOURS;

	if (seconds < 1)
		return "Less than a second";
	if (seconds == 1)
		return "1 second";
	if (seconds < MINUTE)
		return arena_print(arena, "%" PRIu64 " seconds", seconds);
	if (minutes == 1)
		return "About a minute";
	if (minutes < MINUTE)
		return arena_print(arena, "%" PRIu64 " minutes", minutes);
	if (hours == 1)
		return "About an hour";
	if (hours < 48)
		return arena_print(arena, "%" PRIu64 " hours", hours);
	if (days < 14)
		return arena_print(arena, "%" PRIu64 " days", days);
	if (days < 60)
		return arena_print(arena, "%" PRIu64 " weeks", days / 7);
	if (days < 730)
		return arena_print(arena, "%" PRIu64 " months", days / 30);
	return arena_print(arena, "%" PRIu64 " years", seconds / HOUR / DAY_HOURS / 365);
}

uint64_t moment_now(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * MOMENT_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t moment_uptime(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec;
}
