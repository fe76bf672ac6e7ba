/* SPDX-License-Identifier: MIT */
/* What davit itself does for a sandbox in a user namespace; only execute.c, and steps of the image, ask for it. */
#ifndef SANDBOX_USERNS_H
#define SANDBOX_USERNS_H

#include "sandbox/step.h"

/* Write the id maps of PID, a child in a new user namespace, and keep that open in BOX. Returns 0 or -errno. */
int userns_map(struct box *box, pid_t pid);
/* fork(2) into the pid namespace of PID, with davit's own rights. Returns the child's number, 0 in the child, or -errno. */
pid_t userns_fork(const struct box *box, pid_t pid);
/* In that child: enter the sandbox's other namespaces, but not its user namespace. PID as davit
 * knows it. Returns 0 or -errno. */
int userns_enter(const struct box *box, pid_t pid);
/* Mount what is mounted at TARGET there once more, with owners as the user namespace of BOX knows them. Returns 0
 * or -errno; -EOPNOTSUPP when its file system cannot, -ENOSYS before Linux 5.12. mount_setattr(2) */
int userns_map_owners(const struct box *box, const char *target);

#endif
