/* SPDX-License-Identifier: MIT */
/* Reads the dates of HTTP. */
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "registry/http_date.h"

enum { YEAR_FIRST = 1970, LEAPS_FIRST = 477 /* leap days of the years before 1970 */ };

/* Where letters and digits stand; x: any. */
static const char form[] = "Xxx, 00 Xxx 0000 00:00:00 GMT";

static bool has_form(const char *text)
{
	size_t i;

	for (i = 0; form[i]; i++) {
		const unsigned char byte = (unsigned char)text[i];

		if (form[i] == '0'                         ? !isdigit(byte) :
		    tolower((unsigned char)form[i]) == 'x' ? !isalpha(byte) :
							     byte != (unsigned char)form[i])
			return false;
	}
	return text[i] == '\0';
}

/* The number of two digits. */
static unsigned int pair(const char *text)
{
	return (unsigned int)(text[0] - '0') * 10 + (unsigned int)(text[1] - '0');
}

bool http_date_parse(uint64_t *seconds, const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	static const unsigned short before[] = { 0,   31,  59,  90,  120, 151,
						 181, 212, 243, 273, 304, 334 };
	unsigned int year, past, month, days;

	if (!has_form(text))
		return false;
	for (month = 0; month < 12 && strncmp(months + 3 * (size_t)month, text + 8, 3) != 0; month++)
		continue;
	year = pair(text + 12) * 100 + pair(text + 14);
	if (month == 12 || year < YEAR_FIRST)
		return false;
	past = month > 1 ? year : year - 1;
	days = (year - YEAR_FIRST) * 365 + past / 4 - past / 100 + past / 400 - LEAPS_FIRST +
	       before[month] + pair(text + 5);
	*seconds = pair(text + 17) * 3600 + pair(text + 20) * 60 + pair(text + 23);
	*seconds += (uint64_t)(days - 1) * 86400;
	return true;
}
