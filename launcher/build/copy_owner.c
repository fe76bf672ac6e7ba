/* SPDX-License-Identifier: MIT */
/* --chown: whose copied files become, by the users and groups of the image. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "base/tree.h"
#include "build/copy_owner.h"
#include "sandbox/passwd.h"

enum { FILE_ROOM = 65536 };

static int read_text(char *text, int root, const char *path)
{
	autoclose int fd = tree_open(root, path, O_RDONLY | O_NONBLOCK);
	struct stat st;
	ssize_t got;

	text[0] = '\0';
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return fd == -ENOENT ? 0 : fd < 0 ? fd : -EINVAL;
	got = read(fd, text, FILE_ROOM - 1);
	if (got < 0)
		return -errno;
	text[got] = '\0';
	return got == FILE_ROOM - 1 ? -EFBIG : 0;
}

/* USER[:GROUP] by the users and groups of the image; the group of a user alone is its own, of a
 * number alone the same number. */
int copy_owner(struct copying *copying, const struct dockerfile *dockerfile,
	       const struct instruction *one, const char *owner)
{
	const char *colon = strchr(owner, ':');
	const size_t length = colon ? (size_t)(colon - owner) : strlen(owner);
	char *user = arena_copy(copying->arena, owner, length),
	     *text = arena_alloc(copying->arena, FILE_ROOM);
	struct passwd_user entry = { 0 };
	uint64_t number;
	int ret;

	if (!user || !text)
		return fail(ENOMEM, "--chown");
	ret = read_text(text, copying->to, "etc/passwd");
	if (ret == 0)
		ret = passwd_find_user(&entry, text, user[0] ? user : "0");
	if (ret < 0)
		return dockerfile_refuse(dockerfile, one,
					 "--chown=%s: no such user in the image's /etc/passwd",
					 owner);
	copying->has_owner = true;
	copying->uid = entry.uid;
	copying->gid = text_number(&number, user, UINT32_MAX - 1) == 0 ? (gid_t)number : entry.gid;
	if (!colon)
		return 0;
	ret = read_text(text, copying->to, "etc/group");
	if (ret == 0)
		ret = passwd_find_group(&copying->gid, text, colon + 1);
	return ret < 0 ? dockerfile_refuse(dockerfile, one,
					   "--chown=%s: no such group in the image's /etc/group",
					   owner) :
			 0;
}
