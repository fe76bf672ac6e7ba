/* SPDX-License-Identifier: MIT */
/* What steps came to: ROOT/cache/KEY holds "DIGEST SIZE ROOT-HASH MEDIA-TYPE" of a layer, or "none". */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "build/builder.h"

enum { NAME_ROOM = 96, ENTRY_ROOM = 512, ENTRY_WORDS = 4 };

static void entry_name(char name[NAME_ROOM], const struct digest *key)
{
	char hex[DIGEST_HEX + 1];

	digest_print_hex(hex, key);
	snprintf(name, NAME_ROOM, "cache/%s", hex);
}

/* Cut TEXT at its blanks. Returns whether there are so many words. */
static bool cut(char *words[ENTRY_WORDS], char *text)
{
	size_t i;

	for (i = 0; i < ENTRY_WORDS; i++) {
		words[i] = text;
		text += strcspn(text, " \n");
		if (!*text)
			return false;
		*text++ = '\0';
	}
	return true;
}

/* A damaged entry is none. */
static bool read_entry(struct descriptor *layer, struct arena *arena, char *text)
{
	static const struct annotation none[] = { { NULL, NULL } };
	char *words[ENTRY_WORDS];

	if (!cut(words, text))
		return false;
	*layer = (struct descriptor){ .format = LAYER_SQUASHFS,
				      .annotations = none,
				      .has_verity = true,
				      .media_type = arena_copy(arena, words[3], strlen(words[3])) };
	return digest_parse(&layer->digest, words[0]) == 0 &&
	       text_number(&layer->size, words[1], INT64_MAX) == 0 &&
	       digest_parse_hex(&layer->verity, words[2]) == 0 && layer->media_type;
}

bool cache_find(struct descriptor *layer, bool *has, struct builder *b, const struct digest *key)
{
	char name[NAME_ROOM], text[ENTRY_ROOM];

	entry_name(name, key);
	if (sys_read_file(text, sizeof(text), b->store->fd, name) < 0)
		return false;
	*has = strcmp(text, "none\n") != 0;
	if (!*has)
		return true;
	return read_entry(layer, b->arena, text) && store_has(b->store, &layer->digest, layer->size);
}

int cache_keep(struct builder *b, const struct digest *key, const struct descriptor *layer, bool has)
{
	char name[NAME_ROOM], temporary[NAME_ROOM + 24], digest[DIGEST_TEXT], verity[DIGEST_HEX + 1];
	const char *text = "none\n";
	autoclose int fd = -1;
	int ret = 0;

	entry_name(name, key);
	snprintf(temporary, sizeof(temporary), "%s.%d", name, (int)getpid());
	if (has) {
		digest_print(digest, &layer->digest);
		digest_print_hex(verity, &layer->verity);
		text = arena_print(b->arena, "%s %" PRIu64 " %s %s\n", digest, layer->size, verity,
				   layer->media_type);
	}
	if (!text)
		return fail(ENOMEM, "cache");
	if (mkdirat(b->store->fd, "cache", 0755) < 0 && errno != EEXIST)
		return fail(errno, "%s/cache", b->store->root);
	fd = openat(b->store->fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		    0644);
	if (fd < 0)
		return fail(errno, "%s/%s", b->store->root, temporary);
	ret = sys_write_all(fd, text, strlen(text));
	if (ret == 0 && renameat(b->store->fd, temporary, b->store->fd, name) < 0)
		ret = -errno;
	return ret < 0 ? fail(-ret, "%s/%s", b->store->root, name) : 0;
}
