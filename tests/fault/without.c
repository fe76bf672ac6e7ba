/* SPDX-License-Identifier: MIT */
/* Run a program on a kernel that looks older: its younger system calls are unknown there. without
 * PROGRAM [ARG...]
 *
 * The filter is handed on to children, the app included. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/loop.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#define LOOP_CONFIGURE_NUMBER 0x4C0A
#define LOAD(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, what))
/* The low half of the second argument. */
#define SECOND \
	(offsetof(struct seccomp_data, args[1]) + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0))
#define UNKNOWN(number)                                      \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)

static struct sock_filter program[] = {
	LOAD(nr),
	UNKNOWN(SYS_openat2),
	UNKNOWN(SYS_clone3),
	UNKNOWN(SYS_close_range),
	UNKNOWN(SYS_open_tree),
	UNKNOWN(SYS_move_mount),
	UNKNOWN(SYS_fsopen),
	UNKNOWN(SYS_fsconfig),
	UNKNOWN(SYS_fsmount),
	UNKNOWN(SYS_fspick),
	UNKNOWN(SYS_mount_setattr),
	UNKNOWN(SYS_pidfd_open),
	UNKNOWN(SYS_pidfd_send_signal),
	UNKNOWN(SYS_pidfd_getfd),
	UNKNOWN(SYS_faccessat2),
	UNKNOWN(SYS_fchmodat2),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SECOND),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LOOP_CONFIGURE_NUMBER, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

/* That they are unknown is asked for, not believed. */
static int is_loaded(void)
{
	static const long unknown[] = { SYS_openat2,       SYS_clone3,     SYS_close_range,
					SYS_mount_setattr, SYS_pidfd_open, SYS_pidfd_send_signal };
	size_t i;

	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		if (syscall(unknown[i], -1, -1, -1, -1, -1) != -1 || errno != ENOSYS)
			return 0;
	}
	return ioctl(-1, LOOP_CONFIGURE_NUMBER, NULL) < 0 && errno == EINVAL;
}

int main(int argc, char **argv)
{
	const struct sock_fprog filter = { sizeof(program) / sizeof(program[0]), program };

	if (argc < 2) {
		fputs("usage: without PROGRAM [ARG...]\n", stderr);
		return 2;
	}
	/* Needs CAP_SYS_ADMIN, so that no_new_privs stays for davit to set. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0) {
		perror("without: filter");
		return 99;
	}
	if (!is_loaded()) {
		fputs("without: the filter does not work\n", stderr);
		return 97;
	}
	execv(argv[1], argv + 1);
	perror(argv[1]);
	return 98;
}
