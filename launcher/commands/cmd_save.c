/* SPDX-License-Identifier: MIT */
/* davit save: images into one zip, which davit run launches as it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "commands/commands.h"
#include "commands/subject.h"
#include "commands/verb_options.h"
#include "store/save.h"

struct save_values {
	const char *output;
};

const struct option save_options[] = {
	{ "output", 'o', OPTION_TEXT_OF(save_values, output, "FILE"),
	  HELP("the zip (else standard output, which is not to be a terminal)") },
	OPTIONS_END
};

/* All IMAGES from one source: several files, or a file and the store, are not for one zip. */
static int gather(struct subject *subject, struct arena *arena, const struct texts *images)
{
	size_t i;
	int ret = subject_open(subject, arena, images->items[0], STORE_READ);

	for (i = 1; ret == 0 && i < images->count; i++) {
		struct subject more;
		struct index *index = &subject->index;
		struct descriptor *all;

		ret = subject_open(&more, arena, images->items[i], STORE_READ);
		if (ret < 0)
			break;
		all = arena_alloc(arena, (index->count + more.index.count) * sizeof(*all));
		if (!all)
			ret = fail(ENOMEM, "save");
		else if (!subject->source.index || !more.source.index)
			ret = fail(0, "%s: several images are saved from the store only",
				   images->items[i]);
		else {
			memcpy(all, index->manifests, index->count * sizeof(*all));
			memcpy(all + index->count, more.index.manifests,
			       more.index.count * sizeof(*all));
			*index = (struct index){ all, index->count + more.index.count };
		}
		subject_close(&more);
	}
	if (ret < 0)
		subject_close(subject);
	return ret;
}

static int write_to(int fd, const char *path, struct arena *arena, const struct subject *subject)
{
	struct zip_writer writer;

	zip_begin(&writer, fd, 0, path);
	return save_zip(&writer, arena, &subject->source, &subject->index);
}

static int save(struct arena *arena, const struct save_values *given, const struct texts *images)
{
	struct subject subject;
	int ret = gather(&subject, arena, images);

	if (ret < 0)
		return ret;
	if (given->output && strcmp(given->output, "-") != 0)
		ret = save_file(given->output, arena, &subject.source, &subject.index);
	else
		ret = write_to(STDOUT_FILENO, "standard output", arena, &subject);
	subject_close(&subject);
	return ret;
}

int cmd_save(int argc, char **argv)
{
	struct save_values given = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	int code;

	(void)argc;
	if (verb_read(&given, &words, &arena, argv, &code) == 0) {
		code = EXIT_USAGE;
		if (!words.count)
			fail(0, "davit save: expected IMAGE…");
		else if (!given.output && isatty(STDOUT_FILENO))
			fail(0, "davit save: a zip is not for a terminal; give -o FILE.zip");
		else
			code = save(&arena, &given, &words) < 0 ? EXIT_FAILED : 0;
	}
	arena_close(&arena);
	return code;
}
