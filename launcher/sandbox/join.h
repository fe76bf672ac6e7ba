/* SPDX-License-Identifier: MIT */
/* A further process in a sandbox that runs: decided from its record, never from what the sandbox says. */
#ifndef SANDBOX_JOIN_H
#define SANDBOX_JOIN_H

#include "sandbox/failure.h"
#include "sandbox/plan.h"
#include "sandbox/record.h"

/* What was asked for. Nothing asked for is as it was at the launch. */
struct join_request {
	struct texts command, env; /* env: NAME=VALUE */
	const char *user, *workdir;
	bool tty, interactive, detach;
};

/* record_open_running(), and that it is not paused. Returns 0 or -errno, said by fail(). */
int join_open(struct record *record, struct arena *arena, const char *run_root, const char *name);
/* Decide on the process and plan the way to it. RECORD, REQUEST and HOST must outlive both. Pure.
 * Returns 0 or -errno, said by fail(). */
int join_plan(struct plan *plan, struct sandbox *sandbox, struct arena *arena,
	      const struct record *record, const struct join_request *request,
	      const struct host *host);
/* Carry PLAN out, and stay with the process until it has ended, unless DETACH. Returns the exit code
 * of davit exec: the command's own, 128 + n for signal n, or Docker's 125, 126 and 127, said. */
int join_run(struct arena *arena, const struct plan *plan, bool detach);

#endif
