/* SPDX-License-Identifier: MIT */
/* Finds blobs in an image layout, in a directory or in a zip. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/tree.h"
#include "image/source.h"
#include "image/zip.h"

enum { INDEX_DEPTH = 3, BLOB_NAME = sizeof("blobs/sha256/") + DIGEST_HEX };

/* -ENOENT is not said. */
static int file_find(struct blob *out, const struct source *source, const char *name)
{
	/* O_NONBLOCK: a FIFO must not hold us up. */
	autoclose int fd = tree_open(source->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd == -ENOENT)
		return fd;
	if (fd < 0)
		return fail(-fd, "%s: open %s", source->path, name);
	if (fstat(fd, &st) < 0)
		return fail(errno, "%s: stat %s", source->path, name);
	if (!S_ISREG(st.st_mode))
		return fail(0, "%s: %s is not a regular file", source->path, name);
	*out = (struct blob){ .fd = steal_fd(&fd), .size = (uint64_t)st.st_size };
	return 0;
}

/* -ENOENT is not said. */
static int member_find(struct blob *out, const struct source *source, const char *name)
{
	const struct zip_member *member = zip_find(source->zip, name);

	if (!member)
		return -ENOENT;
	if (!S_ISREG(member->mode))
		return fail(0, "%s: %s is not a regular file", source->path, name);
	if (member->deflated)
		return fail(0, "%s: %s is deflated; the zip of an image holds it stored (zip -0)",
			    source->path, name);
	*out = (struct blob){ .fd = fcntl(source->fd, F_DUPFD_CLOEXEC, 3),
			      .offset = member->offset,
			      .size = member->size };
	return out->fd < 0 ? fail(errno, "%s: %s", source->path, name) : 0;
}

/* The descriptor is the caller's. -ENOENT is not said. */
static int find(struct blob *out, const struct source *source, const char *name)
{
	return source->zip ? member_find(out, source, name) : file_find(out, source, name);
}

static int read_all(char *text, const struct blob *blob)
{
	uint64_t done = 0;

	while (done < blob->size) {
		const ssize_t got = pread(blob->fd, text + done, (size_t)(blob->size - done),
					  (off_t)(blob->offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0 ? -ENODATA : -errno;
		done += (uint64_t)got;
	}
	return 0;
}

/* NULL after fail(). */
static const char *read_text(struct arena *arena, const struct source *source,
			     const struct blob *blob, const char *name)
{
	char *text;
	int ret;

	if (blob->size > MANIFEST_MOST) {
		(void)fail(0, "%s: %s has %llu bytes, more than %d", source->path, name,
			   (unsigned long long)blob->size, MANIFEST_MOST);
		return NULL;
	}
	text = arena_alloc(arena, (size_t)blob->size + 1);
	ret = text ? read_all(text, blob) : -ENOMEM;
	if (ret < 0) {
		(void)fail(-ret, "%s: read %s", source->path, name);
		return NULL;
	}
	if (strlen(text) != blob->size) {
		(void)fail(0, "%s: %s holds a NUL byte", source->path, name);
		return NULL;
	}
	return text;
}

/* The text of a file of the layout. NULL after fail(). */
static const char *read_named(struct arena *arena, const struct source *source, const char *name)
{
	struct blob blob = { .fd = -1 };
	const char *text;
	int ret = find(&blob, source, name);

	if (ret == -ENOENT)
		(void)fail(0, "%s: has no %s", source->path, name);
	if (ret < 0)
		return NULL;
	text = read_text(arena, source, &blob, name);
	fd_close(&blob.fd);
	return text;
}

/* A name for messages. */
static const char *name_in(struct arena *arena, const struct source *source, const char *name)
{
	const char *file = arena_print(arena, "%s: %s", source->path, name);

	return file ? file : name;
}

static int read_version(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	const char *text = json_string(json, item, path);

	(void)out;
	if (!text)
		return -EINVAL;
	return strncmp(text, "1.", 2) == 0 ? 0 : json_fail(json, path, "davit knows version 1 only");
}

static int check_layout(struct arena *arena, const struct source *source)
{
	static const struct json_member members[] = {
		{ "imageLayoutVersion", read_version, 0, true },
		{ 0 },
	};
	const struct json json = { arena, name_in(arena, source, "oci-layout") };
	const char *text = read_named(arena, source, "oci-layout");
	struct cJSON *root = text ? json_parse(&json, text) : NULL;
	int ret;

	if (!root)
		return -EINVAL;
	ret = json_members(&json, root, "", members, NULL);
	json_free(root);
	return ret;
}

static int open_zip(struct source *source, struct arena *arena, uint64_t offset)
{
	source->zip = arena_alloc(arena, sizeof(*source->zip));
	if (!source->zip)
		return fail(ENOMEM, "%s", source->path);
	return zip_open(source->zip, arena, source->fd, offset, source->path);
}

int source_open_fd(struct source *source, struct arena *arena, int fd, uint64_t offset,
		   const char *path)
{
	struct blob blob = { .fd = -1 };
	struct stat st;
	int ret = 0;

	*source = (struct source){ .path = path, .fd = fd };
	if (fstat(fd, &st) < 0)
		ret = fail(errno, "stat %s", path);
	else if (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode))
		ret = open_zip(source, arena, offset);
	else if (!S_ISDIR(st.st_mode))
		ret = -ENOENT;
	if (ret == 0)
		ret = find(&blob, source, "oci-layout");
	fd_close(&blob.fd);
	if (ret == 0)
		ret = check_layout(arena, source);
	if (ret < 0)
		source_close(source);
	return ret;
}

int source_open(struct source *source, struct arena *arena, const char *path)
{
	const int fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		*source = (struct source){ .path = path, .fd = -1 };
		return fail(errno, "open image %s", path);
	}
	return source_open_fd(source, arena, fd, 0, path);
}

void source_close(struct source *source)
{
	fd_close(&source->fd);
}

int source_blob(struct blob *out, const struct source *source, const struct digest *digest,
		uint64_t size)
{
	char name[BLOB_NAME] = "blobs/sha256/";
	int ret;

	digest_print_hex(name + strlen(name), digest);
	ret = find(out, source, name);
	if (ret == -ENOENT)
		return fail(0, "%s: has no %s", source->path, name);
	if (ret < 0)
		return ret;
	if (out->size == size)
		return 0;
	fd_close(&out->fd);
	return fail(0, "%s: %s has %llu bytes; %llu are expected", source->path, name,
		    (unsigned long long)out->size, (unsigned long long)size);
}

bool source_has(const struct source *source, const struct digest *digest)
{
	char name[BLOB_NAME] = "blobs/sha256/";

	digest_print_hex(name + strlen(name), digest);
	return source->zip ? zip_find(source->zip, name) != NULL :
			     faccessat(source->fd, name, F_OK, 0) == 0;
}

/* That what was read is what was asked for. */
static bool is_text_of(const char *text, const struct digest *expected, const struct source *source)
{
	char names[2][DIGEST_TEXT];
	struct digest digest;

	digest_data(&digest, text, strlen(text));
	if (digest_same(&digest, expected))
		return true;
	digest_print(names[0], expected);
	digest_print(names[1], &digest);
	(void)fail(0, "%s: what is stored as %s has the digest %s", source->path, names[0], names[1]);
	return false;
}

const char *source_text(struct arena *arena, const struct source *source,
			const struct descriptor *descriptor)
{
	struct blob blob = { .fd = -1 };
	char name[DIGEST_TEXT];
	const char *text;

	digest_print(name, &descriptor->digest);
	if (source_blob(&blob, source, &descriptor->digest, descriptor->size) < 0)
		return NULL;
	text = read_text(arena, source, &blob, name);
	fd_close(&blob.fd);
	return text && is_text_of(text, &descriptor->digest, source) ? text : NULL;
}

/* One to be changed. */
static int index_copy(struct index *out, struct arena *arena, const struct index *from)
{
	const size_t size = from->count * sizeof(*from->manifests);

	out->count = from->count;
	out->manifests = arena_alloc(arena, size + 1);
	if (!out->manifests)
		return fail(ENOMEM, "index");
	memcpy(out->manifests, from->manifests, size);
	return 0;
}

int source_index(struct index *out, struct arena *arena, const struct source *source)
{
	const char *text = source->index ? NULL : read_named(arena, source, "index.json");

	if (source->index)
		return index_copy(out, arena, source->index);
	if (!text)
		return -EINVAL;
	return index_parse(out, arena, text, name_in(arena, source, "index.json"));
}

/* The whole name, or what follows its last colon: "web:1", or "1". */
static bool is_name(const char *full, const char *name)
{
	const char *colon = full ? strrchr(full, ':') : NULL;

	return full && (strcmp(full, name) == 0 || (colon && strcmp(colon + 1, name) == 0));
}

static bool has_name(const struct descriptor *entry, const char *name)
{
	return is_name(annotation_find(entry->annotations, ANNOTATION_NAME), name) ||
	       is_name(annotation_find(entry->annotations, ANNOTATION_IMAGE_NAME), name);
}

static const char *name_of(const struct descriptor *entry)
{
	const char *full = annotation_find(entry->annotations, ANNOTATION_IMAGE_NAME);
	const char *own = annotation_find(entry->annotations, ANNOTATION_NAME);

	return full ? full : own ? own : "";
}

/* Append WORD to a list that is read by people, once. */
static void list_word(struct arena *arena, struct string *list, const char *word)
{
	const char *at = list->text ? strstr(list->text, word) : NULL;
	const size_t length = strlen(word);

	if (length && !(at && (at[length] == '\0' || at[length] == ',')))
		string_add(arena, list, "%s%s", list->text ? ", " : "", word);
}

/* Leave in INDEX only what NAME names; without a name, only images, which must be one by name. */
static int keep_named(struct index *index, struct arena *arena, const struct source *source,
		      const char *name)
{
	struct string names = { 0 };
	const char *first = NULL;
	size_t i, kept = 0;
	bool several = false;

	for (i = 0; i < index->count; i++) {
		const struct descriptor *entry = &index->manifests[i];

		if (name ? !has_name(entry, name) : index_is_aside(entry)) {
			list_word(arena, &names, index_is_aside(entry) ? "" : name_of(entry));
			continue;
		}
		several |= first && strcmp(first, name_of(entry)) != 0;
		first = name_of(entry);
		if (!name)
			list_word(arena, &names, first);
		index->manifests[kept++] = *entry;
	}
	index->count = kept;
	if (!kept && name)
		return fail(0, "%s: holds no image %s%s%s", source->path, name,
			    names.text ? ", but " : "", names.text ? names.text : "");
	if (!kept)
		return fail(0, "%s: holds no image", source->path);
	if (several && !name)
		return fail(0, "%s: holds several images; say which of %s", source->path,
			    names.text ? names.text : "them");
	return 0;
}

static int fail_platform(const struct index *index, struct arena *arena,
			 const struct source *source, const struct platform *machine)
{
	struct string others = { 0 };
	size_t i;

	for (i = 0; i < index->count; i++) {
		const char *text = platform_words(arena, &index->manifests[i].platform, false);

		if (text && !index_is_aside(&index->manifests[i]))
			list_word(arena, &others, text);
	}
	return fail(0, "%s: built for %s, this board is %s", source->path,
		    others.text ? others.text : "nothing", platform_words(arena, machine, true));
}

/* Of two images with one name, which is meant? */
static int check_only(const struct index *index, const struct source *source,
		      const struct descriptor *chosen, const struct platform *machine)
{
	const unsigned int fit = platform_fit(machine, &chosen->platform);
	size_t i;

	for (i = 0; i < index->count; i++) {
		const struct descriptor *other = &index->manifests[i];

		if (!digest_same(&other->digest, &chosen->digest) && !index_is_aside(other) &&
		    platform_fit(machine, &other->platform) == fit)
			return fail(0, "%s: holds two images%s%s for this machine", source->path,
				    name_of(other)[0] ? " called " : "", name_of(other));
	}
	return 0;
}

/* Down from an index, through indexes in it, to a manifest. */
static int descend(struct descriptor *out, struct index *index, struct arena *arena,
		   const struct source *source, const struct platform *machine)
{
	char name[DIGEST_TEXT];
	int depth, ret = 0;

	for (depth = 0; depth < INDEX_DEPTH && ret == 0; depth++) {
		const struct descriptor *entry = index_choose(index, machine);
		const char *text;

		if (!entry)
			return fail_platform(index, arena, source, machine);
		*out = *entry;
		/* In an index of one image for several machines the first that fits is meant. */
		if (depth == 0)
			ret = check_only(index, source, entry, machine);
		if (ret < 0)
			return ret;
		if (strcmp(entry->media_type, MEDIA_INDEX) != 0 &&
		    strcmp(entry->media_type, MEDIA_DOCKER_LIST) != 0)
			return 0;
		digest_print(name, &entry->digest);
		text = source_text(arena, source, entry);
		if (!text)
			return -EINVAL;
		ret = index_parse(index, arena, text, name_in(arena, source, name));
	}
	return ret < 0 ? ret : fail(0, "%s: its indexes are nested too deep", source->path);
}

int source_manifest(struct descriptor *out, struct manifest *manifest, struct arena *arena,
		    const struct source *source, const struct image_choice *choice)
{
	char name[DIGEST_TEXT];
	struct index index;
	const char *text;
	int ret = source_index(&index, arena, source);

	if (ret == 0)
		ret = keep_named(&index, arena, source, choice->name);
	if (ret == 0)
		ret = descend(out, &index, arena, source, choice->machine);
	if (ret < 0)
		return ret;
	digest_print(name, &out->digest);
	if (strcmp(out->media_type, MEDIA_MANIFEST) != 0 &&
	    strcmp(out->media_type, MEDIA_DOCKER_MANIFEST) != 0)
		return fail(0, "%s: %s is no image, but %s", source->path, name, out->media_type);
	text = source_text(arena, source, out);
	return text ? manifest_parse(manifest, arena, text, name_in(arena, source, name)) : -EINVAL;
}
