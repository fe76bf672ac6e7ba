/* SPDX-License-Identifier: MIT */
/* What a failed step means in words, and what people can do: kernel options, boot parameters, arguments. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "sandbox/failure.h"

struct remedy {
	enum step_kind kind;
	int error;
	const char *type; /* of the step, or NULL for any */
	const char *words;
};

static const struct remedy remedies[] = {
	{ STEP_DIGEST, EBADMSG, NULL, "damaged, or changed: its bytes have another digest" },
	{ STEP_DIGEST, ENODATA, NULL, "the file became shorter" },
	{ STEP_VERITY, ENOENT, NULL, "kernel lacks CONFIG_BLK_DEV_DM, or /dev is not a devtmpfs" },
	{ STEP_VERITY, EINVAL, NULL, "kernel lacks CONFIG_DM_VERITY or CONFIG_CRYPTO_SHA256" },
	{ STEP_IMAGE, EILSEQ, NULL, "damaged, or changed: it does not fit its root hash" },
	{ STEP_ADMIT, ENODATA, NULL, "a sandbox without a memory limit is running: davit ps" },
	{ STEP_ADMIT, EAGAIN, NULL, "another launch does not come to its end" },
	{ STEP_STATE, EEXIST, NULL,
	  "a sandbox of this name is there, running or ended; davit rm it, or choose another --name" },
	{ STEP_STATE, EROFS, NULL, "mount a tmpfs on /run, or give --run-root" },
	{ STEP_STATE, EPERM, NULL,
	  "the run root is not davit's alone: chmod 700 it, or give another --run-root" },
	{ STEP_STATE, EACCES, NULL, "run davit as root" },
	{ STEP_KEEP, EBUSY, NULL, "another sandbox uses it" },
	{ STEP_KEEP, EPERM, NULL, "it is not root's alone: chmod 700 it" },
	{ STEP_KEEP, EROFS, NULL, "give another --root, or --rm to keep nothing" },
	{ STEP_OVERLAY, EINVAL, "kept",
	  "its file system cannot hold an upper layer: give another --root, or --rm to keep nothing" },
	{ STEP_CIDFILE, EEXIST, NULL, "it names another sandbox; delete it, or choose another" },
	{ STEP_CONTROL, ENOENT, NULL, "the kernel or its boot parameters leave this control out" },
	{ STEP_CONTROL, ENXIO, NULL, "the cgroup above has fewer" },
	{ STEP_CONTROL, EBUSY, NULL,
	  "processes are in the cgroup above: move them into one of their own" },
	{ STEP_WEIGHT, ENOENT, NULL,
	  "kernel lacks CONFIG_BLK_CGROUP_IOCOST and CONFIG_BFQ_GROUP_IOSCHED" },
	{ STEP_THROTTLE, EOPNOTSUPP, NULL, "kernel lacks CONFIG_BLK_DEV_THROTTLING" },
	{ STEP_THROTTLE, ENODEV, NULL, "a part of a disk cannot be limited; name the disk" },
	{ STEP_CGROUP, EROFS, NULL, "the cgroup file system is mounted read-only" },
	{ STEP_CGROUP, EEXIST, NULL,
	  "another program uses a cgroup of this name; choose another with --name" },
	{ STEP_CGROUP, EMEDIUMTYPE, NULL, "not on a cgroup file system: nothing would be limited" },
	{ STEP_LOOP, ENOENT, NULL, "kernel lacks CONFIG_BLK_DEV_LOOP, or /dev is not a devtmpfs" },
	{ STEP_LOOP, ENODEV, NULL, "kernel lacks CONFIG_BLK_DEV_LOOP" },
	{ STEP_VERIFY_CGROUPS, ECANCELED, NULL, "read back: the kernel shows another cgroup" },
	{ STEP_VERIFY_RIGHTS, ECANCELED, NULL, "read back: the kernel shows others than were set" },
	{ STEP_PRIVATE, EINVAL, NULL, "davit's own root is not a mount point; is this a chroot?" },
	{ STEP_PIVOT, EXDEV, NULL,
	  "davit runs in a chroot, from which apps could get out; run it outside" },
	{ STEP_TOP, ELOOP, NULL, "it is a symbolic link in the image; make it a directory" },
	{ STEP_TOP, ENOTDIR, NULL, "it is no directory in the image; make it one" },
	{ STEP_TOP, EROFS, NULL,
	  "the image has no such directory: add it, or run without --read-only" },
	{ STEP_TOP, EMEDIUMTYPE, NULL, "another process moves the image's directories about" },
	{ STEP_IMAGE, EOPNOTSUPP, NULL,
	  "owners in a user namespace need Linux 6.2 for squashfs: launch without --userns" },
	{ STEP_IMAGE, ENOSYS, NULL,
	  "owners in a user namespace need Linux 6.2 for squashfs: launch without --userns" },
	{ STEP_TREE, EOPNOTSUPP, NULL,
	  "its file system cannot show other owners in a user namespace: launch without --userns" },
	{ STEP_TREE, ENOSYS, NULL,
	  "owners in a user namespace need Linux 5.12: launch without --userns" },
	{ STEP_IDS, EINVAL, NULL, "the user namespace has no such user or group" },
	{ STEP_IMAGE, ENODEV, "squashfs", "kernel lacks CONFIG_SQUASHFS" },
	{ STEP_IMAGE, EINVAL, "squashfs",
	  "the kernel cannot read it: damaged, or CONFIG_SQUASHFS_* for its codec missing" },
	{ STEP_IMAGE, EIO, "squashfs", "damaged image" },
	{ STEP_OVERLAY, ENODEV, NULL, "kernel lacks CONFIG_OVERLAY_FS; --read-only works without" },
	{ STEP_INNER, ENODEV, "mqueue", "kernel lacks CONFIG_POSIX_MQUEUE" },
	{ STEP_INNER, ENODEV, "devpts", "kernel lacks CONFIG_UNIX98_PTYS" },
	{ STEP_STAGE, ENODEV, NULL, "kernel lacks CONFIG_TMPFS" },
	{ STEP_MOUNT, EROFS, NULL,
	  "the image has no such directory: add it, or run without --read-only" },
	{ STEP_SCRATCH, EROFS, NULL,
	  "the image has no such directory: add it, or run without --read-only" },
	{ STEP_BIND, EROFS, NULL,
	  "the image has no such file or directory: add it, or run without --read-only" },
	{ STEP_FILE, EROFS, NULL, "the image has no such file: add it, or run without --read-only" },
	{ STEP_BIND, ELOOP, NULL,
	  "the source is, or lies behind, a symbolic link; name what it points to" },
	{ STEP_WORKDIR, EROFS, NULL,
	  "the image has no such directory: add it, or run without --read-only" },
	{ STEP_DEVICE, ENODEV, NULL, "not a device" },
	{ STEP_DEVICE, ESTALE, NULL, "no longer the device that the policy was held against" },
	{ STEP_SYSCTL, ENOENT, NULL, "the kernel has no such setting for each sandbox" },
	{ STEP_SYSCTL, ECANCELED, NULL, "read back: the kernel made something else of it" },
	{ STEP_OOM_SCORE, EACCES, NULL, "below davit's own, and davit lacks CAP_SYS_RESOURCE" },
	{ STEP_GROUP, ENOENT, NULL, "no such group in the image's /etc/group" },
	{ STEP_GROUP, EFBIG, NULL, "/etc/group of the image is larger than 16 KiB" },
	{ STEP_GROUP, E2BIG, NULL, "more than 32 groups" },
	{ STEP_USER, ENOENT, NULL, "no such user or group in the image's /etc/passwd and /etc/group" },
	{ STEP_USER, EFBIG, NULL, "/etc/passwd or /etc/group of the image is larger than 16 KiB" },
	{ STEP_USER, E2BIG, NULL, "more than 32 groups" },
	{ STEP_LOOPBACK, ENODEV, NULL, "kernel lacks CONFIG_NET_NS" },
	{ STEP_SESSION, EISDIR, NULL, "standard input, output or error is a directory" },
	{ STEP_RLIMIT, EPERM, NULL, "above davit's own limit, and davit lacks CAP_SYS_RESOURCE" },
	{ STEP_BOUNDING, EPERM, NULL, "davit itself lacks CAP_SETPCAP" },
	{ STEP_SECCOMP, EINVAL, "flags",
	  "kernel lacks CONFIG_SECCOMP_FILTER, or a flag of the filter" },
	{ STEP_SECCOMP, EINVAL, NULL, "kernel lacks CONFIG_SECCOMP_FILTER" },
	{ STEP_CAPABILITIES, EPERM, NULL, "davit itself lacks one of them" },
	{ STEP_NAMESPACES, ESRCH, NULL, "the sandbox has ended" },
	{ STEP_TERMINAL, ENOENT, NULL, "the sandbox has no /dev/ptmx any more" },
	{ STEP_TERMINAL, ENOTTY, NULL,
	  "the sandbox has something else in the place of /dev/ptmx, or Linux is older than 4.13" },
	{ STEP_INTO, ENOENT, NULL, "the sandbox has ended" },
	{ STEP_SPAWN, EAGAIN, NULL, "the sandbox has as many processes as it may have" },
	{ STEP_SPAWN, ENOMEM, NULL, "the sandbox has ended, or no memory is left" },
	{ STEP_EXEC, ENOENT, NULL, "not in the image, or the interpreter that it names is not" },
	{ STEP_EXEC, ENOEXEC, NULL, "neither a program for this machine nor a script with #!" },
	{ STEP_LANDLOCK, ENOSYS, NULL, "kernel lacks CONFIG_SECURITY_LANDLOCK" },
	{ STEP_LANDLOCK, EOPNOTSUPP, NULL, "landlock is not in the kernel's lsm= list" },
	{ STEP_LANDLOCK_PATH, ENOENT, NULL, "it must be there when the app is started" },
	{ STEP_LANDLOCK_PATH, EACCES, NULL, "the app's user cannot reach it" },
	{ STEP_LANDLOCK_PORT, EAFNOSUPPORT, NULL, "kernel lacks CONFIG_INET" },
	{ STEP_EXEC, EACCES, "landlock",
	  "not executable, or no exec: of --security-opt landlock covers it and its loader" },
	{ STEP_EXEC, EACCES, NULL, "not executable" },
};

static const char *remedy_find(const struct step *step, int error)
{
	size_t i;

	for (i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++) {
		const struct remedy *remedy = &remedies[i];

		if (remedy->kind != step->kind || remedy->error != error)
			continue;
		if (!remedy->type || (step->type && strcmp(remedy->type, step->type) == 0))
			return remedy->words;
	}
	/* Of any step that mounts. */
	return error == ECANCELED ? "read back: something else is there, or with other flags" : NULL;
}

int failure_say(const struct step *step, int error)
{
	const bool lacks = step->kind == STEP_CONTROL && error == ENOENT && step->type;
	const char *remedy = lacks ? step->type : remedy_find(step, error);
	struct arena arena = { 0 };
	const char *words;

	if (step->kind == STEP_ADMIT && error == EDQUOT) {
		fail(0, "%" PRIu64 " bytes of memory beside the sandboxes that run: refused by %s",
		     step->numbers[0], step->data);
		return EXIT_DAVIT;
	}
	if (error == STEP_SAID)
		return EXIT_DAVIT;
	words = plan_print_step(&arena, step);
	fail(0, "%s: %s%s%s%s%s", words ? words : "step", strerror(error), remedy ? " (" : "",
	     lacks ? "kernel lacks " : "", remedy ? remedy : "", remedy ? ")" : "");
	arena_close(&arena);
	if (step->kind != STEP_EXEC)
		return EXIT_DAVIT;
	return error == ENOENT || error == ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT;
}

int failure_say_namespaces(int error)
{
	const char *remedy = "davit plan shows which";

	if (error == EINVAL)
		remedy = "kernel lacks one of CONFIG_PID_NS, CONFIG_IPC_NS, CONFIG_UTS_NS, CONFIG_NET_NS, CONFIG_USER_NS";
	else if (error == ENOSPC)
		remedy = "too many of them: /proc/sys/user/max_*_namespaces";
	fail(0, "make namespaces: %s (%s)", strerror(error), remedy);
	return EXIT_DAVIT;
}
