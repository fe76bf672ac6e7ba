/* SPDX-License-Identifier: MIT */
/* Copy a zip with a few members more. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "build/zip_change.h"
#include "image/zip.h"
#include "store/zip_write.h"

static const char folder[] = "blobs/sha256/", index_name[] = "index.json";

enum { FOLDER = sizeof(folder) - 1, NAME = FOLDER + DIGEST_HEX + 1 };

static void name_of(char name[NAME], const char *text)
{
	struct digest digest;

	digest_data(&digest, text, strlen(text));
	memcpy(name, folder, FOLDER);
	digest_print_hex(name + FOLDER, &digest);
}

static bool is_new(const struct texts *blobs, const char *member)
{
	char name[NAME];
	size_t i;

	for (i = 0; i < blobs->count; i++) {
		name_of(name, blobs->items[i]);
		if (strcmp(name, member) == 0)
			return true;
	}
	return false;
}

/* Each once: two images may have the same signatures' configuration. */
static int add_texts(struct zip_writer *writer, const struct texts *blobs, const char *index)
{
	size_t i;
	int ret = zip_add_text(writer, index_name, index);

	for (i = 0; i < blobs->count && ret == 0; i++) {
		const struct texts before = { blobs->items, i };
		char name[NAME];

		name_of(name, blobs->items[i]);
		if (!is_new(&before, name))
			ret = zip_add_text(writer, name, blobs->items[i]);
	}
	return ret;
}

/* What the kernel mounts lies on a page, and does so in the copy. */
static int copy_member(struct zip_writer *writer, const struct source *source,
		       const struct zip_member *member)
{
	const struct blob blob = { source->fd, member->offset, member->size };
	const bool aligned = member->size >= ZIP_PAGE && member->offset % ZIP_PAGE == 0;
	const bool named = strncmp(member->name, folder, FOLDER) == 0;
	struct digest digest;

	if (!S_ISREG(member->mode))
		return 0;
	if (member->deflated)
		return fail(0, "%s: %s is deflated; the zip of an image holds it stored (zip -0)",
			    source->path, member->name);
	if (named && digest_parse_hex(&digest, member->name + FOLDER) < 0)
		return fail(0, "%s: %s: expected a digest as its name", source->path, member->name);
	return zip_add(writer, member->name, &blob, aligned, named ? &digest : NULL);
}

static int by_offset(const void *a, const void *b)
{
	const struct zip_member *one = a, *two = b;

	return one->offset < two->offset ? -1 : one->offset > two->offset;
}

static int write_all(struct zip_writer *writer, const struct source *source,
		     const struct texts *blobs, const char *index)
{
	const struct zip *zip = source->zip;
	struct zip_member *members = arena_alloc(&writer->arena, (zip->count + 1) * sizeof(*members));
	size_t i;
	int ret = 0;

	if (!members)
		return fail(ENOMEM, "%s", source->path);
	memcpy(members, zip->members, zip->count * sizeof(*members));
	qsort(members, zip->count, sizeof(*members), by_offset);
	for (i = 0; i < zip->count && ret == 0; i++) {
		if (strcmp(members[i].name, index_name) == 0)
			ret = add_texts(writer, blobs, index);
		else if (!is_new(blobs, members[i].name))
			ret = copy_member(writer, source, &members[i]);
	}
	return ret == 0 ? zip_finish(writer) : ret;
}

/* What the old file may, the new one may. */
static int take_mode(int fd, int old)
{
	struct stat st;

	if (fstat(old, &st) < 0 || fchmod(fd, st.st_mode & 07777) < 0)
		return -errno;
	/* Only root may give files away; whose it is does not matter to others. */
	if (geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) < 0)
		return -errno;
	return 0;
}

static int replace(const struct source *source, const struct texts *blobs, const char *index,
		   const char *path, const char *temporary)
{
	autoclose int fd = openat(AT_FDCWD, temporary,
				  O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct zip_writer writer;
	int ret;

	if (fd < 0)
		return fail(errno, "create %s", temporary);
	zip_begin(&writer, fd, 0, source->path);
	ret = write_all(&writer, source, blobs, index);
	zip_abandon(&writer);
	if (ret == 0) {
		ret = take_mode(fd, source->fd);
		if (ret == 0 && (fsync(fd) < 0 || rename(temporary, path) < 0))
			ret = -errno;
		if (ret < 0)
			ret = fail(-ret, "write %s", path);
	}
	if (ret < 0)
		(void)unlink(temporary);
	return ret;
}

int zip_change(const struct source *source, const struct texts *blobs, const char *index)
{
	/* The file itself, if a link leads to it. */
	autofree char *path = realpath(source->path, NULL);
	autofree char *temporary = NULL;

	if (!path)
		return fail(errno, "%s", source->path);
	if (asprintf(&temporary, "%s.%d.new", path, (int)getpid()) < 0)
		return fail(ENOMEM, "%s", source->path);
	return replace(source, blobs, index, path, temporary);
}
