/* SPDX-License-Identifier: MIT */
/* Box step: a pseudo-terminal of the box's own devpts; davit gets the master, the app the other side. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"
#include "sandbox/step.h"
#include "sandbox/terminal.h"

/* After the pivot: /dev is the box's own, made a moment ago, so its names can be trusted. pty(7) */
int step_terminal(const struct step *step, struct box *box)
{
	autoclose int master = openat(AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	const struct report report = { .kind = REPORT_TERMINAL };
	int number, unlock = 0;
	char path[BOX_PATH_SIZE];
	ssize_t ret;

	(void)step;
	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0 ||
	    ioctl(master, TIOCGPTN, &number) < 0)
		return -errno;
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	box->terminal = openat(AT_FDCWD, path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (box->terminal < 0 || fchown(box->terminal, box->uid, (gid_t)-1) < 0)
		return -errno;
	/* While standard input and output are still the caller's. */
	terminal_resize(master);
	if (mount(path, "/dev/console", NULL, MS_BIND, NULL) < 0)
		return -errno;
	ret = sys_send(box->report, &report, sizeof(report), master);
	return ret < 0 ? (int)ret : 0;
}
