/* SPDX-License-Identifier: MIT */
/* Stop all processes of a sandbox where they are, and let them go on: by a cgroup's freezer.
 *
 * A sandbox that has a v2 cgroup of its own is frozen there. For another one, a cgroup is made
 * below the one that it is in, so that no limit from above is lost, and its processes are moved
 * there once it is frozen: whoever arrives is stopped, and cannot multiply. Where it is, is noted
 * in the file "freezer". */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "sandbox/members.h"
#include "sandbox/pause.h"
#include "sandbox/state.h"

enum { PASSES = 200, WAIT_STEP = 5000000, WAIT_STEPS = 2000, MOUNTS_ROOM = 65536, TEXT_ROOM = 512 };

static const char note[] = "freezer";

/* --- one freezer, by the path of its cgroup --------------------------------------------------------- */

static bool has_file(const char *cgroup, const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", cgroup, file);
	return access(path, F_OK) == 0;
}

static bool is_version2(const char *cgroup)
{
	return has_file(cgroup, "cgroup.freeze");
}

static int freezer_write(const char *cgroup, const char *file, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", cgroup, file);
	return sys_write_file(AT_FDCWD, path, text);
}

static int freezer_set(const char *cgroup, bool frozen)
{
	if (is_version2(cgroup))
		return freezer_write(cgroup, "cgroup.freeze", frozen ? "1" : "0");
	return freezer_write(cgroup, "freezer.state", frozen ? "FROZEN" : "THAWED");
}

/* FILE of the cgroup begins with, or has in a line, what is looked for. */
static bool freezer_says(const char *cgroup, const char *file, const char *line)
{
	char path[PATH_MAX], text[TEXT_ROOM];

	snprintf(path, sizeof(path), "%s/%s", cgroup, file);
	return sys_read_file(text, sizeof(text), AT_FDCWD, path) >= 0 && strstr(text, line);
}

/* Asked to be frozen, whether it has happened yet or not. */
static bool freezer_is_set(const char *cgroup)
{
	if (is_version2(cgroup))
		return freezer_says(cgroup, "cgroup.freeze", "1");
	return freezer_says(cgroup, "freezer.state", "FR");
}

static bool freezer_is_done(const char *cgroup)
{
	return freezer_says(cgroup, "cgroup.events", "frozen 1") ||
	       freezer_says(cgroup, "freezer.state", "FROZEN");
}

static void wait_a_little(void)
{
	const struct timespec time = { .tv_nsec = WAIT_STEP };

	nanosleep(&time, NULL);
}

static int freezer_wait(const char *cgroup)
{
	int i;

	for (i = 0; i < WAIT_STEPS; i++) {
		if (freezer_is_done(cgroup))
			return 0;
		wait_a_little();
	}
	return -ETIMEDOUT;
}

/* --- where it is noted ------------------------------------------------------------------------------ */

/* The cgroup that was noted, in PATH. Returns 0 or -errno; -ENOENT: it was never paused. */
static int note_read(char path[PATH_MAX], int dir)
{
	ssize_t got = sys_read_file(path, PATH_MAX, dir, note);

	if (got < 0)
		return (int)got;
	path[strcspn(path, "\n")] = '\0';
	return path[0] == '/' ? 0 : -ENOENT;
}

static int note_write(int dir, const char *path)
{
	autoclose int fd =
		openat(dir, note, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int ret = fd < 0 ? -errno : sys_write_all(fd, path, strlen(path));

	if (fd >= 0 && ret < 0)
		unlinkat(dir, note, 0);
	return ret;
}

bool pause_is_on(int dir)
{
	char path[PATH_MAX];

	return note_read(path, dir) == 0 && freezer_is_set(path);
}

void pause_thaw(int dir)
{
	char path[PATH_MAX];

	if (note_read(path, dir) == 0 && freezer_is_set(path))
		(void)freezer_set(path, false);
}

/* One of its own is removed by those who made it. */
void pause_forget(int dir)
{
	char path[PATH_MAX];

	if (note_read(path, dir) == 0) {
		(void)freezer_set(path, false);
		if (strstr(path, "/davit-"))
			(void)state_remove_cgroup(path);
	}
	unlinkat(dir, note, 0);
}

/* --- which freezer ---------------------------------------------------------------------------------- */

static const char *text_of(struct arena *arena, const char *path)
{
	char *text = arena_alloc(arena, MOUNTS_ROOM);
	ssize_t got = text ? sys_read_file(text, MOUNTS_ROOM, AT_FDCWD, path) : -ENOMEM;

	return got < 0 ? NULL : text;
}

/* Make a cgroup below the one that the sandbox's first process is in; its path, or NULL. */
static const char *cgroup_make(struct arena *arena, const struct record *record, const char *mounts,
			       const char *name)
{
	const char *mount = pause_mount_of(arena, mounts, name);
	const char *file = arena_print(arena, "/proc/%d/cgroup", (int)record->pid);
	const char *text = file ? text_of(arena, file) : NULL;
	const char *above = text ? pause_cgroup_of(arena, text, name) : NULL, *path;

	if (!mount || !above)
		return NULL;
	path = arena_print(arena, "%s%s/davit-%s-%d", mount, above[1] ? above : "", record->name,
			   (int)record->pid);
	if (!path || strlen(path) >= PATH_MAX - NAME_MAX ||
	    (mkdir(path, 0700) < 0 && errno != EEXIST))
		return NULL;
	if (has_file(path, name[0] ? "freezer.state" : "cgroup.freeze"))
		return path;
	rmdir(path);
	return NULL;
}

static bool shares_processes(struct arena *arena, const struct record *record)
{
	const char *namespaces = record_field(arena, record, "namespaces");

	return !namespaces || !(strtoul(namespaces, NULL, 16) & CLONE_NEWPID);
}

/* Its own v2 cgroup, a new v2 one, or a new one in v1's freezer hierarchy. NULL, said, for none. */
static const char *freezer_choose(struct arena *arena, const struct record *record)
{
	const char *path, *mounts;
	int i;

	for (i = 0; i < CONTROLLER_COUNT; i++) {
		path = record_cgroup(arena, record, (enum controller)i);
		if (path && is_version2(path))
			return path;
	}
	if (shares_processes(arena, record)) {
		fail(0,
		     "%s: cannot be paused: it shares the host's processes and has no cgroup of its own",
		     record->name);
		return NULL;
	}
	mounts = text_of(arena, "/proc/self/mounts");
	path = mounts ? cgroup_make(arena, record, mounts, "") : NULL;
	if (!path && mounts)
		path = cgroup_make(arena, record, mounts, "freezer");
	if (!path)
		fail(0,
		     "%s: cannot be paused: no cgroup with a freezer can be made (Linux from 5.2 on: mount cgroup2 on /sys/fs/cgroup; before: kernel with CONFIG_CGROUP_FREEZER)",
		     record->name);
	return path;
}

/* --- all processes into it -------------------------------------------------------------------------- */

/* Whether PID is in the text of cgroup.procs. */
static bool is_there(const char *procs, pid_t pid)
{
	char word[16];

	snprintf(word, sizeof(word), "%d", (int)pid);
	return text_has_word(procs, word);
}

/* Returns how many were moved, or -errno. */
static int move_once(struct arena *arena, const struct record *record, const char *cgroup)
{
	const char *path = arena_print(arena, "%s/cgroup.procs", cgroup);
	const char *procs = path ? text_of(arena, path) : NULL;
	struct members members;
	int moved = 0, ret = procs ? members_list(&members, arena, record) : -ENOMEM;
	size_t i;

	if (ret < 0)
		return ret;
	for (i = 0; i < members.count; i++) {
		const struct member *member = &members.items[i];
		char word[16];

		if (member->state == 'Z' || member->state == 'X' || is_there(procs, member->pid))
			continue;
		snprintf(word, sizeof(word), "%d", (int)member->pid);
		ret = sys_write_file(AT_FDCWD, path, word);
		if (ret < 0 && ret != -ESRCH)
			return ret;
		moved++;
	}
	return moved;
}

static int move_all(const struct record *record, const char *cgroup)
{
	int i, moved = 1;

	for (i = 0; i < PASSES && moved > 0; i++) {
		struct arena arena = { 0 };

		moved = move_once(&arena, record, cgroup);
		arena_close(&arena);
	}
	return moved > 0 ? -EAGAIN : moved;
}

/* ----------------------------------------------------------------------------------------------------- */

static int freeze(const struct record *record, const char *cgroup)
{
	int ret = freezer_set(cgroup, true);

	if (ret == 0 && strstr(cgroup, "/davit-"))
		ret = move_all(record, cgroup);
	if (ret == 0)
		ret = freezer_wait(cgroup);
	if (ret < 0) {
		(void)freezer_set(cgroup, false);
		return fail(-ret, "%s: pause by %s", record->name, cgroup);
	}
	return 0;
}

/* One at a time. */
static int pause_lock(const struct record *record)
{
	return flock(record->dir, LOCK_EX) < 0 ? fail(errno, "%s: lock it", record->name) : 0;
}

int pause_begin(struct arena *arena, const struct record *record)
{
	char noted[PATH_MAX];
	const char *cgroup = noted;
	int ret = pause_lock(record);

	if (ret < 0)
		return ret;
	ret = note_read(noted, record->dir);
	if (ret == 0 && freezer_is_set(noted))
		return fail(0, "%s: is paused already", record->name);
	if (ret == 0)
		return freeze(record, cgroup);
	if (ret != -ENOENT)
		return fail(-ret, "%s: read what was noted of its freezer", record->name);
	cgroup = freezer_choose(arena, record);
	if (!cgroup)
		return -EOPNOTSUPP;
	ret = note_write(record->dir, cgroup);
	if (ret < 0)
		return fail(-ret, "%s: note its freezer", record->name);
	return freeze(record, cgroup);
}

int pause_end(struct arena *arena, const struct record *record)
{
	char cgroup[PATH_MAX];
	int ret = pause_lock(record);

	(void)arena;
	if (ret < 0)
		return ret;
	if (note_read(cgroup, record->dir) < 0 || !freezer_is_set(cgroup))
		return fail(0, "%s: is not paused", record->name);
	ret = freezer_set(cgroup, false);
	return ret < 0 ? fail(-ret, "%s: unpause by %s", record->name, cgroup) : 0;
}
