/* SPDX-License-Identifier: MIT */
/* A tar of any bytes: its index names bytes that are in it, and no name leads out. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/tar_index.h"
#include "store/tar_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int right)
{
	if (!right)
		abort();
}

static void check_name(const char *text)
{
	struct tar_name name;
	size_t length;

	if (tar_name_read(&name, text) || name.kind == TAR_ROOT ||
	    (name.kind == TAR_OPAQUE && !name.length))
		return;
	length = strlen(name.path);
	check(length == name.length && length > 0 && length <= TAR_NAME_MOST);
	check(name.path[0] != '/' && name.path[length - 1] != '/' && !strstr(name.path, "//"));
	check(strcmp(name.path, "..") != 0 && strncmp(name.path, "../", 3) != 0);
	check(!strstr(name.path, "/../") &&
	      (length < 3 || strcmp(name.path + length - 3, "/..") != 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("tar", MFD_CLOEXEC);
	struct arena arena = { 0 };
	struct tar_index index;
	struct blob blob;
	char *name = arena_copy(&arena, (const char *)data, size);
	size_t i;

	check(fd >= 0 && name && write(fd, data, size) == (ssize_t)size);
	check_name(name);
	if (tar_index_open(&index, &arena, fd, "x") == 0) {
		for (i = 0; i < index.members.count; i++) {
			check_name(index.members.all[i]->key);
			if (tar_index_find(&blob, &index, index.members.all[i]->key) == 0)
				check(blob.size <= size && blob.offset <= size - blob.size);
		}
	}

	close(fd);
	arena_close(&arena);
	return 0;
}
