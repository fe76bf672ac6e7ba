/* SPDX-License-Identifier: MIT */
/* A decision as ordered steps, in three phases; const once made, printed by davit plan. */
#ifndef SANDBOX_PLAN_H
#define SANDBOX_PLAN_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "sandbox/sandbox.h"

/* In the order of the phases. host: in davit itself, each with an undo. box: in the child, inside the new
 * namespaces, and gone with them. last: the child gives up what it may do, then becomes the app. */
enum step_kind {
	STEP_DIGEST,
	STEP_ADMIT,
	STEP_STATE,
	STEP_KEEP,
	STEP_CIDFILE,
	STEP_PIDFILE,
	STEP_STREAMS,
	STEP_LOG,
	STEP_CONTROL,
	STEP_CONTROL_IF_THERE,
	STEP_INHERIT,
	STEP_THROTTLE,
	STEP_WEIGHT,
	STEP_CGROUP,
	STEP_LOOP,
	STEP_VERITY,
	STEP_INTO,

	STEP_JOIN,
	STEP_NAMESPACES,
	STEP_VERIFY_CGROUPS,
	STEP_UNSHARE,
	STEP_CGROUP_NAMESPACE,
	STEP_OWNER,
	STEP_PRIVATE,
	STEP_STAGE,
	STEP_IMAGE,
	STEP_TREE,
	STEP_UNZIP,
	STEP_UPPER,
	STEP_OVERLAY,
	STEP_ROOT,
	STEP_TOP,
	STEP_INNER,
	STEP_SCRATCH,
	STEP_MOUNT,
	STEP_BIND,
	STEP_FILE,
	STEP_MASK,
	STEP_READ_ONLY,
	STEP_NODE,
	STEP_DEVICE,
	STEP_LINK,
	STEP_SYSCTL,
	STEP_USER,
	STEP_GROUP,
	STEP_WORKDIR,
	STEP_LOOPBACK,
	STEP_HOSTNAME,
	STEP_PIVOT,
	STEP_VERIFY_MOUNTS,
	STEP_TERMINAL,

	STEP_RETURN,
	STEP_SESSION,
	STEP_ENTER,
	STEP_OOM_SCORE,
	STEP_RLIMIT,
	STEP_BOUNDING,
	STEP_IDS,
	STEP_CAPABILITIES,
	STEP_NO_NEW_PRIVS,
	STEP_VERIFY_RIGHTS,
	STEP_VERIFY_JOINED,
	STEP_DESCRIPTORS,
	STEP_LANDLOCK,
	STEP_LANDLOCK_PATH,
	STEP_LANDLOCK_PORT,
	STEP_RESTRICT,
	STEP_SECCOMP,
	STEP_INIT,
	STEP_FORGET,
	STEP_SPAWN,
	STEP_LEND,
	STEP_EXEC,
	STEP_KIND_COUNT
};

/* What a step returns, negative, when it has said itself what is wrong. */
enum { STEP_SAID = EOWNERDEAD };

enum phase { PHASE_HOST, PHASE_BOX, PHASE_LAST, PHASE_COUNT };

/* One thing that the kernel is asked to do. What the fields mean is said at each kind's row in step.c. */
struct step {
	enum step_kind kind;
	unsigned long flags;
	const char *source, *target, *type, *data;
	uint64_t numbers[2];
};

struct sock_filter;
struct verified;

struct plan {
	const struct sandbox *sandbox;
	bool joins;                    /* a sandbox that is there already: plan_join() made it */
	const char *uid_map, *gid_map; /* of its user namespace, as the kernel takes them; or NULL */
	struct verified *verified;     /* what is known to have been checked; or NULL */
	const char *record;            /* the sandbox in lines, for davit's other commands */
	const struct sock_filter *filter; /* the seccomp program, or NULL */
	size_t filter_count;
	struct step *steps;
	size_t count, room;
	size_t first[PHASE_COUNT + 1]; /* where each phase begins; the last one is count */
};

/* Turn a decision into ordered steps; touches nothing. SANDBOX and HOST must outlive the plan.
 * Returns 0, or -EOPNOTSUPP when something that was asked for is not in this build or this machine
 * (said by fail()). */
int plan_make(struct plan *plan, struct arena *arena, const struct sandbox *sandbox,
	      const struct host *host);
/* The steps that make the root of SANDBOX, its kept part above its image, and no more: an O_PATH
 * descriptor of it goes through SOCKET (sys_receive()), and the root lasts as long as that. Returns
 * as plan_make(). */
int plan_lend(struct plan *plan, struct arena *arena, const struct sandbox *sandbox, int socket);
/* Whether the box phase is a helper's, and not the child's: so it is in a user namespace. */
bool plan_has_helper(const struct plan *plan);
/* The plan as text for people, a line per step; from ARENA, NULL when memory ran out. */
char *plan_print(struct arena *arena, const struct plan *plan);
/* One step in words ("mount tmpfs on /tmp"), for plans and errors alike; from ARENA, or NULL. */
char *plan_print_step(struct arena *arena, const struct step *step);

#endif
