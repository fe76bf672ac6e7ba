/* SPDX-License-Identifier: MIT */
/* What was packed, unpacked while it comes: plain bytes, gzip (RFC 1952) or zstd (RFC 8878). */
#ifndef STORE_INFLOW_H
#define STORE_INFLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <zlib.h>

enum { INFLOW_WINDOW = 32768 };

struct inflow;

/* One way of packing. Both return -errno, said. more gives up to ROOM bytes (> 0), and 0 at the end. */
struct inflow_kind {
	int (*begin)(struct inflow *in);
	ssize_t (*more)(struct inflow *in, void *to, size_t room);
	void (*end)(struct inflow *in);
};

struct inflow {
	const struct inflow_kind *kind; /* NULL: not open */
	const char *what;               /* in messages */
	int fd;                         /* the caller's; may be a pipe */
	uint64_t packed, total;         /* bytes that came, and that they were unpacked to */
	const unsigned char *next;      /* bytes of the window that nobody took yet */
	size_t left;
	bool ended;   /* FD has no more */
	bool between; /* members of gzip, or frames of zstd: it may end here */
	z_stream zip;
	void *zstd;
	unsigned char window[INFLOW_WINDOW];
};

extern const struct inflow_kind inflow_zstd;

/* Look what FD begins with. What is larger than 64 GiB, or by 200 times larger than it was while
 * packed (the first 64 MiB are free), is refused while it is read. Returns 0, or -errno said;
 * inflow_close() is due in any case. */
int inflow_open(struct inflow *in, int fd, const char *what);
bool inflow_is_packed(const struct inflow *in);
/* LENGTH bytes, or fewer where it ends. Returns how many, or -errno said. */
ssize_t inflow_read(struct inflow *in, void *to, size_t length);
/* More bytes of FD into the window, which is empty: in->left is 0 at the end. Returns 0, or -errno
 * said. */
int inflow_fill(struct inflow *in);
/* Safe twice, and on zeroes. */
void inflow_close(struct inflow *in);

#endif
