/* SPDX-License-Identifier: MIT */
/* Directories in memory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "disk.h"

enum { BUCKETS = 65536, ATTRIBUTES_MOST = 65536, DEPTH = 64 };

struct slot {
	struct slot *next;
	struct content *content;
};

static void give_up(const char *what)
{
	perror(what);
	exit(2);
}

static void *get_memory(void *old, size_t size)
{
	void *memory = realloc(old, size ? size : 1);

	if (!memory)
		give_up("memory");
	return memory;
}

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t word;

	for (; size >= sizeof(word); size -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	for (; size > 0; size--)
		hash = (hash ^ *bytes++) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 32;
}

const struct content *content_make(const void *bytes, size_t size)
{
	static struct slot *slots[BUCKETS];
	static unsigned int count;
	const uint64_t hash = mix(size + 1, bytes, size);
	struct slot **slot = &slots[hash % BUCKETS];

	for (; *slot; slot = &(*slot)->next) {
		const struct content *content = (*slot)->content;

		if (content->hash == hash && content->size == size &&
		    memcmp(content->bytes, bytes, size) == 0)
			return content;
	}
	*slot = get_memory(NULL, sizeof(**slot));
	(*slot)->next = NULL;
	(*slot)->content = get_memory(NULL, sizeof(*(*slot)->content) + size + 1);
	*(*slot)->content = (struct content){ hash, size, count++ };
	memcpy((*slot)->content->bytes, bytes, size);
	(*slot)->content->bytes[size] = '\0';
	return (*slot)->content;
}

const char *name_make(const char *name)
{
	return (const char *)content_make(name, strlen(name))->bytes;
}

/* --- changes --------------------------------------------------------------------------------------------- */

int disk_add_file(struct disk *disk, const struct file *file)
{
	if (disk->file_count == disk->file_room) {
		disk->file_room = 2 * disk->file_room + 64;
		disk->files = get_memory(disk->files, (size_t)disk->file_room * sizeof(*file));
	}
	disk->files[disk->file_count] = *file;
	return disk->file_count++;
}

static struct entry *entry_of(const struct disk *disk, int dir, const char *name)
{
	int i;

	for (i = 0; i < disk->entry_count; i++) {
		if (disk->entries[i].dir == dir && disk->entries[i].name == name)
			return &disk->entries[i];
	}
	return NULL;
}

void disk_set(struct disk *disk, int dir, const char *name, int file)
{
	struct entry *entry = entry_of(disk, dir, name);

	if (entry && file == NOWHERE) {
		*entry = disk->entries[--disk->entry_count];
	} else if (entry) {
		entry->file = file;
	} else if (file != NOWHERE) {
		if (disk->entry_count == disk->entry_room) {
			disk->entry_room = 2 * disk->entry_room + 64;
			disk->entries =
				get_memory(disk->entries, (size_t)disk->entry_room * sizeof(*entry));
		}
		disk->entries[disk->entry_count++] = (struct entry){ dir, file, name };
	}
}

int disk_get(const struct disk *disk, int dir, const char *name)
{
	const struct entry *entry = entry_of(disk, dir, name);

	return entry ? entry->file : NOWHERE;
}

int disk_find(const struct disk *disk, const char *path)
{
	int file = DISK_TOP;

	while (*path && file != NOWHERE) {
		const size_t length = strcspn(path, "/");
		char name[NAME_MAX + 1];

		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		if (length)
			file = disk_get(disk, file, name_make(name));
		path += length + (path[length] == '/');
	}
	return file;
}

void disk_copy(struct disk *to, const struct disk *from)
{
	if (to->file_room < from->file_count) {
		to->file_room = from->file_count + 16;
		to->files = get_memory(to->files, (size_t)to->file_room * sizeof(*to->files));
	}
	if (to->entry_room < from->entry_count) {
		to->entry_room = from->entry_count + 16;
		to->entries = get_memory(to->entries, (size_t)to->entry_room * sizeof(*to->entries));
	}
	to->file_count = from->file_count;
	to->entry_count = from->entry_count;
	if (from->file_count)
		memcpy(to->files, from->files, (size_t)from->file_count * sizeof(*to->files));
	if (from->entry_count)
		memcpy(to->entries, from->entries, (size_t)from->entry_count * sizeof(*to->entries));
}

void disk_free(struct disk *disk)
{
	free(disk->files);
	free(disk->entries);
	*disk = (struct disk){ 0 };
}

/* --- reading --------------------------------------------------------------------------------------------- */

static const struct content *read_bytes(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const struct content *content;
	struct stat st;
	char *bytes;

	if (fd < 0 || fstat(fd, &st) < 0)
		give_up(path);
	bytes = get_memory(NULL, (size_t)st.st_size);
	if (pread(fd, bytes, (size_t)st.st_size, 0) != st.st_size)
		give_up(path);
	content = content_make(bytes, (size_t)st.st_size);
	free(bytes);
	close(fd);
	return content;
}

static const struct content *read_link(const char *path)
{
	char target[PATH_MAX];
	ssize_t got = readlink(path, target, sizeof(target));

	if (got < 0)
		give_up(path);
	return content_make(target, (size_t)got);
}

static const struct content *read_attributes(const char *path, bool follow)
{
	static char names[ATTRIBUTES_MOST], all[ATTRIBUTES_MOST];
	ssize_t got = follow ? listxattr(path, names, sizeof(names)) :
			       llistxattr(path, names, sizeof(names));
	const char *name;
	size_t used = 0;

	if (got < 0 && errno != EOPNOTSUPP)
		give_up(path);
	for (name = names; got > 0 && name < names + got; name += strlen(name) + 1) {
		uint32_t length;
		char *at = all + used + strlen(name) + 1;
		ssize_t size = follow ? getxattr(path, name, at + 4, sizeof(all) / 2) :
					lgetxattr(path, name, at + 4, sizeof(all) / 2);

		/* Of an overlay's directories: another one at each mount. */
		if (strncmp(name, "trusted.overlay.", 16) == 0 && strcmp(name + 16, "opaque") != 0)
			continue;
		if (size < 0 || used > sizeof(all) / 4)
			give_up(path);
		memcpy(all + used, name, strlen(name) + 1);
		length = (uint32_t)size;
		memcpy(at, &length, sizeof(length));
		used += strlen(name) + 1 + 4 + (size_t)size;
	}
	return content_make(all, used);
}

void file_read(struct file *file, const char *path, bool follow)
{
	struct stat st;

	if ((follow ? stat(path, &st) : lstat(path, &st)) < 0)
		give_up(path);
	*file = (struct file){ .mode = st.st_mode,
			       .uid = st.st_uid,
			       .gid = st.st_gid,
			       .device = st.st_rdev,
			       .real_device = st.st_dev,
			       .real = st.st_ino,
			       .attributes = read_attributes(path, follow) };
	if (S_ISREG(st.st_mode))
		file->content = read_bytes(path);
	else if (S_ISLNK(st.st_mode))
		file->content = read_link(path);
}

static int known_file(const struct disk *disk, const struct file *file)
{
	int i;

	for (i = 0; i < disk->file_count; i++) {
		if (disk->files[i].real == file->real &&
		    disk->files[i].real_device == file->real_device)
			return i;
	}
	return NOWHERE;
}

static void read_below(struct disk *disk, int dir, const char *path)
{
	DIR *list = opendir(path);
	struct dirent *item;

	if (!list)
		give_up(path);
	while ((item = readdir(list))) {
		char below[PATH_MAX];
		struct file file;
		int number;

		if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, item->d_name);
		file_read(&file, below, false);
		number = known_file(disk, &file);
		if (number == NOWHERE)
			number = disk_add_file(disk, &file);
		disk_set(disk, dir, name_make(item->d_name), number);
		if (S_ISDIR(file.mode))
			read_below(disk, number, below);
	}
	closedir(list);
}

void disk_read(struct disk *disk, const char *path)
{
	struct file top;

	disk->file_count = disk->entry_count = 0;
	file_read(&top, path, true);
	disk_add_file(disk, &top);
	read_below(disk, DISK_TOP, path);
}

/* --- writing --------------------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *place)
{
	(void)st;
	(void)kind;
	return place->level > 0 ? remove(path) : 0;
}

static void write_bytes(const char *path, const struct content *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, content->bytes, content->size) != (ssize_t)content->size)
		give_up(path);
	close(fd);
}

static void write_attributes(const char *path, const struct content *attributes)
{
	const char *at = (const char *)attributes->bytes, *end = at + attributes->size;

	while (at < end) {
		const char *name = at;
		uint32_t length;

		at += strlen(name) + 1;
		memcpy(&length, at, sizeof(length));
		at += sizeof(length);
		if (lsetxattr(path, name, at, length, 0) < 0)
			give_up(path);
		at += length;
	}
}

static void write_owner(const char *path, const struct file *file)
{
	if (lchown(path, file->uid, file->gid) < 0 ||
	    (!S_ISLNK(file->mode) && chmod(path, file->mode & 07777) < 0))
		give_up(path);
	write_attributes(path, file->attributes);
}

static void write_file(const char *path, const struct file *file)
{
	if (S_ISREG(file->mode))
		write_bytes(path, file->content);
	else if ((S_ISLNK(file->mode) && symlink((const char *)file->content->bytes, path) < 0) ||
		 (S_ISDIR(file->mode) && mkdir(path, 0700) < 0) ||
		 (!S_ISLNK(file->mode) && !S_ISDIR(file->mode) &&
		  mknod(path, file->mode, file->device) < 0))
		give_up(path);
	write_owner(path, file);
}

/* FIRST has the path of each file that is there already, for a second name. */
static void write_below(const struct disk *disk, int dir, const char *path, char **first)
{
	int i;

	for (i = 0; i < disk->entry_count; i++) {
		const struct entry *entry = &disk->entries[i];
		char below[PATH_MAX];

		if (entry->dir != dir)
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->name);
		if (!first[entry->file]) {
			first[entry->file] = strdup(below);
			write_file(below, &disk->files[entry->file]);
			if (S_ISDIR(disk->files[entry->file].mode))
				write_below(disk, entry->file, below, first);
		} else if (!S_ISDIR(disk->files[entry->file].mode) &&
			   link(first[entry->file], below) < 0) {
			give_up(below);
		}
	}
}

void disk_write(const struct disk *disk, const char *path)
{
	char **first = calloc((size_t)disk->file_count, sizeof(*first));
	int i;

	if (!first || nftw(path, remove_one, DEPTH, FTW_DEPTH | FTW_PHYS) != 0)
		give_up(path);
	write_owner(path, &disk->files[DISK_TOP]);
	write_below(disk, DISK_TOP, path, first);
	for (i = 0; i < disk->file_count; i++)
		free(first[i]);
	free(first);
}

/* --- comparing ------------------------------------------------------------------------------------------- */

static uint64_t file_hash(const struct file *file)
{
	const uint64_t parts[] = { file->mode,
				   file->uid,
				   file->gid,
				   file->device,
				   file->content ? file->content->number : UINT32_MAX,
				   file->attributes->number };

	return mix(1, parts, sizeof(parts));
}

/* Names of files half written are random: they do not count. */
static uint64_t name_hash(const char *name)
{
	static const char any[] = "0123456789abcdef";

	return strlen(name) == 16 && strspn(name, any) == 16 ? 1 : (uint64_t)(uintptr_t)name;
}

static uint64_t hash_below(const struct disk *disk, int dir, uint64_t above, int depth)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < disk->entry_count && depth < DEPTH; i++) {
		const struct entry *entry = &disk->entries[i];
		uint64_t parts[3];

		if (entry->dir != dir)
			continue;
		parts[0] = above;
		parts[1] = name_hash(entry->name);
		parts[2] = file_hash(&disk->files[entry->file]);
		parts[0] = mix(2, parts, sizeof(parts));
		sum += parts[0];
		if (S_ISDIR(disk->files[entry->file].mode))
			sum += hash_below(disk, entry->file, parts[0], depth + 1);
	}
	return sum;
}

uint64_t disk_hash(const struct disk *disk, int dir)
{
	return dir == NOWHERE ? 0 : file_hash(&disk->files[dir]) + hash_below(disk, dir, 3, 0);
}

/* What A has below a directory and B has not. Returns false when there is something. */
static bool is_within(char *text, size_t size, const struct disk *a, int dir_a,
		      const struct disk *b, int dir_b, const char *path)
{
	int i;

	for (i = 0; i < a->entry_count; i++) {
		const struct entry *entry = &a->entries[i];
		char below[PATH_MAX];
		int other;

		if (entry->dir != dir_a)
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->name);
		other = disk_get(b, dir_b, entry->name);
		if (other == NOWHERE ||
		    file_hash(&a->files[entry->file]) != file_hash(&b->files[other])) {
			snprintf(text, size, "%.200s %s", below,
				 other == NOWHERE ? "is in one only" : "differs");
			return false;
		}
		if (S_ISDIR(a->files[entry->file].mode) &&
		    !is_within(text, size, a, entry->file, b, other, below))
			return false;
	}
	return true;
}

void disk_compare(char *text, size_t size, const struct disk *a, const struct disk *b)
{
	text[0] = '\0';
	if (is_within(text, size, a, DISK_TOP, b, DISK_TOP, ""))
		(void)is_within(text, size, b, DISK_TOP, a, DISK_TOP, "");
}
