/* SPDX-License-Identifier: MIT */
/* A plan in words: the same for davit plan and for errors. */
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "base/text.h"
#include "sandbox/capability.h"
#include "sandbox/policy.h"
#include "sandbox/step.h"

/* What fits behind a step's number and name. */
enum { LINE_WIDTH = 78 };

static const struct {
	unsigned long flag;
	const char *word;
} mount_words[] = {
	{ MS_RDONLY, "ro" },
	{ MS_NOSUID, "nosuid" },
	{ MS_NODEV, "nodev" },
	{ MS_NOEXEC, "noexec" },
};

static const struct {
	unsigned long flag;
	const char *word;
} namespace_words[] = {
	{ CLONE_NEWUSER, "user" },     { CLONE_NEWNS, "mount" }, { CLONE_NEWPID, "pid" },
	{ CLONE_NEWIPC, "ipc" },       { CLONE_NEWUTS, "uts" },  { CLONE_NEWNET, "net" },
	{ CLONE_NEWCGROUP, "cgroup" },
};

static const char *print_options(struct arena *arena, const struct step *step)
{
	struct string text = { 0 };
	size_t i;

	for (i = 0; i < sizeof(mount_words) / sizeof(mount_words[0]); i++) {
		if (step->flags & mount_words[i].flag)
			string_add(arena, &text, "%s%s", text.length ? "," : "", mount_words[i].word);
	}
	if (step->data)
		string_add(arena, &text, "%s%s", text.length ? "," : "", step->data);
	return text.length ? arena_print(arena, " (%s)", text.text) : "";
}

static const char *print_capabilities(struct arena *arena, uint64_t mask)
{
	struct string text = { 0 };
	unsigned int i;

	for (i = 0; capability_name(i); i++) {
		if (mask >> i & 1)
			string_add(arena, &text, "%s%s", text.length ? " " : "", capability_name(i));
	}
	return text.length ? text.text : "none";
}

static const char *print_number(struct arena *arena, uint64_t number)
{
	return number == RLIM_INFINITY ? "unlimited" : arena_print(arena, "%" PRIu64, number);
}

static const char *print_field(struct arena *arena, const struct step *step, char letter)
{
	switch (letter) {
	case 's':
		return step->source;
	case 't':
		return step->target;
	case 'y':
		return step->type;
	case 'd':
		return step->data;
	case 'o':
		return print_options(arena, step);
	case 'n':
		return print_number(arena, step->numbers[0]);
	case 'm':
		return print_number(arena, step->numbers[1]);
	case 'c':
		return print_capabilities(arena, step->numbers[0]);
	case 'a':
		return print_capabilities(arena, step->numbers[1]);
	default:
		return NULL;
	}
}

/* The words of the step's class, with its fields put in. */
static char *print_words(struct arena *arena, const struct step *step)
{
	const char *words = step_classes[step->kind].words;
	struct string text = { 0 };

	while (*words) {
		size_t span = strcspn(words, "$");

		string_add(arena, &text, "%.*s", (int)span, words);
		words += span;
		if (*words == '$') {
			const char *field = print_field(arena, step, words[1]);

			string_add(arena, &text, "%s", field ? field : "");
			words += 2;
		}
	}
	if (arena->failed)
		return NULL;
	text_tame(text.text);
	return text.text;
}

char *plan_print_step(struct arena *arena, const struct step *step)
{
	char *words = print_words(arena, step);

	return words ? arena_print(arena, "%s %s", step_classes[step->kind].name, words) : NULL;
}

/* How many steps from FIRST on are of one kind that is told in a word or two, and so share a line. */
static size_t group_count(const struct plan *plan, size_t first, size_t end)
{
	const enum step_kind kind = plan->steps[first].kind;
	size_t count = 1;

	if (kind != STEP_MASK && kind != STEP_READ_ONLY && kind != STEP_NODE && kind != STEP_LINK)
		return 1;
	while (first + count < end && plan->steps[first + count].kind == kind)
		count++;
	return count;
}

static void print_group(struct arena *arena, struct string *text, const struct plan *plan,
			size_t first, size_t count)
{
	const char *name = step_classes[plan->steps[first].kind].name;
	size_t column = 0, i;

	if (count == 1)
		string_add(arena, text, "%7zu  %-11s", first + 1, name);
	else
		string_add(arena, text, "%4zu-%-2zu  %-11s", first + 1, first + count, name);
	for (i = first; i < first + count; i++) {
		const char *words = print_words(arena, &plan->steps[i]);
		size_t length = words ? strlen(words) : 0;

		if (i > first && column + length > LINE_WIDTH) {
			string_add(arena, text, "\n%20s", "");
			column = 0;
		}
		string_add(arena, text, "%s%s", column ? "  " : "", words ? words : "");
		column += length + 2;
	}
	string_add(arena, text, "\n");
}

static void print_phase(struct arena *arena, struct string *text, const struct plan *plan,
			enum phase phase)
{
	const size_t end = plan->first[phase + 1];
	size_t i = plan->first[phase];

	while (i < end) {
		size_t count = group_count(plan, i, end);

		print_group(arena, text, plan, i, count);
		i += count;
	}
}

static void print_namespaces(struct arena *arena, struct string *text, unsigned long namespaces)
{
	size_t i;

	string_add(arena, text, "box, in new namespaces:");
	for (i = 0; i < sizeof(namespace_words) / sizeof(namespace_words[0]); i++) {
		if (namespaces & namespace_words[i].flag)
			string_add(arena, text, " %s", namespace_words[i].word);
	}
	string_add(arena, text, "\n");
}

static void print_title(struct arena *arena, struct string *text, const struct sandbox *sandbox)
{
	const struct image *image = sandbox->image;

	string_add(arena, text, "sandbox %s from ", sandbox->name);
	if (image->kind == IMAGE_DIRECTORY)
		string_add(arena, text, "directory %s\n", image->path);
	else if (image->kind == IMAGE_ARCHIVE)
		string_add(arena, text, "%s, a zip of files, %" PRIu64 " bytes unpacked\n",
			   image->path, image->room);
	else if (image->config)
		string_add(arena, text, "%s, image %.*s, %zu layer%s\n", image->path, IMAGE_SHORT,
			   image->digest, image->layer_count, image->layer_count == 1 ? "" : "s");
	else
		string_add(arena, text, "%s, squashfs with %s, %" PRIu64 " bytes at %" PRIu64 "\n",
			   image->path, image->layers->compression, image->layers->size,
			   image->layers->offset);
	if (sandbox->policy)
		string_add(arena, text, "within the policy of %s\n", sandbox->policy->file);
}

static void print_texts(struct arena *arena, struct string *text, const char *name,
			const struct texts *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		char *entry = arena_print(arena, "%s", list->items[i]);

		if (!entry)
			return;
		text_tame(entry);
		string_add(arena, text, "         %-11s%s\n", i ? "" : name, entry);
	}
}

static void print_lines(struct arena *arena, struct string *text, const char *name, const char *lines)
{
	while (lines && *lines) {
		char *line = arena_copy(arena, lines, strcspn(lines, "\n")), *at;

		if (!line)
			return;
		lines += strlen(line);
		lines += *lines == '\n';
		for (at = line; *at; at++) {
			if (*at == '\t')
				*at = ' ';
		}
		text_tame(line);
		string_add(arena, text, "         %-11s%s\n", name, line);
		name = "";
	}
}

/* What the app is given that no step asks the kernel for, and what others are told. */
static void print_given(struct arena *arena, struct string *text, const struct sandbox *sandbox)
{
	string_add(arena, text, "         %-11s%s\n", "input",
		   sandbox->piped & 1   ? "from davit" :
		   sandbox->interactive ? "davit's own" :
					  "none");
	print_texts(arena, text, "env", &sandbox->env);
	print_lines(arena, text, "hosts", sandbox->hosts);
	print_lines(arena, text, "resolver", sandbox->resolver);
	print_texts(arena, text, "label", &sandbox->labels);
	print_texts(arena, text, "annotation", &sandbox->annotations);
	if (sandbox->stop_signal != SIGTERM || sandbox->stop_timeout != SANDBOX_STOP_TIMEOUT)
		string_add(arena, text, "         %-11ssignal %d, %d seconds\n", "stop",
			   sandbox->stop_signal, sandbox->stop_timeout);
}

char *plan_print(struct arena *arena, const struct plan *plan)
{
	struct string text = { 0 };

	print_title(arena, &text, plan->sandbox);
	string_add(arena, &text, "host, undone when the app has ended\n");
	print_phase(arena, &text, plan, PHASE_HOST);
	print_namespaces(arena, &text, plan->sandbox->namespaces);
	print_phase(arena, &text, plan, PHASE_BOX);
	string_add(arena, &text, "last, as the box gives up its rights\n");
	print_phase(arena, &text, plan, PHASE_LAST);
	print_given(arena, &text, plan->sandbox);
	return arena->failed ? NULL : text.text;
}
