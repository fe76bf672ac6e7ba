/* SPDX-License-Identifier: MIT */
/* The images that sandboxes of this machine are of. */
#include <errno.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/roots.h"
#include "sandbox/record.h"

int roots_gather(struct texts *roots, struct arena *arena)
{
	struct records records;
	size_t i;
	int ret = record_list(&records, arena, verb_run_root());

	*roots = (struct texts){ 0 };
	for (i = 0; ret == 0 && i < records.count; i++) {
		const char *digest = record_field(arena, &records.items[i], "digest");

		if (digest && texts_add(arena, roots, digest) < 0)
			ret = fail(ENOMEM, "%s", records.items[i].name);
	}
	records_close(&records);
	return ret;
}

int roots_sweep(struct texts *removed, struct arena *arena, struct store *store)
{
	struct texts roots;
	struct sweeping sweeping = { .roots = &roots, .removed = removed };
	int ret = roots_gather(&roots, arena);

	return ret < 0 ? ret : store_sweep_as(&sweeping, arena, store);
}
