/* SPDX-License-Identifier: MIT */
/* Host steps that make and limit cgroups, and the box step that joins them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "sandbox/state.h"
#include "sandbox/step.h"

enum { OWN = 1 };

/* On any other file system a directory would be made just as well, and would limit nothing. */
static int cgroup_version(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	if ((unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC)
		return 2;
	return (unsigned long)fs.f_type == CGROUP_SUPER_MAGIC ? 1 : -EMEDIUMTYPE;
}

/* Of a sandbox's cgroups, at most one is v2. */
static bool is_version2(int fd)
{
	return cgroup_version(fd) == 2;
}

/* v1: "tasks" moves one thread, which is all that the child has, and takes only its own moment;
 * "cgroup.procs" makes the kernel wait until every processor has noticed (2 to 15 ms). */
static int cgroup_open(const struct step *step, struct box *box)
{
	autoclose int dir =
		openat(AT_FDCWD, step->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int version, ret;

	if (dir < 0)
		return -errno;
	version = cgroup_version(dir);
	if (version < 0)
		return version;
	ret = openat(dir, version == 2 ? "cgroup.procs" : "tasks", O_RDWR | O_CLOEXEC);
	if (ret < 0)
		return -errno;
	box->cgroups[box->cgroup_count++] = ret;
	if (version == 2)
		box->cgroup2 = steal_fd(&dir);
	fd_close(&box->lock);
	return 0;
}

/* A cgroup that sandboxes share stays locked until the next one on the path to this one's own is in
 * it, so that nobody removes it as empty. */
static int parent_open(const struct step *step, struct box *box)
{
	int above = box->lock, ret;

	box->lock = state_lock_cgroup(step->target, true);
	fd_close(&above);
	if (box->lock < 0)
		return box->lock;
	ret = cgroup_version(box->lock);
	if (ret < 0)
		rmdir(step->target);
	return ret < 0 ? ret : 0;
}

int step_cgroup(const struct step *step, struct box *box)
{
	int ret;

	if (step->flags != OWN)
		return parent_open(step, box);
	if (mkdir(step->target, 0755) < 0)
		return -errno;
	ret = cgroup_open(step, box);
	if (ret < 0)
		rmdir(step->target);
	return ret;
}

static void cgroup_close(struct box *box)
{
	box->cgroup_count--;
	if (is_version2(box->cgroups[box->cgroup_count]))
		fd_close(&box->cgroup2);
	fd_close(&box->cgroups[box->cgroup_count]);
}

void undo_cgroup(const struct step *step, struct box *box)
{
	int ret;

	if (step->flags != OWN) {
		fd_close(&box->lock);
		state_remove_cgroup_parent(step->target);
		return;
	}
	cgroup_close(box);
	ret = state_remove_cgroup(step->target);
	if (ret < 0) {
		box->stuck = true;
		warn("%s: cannot be removed now, the next davit run will: %s", step->target,
		     strerror(-ret));
	}
}

/* A cgroup that somebody else made and will remove. */
int step_into(const struct step *step, struct box *box)
{
	return cgroup_open(step, box);
}

void undo_into(const struct step *step, struct box *box)
{
	(void)step;
	cgroup_close(box);
}

int step_join(const struct step *step, struct box *box)
{
	int i;

	(void)step;
	for (i = 0; i < box->cgroup_count; i++) {
		if (box->joined2 && is_version2(box->cgroups[i]))
			continue;
		/* 0: the writing process, whatever its number is in which namespace. */
		if (write(box->cgroups[i], "0", 1) != 1)
			return -errno;
	}
	return 0;
}
