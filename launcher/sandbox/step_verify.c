/* SPDX-License-Identifier: MIT */
/* Steps that ask the kernel whether what was set up is there, before the app is: a difference ends
 * the launch. Other launchers went on when one system call of theirs had silently not done what it
 * was asked. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/text.h"
#include "sandbox/step.h"

enum { STATUS_ROOM = 4096, PROCS_ROOM = 64, HEXADECIMAL = 16, IDS_PER_LINE = 4 };

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

/* What the kernel does not have needs no mask. */
static int is_masked(const struct step *step)
{
	struct stat st;

	if (stat(step->target, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return is_mounted(step->target, "tmpfs", step->flags);
	return S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) ? 0 : DIFFERS;
}

static int is_closed(const struct step *step)
{
	int ret = is_mounted(step->target, NULL, step->flags);

	return ret == -ENOENT ? 0 : ret;
}

static int verify_mount(const struct step *step, bool writable)
{
	switch (step->kind) {
	case STEP_IMAGE:
		return writable ? 0 : is_mounted("/", step->type, step->flags);
	case STEP_TREE:
		return writable ? 0 : is_mounted("/", NULL, step->flags);
	case STEP_OVERLAY:
		return is_mounted("/", "overlay", step->flags);
	case STEP_TOP:
		/* Closed afterwards, or the part of it that matters is. */
	case STEP_INNER:
	case STEP_MOUNT:
		return is_mounted(step->target, step->type, step->flags);
	case STEP_SCRATCH:
		return is_mounted(step->target, "tmpfs", step->flags);
	case STEP_BIND:
		return is_mounted(step->target, NULL, step->flags);
	case STEP_MASK:
		return is_masked(step);
	case STEP_READ_ONLY:
		return is_closed(step);
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
		if (is_covered(plan, i))
			continue;
		ret = verify_mount(&plan->steps[i], plan->sandbox->writable);
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

/* What stands behind NAME in /proc/self/status, or "". proc(5) */
static const char *status_find(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? at + strlen(name) : "";
}

static bool is_mask(const char *status, const char *name, uint64_t wanted)
{
	const char *text = status_find(status, name);
	char *end;
	const uint64_t mask = strtoull(text, &end, HEXADECIMAL);

	return end != text && *end == '\n' && mask == wanted;
}

/* Real, effective, saved and file system id are all WANTED. */
static bool is_id(const char *status, const char *name, unsigned long wanted)
{
	const char *text = status_find(status, name);
	char *end;
	int i;

	for (i = 0; i < IDS_PER_LINE; i++) {
		if (strtoul(text, &end, 10) != wanted || end == text)
			return false;
		text = end;
	}
	return *end == '\n';
}

/* The kernel sorts them, and keeps what stands there twice. */
static bool are_groups(const char *status, const gid_t *groups, int count)
{
	const char *text = status_find(status, "\nGroups:\t");
	char *end;
	int i, found;

	text += strspn(text, " ");
	for (found = 0; *text && *text != '\n'; found++) {
		const unsigned long group = strtoul(text, &end, 10);

		for (i = 0; i < count && groups[i] != group; i++)
			;
		if (end == text || i == count)
			return false;
		text = end + strspn(end, " ");
	}
	return found == count;
}

/* Ambient capabilities are always a part of the inheritable ones, and kernels before 4.3 show none. */
static bool are_capabilities(const char *status, uint64_t bounding, uint64_t mask,
			     uint64_t inheritable)
{
	return is_mask(status, "\nCapBnd:\t", bounding) && is_mask(status, "\nCapPrm:\t", mask) &&
	       is_mask(status, "\nCapEff:\t", mask) && is_mask(status, "\nCapInh:\t", inheritable) &&
	       (!inheritable || is_mask(status, "\nCapAmb:\t", inheritable));
}

/* Right before the filter: from here on, nothing but the filter and the app changes any of it. */
int step_verify_rights(const struct step *step, struct box *box)
{
	const uint64_t mask = step->numbers[box->uid == 0 ? 0 : 1],
		       ambient = box->uid == 0 ? 0 : mask;
	char status[STATUS_ROOM];
	ssize_t got = sys_read_file(status, sizeof(status), AT_FDCWD, "/proc/self/status");

	if (got < 0)
		return (int)got;
	if (!is_id(status, "\nUid:\t", box->uid) || !is_id(status, "\nGid:\t", box->gid) ||
	    !are_groups(status, box->groups, box->group_count))
		return DIFFERS;
	if (step->flags && !are_capabilities(status, step->numbers[0], mask, ambient))
		return DIFFERS;
	return is_mask(status, "\nSigIgn:\t", 0) && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ?
		       0 :
		       DIFFERS;
}
