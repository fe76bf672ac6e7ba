/* SPDX-License-Identifier: MIT */
/* Host step: a layer is what the manifest names, read from the very descriptor that is mounted afterwards. */
#include <errno.h>

#include "image/manifest.h"
#include "sandbox/step.h"
#include "sandbox/verified.h"

int step_digest(const struct step *step, struct box *box)
{
	const struct layer *layer = &box->plan->sandbox->image->layers[step->flags];

	return verified_digest(box->verified, layer->fd, step->numbers[0], step->numbers[1],
			       &layer->descriptor->digest);
}
