/* SPDX-License-Identifier: MIT */
/* Box step: a pseudo-terminal of the box's own devpts; davit gets the master, the app the other side. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"
#include "sandbox/step.h"
#include "sandbox/terminal.h"

int terminal_control(void)
{
	return ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0 ? -errno : 0;
}

int terminal_attach(const struct box *box)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (dup2(box->terminal, fd) < 0)
			return -errno;
	}
	return 0;
}

/* Any name may have been put in the place of /dev/ptmx: what answers here is a master, and what it
 * is asked for the other side of (Linux 4.13) is its own. Without that, the name must do. */
static int peer_open(int master, int number, bool trusted)
{
	char path[BOX_PATH_SIZE];
	int fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0 || !trusted || (errno != ENOTTY && errno != EINVAL))
		return fd;
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	return openat(AT_FDCWD, path, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

/* In a user namespace the new terminal would otherwise belong to nobody that is known there. */
static void become_owner(const struct sandbox *sandbox)
{
	if (!(sandbox->namespaces & CLONE_NEWUSER))
		return;
	(void)setfsgid(0);
	(void)setfsuid(0);
}

/* pty(7) */
int step_terminal(const struct step *step, struct box *box)
{
	autoclose int master = -1;
	const bool joined = step->flags & TERMINAL_JOINED;
	const struct report report = { .kind = REPORT_TERMINAL };
	int number, unlock = 0;
	char path[BOX_PATH_SIZE];
	ssize_t ret;

	become_owner(box->plan->sandbox);
	master = openat(AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0 ||
	    ioctl(master, TIOCGPTN, &number) < 0)
		return -errno;
	box->terminal = peer_open(master, number, !joined);
	if (box->terminal < 0 || fchown(box->terminal, box->uid, (gid_t)-1) < 0)
		return -errno;
	/* While standard input and output are still the caller's. */
	terminal_resize(master);
	/* On a launch /dev is the box's own, made a moment ago, so its names can be trusted. */
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	if (!joined && mount(path, "/dev/console", NULL, MS_BIND, NULL) < 0)
		return -errno;
	ret = sys_send(box->report, &report, sizeof(report), master);
	if (ret < 0)
		return (int)ret;
	if (!step->flags)
		return 0;
	ret = terminal_attach(box);
	if (ret == 0 && !joined)
		return terminal_control();
	fd_close(&box->terminal);
	return (int)ret;
}
