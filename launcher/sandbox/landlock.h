/* SPDX-License-Identifier: MIT */
/* Landlock as far as davit uses it. The kernel's header may be older than the kernel: these are its numbers. */
#ifndef SANDBOX_LANDLOCK_H
#define SANDBOX_LANDLOCK_H

#include <stddef.h>
#include <stdint.h>

/* ABIs from which on the kernel can do what is asked, and the Linux that brought them. */
enum {
	LANDLOCK_ABI_MOVE = 2, /* 5.19: files may move between directories where a rule says so */
	LANDLOCK_ABI_TRUNCATE = 3, /* 6.2: cutting a file short is writing */
	LANDLOCK_ABI_NETWORK = 4,  /* 6.7 */
	LANDLOCK_ABI_SCOPE = 6,    /* 6.12 */
};

enum {
	LANDLOCK_EXECUTE = 1 << 0,
	LANDLOCK_WRITE_FILE = 1 << 1,
	LANDLOCK_READ_FILE = 1 << 2,
	LANDLOCK_READ_DIR = 1 << 3,
	LANDLOCK_MAKE_CHAR = 1 << 6,
	LANDLOCK_MAKE_BLOCK = 1 << 11,
	LANDLOCK_TRUNCATE = 1 << 14,
	LANDLOCK_ALL_FILES = (1 << 15) - 1,
	/* What a rule for a file may have, rather than a directory. */
	LANDLOCK_OF_FILE =
		LANDLOCK_EXECUTE | LANDLOCK_WRITE_FILE | LANDLOCK_READ_FILE | LANDLOCK_TRUNCATE,
};
enum { LANDLOCK_BIND_TCP = 1 << 0, LANDLOCK_CONNECT_TCP = 1 << 1 };
enum { LANDLOCK_SCOPE_ABSTRACT = 1 << 0, LANDLOCK_SCOPE_SIGNAL = 1 << 1 };

/* What stays allowed, of all that is closed: beneath a path, or to a TCP port. */
struct landlock_rule {
	unsigned long access;
	const char *word; /* ro, rw, exec, net-bind or net-connect */
	const char *path; /* or NULL */
	uint64_t port;
};

/* The masks say what is closed but for the rules. */
struct landlock {
	uint64_t files, network, scopes;
	const struct landlock_rule *rules;
	size_t count;
};

#endif
