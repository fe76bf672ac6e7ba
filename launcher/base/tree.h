/* SPDX-License-Identifier: MIT */
/* Paths inside a tree that may be hostile: nothing here looks or leads outside of its root. */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include <sys/types.h>

/* All functions take ROOT, a descriptor of a directory (O_PATH will do), and treat it as if it were /:
 * symlinks, absolute ones too, stay inside, ".." stops at ROOT. Magic links of procfs are refused with -ELOOP.
 * O_CLOEXEC is added to FLAGS. Descriptors are the caller's; errors are -errno and not said. */

/* Open PATH; FLAGS as for open(2), but -EINVAL for O_CREAT and O_TMPFILE. Source: openat2(2)
 * RESOLVE_IN_ROOT. Where the kernel or a filter around davit refuses that: tree_open_walk().
 * -EAGAIN when others keep renaming directories on the way. */
int tree_open(int root, const char *path, int flags);
/* The same without openat2(2), part by part. It refuses all symlinks of procfs, and -ENAMETOOLONG
 * where a link's target and the rest of the path are longer than PATH_MAX together. */
int tree_open_walk(int root, const char *path, int flags);

/* Open the absolute PATH of the machine itself, not of a tree; -ELOOP if any part of it is a symlink, -EINVAL
 * for "..": so nobody who can write to a directory on the way can lead it elsewhere. */
int tree_open_plain(const char *path, int flags);

/* Make directory PATH with MODE, and what is missing on the way to it with 0755, both less the umask. An
 * existing directory is fine. A dangling symlink gets what it points to. Returns an O_PATH descriptor of it. */
int tree_mkdir(int root, const char *path, mode_t mode);
/* Open file PATH; where it is missing, make it as a regular file with MODE, and parents as
 * tree_mkdir does. -EISDIR for a directory, -EINVAL for what is no regular file unless FLAGS has
 * O_PATH, -ELOOP for a symlink as the last part if FLAGS has O_NOFOLLOW (else it is followed,
 * inside ROOT). FLAGS without O_CREAT. */
int tree_create(int root, const char *path, int flags, mode_t mode);
/* mknod(2) and symlink(2) at PATH, which must not exist yet (-EEXIST); parents are made as by
 * tree_mkdir. Return 0 or -errno; -EINVAL for a path whose last part is empty, "." or "..". */
int tree_mknod(int root, const char *path, mode_t mode, dev_t device);
int tree_symlink(int root, const char *path, const char *target);

#endif
