/* SPDX-License-Identifier: MIT */
/* Members one behind the other, each header in front of its data, then the central directory. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/log.h"
#include "base/sys.h"
#include "store/zip_write.h"

enum {
	LOCAL_MAGIC = 0x04034b50,
	LOCAL_SIZE = 30,
	CENTRAL_SIZE = 46,
	END_SIZE = 22,
	END64_SIZE = 56,
	LOCATOR_SIZE = 20,
	NAME_MOST = 255,
	EXTRA64_SIZE = 28,
	EXTRA_HEAD = 6, /* of the padding: id, size, the alignment */
	EXTRA_MOST = ZIP_PAGE + EXTRA_HEAD + EXTRA64_SIZE,
	/* As zipalign writes it, for the same purpose. */
	EXTRA_PADDING = 0xd935,
	VERSION = 20,
	VERSION64 = 45,
	VERSION_UNIX = 3 << 8,
	DATE_1980 = 1 << 5 | 1,
	WINDOW = 65536
};

static const uint64_t most32 = UINT32_MAX;

/* One member, and where it is. */
struct member {
	const char *name;
	uint64_t size, header;
	uint32_t crc;
};

/* --- bytes -------------------------------------------------------------------------------------------- */

static unsigned char *number(unsigned char *at, uint64_t value, size_t bytes)
{
	while (bytes-- > 0) {
		*at++ = (unsigned char)value;
		value >>= 8;
	}
	return at;
}

static int put(struct zip_writer *writer, const void *data, size_t length)
{
	const int ret = sys_write_all(writer->fd, data, length);

	writer->at += length;
	return ret < 0 ? fail(-ret, "write %s", writer->path) : 0;
}

/* Each time with room for twice as much. */
static int record(struct zip_writer *writer, const void *data, size_t length)
{
	if (writer->length + length > writer->room) {
		const size_t room = 2 * (writer->length + length);
		unsigned char *records = arena_alloc(&writer->arena, room);

		if (!records)
			return fail(ENOMEM, "%s", writer->path);
		if (writer->length)
			memcpy(records, writer->records, writer->length);
		writer->records = records;
		writer->room = room;
	}
	memcpy(writer->records + writer->length, data, length);
	writer->length += length;
	return 0;
}

/* --- a member ----------------------------------------------------------------------------------------- */

static uint64_t capped(uint64_t value)
{
	return value < most32 ? value : most32;
}

/* Sizes that do not fit into 32 bits; in the central directory, where the header is too. */
static unsigned char *extra64(unsigned char *at, const struct member *member, bool central)
{
	const bool size = member->size >= most32, header = central && member->header >= most32;

	if (!size && !header)
		return at;
	at = number(at, 1, 2);
	at = number(at, (size ? 16 : 0) + (header ? 8 : 0), 2);
	if (size)
		at = number(number(at, member->size, 8), member->size, 8);
	return header ? number(at, member->header, 8) : at;
}

/* What both headers have in common. */
static unsigned char *common(unsigned char *at, const struct member *member, size_t extra)
{
	at = number(at, member->size >= most32 || member->header >= most32 ? VERSION64 : VERSION, 2);
	at = number(number(at, 0, 2), 0, 2); /* no flags; stored */
	at = number(number(at, 0, 2), DATE_1980, 2);
	at = number(at, member->crc, 4);
	at = number(number(at, capped(member->size), 4), capped(member->size), 4);
	return number(number(at, strlen(member->name), 2), extra, 2);
}

static int put_local(struct zip_writer *writer, const struct member *member, bool aligned)
{
	unsigned char header[LOCAL_SIZE + NAME_MOST + EXTRA_MOST];
	const size_t length = strlen(member->name);
	unsigned char *const extra = header + LOCAL_SIZE + length;
	unsigned char *end = extra64(extra, member, false);

	if (aligned) {
		const uint64_t least =
			writer->shift + writer->at + (size_t)(end - header) + EXTRA_HEAD;
		const size_t padding = (size_t)(-least % ZIP_PAGE);

		end = number(number(number(end, EXTRA_PADDING, 2), 2 + padding, 2), ZIP_PAGE, 2);
		memset(end, 0, padding);
		end += padding;
	}
	common(number(header, LOCAL_MAGIC, 4), member, (size_t)(end - extra));
	memcpy(header + LOCAL_SIZE, member->name, length);
	return put(writer, header, (size_t)(end - header));
}

static int record_member(struct zip_writer *writer, const struct member *member)
{
	unsigned char header[CENTRAL_SIZE + NAME_MOST + EXTRA64_SIZE] = "PK\001\002";
	const size_t length = strlen(member->name);
	unsigned char *const extra = header + CENTRAL_SIZE + length;
	unsigned char *const end = extra64(extra, member, true);
	unsigned char *at = number(header + 4, VERSION_UNIX | VERSION, 2);

	at = common(at, member, (size_t)(end - extra));
	at = number(number(number(at, 0, 2), 0, 2), 0, 2); /* no comment; the first disk; binary */
	at = number(at, (uint64_t)0100644 << 16, 4);
	number(at, capped(member->header), 4);
	memcpy(header + CENTRAL_SIZE, member->name, length);
	writer->count++;
	return record(writer, header, (size_t)(end - header));
}

static int add_data(struct zip_writer *writer, const struct member *member, bool aligned)
{
	if (strlen(member->name) > NAME_MOST)
		return fail(ENAMETOOLONG, "%s: %s", writer->path, member->name);
	return put_local(writer, member, aligned);
}

/* Hand all of BLOB to TAKE, in pieces. */
static int each_piece(const struct blob *blob, const char *path, void *data,
		      int (*take)(void *data, const unsigned char *piece, size_t length))
{
	unsigned char window[WINDOW];
	uint64_t done = 0;
	int ret = 0;

	while (ret == 0 && done < blob->size) {
		const uint64_t left = blob->size - done;
		const ssize_t got = pread(blob->fd, window, left < WINDOW ? (size_t)left : WINDOW,
					  (off_t)(blob->offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fail(got < 0 ? errno : ENODATA, "read for %s", path);
		done += (uint64_t)got;
		ret = take(data, window, (size_t)got);
	}
	return ret;
}

struct sums {
	struct hasher hasher;
	uLong crc;
};

static int sum(void *data, const unsigned char *piece, size_t length)
{
	struct sums *sums = data;

	hasher_add(&sums->hasher, piece, length);
	sums->crc = crc32(sums->crc, piece, (uInt)length);
	return 0;
}

static int copy(void *data, const unsigned char *piece, size_t length)
{
	return put(data, piece, length);
}

int zip_add(struct zip_writer *writer, const char *name, const struct blob *blob, bool aligned,
	    const struct digest *digest)
{
	struct member member = { .name = name, .size = blob->size, .header = writer->at };
	struct sums sums = { .crc = crc32(0, NULL, 0) };
	struct digest real;
	int ret;

	hasher_begin(&sums.hasher);
	ret = each_piece(blob, writer->path, &sums, sum);
	hasher_end(&real, &sums.hasher);
	if (ret == 0 && digest && !digest_same(&real, digest))
		ret = fail(0, "%s: what is stored as %s is something else", writer->path, name);
	member.crc = (uint32_t)sums.crc;
	if (ret == 0)
		ret = add_data(writer, &member, aligned);
	if (ret == 0)
		ret = each_piece(blob, writer->path, writer, copy);
	return ret == 0 ? record_member(writer, &member) : ret;
}

int zip_add_text(struct zip_writer *writer, const char *name, const char *text)
{
	const size_t length = strlen(text);
	const struct member member = { .name = name,
				       .size = length,
				       .header = writer->at,
				       .crc = (uint32_t)crc32(0, (const Bytef *)text, (uInt)length) };
	int ret = add_data(writer, &member, false);

	if (ret == 0)
		ret = put(writer, text, length);
	return ret == 0 ? record_member(writer, &member) : ret;
}

/* --- the whole ---------------------------------------------------------------------------------------- */

void zip_begin(struct zip_writer *writer, int fd, uint64_t shift, const char *path)
{
	*writer = (struct zip_writer){ .path = path, .fd = fd, .shift = shift % ZIP_PAGE };
}

/* Only where the plain end cannot say it. */
static int put_end64(struct zip_writer *writer, uint64_t directory)
{
	unsigned char end[END64_SIZE + LOCATOR_SIZE] = "PK\006\006";
	const uint64_t here = writer->at;
	unsigned char *at = number(end + 4, END64_SIZE - 12, 8);

	at = number(number(at, VERSION_UNIX | VERSION64, 2), VERSION64, 2);
	at = number(number(at, 0, 4), 0, 4);
	at = number(number(at, writer->count, 8), writer->count, 8);
	at = number(number(at, writer->length, 8), directory, 8);
	memcpy(at, "PK\006\007", 4);
	at = number(number(at + 4, 0, 4), here, 8);
	number(at, 1, 4);
	return put(writer, end, sizeof(end));
}

int zip_finish(struct zip_writer *writer)
{
	unsigned char end[END_SIZE] = "PK\005\006";
	const uint64_t directory = writer->at;
	const uint64_t count = writer->count < UINT16_MAX ? writer->count : UINT16_MAX;
	unsigned char *at = number(end + 4, 0, 4);
	int ret = put(writer, writer->records, writer->length);

	if (ret == 0 && (directory >= most32 || writer->count >= UINT16_MAX))
		ret = put_end64(writer, directory);
	at = number(number(at, count, 2), count, 2);
	number(number(at, capped(writer->length), 4), capped(directory), 4);
	if (ret == 0)
		ret = put(writer, end, sizeof(end));
	zip_abandon(writer);
	return ret;
}

void zip_abandon(struct zip_writer *writer)
{
	arena_close(&writer->arena);
	writer->records = NULL;
}
