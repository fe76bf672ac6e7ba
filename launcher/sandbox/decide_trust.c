/* SPDX-License-Identifier: MIT */
/* What an image must show before it is launched: digests, hash trees, signatures; as the policy wants it. */
#include <stddef.h>

#include "sandbox/decide.h"
#include "sandbox/policy.h"

/* The words for a layer that davit could not watch, or NULL. */
static const char *lacks_verity(const struct image *image, const struct host *host)
{
	size_t i;

	if (!image->config)
		return "which has no hash tree";
	for (i = 0; i < image->layer_count; i++) {
		if (!image->layers[i].has_verity)
			return "of which a layer has no hash tree";
	}
	return host->verity ? NULL : "for which the kernel lacks CONFIG_DM_VERITY";
}

/* A file system alone names nothing that it could be held against. */
int decide_trust(struct sandbox *sandbox, struct arena *arena, const struct policy *policy,
		 const struct host *host)
{
	const struct image *image = sandbox->image;
	const char *lacks = policy->verity ? lacks_verity(image, host) : NULL;

	if (policy->verify == VERIFY_SIGNED && !image->config)
		return policy_refuse(policy, POLICY_VERIFY,
				     arena_print(arena, "image %s, which has no signature",
						 image->path));
	if (lacks)
		return policy_refuse(policy, POLICY_VERITY,
				     arena_print(arena, "image %s, %s", image->path, lacks));
	sandbox->verity = host->verity && (policy->verify != VERIFY_NOTHING || policy->verity);
	sandbox->digests = image->config && policy->verify != VERIFY_NOTHING;
	return 0;
}
