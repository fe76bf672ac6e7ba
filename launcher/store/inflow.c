/* SPDX-License-Identifier: MIT */
/* Unpack what comes: the kind is found by its first bytes, whatever its name says. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "config.h"
#include "store/inflow.h"

enum {
	GZIP = 15 + 16 /* inflateInit2(): the largest window, with gzip's header */,
	RATIO_MOST = 200
};

#define HARMLESS (UINT64_C(64) << 20)
#define TOTAL_MOST (UINT64_C(64) << 30)

int inflow_fill(struct inflow *in)
{
	ssize_t got;

	do
		got = read(in->fd, in->window, sizeof(in->window));
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail(errno, "read %s", in->what);
	in->next = in->window;
	in->left = (size_t)got;
	in->packed += (uint64_t)got;
	in->ended = got == 0;
	return 0;
}

/* --- plain ------------------------------------------------------------------------------------------- */

static int plain_begin(struct inflow *in)
{
	(void)in;
	return 0;
}

static ssize_t plain_more(struct inflow *in, void *to, size_t room)
{
	int ret = in->left || in->ended ? 0 : inflow_fill(in);
	const size_t length = in->left < room ? in->left : room;

	if (ret < 0)
		return ret;
	memcpy(to, in->next, length);
	in->next += length;
	in->left -= length;
	return (ssize_t)length;
}

static void plain_end(struct inflow *in)
{
	(void)in;
}

/* --- gzip -------------------------------------------------------------------------------------------- */

static int gzip_begin(struct inflow *in)
{
	return inflateInit2(&in->zip, GZIP) == Z_OK ? 0 : fail(ENOMEM, "%s", in->what);
}

/* Members may follow each other. Returns 1 when another one begins, 0 at the end. */
static int gzip_next(struct inflow *in)
{
	if (!in->left)
		return in->between ? 0 : fail(0, "%s: its gzip is cut short", in->what);
	if (in->between && inflateReset(&in->zip) != Z_OK)
		return fail(0, "%s: damaged gzip", in->what);
	in->between = false;
	return 1;
}

static ssize_t gzip_more(struct inflow *in, void *to, size_t room)
{
	z_stream *zip = &in->zip;

	zip->next_out = to;
	zip->avail_out = (uInt)room;
	while (zip->avail_out == room) {
		int ret = in->left || in->ended ? 0 : inflow_fill(in);

		if (ret == 0)
			ret = gzip_next(in);
		if (ret <= 0)
			return ret;
		zip->next_in = (unsigned char *)in->next;
		zip->avail_in = (uInt)in->left;
		ret = inflate(zip, Z_NO_FLUSH);
		in->next = zip->next_in;
		in->left = zip->avail_in;
		in->between = ret == Z_STREAM_END;
		if (ret == Z_MEM_ERROR)
			return fail(ENOMEM, "%s", in->what);
		if (ret != Z_OK && ret != Z_STREAM_END && ret != Z_BUF_ERROR)
			return fail(0, "%s: damaged gzip (%s)", in->what, zip->msg ? zip->msg : "?");
	}
	return (ssize_t)(room - zip->avail_out);
}

static void gzip_end(struct inflow *in)
{
	(void)inflateEnd(&in->zip);
}

/* ----------------------------------------------------------------------------------------------------- */

static const struct inflow_kind plain = { plain_begin, plain_more, plain_end };
static const struct inflow_kind gzip = { gzip_begin, gzip_more, gzip_end };

/* What files begin with, and what becomes of them. */
static const struct {
	const char *bytes;
	size_t length;
	const struct inflow_kind *kind; /* NULL: refused */
	const char *name;
} kinds[] = {
	{ "\x1f\x8b", 2, &gzip, "gzip" },
	{ "\x28\xb5\x2f\xfd", 4, CONFIG_CONVERT_ZSTD ? &inflow_zstd : NULL, "zstd" },
	{ "BZh", 3, NULL, "bzip2" },
	{ "\xfd\x37\x7a\x58\x5a", 5, NULL, "xz" },
};

static int choose(struct inflow *in)
{
	size_t i;

	in->kind = &plain;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (in->left < kinds[i].length ||
		    memcmp(in->next, kinds[i].bytes, kinds[i].length) != 0)
			continue;
		in->kind = kinds[i].kind;
		if (!in->kind)
			return fail(0, "%s: it is packed by %s, which this davit does not unpack",
				    in->what, kinds[i].name);
	}
	return in->kind->begin(in);
}

void inflow_close(struct inflow *in)
{
	if (in->kind)
		in->kind->end(in);
	in->kind = NULL;
}

int inflow_open(struct inflow *in, int fd, const char *what)
{
	size_t length = 0;
	int ret;

	in->what = what;
	in->fd = fd;
	/* A pipe may give less at first than the longest mark. */
	do {
		ssize_t got;

		do
			got = read(fd, in->window + length, sizeof(in->window) - length);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return fail(errno, "read %s", what);
		in->ended = got == 0;
		length += (size_t)got;
	} while (length < 8 && !in->ended);
	if (!length)
		return fail(0, "%s: it is empty", what);
	in->next = in->window;
	in->left = length;
	in->packed = length;
	ret = choose(in);
	if (ret < 0)
		inflow_close(in);
	return ret;
}

bool inflow_is_packed(const struct inflow *in)
{
	return in->kind != &plain;
}

static int check(const struct inflow *in)
{
	if (in->total > TOTAL_MOST)
		return fail(0, "%s: more than 64 GiB", in->what);
	if (in->total > HARMLESS && in->total / RATIO_MOST > in->packed)
		return fail(0, "%s: it is 200 times larger than what it was compressed to", in->what);
	return 0;
}

ssize_t inflow_read(struct inflow *in, void *to, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t got = in->kind->more(in, (char *)to + done, length - done);

		if (got > 0) {
			done += (size_t)got;
			in->total += (uint64_t)got;
			got = check(in);
			if (got == 0)
				continue;
		}
		return got < 0 ? got : (ssize_t)done;
	}
	return (ssize_t)done;
}
