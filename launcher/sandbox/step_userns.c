/* SPDX-License-Identifier: MIT */
/* A sandbox in a user namespace of its own.
 *
 * Its process is made in all its namespaces at once, so that they belong to the new user namespace,
 * and from its first moment it has no right over anything of this machine. What takes such rights
 * (the image's file system, device nodes, owners) is done by a helper that enters all namespaces
 * but that one, before any program of the sandbox runs, and that has ended by then: so nothing
 * privileged ever works on what somebody inside could change meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <linux/securebits.h>

#include "base/fd.h"
#include "base/sys.h"
#include "sandbox/namespaces.h"
#include "sandbox/step.h"
#include "sandbox/userns.h"

enum { PATH_SIZE = 40 };

static int map_write(pid_t pid, const char *file, const char *map)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return sys_write_file(AT_FDCWD, path, map);
}

int userns_map(struct box *box, pid_t pid)
{
	const struct plan *plan = box->plan;
	char path[PATH_SIZE];
	int ret = map_write(pid, "uid_map", plan->uid_map);

	if (ret == 0)
		ret = map_write(pid, "gid_map", plan->gid_map);
	if (ret < 0)
		return ret;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	box->users = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	return box->users < 0 ? -errno : 0;
}

/* Its number in the sandbox's pid namespace is what /proc is mounted for. Davit's own children are
 * in davit's again afterwards. */
pid_t userns_fork(const struct box *box, pid_t pid)
{
	const bool own = box->plan->sandbox->namespaces & CLONE_NEWPID;
	autoclose int before = own ? openat(AT_FDCWD, "/proc/self/ns/pid", O_RDONLY | O_CLOEXEC) : -1;
	int ret = own && before < 0 ? -errno : 0;
	pid_t helper;

	if (ret == 0 && own)
		ret = namespaces_enter(pid, 0, CLONE_NEWPID);
	if (ret < 0)
		return ret;
	helper = sys_fork(0);
	if (helper != 0 && own && setns(before, CLONE_NEWPID) < 0 && helper > 0)
		return -errno;
	return helper;
}

int userns_enter(const struct box *box, pid_t pid)
{
	const unsigned long flags = box->plan->sandbox->namespaces &
				    (CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS);

	return namespaces_enter(pid, 0, flags);
}

/* All that the helper makes is the sandbox's root's. It keeps its rights, although its file system id is no longer 0. */
int step_owner(const struct step *step, struct box *box)
{
	const uid_t uid = (uid_t)step->numbers[0];
	const gid_t gid = (gid_t)step->numbers[1];

	(void)box;
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0)
		return -errno;
	/* They return what it was before, and say nothing of failure. */
	(void)setfsgid(gid);
	(void)setfsuid(uid);
	return setfsgid((gid_t)-1) == (int)gid && setfsuid((uid_t)-1) == (int)uid ? 0 : -EPERM;
}

/* Over the mount at TARGET: the same with the owners of the user namespace. */
int userns_map_owners(const struct box *box, const char *target)
{
	autoclose int copy = sys_copy_mount(target);
	int ret;

	if (copy < 0)
		return copy;
	if (umount2(target, MNT_DETACH) < 0)
		return -errno;
	ret = sys_map_mount(copy, box->users);
	/* EINVAL: the file system cannot. */
	if (ret == -EINVAL)
		return -EOPNOTSUPP;
	return ret < 0 ? ret : sys_move_mount(copy, target);
}

/* The helper has given the mount namespace another root, which is ours as well once we enter it again. */
int step_return(const struct step *step, struct box *box)
{
	(void)step;
	(void)box;
	return namespaces_enter(getpid(), 0, CLONE_NEWNS);
}
