/* SPDX-License-Identifier: MIT */
/* Host step: a device of the device mapper above a layer's loop device, which gives no byte that
 * does not fit the layer's root hash. Shared by sandboxes, and gone with the last of them. Sources:
 * Documentation/admin-guide/device-mapper/verity.rst, linux/dm-ioctl.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "image/verity.h"
#include "sandbox/state.h"
#include "sandbox/step.h"

enum { TRIES = 64, SECTORS = VERITY_BLOCK / 512, LINE = 1024, NAMES = 16384 };

static const char prefix[] = "davit-";

/* What an ioctl(2) takes and gives: the head, and behind it a target, with its line, or a list. */
struct request_dm {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char line[LINE];
};

static void request_begin(struct request_dm *request, const char *name, uint32_t flags)
{
	memset(request, 0, sizeof(*request));
	request->head.version[0] = DM_VERSION_MAJOR;
	request->head.data_size = sizeof(*request);
	request->head.data_start = offsetof(struct request_dm, target);
	request->head.flags = flags;
	snprintf(request->head.name, sizeof(request->head.name), "%s", name);
}

static int ask(int control, unsigned long command, const char *name, uint32_t flags,
	       struct request_dm *request)
{
	request_begin(request, name, flags);
	return ioctl(control, (int)command, request) < 0 ? -errno : 0;
}

static int remove_device(int control, const char *name, uint32_t flags)
{
	struct request_dm request;

	return ask(control, DM_DEV_REMOVE, name, flags, &request);
}

static void print_hex(char *to, const unsigned char *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	while (size-- > 0) {
		*to++ = digits[*bytes >> 4];
		*to++ = digits[*bytes++ & 15];
	}
	*to = '\0';
}

/* Data and tree are on one device; the tree begins one block behind the data, where the superblock is. */
static int load_table(int control, const char *name, const struct step *step, int loop,
		      const struct verity *verity)
{
	struct request_dm request;
	char salt[2 * VERITY_SALT_MOST + 1] = "-";
	struct stat st;
	int length;

	if (fstat(loop, &st) < 0)
		return -errno;
	if (verity->salt_size)
		print_hex(salt, verity->salt, verity->salt_size);
	request_begin(&request, name, DM_READONLY_FLAG);
	request.head.target_count = 1;
	request.target.length = verity->data_blocks * SECTORS;
	snprintf(request.target.target_type, sizeof(request.target.target_type), "verity");
	length = snprintf(request.line, sizeof(request.line),
			  "1 %u:%u %u:%u %d %d %" PRIu64 " %" PRIu64 " sha256 %s %s",
			  major(st.st_rdev), minor(st.st_rdev), major(st.st_rdev),
			  minor(st.st_rdev), VERITY_BLOCK, VERITY_BLOCK, verity->data_blocks,
			  verity->data_blocks + 1, step->data, salt);
	if (length < 0 || (size_t)length >= sizeof(request.line))
		return -E2BIG;
	return ioctl(control, DM_TABLE_LOAD, &request) < 0 ? -errno : 0;
}

/* Open the device called NAME, if it is there and in use: while it is open, it stays. */
static int open_active(int control, const char *name, struct box_device *device)
{
	struct request_dm before, after;
	autoclose int fd = -1;
	int ret = ask(control, DM_DEV_STATUS, name, 0, &before);

	if (ret == 0 && !(before.head.flags & DM_ACTIVE_PRESENT_FLAG))
		ret = -ENODATA;
	if (ret < 0)
		return ret;
	snprintf(device->path, sizeof(device->path), "/dev/dm-%u", minor(before.head.dev));
	fd = openat(AT_FDCWD, device->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = ask(control, DM_DEV_STATUS, name, 0, &after);
	if (ret == 0 && after.head.dev != before.head.dev)
		ret = -ESTALE;
	if (ret < 0)
		return ret;
	device->verity = steal_fd(&fd);
	return 0;
}

/* Whoever finds one without a table waits for who made it; at last it was killed. */
static int share(int control, const char *name, struct box_device *device, int tries)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	int ret = open_active(control, name, device);

	if (ret == 0)
		return 0;
	if (ret == -ENODATA && tries > TRIES / 2)
		(void)remove_device(control, name, 0);
	nanosleep(&pause, NULL);
	return -EAGAIN;
}

static int make(int control, const char *name, const struct step *step, struct box_device *device,
		const struct verity *verity)
{
	struct request_dm request;
	int ret = ask(control, DM_DEV_CREATE, name, DM_READONLY_FLAG, &request);

	if (ret < 0)
		return ret;
	ret = load_table(control, name, step, device->loop, verity);
	if (ret == 0)
		ret = ask(control, DM_DEV_SUSPEND, name, 0, &request); /* without its flag: go on */
	if (ret == 0)
		ret = open_active(control, name, device);
	if (ret < 0)
		(void)remove_device(control, name, 0);
	return ret;
}

/* The same bytes of the same file with the same root hash are the same device. */
static int name_device(char name[DM_NAME_LEN], const struct step *step, const struct layer *layer)
{
	struct stat st;

	if (fstat(layer->fd, &st) < 0)
		return -errno;
	snprintf(name, DM_NAME_LEN, "%s%" PRIx64 "-%" PRIx64 "-%" PRIx64 "-%s", prefix,
		 (uint64_t)st.st_dev, (uint64_t)st.st_ino, layer->offset, step->data);
	return 0;
}

/* Marked as to be removed at its last closing, which is the end of davit or of the last mount. */
int step_verity(const struct step *step, struct box *box)
{
	const struct layer *layer = &box->plan->sandbox->image->layers[step->flags];
	struct box_device *device = &box->devices[step->flags];
	autoclose int control = openat(AT_FDCWD, "/dev/mapper/control", O_RDWR | O_CLOEXEC);
	char name[DM_NAME_LEN];
	int i, ret = control < 0 ? -errno : name_device(name, step, layer);

	if (ret < 0)
		return ret;
	ret = -EAGAIN;
	for (i = 0; i < TRIES && ret == -EAGAIN; i++) {
		ret = make(control, name, step, device, layer->verity);
		if (ret == -EBUSY)
			ret = share(control, name, device, i);
	}
	if (ret == 0)
		ret = remove_device(control, name, DM_DEFERRED_REMOVE);
	return ret;
}

void undo_verity(const struct step *step, struct box *box)
{
	fd_close(&box->devices[step->flags].verity);
}

/* Loads the module that has it, too. Linux 5.5; before, what is loaded is listed. */
bool host_has_verity(void)
{
	autoclose int control = openat(AT_FDCWD, "/dev/mapper/control", O_RDWR | O_CLOEXEC);
	struct request_dm request;
	const struct dm_target_versions *at;
	size_t offset;

	if (control < 0)
		return false;
	if (ask(control, DM_GET_TARGET_VERSION, "verity", 0, &request) == 0)
		return true;
	if (ask(control, DM_LIST_VERSIONS, "", 0, &request) < 0)
		return false;
	for (offset = request.head.data_start; offset + sizeof(*at) < sizeof(request);
	     offset += at->next) {
		at = (const void *)((const char *)&request + offset);
		if (strcmp(at->name, "verity") == 0)
			return true;
		if (!at->next)
			break;
	}
	return false;
}

/* What a killed davit made and nobody uses. */
void verity_tidy(void)
{
	autoclose int control = openat(AT_FDCWD, "/dev/mapper/control", O_RDWR | O_CLOEXEC);
	union {
		struct dm_ioctl head;
		char bytes[NAMES];
	} list = { .bytes = "" };
	const struct dm_name_list *at;
	size_t offset;

	if (control < 0)
		return;
	list.head.version[0] = DM_VERSION_MAJOR;
	list.head.data_size = sizeof(list);
	list.head.data_start = sizeof(list.head);
	if (ioctl(control, DM_LIST_DEVICES, &list) < 0)
		return;
	for (offset = list.head.data_start; offset + sizeof(*at) < sizeof(list); offset += at->next) {
		at = (const void *)(list.bytes + offset);
		if (at->dev && strncmp(at->name, prefix, sizeof(prefix) - 1) == 0)
			(void)remove_device(control, at->name, 0);
		if (!at->next)
			break;
	}
}
