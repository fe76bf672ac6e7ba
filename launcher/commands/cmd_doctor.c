/* SPDX-License-Identifier: MIT */
/* davit doctor: say what this kernel and machine lack, and which option or command brings it. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "commands/checkup.h"
#include "commands/commands.h"

enum { FACTS_SIZE = 2048, LINE_SIZE = REMARK_SIZE + 64 };

static const char *const group_titles[CHECK_GROUP_COUNT] = {
	[CHECK_NEEDED] = "needed by this build:\n",
	[CHECK_OPTIONAL] = "\nnot always needed:\n",
	[CHECK_NOTE] = "\nworth knowing:\n",
};

static int print_facts(const struct host *host)
{
	char facts[FACTS_SIZE];
	int ret = host_print(facts, sizeof(facts), host);

	if (ret < 0)
		return fail(-ret, "print the facts");
	return say(facts);
}

static int print_check(const struct check *check, enum answer answer, const char *remark)
{
	static const char *const words[] = { [ANSWER_YES] = "yes", [ANSWER_NO] = "no" };
	const char *word = words[answer];
	char line[LINE_SIZE];

	/* A note that has something to tell needs no yes. */
	if (check->group == CHECK_NOTE && answer == ANSWER_YES && remark[0])
		snprintf(line, sizeof(line), "  %-20s%s\n", check->name, remark);
	else
		snprintf(line, sizeof(line), "  %-20s%s%s%s\n", check->name, word,
			 remark[0] ? ": " : "", remark);
	return say(line);
}

/* Returns how many things of GROUP are missing, or -errno. */
static int print_group(enum check_group group, const struct host *host)
{
	int missing = 0, ret = say(group_titles[group]);
	size_t i;

	for (i = 0; i < check_count && ret == 0; i++) {
		const struct check *check = &checks[i];
		char remark[REMARK_SIZE] = "";
		enum answer answer;

		if (check->group != group || !check->wanted)
			continue;
		answer = check->probe(remark, check, host);
		if (answer == ANSWER_NONE)
			continue;
		missing += answer == ANSWER_NO;
		ret = print_check(check, answer, remark);
	}
	return ret < 0 ? ret : missing;
}

static int print_verdict(int missing)
{
	char line[LINE_SIZE];

	if (!missing)
		return say("\nEverything that this build needs is here.\n");
	snprintf(line, sizeof(line), "\n%d thing%s that this build needs %s missing.\n", missing,
		 missing == 1 ? "" : "s", missing == 1 ? "is" : "are");
	return say(line);
}

static int print_checks(const struct host *host)
{
	enum check_group group;
	int lacking = 0;

	for (group = 0; group < CHECK_GROUP_COUNT; group++) {
		int missing = print_group(group, host);

		if (missing < 0)
			return EXIT_FAILED;
		if (group == CHECK_NEEDED)
			lacking = missing;
	}
	return print_verdict(lacking) == 0 && !lacking ? 0 : EXIT_FAILED;
}

int cmd_doctor(int argc, char **argv)
{
	bool facts = argc == 2 && strcmp(argv[1], "--facts") == 0;
	struct host host;

	if (argc > 1 && !facts) {
		(void)fail(0, "doctor: expected --facts or nothing, not %s", argv[argc - 1]);
		return EXIT_USAGE;
	}
	if (host_read(&host) < 0 || host_read_more(&host) < 0)
		return EXIT_FAILED;
	if (CONFIG_VERITY)
		host.verity = host_has_verity();
	if (facts)
		return print_facts(&host) == 0 ? 0 : EXIT_FAILED;
	return print_checks(&host);
}
