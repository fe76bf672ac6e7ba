/* SPDX-License-Identifier: MIT */
/* Host step: a loop device that carries the image where it lies, shared with other sandboxes of the same image. */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "config.h"
#include "sandbox/step.h"

/* Others may take the free device between the question and the answer. */
enum { TRIES = 64, TRIES_AT_ONCE = 8 };

/* Of a directory, in which this sandbox's own one is the only one. */
enum { LINKS_ALONE = 3 };

/* Linux 5.8, linux/loop.h; declared here so that older headers do as well. */
struct loop_request {
	uint32_t fd;
	uint32_t block_size;
	struct loop_info64 info;
	uint64_t reserved[8];
};

#define LOOP_CONFIGURE_NUMBER 0x4C0A

/* True when device FD carries just this file, offset and length, read-only. While FD is open, it stays so. */
static int carries(int fd, const struct step *step, const struct stat *st)
{
	struct loop_info64 info;

	if (ioctl(fd, LOOP_GET_STATUS64, &info) < 0)
		return 0;
	return info.lo_device == st->st_dev && info.lo_inode == st->st_ino &&
	       info.lo_offset == step->numbers[0] && info.lo_sizelimit == step->numbers[1] &&
	       (info.lo_flags & LO_FLAGS_READ_ONLY);
}

/* There is no other sandbox whose device could be shared, as the links of the run directory tell where they are counted. */
static int is_alone(const struct box *box)
{
	struct stat st;

	return fstat(box->run_root, &st) == 0 && st.st_nlink == LINKS_ALONE;
}

static int loop_find(const struct step *step, struct box_device *device, const struct stat *st)
{
	autoclose int block = openat(AT_FDCWD, "/sys/block", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct list list;
	const char *name;
	char path[BOX_DEVICE_SIZE];

	if (block >= 0)
		list_begin(&list, block);
	while (block >= 0 && (name = list_next(&list))) {
		autoclose int fd = -1;

		if (strncmp(name, "loop", 4) != 0 || strlen(name) > 12)
			continue;
		/* The folder is there only while something is attached. */
		snprintf(path, sizeof(path), "%.16s/loop", name);
		if (faccessat(block, path, F_OK, 0) < 0)
			continue;
		snprintf(path, sizeof(path), "/dev/%.16s", name);
		fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || !carries(fd, step, st))
			continue;
		device->loop = steal_fd(&fd);
		memcpy(device->path, path, sizeof(path));
		break;
	}
	return device->loop >= 0;
}

/* Before Linux 5.8: in two steps. In between, a kill leaves the device attached without AUTOCLEAR. */
static int attach_old(int loop, int file, const struct loop_info64 *info)
{
	int ret;

	if (ioctl(loop, LOOP_SET_FD, file) < 0)
		return -errno;
	if (ioctl(loop, LOOP_SET_STATUS64, info) == 0)
		return 0;
	ret = -errno;
	ioctl(loop, LOOP_CLR_FD, 0);
	return ret;
}

static int attach(int loop, int file, const struct step *step)
{
	struct loop_request request = {
		.fd = (uint32_t)file,
		.info = { .lo_offset = step->numbers[0],
			  .lo_sizelimit = step->numbers[1],
			  .lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR },
	};

	snprintf((char *)request.info.lo_file_name, sizeof(request.info.lo_file_name), "%s",
		 step->source);
	if (ioctl(loop, LOOP_CONFIGURE_NUMBER, &request) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOTTY && errno != ENOSYS)
		return -errno;
	return attach_old(loop, file, &request.info);
}

int step_loop(const struct step *step, struct box *box)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	const int file = box->plan->sandbox->image->layers[step->flags].fd;
	struct box_device *device = &box->devices[step->flags];
	struct stat st;
	int i, ret = -EBUSY;

	if (fstat(file, &st) < 0)
		return -errno;
	if (CONFIG_LOOP_SHARE && !is_alone(box) && loop_find(step, device, &st))
		return 0;
	/* Layers behind the first one find it open. */
	if (box->loop_control < 0)
		box->loop_control = openat(AT_FDCWD, "/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (box->loop_control < 0)
		return -errno;
	for (i = 0; i < TRIES && (ret == -EBUSY || ret == -EAGAIN); i++) {
		autoclose int loop = -1;
		int number;

		/* EAGAIN: before Linux 5.8, somebody reads the device that was just attached. */
		if (i > TRIES_AT_ONCE)
			nanosleep(&pause, NULL);
		number = ioctl(box->loop_control, LOOP_CTL_GET_FREE);

		if (number < 0)
			return -errno;
		snprintf(device->path, sizeof(device->path), "/dev/loop%d", number);
		loop = openat(AT_FDCWD, device->path, O_RDONLY | O_CLOEXEC);
		if (loop < 0)
			return -errno;
		ret = attach(loop, file, step);
		if (ret == 0)
			device->loop = steal_fd(&loop);
	}
	if (ret < 0 || step->flags + 1 == box->plan->sandbox->image->layer_count)
		fd_close(&box->loop_control);
	return ret;
}

/* The last one who closes it detaches it: AUTOCLEAR. */
void undo_loop(const struct step *step, struct box *box)
{
	fd_close(&box->devices[step->flags].loop);
}
