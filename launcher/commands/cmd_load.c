/* SPDX-License-Identifier: MIT */
/* davit load: images of a file, or of an image layout's directory, into the store. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "build/convert.h"
#include "commands/load_tar.h"
#include "commands/roots.h"
#include "commands/verb_options.h"
#include "store/tar_convert.h"

struct load_values {
	const char *input, *tag;
	bool quiet;
};

const struct option load_options[] = {
	{ "input", 'i', OPTION_TEXT_OF(load_values, input, "FILE"),
	  HELP("a zip, docker save's tar, or a layout (else standard input)") },
	{ "quiet", 'q', OPTION_FLAG_OF(load_values, quiet), HELP("no names of what was loaded") },
	{ "tag", 't', OPTION_TEXT_OF(load_values, tag, "NAME[:TAG]"),
	  HELP("what the image is to be called (else as the file says)") },
	OPTIONS_END
};

/* "web" of "dir/Web.zip", for an image that says no name. */
static const char *name_of_file(struct arena *arena, const char *path)
{
	struct reference reference;
	size_t end = strlen(path), start;
	char *name, *at;

	while (end > 0 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/'; start--)
		;
	name = arena_copy(arena, path + start, end - start);
	if (!name)
		return "image";
	name[strcspn(name, ".:@")] = '\0';
	for (at = name; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return reference_try(&reference, arena, name) ? "image" : name;
}

/* What comes through a pipe is needed in a file first. */
static int spool(struct store_writer *writer, const struct store *store)
{
	unsigned char window[65536];
	int ret = store_begin(writer, store);

	while (ret == 0) {
		const ssize_t got = read(STDIN_FILENO, window, sizeof(window));

		if (got == 0)
			break;
		if (got < 0 && errno != EINTR)
			ret = fail(errno, "read standard input");
		else if (got > 0)
			ret = store_write(writer, window, (size_t)got);
	}
	return ret;
}

static int open_input(struct source *source, struct arena *arena, struct store_writer *writer,
		      const struct store *store)
{
	static const char name[] = "standard input";
	struct stat st;
	int fd, ret = 0;

	if (fstat(STDIN_FILENO, &st) < 0)
		return fail(errno, name);
	if (!S_ISREG(st.st_mode))
		ret = spool(writer, store);
	if (ret < 0)
		return ret;
	fd = fcntl(writer->fd >= 0 ? writer->fd : STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? fail(errno, name) : source_open_fd(source, arena, fd, 0, name);
}

/* The file as an image layout. */
static int open_source(struct source *source, struct arena *arena, struct store_writer *writer,
		       const struct store *store, const char *path)
{
	int ret = 0;

	if (path && access(path, R_OK) < 0)
		return fail(errno, "open %s", path);
	ret = path ? source_open(source, arena, path) : open_input(source, arena, writer, store);

	if (CONFIG_IMAGE_TAR && ret == -ENOENT)
		ret = load_tar(source, arena, writer, store, path);
	if (ret == -ENOENT)
		return fail(0, "%s: expected an image: a zip, %sor a directory with an image layout",
			    path ? path : "standard input", CONFIG_IMAGE_TAR ? "a tar, " : "");
	return ret;
}

static int load_from(struct texts *loaded, struct arena *arena, struct store *store,
		     const struct load_values *given)
{
	const char *path = given->input && strcmp(given->input, "-") != 0 ? given->input : NULL;
	const struct load_order order = { .name = given->tag,
					  .fallback = name_of_file(arena, path ? path : ""),
					  .convert = CONFIG_CONVERT ? tar_convert :
						     CONFIG_BUILD   ? layer_convert :
								      NULL };
	struct store_writer writer = { .fd = -1 };
	struct source source = { .fd = -1 };
	int ret = open_source(&source, arena, &writer, store, path);

	if (ret == 0) {
		ret = load_images(loaded, arena, store, &source, &order);
		source_close(&source);
	}
	store_abandon(&writer);
	return ret;
}

static int report(struct arena *arena, const struct texts *loaded)
{
	struct string text = { 0 };
	size_t i;

	for (i = 0; i < loaded->count; i++)
		string_add(arena, &text, "Loaded image: %s\n", loaded->items[i]);
	return arena->failed || !text.text ? fail(ENOMEM, "load") : say(text.text);
}

/* What a failure left, and what a name meant before. What has come, has come, whatever becomes of this. */
static void sweep(struct store *store, bool loaded)
{
	struct arena arena = { 0 };

	if (roots_sweep(NULL, &arena, store) < 0 && loaded)
		warn("nothing was swept from %s", store->root);
	arena_close(&arena);
}

static int load(struct arena *arena, const struct load_values *given)
{
	struct texts loaded = { 0 };
	struct reference reference;
	struct store store;
	int ret = given->tag ? reference_parse(&reference, arena, given->tag) : 0;

	if (ret < 0)
		return ret;
	ret = store_open(&store, verb_root(), STORE_WRITE);
	if (ret < 0)
		return ret;
	ret = load_from(&loaded, arena, &store, given);
	sweep(&store, ret == 0);
	store_close(&store);
	return ret == 0 && !given->quiet ? report(arena, &loaded) : ret;
}

int cmd_load(int argc, char **argv)
{
	struct load_values given = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	int code;

	(void)argc;
	if (verb_read(&given, &words, &arena, argv, &code) == 0) {
		code = EXIT_USAGE;
		if (words.count)
			fail(0, "davit load: %s: give the file by -i FILE", words.items[0]);
		else if (!given.input && isatty(STDIN_FILENO))
			fail(0, "davit load: expected -i FILE, or a zip on standard input");
		else
			code = load(&arena, &given) < 0 ? EXIT_FAILED : 0;
	}
	arena_close(&arena);
	return code;
}
