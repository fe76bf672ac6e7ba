/* SPDX-License-Identifier: MIT */
/* End and remove what killed davits left: processes, cgroups, state directories. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/list.h"
#include "base/log.h"
#include "base/text.h"
#include "config.h"
#include "sandbox/ending.h"
#include "sandbox/pause.h"
#include "sandbox/state.h"

/* A killed davit takes its app along by SIGKILL. */
enum { CODE_KILLED = 128 + 9, LINKS_ALONE = 2 };

/* A cgroup that is busy although nothing of this sandbox was ever STARTED is one of the same name elsewhere. */
static int tidy_cgroup(char *path, size_t top, bool started)
{
	int ret = started ? state_remove_cgroup(path) : 0;

	if (!started)
		rmdir(path);
	for (;;) {
		char *slash = strrchr(path, '/');

		if (ret < 0 || slash <= path + top)
			return ret;
		*slash = '\0';
		state_remove_cgroup_parent(path);
	}
}

/* DIR is the state directory: where the cgroups are below another one, a link in it says which. */
static int tidy_cgroups(int dir, const char *name, const struct host *known, bool started)
{
	struct host all = *known, *host = &all;
	char path[PATH_MAX], parent[NAME_MAX + 1];
	ssize_t got = readlinkat(dir, STATE_PARENT, parent, sizeof(parent) - 1);
	size_t n;
	int ret;

	if (got < 0 && errno != ENOENT)
		return -errno;
	/* Whatever this launch needs: the other one may have had limits. */
	ret = host_read_more(host);
	parent[got < 0 ? 0 : got] = '\0';
	for (n = 0; n < CONTROLLER_COUNT && ret == 0; n++) {
		/* The limit of processes is the one that nobody can be added to meanwhile. */
		const size_t i = (n + CONTROLLER_PIDS) % CONTROLLER_COUNT;

		if (!host->controllers[i].version)
			continue;
		snprintf(path, sizeof(path), "%s/%s%s%s", host->controllers[i].path,
			 got < 0 ? STATE_CGROUP : parent, got < 0 ? "" : "/", name);
		ret = tidy_cgroup(path, strlen(host->controllers[i].path), started);
	}
	return ret;
}

/* Where nobody has read the machine's facts yet. */
static int tidy_known_cgroups(int dir, const char *name, const struct host *host, bool started)
{
	struct host read;
	int ret = 0;

	if (!host)
		ret = host_read(&read);
	return ret < 0 ? ret : tidy_cgroups(dir, name, host ? host : &read, started);
}

/* With the run directory locked. What a living davit has is left alone: its record lock tells. */
static int tidy_one(int run_root, const char *name, const struct host *host)
{
	autoclose int dir = openat(run_root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	autoclose int fd = -1;
	int ret = 0;

	if (dir < 0)
		return 0;
	/* One that has ended, and is kept; without a record, its removal was cut off. */
	if (faccessat(dir, "exit", F_OK, 0) == 0)
		return faccessat(dir, "pid", F_OK, 0) == 0 ?
			       0 :
			       state_remove(run_root, name, CODE_KILLED);
	fd = openat(dir, "pid", O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno != ENOENT)
		return -errno;
	if (fd >= 0 && state_lock_record(fd) < 0)
		return 0;
	if (CONFIG_BECOME && fd >= 0 && faccessat(dir, STATE_UNWATCHED, F_OK, 0) == 0 &&
	    state_is_alive(fd))
		return 0;
	/* Frozen by cgroup v1, it would not even die. */
	if (CONFIG_CMD_PAUSE)
		pause_thaw(dir);
	if (fd >= 0)
		ret = state_end_process(fd);
	if (CONFIG_IMAGE_OCI && ret == 0)
		kept_tidy(dir);
	if (CONFIG_VERITY)
		verity_tidy();
	if (ret >= 0)
		ret = tidy_known_cgroups(dir, name, host, ret > 0);
	if (ret == 0 && CONFIG_DETACH)
		ret = ending_settle(dir);
	return ret == 0 ? state_remove(run_root, name, CODE_KILLED) : ret;
}

void state_tidy(const char *run_root, const struct host *host)
{
	autoclose int lock = -1;
	struct list list;
	const char *name;
	struct stat st;

	/* A file system that counts a directory's links shows at once that there is nothing. */
	if (stat(run_root, &st) < 0 || st.st_nlink == LINKS_ALONE)
		return;
	lock = host ? state_lock(run_root) : state_try_lock(run_root);
	if (lock < 0)
		return;
	list_begin(&list, lock);
	while ((name = list_next(&list))) {
		int ret = text_is_name(name) ? tidy_one(lock, name, host) : 0;

		if (ret < 0)
			warn("%s/%s: left by a davit that was killed, cannot be removed: %s",
			     run_root, name, strerror(-ret));
	}
}
