/* SPDX-License-Identifier: MIT */
/* Steps that write into the sandbox's own /proc what only some launches ask for, and read it back. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
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

/* Its namespaces are those of the process that opens it. proc(5) has no links there. */
int step_sysctl(const struct step *step, struct box *box)
{
	return write_and_read(box->tops[BOX_PROC], step->target + sizeof("/proc/") - 1, step->data);
}

int step_oom_score(const struct step *step, struct box *box)
{
	(void)box;
	return write_and_read(AT_FDCWD, "/proc/self/oom_score_adj", step->data);
}
