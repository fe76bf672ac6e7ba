/* SPDX-License-Identifier: MIT */
/* A copy of a directory as an app left it: owners, modes, times, extended attributes, hard links, devices, holes. */
#ifndef SERVICE_TREE_COPY_H
#define SERVICE_TREE_COPY_H

#include <stdbool.h>
#include <stdint.h>

/* Levels of directories in each other; an app may make any number of them. */
enum { TREE_DEPTH_MOST = 256 };

/* Copy what is in directory FROM into TO, an empty one; by reference where the file system can. TO
 * gets FROM's owner, mode, times and attributes. LINKS is an empty directory beside TO, which is
 * left with second names of files that have several. Nothing is flushed. Returns 0 or -errno:
 * -ELOOP for more than TREE_DEPTH_MOST levels. */
int tree_copy(int from, int to, int links);
/* Bytes that a copy of FROM takes on the same file system; CLONED: where files are copied by
 * reference. Returns 0 or -errno. */
int tree_copy_size(uint64_t *bytes, int from, bool cloned);
/* Whether the file system of DIR copies files by reference. Makes two files in it, and removes them. */
bool tree_copy_is_cloned(int dir);

#endif
