/* SPDX-License-Identifier: MIT */
/* Steps into a sandbox that runs, and may be hostile.
 *
 * The process that takes them is no process of the sandbox: setns(2) leaves it in the pid namespace
 * that it was made in, so nobody inside can see, trace or signal it, and no descriptor of it is to
 * be had (CVE-2016-9962). Only when it has given up all that the sandbox's own processes do not
 * have does it make the one that the sandbox can see, which then can do no more than they can. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"
#include "sandbox/namespaces.h"
#include "sandbox/process.h"
#include "sandbox/step.h"

enum { DIES_WITH_DAVIT = 1, FIRST_FREE = 3 };

/* All at once by the process itself since Linux 5.8, else one by one. */
int step_namespaces(const struct step *step, struct box *box)
{
	const pid_t pid = (pid_t)step->numbers[0];
	autoclose int process = process_open(pid, step->numbers[1]);

	(void)box;
	if (process < 0 && process != -ENOSYS)
		return process;
	if (process >= 0 && setns(process, (int)step->flags) == 0)
		return 0;
	if (process >= 0 && errno != EINVAL)
		return -errno;
	return namespaces_enter(pid, step->numbers[1], step->flags);
}

static bool are_ids(const struct box *box)
{
	uid_t uid[3];
	gid_t gid[3];
	size_t i;

	if (getresuid(&uid[0], &uid[1], &uid[2]) < 0 || getresgid(&gid[0], &gid[1], &gid[2]) < 0)
		return false;
	for (i = 0; i < 3; i++) {
		if (uid[i] != box->uid || gid[i] != box->gid)
			return false;
	}
	return getgroups(0, NULL) == box->group_count;
}

static bool are_held(uint64_t mask)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	size_t i;

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		const uint32_t wanted = (uint32_t)(mask >> (32 * i));

		if (data[i].permitted != wanted || data[i].effective != wanted)
			return false;
	}
	return true;
}

static bool is_bound(uint64_t mask)
{
	int held;
	unsigned long i;

	for (i = 0; (held = prctl(PR_CAPBSET_READ, i, 0, 0, 0)) >= 0; i++) {
		if (held && !(mask >> i & 1))
			return false;
	}
	return true;
}

/* As step_verify_rights, but asked of the kernel itself: /proc is the sandbox's here. */
int step_verify_joined(const struct step *step, struct box *box)
{
	const uint64_t mask = step->numbers[box->uid == 0 ? 0 : 1];

	if (!are_ids(box) ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != !box->plan->sandbox->new_privileges)
		return -ECANCELED;
	if (CONFIG_CAPABILITIES && (!are_held(mask) || !is_bound(step->numbers[0])))
		return -ECANCELED;
	return 0;
}

/* What davit was called with and its environment, which the new process would have in its memory. */
static void forget_environment(void)
{
	for (; environ && *environ; environ++)
		memset(*environ, 0, strlen(*environ));
}

/* The number of the first free descriptor tells whether one was forgotten. */
static int prove_none_open(void)
{
	autoclose int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	return fd == FIRST_FREE ? 0 : -EBUSY;
}

/* Before the filter, which may allow little more than to spawn and to execute. */
int step_forget(const struct step *step, struct box *box)
{
	int ret;

	(void)step;
	fd_close(&box->root);
	fd_close(&box->report);
	ret = prove_none_open();
	if (ret < 0)
		return ret;
	forget_environment();
	return madvise(box->handover.pid, sizeof(*box->handover.pid), MADV_DONTFORK) < 0 ? -errno : 0;
}

/* The new process is davit's child, not ours. We go on when it has executed its program or ended. */
int step_spawn(const struct step *step, struct box *box)
{
	pid_t pid = sys_spawn(box->handover.pid);

	if (pid < 0)
		return (int)pid;
	if (pid > 0)
		_exit(EXIT_SUCCESS);
	if ((step->flags & DIES_WITH_DAVIT) && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	/* Our own session has no terminal, so that none is hung up when we end. */
	if (setsid() < 0)
		return -errno;
	return CONFIG_TERMINAL && box->plan->sandbox->terminal ? terminal_control() : 0;
}
