/* SPDX-License-Identifier: MIT */
/* Write a tar: ustar headers, with pax records before them for what does not fit (POSIX.1-2001, pax). */
#ifndef BUILD_PAX_H
#define BUILD_PAX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct pax_attribute {
	const char *name; /* of an extended attribute */
	const void *value;
	size_t size;
};

/* What one member is. PATH has no slash at its ends. */
struct pax_entry {
	const char *path;
	const char *link; /* where a symlink leads, or what a hard link is another name of, or NULL */
	mode_t mode;      /* with its type; 0 stands for a hard link */
	uid_t uid;
	gid_t gid;
	uint64_t mtime; /* seconds */
	uint64_t size;  /* bytes that follow, of a regular file */
	dev_t device;
	const struct pax_attribute *attributes;
	size_t attribute_count;
};

enum { PAX_ATTRIBUTES_MOST = 64, PAX_RECORDS_MOST = 1 << 20 };

/* A tar on its way into a socket. */
struct pax {
	int fd;
	uint64_t left; /* bytes of the member that are still to come */
	size_t padding;
	size_t used;
	unsigned char window[65536];
};

/* Begin, write a member, its data, all of which must come before the next member, and the end.
 * Return 0, or -errno, not said: -EPIPE when nobody reads. */
void pax_begin(struct pax *pax, int fd);
int pax_member(struct pax *pax, const struct pax_entry *entry);
int pax_data(struct pax *pax, const void *data, size_t length);
int pax_end(struct pax *pax);

#endif
