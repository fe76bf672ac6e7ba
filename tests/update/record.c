/* SPDX-License-Identifier: MIT */
/* Watch system calls that change files. What they have done is looked up on the disk while the
 * process waits, so that no call is forgotten: in the end, the disk must be what was recorded. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "record_parts.h"

void record_refuse(struct recording *recording, const struct trace_call *call, const char *why)
{
	if (!recording->wrong[0])
		snprintf(recording->wrong, sizeof(recording->wrong),
			 "call %u of process %u, number %ld: %s", call->count, call->process,
			 call->number, why);
}

struct op *record_op(struct recording *recording, const struct trace_call *call, enum op_kind kind,
		     int file)
{
	struct op *op;

	if (recording->count == recording->room) {
		recording->room = 2 * recording->room + 256;
		recording->ops =
			realloc(recording->ops, (size_t)recording->room * sizeof(*recording->ops));
		if (!recording->ops)
			exit(2);
	}
	op = &recording->ops[recording->count++];
	*op = (struct op){ .kind = kind,
			   .file = file,
			   .dir = NOWHERE,
			   .with = NOWHERE,
			   .process = call->process,
			   .count = call->count,
			   .what = "" };
	return op;
}

/* --- which file ------------------------------------------------------------------------------------------ */

int record_file(const struct recording *recording, const struct stat *st)
{
	int i;

	/* The youngest one: numbers are used again. */
	for (i = recording->now.file_count - 1; i >= 0; i--) {
		if (recording->now.files[i].real == st->st_ino &&
		    recording->now.files[i].real_device == st->st_dev)
			return i;
	}
	return NOWHERE;
}

int record_file_of(const struct recording *recording, const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? NOWHERE : record_file(recording, &st);
}

void record_descriptor(char path[64], const struct trace_call *call, unsigned long fd)
{
	snprintf(path, 64, "/proc/%d/fd/%d", (int)call->pid, (int)fd);
}

/* A text of the process, page by page. */
static void read_text(char *text, size_t size, pid_t pid, unsigned long from)
{
	size_t used = 0;

	text[0] = '\0';
	while (used < size - 1) {
		const size_t page = 4096 - (from + used) % 4096;
		struct iovec to = { text + used, page < size - 1 - used ? page : size - 1 - used };
		struct iovec source = { (void *)(from + used), to.iov_len };
		ssize_t got = process_vm_readv(pid, &to, 1, &source, 1, 0);

		if (got <= 0)
			break;
		used += (size_t)got;
		text[used] = '\0';
		if (memchr(to.iov_base, '\0', (size_t)got))
			break;
	}
}

/* AT: a directory's descriptor, or AT_FDCWD. */
void record_place(struct place *place, const struct recording *recording,
		  const struct trace_call *call, unsigned long at, unsigned long text)
{
	static const char self[] = "/proc/self/";
	char path[PATH_MAX], parent[PATH_MAX + 64], base[64];
	char *slash;

	read_text(path, sizeof(path), call->pid, text);
	while ((slash = strrchr(path, '/')) && slash > path && !slash[1])
		*slash = '\0';
	/* Its own, not ours. */
	if (strncmp(path, self, sizeof(self) - 1) == 0) {
		snprintf(base, sizeof(base), "/proc/%d/", (int)call->pid);
		memmove(path, path + sizeof(self) - 1, strlen(path + sizeof(self) - 1) + 1);
	} else if (path[0] == '/')
		snprintf(base, sizeof(base), "/proc/%d/root", (int)call->pid);
	else if ((int)at == AT_FDCWD)
		snprintf(base, sizeof(base), "/proc/%d/cwd/", (int)call->pid);
	else
		snprintf(base, sizeof(base), "/proc/%d/fd/%d/", (int)call->pid, (int)at);
	slash = strrchr(path, '/');
	snprintf(place->name, sizeof(place->name), "%.*s", NAME_MAX, slash ? slash + 1 : path);
	snprintf(parent, sizeof(parent), "%s%.*s", base, slash ? (int)(slash - path) + 1 : 0, path);
	snprintf(place->path, sizeof(place->path), "%s%s", base, path);
	place->dir = record_file_of(recording, parent);
}

/* --- what has become of it ------------------------------------------------------------------------------- */

void record_data(struct recording *recording, const struct trace_call *call, int file,
		 const char *path, const char *what)
{
	const struct content *old, *new;
	struct file now;
	struct op *op;
	size_t from = 0, least, to;

	if (file == NOWHERE || !S_ISREG(recording->now.files[file].mode))
		return;
	file_read(&now, path, true);
	old = recording->now.files[file].content;
	new = now.content;
	if (old == new)
		return;
	least = old->size < new->size ? old->size : new->size;
	while (from < least && old->bytes[from] == new->bytes[from])
		from++;
	to = new->size;
	while (to > from && to <= old->size && old->size == new->size &&
	       old->bytes[to - 1] == new->bytes[to - 1])
		to--;
	op = record_op(recording, call, OP_DATA, file);
	op->from = from;
	op->to = to;
	op->content = new;
	op->before = old;
	op->what = what;
	recording->now.files[file].content = new;
}

void record_owner(struct recording *recording, const struct trace_call *call, int file,
		  const struct file *now)
{
	struct file *old = &recording->now.files[file];

	if (now->mode == old->mode && now->uid == old->uid && now->gid == old->gid &&
	    now->attributes == old->attributes)
		return;
	record_op(recording, call, OP_OWNER, file)->owner = *now;
	old->mode = now->mode;
	old->uid = now->uid;
	old->gid = now->gid;
	old->attributes = now->attributes;
}

struct op *record_name(struct recording *recording, const struct trace_call *call,
		       const struct place *place, int file, const char *what)
{
	struct op *op = record_op(recording, call, OP_NAME, file);
	char text[NAME_MAX + 64];

	snprintf(text, sizeof(text), "%s %s", what, place->name);
	op->dir = place->dir;
	op->name = name_make(place->name);
	op->what = name_make(text);
	disk_set(&recording->now, place->dir, op->name, file);
	return op;
}

/* What is under a name that a call may have made. A new file begins empty: its bytes are a change of their own. */
int record_new(struct recording *recording, const struct trace_call *call,
	       const struct place *place, const char *what)
{
	const int old = place->dir == NOWHERE ?
				NOWHERE :
				disk_get(&recording->now, place->dir, name_make(place->name));
	struct file now;
	struct stat st;
	int file;

	if (place->dir == NOWHERE || lstat(place->path, &st) < 0)
		return NOWHERE;
	file = record_file(recording, &st);
	if (file != NOWHERE && file == old)
		return file;
	if (file == NOWHERE || st.st_nlink <= 1) {
		file_read(&now, place->path, false);
		if (S_ISREG(now.mode))
			now.content = content_make("", 0);
		file = disk_add_file(&recording->begin, &now);
		disk_add_file(&recording->now, &now);
	}
	record_name(recording, call, place, file, what);
	return file;
}

/* --------------------------------------------------------------------------------------------------------- */

void record_begin(struct recording *recording, const char *top)
{
	*recording = (struct recording){ .top = top };
	disk_read(&recording->begin, top);
	disk_copy(&recording->now, &recording->begin);
}

bool record_run(struct recording *recording, struct outcome *outcome, char *const *argv,
		const struct fault *fault)
{
	const struct watcher watcher = { record_see, recording };
	struct fault run = { .kind = FAULT_NONE };
	struct disk disk = { 0 };
	char difference[256];

	if (fault)
		run = *fault;
	run.whole = true;
	run.watcher = &watcher;
	trace_run(outcome, argv, &run);
	if (recording->wrong[0])
		return false;
	/* Killed between what it wrote to an overlay and its next mount. */
	if (fault && fault->kind == FAULT_KILL)
		record_rest(recording, &(struct trace_call){ .count = fault->call });
	disk_read(&disk, recording->top);
	disk_compare(difference, sizeof(difference), &disk, &recording->now);
	disk_free(&disk);
	if (difference[0])
		snprintf(recording->wrong, sizeof(recording->wrong),
			 "a change was not seen: %.200s", difference);
	return !difference[0];
}

void record_restart(struct recording *recording)
{
	record_op(recording, &(struct trace_call){ .count = 0 }, OP_SYNC_ALL, NOWHERE);
}

void record_free(struct recording *recording)
{
	disk_free(&recording->begin);
	disk_free(&recording->now);
	free(recording->ops);
	*recording = (struct recording){ 0 };
}
