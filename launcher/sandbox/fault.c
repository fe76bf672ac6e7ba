/* SPDX-License-Identifier: MIT */
/* Faults on purpose; in test builds only (CONFIG_FAULT). */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/text.h"
#include "sandbox/fault.h"

/* davit itself, or the child, which cannot name davit from its namespace and so asks it; then it
 * stays right here, to be ended by the kernel because its parent died. */
static void kill_davit(const struct box *box, size_t number)
{
	const struct report report = { .kind = REPORT_KILL };

	if (number < box->plan->first[PHASE_BOX])
		(void)kill(getpid(), SIGKILL);
	(void)sys_send(box->report, &report, sizeof(report), -1);
	for (;;)
		pause();
}

int fault_check(const struct box *box, size_t number)
{
	const char *fault = getenv("DAVIT_FAULT");
	uint64_t wanted;

	if (!fault || strlen(fault) < 6 || text_number(&wanted, fault + 5, INT32_MAX) < 0 ||
	    wanted != number + 1)
		return 0;
	if (strncmp(fault, "fail:", 5) == 0)
		return -EIO;
	if (strncmp(fault, "kill:", 5) == 0)
		kill_davit(box, number);
	return 0;
}
