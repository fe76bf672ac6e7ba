/* SPDX-License-Identifier: MIT */
/* Whose signatures count. */
#include <errno.h>

#include "base/log.h"
#include "commands/subject.h"
#include "sandbox/policy.h"

int subject_keys(struct keys *out, struct arena *arena, const struct texts *files)
{
	size_t i;
	int ret = 0;

	if (!files->count) {
		ret = keys_read(out, arena, policy_directory());
		if (ret == 0 && !out->count)
			ret = fail(0, "%s holds no key (NAME.pub); give one by --key PUB.pem",
				   out->directory);
		return ret;
	}
	if (files->count > KEYS_MOST)
		return fail(0, "--key: more than %d", KEYS_MOST);
	*out = (struct keys){ .directory = "what --key gave",
			      .items = arena_alloc(arena, files->count * sizeof(*out->items)) };
	if (!out->items)
		return fail(ENOMEM, "verify");
	for (i = 0; i < files->count && ret == 0; i++)
		ret = key_read(&out->items[out->count++], files->items[i]);
	return ret;
}
