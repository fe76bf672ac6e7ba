/* SPDX-License-Identifier: MIT */
/* Thin system calls, and the loops that partial reads and writes need. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/text.h"

const char *sys_platform(void)
{
	const unsigned long value = getauxval(AT_PLATFORM);
	const char *text;

	memcpy(&text, &value, sizeof(text));
	return text ? text : "";
}

int sys_write_all(int fd, const void *data, size_t length)
{
	const char *from = data;

	while (length > 0) {
		ssize_t done = write(fd, from, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		from += done;
		length -= (size_t)done;
	}
	return 0;
}

pid_t sys_fork(unsigned long flags)
{
	/* All other arguments are 0, so that their order, which differs by machine, does not matter. */
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);

	return pid < 0 ? -errno : (pid_t)pid;
}

/* Linux 5.3 and 5.7, linux/sched.h; declared here so that older headers do as well. clone(2) */
struct clone_request {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	uint64_t set_tid, set_tid_size, cgroup;
};

#define CLONE_INTO_CGROUP_FLAG (UINT64_C(1) << 33)

pid_t sys_fork_alike(void)
{
	return sys_fork(0);
}

pid_t sys_fork_into(unsigned long flags, int cgroup)
{
	struct clone_request request = {
		.flags = flags | CLONE_INTO_CGROUP_FLAG,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup,
	};
	long pid = syscall(SYS_clone3, &request, sizeof(request));

	return pid < 0 ? -errno : (pid_t)pid;
}

/* A 32-bit machine's older calls know ids of 16 bits only. */
#ifdef SYS_setgroups32
#define NUMBER_SETGROUPS SYS_setgroups32
#define NUMBER_SETRESGID SYS_setresgid32
#define NUMBER_SETRESUID SYS_setresuid32
#else
#define NUMBER_SETGROUPS SYS_setgroups
#define NUMBER_SETRESGID SYS_setresgid
#define NUMBER_SETRESUID SYS_setresuid
#endif

/* Past the C library, which would look for threads of ours that there are none of. */
int sys_set_ids(uid_t uid, gid_t gid, const gid_t *groups, size_t count)
{
	if (syscall(NUMBER_SETGROUPS, count, groups) < 0 ||
	    syscall(NUMBER_SETRESGID, gid, gid, gid) < 0 ||
	    syscall(NUMBER_SETRESUID, uid, uid, uid) < 0)
		return -errno;
	return 0;
}

/* Linux 5.2 and 5.12, linux/mount.h; declared here so that older headers do as well. The numbers
 * are the same on every machine. open_tree(2), mount_setattr(2) */
struct mount_attributes {
	uint64_t set, clear, propagation, user_namespace;
};

#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_move_mount
#define SYS_move_mount 429
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#define OPEN_TREE_CLONE_FLAG 1U
#define MOUNT_ATTR_RDONLY_FLAG UINT64_C(1)
#define MOUNT_ATTR_IDMAP_FLAG UINT64_C(0x00100000)
#define MOVE_MOUNT_EMPTY_FROM 4U

static int mount_set(int fd, const struct mount_attributes *attributes)
{
	return syscall(SYS_mount_setattr, fd, "", (unsigned int)AT_EMPTY_PATH, attributes,
		       sizeof(*attributes)) < 0 ?
		       -errno :
		       0;
}

int sys_read_only_mount(int file)
{
	const struct mount_attributes attributes = { .set = MOUNT_ATTR_RDONLY_FLAG };
	long fd = syscall(SYS_open_tree, file, "",
			  OPEN_TREE_CLONE_FLAG | (unsigned int)(AT_EMPTY_PATH | O_CLOEXEC));
	autoclose int mount = fd < 0 ? -1 : (int)fd;
	int ret = fd < 0 ? -errno : mount_set(mount, &attributes);

	return ret < 0 ? ret : steal_fd(&mount);
}

int sys_copy_mount(const char *path)
{
	long fd = syscall(SYS_open_tree, AT_FDCWD, path,
			  OPEN_TREE_CLONE_FLAG | (unsigned int)O_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

int sys_move_mount(int copy, const char *path)
{
	return syscall(SYS_move_mount, copy, "", AT_FDCWD, path, MOVE_MOUNT_EMPTY_FROM) < 0 ? -errno :
											      0;
}

int sys_map_mount(int copy, int users)
{
	const struct mount_attributes attributes = { .set = MOUNT_ATTR_IDMAP_FLAG,
						     .user_namespace = (uint64_t)users };

	return mount_set(copy, &attributes);
}

int sys_execute(int file, char *const *argv, char *const *env)
{
	syscall(SYS_execveat, file, "", argv, env, AT_EMPTY_PATH);
	return -errno;
}

pid_t sys_spawn(pid_t *number)
{
	const unsigned long flags = CLONE_PARENT | CLONE_VFORK | CLONE_PARENT_SETTID | SIGCHLD;
	/* The third argument is the parent's place for the number on every machine. */
	long pid = syscall(SYS_clone, flags, 0, number, 0, 0);

	return pid < 0 ? -errno : (pid_t)pid;
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
	return syscall(SYS_pivot_root, new_root, put_old) < 0 ? -errno : 0;
}

static int close_listed(int first)
{
	DIR *list = opendir("/proc/self/fd");
	struct dirent *entry;
	uint64_t fd;
	int number;

	if (!list)
		return -errno;
	while ((entry = readdir(list))) {
		if (text_number(&fd, entry->d_name, INT32_MAX) < 0)
			continue;
		number = (int)fd;
		if (number >= first && number != dirfd(list))
			fd_close(&number);
	}
	closedir(list);
	return 0;
}

int sys_close_inherited(void)
{
	DIR *list = opendir("/proc/self/fd");
	struct dirent *entry;
	uint64_t fd;
	int number;

	if (!list)
		return -errno;
	while ((entry = readdir(list))) {
		if (text_number(&fd, entry->d_name, INT32_MAX) < 0 || fd <= STDERR_FILENO)
			continue;
		number = (int)fd;
		if (!(fcntl(number, F_GETFD) & FD_CLOEXEC))
			fd_close(&number);
	}
	closedir(list);
	return 0;
}

int sys_close_from(int first)
{
	if (syscall(SYS_close_range, (unsigned int)first, ~0U, 0U) == 0)
		return 0;
	return close_listed(first);
}

int sys_open_standard(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return errno ? -errno : -EBADF;
	}
	return 0;
}

int sys_new_keyring(void)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
		return -errno;
	return 0;
}

ssize_t sys_read_file(char *buffer, size_t size, int dir, const char *path)
{
	autoclose int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t used = 0;
	ssize_t got;

	if (fd < 0)
		return -errno;
	do {
		got = read(fd, buffer + used, size - used);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0)
			used += (size_t)got;
		if (used == size)
			return -EFBIG;
	} while (got != 0);
	buffer[used] = '\0';
	return (ssize_t)used;
}

int sys_write_file(int dir, const char *path, const char *text)
{
	autoclose int fd = openat(dir, path, O_WRONLY | O_CLOEXEC);
	size_t length = strlen(text);
	ssize_t done;

	if (fd < 0)
		return -errno;
	done = write(fd, text, length);
	if (done < 0)
		return -errno;
	return (size_t)done == length ? 0 : -EIO;
}

int sys_sync_directory(int dir, const char *path)
{
	autoclose int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* Room for one descriptor in a control message, aligned as CMSG_* want it. */
union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

ssize_t sys_send(int socket, const void *data, size_t length, int fd)
{
	union control control = { 0 };
	struct iovec part = { .iov_base = (void *)data, .iov_len = length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t ret;

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	do {
		ret = sendmsg(socket, &message, MSG_NOSIGNAL);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

ssize_t sys_receive(int socket, void *data, size_t length, int *fd)
{
	union control control = { 0 };
	struct iovec part = { .iov_base = data, .iov_len = length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t ret;

	*fd = -1;
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	do {
		ret = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (ret < 0 && errno == EINTR);
	if (ret < 0)
		return -errno;
	if (message.msg_controllen >= CMSG_LEN(sizeof(*fd)) && control.header.cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(&control.header), sizeof(*fd));
	return ret;
}
