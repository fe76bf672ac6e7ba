/* SPDX-License-Identifier: MIT */
/* A directory with all below it, in memory: to be compared, changed, and written out again. */
#ifndef UPDATE_DISK_H
#define UPDATE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { NOWHERE = -1, DISK_TOP = 0 };

/* Bytes, each sequence of them once: equal pointers are equal bytes. Never freed. */
struct content {
	uint64_t hash;
	size_t size;
	unsigned int number;
	unsigned char bytes[];
};

struct file {
	mode_t mode; /* the kind too */
	uid_t uid;
	gid_t gid;
	dev_t device;                     /* of a device */
	const struct content *content;    /* of a file, or where a link leads to; NULL for others */
	const struct content *attributes; /* NAME NUL LENGTH BYTES, each */
	dev_t real_device;                /* which one it was on the disk that was read */
	ino_t real;
};

/* Names are equal when their pointers are. */
struct entry {
	int dir, file;
	const char *name;
};

struct disk {
	struct file *files; /* the first one is the top */
	struct entry *entries;
	int file_count, entry_count, file_room, entry_room;
};

const struct content *content_make(const void *bytes, size_t size);
/* The one pointer for a name. */
const char *name_make(const char *name);

/* Read the directory PATH. Ends the program where that does not work, as all of these do. */
void disk_read(struct disk *disk, const char *path);
/* Make the directory PATH, which is there, look so. */
void disk_write(const struct disk *disk, const char *path);
void disk_copy(struct disk *to, const struct disk *from);
void disk_free(struct disk *disk);
/* Read one file, of which ATTRIBUTES and CONTENT are read by PATH, into what lstat(2) does not say. */
void file_read(struct file *file, const char *path, bool follow);

int disk_add_file(struct disk *disk, const struct file *file);
/* What is called NAME in DIR is FILE from now on, or nothing: NOWHERE. */
void disk_set(struct disk *disk, int dir, const char *name, int file);
/* The file of that name, or NOWHERE. */
int disk_get(const struct disk *disk, int dir, const char *name);
/* By a path below the top, "a/b/c"; "" is the top. */
int disk_find(const struct disk *disk, const char *path);

/* All that can be seen of it below DIR: names, but random ones, kinds, owners, contents. */
uint64_t disk_hash(const struct disk *disk, int dir);
/* Where the first difference is, for people; "" where there is none. */
void disk_compare(char *text, size_t size, const struct disk *a, const struct disk *b);

#endif
