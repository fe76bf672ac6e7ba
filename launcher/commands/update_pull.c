/* SPDX-License-Identifier: MIT */
/* The newest image of the name that an app follows, from its registry. */
#include <errno.h>

#include "base/log.h"
#include "commands/pull_order.h"
#include "commands/registry_settings.h"
#include "commands/update.h"

/* A name without a registry is asked for only where nothing is kept under it: it may have been built here. */
static bool is_wanted(const struct reference *reference, struct arena *arena,
		      const struct store *store)
{
	const struct tag *tag;
	struct tags tags;
	const char *name = reference_print(arena, reference);

	if (reference->host)
		return true;
	return name && tags_list(&tags, arena, store) == 0 &&
	       tags_find(&tag, arena, store, &tags, name) == -ENOENT;
}

int update_pull(struct arena *arena, const struct store *store, const struct update_fetch *fetch)
{
	struct registry_settings settings = { 0 };
	struct reference reference;
	struct pull_order order = { .reference = &reference,
				    .accept = fetch->accept,
				    .accept_data = fetch->accept_data,
				    .progress = progress_choose(fetch->quiet, false) };
	struct pulled pulled;
	int ret;

	/* The beginning of an image's id is none of a registry's business. */
	if (reference_try(&reference, arena, fetch->name) || !is_wanted(&reference, arena, store))
		return 0;
	ret = registry_settings_read(&settings, arena);
	if (ret < 0 || settings.http.offline)
		return ret;
	ret = pull_order_fill(&order, arena);
	return ret == 0 ? pull_image(&pulled, arena, &settings, store, &order) : ret;
}
