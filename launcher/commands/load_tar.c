/* SPDX-License-Identifier: MIT */
/* A tar of images is read as the image layout that it is turned into. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "build/tar_read.h"
#include "commands/load_tar.h"
#include "store/tar_layout.h"

/* Where images are made, a tar may also be packed in ways that no layer is: *fd is what comes out,
 * which UNPACKED has. */
static int unpack(int *fd, struct store_writer *unpacked, const struct store *store, const char *name)
{
	struct digest digest;
	bool packed = false;
	int ret = store_begin(unpacked, store);

	if (ret == 0 && lseek(*fd, 0, SEEK_SET) < 0)
		ret = fail(errno, "%s", name);
	if (ret == 0)
		ret = tar_unpack(&digest, &packed, unpacked, *fd, name);
	if (ret < 0 || !packed)
		return ret;
	fd_close(fd);
	*fd = fcntl(unpacked->fd, F_DUPFD_CLOEXEC, 3);
	return *fd < 0 ? fail(errno, "%s", name) : 0;
}

int load_tar(struct source *source, struct arena *arena, struct store_writer *writer,
	     const struct store *store, const char *path)
{
	const char *name = path ? path : "standard input";
	const int input = writer->fd >= 0 ? writer->fd : STDIN_FILENO;
	autoclose int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) :
				  fcntl(input, F_DUPFD_CLOEXEC, 3);
	struct store_writer layout = { .fd = -1 }, unpacked = { .fd = -1 };
	int ret = 0;

	if (fd < 0)
		return fail(errno, "open %s", name);
	if (!tar_layout_is_likely(fd))
		return -ENOENT;
	if (CONFIG_BUILD)
		ret = unpack(&fd, &unpacked, store, name);
	if (ret == 0)
		ret = tar_layout(&layout, arena, store, fd, name);
	store_abandon(&unpacked);
	store_abandon(writer);
	*writer = layout;
	if (ret < 0)
		return ret;
	fd_close(&fd);
	fd = fcntl(layout.fd, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? fail(errno, "%s", name) :
			source_open_fd(source, arena, steal_fd(&fd), 0, name);
}
