/* SPDX-License-Identifier: MIT */
/* Steps that give up capabilities, by libcap-ng: bounding set first, then the four other sets. */
#include <cap-ng.h>
#include <errno.h>
#include <unistd.h>

#include "sandbox/step.h"

enum { CAPABILITY_BITS = 64 };

/* Fill libcap-ng's picture of the wanted sets: MASK in those of SETS, all others empty. */
static int picture(uint64_t mask, capng_type_t sets)
{
	unsigned int i;

	capng_clear(CAPNG_SELECT_ALL);
	for (i = 0; i < CAPABILITY_BITS; i++) {
		if ((mask >> i & 1) && capng_update(CAPNG_ADD, sets, i) < 0)
			return -EINVAL;
	}
	return 0;
}

/* While davit still holds CAP_SETPCAP. */
int step_bounding(const struct step *step, struct box *box)
{
	int ret = picture(step->numbers[0], CAPNG_BOUNDING_SET);

	(void)box;
	if (ret < 0)
		return ret;
	errno = 0;
	if (capng_apply(CAPNG_SELECT_BOUNDS) < 0)
		return errno ? -errno : -EPERM;
	return 0;
}

/* Root keeps the mask, effective and permitted; anybody else nothing. Inheritable and ambient are empty. */
int step_capabilities(const struct step *step, struct box *box)
{
	int ret = picture(box->uid == 0 ? step->numbers[0] : 0, CAPNG_EFFECTIVE | CAPNG_PERMITTED);

	if (ret < 0)
		return ret;
	errno = 0;
	if (capng_apply(CAPNG_SELECT_CAPS) < 0 || capng_apply(CAPNG_SELECT_AMBIENT) < 0)
		return errno ? -errno : -EPERM;
	return 0;
}
