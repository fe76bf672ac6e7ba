/* SPDX-License-Identifier: MIT */
/* A zip of any bytes: refused in words, or read so that nothing overlaps and no name leads out; and
 * then written below a directory and nowhere else. */
#include <fcntl.h>
#include <ftw.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/zip_extract.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int right)
{
	if (!right)
		abort();
}

static void check_member(const struct zip *zip, size_t i, size_t size)
{
	const struct zip_member *m = &zip->members[i];
	const size_t length = strlen(m->name);

	check(m->offset > m->header && m->offset <= size && m->packed <= size - m->offset);
	check(length > 0 && m->name[0] != '/' && m->name[length - 1] != '/');
	check(strcmp(m->name, "..") != 0 && strncmp(m->name, "../", 3) != 0);
	check(!strstr(m->name, "/../") && !strstr(m->name, "//"));
	check(length < 3 || strcmp(m->name + length - 3, "/..") != 0);
	check(S_ISREG(m->mode) || S_ISDIR(m->mode) || S_ISLNK(m->mode));
	check((m->mode & 07000) == 0);
	check(zip_find(zip, m->name) == m);
	/* By name; of each two, one ends before the other begins. */
	for (size_t j = 0; j < i; j++) {
		const struct zip_member *other = &zip->members[j];

		check(strcmp(m->name, other->name) != 0);
		check(m->header >= other->offset + other->packed ||
		      other->header >= m->offset + m->packed);
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int open_up(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	return type == FTW_D ? chmod(path, 0700) : 0;
}

static void write_all(const struct zip *zip, int fd)
{
	char path[] = "/dev/shm/davit-fuzz-XXXXXX";
	int directory;

	if (zip_room(zip) > 1 << 20 || !mkdtemp(path))
		return;
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (zip_extract(directory, zip, fd, "x") == 0) {
		for (size_t i = 0; i < zip->count; i++) {
			struct stat st;

			check(fstatat(directory, zip->members[i].name, &st, AT_SYMLINK_NOFOLLOW) == 0);
			check((st.st_mode & S_IFMT) == (zip->members[i].mode & S_IFMT));
		}
	}
	close(directory);
	(void)nftw(path, open_up, 8, FTW_PHYS);
	(void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	int fd = memfd_create("zip", MFD_CLOEXEC);
	uint64_t start;
	struct zip zip;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	(void)zip_start(&start, fd);
	if (zip_open(&zip, &arena, fd, 0, "x") == 0) {
		for (size_t i = 0; i < zip.count; i++)
			check_member(&zip, i, size);
		write_all(&zip, fd);
	}
	close(fd);
	arena_close(&arena);
	return 0;
}
