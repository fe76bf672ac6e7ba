/* SPDX-License-Identifier: MIT */
/* A layer from a tar, which libarchive reads and which may be hostile: what passes is written as
 * another tar, files as they come, directories and whiteouts last, when all is known of them. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "build/layer_stream.h"
#include "build/tar_read.h"
#include "store/seen.h"
#include "store/tar_name.h"

enum { MEMBERS_MOST = 1 << 20 };

enum member_kind { MEMBER_FILE = 1, MEMBER_DIRECTORY, MEMBER_GONE };

/* What a name stands for: value in seen. */
struct member {
	enum member_kind kind;
	bool opaque, said; /* said: the tar has it, and not only what is in it */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t mtime;
	struct pax_attribute *attributes;
	size_t attribute_count;
};

struct tar {
	const char *what;
	const struct store *store;
	struct layer_options options;
	struct archive *archive;
	struct layer_stream stream;
	mode_t root;
	bool begun;
	struct arena arena;
	struct seen seen;
	uint64_t total;
	struct tar_name name, target;
	struct pax_attribute attributes[PAX_ATTRIBUTES_MOST];
	unsigned char window[65536];
};

static int fail_at(const struct tar *tar, const char *wrong)
{
	return fail(0, "%s: %s: %s", tar->what, tar->name.path[0] ? tar->name.path : ".", wrong);
}

static int fail_memory(const struct tar *tar)
{
	return fail(ENOMEM, "%s", tar->what);
}

/* The root's own entry comes first, if there is one: it decides how mksquashfs is called. */
static int begin(struct tar *tar)
{
	if (tar->begun)
		return 0;
	tar->begun = true;
	return layer_stream_begin(&tar->stream, tar->store, &tar->options, tar->root);
}

/* --- names ----------------------------------------------------------------------------------------------- */

static struct member *member_of(struct tar *tar, const char *path, size_t length)
{
	struct name *name = seen_get(&tar->seen, path, length);

	if (name && !name->value)
		name->value = arena_alloc(&tar->arena, sizeof(struct member));
	return name ? name->value : NULL;
}

/* It is a directory from now on, as far as this layer goes. */
static const char *become_directory(struct member *member)
{
	if (member->kind == MEMBER_FILE)
		return "it is in the tar as a file, and as a directory";
	if (member->kind == 0)
		member->mode = S_IFDIR | 0755;
	if (member->kind == MEMBER_GONE) {
		member->mode = S_IFDIR | 0755;
		member->opaque = true; /* what was below was removed */
	}
	member->kind = MEMBER_DIRECTORY;
	return NULL;
}

static int add_parents(struct tar *tar)
{
	const char *path = tar->name.path;
	const char *slash = strchr(path, '/');

	for (; slash; slash = strchr(slash + 1, '/')) {
		struct member *member = member_of(tar, path, (size_t)(slash - path));

		if (!member)
			return fail_memory(tar);
		if (become_directory(member))
			return fail_at(tar, "what it is in is no directory");
	}
	if (tar->seen.count > MEMBERS_MOST)
		return fail_at(tar, "the tar has more than 1048576 members");
	return 0;
}

/* --- what there is to know of a member --------------------------------------------------------------------- */

static const char *read_owner(struct member *out, struct archive_entry *entry)
{
	const la_int64_t uid = archive_entry_uid(entry), gid = archive_entry_gid(entry);
	const time_t mtime = archive_entry_mtime(entry);

	if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
		return "its owner is no number from 0 to 4294967294";
	out->uid = (uid_t)uid;
	out->gid = (gid_t)gid;
	out->mtime = mtime > 0 ? (uint64_t)mtime : 0;
	out->mode = archive_entry_mode(entry);
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	const struct pax_attribute *one = a, *other = b;

	return strcmp(one->name, other->name);
}

/* Those that belong to an image, and never what would tell overlayfs something: into tar->attributes. */
static const char *read_attributes(struct member *out, struct tar *tar, struct archive_entry *entry)
{
	struct pax_attribute *attribute = tar->attributes;
	int left = archive_entry_xattr_reset(entry);

	out->attributes = tar->attributes;
	out->attribute_count = 0;
	for (; left > 0; left--) {
		if (archive_entry_xattr_next(entry, &attribute->name, &attribute->value,
					     &attribute->size) != ARCHIVE_OK)
			break;
		if (!attribute_is_kept(attribute->name))
			continue;
		if (strlen(attribute->name) > TAR_PART_MOST || attribute->size > 65536)
			return "an extended attribute is too long";
		if (++out->attribute_count == PAX_ATTRIBUTES_MOST)
			return "it has more than 63 extended attributes";
		attribute++;
	}
	qsort(tar->attributes, out->attribute_count, sizeof(*attribute), by_name);
	return NULL;
}

static int keep_attributes(struct member *member, struct tar *tar)
{
	const size_t count = member->attribute_count;
	size_t i;

	/* One more, for what makes a directory opaque. */
	member->attributes = arena_alloc(&tar->arena, (count + 1) * sizeof(struct pax_attribute));
	for (i = 0; member->attributes && i < count; i++) {
		const struct pax_attribute *from = &tar->attributes[i];

		member->attributes[i] = (struct pax_attribute){
			arena_copy(&tar->arena, from->name, strlen(from->name)),
			arena_copy(&tar->arena, from->value, from->size), from->size
		};
	}
	return tar->arena.failed ? fail_memory(tar) : 0;
}

/* --- members ----------------------------------------------------------------------------------------------- */

static int add_root(struct tar *tar, struct archive_entry *entry)
{
	struct member found = { 0 };
	const char *wrong = read_owner(&found, entry);

	if (wrong)
		return fail_at(tar, wrong);
	if (!S_ISDIR(found.mode))
		return fail_at(tar, "the root is no directory");
	if (!tar->begun)
		tar->root = found.mode;
	return 0;
}

static int add_directory(struct tar *tar, struct member *member, struct archive_entry *entry)
{
	const char *wrong = become_directory(member);

	if (!wrong)
		wrong = read_owner(member, entry);
	if (!wrong)
		wrong = read_attributes(member, tar, entry);
	if (wrong)
		return fail_at(tar, wrong);
	member->said = true;
	return keep_attributes(member, tar);
}

static int add_gone(struct member *member)
{
	if (member->kind == MEMBER_DIRECTORY)
		member->opaque = true; /* it came again */
	if (member->kind == 0)
		member->kind = MEMBER_GONE;
	return 0;
}

/* "": the root, whose attributes no squashfs of mksquashfs has. */
static int add_opaque(struct tar *tar)
{
	struct member *member;

	if (tar->name.length == 0)
		return fail_at(tar, "a layer that hides all layers below it");
	member = member_of(tar, tar->name.path, tar->name.length);
	if (!member)
		return fail_memory(tar);
	if (become_directory(member))
		return fail_at(tar, "an opaque directory is no directory");
	member->opaque = true;
	return 0;
}

static int check_room(const struct tar *tar, uint64_t more)
{
	if (more > TAR_MOST - tar->total)
		return fail_at(tar, "the tar's files are more than 64 GiB");
	return tar_check_ratio(tar->archive, tar->total, tar->what);
}

static int copy_data(struct tar *tar, uint64_t size)
{
	int ret = check_room(tar, size);

	while (ret == 0 && size > 0) {
		const la_ssize_t got =
			archive_read_data(tar->archive, tar->window, sizeof(tar->window));

		if (got < 0)
			return fail_at(tar, archive_error_string(tar->archive));
		if (got == 0 || (uint64_t)got > size)
			return fail_at(tar, "its data are not as long as its header says");
		size -= (uint64_t)got;
		tar->total += (uint64_t)got;
		ret = layer_stream_data(&tar->stream, tar->window, (size_t)got);
		if (ret == 0)
			ret = check_room(tar, 0);
	}
	return ret;
}

static int add_hard_link(struct tar *tar, const char *target)
{
	const char *wrong = tar_name_read(&tar->target, target);
	struct pax_entry out = { .path = tar->name.path, .link = tar->target.path };
	const struct name *name;

	if (wrong || tar->target.kind != TAR_PLAIN)
		return fail_at(tar, "a link to what is not in the tar");
	name = seen_find(&tar->seen, tar->target.path, tar->target.length);
	if (!name || ((const struct member *)name->value)->kind != MEMBER_FILE ||
	    strcmp(tar->target.path, tar->name.path) == 0)
		return fail_at(tar, "a link to what is not in the tar before it, or is no file");
	return layer_stream_add(&tar->stream, &out);
}

static int add_plain_file(struct tar *tar, struct archive_entry *entry)
{
	struct member found = { 0 };
	const char *wrong = read_owner(&found, entry);
	const la_int64_t size = archive_entry_size(entry);
	struct pax_entry out = { .path = tar->name.path };
	int ret;

	if (!wrong)
		wrong = read_attributes(&found, tar, entry);
	if (!wrong && S_ISREG(found.mode) && size < 0)
		wrong = "it has no size";
	if (S_ISLNK(found.mode)) {
		out.link = archive_entry_symlink(entry);
		if (!out.link || !*out.link || strlen(out.link) > TAR_NAME_MOST)
			wrong = "a symlink to nothing";
	}
	if (wrong)
		return fail_at(tar, wrong);
	out.mode = found.mode;
	out.uid = found.uid;
	out.gid = found.gid;
	out.mtime = found.mtime;
	out.size = S_ISREG(found.mode) ? (uint64_t)size : 0;
	out.attributes = found.attributes;
	out.attribute_count = found.attribute_count;
	ret = layer_stream_add(&tar->stream, &out);
	return ret == 0 ? copy_data(tar, out.size) : ret;
}

static int add_file(struct tar *tar, struct member *member, struct archive_entry *entry)
{
	const char *target = archive_entry_hardlink(entry);
	const mode_t type = archive_entry_filetype(entry);
	int ret;

	if (member->kind == MEMBER_FILE || member->kind == MEMBER_DIRECTORY)
		return fail_at(tar, "it is in the tar twice");
	if (!target && (type == S_IFCHR || type == S_IFBLK)) {
		/* A sandbox has a /dev of its own. */
		return strncmp(tar->name.path, "dev/", 4) == 0 ?
			       0 :
			       fail_at(tar,
				       "a device, which no image brings (davit run --device gives it)");
	}
	if (!target && type != S_IFREG && type != S_IFLNK && type != S_IFIFO)
		return fail_at(tar, "is no file, directory, link or pipe");
	ret = begin(tar);
	if (ret == 0)
		ret = target ? add_hard_link(tar, target) : add_plain_file(tar, entry);
	member->kind = MEMBER_FILE;
	return ret;
}

static int add_member(struct tar *tar, struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);
	const char *wrong = tar_name_read(&tar->name, name ? name : "");
	struct member *member;
	int ret;

	if (wrong)
		return fail(0, "%s: %s: %s", tar->what, name && *name ? name : "a member", wrong);
	if (tar->name.kind == TAR_NOTES)
		return 0;
	if (tar->name.kind == TAR_ROOT)
		return add_root(tar, entry);
	ret = add_parents(tar);
	if (ret < 0)
		return ret;
	if (tar->name.kind == TAR_OPAQUE)
		return add_opaque(tar);
	member = member_of(tar, tar->name.path, tar->name.length);
	if (!member)
		return fail_memory(tar);
	if (tar->name.kind == TAR_GONE)
		return add_gone(member);
	if (!archive_entry_hardlink(entry) && archive_entry_filetype(entry) == AE_IFDIR)
		return add_directory(tar, member, entry);
	return add_file(tar, member, entry);
}

/* --- the end ----------------------------------------------------------------------------------------------- */

static int finish_member(struct tar *tar, const char *path, struct member *member)
{
	struct pax_attribute opaque = { ATTRIBUTE_OPAQUE, "y", 1 };
	struct pax_entry out = {
		.path = path,
		.mode = member->kind == MEMBER_GONE ? S_IFCHR : member->mode,
		.uid = member->uid,
		.gid = member->gid,
		.mtime = member->mtime,
		.attributes = member->attributes,
		.attribute_count = member->attribute_count,
	};

	if (member->opaque && !member->attributes) {
		out.attributes = &opaque;
		out.attribute_count = 1;
	} else if (member->opaque) {
		member->attributes[out.attribute_count++] = opaque;
	}
	return layer_stream_add(&tar->stream, &out);
}

static int finish(struct built_layer *out, struct tar *tar)
{
	size_t i;
	int ret = begin(tar);

	seen_sort(&tar->seen);
	for (i = 0; ret == 0 && i < tar->seen.count; i++) {
		struct member *member = tar->seen.all[i]->value;

		if (member && member->kind != MEMBER_FILE && member->kind != 0)
			ret = finish_member(tar, tar->seen.all[i]->key, member);
	}
	return ret == 0 ? layer_stream_end(out, &tar->stream) : ret;
}

static int read_members(struct tar *tar)
{
	struct archive_entry *entry;
	int ret;

	while ((ret = tar_next(&entry, tar->archive, tar->what)) > 0) {
		ret = add_member(tar, entry);
		if (ret < 0)
			return ret;
	}
	return ret;
}

/* No time of a file is later than the latest: so is that of the root directory, which mksquashfs
 * makes now. */
static int read_tar(struct tar *tar, int fd)
{
	uint64_t latest;
	int ret = tar_latest(&latest, fd, tar->what);

	if (ret < 0)
		return ret;
	if (latest < tar->options.epoch)
		tar->options.epoch = latest;
	ret = tar_open(&tar->archive, fd, tar->what);
	return ret == 0 ? read_members(tar) : ret;
}

int layer_from_tar(struct built_layer *out, const struct store *store, int fd,
		   const struct layer_options *options)
{
	autofree struct tar *tar = calloc(1, sizeof(*tar));
	int ret;

	if (!tar)
		return fail(ENOMEM, "read a layer");
	tar->what = options->what ? options->what : "a layer's tar";
	tar->store = store;
	tar->options = *options;
	tar->root = S_IFDIR | 0755;
	tar->seen.arena = &tar->arena;
	ret = read_tar(tar, fd);
	if (ret == 0)
		ret = finish(out, tar);
	if (tar->begun)
		layer_stream_abandon(&tar->stream);
	archive_read_free(tar->archive);
	arena_close(&tar->arena);
	return ret;
}
