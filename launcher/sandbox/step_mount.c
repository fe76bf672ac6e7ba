/* SPDX-License-Identifier: MIT */
/* Box steps inside the tree that the image, a volume or the operator has a say in: mounts, binds,
 * devices. Each target is resolved beneath the root's descriptor and mounted on by descriptor, so
 * that no link in the image or in a volume leads anywhere else. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/fd.h"
#include "base/sys.h"
#include "base/tree.h"
#include "sandbox/step.h"

enum { FD_PATH_SIZE = 32 };

static const char *fd_path(char *buffer, int fd)
{
	snprintf(buffer, FD_PATH_SIZE, "/proc/self/fd/%d", fd);
	return buffer;
}

static int mount_at(int target, const char *source, const struct step *step, unsigned long flags)
{
	char path[FD_PATH_SIZE];

	return mount(source, fd_path(path, target), step->type, flags, step->data) < 0 ? -errno : 0;
}

int step_mount(const struct step *step, struct box *box)
{
	autoclose int target = tree_mkdir(box->root, step->target, 0755);

	if (target < 0)
		return target;
	return mount_at(target, "davit", step, step->flags);
}

/* A directory of the stage, which has all the flags that it needs. */
int step_scratch(const struct step *step, struct box *box)
{
	autoclose int target = tree_mkdir(box->root, step->target, 0755);

	if (target < 0)
		return target;
	return mount_at(target, step->source, step, MS_BIND);
}

/* The flags that the mount has already; setting new ones must not take any of these away. */
static int flags_of(unsigned long *flags, int fd)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs) < 0)
		return -errno;
	*flags = (fs.f_flag & ST_RDONLY ? MS_RDONLY : 0) | (fs.f_flag & ST_NOSUID ? MS_NOSUID : 0) |
		 (fs.f_flag & ST_NODEV ? MS_NODEV : 0) | (fs.f_flag & ST_NOEXEC ? MS_NOEXEC : 0) |
		 (fs.f_flag & ST_NOATIME ? MS_NOATIME : 0) |
		 (fs.f_flag & ST_RELATIME ? MS_RELATIME : 0) |
		 (fs.f_flag & ST_NODIRATIME ? MS_NODIRATIME : 0);
	return 0;
}

/* Mount what is mounted at the target again with FLAGS added. The target is looked up once more, so
 * it must be the very file that WANTED was: others may change a volume or a directory image
 * meanwhile, and the flags would go astray. */
static int restrict_at(struct box *box, const struct step *step, const struct stat *wanted,
		       unsigned long flags)
{
	autoclose int top = tree_open(box->root, step->target, O_PATH);
	char path[FD_PATH_SIZE];
	unsigned long present = 0;
	struct stat st;
	int ret;

	if (top < 0)
		return top;
	if (fstat(top, &st) < 0)
		return -errno;
	if (st.st_dev != wanted->st_dev || st.st_ino != wanted->st_ino)
		return -ESTALE;
	ret = flags_of(&present, top);
	if (ret < 0)
		return ret;
	flags |= present | MS_REMOUNT | MS_BIND;
	return mount(NULL, fd_path(path, top), NULL, flags, NULL) < 0 ? -errno : 0;
}

/* Bind the file or directory SOURCE, open, on the target, which is made to match; ST says what it is. */
static int bind_at(struct box *box, const struct step *step, int source, struct stat *st)
{
	autoclose int target = -1;
	char path[FD_PATH_SIZE];

	if (fstat(source, st) < 0)
		return -errno;
	if (S_ISLNK(st->st_mode))
		return -ELOOP;
	if (S_ISDIR(st->st_mode))
		target = tree_mkdir(box->root, step->target, 0755);
	else
		target = tree_create(box->root, step->target, O_PATH, 0644);
	if (target < 0)
		return target;
	return mount_at(target, fd_path(path, source), step, MS_BIND);
}

int step_bind(const struct step *step, struct box *box)
{
	autoclose int source = tree_open_plain(step->source, O_PATH);
	struct stat st;
	int ret;

	if (source < 0)
		return source;
	ret = bind_at(box, step, source, &st);
	return ret < 0 ? ret : restrict_at(box, step, &st, step->flags);
}

/* As writable as any file of the image: a volatile one, in the stage. */
int step_file(const struct step *step, struct box *box)
{
	autoclose int file =
		open(step->source, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	autoclose int target = -1;
	int ret;

	if (file < 0)
		return -errno;
	ret = sys_write_all(file, step->data, strlen(step->data));
	if (ret < 0)
		return ret;
	target = tree_create(box->root, step->target, O_PATH, 0644);
	return target < 0 ? target : mount_at(target, step->source, &(struct step){ 0 }, MS_BIND);
}

/* A node with the number, mode and owner of the host's; links such as /dev/serial/by-id/… are followed. */
int step_device(const struct step *step, struct box *box)
{
	autoclose int source = openat(AT_FDCWD, step->source, O_PATH | O_CLOEXEC);
	autoclose int target = -1;
	struct stat st;
	int ret;

	if (source < 0 || fstat(source, &st) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return -ENODEV;
	if (step->numbers[0] &&
	    (step->numbers[0] != (st.st_mode & S_IFMT) || step->numbers[1] != st.st_rdev))
		return -ESTALE;
	ret = tree_mknod(box->root, step->target, (st.st_mode & S_IFMT) | (st.st_mode & 0777),
			 st.st_rdev);
	if (ret < 0)
		return ret;
	target = tree_open(box->root, step->target, O_PATH | O_NOFOLLOW);
	if (target < 0)
		return target;
	/* Those of this machine mean nothing in a user namespace: there it belongs to root. */
	if (box->users >= 0)
		return 0;
	return fchownat(target, "", st.st_uid, st.st_gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}
