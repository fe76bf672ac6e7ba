/* SPDX-License-Identifier: MIT */
/* The probe's questions about system calls: each is made, with arguments that do no harm where it is allowed. */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

/* Calls that not every machine has, or not every version of the headers. */
#ifndef SYS_clock_settime
#define SYS_clock_settime SYS_clock_settime64
#endif
#ifndef SYS_settimeofday
#define SYS_settimeofday (-1)
#endif
#ifndef SYS_iopl
#define SYS_iopl (-1)
#endif
#ifndef SYS_ioperm
#define SYS_ioperm (-1)
#endif
#ifndef SYS_modify_ldt
#define SYS_modify_ldt (-1)
#endif
#ifndef SYS_kexec_file_load
#define SYS_kexec_file_load (-1)
#endif
#ifndef SYS_umount2
#define SYS_umount2 (-1)
#endif

enum { FAMILY_ALG = 38, FAMILY_VSOCK = 40, NO_SUCH_CALL = 4000 };

static const struct {
	const char *name;
	long number;
	long a, b, c, d, e;
	int error;
} calls[] = {
	{ "unshare-of-a-user-namespace-is-refused", SYS_unshare, CLONE_NEWUSER, 0, 0, 0, 0, EPERM },
	{ "unshare-of-mounts-is-refused", SYS_unshare, CLONE_NEWNS, 0, 0, 0, 0, EPERM },
	{ "clone-of-a-user-namespace-is-refused", SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0,
	  EPERM },
	{ "clone-of-a-network-is-refused", SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0, EPERM },
	{ "clone3-looks-unknown", SYS_clone3, 0, 0, 0, 0, 0, ENOSYS },
	{ "a-call-of-the-future-looks-unknown", NO_SUCH_CALL, 0, 0, 0, 0, 0, ENOSYS },
	{ "setns-is-refused", SYS_setns, -1, 0, 0, 0, 0, EPERM },
	{ "mount-is-refused", SYS_mount, 0, 0, 0, 0, 0, EPERM },
	{ "umount-is-refused", SYS_umount2, 0, 0, 0, 0, 0, EPERM },
	{ "pivot-root-is-refused", SYS_pivot_root, 0, 0, 0, 0, 0, EPERM },
	{ "fsopen-is-refused", SYS_fsopen, 0, 0, 0, 0, 0, EPERM },
	{ "open-tree-is-refused", SYS_open_tree, AT_FDCWD, 0, 1, 0, 0, EPERM },
	{ "move-mount-is-refused", SYS_move_mount, -1, 0, -1, 0, 0, EPERM },
	{ "mount-setattr-is-refused", SYS_mount_setattr, -1, 0, 0, 0, 0, EPERM },
	{ "bpf-is-refused", SYS_bpf, 0, 0, 0, 0, 0, EPERM },
	{ "perf-event-open-is-refused", SYS_perf_event_open, 0, 0, -1, -1, 0, EPERM },
	{ "keyctl-is-refused", SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0,
	  EPERM },
	{ "add-key-is-refused", SYS_add_key, 0, 0, 0, 0, 0, EPERM },
	{ "request-key-is-refused", SYS_request_key, 0, 0, 0, 0, 0, EPERM },
	{ "io-uring-is-refused", SYS_io_uring_setup, 1, 0, 0, 0, 0, EPERM },
	{ "userfaultfd-is-refused", SYS_userfaultfd, 0, 0, 0, 0, 0, EPERM },
	{ "open-by-handle-at-is-refused", SYS_open_by_handle_at, AT_FDCWD, 0, 0, 0, 0, EPERM },
	{ "fanotify-is-refused", SYS_fanotify_init, 0, 0, 0, 0, 0, EPERM },
	{ "kexec-is-refused", SYS_kexec_load, 0, 0, 0, -1, 0, EPERM },
	{ "kexec-of-a-file-is-refused", SYS_kexec_file_load, -1, -1, 0, 0, -1, EPERM },
	{ "init-module-is-refused", SYS_init_module, 0, 0, 0, 0, 0, EPERM },
	{ "finit-module-is-refused", SYS_finit_module, -1, 0, 0, 0, 0, EPERM },
	{ "delete-module-is-refused", SYS_delete_module, 0, 0, 0, 0, 0, EPERM },
	{ "reboot-is-refused", SYS_reboot, 0, 0, 0, 0, 0, EPERM },
	{ "swapon-is-refused", SYS_swapon, 0, 0, 0, 0, 0, EPERM },
	{ "swapoff-is-refused", SYS_swapoff, 0, 0, 0, 0, 0, EPERM },
	{ "reading-the-kernel-log-is-refused", SYS_syslog, 3, 0, 0, 0, 0, EPERM },
	{ "acct-is-refused", SYS_acct, 1, 0, 0, 0, 0, EPERM },
	{ "setting-the-clock-is-refused", SYS_clock_settime, 0, 0, 0, 0, 0, EPERM },
	{ "setting-the-time-is-refused", SYS_settimeofday, 1, 0, 0, 0, 0, EPERM },
	{ "quotactl-is-refused", SYS_quotactl, -1, 0, 0, 0, 0, EPERM },
	{ "iopl-is-refused", SYS_iopl, 3, 0, 0, 0, 0, EPERM },
	{ "ioperm-is-refused", SYS_ioperm, 0x80, 1, 1, 0, 0, EPERM },
	{ "modify-ldt-is-refused", SYS_modify_ldt, 0, 0, 0, 0, 0, EPERM },
	{ "sethostname-is-refused", SYS_sethostname, 0, -1, 0, 0, 0, EPERM },
	{ "vhangup-is-refused", SYS_vhangup, 0, 0, 0, 0, 0, EPERM },
	{ "kcmp-is-refused", SYS_kcmp, 1, 1, -1, 0, 0, EPERM },
	{ "move-pages-is-refused", SYS_move_pages, 0, 0, 0, 0, 0, EPERM },
	{ "switching-off-address-randomisation-is-refused", SYS_personality, 0x40000, 0, 0, 0, 0,
	  EPERM },
	{ "sockets-of-the-kernel-ciphers-are-refused", SYS_socket, FAMILY_ALG, SOCK_SEQPACKET, 0, 0,
	  0, EPERM },
	{ "sockets-to-a-hypervisor-are-refused", SYS_socket, FAMILY_VSOCK, SOCK_STREAM, 0, 0, 0,
	  EPERM },
	{ "typing-into-a-terminal-is-refused", SYS_ioctl, -1, TIOCSTI, 0, 0, 0, EPERM },
	{ "selecting-on-a-console-is-refused", SYS_ioctl, -1, 0x541c, 0, 0, 0, EPERM },
#if __LONG_MAX__ > 0x7fffffff
	{ "typing-with-high-bits-set-is-refused", SYS_ioctl, -1, 0x100000000 | TIOCSTI, 0, 0, 0,
	  EPERM },
	{ "selecting-with-high-bits-set-is-refused", SYS_ioctl, -1, (long)0xffffffff0000541c, 0, 0,
	  0, EPERM },
	{ "clone-with-high-bits-set-is-refused", SYS_clone,
	  (long)0xffffffff00000000 | CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0, EPERM },
	{ "a-hypervisor-with-high-bits-set-is-refused", SYS_socket, 0x100000000 | FAMILY_VSOCK,
	  SOCK_STREAM, 0, 0, 0, EPERM },
#endif
};

const char *call_name(size_t number)
{
	return number < sizeof(calls) / sizeof(calls[0]) ? calls[number].name : NULL;
}

bool call_exists(size_t number)
{
	return calls[number].number != -1;
}

const char *call_ask(size_t number)
{
	static char seen[128];
	long ret;

	errno = 0;
	ret = syscall(calls[number].number, calls[number].a, calls[number].b, calls[number].c,
		      calls[number].d, calls[number].e);
	if (ret < 0 && errno == calls[number].error)
		return NULL;
	/* A fork that should not have been. */
	if (calls[number].number == SYS_clone && ret == 0)
		_exit(0);
	snprintf(seen, sizeof(seen), "%s", ret < 0 ? strerror(errno) : "it was allowed");
	return seen;
}
