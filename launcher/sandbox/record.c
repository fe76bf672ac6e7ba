/* SPDX-License-Identifier: MIT */
/* Reading what /run/davit says of the sandboxes of this machine: which there are, which live, what each is. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "sandbox/process.h"
#include "sandbox/record.h"
#include "sandbox/state.h"

/* The environment may be as long as exec(2) takes it, and escaping may make it four times as long. */
enum { TEXT_MOST = 16 << 20 };

/* --- the file --------------------------------------------------------------------------------------- */

/* A file of davit's own: a FIFO or a device could hold or do anything, another user's could say anything. */
static int check_file(struct stat *st, int fd)
{
	if (fstat(fd, st) < 0)
		return -errno;
	return S_ISREG(st->st_mode) && st->st_uid == geteuid() ? 0 : -EPERM;
}

static int file_open(int dir, const char *name)
{
	autoclose int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	int ret;

	if (fd < 0)
		return -errno;
	ret = check_file(&st, fd);
	return ret < 0 ? ret : steal_fd(&fd);
}

/* Everything in FD, as text without NUL bytes. */
static char *file_read(struct arena *arena, int fd, int *ret)
{
	struct stat st;
	ssize_t got = 0;
	char *text;

	*ret = check_file(&st, fd);
	if (*ret == 0 && st.st_size > TEXT_MOST)
		*ret = -EFBIG;
	if (*ret < 0)
		return NULL;
	text = arena_alloc(arena, (size_t)st.st_size + 1);
	if (text)
		got = pread(fd, text, (size_t)st.st_size, 0);
	*ret = text ? (got < 0 ? -errno : 0) : -ENOMEM;
	if (*ret < 0)
		return NULL;
	text[got] = '\0';
	return text;
}

static bool is_whole(const char *text)
{
	const size_t length = strlen(text);

	return length >= 5 && strcmp(text + length - 5, "\nend\n") == 0;
}

/* As long as the davit that watches it lives. fcntl(2) */
static bool is_locked(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static bool is_running(const struct record *record)
{
	uint64_t ticks;

	return record->pid > 0 && process_start_time(&ticks, record->pid) == 0 &&
	       ticks == record->start;
}

/* The text is written at once, after the lock was taken: what is not whole yet is being launched. */
static int record_read(struct record *record, struct arena *arena)
{
	autoclose int fd = file_open(record->dir, "pid");
	uint64_t pid;
	int ret = fd;

	if (fd >= 0)
		record->text = file_read(arena, fd, &ret);
	if (ret < 0)
		return ret;
	if (!record->text)
		return ret;
	if (is_whole(record->text) && text_field(&pid, record->text, "pid ") == 0 && pid > 1 &&
	    pid <= INT32_MAX && text_field(&record->start, record->text, "start ") == 0)
		record->pid = (pid_t)pid;
	record->created = record_number(record, "created");
	if (faccessat(record->dir, "exit", F_OK, 0) == 0)
		record->state = RECORD_EXITED;
	else if (record->pid)
		record->state = is_running(record) ? RECORD_RUNNING : RECORD_EXITED;
	else
		record->state = is_locked(fd) ? RECORD_CREATED : RECORD_EXITED;
	return 0;
}

/* --- the directory ---------------------------------------------------------------------------------- */

/* -ENOENT for what is no sandbox's: nobody's name, or removed meanwhile. */
static int record_open_at(struct record *record, struct arena *arena, int root, const char *name)
{
	int ret;

	*record = (struct record){ .dir = -1 };
	if (!text_is_name(name))
		return -ENOENT;
	snprintf(record->name, sizeof(record->name), "%s", name);
	record->dir = openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	ret = record->dir < 0 ? -errno : record_read(record, arena);
	if (ret == -ENOTDIR || ret == -ELOOP)
		ret = -ENOENT;
	if (ret < 0)
		record_close(record);
	return ret;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in ROOT that begin with START, sorted. */
static int names_with(struct texts *names, struct arena *arena, int root, const char *start)
{
	int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = 0;
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!list) {
		ret = -errno;
		fd_close(&fd);
		return ret;
	}
	while (ret == 0 && (entry = readdir(list))) {
		const char *name = entry->d_name;

		if (text_is_name(name) && strncmp(name, start, strlen(start)) == 0) {
			name = arena_copy(arena, name, strlen(name));
			ret = name ? texts_add(arena, names, name) : -ENOMEM;
		}
	}
	closedir(list);
	if (names->count)
		qsort(names->items, names->count, sizeof(*names->items), compare_names);
	return ret;
}

static int list_at(struct records *records, struct arena *arena, int root, const char *start)
{
	struct texts names = { 0 };
	int ret = names_with(&names, arena, root, start);
	size_t i;

	*records = (struct records){ 0 };
	if (ret == 0 && names.count) {
		records->items = arena_alloc(arena, names.count * sizeof(*records->items));
		ret = records->items ? 0 : -ENOMEM;
	}
	for (i = 0; i < names.count && ret == 0; i++) {
		ret = record_open_at(&records->items[records->count], arena, root, names.items[i]);
		if (ret == 0)
			records->count++;
		if (ret == -ENOENT)
			ret = 0;
	}
	return ret;
}

/* First of all, what killed davits left is put right. */
static int root_open(const char *run_root)
{
	int ret = state_open(run_root);

	if (ret >= 0)
		state_tidy(run_root, NULL);
	if (ret >= 0 || ret == -ENOENT)
		return ret;
	if (ret == -EPERM)
		return fail(0, "%s: not davit's alone: chmod 700 it, or give another --run-root",
			    run_root);
	return fail(-ret, "%s", run_root);
}

int record_list_at(struct records *records, struct arena *arena, int root)
{
	return list_at(records, arena, root, "");
}

int record_list(struct records *records, struct arena *arena, const char *run_root)
{
	autoclose int root = root_open(run_root);
	int ret;

	*records = (struct records){ 0 };
	if (root < 0)
		return root == -ENOENT ? 0 : root;
	ret = list_at(records, arena, root, "");
	if (ret < 0)
		records_close(records);
	return ret < 0 ? fail(-ret, "list %s", run_root) : 0;
}

static int say_several(struct arena *arena, const struct records *records, const char *name)
{
	struct string list = { 0 };
	size_t i;

	for (i = 0; i < records->count; i++)
		string_add(arena, &list, "%s%s", i ? ", " : "", records->items[i].name);
	fail(0, "%s: several sandboxes begin with that: %s", name, list.text ? list.text : "");
	return -EEXIST;
}

static int find_prefix(struct record *record, struct arena *arena, int root, const char *name)
{
	struct records records;
	int ret = text_is_name(name) ? list_at(&records, arena, root, name) : -ENOENT;

	if (ret < 0)
		return ret;
	if (records.count == 1) {
		*record = records.items[0];
		return 0;
	}
	ret = records.count ? say_several(arena, &records, name) : -ENOENT;
	records_close(&records);
	return ret;
}

int record_open(struct record *record, struct arena *arena, const char *run_root, const char *name)
{
	autoclose int root = root_open(run_root);
	int ret = root;

	*record = (struct record){ .dir = -1 };
	if (root < 0 && root != -ENOENT)
		return root;
	if (root >= 0)
		ret = record_open_at(record, arena, root, name);
	if (root >= 0 && ret == -ENOENT)
		ret = find_prefix(record, arena, root, name);
	if (ret == -ENOENT)
		fail(0, "%s: no such sandbox (davit ps -a lists them)", name);
	else if (ret < 0 && ret != -EEXIST)
		fail(-ret, "%s/%s", run_root, name);
	return ret;
}

int record_open_running(struct record *record, struct arena *arena, const char *run_root,
			const char *name)
{
	int ret = record_open(record, arena, run_root, name);

	if (ret < 0 || record->state == RECORD_RUNNING)
		return ret;
	fail(0, "%s: the sandbox is not running", record->name);
	record_close(record);
	return -ESRCH;
}

void record_close(struct record *record)
{
	fd_close(&record->dir);
}

void records_close(struct records *records)
{
	size_t i;

	for (i = 0; i < records->count; i++)
		record_close(&records->items[i]);
	records->count = 0;
}
