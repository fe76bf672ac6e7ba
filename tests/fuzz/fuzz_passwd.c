/* SPDX-License-Identifier: MIT */
/* Users and groups out of files of any bytes: the first line asks, the rest is the file. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/passwd.h"

enum { GROUPS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *file;
	struct passwd_user user;
	gid_t gid, list[GROUPS];
	int count;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	file = strchr(text, '\n');
	if (file)
		*file++ = '\0';
	if (passwd_find_user(&user, file, text) == 0) {
		if (user.uid == (uid_t)-1 || user.gid == (gid_t)-1 ||
		    strlen(user.name) >= sizeof(user.name) || strlen(user.home) >= sizeof(user.home))
			abort();
	}
	if (passwd_find_group(&gid, file, text) == 0 && gid == (gid_t)-1)
		abort();
	count = passwd_find_memberships(list, GROUPS, file, text);
	if (count > GROUPS)
		abort();
	while (count > 0) {
		if (list[--count] == (gid_t)-1)
			abort();
	}
	free(text);
	return 0;
}
