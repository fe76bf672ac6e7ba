/* SPDX-License-Identifier: MIT */
/* davit sign: add signatures of a key to images. */
#include "base/log.h"
#include "build/sign_images.h"
#include "commands/commands.h"
#include "commands/subject.h"
#include "commands/verb_options.h"

struct sign_options {
	const char *key, *identity;
};

const struct option sign_options[] = {
	{ "identity", 0, OPTION_TEXT_OF(sign_options, identity, "NAME"),
	  HELP("what the signature calls the image (its own name without the tag)") },
	{ "key", 'k', OPTION_TEXT_OF(sign_options, key, "KEY.pem|pkcs11:URI"),
	  HELP("the private key, in a file or in a token") },
	OPTIONS_END
};

static int sign(struct arena *arena, const char *image, const struct sign_options *given)
{
	const struct signing_order order = { .key = given->key, .reference = given->identity };
	struct string said = { 0 };
	struct subject subject;
	struct signing_place place;
	int ret = subject_open(&subject, arena, image, STORE_WRITE);

	if (ret < 0)
		return ret;
	place = (struct signing_place){ .source = &subject.source,
					.store = subject.store.fd < 0 ? NULL : &subject.store,
					.name = subject.name };
	ret = sign_images(&said, arena, &place, &subject.contents, &order);
	subject_close(&subject);
	return ret == 0 ? say(said.text) : ret;
}

int cmd_sign(int argc, char **argv)
{
	struct sign_options given = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	int code;

	(void)argc;
	if (verb_read(&given, &words, &arena, argv, &code) == 0) {
		code = EXIT_USAGE;
		if (words.count != 1)
			fail(0, "davit sign: expected one IMAGE");
		else if (!given.key)
			fail(0, "davit sign: --key KEY.pem is needed (davit keygen makes one)");
		else
			code = sign(&arena, words.items[0], &given) < 0 ? EXIT_FAILED : 0;
	}
	arena_close(&arena);
	return code;
}
