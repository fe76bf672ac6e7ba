/* SPDX-License-Identifier: MIT */
/* getdents64(2), whose records are the C library's struct dirent. */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/list.h"

_Static_assert(sizeof(((struct dirent *)0)->d_ino) == 8 && offsetof(struct dirent, d_name) == 19,
	       "struct dirent is not the kernel's");

void list_begin(struct list *list, int fd)
{
	list->fd = fd;
	list->error = 0;
	list->used = 0;
	list->at = 0;
	(void)lseek(fd, 0, SEEK_SET);
}

const char *list_next(struct list *list)
{
	unsigned short length;
	const char *entry;

	if (list->at == list->used) {
		long got = syscall(SYS_getdents64, list->fd, list->room, sizeof(list->room));

		if (got <= 0) {
			list->error = got < 0 ? -errno : 0;
			return NULL;
		}
		list->used = (size_t)got;
		list->at = 0;
	}
	entry = list->room + list->at;
	memcpy(&length, entry + offsetof(struct dirent, d_reclen), sizeof(length));
	list->at += length;
	return entry + offsetof(struct dirent, d_name);
}
