/* SPDX-License-Identifier: MIT */
/* What registries and files of credentials say, of any text: a challenge, or an entry. Whatever
 * comes of it can go into a header. The first byte chooses. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "registry/challenge.h"
#include "registry/credentials.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text)
{
	if (text && strpbrk(text, "\r\n"))
		abort();
}

static void try_challenge(struct arena *arena, const char *text)
{
	struct challenges challenges;

	if (challenges_parse(&challenges, arena, text) < 0)
		return;
	check(challenges.realm);
	check(challenges.service);
	check(challenges.scope);
	if (!challenges.bearer && (challenges.realm || challenges.service || challenges.scope))
		abort();
}

static void try_credentials(struct arena *arena, const char *text)
{
	const struct credentials_want want = { "r.io", "team/web" };
	struct credentials found;

	if (credentials_parse(&found, arena, "auth.json", text, &want) < 0)
		return;
	check(found.user);
	check(found.password);
	check(found.identity);
	check(found.bearer);
	check(found.helper);
	if (found.user && strchr(found.user, ':'))
		abort();
	if (found.user)
		check(credentials_basic(arena, &found));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	char *text = calloc(1, size + 1);

	if (!text || !size) {
		free(text);
		return 0;
	}
	memcpy(text, data + 1, size - 1);
	if (data[0] & 1)
		try_challenge(&arena, text);
	else
		try_credentials(&arena, text);
	arena_close(&arena);
	free(text);
	return 0;
}
