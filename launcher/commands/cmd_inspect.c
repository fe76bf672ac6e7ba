/* SPDX-License-Identifier: MIT */
/* davit inspect: all that is known of sandboxes and images, as JSON or by a template; or what was
 * asked for beside what holds. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "commands/boxes.h"
#include "commands/image_tree.h"
#include "commands/inspect_tree.h"
#include "commands/receipt.h"

struct inspect_options {
	const char *format, *type;
	bool receipt;
};

const struct option inspect_options[] = {
	{ "format", 'f', OPTION_TEXT_OF(inspect_options, format, "FORMAT"),
	  HELP("such as '{{.State.Status}}' or '{{json .Config}}'") },
	{ "receipt", 0, OPTION_FLAG_OF(inspect_options, receipt),
	  HELP("what was asked for and what the kernel says, side by side") },
	{ "type", 0, OPTION_TEXT_OF(inspect_options, type, "container|image"),
	  HELP("which of the two, where both have the name (else the sandbox)") },
	OPTIONS_END,
};

enum { INDENT = 4 };

/* Several are one array. */
struct printer {
	const struct inspect_options *options;
	struct string text;
	size_t count;
};

static int print_leaves(struct printer *printer, struct arena *arena, const struct leaves *leaves)
{
	const char *text;

	if (printer->options->format) {
		text = template_format(arena, printer->options->format, leaves);
		if (text)
			string_add(arena, &printer->text, "%s\n", text);
		return text ? 0 : -EINVAL;
	}
	text = leaves_print(arena, leaves, INDENT);
	string_add(arena, &printer->text, "%s\n%*s%s", printer->count++ ? "," : "", INDENT, "",
		   text ? text : "");
	return text ? 0 : fail(ENOMEM, "inspect");
}

static int print_image(struct printer *printer, struct arena *arena, const char *name)
{
	struct leaves leaves = { 0 };
	int ret = CONFIG_STORE ? image_tree(&leaves, arena, name) :
				 fail(EOPNOTSUPP, "%s: images (CONFIG_STORE)", name);

	return ret == 0 ? print_leaves(printer, arena, &leaves) : ret;
}

static int print_record(struct printer *printer, struct arena *arena, const char *name)
{
	struct leaves leaves = { 0 };
	struct record record;
	int ret = record_open(&record, arena, verb_run_root(), name);

	if (ret < 0)
		return ret;
	if (printer->options->receipt)
		ret = receipt_print(&printer->text, arena, &record);
	else
		ret = inspect_tree(&leaves, arena, &record);
	if (ret == 0 && !printer->options->receipt)
		ret = print_leaves(printer, arena, &leaves);
	record_close(&record);
	return ret;
}

/* A sandbox comes first, also by the beginning of its name; then an image. */
static bool means_image(const struct printer *printer, struct arena *arena, const char *name)
{
	const char *type = printer->options->type;
	struct records records;
	bool some = false;
	size_t i;

	if (type || !CONFIG_STORE || printer->options->receipt)
		return type && strcmp(type, "image") == 0;
	if (record_list(&records, arena, verb_run_root()) < 0)
		return false;
	for (i = 0; i < records.count; i++)
		some = some || strncmp(records.items[i].name, name, strlen(name)) == 0;
	records_close(&records);
	return !some && image_is_known(arena, name);
}

static int print_all(struct printer *printer, struct arena *arena, const struct texts *names)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < names->count; i++) {
		const char *name = names->items[i];
		int one = means_image(printer, arena, name) ? print_image(printer, arena, name) :
							      print_record(printer, arena, name);

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
		if (options.type && strcmp(options.type, "container") != 0 &&
		    strcmp(options.type, "image") != 0) {
			fail(0, "inspect --type=%s: expected container or image", options.type);
			code = EXIT_USAGE;
		} else if (!names.count || (options.format && options.receipt)) {
			fail(0,
			     "inspect needs the name of a sandbox or an image, and takes one of --format and --receipt");
			code = EXIT_USAGE;
		} else if (inspect(&options, &arena, &names) < 0) {
			code = EXIT_FAILED;
		}
	}
	arena_close(&arena);
	return code;
}
