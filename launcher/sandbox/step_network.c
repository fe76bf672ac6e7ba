/* SPDX-License-Identifier: MIT */
/* Box steps for what the sandbox is called and how it is connected. */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "sandbox/step.h"

/* A new network namespace has its loopback down. netdevice(7). A kernel without IPv4 (EAFNOSUPPORT) has none. */
int step_loopback(const struct step *step, struct box *box)
{
	autoclose int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo" };

	(void)step;
	(void)box;
	if (fd < 0)
		return errno == EAFNOSUPPORT ? 0 : -errno;
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return -errno;
	request.ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

int step_hostname(const struct step *step, struct box *box)
{
	(void)box;
	return sethostname(step->data, strlen(step->data)) < 0 ? -errno : 0;
}
