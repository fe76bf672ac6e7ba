/* SPDX-License-Identifier: MIT */
/* Collects the rules of a policy, by call and by severity. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "sandbox/seccomp_rules.h"

/* As the kernel ranks the answers of several filters, from the most severe on. */
static unsigned int severity(uint32_t action)
{
	static const uint32_t ranks[] = {
		SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,
		SECCOMP_RET_ERRNO,        SECCOMP_RET_USER_NOTIF,  SECCOMP_RET_TRACE,
		SECCOMP_RET_LOG,          SECCOMP_RET_ALLOW,
	};
	unsigned int i = 0;

	while (i < sizeof(ranks) / sizeof(ranks[0]) && ranks[i] != (action & SECCOMP_RET_ACTION_FULL))
		i++;
	return i;
}

int rules_add(struct rules *rules, int number, const struct rule *rule)
{
	struct rule **at, *copy;
	size_t place = (size_t)number;

	if (number < 0)
		return 0;
	rules->any = true;
	if (number >= RULES_PRIVATE_BASE)
		place = (size_t)number - RULES_PRIVATE_BASE + RULES_NUMBERS;
	else if ((uint32_t)number > rules->highest)
		rules->highest = (uint32_t)number;
	if (place >= RULES_PLACES)
		return -ERANGE;
	copy = arena_alloc(rules->arena, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *rule;
	at = &rules->first[place];
	while (*at && severity((*at)->action) <= severity(rule->action))
		at = &(*at)->next;
	copy->next = *at;
	*at = copy;
	return 0;
}

int rules_value(uint64_t *value, const char *text)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;

	if (text[0] != '0' || tolower((unsigned char)text[1]) != 'x')
		return text_number(value, text, UINT64_MAX);
	*value = 0;
	for (text += 2; *text; text++) {
		digit = strchr(digits, tolower((unsigned char)*text));
		if (!digit)
			return -EINVAL;
		if (*value >> 60)
			return -ERANGE;
		*value = *value << 4 | (uint64_t)(digit - digits);
	}
	return isxdigit((unsigned char)text[-1]) ? 0 : -EINVAL;
}

int rules_number(const struct rules *rules, char *word, int *place)
{
	char *text = strchr(word, '=');
	uint64_t given;
	int number;

	if (text)
		*text++ = '\0';
	*place = names_find(word);
	number = *place < 0 ? *place : names_number(*place, rules->target->arch);
	if (*place < 0)
		*place = -1;
	if (!text)
		return number;
	if (rules_value(&given, text) < 0 || given >= RULES_NUMBERS ||
	    (number >= 0 && (int)given != number))
		return -EINVAL;
	return number == -ENODEV ? number : (int)given;
}
