/* SPDX-License-Identifier: MIT */
/* What a sandbox's record says: its fields, its first process, its cgroups. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "sandbox/process.h"
#include "sandbox/record.h"
#include "sandbox/record_text.h"

const char *record_field(struct arena *arena, const struct record *record, const char *key)
{
	struct texts words = { 0 };

	if (record_words(&words, arena, record->text, key) < 0 || !words.count)
		return NULL;
	return words.items[0];
}

int record_all(struct texts *words, struct arena *arena, const struct record *record, const char *key)
{
	return record_words(words, arena, record->text, key);
}

uint64_t record_number(const struct record *record, const char *key)
{
	char line[32];
	uint64_t number;

	snprintf(line, sizeof(line), "%s ", key);
	return text_field(&number, record->text, line) < 0 ? 0 : number;
}

bool record_has_flag(const struct record *record, const char *word)
{
	const char *line = strstr(record->text, "\nflags ");
	char words[128];

	if (!line)
		return false;
	line += strlen("\nflags ");
	snprintf(words, sizeof(words), "%.*s", (int)strcspn(line, "\n"), line);
	return text_has_word(words, word);
}

const char *record_cgroup(struct arena *arena, const struct record *record, enum controller controller)
{
	char key[32];

	snprintf(key, sizeof(key), "cgroup-%s", controller_names[controller]);
	return record_field(arena, record, key);
}

void record_stop(int *number, int *seconds, struct arena *arena, const struct record *record)
{
	struct texts words = { 0 };
	uint64_t value;

	*number = SIGTERM;
	*seconds = SANDBOX_STOP_TIMEOUT;
	if (record_all(&words, arena, record, "stop") < 0 || words.count != 2)
		return;
	if (text_number(&value, words.items[0], _NSIG - 1) == 0)
		*number = (int)value;
	*seconds = text_number(&value, words.items[1], INT32_MAX) == 0 ? (int)value : -1;
}

int record_pidfd(const struct record *record)
{
	return record->pid ? process_open(record->pid, record->start) : -ESRCH;
}

int record_signal(const struct record *record, int number)
{
	return record->pid ? process_signal(record->pid, record->start, number) : -ESRCH;
}
