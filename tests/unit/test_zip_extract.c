/* SPDX-License-Identifier: MIT */
/* Zips written into a directory: as they say, within it, or refused with the member's name. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "image/zip_extract.h"
#include "made_zip.h"
#include "said.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* A folder for one test. */
struct place {
	char path[32];
	int fd;
};

static void place_open(struct place *place)
{
	strcpy(place->path, "/tmp/davit-zip-XXXXXX");
	assert_non_null(mkdtemp(place->path));
	place->fd = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(place->fd >= 0);
}

static void place_close(struct place *place)
{
	char command[128];

	close(place->fd);
	snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -rf %s", place->path, place->path);
	assert_int_equal(system(command), 0);
}

/* Returns what zip_extract() returns; the zip must open. */
static int extract(const struct place *place, const struct made *made)
{
	struct arena arena = { 0 };
	int fd = memfd_create("zip", 0), ret;
	struct zip zip;

	assert_int_equal(write(fd, made->bytes, made->length), made->length);
	assert_int_equal(zip_open(&zip, &arena, fd, 0, "x"), 0);
	ret = zip_extract(place->fd, &zip, fd, "x");
	close(fd);
	arena_close(&arena);
	return ret;
}

static const char *text_of(const struct place *place, const char *name)
{
	static char text[16384];
	int fd = openat(place->fd, name, O_RDONLY | O_NOFOLLOW);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	assert_true(got >= 0);
	text[got] = '\0';
	close(fd);
	return text;
}

static mode_t mode_of(const struct place *place, const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(place->fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode;
}

static void files_are_written_as_they_are(void **state)
{
	static char big[10001];
	const struct member members[] = {
		{ "shut/x", "in a directory that nobody may write to", 0100400, true },
		{ "bin/run", "#!/bin/sh\n", 0104755, false },
		{ "big", big, 0100644, true },
		{ "empty", "", 0100600, false },
		{ "packed-empty", "", 0, true },
		{ "shut/", "", 040555, false },
		{ "bin/link", "../shut/x", 0120777, false },
		{ "packed-link", "bin/../bin/./run", 0120777, true },
	};
	struct place place;
	struct made made;
	char link[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(big) - 1; i++)
		big[i] = (char)('a' + i % 7 + i / 997);
	place_open(&place);
	make(&made, members, COUNT(members));
	umask(077);
	assert_int_equal(extract(&place, &made), 0);
	umask(022);
	assert_string_equal(text_of(&place, "big"), big);
	assert_string_equal(text_of(&place, "shut/x"), members[0].data);
	assert_string_equal(text_of(&place, "empty"), "");
	assert_string_equal(text_of(&place, "packed-empty"), "");
	assert_int_equal(mode_of(&place, "shut"), S_IFDIR | 0555);
	assert_int_equal(mode_of(&place, "shut/x"), S_IFREG | 0400);
	assert_int_equal(mode_of(&place, "packed-empty"), S_IFREG | 0644);
	/* Nothing in a zip gets anybody's rights. */
	assert_int_equal(mode_of(&place, "bin/run"), S_IFREG | 0755);
	assert_int_equal(readlinkat(place.fd, "bin/link", link, sizeof(link)), 9);
	assert_memory_equal(link, "../shut/x", 9);
	assert_int_equal(mode_of(&place, "packed-link"), S_IFLNK | 0777);
	place_close(&place);
}

static void links_that_lead_out_are_refused(void **state)
{
	static const struct {
		const char *name, *target, *wrong;
	} rows[] = {
		{ "l", "/etc/passwd", "l: is a link to an absolute path" },
		{ "l", "..", "l: is a link that leads out" },
		{ "l", "a/../../b", "l: is a link that leads out" },
		{ "d/l", "../../b", "d/l: is a link that leads out" },
		{ "d/l", "./../x/../../y", "d/l: is a link that leads out" },
		{ "d/l", "../b", NULL },
		{ "d/l", "a//../..", NULL },
		{ "l", "...", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const struct member member = { rows[i].name, rows[i].target, 0120777, i % 2 };
		struct place place;
		struct made made;
		struct said said;
		int ret;

		place_open(&place);
		make(&made, &member, 1);
		said_begin(&said);
		ret = extract(&place, &made);
		said_end(&said);
		if ((ret == 0) != !rows[i].wrong || (ret < 0 && !strstr(said.text, rows[i].wrong)))
			fail_msg("row %zu: %d, %s", i, ret, said.text);
		place_close(&place);
	}
}

/* AT: in the member's data, or -1 for its last byte; SIZE: put into both headers; CRC: added in both. */
static void damage_is_refused(void **state)
{
	static const struct {
		bool deflate;
		int at;
		unsigned int size, crc;
		const char *wrong;
	} rows[] = {
		{ false, 0, 0, 0, "x: f: is damaged: its checksum is another" },
		{ true, 0, 0, 0, "x: f: is damaged" },
		{ true, -1, 0, 0, "x: f: is " },
		{ true, 0x100, 0, 1, "x: f: is damaged: its checksum is another" },
		{ false, 0x100, 0, 1, "x: f: is damaged: its checksum is another" },
		{ true, 0x100, 999, 0, "x: f: is larger than it says" },
		{ true, 0x100, 1001, 0, "x: f: is smaller than it says" },
	};
	char text[1001];
	size_t i;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[1000] = '\0';
	for (i = 0; i < COUNT(rows); i++) {
		const struct member member = { "f", text, 0100644, rows[i].deflate };
		struct place place;
		struct made made;
		struct said said;
		size_t data;
		int ret;

		place_open(&place);
		make(&made, &member, 1);
		data = made.local[0] + 31;
		if (rows[i].at != 0x100)
			made.bytes[rows[i].at < 0 ? data + made.packed[0] - 1 : data] ^= 0x55;
		made.bytes[made.local[0] + 14] ^= (unsigned char)rows[i].crc;
		made.bytes[made.central[0] + 16] ^= (unsigned char)rows[i].crc;
		if (rows[i].size) {
			made.bytes[made.local[0] + 22] = (unsigned char)rows[i].size;
			made.bytes[made.central[0] + 24] = (unsigned char)rows[i].size;
		}
		said_begin(&said);
		ret = extract(&place, &made);
		said_end(&said);
		if (ret == 0 || !strstr(said.text, rows[i].wrong) || strchr(said.text, '\n'))
			fail_msg("row %zu: %d, %s", i, ret, said.text);
		place_close(&place);
	}
}

static void room_counts_whole_pages(void **state)
{
	static const struct member members[] = { { "a", "x", 0, false },
						 { "b", "", 0, false },
						 { "c", "y", 0, true } };
	struct arena arena = { 0 };
	struct made made;
	struct zip zip;
	int fd = memfd_create("zip", 0);

	(void)state;
	make(&made, members, COUNT(members));
	assert_int_equal(write(fd, made.bytes, made.length), made.length);
	assert_int_equal(zip_open(&zip, &arena, fd, 0, "x"), 0);
	assert_int_equal(zip_room(&zip), 8192);
	close(fd);
	arena_close(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_written_as_they_are),
		cmocka_unit_test(links_that_lead_out_are_refused),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(room_counts_whole_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
