/* SPDX-License-Identifier: MIT */
/* Asks the device's policy, and reads the keys. */
#include <errno.h>

#include "base/log.h"
#include "commands/pull_order.h"
#include "sandbox/policy.h"
#include "store/tar_convert.h"

int pull_order_fill(struct pull_order *order, struct arena *arena)
{
	struct policy policy = { 0 };
	struct keys *keys = arena_alloc(arena, sizeof(*keys));
	int ret = keys ? policy_read(&policy, arena, policy_directory()) : fail(ENOMEM, "keys");

	order->keys = NULL;
	order->convert = CONFIG_CONVERT ? tar_convert : NULL;
	if (ret < 0 || policy.verify != VERIFY_SIGNED)
		return ret;
	if (!CONFIG_SIGNATURE)
		return fail(0,
			    "the policy wants a signature, which this build cannot check (CONFIG_SIGNATURE)");
	order->keys = keys;
	return keys_read(keys, arena, policy_directory());
}
