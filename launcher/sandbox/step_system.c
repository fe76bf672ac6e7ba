/* SPDX-License-Identifier: MIT */
/* Box steps in /proc, /sys and /dev, which davit mounts itself: kept by descriptor, so that
 * whatever becomes of the tree around them, what is masked, closed and made is in these very file
 * systems. Only the kernel and davit have put names there, none of them a link that leads out, so
 * names are used as they are. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/tree.h"
#include "sandbox/step.h"

enum { FD_PATH_SIZE = 32 };

static const struct {
	const char *path;
	unsigned long magic;
} tops[BOX_TOP_COUNT] = {
	[BOX_PROC] = { "/proc", PROC_SUPER_MAGIC },
	[BOX_SYS] = { "/sys", SYSFS_MAGIC },
	[BOX_DEV] = { "/dev", TMPFS_MAGIC },
};

/* The number of the file system that the target is in; *rest is its name in there, empty for the top itself. */
static size_t top_find(const char **rest, const char *target)
{
	size_t i;

	for (i = 0; i < BOX_TOP_COUNT; i++) {
		const size_t length = strlen(tops[i].path);

		if (strncmp(target, tops[i].path, length) != 0)
			continue;
		*rest = target + length;
		*rest += strspn(*rest, "/");
		break;
	}
	return i;
}

/* Make that file system the working directory; what is left of the target is then a relative name. */
static int top_enter(const char **rest, const struct box *box, const char *target)
{
	const size_t top = top_find(rest, target);

	if (top == BOX_TOP_COUNT || box->tops[top] < 0)
		return -EINVAL;
	return fchdir(box->tops[top]) < 0 ? -errno : 0;
}

/* The directory to mount on. Were it a link, what is done to it later would not reach it. */
static int place_open(const struct box *box, const char *target)
{
	autoclose int fd = tree_open(box->root, target, O_PATH | O_NOFOLLOW);
	struct stat st;

	if (fd == -ENOENT)
		return tree_mkdir(box->root, target, 0755);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	return S_ISDIR(st.st_mode) ? steal_fd(&fd) : -ENOTDIR;
}

int step_top(const struct step *step, struct box *box)
{
	autoclose int place = place_open(box, step->target);
	autoclose int top = -1;
	const char *rest;
	const size_t number = top_find(&rest, step->target);
	char path[FD_PATH_SIZE];
	struct statfs fs;

	if (place < 0)
		return place;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
	if (mount(step->source, path, step->type, step->flags, step->data) < 0)
		return -errno;
	top = tree_open(box->root, step->target, O_PATH | O_NOFOLLOW);
	if (top < 0)
		return top;
	if (fstatfs(top, &fs) < 0)
		return -errno;
	/* The directory was moved away under our hands. */
	if (number == BOX_TOP_COUNT || (unsigned long)fs.f_type != tops[number].magic)
		return -EMEDIUMTYPE;
	box->tops[number] = steal_fd(&top);
	/* A bind mount takes its flags only when it is mounted again. */
	if (!(step->flags & MS_BIND))
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", box->tops[number]);
	return mount(NULL, path, NULL, MS_REMOUNT | step->flags, NULL) < 0 ? -errno : 0;
}

int step_inner(const struct step *step, struct box *box)
{
	const char *rest;
	int ret = top_enter(&rest, box, step->target);

	if (ret < 0)
		return ret;
	if (mkdir(rest, 0755) < 0 ||
	    mount(step->source, rest, step->type, step->flags, step->data) < 0)
		return -errno;
	return 0;
}

/* What the kernel does not have needs no guard, and is not looked for again. */
static int absent_or_error(const struct step *step, struct box *box, const char *rest, int error)
{
	/* Not what is mounted there, but the place itself. */
	if (error != ENOENT || access(rest, F_OK) == 0 || errno != ENOENT)
		return -error;
	box->absent[step - box->plan->steps] = true;
	return 0;
}

/* From the top of /proc or /sys: no magic link has to be followed. That it is the device is seen by the read-back. */
static int mask_file(const char *rest)
{
	return mount("../dev/null", rest, NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

static int mask_directory(const struct step *step, const char *rest)
{
	if (mount(step->source, rest, NULL, MS_BIND, NULL) < 0 ||
	    mount(NULL, rest, NULL, MS_REMOUNT | MS_BIND | step->flags, NULL) < 0)
		return -errno;
	return 0;
}

/* An empty directory of the stage for a directory, /dev/null for a file; which it is may differ from what was planned. */
int step_mask(const struct step *step, struct box *box)
{
	const bool directory = step->numbers[0];
	const char *rest;
	int ret = top_enter(&rest, box, step->target);

	if (ret < 0)
		return ret;
	ret = directory ? mask_directory(step, rest) : mask_file(rest);
	if (ret == -ENOTDIR)
		ret = directory ? mask_file(rest) : mask_directory(step, rest);
	return ret < 0 ? absent_or_error(step, box, rest, -ret) : 0;
}

/* What is not a mount yet is bound on itself first. */
int step_read_only(const struct step *step, struct box *box)
{
	const char *rest;
	int ret = top_enter(&rest, box, step->target);

	if (ret < 0)
		return ret;
	if (!*rest)
		rest = ".";
	if (!step->numbers[0] && mount(rest, rest, NULL, MS_BIND, NULL) < 0)
		return absent_or_error(step, box, rest, errno);
	return mount(NULL, rest, NULL, MS_REMOUNT | MS_BIND | step->flags, NULL) < 0 ? -errno : 0;
}

int step_node(const struct step *step, struct box *box)
{
	const unsigned int major = (unsigned int)step->numbers[0],
			   minor = (unsigned int)step->numbers[1];
	const char *rest;
	int ret = top_enter(&rest, box, step->target);

	if (ret < 0)
		return ret;
	if (mknod(rest, major ? S_IFCHR | 0666 : S_IFREG | 0600, makedev(major, minor)) < 0)
		return -errno;
	return 0;
}

int step_link(const struct step *step, struct box *box)
{
	const char *rest;
	int ret = top_enter(&rest, box, step->target);

	if (ret < 0)
		return ret;
	return symlink(step->source, rest) < 0 ? -errno : 0;
}
