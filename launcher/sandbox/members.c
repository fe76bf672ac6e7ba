/* SPDX-License-Identifier: MIT */
/* The processes of a sandbox: found by their namespace, and by whose children they are. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/text.h"
#include "sandbox/members.h"
#include "sandbox/process.h"

enum { STAT_ROOM = 1024, COMMAND_ROOM = 4096, PROCS_ROOM = 65536 };

/* proc(5): the fields of stat behind the name, by their numbers there. */
enum {
	STAT_PARENT = 4,
	STAT_TERMINAL = 7,
	STAT_USER_TIME = 14,
	STAT_SYSTEM_TIME = 15,
	STAT_CHILDREN_USER_TIME = 16,
	STAT_CHILDREN_SYSTEM_TIME = 17,
	STAT_THREADS = 20,
	STAT_START = 22,
	STAT_RESIDENT = 24,
	STAT_COUNT
};

/* The name stands between the first "(" and the last ")", and may have both in it. */
static const char *name_parse(struct member *member, const char *text)
{
	const char *begin = strchr(text, '('), *end = strrchr(text, ')');

	if (!begin || !end || end < begin)
		return NULL;
	snprintf(member->name, sizeof(member->name), "%.*s", (int)(end - begin - 1), begin + 1);
	text_tame(member->name);
	return end + 1;
}

int member_parse(struct member *member, const char *text)
{
	uint64_t fields[STAT_COUNT] = { 0 };
	const char *at;
	int i;

	*member = (struct member){ 0 };
	at = name_parse(member, text);
	if (!at || at[0] != ' ' || !at[1] || at[2] != ' ')
		return -EINVAL;
	member->state = at[1];
	at += 2;
	for (i = STAT_PARENT; i < STAT_COUNT && at; i++) {
		/* Negative ones are not of interest, and read as 0. */
		(void)text_field(&fields[i], at + 1, "");
		at = strchr(at + 1, ' ');
	}
	if (i < STAT_COUNT || fields[STAT_PARENT] > INT32_MAX)
		return -EINVAL;
	member->parent = (pid_t)fields[STAT_PARENT];
	member->terminal = fields[STAT_TERMINAL];
	member->user_time = fields[STAT_USER_TIME];
	member->system_time = fields[STAT_SYSTEM_TIME];
	member->children_time = fields[STAT_CHILDREN_USER_TIME] + fields[STAT_CHILDREN_SYSTEM_TIME];
	member->threads = fields[STAT_THREADS];
	member->start = fields[STAT_START];
	member->resident = fields[STAT_RESIDENT];
	return 0;
}

/* The number of the namespace that PID is in, or 0 when it cannot be told. */
static ino_t namespace_of(int proc, pid_t pid)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "%d/ns/pid", (int)pid);
	return fstatat(proc, path, &st, 0) < 0 ? 0 : st.st_ino;
}

static int member_read(struct member *member, int proc, const char *name)
{
	char path[32], text[STAT_ROOM];
	uint64_t pid;
	int ret = text_number(&pid, name, INT32_MAX);

	if (ret < 0)
		return ret;
	snprintf(path, sizeof(path), "%d/stat", (int)pid);
	ret = (int)sys_read_file(text, sizeof(text), proc, path);
	if (ret >= 0)
		ret = member_parse(member, text);
	member->pid = (pid_t)pid;
	return ret;
}

/* How those are known that are inside for certain. */
struct inside {
	pid_t first;
	ino_t space;       /* of their namespace; 0: the host's */
	const char *procs; /* cgroup.procs of their cgroup, or NULL */
};

static bool is_inside(const struct inside *inside, int proc, pid_t pid)
{
	char word[16];

	if (pid == inside->first)
		return true;
	if (inside->space)
		return namespace_of(proc, pid) == inside->space;
	snprintf(word, sizeof(word), "%d", (int)pid);
	return inside->procs && text_has_word(inside->procs, word);
}

/* The processes of its own cgroup of processes, where it shares the host's namespace. */
static const char *cgroup_procs(struct arena *arena, const struct record *record)
{
	const char *cgroup = record_cgroup(arena, record, CONTROLLER_PIDS);
	const char *path = cgroup ? arena_print(arena, "%s/cgroup.procs", cgroup) : NULL;
	char *text = path ? arena_alloc(arena, PROCS_ROOM) : NULL;

	return text && sys_read_file(text, PROCS_ROOM, AT_FDCWD, path) >= 0 ? text : NULL;
}

/* Everything that runs here. */
static int list_all(struct members *all, struct arena *arena, DIR *list, const struct inside *inside)
{
	size_t room = 0;
	struct dirent *entry;

	while ((entry = readdir(list))) {
		struct member member;

		if (member_read(&member, dirfd(list), entry->d_name) < 0)
			continue;
		member.inside = is_inside(inside, dirfd(list), member.pid);
		if (all->count == room) {
			struct member *items;

			room = room ? room * 2 : 64;
			items = arena_alloc(arena, room * sizeof(*items));
			if (!items)
				return -ENOMEM;
			if (all->count)
				memcpy(items, all->items, all->count * sizeof(*items));
			all->items = items;
		}
		all->items[all->count++] = member;
	}
	return 0;
}

static bool parent_is_inside(const struct members *all, const struct member *member)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		if (all->items[i].pid == member->parent)
			return all->items[i].inside;
	}
	return false;
}

/* An app may make namespaces of its own below: what comes from inside is inside. */
static void spread(struct members *all)
{
	bool changed = true;
	size_t i;

	while (changed) {
		changed = false;
		for (i = 0; i < all->count; i++) {
			struct member *member = &all->items[i];

			if (!member->inside && parent_is_inside(all, member))
				changed = member->inside = true;
		}
	}
}

int members_list(struct members *members, struct arena *arena, const struct record *record)
{
	DIR *list = opendir("/proc");
	struct inside inside = { .first = record->pid };
	uint64_t start;
	size_t i, count = 0;
	int ret;

	*members = (struct members){ 0 };
	if (!list)
		return -errno;
	inside.space = namespace_of(dirfd(list), record->pid);
	if (inside.space == namespace_of(dirfd(list), getpid())) {
		inside.space = 0;
		inside.procs = cgroup_procs(arena, record);
	}
	/* Behind the look at its namespace: it is still the same process. */
	ret = process_start_time(&start, record->pid);
	if (ret == 0 && start != record->start)
		ret = -ESRCH;
	if (ret == 0)
		ret = list_all(members, arena, list, &inside);
	closedir(list);
	if (ret < 0)
		return ret;
	spread(members);
	for (i = 0; i < members->count; i++) {
		if (members->items[i].inside)
			members->items[count++] = members->items[i];
	}
	members->count = count;
	return 0;
}

const char *member_command(struct arena *arena, const struct member *member)
{
	char path[32], text[COMMAND_ROOM];
	int fd;
	ssize_t got = 0, i;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)member->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	while (got > 0 && !text[got - 1])
		got--;
	if (got <= 0)
		return arena_print(arena, "[%s]", member->name);
	text[got] = '\0';
	for (i = 0; i < got; i++) {
		if (!text[i])
			text[i] = ' ';
	}
	text_tame(text);
	return arena_copy(arena, text, (size_t)got);
}
