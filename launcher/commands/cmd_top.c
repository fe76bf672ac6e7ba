/* SPDX-License-Identifier: MIT */
/* davit top: the processes of a sandbox, in the columns of ps -ef, by the numbers that they have on this machine. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/table.h"
#include "sandbox/members.h"

enum { DAY = 24 * 60 * 60 }; /* seconds */

/* What the columns of one process are made of. */
struct moment {
	uint64_t hertz; /* clock ticks per second */
	uint64_t up;    /* ticks since boot */
	time_t now;
};

struct column {
	const char *word, *title; /* in -o, and in the first line; as ps has them */
	const char *(*print)(struct arena *arena, const struct member *member,
			     const struct moment *moment);
};

static const char *print_number(struct arena *arena, uint64_t number)
{
	return arena_print(arena, "%" PRIu64, number);
}

static const char *print_user(struct arena *arena, const struct member *member,
			      const struct moment *moment)
{
	const char *path = arena_print(arena, "/proc/%d", (int)member->pid);
	struct stat st;

	(void)moment;
	if (!path || stat(path, &st) < 0)
		return "?";
	return st.st_uid ? print_number(arena, st.st_uid) : "root";
}

static const char *print_pid(struct arena *arena, const struct member *member,
			     const struct moment *moment)
{
	(void)moment;
	return print_number(arena, (uint64_t)member->pid);
}

static const char *print_parent(struct arena *arena, const struct member *member,
				const struct moment *moment)
{
	(void)moment;
	return print_number(arena, (uint64_t)member->parent);
}

/* Percent of the time that it has lived. */
static const char *print_share(struct arena *arena, const struct member *member,
			       const struct moment *moment)
{
	uint64_t lived = moment->up > member->start ? moment->up - member->start : 0;
	uint64_t used = member->user_time + member->system_time;
	uint64_t percent = lived ? used * 100 / lived : 0;

	return print_number(arena, percent > 99 ? 99 : percent);
}

static const char *print_start(struct arena *arena, const struct member *member,
			       const struct moment *moment)
{
	uint64_t lived = moment->up > member->start ? moment->up - member->start : 0;
	time_t start = moment->now - (time_t)(lived / moment->hertz);
	bool today = moment->now - start < DAY;
	char text[16] = "?";
	struct tm tm;

	if (localtime_r(&start, &tm))
		strftime(text, sizeof(text), today ? "%H:%M" : "%b%d", &tm);
	return arena_copy(arena, text, strlen(text));
}

/* Documentation/admin-guide/devices.txt: 136 to 143 are pseudo-terminals, 4 the console and serial lines. */
static const char *print_terminal(struct arena *arena, const struct member *member,
				  const struct moment *moment)
{
	unsigned int high = major((dev_t)member->terminal), low = minor((dev_t)member->terminal);

	(void)moment;
	if (high >= 136 && high <= 143)
		return arena_print(arena, "pts/%u", (high - 136) * 256 + low);
	if (high == 4)
		return low < 64 ? arena_print(arena, "tty%u", low) :
				  arena_print(arena, "ttyS%u", low - 64);
	return "?";
}

static const char *print_time(struct arena *arena, const struct member *member,
			      const struct moment *moment)
{
	uint64_t seconds = (member->user_time + member->system_time) / moment->hertz;

	return arena_print(arena, "%02" PRIu64 ":%02u:%02u", seconds / 3600,
			   (unsigned int)(seconds / 60 % 60), (unsigned int)(seconds % 60));
}

static const char *print_command(struct arena *arena, const struct member *member,
				 const struct moment *moment)
{
	(void)moment;
	return member_command(arena, member);
}

static const char *print_name(struct arena *arena, const struct member *member,
			      const struct moment *moment)
{
	(void)moment;
	return arena_copy(arena, member->name, strlen(member->name));
}

static const char *print_state(struct arena *arena, const struct member *member,
			       const struct moment *moment)
{
	(void)moment;
	return arena_print(arena, "%c", member->state);
}

static const char *print_resident(struct arena *arena, const struct member *member,
				  const struct moment *moment)
{
	(void)moment;
	return print_number(arena, member->resident * (uint64_t)getpagesize() / 1024);
}

static const struct column columns[] = {
	{ "uid", "UID", print_user },      { "pid", "PID", print_pid },
	{ "ppid", "PPID", print_parent },  { "c", "C", print_share },
	{ "stime", "STIME", print_start }, { "tty", "TTY", print_terminal },
	{ "time", "TIME", print_time },    { "cmd", "CMD", print_command },
	{ "comm", "COMMAND", print_name }, { "s", "S", print_state },
	{ "rss", "RSS", print_resident },
};

enum { COLUMN_COUNT = sizeof(columns) / sizeof(columns[0]), COLUMNS_MAX = 16 };

static const char usual[] = "uid,pid,ppid,c,stime,tty,time,cmd";

/* The columns that WORDS name; LIST is all NULL. Returns how many, or -EINVAL, said. */
static int columns_find(const struct column **list, struct arena *arena, const char *words)
{
	char *rest = arena_copy(arena, words, strlen(words)), *word;
	int count = 0;
	size_t i;

	while ((word = strsep(&rest, ","))) {
		for (i = 0; i < COLUMN_COUNT && strcmp(columns[i].word, word) != 0; i++)
			;
		if (i == COLUMN_COUNT || count == COLUMNS_MAX)
			return fail(0,
				    "top: no column '%s': expected some of %s,comm,s,rss, at most %d",
				    word, usual, COLUMNS_MAX);
		list[count++] = &columns[i];
	}
	return count ? count : fail(ENOMEM, "top");
}

static void moment_read(struct moment *moment)
{
	struct timespec up = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &up);
	moment->hertz = (uint64_t)sysconf(_SC_CLK_TCK);
	moment->up = (uint64_t)up.tv_sec * moment->hertz;
	moment->now = time(NULL);
}

static int top(struct arena *arena, const struct record *record, const char *words)
{
	const struct column *list[COLUMNS_MAX + 1] = { NULL };
	int count = columns_find(list, arena, words), i, ret;
	struct table table = { .columns = (size_t)count };
	struct members members;
	struct moment moment;
	const char *text;
	size_t row;

	if (count < 0)
		return count;
	ret = members_list(&members, arena, record);
	if (ret < 0)
		return fail(-ret, "%s: list its processes", record->name);
	moment_read(&moment);
	for (i = 0; list[i]; i++)
		table_add(&table, arena, list[i]->title);
	for (row = 0; row < members.count; row++) {
		for (i = 0; list[i]; i++)
			table_add(&table, arena, list[i]->print(arena, &members.items[row], &moment));
	}
	text = table_print(arena, &table, 2);
	return text ? say(text) : fail(ENOMEM, "top");
}

/* What follows the name: ps's -ef, or -o and columns. NULL, said, for anything else. */
static const char *top_columns(char **words)
{
	if (!words[0] || (strcmp(words[0], "-ef") == 0 && !words[1]))
		return usual;
	if (strcmp(words[0], "-o") == 0 && words[1] && !words[2])
		return words[1];
	if (strncmp(words[0], "-o", 2) == 0 && words[0][2] && !words[1])
		return words[0] + 2;
	fail(0, "top %s: expected -ef, or -o and columns, such as -o pid,time,cmd", words[0]);
	return NULL;
}

int cmd_top(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct record record;
	const char *words;
	int ret;

	if (argc < 2 || argv[1][0] == '-') {
		fail(0, "top needs the name of a sandbox: davit top NAME [-o COLUMN,…]");
		return EXIT_USAGE;
	}
	words = top_columns(argv + 2);
	if (!words)
		return EXIT_USAGE;
	ret = record_open_running(&record, &arena, verb_run_root(), argv[1]);
	if (ret == 0) {
		ret = top(&arena, &record, words);
		record_close(&record);
	}
	arena_close(&arena);
	return ret < 0 ? EXIT_FAILED : 0;
}
