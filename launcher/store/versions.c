/* SPDX-License-Identifier: MIT */
/* The versions of an app as text: read strictly, printed one way. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/words.h"
#include "store/versions.h"

enum { WORDS_MOST = 6, REFERENCE_MOST = 1024, REASON_MOST = 512 };

/* The words of a line, and where it stands. */
struct line {
	const char *file;
	unsigned int number;
	struct texts words; /* the key is the first */
};

static const char *const kinds[] = { "current", "previous", "trial" };

const char *version_kind_name(enum version_kind kind)
{
	return kinds[kind];
}

bool version_is_tried(const struct version *version)
{
	return version->is_there && version->time;
}

/* --- reading -------------------------------------------------------------------------------------------- */

static int fail_line(const struct line *line, const char *expected)
{
	return fail(0, "%s:%u: expected %s", line->file, line->number, expected);
}

static bool is_text(const char *text, size_t most)
{
	return text[0] && strlen(text) <= most && text_is_clean(text, "");
}

static int digest_take(struct digest *out, const struct line *line, const char *word)
{
	return digest_parse(out, word) < 0 ? fail_line(line, "sha256: and 64 digits") : 0;
}

static int version_take(struct versions *versions, struct arena *arena, const struct line *line,
			enum version_kind kind)
{
	static const char expected[] = "DIGEST SIZE MEDIA-TYPE TIME REFERENCE, of a trial also TRIES";
	struct version *version = &versions->items[kind];
	const char *const *words = line->words.items;
	struct annotation *none = arena_alloc(arena, sizeof(*none));

	if (!none)
		return fail(ENOMEM, "%s", line->file);
	if (version->is_there)
		return fail(0, "%s:%u: %s is there twice", line->file, line->number, words[0]);
	if (line->words.count != (kind == VERSION_TRIAL ? 7U : 6U))
		return fail_line(line, expected);
	*version = (struct version){ .is_there = true, .reference = words[5] };
	version->descriptor.annotations = none;
	version->descriptor.media_type = words[3];
	if (digest_take(&version->descriptor.digest, line, words[1]) < 0)
		return -EINVAL;
	if (text_number(&version->descriptor.size, words[2], MANIFEST_MOST) < 0 ||
	    !is_text(words[3], REFERENCE_MOST) || strchr(words[3], ' ') ||
	    text_number(&version->time, words[4], INT64_MAX) < 0 ||
	    !is_text(words[5], REFERENCE_MOST) ||
	    (kind == VERSION_TRIAL && text_number(&version->tries, words[6], INT32_MAX) < 0))
		return fail_line(line, expected);
	return 0;
}

static int failure_take(struct versions *versions, const struct line *line)
{
	const char *const *words = line->words.items;
	struct failure failure;

	if (line->words.count != 5 || text_number(&failure.time, words[2], INT64_MAX) < 0 ||
	    !is_text(words[3], REFERENCE_MOST) || !is_text(words[4], REASON_MOST))
		return fail_line(line, "DIGEST TIME REFERENCE REASON");
	if (digest_take(&failure.digest, line, words[1]) < 0)
		return -EINVAL;
	if (versions->failure_count == FAILURES_MOST || versions_failure(versions, &failure.digest))
		return fail_line(line, "no more than 8 lines failed, of different versions");
	failure.reference = words[3];
	failure.reason = words[4];
	versions->failures[versions->failure_count++] = failure;
	return 0;
}

static int word_take(struct texts *list, struct arena *arena, const struct line *line)
{
	if (line->words.count != 2)
		return fail_line(line, "one word");
	return texts_add(arena, list, line->words.items[1]) < 0 ? fail(ENOMEM, "%s", line->file) : 0;
}

static int option_take(struct versions *versions, struct arena *arena, const struct line *line)
{
	const char *word = line->words.count == 2 ? line->words.items[1] : "";

	if (strncmp(word, "--", 2) != 0 || !word[2])
		return fail_line(line, "an option, --NAME=VALUE");
	return word_take(&versions->options, arena, line);
}

static int line_take(struct versions *versions, struct arena *arena, const struct line *line)
{
	const char *key = line->words.items[0];
	size_t i;

	for (i = 0; i < VERSION_KINDS; i++) {
		if (strcmp(key, kinds[i]) == 0)
			return version_take(versions, arena, line, (enum version_kind)i);
	}
	if (strcmp(key, "failed") == 0)
		return failure_take(versions, line);
	if (strcmp(key, "option") == 0)
		return option_take(versions, arena, line);
	if (strcmp(key, "command") == 0)
		return word_take(&versions->command, arena, line);
	return fail_line(line, "current, previous, trial, failed, option, command or end");
}

static bool is_end(const char *at)
{
	return strcmp(at, "end\n") == 0;
}

int versions_parse(struct versions *out, struct arena *arena, const char *file, const char *text)
{
	struct line line = { .file = file };
	int ret = 0;

	*out = (struct versions){ .name = NULL };
	while (ret == 0 && !is_end(text)) {
		const size_t length = strcspn(text, "\n");
		const char *copy = arena_print(arena, " %.*s", (int)length, text);

		line.number++;
		line.words = (struct texts){ 0 };
		if (!copy || words_read(&line.words, arena, copy) < 0)
			return fail(ENOMEM, "%s", file);
		if (!text[length] || !length)
			return fail_line(&line, "a line, and 'end' as the last one");
		ret = line_take(out, arena, &line);
		text += length + 1;
	}
	return ret;
}

/* --- printing ------------------------------------------------------------------------------------------- */

static void add_version(struct arena *arena, struct string *text, const struct version *version,
			enum version_kind kind)
{
	char digest[DIGEST_TEXT];

	digest_print(digest, &version->descriptor.digest);
	string_add(arena, text, "%s %s %" PRIu64 " %s %" PRIu64, kinds[kind], digest,
		   version->descriptor.size, version->descriptor.media_type, version->time);
	words_add(arena, text, version->reference);
	if (kind == VERSION_TRIAL)
		string_add(arena, text, " %" PRIu64, version->tries);
	string_add(arena, text, "\n");
}

static void add_words(struct arena *arena, struct string *text, const char *key,
		      const struct texts *words)
{
	size_t i;

	for (i = 0; i < words->count; i++) {
		string_add(arena, text, "%s", key);
		words_add(arena, text, words->items[i]);
		string_add(arena, text, "\n");
	}
}

const char *versions_print(struct arena *arena, const struct versions *versions)
{
	struct string text = { 0 };
	char digest[DIGEST_TEXT];
	size_t i;

	for (i = 0; i < VERSION_KINDS; i++) {
		if (versions->items[i].is_there)
			add_version(arena, &text, &versions->items[i], (enum version_kind)i);
	}
	for (i = 0; i < versions->failure_count; i++) {
		const struct failure *failure = &versions->failures[i];

		digest_print(digest, &failure->digest);
		string_add(arena, &text, "failed %s %" PRIu64, digest, failure->time);
		words_add(arena, &text, failure->reference);
		words_add(arena, &text, failure->reason);
		string_add(arena, &text, "\n");
	}
	add_words(arena, &text, "option", &versions->options);
	add_words(arena, &text, "command", &versions->command);
	string_add(arena, &text, "end\n");
	return arena->failed ? NULL : text.text;
}

/* --- failures ------------------------------------------------------------------------------------------- */

const struct failure *versions_failure(const struct versions *versions, const struct digest *digest)
{
	size_t i;

	for (i = 0; i < versions->failure_count; i++) {
		if (digest_same(&versions->failures[i].digest, digest))
			return &versions->failures[i];
	}
	return NULL;
}

void versions_drop_failure(struct versions *versions, const struct digest *digest)
{
	size_t i, kept = 0;

	for (i = 0; i < versions->failure_count; i++) {
		if (!digest_same(&versions->failures[i].digest, digest))
			versions->failures[kept++] = versions->failures[i];
	}
	versions->failure_count = kept;
}

void versions_add_failure(struct versions *versions, const struct failure *failure)
{
	versions_drop_failure(versions, &failure->digest);
	if (versions->failure_count == FAILURES_MOST)
		memmove(versions->failures, versions->failures + 1,
			--versions->failure_count * sizeof(*failure));
	versions->failures[versions->failure_count++] = *failure;
}
