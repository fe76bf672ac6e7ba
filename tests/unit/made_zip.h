/* SPDX-License-Identifier: MIT */
/* Makes zips in memory, for tests of what reads them. */
#ifndef TESTS_MADE_ZIP_H
#define TESTS_MADE_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <zlib.h>

/* One zip. */
struct made {
	unsigned char bytes[65536];
	size_t length;
	size_t local[16], central[16], end;
	size_t packed[16];
};

struct member {
	const char *name, *data;
	unsigned int mode;
	bool deflate;
};

static inline void put(struct made *made, unsigned int bytes, uint64_t value)
{
	while (bytes--) {
		made->bytes[made->length++] = (unsigned char)value;
		value >>= 8;
	}
}

static inline void put_bytes(struct made *made, const void *data, size_t length)
{
	memcpy(made->bytes + made->length, data, length);
	made->length += length;
}

static inline void put_text(struct made *made, const char *text)
{
	put_bytes(made, text, strlen(text));
}

static inline void put_common(struct made *made, const struct member *member, size_t packed)
{
	put(made, 2, 20);
	put(made, 2, 0);
	put(made, 2, member->deflate ? 8 : 0);
	put(made, 4, 0x21);
	put(made, 4, crc32(0, (const unsigned char *)member->data, (uInt)strlen(member->data)));
	put(made, 4, packed);
	put(made, 4, strlen(member->data));
	put(made, 2, strlen(member->name));
	put(made, 2, 0);
}

/* Put MEMBER's data, packed, at OUT. Returns its length. */
static inline size_t pack(unsigned char *out, size_t room, const struct member *member)
{
	z_stream stream = { 0 };

	if (!member->deflate) {
		memcpy(out, member->data, strlen(member->data));
		return strlen(member->data);
	}
	deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
	stream.next_in = (z_const unsigned char *)member->data;
	stream.avail_in = (uInt)strlen(member->data);
	stream.next_out = out;
	stream.avail_out = (uInt)room;
	deflate(&stream, Z_FINISH);
	deflateEnd(&stream);
	return stream.total_out;
}

static inline void make(struct made *made, const struct member *members, size_t count)
{
	size_t i, directory;

	memset(made, 0, sizeof(*made));
	for (i = 0; i < count; i++) {
		unsigned char data[16384];
		const size_t length = pack(data, sizeof(data), &members[i]);

		made->packed[i] = length;
		made->local[i] = made->length;
		put_text(made, "PK\3\4");
		put_common(made, &members[i], length);
		put_text(made, members[i].name);
		put_bytes(made, data, length);
	}
	directory = made->length;
	for (i = 0; i < count; i++) {
		made->central[i] = made->length;
		put_text(made, "PK\1\2");
		put(made, 2, 0x0314);
		put_common(made, &members[i], made->packed[i]);
		put(made, 2, 0);
		put(made, 2, 0);
		put(made, 2, 0);
		put(made, 4, (uint64_t)members[i].mode << 16);
		put(made, 4, made->local[i]);
		put_text(made, members[i].name);
	}
	made->end = made->length;
	put_text(made, "PK\5\6");
	put(made, 4, 0);
	put(made, 2, count);
	put(made, 2, count);
	put(made, 4, made->end - directory);
	put(made, 4, directory);
	put(made, 2, 0);
}

#endif
