/* SPDX-License-Identifier: MIT */
/* Steps that give up capabilities: the bounding set first, then the four other sets. */
#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/step.h"

enum { CAPABILITY_BITS = 64 };

/* While davit still holds CAP_SETPCAP. EINVAL: the kernel knows no capability of this number, nor a
 * higher one. capabilities(7) */
int step_bounding(const struct step *step, struct box *box)
{
	unsigned long i;

	(void)box;
	for (i = 0; i < CAPABILITY_BITS; i++) {
		if (step->numbers[0] >> i & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
			return errno == EINVAL && i > CAP_SETPCAP ? 0 : -errno;
	}
	return 0;
}

/* Before Linux 4.3 there was no ambient set, and so nothing to clear. */
static int ambient_set(uint64_t mask)
{
	unsigned long i;

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && (mask || errno != EINVAL))
		return -errno;
	for (i = 0; i < CAPABILITY_BITS; i++) {
		if ((mask >> i & 1) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			return -errno;
	}
	return 0;
}

/* Root keeps the first mask, effective and permitted; inheritable and ambient are empty. Anybody
 * else keeps the second one, asked for by name, in all four sets: without the ambient set it would
 * be lost at exec. capabilities(7) */
int step_capabilities(const struct step *step, struct box *box)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	const uint64_t mask = step->numbers[box->uid == 0 ? 0 : 1],
		       ambient = box->uid == 0 ? 0 : mask;
	size_t i;

	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].effective = data[i].permitted = (uint32_t)(mask >> (32 * i));
		data[i].inheritable = (uint32_t)(ambient >> (32 * i));
	}
	if (syscall(SYS_capset, &header, data) < 0)
		return -errno;
	return ambient_set(ambient);
}
