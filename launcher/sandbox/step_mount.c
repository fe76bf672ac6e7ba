/* SPDX-License-Identifier: MIT */
/* Box steps inside the tree: mounts, binds, masks, device nodes, links. Each target is resolved
 * beneath the root's descriptor and mounted on by descriptor, so that no link in the image or in a
 * volume leads anywhere else. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/fd.h"
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

/* /proc, /sys and /dev must stand where they say: were one a link, what is done to it later would not reach it. */
static int check_plain(const struct box *box, const struct step *step)
{
	autoclose int fd = tree_open(box->root, step->target, O_PATH | O_NOFOLLOW);
	struct stat st;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int step_mount(const struct step *step, struct box *box)
{
	autoclose int target = -1;
	int ret = step->numbers[0] ? check_plain(box, step) : 0;

	if (ret < 0)
		return ret;
	target = tree_mkdir(box->root, step->target, 0755);
	if (target < 0)
		return target;
	return mount_at(target, "davit", step, step->flags);
}

/* Open a path below /proc, /sys or /dev, having seen that this is the kernel's own file system, no
 * link, and not something that an image made in its place. Returns a descriptor or -errno; -ENOENT:
 * the kernel has no such file. */
static int guarded_open(const struct box *box, const char *target)
{
	static const struct {
		const char *top;
		unsigned long type;
	} tops[] = {
		{ "/proc", PROC_SUPER_MAGIC },
		{ "/sys", SYSFS_MAGIC },
		{ "/dev", TMPFS_MAGIC },
	};
	struct statfs fs;
	size_t i;

	for (i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		size_t length = strlen(tops[i].top);
		autoclose int top = -1;

		if (strncmp(target, tops[i].top, length) != 0 ||
		    (target[length] && target[length] != '/'))
			continue;
		top = tree_open(box->root, tops[i].top, O_PATH | O_NOFOLLOW);
		if (top < 0)
			return top == -ENOENT ? -EMEDIUMTYPE : top;
		if (fstatfs(top, &fs) < 0)
			return -errno;
		if ((unsigned long)fs.f_type != tops[i].type)
			return -EMEDIUMTYPE;
		return target[length] ? tree_open(top, target + length, O_PATH | O_NOFOLLOW) :
					steal_fd(&top);
	}
	return -EINVAL;
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

/* The box's own /dev/null: its number is checked, not its name. */
static int open_null(const struct box *box)
{
	autoclose int fd = guarded_open(box, "/dev/null");
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return -ENOTUNIQ;
	return steal_fd(&fd);
}

/* A directory disappears under an empty read-only tmpfs, a file under /dev/null; what the kernel
 * does not have needs no mask. */
int step_mask(const struct step *step, struct box *box)
{
	const struct step empty = { .type = "tmpfs", .data = "size=4k,nr_inodes=2,mode=0555" };
	autoclose int target = guarded_open(box, step->target);
	autoclose int null = -1;
	char path[FD_PATH_SIZE];
	struct stat st;

	if (target == -ENOENT)
		return 0;
	if (target < 0)
		return target;
	if (fstat(target, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return mount_at(target, "davit", &empty,
				MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
	null = open_null(box);
	if (null < 0)
		return null;
	return mount_at(target, fd_path(path, null), step, MS_BIND);
}

/* What is not a mount yet is bound on itself first; what the kernel does not have needs no guard. */
int step_read_only(const struct step *step, struct box *box)
{
	autoclose int target = guarded_open(box, step->target);
	struct stat st;
	int ret;

	if (target == -ENOENT)
		return 0;
	if (target < 0)
		return target;
	if (step->flags)
		ret = fstat(target, &st) < 0 ? -errno : 0;
	else
		ret = bind_at(box, step, target, &st);
	return ret < 0 ? ret : restrict_at(box, step, &st, MS_RDONLY);
}

int step_node(const struct step *step, struct box *box)
{
	if (!step->numbers[0])
		return tree_mknod(box->root, step->target, S_IFREG | 0600, 0);
	return tree_mknod(box->root, step->target, S_IFCHR | 0666,
			  makedev((unsigned int)step->numbers[0], (unsigned int)step->numbers[1]));
}

/* A node with the number, mode and owner of the host's; links such as /dev/serial/by-id/… are followed. */
int step_device(const struct step *step, struct box *box)
{
	autoclose int source = open(step->source, O_PATH | O_CLOEXEC);
	autoclose int target = -1;
	struct stat st;
	int ret;

	if (source < 0 || fstat(source, &st) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return -ENODEV;
	ret = tree_mknod(box->root, step->target, (st.st_mode & S_IFMT) | (st.st_mode & 0777),
			 st.st_rdev);
	if (ret < 0)
		return ret;
	target = tree_open(box->root, step->target, O_PATH | O_NOFOLLOW);
	if (target < 0)
		return target;
	return fchownat(target, "", st.st_uid, st.st_gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

int step_link(const struct step *step, struct box *box)
{
	return tree_symlink(box->root, step->target, step->source);
}
