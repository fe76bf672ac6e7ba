/* SPDX-License-Identifier: MIT */
/* Host steps that write limits into the control files of a cgroup. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/sys.h"
#include "sandbox/step.h"

enum { TEXT_ROOM = 1024 };

/* Where the kernel may make less of a value than was asked, what it made of it. */
static int read_back(const char *path, const char *wanted)
{
	char text[TEXT_ROOM];
	ssize_t got = sys_read_file(text, sizeof(text), AT_FDCWD, path);

	if (got < 0)
		return (int)got;
	text[strcspn(text, "\n")] = '\0';
	return strcmp(text, wanted) == 0 ? 0 : -ENXIO;
}

int step_control(const struct step *step, struct box *box)
{
	int ret = sys_write_file(AT_FDCWD, step->target, step->data);

	(void)box;
	return ret == 0 && step->source ? read_back(step->source, step->data) : ret;
}

/* A kernel without the file has not what it limits. */
int step_control_if_there(const struct step *step, struct box *box)
{
	int ret = step_control(step, box);

	return ret == -ENOENT ? 0 : ret;
}

/* What the cgroup above has, unless it has something already: somebody's choice for all that is in it. */
int step_inherit(const struct step *step, struct box *box)
{
	const char *file = strrchr(step->target, '/');
	char path[PATH_MAX], text[TEXT_ROOM];
	ssize_t got = sys_read_file(text, sizeof(text), AT_FDCWD, step->target);

	(void)box;
	if (got < 0 || text[strspn(text, " \n")])
		return got < 0 ? (int)got : 0;
	if (snprintf(path, sizeof(path), "%.*s/..%s", (int)(file - step->target), step->target,
		     file) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	got = sys_read_file(text, sizeof(text), AT_FDCWD, path);
	return got < 0 ? (int)got : sys_write_file(AT_FDCWD, step->target, text);
}

int step_throttle(const struct step *step, struct box *box)
{
	autoclose int disk = open(step->source, O_PATH | O_CLOEXEC);
	char text[TEXT_ROOM];
	struct stat st;
	int ret;

	(void)box;
	if (disk < 0 || fstat(disk, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	snprintf(text, sizeof(text), "%u:%u %s%s%" PRIu64, major(st.st_rdev), minor(st.st_rdev),
		 step->flags == 2 ? step->type : "", step->flags == 2 ? "=" : "", step->numbers[0]);
	ret = sys_write_file(AT_FDCWD, step->target, text);
	return ret == -ENOENT ? -EOPNOTSUPP : ret;
}

int step_weight(const struct step *step, struct box *box)
{
	int ret = sys_write_file(AT_FDCWD, step->target, step->data);

	(void)box;
	return ret == -ENOENT ? sys_write_file(AT_FDCWD, step->source, step->type) : ret;
}
