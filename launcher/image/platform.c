/* SPDX-License-Identifier: MIT */
/* Which machine an image is for, in Go's words, as OCI has them. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "image/manifest.h"

#if defined(__aarch64__)
static const struct platform own = { "linux", "arm64", "v8" };
#elif defined(__arm__)
static const struct platform own = { "linux", "arm", "v5" };
#elif defined(__riscv)
static const struct platform own = { "linux", "riscv64", NULL };
#elif defined(__x86_64__)
static const struct platform own = { "linux", "amd64", NULL };
#elif defined(__i386__)
static const struct platform own = { "linux", "386", NULL };
#else
static const struct platform own = { "linux", "unknown", NULL };
#endif

enum { VARIANT_OTHER = 0, FIT_UNSAID = 1 };

/* One program runs on every younger ARM: the kernel says which one this is ("v7l"). Linux, arch/arm/mm/proc-v7.S */
const struct platform *platform_own(void)
{
	static const struct platform arms[] = { { "linux", "arm", "v6" },
						{ "linux", "arm", "v7" },
						{ "linux", "arm", "v8" } };
	const char *text = sys_platform();

	if (strcmp(own.architecture, "arm") != 0 || text[0] != 'v')
		return &own;
	return text[1] >= '6' && text[1] <= '8' ? &arms[text[1] - '6'] : &own;
}

/* "v7" as 700, "v8.2" as 802. Without one, an architecture's usual one: containerd/platforms, normalizeArch(). */
static unsigned int variant_number(const struct platform *platform)
{
	const char *text = platform->variant;
	uint64_t version;

	if (!text || !text[0])
		text = strcmp(platform->architecture, "arm") == 0   ? "v7" :
		       strcmp(platform->architecture, "arm64") == 0 ? "v8" :
								      "v1";
	if (text[0] != 'v' || strlen(text) > 5)
		return VARIANT_OTHER;
	if (text_number(&version, text + 1, 99) == 0)
		return (unsigned int)version * 100;
	if (text_version(&version, text + 1) == 0 && (version & 0xffff) < 100)
		return (unsigned int)((version >> 16) * 100 + (version & 0xffff));
	return VARIANT_OTHER;
}

unsigned int platform_fit(const struct platform *machine, const struct platform *platform)
{
	unsigned int most, wanted;

	if (!platform->os && !platform->architecture)
		return FIT_UNSAID;
	if (!platform->os || !platform->architecture || strcmp(platform->os, machine->os) != 0 ||
	    strcmp(platform->architecture, machine->architecture) != 0)
		return 0;
	most = variant_number(machine);
	wanted = variant_number(platform);
	return wanted > most || wanted == VARIANT_OTHER ? 0 : FIT_UNSAID + wanted;
}

/* The tag by which cosign keeps what belongs to a manifest: sha256-HEX.sig, .att, .sbom. */
static bool is_aside_name(const char *name)
{
	const char *part = strstr(name, "sha256-");

	return part && strlen(part) > 7 + DIGEST_HEX && part[7 + DIGEST_HEX] == '.';
}

bool index_is_aside(const struct descriptor *entry)
{
	const char *name = annotation_find(entry->annotations, ANNOTATION_NAME);

	if (name && is_aside_name(name))
		return true;
	if (annotation_find(entry->annotations, "vnd.docker.reference.type"))
		return true;
	return entry->platform.os && strcmp(entry->platform.os, "unknown") == 0;
}

const struct descriptor *index_choose(const struct index *index, const struct platform *machine)
{
	const struct descriptor *best = NULL;
	unsigned int best_fit = 0;
	size_t i;

	for (i = 0; i < index->count; i++) {
		const struct descriptor *entry = &index->manifests[i];
		const unsigned int fit =
			index_is_aside(entry) ? 0 : platform_fit(machine, &entry->platform);

		if (fit > best_fit) {
			best = entry;
			best_fit = fit;
		}
	}
	return best;
}

static bool is_platform_word(const char *text)
{
	return text[0] && text[0] != '.' &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.-")] == '\0';
}

/* What uname(1) and Debian call a machine, in OCI's words. */
static void make_usual(struct platform *platform)
{
	static const struct {
		const char *name, *architecture, *variant;
	} others[] = {
		{ "aarch64", "arm64", "v8" }, { "armhf", "arm", "v7" },  { "armel", "arm", "v6" },
		{ "armv7", "arm", "v7" },     { "armv7l", "arm", "v7" }, { "armv6l", "arm", "v6" },
		{ "armv5", "arm", "v5" },     { "x86_64", "amd64", "" }, { "i386", "386", "" },
		{ "i686", "386", "" },
	};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strcmp(platform->architecture, others[i].name) != 0)
			continue;
		platform->architecture = others[i].architecture;
		if (!platform->variant && others[i].variant[0])
			platform->variant = others[i].variant;
		return;
	}
}

int platform_parse(struct platform *out, struct arena *arena, const char *text)
{
	char *copy = arena_copy(arena, text, strlen(text)), *architecture, *variant;

	if (!copy)
		return fail(ENOMEM, "%s", text);
	architecture = strchr(copy, '/');
	if (architecture)
		*architecture++ = '\0';
	variant = architecture ? strchr(architecture, '/') : NULL;
	if (variant)
		*variant++ = '\0';
	if (!architecture || !is_platform_word(copy) || !is_platform_word(architecture) ||
	    (variant && !is_platform_word(variant)))
		return fail(0, "%s: expected OS/ARCHITECTURE[/VARIANT], such as linux/arm/v7", text);
	if (strcmp(copy, "linux") != 0)
		return fail(0, "%s: davit knows linux only, such as linux/arm/v7", text);
	*out = (struct platform){ copy, architecture, variant };
	make_usual(out);
	return 0;
}

const char *platform_print(struct arena *arena, const struct platform *platform)
{
	return arena_print(arena, "%s/%s%s%s", platform->os ? platform->os : "?",
			   platform->architecture ? platform->architecture : "?",
			   platform->variant ? "/" : "", platform->variant ? platform->variant : "");
}

const char *platform_words(struct arena *arena, const struct platform *platform, bool is_board)
{
	const char *architecture = platform->architecture ? platform->architecture : "?";
	const unsigned int level = platform->architecture ? variant_number(platform) / 100 : 0;

	if (strcmp(architecture, "arm") == 0 && level)
		return arena_print(arena, "armv%u%s", level,
				   is_board  ? "" :
				   level > 5 ? " hard-float" :
					       " soft-float");
	if (platform->os && strcmp(platform->os, "linux") != 0)
		return platform_print(arena, platform);
	return arena_print(arena, "%s", architecture);
}
