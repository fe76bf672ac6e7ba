/* SPDX-License-Identifier: MIT */
/* The names in a directory, without the C library's allocator: what waits for its app must stay small. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <dirent.h>
#include <stddef.h>

#include "base/fd.h" /* whoever lists a directory has opened it */

struct list {
	int fd, error; /* 0, or the -errno that the list was cut off by */
	size_t used, at;
	_Alignas(struct dirent) char room[1024];
};

/* Begin with directory FD, at its start; the caller goes on owning it, and may use it for what is in there. */
void list_begin(struct list *list, int fd);

/* The next name, valid until the next call, or NULL: there is none, or ERROR says
 * why there may be more: whoever removes what is not in the list must look at that. */
const char *list_next(struct list *list);

#endif
