/* SPDX-License-Identifier: MIT */
/* Steps that close files, ports and processes to the app for good, but for what rules name. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "sandbox/landlock.h"
#include "sandbox/step.h"

/* struct landlock_ruleset_attr of ABI 6; older kernels take it when what they do not know is 0. */
struct ruleset {
	uint64_t files, network, scopes;
};

struct rule_path {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

struct rule_port {
	uint64_t access, port;
};

enum { RULE_PATH = 1, RULE_PORT = 2 };

int step_landlock(const struct step *step, struct box *box)
{
	const struct landlock *landlock = box->plan->sandbox->landlock;
	const struct ruleset ruleset = { landlock->files, landlock->network, landlock->scopes };

	(void)step;
	box->ruleset = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
	return box->ruleset < 0 ? -errno : 0;
}

/* Inside the root by now: links of the image lead nowhere else. */
int step_landlock_path(const struct step *step, struct box *box)
{
	autoclose int fd = open(step->target, O_PATH | O_CLOEXEC);
	struct rule_path rule = { .access = step->flags, .fd = fd };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		rule.access &= LANDLOCK_OF_FILE;
	return syscall(SYS_landlock_add_rule, box->ruleset, RULE_PATH, &rule, 0) < 0 ? -errno : 0;
}

int step_landlock_port(const struct step *step, struct box *box)
{
	const struct rule_port rule = { step->flags, step->numbers[0] };

	return syscall(SYS_landlock_add_rule, box->ruleset, RULE_PORT, &rule, 0) < 0 ? -errno : 0;
}

int step_restrict(const struct step *step, struct box *box)
{
	(void)step;
	if (syscall(SYS_landlock_restrict_self, box->ruleset, 0) < 0)
		return -errno;
	fd_close(&box->ruleset);
	return 0;
}
