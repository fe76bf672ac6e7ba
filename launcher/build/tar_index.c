/* SPDX-License-Identifier: MIT */
/* Find members of a tar by name. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "build/tar_index.h"
#include "store/tar_name.h"

enum { LINKS_MOST = 8 };

static int add_file(struct tar_member *member, struct archive *archive, struct archive_entry *entry,
		    uint64_t length)
{
	member->offset = (uint64_t)archive_filter_bytes(archive, 0);
	member->size = (uint64_t)archive_entry_size(entry);
	return archive_entry_size(entry) < 0 || archive_entry_sparse_count(entry) > 0 ||
			       member->size > length || member->offset > length - member->size ?
		       -1 :
		       0;
}

static int add_member(struct tar_index *out, struct archive *archive, struct archive_entry *entry,
		      uint64_t length)
{
	const char *path = archive_entry_pathname(entry), *link = archive_entry_symlink(entry);
	const mode_t type = archive_entry_filetype(entry);
	struct tar_member *member;
	struct tar_name name;
	struct name *seen;
	const char *wrong = tar_name_read(&name, path ? path : "");

	if (wrong)
		return fail(0, "%s: %s: %s", out->what, path ? path : "a member", wrong);
	if (name.kind != TAR_PLAIN || archive_entry_hardlink(entry) ||
	    (type != AE_IFREG && type != AE_IFLNK))
		return 0; /* directories, and nothing that images have */
	seen = seen_get(&out->members, name.path, name.length);
	member = arena_alloc(out->members.arena, sizeof(*member));
	if (!seen || !member)
		return fail(ENOMEM, "%s", out->what);
	if (seen->value)
		return fail(0, "%s: %s: it is in the tar twice", out->what, name.path);
	if (out->members.count > TAR_MEMBERS_MOST)
		return fail(0, "%s: more than %d members", out->what, TAR_MEMBERS_MOST);
	seen->value = member;
	if (type == AE_IFREG)
		return add_file(member, archive, entry, length) < 0 ?
			       fail(0, "%s: %s: it does not lie in the tar as a whole", out->what,
				    name.path) :
			       0;
	member->link = link ? arena_copy(out->members.arena, link, strlen(link)) : "";
	return member->link ? 0 : fail(ENOMEM, "%s", out->what);
}

int tar_index_open(struct tar_index *out, struct arena *arena, int fd, const char *what)
{
	struct archive *archive = NULL;
	struct archive_entry *entry;
	struct stat st;
	int ret;

	*out = (struct tar_index){ .what = what, .fd = fd, .members.arena = arena };
	if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return fail(errno, "%s", what);
	ret = tar_open(&archive, fd, what);
	while (ret == 0 && (ret = tar_next(&entry, archive, what)) > 0)
		ret = add_member(out, archive, entry, (uint64_t)st.st_size);
	archive_read_free(archive);
	return ret;
}

/* What LINK means from the directory of NAME: put in place of NAME. Returns 0, or -1 where it leads out. */
static int follow(char name[TAR_NAME_MOST + 1], const char *link)
{
	char *slash = strrchr(name, '/');
	size_t length = slash ? (size_t)(slash - name) : 0;
	const char *part, *end;

	if (*link == '/')
		return -1;
	for (part = link; *part; part = *end ? end + 1 : end) {
		const size_t size = strcspn(part, "/");

		end = part + size;
		if (size == 0 || (size == 1 && *part == '.'))
			continue;
		if (size == 2 && part[0] == '.' && part[1] == '.') {
			if (length == 0)
				return -1;
			while (length > 0 && name[--length] != '/')
				;
			continue;
		}
		if (length + size + 1 > TAR_NAME_MOST)
			return -1;
		if (length > 0)
			name[length++] = '/';
		memcpy(name + length, part, size);
		length += size;
	}
	name[length] = '\0';
	return 0;
}

int tar_index_find(struct blob *out, const struct tar_index *index, const char *name)
{
	struct tar_name path;
	unsigned int links;

	if (tar_name_read(&path, name) || path.kind != TAR_PLAIN)
		return -ENOENT;
	for (links = 0; links < LINKS_MOST; links++) {
		const struct name *seen = seen_find(&index->members, path.path, strlen(path.path));
		const struct tar_member *member = seen ? seen->value : NULL;

		if (!member)
			return -ENOENT;
		if (!member->link) {
			*out = (struct blob){ index->fd, member->offset, member->size };
			return 0;
		}
		if (follow(path.path, member->link) < 0)
			return -ENOENT;
	}
	return -ENOENT;
}

const char *tar_index_text(struct arena *arena, const struct tar_index *index, const char *name)
{
	struct blob blob;
	ssize_t got;
	char *text;

	if (tar_index_find(&blob, index, name) < 0) {
		fail(0, "%s: %s is not in it", index->what, name);
		return NULL;
	}
	if (blob.size > MANIFEST_MOST) {
		fail(0, "%s: %s is larger than %d bytes", index->what, name, MANIFEST_MOST);
		return NULL;
	}
	text = arena_alloc(arena, blob.size + 1);
	got = text ? pread(blob.fd, text, blob.size, (off_t)blob.offset) : 0;
	if (!text || got < 0 || (uint64_t)got != blob.size || memchr(text, '\0', blob.size)) {
		fail(!text   ? ENOMEM :
		     got < 0 ? errno :
			       0,
		     "%s: %s cannot be read as text", index->what, name);
		return NULL;
	}
	return text;
}
