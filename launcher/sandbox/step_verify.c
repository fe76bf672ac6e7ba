/* SPDX-License-Identifier: MIT */
/* Steps that ask the kernel whether what was set up is there, before the app is: a difference ends
 * the launch. Other launchers went on when one system call of theirs had silently not done what it
 * was asked. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/text.h"
#include "sandbox/step.h"

enum { PROCS_ROOM = 64, CAPABILITY_BITS = 64 };

/* What a read-back that found something else returns: nothing was started. */
#define DIFFERS (-ECANCELED)

#define FLAGS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const struct {
	const char *type;
	unsigned long magic;
} magics[] = {
	{ "proc", PROC_SUPER_MAGIC },     { "sysfs", SYSFS_MAGIC },
	{ "tmpfs", TMPFS_MAGIC },         { "scratch", TMPFS_MAGIC },
	{ "mqueue", 0x19800202 },         { "squashfs", SQUASHFS_MAGIC },
	{ "devpts", DEVPTS_SUPER_MAGIC }, { "overlay", OVERLAYFS_SUPER_MAGIC },
};

/* Of type TYPE (NULL: any), and with all of FLAGS. statfs(2) has the flags since Linux 2.6.36, by the numbers of mount(2). */
static int is_mounted(const char *path, const char *type, unsigned long flags)
{
	struct statfs fs;
	size_t i;

	if (statfs(path, &fs) < 0)
		return -errno;
	for (i = 0; type && i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (strcmp(magics[i].type, type) == 0 && (unsigned long)fs.f_type != magics[i].magic)
			return DIFFERS;
	}
	return ((unsigned long)fs.f_flags & flags & FLAGS) == (flags & FLAGS) ? 0 : DIFFERS;
}

static int is_masked(const struct step *step)
{
	struct stat st;

	if (stat(step->target, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return is_mounted(step->target, "tmpfs", step->flags);
	return S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) ? 0 : DIFFERS;
}

static int verify_mount(const struct step *step, bool overlaid)
{
	switch (step->kind) {
	case STEP_IMAGE:
		return overlaid ? 0 : is_mounted("/", step->type, step->flags);
	case STEP_TREE:
		return overlaid ? 0 : is_mounted("/", NULL, step->flags);
	case STEP_OVERLAY:
		return is_mounted("/", "overlay", step->flags);
	case STEP_TOP:
		/* /dev gets its flags when it is closed. */
		return is_mounted(step->target, step->type, step->flags & MS_BIND ? 0 : step->flags);
	case STEP_INNER:
	case STEP_MOUNT:
		return is_mounted(step->target, step->type, step->flags);
	case STEP_SCRATCH:
	case STEP_FILE:
		return is_mounted(step->target, "tmpfs", step->flags);
	case STEP_BIND:
	case STEP_READ_ONLY:
		return is_mounted(step->target, NULL, step->flags);
	case STEP_MASK:
		return is_masked(step);
	default:
		return 0;
	}
}

/* True when a later step mounts on the same place, on purpose: that one counts. */
static bool is_covered(const struct plan *plan, size_t number)
{
	const struct step *step = &plan->steps[number];
	size_t i;

	if (step->kind != STEP_BIND && step->kind != STEP_MOUNT)
		return false;
	for (i = number + 1; i < plan->first[PHASE_LAST]; i++) {
		const struct step *later = &plan->steps[i];

		if ((later->kind == STEP_BIND || later->kind == STEP_MOUNT) &&
		    strcmp(later->target, step->target) == 0)
			return true;
	}
	return false;
}

/* From inside, where the app will look. */
int step_verify_mounts(const struct step *step, struct box *box)
{
	const struct plan *plan = box->plan;
	size_t i;
	int ret = 0;

	(void)step;
	for (i = plan->first[PHASE_BOX]; i < plan->first[PHASE_LAST] && ret == 0; i++) {
		if (box->absent[i] || is_covered(plan, i))
			continue;
		ret = verify_mount(&plan->steps[i], sandbox_is_overlaid(plan->sandbox));
		if (ret < 0)
			box->differs = i;
	}
	return ret;
}

/* Each of the cgroups lists this process: by the number that it has for itself. */
int step_verify_cgroups(const struct step *step, struct box *box)
{
	char text[PROCS_ROOM];
	uint64_t pid;
	int i;

	(void)step;
	for (i = 0; i < box->cgroup_count; i++) {
		ssize_t got = pread(box->cgroups[i], text, sizeof(text) - 1, 0);

		if (got < 0)
			return -errno;
		text[got] = '\0';
		text[strcspn(text, "\n")] = '\0';
		if (text_number(&pid, text, INT32_MAX) < 0 || pid != (uint64_t)getpid())
			return DIFFERS;
	}
	return 0;
}

static int are_ids(const struct box *box)
{
	gid_t groups[BOX_GROUPS_MAX], gids[3];
	uid_t uids[3];
	int i, k, count = getgroups(BOX_GROUPS_MAX, groups);

	if (count < 0 || getresuid(&uids[0], &uids[1], &uids[2]) < 0 ||
	    getresgid(&gids[0], &gids[1], &gids[2]) < 0)
		return -errno;
	for (i = 0; i < 3; i++) {
		if (uids[i] != box->uid || gids[i] != box->gid)
			return DIFFERS;
	}
	/* The kernel sorts them, and keeps what stands there twice. */
	for (i = 0; i < count; i++) {
		for (k = 0; k < box->group_count && box->groups[k] != groups[i]; k++)
			;
		if (k == box->group_count)
			return DIFFERS;
	}
	return count == box->group_count ? 0 : DIFFERS;
}

/* EINVAL: the kernel knows no such capability, nor a higher one. */
static int is_bounding(uint64_t mask)
{
	unsigned long i;

	for (i = 0; i < CAPABILITY_BITS; i++) {
		const int held = prctl(PR_CAPBSET_READ, i, 0, 0, 0);

		if (held < 0)
			return errno == EINVAL && !(mask >> i) ? 0 : DIFFERS;
		if (held != (int)(mask >> i & 1))
			return DIFFERS;
	}
	return 0;
}

/* Ambient capabilities are always a part of the inheritable ones: these empty, those are. capabilities(7) */
static int are_capabilities(uint64_t mask, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3];
	unsigned long i;

	if (syscall(SYS_capget, &header, held) < 0)
		return -errno;
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		const uint32_t wanted = (uint32_t)(mask >> (32 * i));

		if (held[i].effective != wanted || held[i].permitted != wanted ||
		    held[i].inheritable != (uint32_t)(inheritable >> (32 * i)))
			return DIFFERS;
	}
	for (i = 0; i < CAPABILITY_BITS; i++) {
		if ((inheritable >> i & 1) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) != 1)
			return DIFFERS;
	}
	return 0;
}

/* Right before the filter: from here on, nothing but the filter and the app changes any of it. */
int step_verify_rights(const struct step *step, struct box *box)
{
	const uint64_t mask = step->numbers[box->uid == 0 ? 0 : 1],
		       ambient = box->uid == 0 ? 0 : mask;
	int ret = are_ids(box);

	if (ret == 0 && (step->flags & 1))
		ret = is_bounding(step->numbers[0]);
	if (ret == 0 && (step->flags & 1))
		ret = are_capabilities(mask, ambient);
	if (ret == 0 &&
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != !(step->flags & VERIFY_NEW_PRIVILEGES))
		ret = DIFFERS;
	return ret;
}
