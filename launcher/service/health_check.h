/* SPDX-License-Identifier: MIT */
/* One run of an image's health check, in the sandbox, as davit exec would run it. */
#ifndef SERVICE_HEALTH_CHECK_H
#define SERVICE_HEALTH_CHECK_H

#include <stdint.h>
#include <sys/types.h>

#include "service/health.h"

/* pid 0: none runs. */
struct health_check {
	pid_t pid;
	uint64_t end; /* when it has taken too long; in the caller's milliseconds */
};

/* Begin one, which is to end before END. Returns 0 or -errno, said. */
int health_check_begin(struct health_check *check, const struct health_wish *wish, uint64_t end);
/* At the time NOW: returns 0 when it has passed; 1 with *WHY in ARENA when it has failed or takes
 * too long; 1 and nothing else while it runs; or -errno, said. */
int health_check_end(const char **why, struct arena *arena, struct health_check *check, uint64_t now);
/* End it at once, if one runs. */
void health_check_abandon(struct health_check *check);

#endif
