/* SPDX-License-Identifier: MIT */
/* Finds the end of a zip, goes through its central directory, and proves that nothing lies beside it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "image/zip_parts.h"

/* Sizes of the records at the end, and how long a comment may be. */
enum { END_SIZE = 22, END64_SIZE = 56, LOCATOR_SIZE = 20, COMMENT_MOST = 65535 };

static const unsigned char local_magic[4] = "PK\3\4", end_magic[4] = "PK\5\6",
			   end64_magic[4] = "PK\6\6", locator_magic[4] = "PK\6\7";

/* What the end says. */
struct zip_end {
	uint64_t at; /* where the first record behind the central directory begins, in the file */
	uint64_t count, size, offset; /* of the central directory; offset as written */
	bool is_part;                 /* of a zip in several files */
};

uint64_t zip_number(const unsigned char *at, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | at[bytes];
	return value;
}

static int read_at(int fd, void *buffer, size_t length, uint64_t offset)
{
	size_t done = 0;

	while (done < length) {
		const ssize_t got =
			pread(fd, (char *)buffer + done, length - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0 ? -ENODATA : -errno;
		done += (size_t)got;
	}
	return 0;
}

int zip_read(const struct zip_file *file, void *buffer, size_t length, uint64_t offset)
{
	int ret = read_at(file->fd, buffer, length, offset);

	return ret < 0 ? fail(-ret, "read %s", file->path) : 0;
}

/* The last end record in the LENGTH bytes of TAIL whose comment goes right to the end. */
static const unsigned char *find_end(const unsigned char *tail, size_t length)
{
	const unsigned char *at;

	if (length < END_SIZE)
		return NULL;
	for (at = tail + length - END_SIZE; at >= tail; at--) {
		if (memcmp(at, end_magic, sizeof(end_magic)) == 0 &&
		    zip_number(at + 20, 2) == (size_t)(tail + length - at - END_SIZE))
			return at;
	}
	return NULL;
}

/* Numbers of the young end record stand for those of the old one, which says the same or "see there". */
static const char *take_end64(struct zip_end *end, const unsigned char *record)
{
	const uint64_t count = zip_number(record + 32, 8), size = zip_number(record + 40, 8),
		       offset = zip_number(record + 48, 8);

	if (memcmp(record, end64_magic, sizeof(end64_magic)) != 0)
		return "its zip64 end is not where it is due";
	if (zip_number(record + 4, 8) != END64_SIZE - 12)
		return "its zip64 end has an unknown length";
	if (zip_number(record + 16, 4) || zip_number(record + 20, 4) ||
	    zip_number(record + 24, 8) != count)
		return "is one of several parts";
	if ((end->count != UINT16_MAX && end->count != count) ||
	    (end->size != UINT32_MAX && end->size != size) ||
	    (end->offset != UINT32_MAX && end->offset != offset))
		return "its two ends differ";
	end->count = count;
	end->size = size;
	end->offset = offset;
	return NULL;
}

/* What stands right before the old end record, if the zip is a zip64. Wrong is said. */
static int read_end64(struct zip_end *end, const struct zip_file *file)
{
	unsigned char record[END64_SIZE + LOCATOR_SIZE];
	const unsigned char *locator = record + END64_SIZE;
	const char *wrong;
	int ret;

	if (end->at - file->start < sizeof(record))
		return 0;
	ret = zip_read(file, record, sizeof(record), end->at - sizeof(record));
	if (ret < 0 || memcmp(locator, locator_magic, sizeof(locator_magic)) != 0)
		return ret;
	end->at -= sizeof(record);
	wrong = take_end64(end, record);
	if (!wrong && zip_number(locator + 8, 8) != end->at - file->start)
		wrong = "its zip64 end is not where it is due";
	if (!wrong && (zip_number(locator + 4, 4) != 0 || zip_number(locator + 16, 4) > 1))
		wrong = "is one of several parts";
	return wrong ? fail(0, "%s: %s", file->path, wrong) : 0;
}

static void take_end(struct zip_end *end, const unsigned char *record, uint64_t at)
{
	end->at = at;
	end->count = zip_number(record + 10, 2);
	end->size = zip_number(record + 12, 4);
	end->offset = zip_number(record + 16, 4);
	end->is_part = zip_number(record + 4, 2) || zip_number(record + 6, 2) ||
		       zip_number(record + 8, 2) != end->count;
}

/* Look for it in the last LENGTH bytes, which are read to TAIL. -ENOENT (not said): none. */
static int seek_end(struct zip_end *end, const struct zip_file *file, unsigned char *tail,
		    size_t length)
{
	const unsigned char *record;
	int ret = zip_read(file, tail, length, file->end - length);

	if (ret < 0)
		return ret;
	record = find_end(tail, length);
	if (!record)
		return -ENOENT;
	take_end(end, record, file->end - length + (uint64_t)(record - tail));
	return 0;
}

/* The same, behind a comment. */
static int seek_end_far(struct zip_end *end, const struct zip_file *file)
{
	const uint64_t whole = file->end - file->start;
	const size_t most = END_SIZE + COMMENT_MOST;
	autofree unsigned char *tail = malloc(most);

	if (!tail)
		return fail(ENOMEM, "%s", file->path);
	return seek_end(end, file, tail, whole < most ? (size_t)whole : most);
}

/* -ENOENT (not said): none. */
static int read_end(struct zip_end *end, const struct zip_file *file)
{
	unsigned char tail[END_SIZE];
	int ret = seek_end(end, file, tail, sizeof(tail));

	/* There is hardly ever a comment. */
	if (ret == -ENOENT)
		ret = seek_end_far(end, file);
	if (ret < 0)
		return ret;
	if (end->is_part)
		return fail(0, "%s: is one of several parts", file->path);
	return read_end64(end, file);
}

static int check_end(const struct zip_end *end, const struct zip_file *file)
{
	const uint64_t room = end->at - file->start;

	if (end->size > room || end->offset > room || end->offset + end->size != room)
		return fail(0, "%s: its central directory is not where its end says", file->path);
	if (end->count == 0)
		return fail(0, "%s: is an empty zip", file->path);
	if (end->count > ZIP_MEMBERS_MOST)
		return fail(0, "%s: holds %llu members, more than %d", file->path,
			    (unsigned long long)end->count, ZIP_MEMBERS_MOST);
	if (end->size > ZIP_DIRECTORY_MOST)
		return fail(0, "%s: its central directory has %llu bytes, more than %d", file->path,
			    (unsigned long long)end->size, ZIP_DIRECTORY_MOST);
	return 0;
}

static int read_entries(struct zip *zip, const struct zip_file *file, const struct zip_end *end,
			const unsigned char *bytes)
{
	size_t left = (size_t)end->size, i;

	for (i = 0; i < end->count; i++) {
		const ssize_t used = zip_entry(&zip->members[i], file, bytes, left);

		if (used < 0)
			return (int)used;
		bytes += used;
		left -= (size_t)used;
		zip->count++;
	}
	if (left)
		return fail(0, "%s: its central directory holds more than its %llu members",
			    file->path, (unsigned long long)end->count);
	return 0;
}

static int read_directory(struct zip *zip, const struct zip_file *file, const struct zip_end *end)
{
	autofree unsigned char *bytes = NULL;
	int ret;

	/* Of 46 bytes at least, each: the count has been held against what is there before room is made for it. */
	if (end->count > end->size / 46)
		return fail(0, "%s: its central directory is shorter than its %llu members",
			    file->path, (unsigned long long)end->count);
	zip->members = arena_alloc(file->arena, (size_t)end->count * sizeof(*zip->members));
	if (!zip->members)
		return fail(ENOMEM, "%s", file->path);
	bytes = malloc((size_t)end->size + 1);
	if (!bytes)
		return fail(ENOMEM, "%s", file->path);
	ret = zip_read(file, bytes, (size_t)end->size, file->directory);
	return ret == 0 ? read_entries(zip, file, end, bytes) : ret;
}

static int order_headers(const void *a, const void *b)
{
	const struct zip_member *one = a, *other = b;

	return one->header < other->header ? -1 : one->header > other->header;
}

/* "/" before all others, so that what is in a directory comes right behind it. */
static int order_names(const void *a, const void *b)
{
	const unsigned char *one = (const unsigned char *)((const struct zip_member *)a)->name;
	const unsigned char *other = (const unsigned char *)((const struct zip_member *)b)->name;

	while (*one && *one == *other) {
		one++;
		other++;
	}
	if (*one == *other)
		return 0;
	if (!*one || !*other)
		return *one ? 1 : -1;
	if (*one == '/' || *other == '/')
		return *one == '/' ? -1 : 1;
	return *one < *other ? -1 : 1;
}

/* Members one after another, from the start to the central directory. */
static int check_places(struct zip *zip, const struct zip_file *file)
{
	uint64_t due = file->start;
	size_t i;
	int ret = 0;

	qsort(zip->members, zip->count, sizeof(*zip->members), order_headers);
	for (i = 0; i < zip->count && ret == 0; i++) {
		struct zip_member *member = &zip->members[i];

		if (member->header < due)
			return fail(0, "%s: %s overlaps the member before it", file->path,
				    member->name);
		if (member->header > due)
			return fail(0, "%s: %llu bytes before %s belong to no member", file->path,
				    (unsigned long long)(member->header - due), member->name);
		ret = zip_local(member, file, &due);
	}
	if (ret == 0 && due != file->directory)
		ret = fail(0, "%s: %llu bytes before the central directory belong to no member",
			   file->path, (unsigned long long)(file->directory - due));
	return ret;
}

/* No name twice, and nothing below what is no directory. */
static int check_names(struct zip *zip, const struct zip_file *file)
{
	const struct zip_member *last = NULL; /* the last that is no directory */
	size_t i;

	qsort(zip->members, zip->count, sizeof(*zip->members), order_names);
	for (i = 0; i < zip->count; i++) {
		const struct zip_member *member = &zip->members[i];
		const size_t length = last ? strlen(last->name) : 0;

		if (i > 0 && strcmp(member->name, member[-1].name) == 0)
			return fail(0, "%s: %s is there twice", file->path, member->name);
		if (last && strncmp(member->name, last->name, length) == 0 &&
		    member->name[length] == '/')
			return fail(0, "%s: %s lies below %s, which is no directory", file->path,
				    member->name, last->name);
		if (!S_ISDIR(member->mode))
			last = member;
		if (member->size > INT64_MAX - zip->size)
			return fail(0, "%s: its members are too large", file->path);
		zip->size += member->size;
	}
	return 0;
}

/* There is no end. What is it then? */
static int say_no_end(const struct zip_file *file, const unsigned char *magic)
{
	if (memcmp(magic, local_magic, sizeof(local_magic)) != 0)
		return -ENOENT;
	return fail(0, "%s: is a zip without an end; it was cut short, or more was added to it",
		    file->path);
}

int zip_open(struct zip *zip, struct arena *arena, int fd, uint64_t start, const char *path)
{
	const off_t length = lseek(fd, 0, SEEK_END);
	struct zip_file file = { arena, path, fd, start, (uint64_t)length, 0 };
	unsigned char magic[4];
	struct zip_end end = { 0 };
	int ret;

	*zip = (struct zip){ 0 };
	if (length < 0)
		return fail(errno, "%s: find its end", path);
	if (start > file.end || file.end - start < END_SIZE)
		return -ENOENT;
	ret = zip_read(&file, magic, sizeof(magic), start);
	if (ret < 0 || memcmp(magic, "hsqs", sizeof(magic)) == 0)
		return ret < 0 ? ret : -ENOENT;
	ret = read_end(&end, &file);
	if (ret == -ENOENT)
		return say_no_end(&file, magic);
	if (ret == 0 && end.count && memcmp(magic, local_magic, sizeof(magic)) != 0)
		ret = fail(0, "%s: does not begin as the zip that it ends as", path);
	if (ret == 0)
		ret = check_end(&end, &file);
	if (ret < 0)
		return ret;
	file.directory = start + end.offset;
	ret = read_directory(zip, &file, &end);
	if (ret == 0)
		ret = check_places(zip, &file);
	return ret == 0 ? check_names(zip, &file) : ret;
}

const struct zip_member *zip_find(const struct zip *zip, const char *name)
{
	const struct zip_member key = { .name = name };

	return bsearch(&key, zip->members, zip->count, sizeof(*zip->members), order_names);
}

int zip_start(uint64_t *start, int fd)
{
	const off_t length = lseek(fd, 0, SEEK_END);
	unsigned char record[END_SIZE];
	uint64_t behind;

	if (length < END_SIZE ||
	    read_at(fd, record, sizeof(record), (uint64_t)length - sizeof(record)) < 0)
		return -ENOENT;
	behind = zip_number(record + 12, 4) + zip_number(record + 16, 4) + sizeof(record);
	if (memcmp(record, end_magic, sizeof(end_magic)) != 0 || behind > (uint64_t)length)
		return -ENOENT;
	*start = (uint64_t)length - behind;
	return 0;
}
