/* SPDX-License-Identifier: MIT */
/* The keys of davit.conf about registries: where images come from, and how they are reached. */
#include <errno.h>
#include <string.h>

#include "image/reference.h"
#include "sandbox/policy_key.h"

static int take_registry(struct policy *policy, struct arena *arena, const char *word)
{
	(void)arena;
	policy->registries.host = word;
	return reference_is_host(word) ? 0 : -EINVAL;
}

/* "HOST URL" */
static int take_mirror(struct policy *policy, struct arena *arena, const char *word)
{
	const size_t length = strcspn(word, " \t");
	const char *host = arena_copy(arena, word, length), *url = word + length;

	url += strspn(url, " \t");
	if (host && (!reference_is_host(host) || strpbrk(url, " \t?#") ||
		     (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)))
		return -EINVAL;
	word = arena_print(arena, "%s=%s", host, url);
	return arena->failed || texts_add(arena, &policy->registries.mirrors, word) < 0 ? -ENOMEM : 0;
}

static int take_plain(struct policy *policy, struct arena *arena, const char *word)
{
	if (!reference_is_host(word))
		return -EINVAL;
	return texts_add(arena, &policy->registries.plain, word);
}

static int take_authority(struct policy *policy, struct arena *arena, const char *word)
{
	(void)arena;
	policy->registries.authority = word;
	return policy_path_below(word, "/") ? 0 : -EINVAL;
}

static int take_offline(struct policy *policy, struct arena *arena, const char *word)
{
	(void)arena;
	policy->registries.offline = strcmp(word, "yes") == 0;
	return policy->registries.offline || strcmp(word, "no") == 0 ? 0 : -EINVAL;
}

const struct policy_key_row policy_registry_rows[POLICY_REGISTRY_KEY_COUNT] = {
	[POLICY_CA] = { "ca", take_authority, "an absolute path without ..", false },
	[POLICY_MIRRORS] = { "mirrors", take_mirror, "HOST https://ADDRESS, or none", true },
	[POLICY_OFFLINE] = { "offline", take_offline, "yes or no", false },
	[POLICY_PLAIN_HTTP] = { "plain-http", take_plain, "HOST.DOMAIN, HOST:PORT or none", true },
	[POLICY_REGISTRY] = { "registry", take_registry, "HOST.DOMAIN or HOST:PORT", false },
};
