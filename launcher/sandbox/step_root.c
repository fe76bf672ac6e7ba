/* SPDX-License-Identifier: MIT */
/* Box steps from the image to a root of its own: stage, image, overlay, root, pivot. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"
#include "sandbox/step.h"
#include "sandbox/userns.h"

static int do_mount(const struct step *step, const char *source, const char *type, unsigned long flags)
{
	return mount(source, step->target, type, flags, step->data) < 0 ? -errno : 0;
}

/* Where no child is made in them. */
int step_unshare(const struct step *step, struct box *box)
{
	(void)box;
	return unshare((int)step->numbers[0]) < 0 ? -errno : 0;
}

/* Only after the cgroups are joined: the namespace's root is where its maker is. */
int step_cgroup_namespace(const struct step *step, struct box *box)
{
	(void)step;
	(void)box;
	return unshare(CLONE_NEWCGROUP) < 0 ? -errno : 0;
}

/* Nothing that is mounted from here on is seen outside, nor the other way round. */
int step_private(const struct step *step, struct box *box)
{
	(void)step;
	(void)box;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

int step_stage(const struct step *step, struct box *box)
{
	static const struct {
		const char *name;
		mode_t mode;
	} parts[] = {
		{ "lower", 0755 }, { "upper", 0755 }, { "work", 0755 },
		{ "root", 0755 },  { "tmp", 01777 },  { "run", 0755 },
		{ "shm", 01777 },  { "empty", 0555 }, { "dev", 0755 },
	};
	autoclose int stage = -1;
	char name[BOX_PATH_SIZE];
	size_t i;
	int ret = do_mount(step, "davit", "tmpfs", step->flags);

	(void)box;
	if (ret < 0)
		return ret;
	stage = openat(AT_FDCWD, step->target, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (stage < 0)
		return -errno;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (mkdirat(stage, parts[i].name, parts[i].mode) < 0)
			return -errno;
	}
	for (i = 0; step->numbers[0] > 1 && i < step->numbers[0]; i++) {
		snprintf(name, sizeof(name), "lower%zu", i);
		if (mkdirat(stage, name, 0755) < 0)
			return -errno;
	}
	return 0;
}

int step_image(const struct step *step, struct box *box)
{
	int ret = do_mount(step, box->devices[step->numbers[0]].path, step->type, step->flags);

	return ret < 0 || !CONFIG_USERNS || box->users < 0 ? ret :
							     userns_map_owners(box, step->target);
}

/* The descriptor was opened outside, and mounts of another mount namespace cannot be bound: the
 * directory is opened again here, and must be the same one. */
static int reopen(const struct step *step, const struct box *box)
{
	autoclose int fd = openat(AT_FDCWD, step->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat here, there;

	if (fd < 0 || fstat(fd, &here) < 0 || fstat(box->plan->sandbox->image->fd, &there) < 0)
		return -errno;
	if (here.st_dev != there.st_dev || here.st_ino != there.st_ino)
		return -ESTALE;
	return steal_fd(&fd);
}

/* A bind mount takes its flags only when it is mounted again. */
int step_tree(const struct step *step, struct box *box)
{
	autoclose int fd = reopen(step, box);
	char source[BOX_PATH_SIZE];
	int ret;

	if (fd < 0)
		return fd;
	snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
	ret = do_mount(step, source, NULL, MS_BIND);
	if (ret == 0)
		ret = do_mount(step, NULL, NULL, MS_REMOUNT | MS_BIND | step->flags);
	return ret < 0 || !CONFIG_USERNS || box->users < 0 ? ret :
							     userns_map_owners(box, step->target);
}

/* From the folder of its parts: the app can read in its mount table what they were called. */
int step_overlay(const struct step *step, struct box *box)
{
	(void)box;
	if (chdir(step->source) < 0)
		return -errno;
	return do_mount(step, "davit", "overlay", step->flags);
}

int step_root(const struct step *step, struct box *box)
{
	box->root = openat(AT_FDCWD, step->target, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return box->root < 0 ? -errno : 0;
}

/* The initial ramfs cannot be pivoted away from: the new root is moved on top of it instead, where
 * no path leads back below. Documentation/filesystems/ramfs-rootfs-initramfs.rst. */
static int move_root(void)
{
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0)
		return -errno;
	return 0;
}

/* Try the way out that chroot(2) describes, which CAP_SYS_CHROOT alone would open were the new root
 * not the root of the mount namespace's tree: with the working directory outside of the root, ".."
 * knows no end. */
static int prove_closed(void)
{
	autoclose int root = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat inside, reached;

	if (root < 0 || fstat(root, &inside) < 0)
		return -errno;
	if (chroot("/proc") < 0 || fchdir(root) < 0 || chdir("..") < 0 || stat(".", &reached) < 0)
		return -errno;
	if (fchdir(root) < 0 || chroot(".") < 0)
		return -errno;
	return inside.st_dev == reached.st_dev && inside.st_ino == reached.st_ino ? 0 : -EXDEV;
}

/* pivot_root(2), "pivot_root(".", ".")": the old root is stacked on the new one, then taken off. */
int step_pivot(const struct step *step, struct box *box)
{
	int ret;

	(void)step;
	if (fchdir(box->root) < 0)
		return -errno;
	ret = sys_pivot_root(".", ".");
	if (ret == -EINVAL)
		ret = move_root();
	else if (ret == 0 && umount2(".", MNT_DETACH) < 0)
		ret = -errno;
	if (ret == 0 && chdir("/") < 0)
		ret = -errno;
	fd_close(&box->root);
	return ret < 0 ? ret : prove_closed();
}
