/* SPDX-License-Identifier: MIT */
/* Where an app says that it is ready: a datagram socket, as sd_notify(3) wants it. */
#ifndef SERVICE_NOTIFY_H
#define SERVICE_NOTIFY_H

#include <stdbool.h>

#include "base/arena.h"

/* Make the socket of the app NAME in RUN_ROOT, which is root's alone; its path, which a sandbox can
 * be given, goes to *PATH, from ARENA. Returns a descriptor that does not wait, or -errno said. */
int notify_open(const char **path, struct arena *arena, const char *run_root, const char *name);
/* Take what has come. Returns whether READY=1 was among it. */
bool notify_ready(int fd);
/* Remove the socket; FD is closed. Safe twice. */
void notify_close(int *fd, const char *path);

#endif
