/* SPDX-License-Identifier: MIT */
/* What the names in a request lead to on this machine, so that the policy judges things, not names. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "sandbox/decide.h"
#include "sandbox/policy_apply.h"

/* The path of what FD is, without links; from ARENA. NULL, said. */
static const char *real_path(struct arena *arena, int fd, const char *what)
{
	char link[32], path[PATH_MAX];
	ssize_t length;
	const char *copy;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path));
	if (length < 0 || length == sizeof(path)) {
		fail(length < 0 ? errno : ENAMETOOLONG, "%s: find its path", what);
		return NULL;
	}
	copy = arena_copy(arena, path, (size_t)length);
	if (!copy)
		fail(ENOMEM, "%s", what);
	return copy;
}

static int look_device(struct device *device, struct arena *arena)
{
	autoclose int fd = open(device->source, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(errno, "device %s", device->source);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return fail(0, "device %s: not a device", device->source);
	device->type = st.st_mode & S_IFMT;
	device->number = st.st_rdev;
	device->real = real_path(arena, fd, device->source);
	return device->real ? 0 : -EINVAL;
}

/* What is not there now, such as what can be plugged in, allows nothing. */
static void look_allowed(struct policy_device *device)
{
	struct stat st;

	if (device->plain && stat(device->name, &st) == 0 &&
	    (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))) {
		device->type = st.st_mode & S_IFMT;
		device->number = st.st_rdev;
	}
}

static int look_devices(struct sandbox *sandbox, struct policy *policy, struct arena *arena)
{
	struct device *devices = arena_alloc(arena, sandbox->device_count * sizeof(*devices));
	size_t i;
	int ret = 0;

	if (!devices)
		return fail(ENOMEM, "policy");
	memcpy(devices, sandbox->devices, sandbox->device_count * sizeof(*devices));
	sandbox->devices = devices;
	for (i = 0; i < sandbox->device_count && ret == 0; i++)
		ret = look_device(&devices[i], arena);
	for (i = 0; i < policy->device_count; i++)
		look_allowed(&policy->devices[i]);
	return ret;
}

int policy_apply(struct sandbox *sandbox, struct policy *policy, struct arena *arena,
		 const struct host *host, bool here)
{
	int ret = decide_trust(sandbox, arena, policy, host);

	if (ret < 0 || !policy->file)
		return ret;
	policy->image_real = real_path(arena, sandbox->image->fd, sandbox->image->path);
	if (!policy->image_real)
		return -EINVAL;
	if (here && policy->lines[POLICY_DEVICES].number && sandbox->device_count)
		ret = look_devices(sandbox, policy, arena);
	return ret == 0 ? decide_policy(sandbox, arena, policy, host) : ret;
}
