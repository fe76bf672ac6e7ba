/* SPDX-License-Identifier: MIT */
/* Between what is recorded, and the calls that did it. */
#ifndef UPDATE_RECORD_PARTS_H
#define UPDATE_RECORD_PARTS_H

#include <limits.h>
#include <sys/stat.h>

#include "record.h"

/* A path in a process's call: the directory's open file and the name in it. */
struct place {
	int dir; /* NOWHERE: not below the top */
	char name[NAME_MAX + 1];
	char path[PATH_MAX + 64]; /* by way of /proc */
};

/* CALL cannot be recorded. */
void record_refuse(struct recording *recording, const struct trace_call *call, const char *why);
/* One more change of FILE, for the caller to fill in. */
struct op *record_op(struct recording *recording, const struct trace_call *call, enum op_kind kind,
		     int file);
/* The number of an open file, of one behind a path; NOWHERE: not below the top. */
int record_file(const struct recording *recording, const struct stat *st);
int record_file_of(const struct recording *recording, const char *path);
/* The path of a process's descriptor. */
void record_descriptor(char path[64], const struct trace_call *call, unsigned long fd);
/* Where the path at TEXT of the process leads; AT is a directory's descriptor, or AT_FDCWD. */
void record_place(struct place *place, const struct recording *recording,
		  const struct trace_call *call, unsigned long at, unsigned long text);
/* The bytes, the owner or mode of FILE are now others, if they are; PLACE is FILE now. */
void record_data(struct recording *recording, const struct trace_call *call, int file,
		 const char *path, const char *what);
void record_owner(struct recording *recording, const struct trace_call *call, int file,
		  const struct file *now);
struct op *record_name(struct recording *recording, const struct trace_call *call,
		       const struct place *place, int file, const char *what);
/* A call may have made PLACE. Returns its file, or NOWHERE. */
int record_new(struct recording *recording, const struct trace_call *call,
	       const struct place *place, const char *what);
/* All that is on the disk and was not seen. */
void record_rest(struct recording *recording, const struct trace_call *call);
/* For a struct watcher: DATA is the recording. */
void record_see(void *data, const struct trace_call *call);

#endif
