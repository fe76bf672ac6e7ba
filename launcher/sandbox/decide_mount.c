/* SPDX-License-Identifier: MIT */
/* --mount: what --volume and --tmpfs say, in Docker's longer words. */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "base/log.h"
#include "base/text.h"
#include "sandbox/decide.h"

/* One --mount, as it is read. */
struct wish {
	const char *text, *type, *source, *target, *tmpfs_size, *tmpfs_mode;
	bool read_only;
};

/* A word that says yes or no; none is yes. Returns 1, 0 or -EINVAL. */
static int truth(const char *value)
{
	if (!value || strcmp(value, "true") == 0 || strcmp(value, "1") == 0)
		return 1;
	return strcmp(value, "false") == 0 || strcmp(value, "0") == 0 ? 0 : -EINVAL;
}

/* Words that take a text. */
static const char **wish_field(struct wish *wish, const char *key)
{
	const struct {
		const char *key;
		const char **field;
	} rows[] = {
		{ "type", &wish->type },
		{ "source", &wish->source },
		{ "src", &wish->source },
		{ "target", &wish->target },
		{ "destination", &wish->target },
		{ "dst", &wish->target },
		{ "tmpfs-size", &wish->tmpfs_size },
		{ "tmpfs-mode", &wish->tmpfs_mode },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].key, key) == 0)
			return rows[i].field;
	}
	return NULL;
}

/* Words that say what is the case anyway, or what is not to be had. */
static int wish_other(const struct wish *wish, const char *key, const char *value)
{
	static const struct {
		const char *key, *fine, *also_fine, *reason;
	} rows[] = {
		{ "bind-propagation", "private", "rprivate", "mounts of a sandbox are private" },
		{ "bind-recursive", "disabled", "disabled", "what is mounted below is not shown" },
		{ "bind-nonrecursive", "true", "1", "what is mounted below is not shown" },
		{ "bind-create-src", "false", "0", "the source must be there" },
		{ "consistency", "consistent", "default", "there is but one kind" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].key, key) != 0)
			continue;
		if (value &&
		    (strcmp(value, rows[i].fine) == 0 || strcmp(value, rows[i].also_fine) == 0))
			return 0;
		return fail(0, "--mount %s: %s: %s", wish->text, key, rows[i].reason);
	}
	return fail(0,
		    "--mount %s: '%s' is none of type, source, target, readonly, tmpfs-size, tmpfs-mode",
		    wish->text, key);
}

static int wish_word(struct wish *wish, struct arena *arena, const char *word)
{
	const size_t length = strcspn(word, "=");
	const char *key = arena_copy(arena, word, length);
	const char *value = word[length] ? word + length + 1 : NULL;
	const char **field;
	int yes;

	if (!key)
		return fail(ENOMEM, "--mount");
	field = wish_field(wish, key);
	if (field) {
		*field = value;
		return value && value[0] ? 0 :
					   fail(0, "--mount %s: %s needs a value", wish->text, key);
	}
	if (strcmp(key, "readonly") != 0 && strcmp(key, "ro") != 0)
		return wish_other(wish, key, value);
	yes = truth(value);
	wish->read_only = yes > 0;
	return yes < 0 ? fail(0, "--mount %s: %s: expected true or false", wish->text, key) : 0;
}

static int wish_bind(struct volume *volume, const struct wish *wish)
{
	if (!CONFIG_VOLUME)
		return fail(0, "--mount %s: not in this build (CONFIG_VOLUME)", wish->text);
	if (wish->tmpfs_size || wish->tmpfs_mode)
		return fail(0, "--mount %s: tmpfs-size and tmpfs-mode are for type=tmpfs",
			    wish->text);
	if (!wish->source || wish->source[0] != '/')
		return fail(0, "--mount %s: expected source=PATH, absolute, on this machine",
			    wish->text);
	*volume = (struct volume){ .source = wish->source,
				   .target = wish->target,
				   .read_only = wish->read_only };
	return 0;
}

static int wish_tmpfs(struct scratch *scratch, struct arena *arena, const struct wish *wish)
{
	const char *size = wish->tmpfs_size ? arena_print(arena, "size=%s", wish->tmpfs_size) : "";
	const char *mode = wish->tmpfs_mode ? arena_print(arena, "mode=%s", wish->tmpfs_mode) : "";

	if (wish->source)
		return fail(0, "--mount %s: a tmpfs has no source", wish->text);
	if (!size || !mode)
		return fail(ENOMEM, "--mount");
	scratch->target = wish->target;
	if (wish->read_only)
		scratch->flags |= MS_RDONLY;
	if (size[0] && decide_scratch_word(scratch, size) < 0)
		return fail(0, "--mount %s: tmpfs-size: expected a size, such as 1m", wish->text);
	if (mode[0] && decide_scratch_word(scratch, mode) < 0)
		return fail(0, "--mount %s: tmpfs-mode: expected an octal number, such as 1777",
			    wish->text);
	return 1;
}

int decide_mount(struct volume *volume, struct scratch *scratch, struct arena *arena, const char *text)
{
	struct wish wish = { .text = text, .type = "volume" };
	const char *rest = text;
	int ret = 0;

	if (!CONFIG_MOUNT)
		return fail(0, "--mount: not in this build (CONFIG_MOUNT)");
	while (rest && ret == 0) {
		const char *word = decide_part(arena, &rest, ',');

		ret = word ? wish_word(&wish, arena, word) : fail(ENOMEM, "--mount");
	}
	if (ret < 0)
		return ret;
	if (!wish.target)
		return fail(0, "--mount %s: expected target=PATH", text);
	wish.target = decide_target(arena, "mount", text, wish.target);
	if (!wish.target)
		return -EINVAL;
	if (strcmp(wish.type, "bind") == 0)
		return wish_bind(volume, &wish);
	if (strcmp(wish.type, "tmpfs") == 0)
		return wish_tmpfs(scratch, arena, &wish);
	return fail(0, "--mount %s: type %s is not to be had: give type=bind or type=tmpfs", text,
		    wish.type);
}
