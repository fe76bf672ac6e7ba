/* SPDX-License-Identifier: MIT */
/* Wait until a sandbox that was just launched is healthy, or not going to be. */
#ifndef SERVICE_HEALTH_H
#define SERVICE_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "image/oci_config.h"

enum { HEALTHY_AFTER = 10, NOTIFY_TIMEOUT = 90 }; /* seconds */

/* What is waited for. All that is given must come true; an app that is only alive is healthy after ALIVE. */
struct health_wish {
	const char *name, *run_root;
	const struct health *check; /* of the image: its times in nanoseconds; or NULL */
	const char *const *shell;   /* what runs CMD-SHELL, before the command; ends with NULL */
	int notify;                 /* socket of service/notify.h, or -1 */
	uint64_t alive;             /* milliseconds that it must live; 0: any */
	uint64_t timeout;           /* milliseconds for all of it; 0: as the check has it */
	int signals;                /* signalfd: whatever comes ends the wait; or -1 */
	/* Called now and then with the milliseconds that have passed and a word for what is missing. */
	void (*progress)(void *data, uint64_t passed, const char *missing);
	void *data;
};

/* Whether CHECK asks for anything. */
bool health_is_asked(const struct health *check);
/* How long a check may fail before it counts: the start period, and then as many intervals as there
 * are retries; Docker's 30 s and 3 where nothing is said. Milliseconds, 1 to those of a day. */
uint64_t health_patience(const struct health *check);
/* Wait. A check that passes once is enough: it is tried at once, and then every second or, where
 * that is shorter, every interval. Returns 0 when it is healthy; 1 with *REASON in ARENA when it
 * has ended or was not healthy in time; -EINTR after a signal; or another -errno said. */
int health_await(const char **reason, struct arena *arena, const struct health_wish *wish);

#endif
