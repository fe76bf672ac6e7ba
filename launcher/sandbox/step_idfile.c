/* SPDX-License-Identifier: MIT */
/* Host steps: --cidfile and --pidfile, small files of the caller's outside of the state directory. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/sys.h"
#include "sandbox/step.h"

static const char *base_of(const char *path)
{
	return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

/* The directory may lie behind links, such as /var/run; the file itself may be none. */
static int open_directory(const char *path)
{
	char text[PATH_MAX];
	const size_t length = (size_t)(base_of(path) - path);
	int fd;

	if (length >= sizeof(text))
		return -ENAMETOOLONG;
	memcpy(text, path, length);
	text[length] = '\0';
	fd = openat(AT_FDCWD, length ? text : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_file(int dir, const char *name, int flag)
{
	const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	autoclose int fd = openat(dir, name, flags | flag, 0644);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? steal_fd(&fd) : -EINVAL;
}

static int idfile_open(struct idfile *file, const char *path, int flag)
{
	file->dir = open_directory(path);
	file->fd = file->dir < 0 ? file->dir : open_file(file->dir, base_of(path), flag);
	return file->fd < 0 ? file->fd : 0;
}

/* If it is still the same file. */
static void idfile_remove(const struct idfile *file, const char *path)
{
	struct stat ours, there;

	if (file->fd < 0 || fstat(file->fd, &ours) < 0 ||
	    fstatat(file->dir, base_of(path), &there, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (ours.st_ino == there.st_ino && ours.st_dev == there.st_dev)
		unlinkat(file->dir, base_of(path), 0);
}

static void idfile_close(struct idfile *file)
{
	fd_close(&file->fd);
	fd_close(&file->dir);
}

int step_cidfile(const struct step *step, struct box *box)
{
	const char *name = box->plan->sandbox->name;
	int ret = idfile_open(&box->cidfile, step->target, O_EXCL);

	if (ret == 0)
		ret = sys_write_all(box->cidfile.fd, name, strlen(name));
	if (ret < 0)
		undo_cidfile(step, box);
	return ret;
}

/* It tells the sandbox's name also when that has ended, but not that of one that never began. */
void undo_cidfile(const struct step *step, struct box *box)
{
	if (!box->started)
		idfile_remove(&box->cidfile, step->target);
	idfile_close(&box->cidfile);
}

/* Filled once there is a process. One that was left by a kill is taken over. */
int step_pidfile(const struct step *step, struct box *box)
{
	int ret = idfile_open(&box->pidfile, step->target, 0);

	if (ret == 0 && ftruncate(box->pidfile.fd, 0) < 0)
		ret = -errno;
	if (ret < 0)
		idfile_close(&box->pidfile);
	return ret;
}

void undo_pidfile(const struct step *step, struct box *box)
{
	idfile_remove(&box->pidfile, step->target);
	idfile_close(&box->pidfile);
}

int pidfile_write(const struct box *box, pid_t pid)
{
	char text[16];

	if (box->pidfile.fd < 0)
		return 0;
	snprintf(text, sizeof(text), "%d\n", (int)pid);
	return sys_write_all(box->pidfile.fd, text, strlen(text));
}
