/* SPDX-License-Identifier: MIT */
/* List directories; read owners and attributes. All of it may be an enemy's, as in squashfs_read.c. */
#include <errno.h>
#include <string.h>

#include "image/squashfs_list.h"

enum {
	LISTING_MOST = 4 << 20,
	ATTRIBUTES_MOST = 64,
	TYPE_LONG_DIRECTORY = 8,
	TRUSTED = 1,
	ELSEWHERE = 256 /* the value is a reference */
};

static uint64_t little(const unsigned char *at, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | at[bytes];
	return value;
}

/* --- directories ----------------------------------------------------------------------------------------- */

/* Entries come in runs, whose inodes share a block. */
struct run {
	uint64_t count, block;
};

static bool is_name(const char *name, size_t length)
{
	return strlen(name) == length && !strchr(name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

int squashfs_list(struct squashfs *fs, const struct squashfs_inode *directory, void *data,
		  int (*take)(void *data, const char *name, uint64_t reference))
{
	struct squashfs_place place = directory->at;
	/* The listing is 3 bytes shorter than it says: . and .. are not in it. */
	uint64_t left = directory->size >= 3 ? directory->size - 3 : 0;
	struct run run = { 0 };
	unsigned char b[12] = { 0 };
	char name[257];
	int ret = left > LISTING_MOST ? -EIO : 0;

	while (ret == 0 && left >= (run.count ? 8 : 12)) {
		size_t size;

		if (!run.count) {
			ret = squashfs_meta(fs, &place, b, 12);
			run = (struct run){ little(b, 4) + 1, little(b + 4, 4) };
			left -= 12;
			continue;
		}
		ret = squashfs_meta(fs, &place, b, 8);
		size = (size_t)little(b + 6, 2) + 1;
		if (ret == 0 && (size >= sizeof(name) || size > left - 8))
			ret = -EIO;
		if (ret == 0)
			ret = squashfs_meta(fs, &place, name, size);
		if (ret < 0)
			return ret;
		name[size] = '\0';
		ret = is_name(name, size) ? take(data, name, run.block << 16 | little(b, 2)) : -EIO;
		run.count--;
		left -= 8 + size;
	}
	return ret;
}

/* --- attributes ------------------------------------------------------------------------------------------ */

/* The entry NUMBER, of SIZE bytes, in a table whose blocks are listed from INDEX on. */
static int table_read(struct squashfs *fs, void *out, uint64_t index, uint64_t number, size_t size)
{
	const uint64_t each = META_SIZE / size;
	struct squashfs_place place = { .offset = (unsigned int)(number % each * size) };
	unsigned char b[8] = { 0 };
	int ret = squashfs_bytes(fs, b, sizeof(b), index + number / each * 8);

	place.block = little(b, 8);
	return ret == 0 ? squashfs_meta(fs, &place, out, size) : ret;
}

/* One attribute; PLACE moves behind it. */
static int read_attribute(bool *opaque, struct squashfs *fs, struct squashfs_place *place)
{
	static const char wanted[] = "overlay.opaque";
	unsigned char b[4] = { 0 };
	char name[256] = { 0 }, value[1] = { 0 };
	size_t size, length, i;
	unsigned int type;
	int ret = squashfs_meta(fs, place, b, 4);

	type = (unsigned int)little(b, 2);
	size = (size_t)little(b + 2, 2);
	if (ret == 0 && size >= sizeof(name))
		ret = -EIO;
	if (ret == 0)
		ret = squashfs_meta(fs, place, name, size);
	if (ret == 0)
		ret = squashfs_meta(fs, place, b, 4);
	length = (size_t)little(b, 4);
	if (ret == 0 && length > 65536)
		ret = -EIO;
	for (i = 0; ret == 0 && i < length; i++)
		ret = squashfs_meta(fs, place, i == 0 ? value : (char[1]){ 0 }, 1);
	if (ret == 0 && type == TRUSTED && size == sizeof(wanted) - 1 &&
	    memcmp(name, wanted, size) == 0)
		*opaque = length == 1 && value[0] == 'y';
	return ret;
}

static int read_attributes(bool *opaque, struct squashfs *fs, uint64_t number)
{
	unsigned char b[16] = { 0 };
	struct squashfs_place place;
	uint64_t table, start, count, i;
	int ret = squashfs_bytes(fs, b, 8, 56);

	table = little(b, 8);
	if (ret == 0 && table != UINT64_MAX)
		ret = squashfs_bytes(fs, b, 8, table);
	if (ret < 0 || table == UINT64_MAX)
		return ret < 0 ? ret : -EIO;
	start = little(b, 8);
	ret = table_read(fs, b, table + 16, number, sizeof(b));
	if (ret < 0)
		return ret;
	place = (struct squashfs_place){ start + (little(b, 8) >> 16 & 0xffffffff),
					 (unsigned int)little(b, 2) };
	count = little(b + 8, 4);
	for (i = 0; ret == 0 && i < count; i++)
		ret = i < ATTRIBUTES_MOST ? read_attribute(opaque, fs, &place) : -EIO;
	return ret;
}

int squashfs_detail(struct squashfs_detail *out, struct squashfs *fs, uint64_t reference)
{
	struct squashfs_place place = { fs->inodes + (reference >> 16 & 0xffffffff),
					(unsigned int)(reference & 0xffff) };
	unsigned char common[16] = { 0 }, rest[24] = { 0 }, b[8] = { 0 }, id[4] = { 0 };
	int ret = squashfs_meta(fs, &place, common, sizeof(common));

	*out = (struct squashfs_detail){ 0 };
	if (ret == 0 && little(common, 2) == TYPE_LONG_DIRECTORY) {
		ret = squashfs_meta(fs, &place, rest, sizeof(rest));
		if (ret == 0 && little(rest + 20, 4) != UINT32_MAX)
			ret = read_attributes(&out->opaque, fs, little(rest + 20, 4));
	}
	if (ret == 0)
		ret = squashfs_bytes(fs, b, sizeof(b), 48);
	if (ret == 0)
		ret = table_read(fs, id, little(b, 8), little(common + 4, 2), sizeof(id));
	out->uid = (uid_t)little(id, 4);
	if (ret == 0)
		ret = table_read(fs, id, little(b, 8), little(common + 6, 2), sizeof(id));
	out->gid = (gid_t)little(id, 4);
	out->permissions = (mode_t)little(common + 2, 2) & 07777;
	out->mtime = (uint32_t)little(common + 8, 4);
	return ret;
}
