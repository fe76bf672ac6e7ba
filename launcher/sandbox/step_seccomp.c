/* SPDX-License-Identifier: MIT */
/* Last step but exec: from here on the kernel answers only what the policy allows. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/step.h"

int step_seccomp(const struct step *step, struct box *box)
{
	const struct sock_fprog program = { .len = (unsigned short)box->plan->filter_count,
					    .filter = (struct sock_filter *)box->plan->filter };

	if (step->flags)
		return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, step->flags, &program) < 0 ?
			       -errno :
			       0;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
}
