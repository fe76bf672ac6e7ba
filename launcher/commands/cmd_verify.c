/* SPDX-License-Identifier: MIT */
/* davit verify: who signed an image, and that every byte of it is as it was signed. */
#include <errno.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/subject.h"
#include "commands/verb_options.h"
#include "image/audit.h"
#include "image/trust.h"

struct verify_options {
	struct texts keys;
};

const struct option verify_options[] = {
	{ "key", 'k', OPTION_LIST_OF(verify_options, keys, "PUB.pem"),
	  HELP("a public key to trust, not those in /etc/davit/keys") },
	OPTIONS_END
};

/* What was found out, for people. */
static int report(struct arena *arena, const char *what, const struct signer *signer,
		  const struct audit *audit)
{
	const char *platform = platform_print(arena, &audit->platform);
	const char *as = signer->reference[0] ? " as " : "";

	return say(arena_print(arena,
			       "%s: signed by %s%s%s; %s, %zu layer%s, %llu bytes, %zu with verity\n",
			       what, signer->key, as, signer->reference, platform ? platform : "?",
			       audit->layers, audit->layers == 1 ? "" : "s",
			       (unsigned long long)audit->size, audit->trees));
}

static int verify_one(struct arena *arena, const struct subject *subject,
		      const struct content *content, const struct keys *keys)
{
	const struct descriptor *descriptor = &content->descriptor;
	const char *what = content_name(arena, &subject->source, content);
	struct signer signer;
	struct audit audit;
	int ret;

	if (!what)
		return fail(ENOMEM, "verify");
	ret = trust_source(&signer, arena, &subject->source, keys, &descriptor->digest);
	if (ret == 0)
		ret = audit_image(&audit, arena, &subject->source, descriptor, what);
	return ret == 0 ? report(arena, what, &signer, &audit) : ret;
}

static int verify(struct arena *arena, const char *image, const struct verify_options *given)
{
	struct subject subject;
	struct keys keys;
	size_t i;
	int ret = subject_keys(&keys, arena, &given->keys);

	if (ret < 0)
		return ret;
	ret = subject_open(&subject, arena, image, STORE_READ);
	if (ret < 0)
		return ret;
	/* What is launched are manifests; an index only leads to them. */
	for (i = 0; i < subject.contents.count && ret == 0; i++) {
		if (!subject.contents.items[i].is_index)
			ret = verify_one(arena, &subject, &subject.contents.items[i], &keys);
	}
	subject_close(&subject);
	return ret;
}

int cmd_verify(int argc, char **argv)
{
	struct verify_options given = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	int code;

	(void)argc;
	if (verb_read(&given, &words, &arena, argv, &code) == 0) {
		if (words.count != 1) {
			fail(0, "davit verify: expected one IMAGE");
			code = EXIT_USAGE;
		} else {
			code = verify(&arena, words.items[0], &given) < 0 ? EXIT_FAILED : 0;
		}
	}
	arena_close(&arena);
	return code;
}
