/* SPDX-License-Identifier: MIT */
/* Steps that write into the sandbox's own /proc what only some launches ask for, and read it back. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"
#include "sandbox/step.h"

enum { VALUE_ROOM = 512 };

static const char blanks[] = " \t\n";

/* Numbers come back with other blanks between them. */
static bool same_words(const char *a, const char *b)
{
	for (;;) {
		size_t length;

		a += strspn(a, blanks);
		b += strspn(b, blanks);
		length = strcspn(a, blanks);
		if (length != strcspn(b, blanks) || strncmp(a, b, length) != 0)
			return false;
		if (!length)
			return true;
		a += length;
		b += length;
	}
}

static int write_and_read(int dir, const char *path, const char *value)
{
	char text[VALUE_ROOM];
	ssize_t got;
	int ret = sys_write_file(dir, path, value);

	if (ret < 0)
		return ret;
	got = sys_read_file(text, sizeof(text), dir, path);
	if (got < 0)
		return (int)got;
	return same_words(text, value) ? 0 : -ECANCELED;
}

/* In a user namespace the settings are its root's, and no capability counts (Linux 6.11, ipc_permissions()).
 * The helper that writes them keeps its own while it is that user for a moment. */
static int write_as_owner(int dir, const char *path, const char *value)
{
	const uid_t before = geteuid();
	const int files = setfsuid((uid_t)-1);
	struct stat st;
	int ret;

	if (fstatat(dir, path, &st, 0) < 0)
		return -errno;
	if (st.st_uid == before)
		return -EACCES;
	if (setresuid((uid_t)-1, st.st_uid, (uid_t)-1) < 0)
		return -errno;
	ret = write_and_read(dir, path, value);
	if (setresuid((uid_t)-1, before, (uid_t)-1) < 0)
		return -errno;
	(void)setfsuid((uid_t)files);
	return setfsuid((uid_t)-1) == files ? ret : -EPERM;
}

/* Its namespaces are those of the process that opens it. proc(5) has no links there. */
int step_sysctl(const struct step *step, struct box *box)
{
	const char *path = step->target + sizeof("/proc/") - 1;
	int ret = write_and_read(box->tops[BOX_PROC], path, step->data);

	return ret == -EACCES ? write_as_owner(box->tops[BOX_PROC], path, step->data) : ret;
}

int step_oom_score(const struct step *step, struct box *box)
{
	(void)box;
	return write_and_read(AT_FDCWD, "/proc/self/oom_score_adj", step->data);
}
