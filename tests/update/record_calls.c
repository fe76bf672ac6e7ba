/* SPDX-License-Identifier: MIT */
/* What each system call that was made has changed. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "record_parts.h"

static int file_of_descriptor(const struct recording *recording, const struct trace_call *call,
			      unsigned long fd)
{
	char path[64];

	record_descriptor(path, call, fd);
	return record_file_of(recording, path);
}

static void see_owner_of(struct recording *recording, const struct trace_call *call, int file,
			 const char *path, bool follow)
{
	struct file now;

	if (file == NOWHERE)
		return;
	file_read(&now, path, follow);
	record_owner(recording, call, file, &now);
}

static void see_open(struct recording *recording, const struct trace_call *call, unsigned long at,
		     unsigned long text, unsigned long flags)
{
	struct place place;
	char path[64];
	int file;

	record_descriptor(path, call, (unsigned long)call->result);
	if (flags & O_CREAT) {
		record_place(&place, recording, call, at, text);
		(void)record_new(recording, call, &place, "create");
	}
	if ((flags & O_TMPFILE) == O_TMPFILE && record_file_of(recording, path) == NOWHERE) {
		record_place(&place, recording, call, at, text);
		if (place.dir != NOWHERE)
			record_refuse(recording, call, "a file without a name");
	}
	file = record_file_of(recording, path);
	if (flags & O_TRUNC)
		record_data(recording, call, file, path, "truncate");
}

static void see_open_how(struct recording *recording, const struct trace_call *call)
{
	struct iovec source = { (void *)call->args[2], sizeof(uint64_t) };
	uint64_t flags = 0;
	struct iovec to = { &flags, sizeof(flags) };

	if (process_vm_readv(call->pid, &to, 1, &source, 1, 0) != sizeof(flags))
		record_refuse(recording, call, "openat2");
	see_open(recording, call, call->args[0], call->args[1], (unsigned long)flags);
}

static void see_rename(struct recording *recording, const struct trace_call *call,
		       struct place *from, struct place *to, unsigned long flags)
{
	int file, add;

	if (from->dir == NOWHERE && to->dir == NOWHERE)
		return;
	if (from->dir == NOWHERE || to->dir == NOWHERE || (flags & ~1UL)) {
		record_refuse(recording, call, "this kind of rename");
		return;
	}
	file = disk_get(&recording->now, from->dir, name_make(from->name));
	add = recording->count;
	record_name(recording, call, to, file, "rename to");
	record_name(recording, call, from, NOWHERE, "rename from")->with = add;
}

static void see_removal(struct recording *recording, const struct trace_call *call,
			unsigned long at, unsigned long text)
{
	struct place place;

	record_place(&place, recording, call, at, text);
	if (place.dir != NOWHERE)
		record_name(recording, call, &place, NOWHERE, "remove");
}

static void see_made(struct recording *recording, const struct trace_call *call, unsigned long at,
		     unsigned long text)
{
	struct place place;

	record_place(&place, recording, call, at, text);
	(void)record_new(recording, call, &place, "make");
}

static void see_written(struct recording *recording, const struct trace_call *call, unsigned long fd)
{
	char path[64];

	record_descriptor(path, call, fd);
	record_data(recording, call, record_file_of(recording, path), path, "write");
}

static void see_owned(struct recording *recording, const struct trace_call *call, unsigned long at,
		      unsigned long text, bool follow)
{
	struct place place;
	struct stat st;

	record_place(&place, recording, call, at, text);
	/* AT_EMPTY_PATH */
	if (!place.name[0] && place.path[strlen(place.path) - 1] == '/') {
		place.path[strlen(place.path) - 1] = '\0';
		follow = true;
	}
	if ((follow ? stat(place.path, &st) : lstat(place.path, &st)) == 0)
		see_owner_of(recording, call, record_file(recording, &st), place.path, follow);
}

static void see_synced(struct recording *recording, const struct trace_call *call, bool all)
{
	const int file = file_of_descriptor(recording, call, call->args[0]);

	if (file != NOWHERE)
		record_op(recording, call, all ? OP_SYNC_ALL : OP_SYNC, all ? NOWHERE : file);
}

/* Calls that all machines have. Returns whether it was one. */
static bool see_common(struct recording *recording, const struct trace_call *call)
{
	const unsigned long *args = call->args;
	struct place from, to;
	char path[64];

	switch (call->number) {
	case SYS_openat:
		see_open(recording, call, args[0], args[1], args[2]);
		return true;
	case SYS_openat2:
		see_open_how(recording, call);
		return true;
	case SYS_write:
	case SYS_writev:
	case SYS_pwrite64:
	case SYS_pwritev:
	case SYS_pwritev2:
	case SYS_ftruncate:
	case SYS_fallocate:
	case SYS_sendfile:
	case SYS_ioctl:
		see_written(recording, call, args[0]);
		return true;
	case SYS_copy_file_range:
	case SYS_splice:
		see_written(recording, call, args[2]);
		return true;
	case SYS_mkdirat:
	case SYS_mknodat:
		see_made(recording, call, args[0], args[1]);
		return true;
	case SYS_symlinkat:
		see_made(recording, call, args[1], args[2]);
		return true;
	case SYS_linkat:
		see_made(recording, call, args[2], args[3]);
		return true;
	case SYS_unlinkat:
		see_removal(recording, call, args[0], args[1]);
		return true;
	case SYS_renameat2:
		record_place(&from, recording, call, args[0], args[1]);
		record_place(&to, recording, call, args[2], args[3]);
		see_rename(recording, call, &from, &to, args[4]);
		return true;
	case SYS_fchmod:
	case SYS_fchown:
	case SYS_fsetxattr:
	case SYS_fremovexattr:
		record_descriptor(path, call, args[0]);
		see_owner_of(recording, call, record_file_of(recording, path), path, true);
		return true;
	case SYS_fchmodat:
	case SYS_fchownat:
		see_owned(recording, call, args[0], args[1], false);
		return true;
	case SYS_setxattr:
	case SYS_removexattr:
		see_owned(recording, call, (unsigned long)AT_FDCWD, args[0], true);
		return true;
	case SYS_lsetxattr:
	case SYS_lremovexattr:
		see_owned(recording, call, (unsigned long)AT_FDCWD, args[0], false);
		return true;
	case SYS_fsync:
	case SYS_fdatasync:
		see_synced(recording, call, false);
		return true;
	case SYS_syncfs:
		see_synced(recording, call, true);
		return true;
	case SYS_sync:
		record_op(recording, call, OP_SYNC_ALL, NOWHERE);
		return true;
	default:
		return false;
	}
}

static void see_below(struct recording *recording, const struct trace_call *call,
		      const struct disk *disk, int dir, int here)
{
	int i;

	for (i = 0; i < disk->entry_count; i++) {
		const struct entry *entry = &disk->entries[i];
		const struct file *file = &disk->files[entry->file];
		struct place place = { .dir = here };
		int now = disk_get(&recording->now, here, entry->name);

		if (entry->dir != dir)
			continue;
		snprintf(place.name, sizeof(place.name), "%s", entry->name);
		if (now == NOWHERE) {
			now = disk_add_file(&recording->begin, file);
			disk_add_file(&recording->now, file);
			record_name(recording, call, &place, now, "mount");
		}
		record_owner(recording, call, now, file);
		if (S_ISDIR(file->mode))
			see_below(recording, call, disk, entry->file, now);
	}
}

/* The kernel makes a directory of its own in the work directory of an overlay, and marks the upper
 * one; what is written to the overlay is in there too. */
void record_rest(struct recording *recording, const struct trace_call *call)
{
	struct disk disk = { 0 };

	disk_read(&disk, recording->top);
	see_below(recording, call, &disk, DISK_TOP, DISK_TOP);
	disk_free(&disk);
}

/* What cannot be followed. */
static void see_strange(struct recording *recording, const struct trace_call *call)
{
	switch (call->number) {
	case SYS_mmap:
		if ((call->args[2] & PROT_WRITE) && (call->args[3] & MAP_SHARED) &&
		    file_of_descriptor(recording, call, call->args[4]) != NOWHERE)
			record_refuse(recording, call, "a file is written by mmap");
		break;
	case SYS_mount:
		record_rest(recording, call);
		break;
	case SYS_io_uring_setup:
	case SYS_io_setup:
	case SYS_open_by_handle_at:
		record_refuse(recording, call, "this call is not followed");
		break;
	default:
		break;
	}
}

#ifdef SYS_open
/* Calls of older machines, without a directory. */
static bool see_old(struct recording *recording, const struct trace_call *call)
{
	const unsigned long *args = call->args, here = (unsigned long)AT_FDCWD;
	struct place from, to;

	switch (call->number) {
	case SYS_open:
		see_open(recording, call, here, args[0], args[1]);
		return true;
	case SYS_creat:
		see_open(recording, call, here, args[0], O_CREAT | O_TRUNC);
		return true;
	case SYS_mkdir:
	case SYS_mknod:
		see_made(recording, call, here, args[0]);
		return true;
	case SYS_symlink:
	case SYS_link:
		see_made(recording, call, here, args[1]);
		return true;
	case SYS_unlink:
	case SYS_rmdir:
		see_removal(recording, call, here, args[0]);
		return true;
	case SYS_rename:
	case SYS_renameat:
		record_place(&from, recording, call, call->number == SYS_rename ? here : args[0],
			     args[call->number == SYS_rename ? 0 : 1]);
		record_place(&to, recording, call, call->number == SYS_rename ? here : args[2],
			     args[call->number == SYS_rename ? 1 : 3]);
		see_rename(recording, call, &from, &to, 0);
		return true;
	case SYS_chmod:
	case SYS_chown:
		see_owned(recording, call, here, args[0], true);
		return true;
	case SYS_lchown:
		see_owned(recording, call, here, args[0], false);
		return true;
	case SYS_truncate:
		record_place(&to, recording, call, here, args[0]);
		record_data(recording, call, record_file_of(recording, to.path), to.path, "truncate");
		return true;
	default:
		return false;
	}
}
#else
static bool see_old(struct recording *recording, const struct trace_call *call)
{
	(void)recording;
	(void)call;
	return false;
}
#endif

void record_see(void *data, const struct trace_call *call)
{
	struct recording *recording = data;

	if (call->result < 0 || recording->wrong[0])
		return;
	if (!see_common(recording, call) && !see_old(recording, call))
		see_strange(recording, call);
}
