/* SPDX-License-Identifier: MIT */
/* Box step: who the app is, looked up in the image's own passwd and group files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "base/tree.h"
#include "config.h"
#include "sandbox/passwd.h"
#include "sandbox/step.h"

enum { FILE_ROOM = 16384, USER_ROOM = 128 };

/* -1 means "unchanged" to the system calls. */
#define ID_MAX (UINT32_MAX - 1)

/* Read a file of the image, which may be anything: only a regular file is read, and without
 * waiting. A missing file is an empty one. */
static int read_image_file(char *buffer, const struct box *box, const char *path)
{
	autoclose int fd = tree_open(box->root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t got;
	size_t used = 0;

	buffer[0] = '\0';
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EMEDIUMTYPE;
	/* A file of procfs has no size, and reading it may be more than reading: a link could lead to /proc/kmsg. */
	if (st.st_size == 0)
		return 0;
	while ((got = read(fd, buffer + used, FILE_ROOM - used)) > 0) {
		used += (size_t)got;
		if (used == FILE_ROOM)
			return -EFBIG;
	}
	if (got < 0)
		return -errno;
	/* A NUL ends the text early, which loses entries but invents none. */
	buffer[used] = '\0';
	return 0;
}

static int set_groups(struct box *box, char *text, const char *group, const struct passwd_user *user)
{
	int ret = read_image_file(text, box, "/etc/group");

	if (ret < 0)
		return ret;
	if (group)
		return passwd_find_group(&box->gid, text, group);
	ret = passwd_find_memberships(box->groups, BOX_GROUPS_MAX, text, user->name);
	if (ret < 0)
		return ret;
	box->group_count = ret;
	return 0;
}

/* UID or UID:GID, which the decision has looked at already. */
static int set_numbers(struct box *box, const char *user, const char *group)
{
	uint64_t uid = 0, gid = 0;
	int ret = text_number(&uid, user, ID_MAX);

	if (ret == 0 && group)
		ret = text_number(&gid, group, ID_MAX);
	box->uid = (uid_t)uid;
	box->gid = (gid_t)gid;
	snprintf(box->home, sizeof(box->home), "HOME=/");
	return ret;
}

int step_group(const struct step *step, struct box *box)
{
	char text[FILE_ROOM];
	uint64_t number = 0;
	gid_t gid = 0;
	int i, ret;

	if (CONFIG_USER_NAMES) {
		ret = read_image_file(text, box, "/etc/group");
		if (ret == 0)
			ret = passwd_find_group(&gid, text, step->data);
	} else {
		ret = text_number(&number, step->data, ID_MAX);
		gid = (gid_t)number;
	}
	for (i = 0; ret == 0 && i < box->group_count; i++) {
		if (box->groups[i] == gid)
			return 0;
	}
	if (ret == 0 && box->group_count == BOX_GROUPS_MAX)
		ret = -E2BIG;
	if (ret == 0)
		box->groups[box->group_count++] = gid;
	return ret;
}

/* Docker's rule: USER:GROUP has just that group; USER alone has the primary group and all memberships. */
int step_user(const struct step *step, struct box *box)
{
	char text[FILE_ROOM], user[USER_ROOM];
	const char *colon = strchr(step->data, ':');
	size_t length = colon ? (size_t)(colon - step->data) : strlen(step->data);
	struct passwd_user entry = { 0 };
	int ret;

	if (length >= sizeof(user))
		return -ENAMETOOLONG;
	memcpy(user, step->data, length);
	user[length] = '\0';
	if (!CONFIG_USER_NAMES)
		return set_numbers(box, user, colon ? colon + 1 : NULL);
	ret = read_image_file(text, box, "/etc/passwd");
	if (ret == 0)
		ret = passwd_find_user(&entry, text, user);
	if (ret < 0)
		return ret;
	box->uid = entry.uid;
	box->gid = entry.gid;
	snprintf(box->home, sizeof(box->home), "HOME=%s", entry.home[0] ? entry.home : "/");
	return set_groups(box, text, colon ? colon + 1 : NULL, &entry);
}
