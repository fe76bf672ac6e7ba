/* SPDX-License-Identifier: MIT */
/* Steps of an app whose root is kept: its folder is locked on the host, and holds the upper layer in the box. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/tree.h"
#include "sandbox/kept.h"
#include "sandbox/state.h"
#include "sandbox/step.h"

enum { BOX_NOTE_SIZE = 80 };

/* For a davit that tidies up after this one was killed: the app has not written to it yet. */
static int note(const struct step *step, const struct box *box)
{
	char path[BOX_NOTE_SIZE];

	if (access(step->target, F_OK) == 0)
		return 0;
	snprintf(path, sizeof(path), "%s/" STATE_KEPT, box->plan->sandbox->name);
	return symlinkat(step->target, box->run_root, path) < 0 ? -errno : 0;
}

int step_keep(const struct step *step, struct box *box)
{
	int ret = note(step, box);

	if (ret < 0)
		return ret;
	box->kept_state = kept_open(step->target, &box->kept_made);
	return box->kept_state < 0 ? box->kept_state : 0;
}

/* A launch that failed leaves no folder that was not there before. */
void undo_keep(const struct step *step, struct box *box)
{
	const bool useless = box->kept_state >= 0 && box->kept_made && !box->started;

	fd_close(&box->kept_state);
	if (useless)
		kept_unmake(step->target);
}

/* What the app has on the disk shall be found there, from its first fsync on: where there is a work
 * directory, the upper one is on the disk, even if the davit that made them was killed then. */
static int make_parts(int dir)
{
	if (faccessat(dir, "work", F_OK, 0) == 0)
		return 0;
	if (mkdirat(dir, "upper", 0755) < 0 && errno != EEXIST)
		return -errno;
	if (fsync(dir) < 0)
		return -errno;
	return mkdirat(dir, "work", 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* Opened again in the box's mount namespace, and the same one; a bind mount takes its flags only
 * when it is mounted again. */
int step_upper(const struct step *step, struct box *box)
{
	autoclose int fd = tree_open_plain(step->source, O_RDONLY | O_DIRECTORY);
	char path[BOX_PATH_SIZE];
	struct stat here, there;
	int ret;

	if (fd < 0)
		return fd;
	if (fstat(fd, &here) < 0 || fstat(box->kept_state, &there) < 0)
		return -errno;
	if (here.st_dev != there.st_dev || here.st_ino != there.st_ino)
		return -ESTALE;
	ret = make_parts(fd);
	if (ret < 0)
		return ret;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (mkdir(step->target, 0755) < 0 || mount(path, step->target, NULL, MS_BIND, NULL) < 0 ||
	    mount(NULL, step->target, NULL, MS_REMOUNT | MS_BIND | step->flags, NULL) < 0)
		return -errno;
	return 0;
}
