/* SPDX-License-Identifier: MIT */
/* Thin system calls: those that the C library does not offer, and short reads and writes of files. */
#ifndef BASE_SYS_H
#define BASE_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fd.h"

/* What the kernel calls this processor ("v7l"), or "". Source: getauxval(3), AT_PLATFORM. */
const char *sys_platform(void);
/* Write all LENGTH bytes, going on after EINTR. Returns 0 or -errno. */
int sys_write_all(int fd, const void *data, size_t length);
/* fork(2) into the new namespaces of FLAGS (CLONE_NEW*): the child has a copy of the memory. Returns the
 * child's pid in the parent, 0 in the child, or -errno. Source: clone(2), "C library/kernel differences". */
pid_t sys_fork(unsigned long flags);
/* A child like davit itself. Not fork(), which changes the signal mask and might not put it back. Returns as sys_fork(). */
pid_t sys_fork_alike(void);
/* The same by clone3(2), the child being in the cgroup (v2) whose directory is open as CGROUP from
 * its first moment: joining later would make the kernel wait until all processors have noticed.
 * -ENOSYS, -EINVAL or another -errno: use sys_fork(), and join. */
pid_t sys_fork_into(unsigned long flags, int cgroup);
/* Become UID and GID for good, real, effective and saved, with COUNT supplementary GROUPS: groups
 * first, because setting them needs what the user may not have. Returns 0 or -errno. */
int sys_set_ids(uid_t uid, gid_t gid, const gid_t *groups, size_t count);
/* A mount of just the open FILE, read-only and in no mount namespace: once its descriptor is
 * closed, nobody can mount it again or make it writable, whatever he may do with the file itself
 * elsewhere. Returns a descriptor, or -errno; -ENOSYS before Linux 5.12. */
int sys_read_only_mount(int file);
/* A copy of the mount at PATH that is in no mount namespace; and put one on PATH. The first returns
 * a descriptor, both -errno; -ENOSYS before Linux 5.2. */
int sys_copy_mount(const char *path);
int sys_move_mount(int copy, const char *path);
/* Show the files of such a copy with their owners as the user namespace open as USERS knows them.
 * Returns 0 or -errno: -EINVAL when the file system cannot, -ENOSYS before Linux 5.12. */
int sys_map_mount(int copy, int users);
/* Execute the open FILE (execveat(2)). Returns -errno, or not at all. */
int sys_execute(int file, char *const *argv, char *const *env);
/* fork(2) a child of our own parent, wait until it has executed a program or ended, and have the
 * kernel write its number to *NUMBER first of all. Returns the number, 0 in the child, or -errno.
 * clone(2), CLONE_PARENT, CLONE_VFORK */
pid_t sys_spawn(pid_t *number);
/* pivot_root(2), which the C library does not declare. Returns 0 or -errno. */
int sys_pivot_root(const char *new_root, const char *put_old);
/* Close every descriptor from FIRST on: close_range(2), or by the list in /proc/self/fd where the
 * kernel lacks it. Returns 0 or -errno. */
int sys_close_from(int first);
/* Close what the caller left open beyond the standard streams: all that is not O_CLOEXEC. Returns 0 or -errno. */
int sys_close_inherited(void);
/* Open /dev/null for whichever of descriptors 0 to 2 the caller left closed, so that no file of
 * ours takes its number. Returns 0 or -errno. */
int sys_open_standard(void);
/* Join a new, empty session keyring. Returns 0 (also where the kernel has no keyrings) or -errno. */
int sys_new_keyring(void);
/* Read a small file, at most SIZE - 1 bytes and a NUL, that is DIR-relative as in openat(2).
 * Returns its length or -errno; -EFBIG when it does not fit. */
ssize_t sys_read_file(char *buffer, size_t size, int dir, const char *path);
/* Write TEXT to an existing file in one write(2), as control files want it. Returns 0 or -errno. */
int sys_write_file(int dir, const char *path, const char *text);
/* Have what directory PATH (DIR-relative as in openat(2)) says of names on the disk. Returns 0 or -errno. */
int sys_sync_directory(int dir, const char *path);
/* Send, or receive, up to LENGTH bytes and one descriptor over a local socket (*fd: -1 for none).
 * Both return the number of bytes or -errno. A received descriptor is the caller's. */
ssize_t sys_send(int socket, const void *data, size_t length, int fd);
ssize_t sys_receive(int socket, void *data, size_t length, int *fd);

#endif
