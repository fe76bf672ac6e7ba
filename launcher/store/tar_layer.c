/* SPDX-License-Identifier: MIT */
/* Read a tar's headers; each is held against its checksum and taken apart field by field. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "store/tar_layer.h"

/* A field of a header: where it begins, and its bytes. */
struct field {
	unsigned short at, size;
};

static const struct field name_field = { 0, 100 }, mode_field = { 100, 8 }, uid_field = { 108, 8 },
			  gid_field = { 116, 8 }, size_field = { 124, 12 },
			  mtime_field = { 136, 12 }, sum_field = { 148, 8 },
			  link_field = { 157, 100 }, prefix_field = { 345, 155 };

enum { AT_TYPE = 156, AT_MAGIC = 257, AT_STAR = 508, STAR_PREFIX = 131 };

int tar_layer_fail(const struct tar_layer *tar, const char *wrong)
{
	char name[TAR_NAME_MOST + 2];
	const char *text = tar->member.name ? tar->member.name : tar->name;

	memcpy(name, text, strlen(text) + 1);
	text_tame(name);
	return fail(0, "%s: %s%s%s", tar->in.what, name, name[0] ? ": " : "", wrong);
}

/* --- bytes ------------------------------------------------------------------------------------------- */

static int read_whole(struct tar_layer *tar, void *to, size_t length)
{
	const ssize_t got = inflow_read(&tar->in, to, length);

	if (got < 0)
		return (int)got;
	return (size_t)got == length ? 0 : tar_layer_fail(tar, "the tar is cut short");
}

int tar_layer_read(struct tar_layer *tar, void *to, size_t length)
{
	int ret = read_whole(tar, to, length);

	tar->left -= length;
	return ret;
}

static int pass_over(struct tar_layer *tar)
{
	uint64_t left = tar->left + tar->padding;
	int ret = 0;

	for (; left > 0 && ret == 0; left -= left < TAR_BLOCK ? left : TAR_BLOCK)
		ret = read_whole(tar, tar->block, left < TAR_BLOCK ? (size_t)left : TAR_BLOCK);
	tar->left = tar->padding = 0;
	return ret;
}

/* --- fields ------------------------------------------------------------------------------------------ */

/* Octal, between blanks and NULs; nothing is 0. */
static int read_octal(uint64_t *out, const unsigned char *text, size_t size)
{
	size_t i = 0;

	*out = 0;
	while (i < size && text[i] == ' ')
		i++;
	for (; i < size && text[i] >= '0' && text[i] <= '7'; i++)
		*out = *out << 3 | (uint64_t)(text[i] - '0');
	while (i < size && (text[i] == ' ' || text[i] == '\0'))
		i++;
	return i == size ? 0 : -1;
}

/* GNU tar writes what is too large in binary, behind a first bit; and negative times. */
static int read_number(int64_t *out, const struct tar_layer *tar, struct field field)
{
	const unsigned char *text = tar->block + field.at;
	const uint64_t sign = text[0] == 0xff ? UINT64_MAX : 0;
	uint64_t value = sign;
	size_t i;
	int ret = 0;

	if (text[0] < 0x80) {
		ret = read_octal(&value, text, field.size);
	} else {
		ret = sign || text[0] == 0x80 ? 0 : -1;
		for (i = 1; i < field.size; i++) {
			/* What is shifted out is the sign, and what is shifted in leaves it. */
			if (value >> 55 != sign >> 55)
				ret = -1;
			value = value << 8 | text[i];
		}
	}
	*out = (int64_t)value;
	return ret;
}

static bool sum_is_right(const struct tar_layer *tar)
{
	uint64_t said, sum = 0;
	int64_t signed_sum = 0; /* of old tars */
	size_t i;

	if (read_octal(&said, tar->block + sum_field.at, sum_field.size) < 0)
		return false;
	for (i = 0; i < TAR_BLOCK; i++) {
		const bool own = i >= sum_field.at && i < (size_t)sum_field.at + sum_field.size;
		const unsigned char byte = own ? ' ' : tar->block[i];

		sum += byte;
		signed_sum += (signed char)byte;
	}
	return said == sum || (int64_t)said == signed_sum;
}

/* Up to its end or a NUL, behind what is in OUT. */
static void add_field(char *out, const struct tar_layer *tar, size_t at, size_t size)
{
	const char *text = (const char *)tar->block + at;
	const size_t length = strnlen(text, size), before = strlen(out);

	memcpy(out + before, text, length);
	out[before + length] = '\0';
}

/* --- members ----------------------------------------------------------------------------------------- */

/* Types are those of POSIX and of GNU tar; hard links have that of no file. */
static int read_type(struct tar_member *out, const struct tar_layer *tar)
{
	static const struct {
		char type;
		mode_t mode;
	} types[] = { { '0', S_IFREG }, { '\0', S_IFREG }, { '7', S_IFREG },
		      { '1', 0 },       { '2', S_IFLNK },  { '3', S_IFCHR },
		      { '4', S_IFBLK }, { '5', S_IFDIR },  { '6', S_IFIFO } };
	const char type = (char)tar->block[AT_TYPE];
	const size_t length = strlen(out->name);
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].type != type)
			continue;
		out->mode |= types[i].mode;
		out->hard_link = type == '1';
		/* As it was before there was a type for it. */
		if (type == '\0' && length > 0 && out->name[length - 1] == '/')
			out->mode = (out->mode & 07777) | S_IFDIR;
		return 0;
	}
	return tar_layer_fail(tar, "is no file, directory, link or pipe");
}

static void read_names(struct tar_layer *tar)
{
	const bool star = memcmp(tar->block + AT_STAR, "tar", 4) == 0;
	char *name = tar->name;

	if (!*name) {
		if (memcmp(tar->block + AT_MAGIC, "ustar", 6) == 0)
			add_field(name, tar, prefix_field.at, star ? STAR_PREFIX : prefix_field.size);
		if (*name)
			memcpy(name + strlen(name), "/", 2);
		add_field(name, tar, name_field.at, name_field.size);
	}
	if (!tar->link[0])
		add_field(tar->link, tar, link_field.at, link_field.size);
	tar->member.name = name;
	tar->member.link = tar->link;
}

/* What the pax header says goes first; *out is from 0 to MOST. */
static int read_field(uint64_t *out, const struct tar_layer *tar, struct field field,
		      const uint64_t *said, uint64_t most)
{
	int64_t value;
	int ret = said ? 0 : read_number(&value, tar, field);

	if (ret < 0)
		return ret;
	*out = said ? *said : value > 0 ? (uint64_t)value : 0;
	return *out > most || (!said && value < 0) ? -1 : 0;
}

static int read_numbers(struct tar_layer *tar)
{
	struct tar_member *out = &tar->member;
	uint64_t mode, uid, gid;
	int64_t mtime = 0;

	if (read_field(&out->size, tar, size_field, tar->has_size ? &tar->size : NULL, INT64_MAX) < 0)
		return tar_layer_fail(tar, "its size is no number");
	if (read_field(&uid, tar, uid_field, tar->has_uid ? &tar->uid : NULL, UINT32_MAX - 1) < 0 ||
	    read_field(&gid, tar, gid_field, tar->has_gid ? &tar->gid : NULL, UINT32_MAX - 1) < 0)
		return tar_layer_fail(tar, "its owner is no number from 0 to 4294967294");
	if (read_field(&mode, tar, mode_field, NULL, INT64_MAX) < 0 ||
	    (!tar->has_mtime && read_number(&mtime, tar, mtime_field) < 0))
		return tar_layer_fail(tar, "its mode or its time is no number");
	if (!tar->has_mtime)
		tar->mtime = mtime > 0 ? (uint64_t)mtime : 0;
	out->mode = mode & 07777;
	out->uid = (uint32_t)uid;
	out->gid = (uint32_t)gid;
	/* All that a squashfs has room for. */
	out->mtime = tar->mtime < UINT32_MAX ? (uint32_t)tar->mtime : UINT32_MAX;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct attribute *one = a, *other = b;

	return strcmp(one->name, other->name);
}

static int read_member(struct tar_layer *tar)
{
	struct tar_member *out = &tar->member;
	const char *wrong =
		tar->records ? tar_pax_read(tar, tar->records, tar->records_length) : NULL;
	int ret;

	read_names(tar);
	ret = wrong ? tar_layer_fail(tar, wrong) : read_numbers(tar);
	if (ret == 0)
		ret = read_type(out, tar);
	if (ret < 0)
		return ret;
	if (out->size > 0 && !S_ISREG(out->mode))
		return tar_layer_fail(tar, "has data, and is no file");
	out->attribute_count = tar->attribute_count;
	memcpy(out->attributes, tar->attributes, sizeof(out->attributes));
	if (out->attribute_count > 1)
		qsort(out->attributes, out->attribute_count, sizeof(out->attributes[0]), by_name);
	tar->left = out->size;
	tar->padding = (size_t)(-out->size % TAR_BLOCK);
	return 1;
}

/* --- what stands before members ------------------------------------------------------------------------ */

/* The data of a header that is no member: LENGTH bytes, and a NUL. */
static char *read_text(struct tar_layer *tar, size_t *length)
{
	char *text = NULL;
	uint64_t size;

	if (read_field(&size, tar, size_field, NULL, TAR_RECORDS_MOST) < 0) {
		tar_layer_fail(tar, "what stands before it is larger than 256 KiB");
		return NULL;
	}
	text = malloc((size_t)size + 1);
	if (!text) {
		fail(ENOMEM, "%s", tar->in.what);
		return NULL;
	}
	tar->padding = (size_t)(-size % TAR_BLOCK);
	*length = (size_t)size;
	text[size] = '\0';
	if (read_whole(tar, text, *length) == 0 && pass_over(tar) == 0)
		return text;
	free(text);
	return NULL;
}

/* They are read when it is known whose they are. */
static int keep_records(struct tar_layer *tar)
{
	if (tar->records)
		return tar_layer_fail(tar, "a member has two pax headers");
	tar->records = read_text(tar, &tar->records_length);
	return tar->records ? 0 : -EINVAL;
}

/* GNU tar's; what a pax header says goes first. */
static int read_long_name(struct tar_layer *tar, char out[TAR_NAME_MOST + 2])
{
	size_t length;
	autofree char *text = read_text(tar, &length);

	if (!text)
		return -EINVAL;
	if (strlen(text) > TAR_NAME_MOST)
		return tar_layer_fail(tar, "its name is longer than 4095 bytes");
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

/* For all members that follow, and ignored by all who read layers. */
static int pass_global(struct tar_layer *tar)
{
	size_t length;
	autofree char *text = read_text(tar, &length);

	return text ? 0 : -EINVAL;
}

/* A header that is in tar->block. Returns 1 for a member, 0 for what stands before one, or -errno. */
static int read_header(struct tar_layer *tar)
{
	if (!sum_is_right(tar))
		return tar_layer_fail(tar, "no tar, or a damaged one (checksum)");
	switch (tar->block[AT_TYPE]) {
	case 'x':
		return keep_records(tar);
	case 'g':
		return pass_global(tar);
	case 'L':
		return read_long_name(tar, tar->name);
	case 'K':
		return read_long_name(tar, tar->link);
	case 'S':
		return tar_layer_fail(tar, "it is sparse, which no layer is");
	default:
		return read_member(tar);
	}
}

static void forget(struct tar_layer *tar)
{
	free(tar->records);
	tar->records = NULL;
	tar->name[0] = tar->link[0] = '\0';
	tar->attribute_count = 0;
	tar->has_size = tar->has_uid = tar->has_gid = tar->has_mtime = false;
	tar->mtime = 0;
	tar->member.name = NULL;
	tar->member.hard_link = false;
}

static bool is_zero(const struct tar_layer *tar)
{
	static const unsigned char zero[TAR_BLOCK];

	return memcmp(tar->block, zero, TAR_BLOCK) == 0;
}

/* Two blocks of zeroes are the end; some writers forget them, and end. */
static int read_end(struct tar_layer *tar, ssize_t got)
{
	if (tar->records || tar->name[0] || tar->link[0])
		return tar_layer_fail(tar, "the tar is cut short");
	if (got == TAR_BLOCK) {
		got = inflow_read(&tar->in, tar->block, TAR_BLOCK);
		if (got == TAR_BLOCK && !is_zero(tar))
			return fail(0, "%s: damaged: an end mark is cut short", tar->in.what);
	}
	/* What follows means nothing, but there may be a checksum behind it. */
	while (got == TAR_BLOCK)
		got = inflow_read(&tar->in, tar->block, TAR_BLOCK);
	return got < 0 ? (int)got : 0;
}

int tar_layer_next(struct tar_layer *tar)
{
	int ret = pass_over(tar);

	forget(tar);
	while (ret == 0) {
		const ssize_t got = inflow_read(&tar->in, tar->block, TAR_BLOCK);

		if (got < 0)
			return (int)got;
		if (got == 0 || (got == TAR_BLOCK && is_zero(tar)))
			return read_end(tar, got);
		if (got < TAR_BLOCK)
			return tar_layer_fail(tar, "the tar is cut short");
		ret = read_header(tar);
	}
	return ret;
}

int tar_layer_open(struct tar_layer *tar, int fd, const char *what)
{
	return inflow_open(&tar->in, fd, what);
}

void tar_layer_close(struct tar_layer *tar)
{
	forget(tar);
	inflow_close(&tar->in);
}
