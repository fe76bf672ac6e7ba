/* SPDX-License-Identifier: MIT */
/* Writes what is in a zip into a directory: zlib unpacks, the index decides. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/tree.h"
#include "image/zip_extract.h"

enum { INPUT_SIZE = 16384, OUTPUT_SIZE = 32768, PAGE = 4096 };

/* A member on its way: from the zip to a file, or to a buffer. */
struct unpacking {
	const struct zip_member *member;
	const char *path;
	int from, to; /* to: -1 for the buffer */
	uint64_t read, written;
	uLong crc;
	char *buffer; /* has room for the member's size */
	unsigned char input[INPUT_SIZE], output[OUTPUT_SIZE];
};

static int fail_member(const struct unpacking *u, int err, const char *what)
{
	return fail(err, "%s: %s: %s", u->path, u->member->name, what);
}

static int put(struct unpacking *u, const unsigned char *data, size_t length)
{
	int ret = 0;

	if (length > u->member->size - u->written)
		return fail_member(u, 0, "is larger than it says");
	u->crc = crc32(u->crc, data, (uInt)length);
	if (u->to >= 0)
		ret = sys_write_all(u->to, data, length);
	else
		memcpy(u->buffer + u->written, data, length);
	u->written += length;
	return ret < 0 ? fail_member(u, -ret, "write") : 0;
}

/* The next bytes of the member, at least one. Returns how many, or -errno said. */
static ssize_t get(struct unpacking *u)
{
	const uint64_t left = u->member->packed - u->read;
	const size_t most = left < INPUT_SIZE ? (size_t)left : INPUT_SIZE;
	ssize_t got;

	do
		got = pread(u->from, u->input, most, (off_t)(u->member->offset + u->read));
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return fail_member(u, got < 0 ? errno : ENODATA, "read");
	u->read += (uint64_t)got;
	return got;
}

static int copy_stored(struct unpacking *u)
{
	int ret = 0;

	while (u->read < u->member->packed && ret == 0) {
		const ssize_t got = get(u);

		ret = got < 0 ? (int)got : put(u, u->input, (size_t)got);
	}
	return ret;
}

/* One call of inflate(). Returns Z_OK, Z_STREAM_END, or -errno said. */
static int inflate_some(struct unpacking *u, z_stream *stream)
{
	int ret, status;

	if (stream->avail_in == 0 && u->read < u->member->packed) {
		const ssize_t got = get(u);

		if (got < 0)
			return (int)got;
		stream->next_in = u->input;
		stream->avail_in = (uInt)got;
	}
	stream->next_out = u->output;
	stream->avail_out = OUTPUT_SIZE;
	status = inflate(stream, Z_NO_FLUSH);
	if (status != Z_OK && status != Z_STREAM_END)
		return fail_member(u, status == Z_MEM_ERROR ? ENOMEM : 0,
				   status == Z_BUF_ERROR ? "is cut short" : "is damaged");
	ret = put(u, u->output, OUTPUT_SIZE - stream->avail_out);
	return ret < 0 ? ret : status;
}

static int copy_deflated(struct unpacking *u)
{
	z_stream stream = { 0 };
	int ret = Z_OK;

	/* A bare stream, of the largest window. */
	if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
		return fail_member(u, ENOMEM, "inflate");
	while (ret == Z_OK)
		ret = inflate_some(u, &stream);
	inflateEnd(&stream);
	if (ret == Z_STREAM_END && (stream.avail_in || u->read < u->member->packed))
		return fail_member(u, 0, "has more bytes than belong to it");
	return ret < 0 ? ret : 0;
}

static int unpack(struct unpacking *u)
{
	int ret = u->member->deflated ? copy_deflated(u) : copy_stored(u);

	if (ret < 0)
		return ret;
	if (u->written != u->member->size)
		return fail_member(u, 0, "is smaller than it says");
	if (u->crc != u->member->crc)
		return fail_member(u, 0, "is damaged: its checksum is another");
	return 0;
}

static int write_file(int directory, struct unpacking *u)
{
	autoclose int to = tree_create(directory, u->member->name, O_WRONLY | O_NOFOLLOW, 0600);
	int ret;

	if (to < 0)
		return fail_member(u, -to, "make this file");
	u->to = to;
	ret = unpack(u);
	if (ret == 0 && fchmod(to, u->member->mode & 0777) < 0)
		ret = fail_member(u, errno, "set its mode");
	/* Some file systems tell only now what they could not write. */
	if (close(steal_fd(&to)) < 0 && ret == 0)
		ret = fail_member(u, errno, "write");
	return ret;
}

/* What is wrong with TARGET of a link that is DEPTH directories deep, or NULL. */
static const char *wrong_target(const char *target, size_t length, int depth)
{
	const char *part = target, *end;

	if (strlen(target) != length)
		return "is a link whose target holds a NUL";
	if (target[0] == '/')
		return "is a link to an absolute path; a relative one is expected";
	for (; *part; part = end + (*end == '/')) {
		end = strchrnul(part, '/');
		if (end - part == 2 && strncmp(part, "..", 2) == 0)
			depth--;
		else if (end > part && !(end - part == 1 && part[0] == '.'))
			depth++;
		if (depth < 0)
			return "is a link that leads out of the zip";
	}
	return NULL;
}

static int write_link(int directory, struct unpacking *u)
{
	char target[ZIP_LINK_MOST + 1] = "";
	const char *name = u->member->name, *wrong;
	int depth = 0, ret;

	u->to = -1;
	u->buffer = target;
	ret = unpack(u);
	if (ret < 0)
		return ret;
	for (; *name; name++)
		depth += *name == '/';
	wrong = wrong_target(target, (size_t)u->member->size, depth);
	if (wrong)
		return fail_member(u, 0, wrong);
	ret = tree_symlink(directory, u->member->name, target);
	return ret < 0 ? fail_member(u, -ret, "make this link") : 0;
}

/* Whatever its mode will be, it can be written to until all is there. */
static int make_directory(int directory, struct unpacking *u)
{
	autoclose int made = tree_mkdir(directory, u->member->name, 0700);

	return made < 0 ? fail_member(u, -made, "make this directory") : 0;
}

static int close_directory(int directory, struct unpacking *u)
{
	autoclose int made =
		tree_open(directory, u->member->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

	if (made < 0)
		return fail_member(u, -made, "open this directory");
	if (fchmod(made, u->member->mode & 0777) < 0)
		return fail_member(u, errno, "set its mode");
	return 0;
}

static const struct {
	mode_t type;
	int (*act)(int directory, struct unpacking *u);
} passes[] = { { S_IFDIR, make_directory },
	       { S_IFREG, write_file },
	       { S_IFLNK, write_link },
	       { S_IFDIR, close_directory } };

uint64_t zip_room(const struct zip *zip)
{
	uint64_t room = 0;
	size_t i;

	for (i = 0; i < zip->count; i++)
		room += (zip->members[i].size + PAGE - 1) / PAGE * PAGE;
	return room;
}

int zip_extract(int directory, const struct zip *zip, int fd, const char *path)
{
	autofree struct unpacking *u = malloc(sizeof(*u));
	size_t pass, i;
	int ret = 0;

	if (!u)
		return fail(ENOMEM, "%s", path);
	for (pass = 0; pass < sizeof(passes) / sizeof(passes[0]); pass++) {
		/* What is in a directory has a later name: backwards, it is done before a mode that shuts it. */
		for (i = 0; i < zip->count && ret == 0; i++) {
			const size_t number = pass == 3 ? zip->count - 1 - i : i;

			u->member = &zip->members[number];
			u->path = path;
			u->from = fd;
			u->read = u->written = 0;
			u->crc = 0;
			if ((u->member->mode & S_IFMT) == passes[pass].type)
				ret = passes[pass].act(directory, u);
		}
	}
	return ret;
}
