/* SPDX-License-Identifier: MIT */
/* One member of a zip: what the central directory says of it, and that its local header says the same. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "image/zip_parts.h"

enum {
	CENTRAL_SIZE = 46,
	LOCAL_SIZE = 30,
	VERSION_MOST = 45, /* 4.5: zip64 */
	MADE_BY_UNIX = 3,
	MADE_BY_DARWIN = 19,
	EXTRA_ZIP64 = 0x0001,
	EXTRA_NAME = 0x7075,
	EXTRA_LEAST =
		4224, /* bytes that are read at once with a name: up to a page fills the place before data */
	SMALL = LOCAL_SIZE + ZIP_NAME_MOST + 1 + EXTRA_LEAST,
	METHOD_STORED = 0,
	METHOD_DEFLATED = 8
};

/* Encryption, and the bits that say how well something was packed, the sizes that follow, and UTF-8. */
enum { FLAG_ENCRYPTED = 1, FLAG_STREAMED = 8, FLAGS_KNOWN = 0x080e };

static const unsigned char central_magic[4] = "PK\1\2", local_magic[4] = "PK\3\4",
			   descriptor_magic[4] = "PK\7\10";

/* The fields that both headers have, from the version that is needed on. */
struct common {
	uint64_t version, flags, method, crc, packed, size, name_length, extra_length;
};

static struct common read_common(const unsigned char *at)
{
	return (struct common){
		.version = zip_number(at, 1),
		.flags = zip_number(at + 2, 2),
		.method = zip_number(at + 4, 2),
		.crc = zip_number(at + 10, 4),
		.packed = zip_number(at + 14, 4),
		.size = zip_number(at + 18, 4),
		.name_length = zip_number(at + 22, 2),
		.extra_length = zip_number(at + 24, 2),
	};
}

/* The data of the extra field of TYPE, with its length; NULL: there is none. *wrong: what is wrong with all of them. */
static const unsigned char *find_extra(const unsigned char *at, uint64_t length, unsigned int type,
				       uint64_t *found_length, const char **wrong)
{
	const unsigned char *found = NULL;

	while (length >= 4) {
		const uint64_t size = zip_number(at + 2, 2);

		if (size > length - 4)
			break;
		if (zip_number(at, 2) == type) {
			if (found)
				*wrong = "has an extra field twice";
			found = at + 4;
			*found_length = size;
		}
		at += 4 + size;
		length -= 4 + size;
	}
	if (length)
		*wrong = "its extra fields are cut short";
	return found;
}

/* Take the next 8-byte number of a zip64 field where *VALUE says that it is there. */
static const char *take_number(uint64_t *value, const unsigned char **at, uint64_t *left)
{
	if (*value != UINT32_MAX)
		return NULL;
	if (*left < 8)
		return "its zip64 field is cut short";
	*value = zip_number(*at, 8);
	*at += 8;
	*left -= 8;
	return *value > INT64_MAX ? "its size or place is too large" : NULL;
}

/* HEADER: NULL in a local header. */
static const char *take_extra(struct common *c, const unsigned char *extra, uint64_t *header)
{
	uint64_t left = 0;
	const char *wrong = NULL;
	const unsigned char *at = find_extra(extra, c->extra_length, EXTRA_ZIP64, &left, &wrong);

	if (wrong)
		return wrong;
	if (!at)
		at = extra; /* nothing is left there to be taken */
	wrong = take_number(&c->size, &at, &left);
	if (!wrong)
		wrong = take_number(&c->packed, &at, &left);
	if (!wrong && header)
		wrong = take_number(header, &at, &left);
	return wrong;
}

static const char *wrong_name(const char *name)
{
	const char *part = name, *end;

	if (!name[0])
		return "has no name";
	if (name[0] == '/')
		return "has an absolute name";
	if (strchr(name, '\\'))
		return "has a name with a backslash";
	if (!text_is_clean(name, ""))
		return "has a name with control characters, or not in UTF-8";
	for (; *part; part = end + (*end == '/')) {
		end = strchrnul(part, '/');
		if (end == part)
			return "has a name with an empty part";
		if (end - part > 255)
			return "has a name with a part of more than 255 bytes";
		if (part[0] == '.' && (end - part == 1 || (end - part == 2 && part[1] == '.')))
			return "has a name with . or .. in it";
	}
	return NULL;
}

/* Where no Unix made it, as zip tools have it: what all may read. */
static const char *take_mode(struct zip_member *member, unsigned int made_by, uint64_t attributes,
			     bool is_directory)
{
	const mode_t mode = (mode_t)(attributes >> 16);
	const bool is_unix = made_by == MADE_BY_UNIX || made_by == MADE_BY_DARWIN;
	const mode_t type = is_unix ? mode & S_IFMT : 0;

	if (type && type != S_IFREG && type != S_IFDIR && type != S_IFLNK)
		return "is a device, a FIFO or a socket";
	if (type && (type == S_IFDIR) != is_directory)
		return "is a directory by its name or its mode, but not by both";
	member->mode = type ? type : is_directory ? S_IFDIR : S_IFREG;
	member->mode |= is_unix && mode ? mode & 0777 : is_directory ? 0755 : 0644;
	return NULL;
}

static const char *wrong_sizes(const struct zip_member *member)
{
	if (!member->deflated && member->packed != member->size)
		return "is stored, and has two sizes";
	if (S_ISDIR(member->mode) && member->size)
		return "is a directory with contents";
	if (S_ISLNK(member->mode) && (member->size == 0 || member->size > ZIP_LINK_MOST))
		return "is a symbolic link that leads nowhere, or is too long";
	if (member->deflated && member->size >= ZIP_RATIO_FROM &&
	    member->size / ZIP_RATIO_MOST > member->packed)
		return "is packed better than 1:256, as only a bomb is";
	return NULL;
}

/* A second name says the same as the first, or is refused: which of them counts depends on who reads. */
static const char *wrong_second_name(const struct common *c, const unsigned char *name,
				     const unsigned char *extra)
{
	uint64_t length = 0;
	const char *wrong = NULL;
	const unsigned char *at = find_extra(extra, c->extra_length, EXTRA_NAME, &length, &wrong);

	if (wrong || !at)
		return wrong;
	if (length != 5 + c->name_length || memcmp(at + 5, name, (size_t)c->name_length) != 0)
		return "has two names";
	return NULL;
}

static const char *wrong_common(const struct common *c)
{
	if (c->flags & FLAG_ENCRYPTED)
		return "is encrypted";
	if (c->flags & ~(uint64_t)FLAGS_KNOWN)
		return "has flags that davit does not know";
	if (c->method != METHOD_STORED && c->method != METHOD_DEFLATED)
		return "is packed by a method that davit does not know; it knows stored and deflated";
	if (c->version > VERSION_MOST)
		return "needs a younger zip tool than davit";
	return NULL;
}

/* What is wrong, or NULL. */
static const char *take_entry(struct zip_member *member, const struct zip_file *file,
			      const unsigned char *at, struct common *c)
{
	const unsigned char *name = at + CENTRAL_SIZE, *extra = name + c->name_length;
	const bool is_directory = name[c->name_length - 1] == '/';
	uint64_t header = zip_number(at + 42, 4);
	const char *wrong = wrong_name(member->name);

	if (!wrong)
		wrong = wrong_common(c);
	if (!wrong)
		wrong = take_extra(c, extra, &header);
	if (!wrong)
		wrong = wrong_second_name(c, name, extra);
	if (!wrong && (zip_number(at + 34, 2) != 0 || zip_number(at + 32, 2) != 0))
		wrong = "has a comment, or is in another part";
	if (!wrong && header >= file->directory - file->start)
		wrong = "lies behind the members";
	if (wrong)
		return wrong;
	member->header = file->start + header;
	member->packed = c->packed;
	member->size = c->size;
	member->crc = (uint32_t)c->crc;
	member->deflated = c->method == METHOD_DEFLATED;
	member->streamed = (c->flags & FLAG_STREAMED) != 0;
	wrong = take_mode(member, at[5], zip_number(at + 38, 4), is_directory);
	return wrong ? wrong : wrong_sizes(member);
}

ssize_t zip_entry(struct zip_member *member, const struct zip_file *file, const unsigned char *at,
		  size_t length)
{
	struct common c;
	uint64_t used;
	char *name;
	const char *wrong;

	if (length < CENTRAL_SIZE || memcmp(at, central_magic, sizeof(central_magic)) != 0)
		return fail(0, "%s: its central directory is damaged", file->path);
	c = read_common(at + 6);
	used = CENTRAL_SIZE + c.name_length + c.extra_length + zip_number(at + 32, 2);
	if (used > length)
		return fail(0, "%s: its central directory is damaged", file->path);
	if (c.name_length == 0 || c.name_length > ZIP_NAME_MOST ||
	    memchr(at + CENTRAL_SIZE, '\0', (size_t)c.name_length))
		return fail(0, "%s: a member has no name, a NUL in it, or one of more than %d bytes",
			    file->path, ZIP_NAME_MOST);
	name = arena_copy(file->arena, (const char *)at + CENTRAL_SIZE, (size_t)c.name_length);
	if (!name)
		return fail(ENOMEM, "%s", file->path);
	member->name = name;
	wrong = take_entry(member, file, at, &c);
	if (wrong)
		return fail(0, "%s: %s: %s", file->path, name, wrong);
	if (S_ISDIR(member->mode))
		name[c.name_length - 1] = '\0';
	return (ssize_t)used;
}

/* What stands behind streamed data: with or without its magic number, with sizes of 4 or 8 bytes. *next: behind it. */
static int check_descriptor(const struct zip_member *member, const struct zip_file *file,
			    uint64_t *next)
{
	static const struct {
		unsigned int magic, wide;
	} forms[] = { { 4, 8 }, { 0, 8 }, { 4, 4 }, { 0, 4 } };
	const uint64_t room = file->directory - *next;
	unsigned char bytes[24] = { 0 };
	const size_t most = room < sizeof(bytes) ? (size_t)room : sizeof(bytes);
	size_t i;
	int ret = zip_read(file, bytes, most, *next);

	if (ret < 0)
		return ret;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const unsigned int magic = forms[i].magic, wide = forms[i].wide;
		const unsigned char *at = bytes + magic;

		if (magic + 4 + 2 * wide > most || memcmp(bytes, descriptor_magic, magic) != 0 ||
		    zip_number(at, 4) != member->crc || zip_number(at + 4, wide) != member->packed ||
		    zip_number(at + 4 + wide, wide) != member->size)
			continue;
		*next += magic + 4 + 2 * wide;
		return 0;
	}
	return fail(0, "%s: %s: what stands behind it says something else", file->path, member->name);
}

/* A streaming writer does not know its numbers yet when it writes a local header, and leaves them 0. */
static bool differs(uint64_t here, uint64_t expected, bool may_be_0)
{
	return here != expected && !(may_be_0 && here == 0);
}

/* What is wrong, or NULL. */
static const char *wrong_local(const struct zip_member *member, const unsigned char *at,
			       struct common *c)
{
	const size_t length = strlen(member->name);
	const bool is_directory = S_ISDIR(member->mode);
	const char *wrong;

	if (c->name_length != length + is_directory ||
	    memcmp(at + LOCAL_SIZE, member->name, length) != 0 ||
	    (is_directory && at[LOCAL_SIZE + length] != '/'))
		return "has another name in its local header";
	wrong = wrong_common(c);
	if (!wrong)
		wrong = take_extra(c, at + LOCAL_SIZE + c->name_length, NULL);
	if (!wrong)
		wrong = wrong_second_name(c, at + LOCAL_SIZE, at + LOCAL_SIZE + c->name_length);
	if (wrong)
		return wrong;
	if ((c->method == METHOD_DEFLATED) != member->deflated ||
	    ((c->flags & FLAG_STREAMED) != 0) != member->streamed)
		return "is packed otherwise by its local header";
	if (differs(c->crc, member->crc, member->streamed) ||
	    differs(c->packed, member->packed, member->streamed) ||
	    differs(c->size, member->size, member->streamed))
		return "has other sizes or another checksum in its local header";
	return NULL;
}

/* Room for a header: what there usually is takes no memory from the heap. */
struct local {
	unsigned char small[SMALL];
	unsigned char *bytes, *large;
};

/* Read the header with its name and extra fields; usually at once. */
static int read_local(struct local *local, struct common *c, const struct zip_member *member,
		      const struct zip_file *file)
{
	const uint64_t room = file->directory - member->header;
	const size_t least = LOCAL_SIZE + strlen(member->name) + 1 + EXTRA_LEAST;
	const size_t first = room < least ? (size_t)room : least;
	size_t whole;
	int ret;

	if (room < LOCAL_SIZE)
		return fail(0, "%s: %s: has no local header", file->path, member->name);
	local->bytes = local->small;
	ret = zip_read(file, local->bytes, first, member->header);
	if (ret < 0)
		return ret;
	if (memcmp(local->bytes, local_magic, sizeof(local_magic)) != 0)
		return fail(0, "%s: %s: has no local header", file->path, member->name);
	*c = read_common(local->bytes + 4);
	whole = (size_t)(LOCAL_SIZE + c->name_length + c->extra_length);
	if (whole > room)
		return fail(0, "%s: %s: its local header is cut short", file->path, member->name);
	if (whole <= first)
		return 0;
	local->bytes = local->large = malloc(whole);
	if (!local->large)
		return fail(ENOMEM, "%s", file->path);
	return zip_read(file, local->bytes, whole, member->header);
}

int zip_local(struct zip_member *member, const struct zip_file *file, uint64_t *next)
{
	struct local local = { .bytes = NULL };
	struct common c = { 0 };
	const char *wrong = NULL;
	int ret;

	ret = read_local(&local, &c, member, file);
	if (ret == 0 && local.bytes)
		wrong = wrong_local(member, local.bytes, &c);
	free(local.large);
	if (ret < 0)
		return ret;
	if (wrong)
		return fail(0, "%s: %s: %s", file->path, member->name, wrong);
	member->offset = member->header + LOCAL_SIZE + c.name_length + c.extra_length;
	if (member->packed > file->directory - member->offset)
		return fail(0, "%s: %s: reaches behind the members", file->path, member->name);
	*next = member->offset + member->packed;
	return member->streamed ? check_descriptor(member, file, next) : 0;
}
