/* SPDX-License-Identifier: MIT */
/* Read by libarchive: its filters for what is compressed, and tar. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "build/tar_read.h"
#include "store/store.h"

enum { WINDOW = 65536 };

static int fail_archive(struct archive *archive, const char *what)
{
	const char *text = archive ? archive_error_string(archive) : NULL;

	return text ? fail(0, "%s: %s", what, text) : fail(ENOMEM, "%s", what);
}

/* Only what is linked into davit, never a program that libarchive would start. */
static int open_filters(struct archive *archive)
{
	return archive && archive_read_support_filter_gzip(archive) == ARCHIVE_OK &&
			       archive_read_support_filter_bzip2(archive) == ARCHIVE_OK &&
			       archive_read_support_filter_xz(archive) == ARCHIVE_OK &&
			       archive_read_support_filter_zstd(archive) == ARCHIVE_OK ?
		       0 :
		       -1;
}

int tar_open(struct archive **out, int fd, const char *what)
{
	*out = archive_read_new();
	if (open_filters(*out) < 0 || archive_read_support_format_tar(*out) != ARCHIVE_OK ||
	    archive_read_open_fd(*out, fd, WINDOW) != ARCHIVE_OK)
		return fail_archive(*out, what);
	return 0;
}

/* A name that is no UTF-8 is a warning of libarchive's, which then gives it as it is. */
int tar_next(struct archive_entry **entry, struct archive *archive, const char *what)
{
	const int code = archive_read_next_header(archive, entry);

	if (code == ARCHIVE_EOF)
		return 0;
	return code == ARCHIVE_OK || code == ARCHIVE_WARN ? 1 : fail_archive(archive, what);
}

int tar_check_ratio(struct archive *archive, uint64_t total, const char *what)
{
	const uint64_t packed = (uint64_t)archive_filter_bytes(archive, -1);

	if (total > TAR_HARMLESS && total / TAR_RATIO_MOST > packed)
		return fail(0, "%s: it is 200 times larger than what it was compressed to", what);
	return 0;
}

/* To the end of a member's data, of which there may be very many for few bytes of the file. */
static int pass_over(struct archive *archive, const char *what)
{
	const void *data;
	size_t size;
	la_int64_t offset;
	int ret = 0;

	while (ret == 0 && archive_filter_count(archive) > 1 &&
	       archive_read_data_block(archive, &data, &size, &offset) == ARCHIVE_OK)
		ret = tar_check_ratio(archive, (uint64_t)archive_filter_bytes(archive, 0), what);
	return ret;
}

/* That data end too early is seen at the next header: the name is kept till then. */
static int read_latest(uint64_t *latest, struct archive *archive, const char *what)
{
	struct archive_entry *entry;
	char name[256] = "its begin";
	int code, ret = 0;

	while (ret == 0) {
		code = archive_read_next_header(archive, &entry);
		if (code == ARCHIVE_EOF)
			return 0;
		if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
			return fail(0, "%s: %s: %s", what, name, archive_error_string(archive));
		if (archive_entry_pathname(entry))
			snprintf(name, sizeof(name), "%s", archive_entry_pathname(entry));
		if (archive_entry_mtime(entry) > 0 && (uint64_t)archive_entry_mtime(entry) > *latest)
			*latest = (uint64_t)archive_entry_mtime(entry);
		ret = pass_over(archive, what);
	}
	return ret;
}

int tar_latest(uint64_t *latest, int fd, const char *what)
{
	const off_t begin = lseek(fd, 0, SEEK_CUR);
	struct archive *archive = NULL;
	int ret;

	*latest = 0;
	if (begin < 0)
		return fail(errno, "%s", what);
	ret = tar_open(&archive, fd, what);
	if (ret == 0)
		ret = read_latest(latest, archive, what);
	archive_read_free(archive);
	if (ret == 0 && lseek(fd, begin, SEEK_SET) < 0)
		ret = fail(errno, "%s", what);
	return ret;
}

static int unpack(struct hasher *hasher, struct store_writer *writer, struct archive *archive,
		  const char *what)
{
	unsigned char window[WINDOW];
	uint64_t total = 0;
	int ret = 0;

	for (;;) {
		const la_ssize_t got = archive_read_data(archive, window, sizeof(window));

		if (got <= 0)
			return got < 0 ? fail_archive(archive, what) : 0;
		hasher_add(hasher, window, (size_t)got);
		if (writer)
			ret = store_write(writer, window, (size_t)got);
		total += (uint64_t)got;
		if (ret == 0 && total > TAR_MOST)
			ret = fail(0, "%s: more than 64 GiB", what);
		if (ret == 0)
			ret = tar_check_ratio(archive, total, what);
		if (ret < 0)
			return ret;
	}
}

int tar_unpack(struct digest *digest, bool *packed, struct store_writer *writer, int fd,
	       const char *what)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	struct hasher hasher;
	int ret = 0;

	*packed = false;
	hasher_begin(&hasher);
	if (open_filters(archive) < 0 || archive_read_support_format_raw(archive) != ARCHIVE_OK ||
	    archive_read_support_format_empty(archive) != ARCHIVE_OK ||
	    archive_read_open_fd(archive, fd, WINDOW) != ARCHIVE_OK)
		ret = fail_archive(archive, what);
	if (ret == 0)
		ret = tar_next(&entry, archive, what);
	if (ret > 0) {
		*packed = archive_filter_count(archive) > 1;
		ret = *packed || !writer ? unpack(&hasher, writer, archive, what) : 0;
	}
	hasher_end(digest, &hasher);
	archive_read_free(archive);
	return ret;
}
