/* SPDX-License-Identifier: MIT */
/* Write a tar. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/arena.h"
#include "build/pax.h"

enum { BLOCK = 512, OCTAL_8 = 2097151, NAME_SIZE = 100 };
#define OCTAL_12 UINT64_C(8589934591)

struct header {
	char name[NAME_SIZE], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8];
	char type, link[NAME_SIZE], magic[8], user[32], group[32], major[8], minor[8], prefix[155];
	char rest[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

static int flush(struct pax *pax)
{
	size_t done = 0;

	while (done < pax->used) {
		const ssize_t sent =
			send(pax->fd, pax->window + done, pax->used - done, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			return -errno;
		if (sent > 0)
			done += (size_t)sent;
	}
	pax->used = 0;
	return 0;
}

static int put(struct pax *pax, const void *data, size_t length)
{
	const unsigned char *from = data;
	int ret = 0;

	while (length > 0 && ret == 0) {
		size_t part = sizeof(pax->window) - pax->used;

		if (part > length)
			part = length;
		memcpy(pax->window + pax->used, from, part);
		pax->used += part;
		from += part;
		length -= part;
		if (pax->used == sizeof(pax->window))
			ret = flush(pax);
	}
	return ret;
}

static int pad(struct pax *pax, size_t length)
{
	static const char zeroes[BLOCK];

	return put(pax, zeroes, length);
}

static size_t padding_of(uint64_t size)
{
	return (BLOCK - size % BLOCK) % BLOCK;
}

static void octal(char *field, size_t size, uint64_t value)
{
	size_t i;

	field[size - 1] = '\0';
	for (i = size - 1; i > 0; i--, value >>= 3)
		field[i - 1] = (char)('0' + (value & 7));
}

static void add_sum(struct header *header)
{
	const unsigned char *bytes = (const unsigned char *)header;
	unsigned int sum = 0;
	size_t i;

	memset(header->sum, ' ', sizeof(header->sum));
	for (i = 0; i < BLOCK; i++)
		sum += bytes[i];
	octal(header->sum, 7, sum);
}

static void begin_header(struct header *header, char type, uint64_t size)
{
	memset(header, 0, sizeof(*header));
	header->type = type;
	memcpy(header->magic, "ustar\00000", sizeof(header->magic));
	octal(header->mode, sizeof(header->mode), 0644);
	octal(header->uid, sizeof(header->uid), 0);
	octal(header->gid, sizeof(header->gid), 0);
	octal(header->mtime, sizeof(header->mtime), 0);
	octal(header->size, sizeof(header->size), size);
	octal(header->major, sizeof(header->major), 0);
	octal(header->minor, sizeof(header->minor), 0);
}

/* --- records: "LENGTH KEY=VALUE\n", where LENGTH counts itself ----------------------------------------- */

struct records {
	char *text;
	size_t length, room;
};

static int add_record(struct records *records, const char *key, const void *value, size_t size)
{
	const size_t rest = strlen(key) + size + 3;
	size_t length = rest + 1, digits;
	char number[24];

	for (digits = 1; digits != (size_t)snprintf(number, sizeof(number), "%zu", length); digits++)
		length = rest + digits + 1;
	if (length > records->room - records->length)
		return -E2BIG;
	records->length +=
		(size_t)snprintf(records->text + records->length, length, "%s %s=", number, key);
	memcpy(records->text + records->length, value, size);
	records->length += size;
	records->text[records->length++] = '\n';
	return 0;
}

static int add_text(struct records *records, const char *key, const char *text)
{
	return text && strlen(text) > NAME_SIZE ? add_record(records, key, text, strlen(text)) : 0;
}

static int add_number(struct records *records, const char *key, uint64_t value, uint64_t most)
{
	char text[24];

	if (value <= most)
		return 0;
	return add_record(records, key, text,
			  (size_t)snprintf(text, sizeof(text), "%llu", (unsigned long long)value));
}

static int add_attributes(struct records *records, const struct pax_entry *entry)
{
	char key[320];
	size_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < entry->attribute_count; i++) {
		const struct pax_attribute *attribute = &entry->attributes[i];

		snprintf(key, sizeof(key), "SCHILY.xattr.%s", attribute->name);
		ret = add_record(records, key, attribute->value, attribute->size);
	}
	return ret;
}

static int collect(struct records *records, const struct pax_entry *entry)
{
	int ret = add_text(records, "path", entry->path);

	if (ret == 0)
		ret = add_text(records, "linkpath", entry->link);
	if (ret == 0)
		ret = add_number(records, "size", entry->size, OCTAL_12);
	if (ret == 0)
		ret = add_number(records, "uid", entry->uid, OCTAL_8);
	if (ret == 0)
		ret = add_number(records, "gid", entry->gid, OCTAL_8);
	if (ret == 0)
		ret = add_number(records, "mtime", entry->mtime, OCTAL_12);
	if (ret == 0)
		ret = add_attributes(records, entry);
	return ret;
}

static bool needs_records(const struct pax_entry *entry)
{
	return entry->attribute_count > 0 || strlen(entry->path) > NAME_SIZE ||
	       (entry->link && strlen(entry->link) > NAME_SIZE) || entry->size > OCTAL_12 ||
	       entry->uid > OCTAL_8 || entry->gid > OCTAL_8 || entry->mtime > OCTAL_12;
}

static int put_records(struct pax *pax, const struct pax_entry *entry)
{
	struct arena arena = { 0 };
	struct records records = { .room = PAX_RECORDS_MOST };
	struct header header;
	int ret;

	records.text = arena_alloc(&arena, records.room);
	ret = records.text ? collect(&records, entry) : -ENOMEM;
	if (ret == 0) {
		begin_header(&header, 'x', records.length);
		memcpy(header.name, "pax", sizeof("pax"));
		add_sum(&header);
		ret = put(pax, &header, sizeof(header));
	}
	if (ret == 0)
		ret = put(pax, records.text, records.length);
	if (ret == 0)
		ret = pad(pax, padding_of(records.length));
	arena_close(&arena);
	return ret;
}

/* --- members ------------------------------------------------------------------------------------------- */

static char type_of(mode_t mode)
{
	static const struct {
		mode_t format;
		char type;
	} types[] = {
		{ S_IFREG, '0' }, { 0, '1' },       { S_IFLNK, '2' }, { S_IFCHR, '3' },
		{ S_IFBLK, '4' }, { S_IFDIR, '5' }, { S_IFIFO, '6' },
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if ((mode & S_IFMT) == types[i].format)
			return types[i].type;
	}
	return '\0';
}

/* A field may be full, without a NUL at its end. */
static void set_name(char field[NAME_SIZE], const char *text)
{
	const size_t length = text ? strlen(text) : 0;

	if (length > 0)
		memcpy(field, text, length < NAME_SIZE ? length : NAME_SIZE);
}

void pax_begin(struct pax *pax, int fd)
{
	pax->fd = fd;
	pax->left = 0;
	pax->padding = 0;
	pax->used = 0;
}

int pax_member(struct pax *pax, const struct pax_entry *entry)
{
	const char type = type_of(entry->mode);
	struct header header;
	int ret = 0;

	if (!type || pax->left > 0)
		return -EINVAL;
	if (needs_records(entry))
		ret = put_records(pax, entry);
	if (ret < 0)
		return ret;
	begin_header(&header, type, entry->size <= OCTAL_12 ? entry->size : 0);
	set_name(header.name, entry->path);
	set_name(header.link, entry->link);
	octal(header.mode, sizeof(header.mode), entry->mode & 07777);
	octal(header.uid, sizeof(header.uid), entry->uid <= OCTAL_8 ? entry->uid : 0);
	octal(header.gid, sizeof(header.gid), entry->gid <= OCTAL_8 ? entry->gid : 0);
	octal(header.mtime, sizeof(header.mtime), entry->mtime <= OCTAL_12 ? entry->mtime : 0);
	octal(header.major, sizeof(header.major), major(entry->device));
	octal(header.minor, sizeof(header.minor), minor(entry->device));
	add_sum(&header);
	pax->left = entry->size;
	pax->padding = padding_of(entry->size);
	return put(pax, &header, sizeof(header));
}

int pax_data(struct pax *pax, const void *data, size_t length)
{
	int ret;

	if (length > pax->left)
		return -EFBIG;
	pax->left -= length;
	ret = put(pax, data, length);
	if (ret == 0 && pax->left == 0)
		ret = pad(pax, pax->padding);
	return ret;
}

int pax_end(struct pax *pax)
{
	int ret = pax->left > 0 ? -ENODATA : pad(pax, BLOCK);

	if (ret == 0)
		ret = pad(pax, BLOCK);
	return ret < 0 ? ret : flush(pax);
}
