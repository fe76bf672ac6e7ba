/* SPDX-License-Identifier: MIT */
/* The parts of plan_make() that have files of their own; all pure. */
#ifndef SANDBOX_PLAN_PARTS_H
#define SANDBOX_PLAN_PARTS_H

#include "sandbox/plan.h"

struct record;

/* Append a copy of STEP. Returns 0, -ENOMEM, or -EOPNOTSUPP when this build cannot do it; said by fail(). */
int plan_add(struct plan *plan, struct arena *arena, const struct step *step);
/* Append all COUNT steps of LIST. */
int plan_add_all(struct plan *plan, struct arena *arena, const struct step *list, size_t count);
/* True when the app is in any cgroup of its own. */
bool plan_has_cgroups(const struct sandbox *sandbox);
/* The steps that hold the image's layers against its manifest. */
int plan_digests(struct plan *plan, struct arena *arena);
/* The host's steps that make the image's layers ready to be mounted. */
int plan_layers(struct plan *plan, struct arena *arena);
/* The steps that make the tree: from the image to the root, /proc, /sys, /dev and what was asked for. */
int plan_root(struct plan *plan, struct arena *arena);
/* The steps that fill the tree, once STEP_ROOT has opened it. */
int plan_tree(struct plan *plan, struct arena *arena, const struct host *host);
/* The steps that make and limit the cgroups. */
int plan_cgroups(struct plan *plan, struct arena *arena, const struct host *host);
/* The pipes, log and files that a detached app, or one beside a terminal, has outside. */
int plan_streams(struct plan *plan, struct arena *arena);
/* Room within the policy's memory for all; nothing where it has no such line. Returns 0 or -errno, said. */
int plan_admit(struct plan *plan, struct arena *arena);
/* The steps of --user and --group-add. */
int plan_user(struct plan *plan, struct arena *arena);
/* The steps of --oom-score-adj and --ulimit. */
int plan_limits(struct plan *plan, struct arena *arena);
/* The steps that give up rights: capabilities, ids, new privileges; and the proof of it. */
int plan_rights(struct plan *plan, struct arena *arena, const struct host *host);
/* The step that loads the system call filter, if there is to be one, here. */
int plan_filter(struct plan *plan, struct arena *arena, const struct host *host);
/* The step that loads the system call filter, if there is to be one and plan_rights() has not added it. */
int plan_seccomp(struct plan *plan, struct arena *arena, const struct host *host);
/* The steps that close what --security-opt landlock= says. */
int plan_landlock(struct plan *plan, struct arena *arena);
/* The last step: the program itself. */
int plan_exec(struct plan *plan, struct arena *arena);
/* All steps into the sandbox that RECORD describes; PLAN has its sandbox already. */
int plan_join(struct plan *plan, struct arena *arena, const struct record *record, bool detach,
	      const struct host *host);

#endif
