/* SPDX-License-Identifier: MIT */
/* Users and groups out of the text of an image's own /etc/passwd and /etc/group. */
#ifndef SANDBOX_PASSWD_H
#define SANDBOX_PASSWD_H

#include <stddef.h>
#include <sys/types.h>

struct passwd_user {
	char name[64];
	uid_t uid;
	gid_t gid;
	char home[256];
};

/* Find USER, a name or a number, in the text of a passwd file (NULL: no such file). A number needs
 * no entry: its group is then 0 and its home /, as with Docker. Damaged lines are passed over.
 * Returns 0 or -ENOENT. passwd(5) */
int passwd_find_user(struct passwd_user *out, const char *text, const char *user);
/* Find GROUP, a name or a number, in the text of a group file. Returns 0 or -ENOENT. group(5) */
int passwd_find_group(gid_t *out, const char *text, const char *group);
/* The groups that list NAME as a member, at most MAX. Returns their number or -E2BIG. */
int passwd_find_memberships(gid_t *out, int max, const char *text, const char *name);

#endif
