/* SPDX-License-Identifier: MIT */
/* Steps that give up capabilities, by libcap-ng: bounding set first, then the four other sets. */
#include <cap-ng.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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

/* libcap-ng does not say when the kernel refused to drop one, so the kernel is asked. EINVAL: no such capability. */
static int bounding_is(uint64_t mask)
{
	unsigned long i;

	for (i = 0; i < CAPABILITY_BITS; i++) {
		int held = prctl(PR_CAPBSET_READ, i, 0, 0, 0);

		if (held < 0)
			return errno == EINVAL ? 0 : -errno;
		if (held && !(mask >> i & 1))
			return -EPERM;
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
	return bounding_is(step->numbers[0]);
}

static int held_is(uint64_t mask, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct held[2];
	size_t i;

	if (syscall(SYS_capget, &header, held) < 0)
		return -errno;
	for (i = 0; i < 2; i++) {
		const uint32_t wanted = (uint32_t)(mask >> (32 * i));

		if (held[i].effective != wanted || held[i].permitted != wanted ||
		    held[i].inheritable != (uint32_t)(inheritable >> (32 * i)))
			return -EPERM;
	}
	return 0;
}

/* Root keeps the first mask, effective and permitted; inheritable and ambient are empty. Anybody
 * else keeps the second one, asked for by name, in all four sets: without the ambient set it would
 * be lost at exec. capabilities(7) */
int step_capabilities(const struct step *step, struct box *box)
{
	const uint64_t mask = step->numbers[box->uid == 0 ? 0 : 1],
		       ambient = box->uid == 0 ? 0 : mask;
	const unsigned int sets = CAPNG_EFFECTIVE | CAPNG_PERMITTED |
				  (ambient ? CAPNG_INHERITABLE | CAPNG_AMBIENT : 0);
	int ret = picture(mask, (capng_type_t)sets);

	if (ret < 0)
		return ret;
	errno = 0;
	if (capng_apply(CAPNG_SELECT_CAPS) < 0 || capng_apply(CAPNG_SELECT_AMBIENT) < 0)
		return errno ? -errno : -EPERM;
	return held_is(mask, ambient);
}
