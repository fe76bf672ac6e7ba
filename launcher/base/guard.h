/* SPDX-License-Identifier: MIT */
/* Files that decide over others: root's alone, neither links nor anything but files. */
#ifndef BASE_GUARD_H
#define BASE_GUARD_H

#include <sys/stat.h>

/* Whoever may write to the open FD, or take it away, would decide instead of root. TYPE is S_IFREG
 * or S_IFDIR. Returns 0, or -errno said by fail(). */
int guard_owner(int fd, const char *path, mode_t type);
/* Open NAME in DIR that way; PATH stands in messages. Returns a descriptor, -ENOENT unsaid, or -EINVAL said. */
int guard_open(int dir, const char *name, const char *path);

#endif
