/* SPDX-License-Identifier: MIT */
/* Keeps what layers of tar became. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "store/converted.h"

enum {
	NOTE_NAME = sizeof(STORE_CONVERTED "/sha256-") + DIGEST_HEX,
	LINE_ROOM = MEDIA_ROOM + 2 * DIGEST_TEXT + DIGEST_HEX + 32,
	WORDS = 5
};

static void note_name(char name[NOTE_NAME], const struct digest *source)
{
	memcpy(name, STORE_CONVERTED "/sha256-", sizeof(STORE_CONVERTED "/sha256-"));
	digest_print_hex(name + strlen(name), source);
}

/* Its type, digest and size; the digest of its tar; the root hash, or "-". */
static void print(char line[LINE_ROOM], const struct converted *converted)
{
	char digest[DIGEST_TEXT], diff_id[DIGEST_TEXT], verity[DIGEST_HEX + 1] = "-";

	digest_print(digest, &converted->digest);
	digest_print(diff_id, &converted->diff_id);
	if (converted->has_verity)
		digest_print_hex(verity, &converted->verity);
	snprintf(line, LINE_ROOM, "%s %s %llu %s %s\n", converted->media_type, digest,
		 (unsigned long long)converted->size, diff_id, verity);
}

static bool is_squashfs(const char *type)
{
	const size_t length = strlen(MEDIA_SQUASHFS);

	return strlen(type) < MEDIA_ROOM && strncmp(type, MEDIA_SQUASHFS, length) == 0 &&
	       (type[length] == '\0' || type[length] == '+');
}

/* Only what is just as it would be written. */
static bool parse(struct converted *out, const char *line)
{
	char copy[LINE_ROOM], again[LINE_ROOM], *rest = copy, *words[WORDS];
	size_t i;

	memcpy(copy, line, strlen(line) + 1);
	for (i = 0; i < WORDS; i++) {
		words[i] = strsep(&rest, " \n");
		if (!words[i])
			return false;
	}
	out->has_verity = strcmp(words[4], "-") != 0;
	if (!is_squashfs(words[0]) || digest_parse(&out->digest, words[1]) < 0 ||
	    text_number(&out->size, words[2], INT64_MAX) < 0 ||
	    digest_parse(&out->diff_id, words[3]) < 0 ||
	    (out->has_verity && digest_parse_hex(&out->verity, words[4]) < 0))
		return false;
	memcpy(out->media_type, words[0], strlen(words[0]) + 1);
	print(again, out);
	return strcmp(again, line) == 0;
}

bool converted_find(struct converted *out, const struct store *store, const struct digest *source)
{
	struct converted found = { .source = *source };
	char name[NOTE_NAME], line[LINE_ROOM];
	ssize_t got;

	note_name(name, source);
	got = sys_read_file(line, sizeof(line), store->fd, name);
	if (got < 0 || strlen(line) != (size_t)got || !parse(&found, line) ||
	    !store_has(store, &found.digest, found.size))
		return false;
	*out = found;
	return true;
}

/* Made, and on the flash: a davit that was killed may have made it just then. */
static int make_folder(const struct store *store)
{
	if (mkdirat(store->fd, STORE_CONVERTED, 0755) < 0 && errno != EEXIST)
		return -errno;
	return fsync(store->fd) < 0 ? -errno : 0;
}

/* The name is on the flash only when the bytes are. */
static int put(struct store_writer *writer, const char *name)
{
	const int root = writer->store->fd;
	int ret = make_folder(writer->store);

	if (ret == 0 && (fsync(writer->fd) < 0 || renameat(root, writer->name, root, name) < 0))
		ret = -errno;
	if (ret < 0)
		return ret;
	writer->name[0] = '\0';
	return sys_sync_directory(root, STORE_CONVERTED);
}

int converted_keep(const struct store *store, const struct converted *converted)
{
	struct store_writer writer;
	char name[NOTE_NAME], line[LINE_ROOM];
	int ret = store_begin(&writer, store);

	note_name(name, &converted->source);
	print(line, converted);
	if (ret == 0)
		ret = store_write(&writer, line, strlen(line));
	if (ret == 0) {
		ret = put(&writer, name);
		if (ret < 0)
			ret = fail(-ret, "keep %s/%s", store->root, name);
	}
	store_abandon(&writer);
	return ret;
}

int converted_note(struct converted *out, const struct descriptor *layer,
		   const struct digest *diff_id, const struct digest *source)
{
	const size_t length = strlen(layer->media_type);

	*out = (struct converted){ .size = layer->size,
				   .source = *source,
				   .digest = layer->digest,
				   .diff_id = *diff_id,
				   .verity = layer->verity,
				   .has_verity = layer->has_verity };
	if (length >= sizeof(out->media_type))
		return fail(0, "a layer of a strange type, %s", layer->media_type);
	memcpy(out->media_type, layer->media_type, length + 1);
	return 0;
}

int converted_describe(struct descriptor *layer, struct arena *arena,
		       const struct converted *converted)
{
	struct annotation *annotations = arena_alloc(arena, 3 * sizeof(*annotations));
	char source[DIGEST_TEXT], verity[DIGEST_HEX + 1];

	digest_print(source, &converted->source);
	digest_print_hex(verity, &converted->verity);
	*layer = (struct descriptor){ .media_type = arena_copy(arena, converted->media_type,
							       strlen(converted->media_type)),
				      .digest = converted->digest,
				      .size = converted->size,
				      .annotations = annotations,
				      .has_verity = converted->has_verity,
				      .verity = converted->verity,
				      .format = LAYER_SQUASHFS };
	if (annotations) {
		annotations[0].key = ANNOTATION_LAYER_SOURCE;
		annotations[0].value = arena_copy(arena, source, strlen(source));
		annotations[1].key = converted->has_verity ? ANNOTATION_VERITY : NULL;
		annotations[1].value = arena_copy(arena, verity, strlen(verity));
	}
	return arena->failed ? fail(ENOMEM, "layer") : 0;
}
