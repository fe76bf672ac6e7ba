/* SPDX-License-Identifier: MIT */
/* Find members of a tar by name; unpack it first. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "store/store.h"
#include "store/tar_index.h"
#include "store/tar_layer.h"

enum { LINKS_MOST = 8 };

struct unpacking {
	struct inflow in;
	unsigned char window[32768];
};

static int add_file(struct tar_place *place, const struct tar_layer *tar, uint64_t length)
{
	place->offset = tar->in.total;
	place->size = tar->member.size;
	return place->size > length || place->offset > length - place->size ? -1 : 0;
}

static int add_member(struct tar_index *out, struct tar_layer *tar, uint64_t length)
{
	const struct tar_member *member = &tar->member;
	struct tar_place *place;
	struct tar_name name;
	struct name *seen;
	const char *wrong = tar_name_read(&name, member->name);

	if (wrong)
		return tar_layer_fail(tar, wrong);
	if (name.kind != TAR_PLAIN || member->hard_link ||
	    (!S_ISREG(member->mode) && !S_ISLNK(member->mode)))
		return 0; /* directories, and nothing that images have */
	seen = seen_get(&out->members, name.path, name.length);
	place = arena_alloc(out->members.arena, sizeof(*place));
	if (!seen || !place)
		return fail(ENOMEM, "%s", out->what);
	if (seen->value)
		return tar_layer_fail(tar, "it is in the tar twice");
	if (out->members.count > TAR_MEMBERS_MOST)
		return fail(0, "%s: more than %d members", out->what, TAR_MEMBERS_MOST);
	seen->value = place;
	if (S_ISREG(member->mode))
		return add_file(place, tar, length) < 0 ?
			       tar_layer_fail(tar, "the tar is cut short") :
			       0;
	place->link = arena_copy(out->members.arena, member->link, strlen(member->link));
	return place->link ? 0 : fail(ENOMEM, "%s", out->what);
}

static int read_members(struct tar_index *out, struct tar_layer *tar)
{
	struct stat st;
	int ret;

	if (fstat(out->fd, &st) < 0 || lseek(out->fd, 0, SEEK_SET) < 0)
		return fail(errno, "%s", out->what);
	ret = tar_layer_open(tar, out->fd, out->what);
	if (ret == 0 && inflow_is_packed(&tar->in))
		ret = fail(0, "%s: a tar that is not packed is expected", out->what);
	while (ret == 0 && (ret = tar_layer_next(tar)) > 0)
		ret = add_member(out, tar, (uint64_t)st.st_size);
	tar_layer_close(tar);
	return ret;
}

int tar_index_open(struct tar_index *out, struct arena *arena, int fd, const char *what)
{
	struct tar_layer *tar = calloc(1, sizeof(*tar));
	int ret;

	*out = (struct tar_index){ .what = what, .fd = fd, .members.arena = arena };
	if (!tar)
		return fail(ENOMEM, "%s", what);
	ret = read_members(out, tar);
	free(tar);
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
		const struct tar_place *place = seen ? seen->value : NULL;

		if (!place)
			return -ENOENT;
		if (!place->link) {
			*out = (struct blob){ index->fd, place->offset, place->size };
			return 0;
		}
		if (follow(path.path, place->link) < 0)
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

int tar_unpacked(struct digest *digest, bool *packed, struct store_writer *writer, int fd,
		 const char *what)
{
	autofree struct unpacking *unpacking = calloc(1, sizeof(*unpacking));
	struct inflow *in = unpacking ? &unpacking->in : NULL;
	struct hasher hasher;
	ssize_t got = 1;
	int ret = in ? inflow_open(in, fd, what) : fail(ENOMEM, "%s", what);

	hasher_begin(&hasher);
	*packed = ret == 0 && inflow_is_packed(in);
	while (ret == 0 && got > 0 && (*packed || !writer)) {
		got = inflow_read(in, unpacking->window, sizeof(unpacking->window));
		if (got < 0)
			ret = (int)got;
		if (got > 0)
			hasher_add(&hasher, unpacking->window, (size_t)got);
		if (got > 0 && writer)
			ret = store_write(writer, unpacking->window, (size_t)got);
	}
	hasher_end(digest, &hasher);
	if (in)
		inflow_close(in);
	return ret;
}
