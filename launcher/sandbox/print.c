/* SPDX-License-Identifier: MIT */
/* A plan in words: the same for davit plan and for errors. */
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "base/text.h"
#include "sandbox/capability.h"
#include "sandbox/step.h"

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
	{ CLONE_NEWNS, "mount" }, { CLONE_NEWPID, "pid" }, { CLONE_NEWIPC, "ipc" },
	{ CLONE_NEWUTS, "uts" },  { CLONE_NEWNET, "net" }, { CLONE_NEWCGROUP, "cgroup" },
};

/* Text that grows; NULL once memory ran out. */
static char *append(struct arena *arena, const char *text, const char *separator, const char *more)
{
	if (!text || !more)
		return NULL;
	return arena_print(arena, "%s%s%s", text, text[0] ? separator : "", more);
}

static const char *print_options(struct arena *arena, const struct step *step)
{
	char *text = arena_print(arena, "%s", "");
	size_t i;

	for (i = 0; i < sizeof(mount_words) / sizeof(mount_words[0]) && text; i++) {
		if (step->flags & mount_words[i].flag)
			text = append(arena, text, ",", mount_words[i].word);
	}
	if (step->data)
		text = append(arena, text, ",", step->data);
	return text && text[0] ? arena_print(arena, " (%s)", text) : text;
}

static const char *print_capabilities(struct arena *arena, uint64_t mask)
{
	char *text = arena_print(arena, "%s", "");
	unsigned int i;

	for (i = 0; capability_name(i) && text; i++) {
		if (mask >> i & 1)
			text = append(arena, text, " ", capability_name(i));
	}
	return text && !text[0] ? "none" : text;
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
	default:
		return NULL;
	}
}

/* The words of the step's class, with its fields put in. */
static char *print_words(struct arena *arena, const struct step *step)
{
	const char *words = step_classes[step->kind].words;
	char *text = arena_print(arena, "%s", "");

	while (*words && text) {
		size_t span = strcspn(words, "$");

		text = arena_print(arena, "%s%.*s", text, (int)span, words);
		words += span;
		if (*words == '$' && text) {
			text = append(arena, text, "", print_field(arena, step, words[1]));
			words += 2;
		}
	}
	if (text)
		text_tame(text);
	return text;
}

char *plan_print_step(struct arena *arena, const struct step *step)
{
	char *words = print_words(arena, step);

	return words ? arena_print(arena, "%s %s", step_classes[step->kind].name, words) : NULL;
}

static char *print_phase(struct arena *arena, char *text, const struct plan *plan, enum phase phase)
{
	size_t i;

	for (i = plan->first[phase]; i < plan->first[phase + 1] && text; i++) {
		const char *words = print_words(arena, &plan->steps[i]);

		text = words ? arena_print(arena, "%s%4zu  %-11s%s\n", text, i + 1,
					   step_classes[plan->steps[i].kind].name, words) :
			       NULL;
	}
	return text;
}

static const char *print_namespaces(struct arena *arena, unsigned long namespaces)
{
	char *text = arena_print(arena, "%s", "");
	size_t i;

	for (i = 0; i < sizeof(namespace_words) / sizeof(namespace_words[0]); i++) {
		if (namespaces & namespace_words[i].flag)
			text = append(arena, text, ", ", namespace_words[i].word);
	}
	return text;
}

static char *print_image(struct arena *arena, const struct image *image)
{
	if (image->kind == IMAGE_DIRECTORY)
		return arena_print(arena, "directory %s", image->path);
	return arena_print(arena, "%s, squashfs with %s, %" PRIu64 " bytes at %" PRIu64,
			   image->path, image->compression, image->size, image->offset);
}

char *plan_print(struct arena *arena, const struct plan *plan)
{
	const struct sandbox *sandbox = plan->sandbox;
	const char *image = print_image(arena, sandbox->image);
	const char *namespaces = print_namespaces(arena, sandbox->namespaces);
	char *text;

	if (!image || !namespaces)
		return NULL;
	text = arena_print(arena, "sandbox %s from %s\nhost, undone when the app has ended\n",
			   sandbox->name, image);
	text = print_phase(arena, text, plan, PHASE_HOST);
	text = append(arena, text, "",
		      arena_print(arena, "box, in new namespaces: %s\n", namespaces));
	text = print_phase(arena, text, plan, PHASE_BOX);
	text = append(arena, text, "", "last\n");
	return print_phase(arena, text, plan, PHASE_LAST);
}
