/* SPDX-License-Identifier: MIT */
/* davit inspect: all that is known of sandboxes, as JSON or by a template; or what was asked for beside what holds. */
#include <errno.h>
#include <stdbool.h>

#include "base/log.h"
#include "commands/boxes.h"
#include "commands/inspect_tree.h"
#include "commands/receipt.h"

struct inspect_options {
	const char *format;
	bool receipt;
};

const struct option inspect_options[] = {
	{ "format", 'f', OPTION_TEXT_OF(inspect_options, format, "FORMAT"),
	  HELP("such as '{{.State.Status}}' or '{{json .Config}}'") },
	{ "receipt", 0, OPTION_FLAG_OF(inspect_options, receipt),
	  HELP("what was asked for and what the kernel says, side by side") },
	OPTIONS_END,
};

enum { INDENT = 4 };

/* Several are one array. */
struct printer {
	const struct inspect_options *options;
	struct string text;
	size_t count;
};

static int print_one(struct printer *printer, struct arena *arena, const struct record *record)
{
	struct leaves leaves = { 0 };
	const char *text;
	int ret = inspect_tree(&leaves, arena, record);

	if (ret < 0)
		return ret;
	if (printer->options->format) {
		text = template_format(arena, printer->options->format, &leaves);
		if (text)
			string_add(arena, &printer->text, "%s\n", text);
		return text ? 0 : -EINVAL;
	}
	text = leaves_print(arena, &leaves, INDENT);
	string_add(arena, &printer->text, "%s\n%*s%s", printer->count++ ? "," : "", INDENT, "",
		   text ? text : "");
	return text ? 0 : fail(ENOMEM, "inspect");
}

static int print_all(struct printer *printer, struct arena *arena, const struct texts *names)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < names->count; i++) {
		struct record record;
		int one = record_open(&record, arena, verb_run_root(), names->items[i]);

		if (one == 0) {
			one = printer->options->receipt ?
				      receipt_print(&printer->text, arena, &record) :
				      print_one(printer, arena, &record);
			record_close(&record);
		}
		if (one < 0)
			ret = one;
	}
	return ret;
}

static int inspect(const struct inspect_options *options, struct arena *arena,
		   const struct texts *names)
{
	struct printer printer = { .options = options };
	const bool array = !options->format && !options->receipt;
	int ret;

	string_add(arena, &printer.text, "%s", array ? "[" : "");
	ret = print_all(&printer, arena, names);
	string_add(arena, &printer.text, "%s", array ? printer.count ? "\n]\n" : "]\n" : "");
	if (arena->failed)
		return fail(ENOMEM, "inspect");
	return say(printer.text.text) < 0 ? -EIO : ret;
}

int cmd_inspect(int argc, char **argv)
{
	struct inspect_options options = { 0 };
	struct arena arena = { 0 };
	struct texts names = { 0 };
	int code = 0;

	(void)argc;
	if (verb_read(&options, &names, &arena, argv, &code) == 0) {
		if (!names.count || (options.format && options.receipt)) {
			fail(0,
			     "inspect needs the name of a sandbox, and takes one of --format and --receipt");
			code = EXIT_USAGE;
		} else if (inspect(&options, &arena, &names) < 0) {
			code = EXIT_FAILED;
		}
	}
	arena_close(&arena);
	return code;
}
