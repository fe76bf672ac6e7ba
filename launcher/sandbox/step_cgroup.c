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
#include "base/sys.h"
#include "sandbox/state.h"
#include "sandbox/step.h"

enum { OWN = 1 };

int step_control(const struct step *step, struct box *box)
{
	(void)box;
	return sys_write_file(AT_FDCWD, step->target, step->data);
}

/* On any other file system a directory would be made just as well, and would limit nothing. */
static int is_cgroup(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == CGROUP_SUPER_MAGIC || fs.f_type == CGROUP2_SUPER_MAGIC ? 0 : -EMEDIUMTYPE;
}

static int cgroup_open(const struct step *step, struct box *box)
{
	autoclose int dir = open(step->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int ret;

	if (dir < 0)
		return -errno;
	ret = is_cgroup(dir);
	if (ret < 0)
		return ret;
	ret = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (ret < 0)
		return -errno;
	box->cgroups[box->cgroup_count++] = ret;
	fd_close(&box->lock);
	return 0;
}

/* davit/, which all sandboxes share, stays locked until this one's own cgroup is in it, so that
 * nobody removes it as empty. */
static int parent_open(const struct step *step, struct box *box)
{
	int ret;

	box->lock = state_lock_cgroup(step->target, true);
	if (box->lock < 0)
		return box->lock;
	ret = is_cgroup(box->lock);
	if (ret < 0)
		rmdir(step->target);
	return ret;
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

void undo_cgroup(const struct step *step, struct box *box)
{
	int ret;

	if (step->flags != OWN) {
		fd_close(&box->lock);
		state_remove_cgroup_parent(step->target);
		return;
	}
	box->cgroup_count--;
	fd_close(&box->cgroups[box->cgroup_count]);
	ret = state_remove_cgroup(step->target);
	if (ret < 0) {
		box->stuck = true;
		warn("%s: cannot be removed now, the next davit run will: %s", step->target,
		     strerror(-ret));
	}
}

int step_join(const struct step *step, struct box *box)
{
	int i;

	(void)step;
	for (i = 0; i < box->cgroup_count; i++) {
		/* 0: the writing process, whatever its number is in which namespace. */
		if (write(box->cgroups[i], "0", 1) != 1)
			return -errno;
	}
	return 0;
}
