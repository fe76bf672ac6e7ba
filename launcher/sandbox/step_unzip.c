/* SPDX-License-Identifier: MIT */
/* Box step: the files of a plain zip, written into the stage, whose size caps them. */
#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "image/zip_extract.h"
#include "sandbox/step.h"

/* Which member is at fault was said already. */
int step_unzip(const struct step *step, struct box *box)
{
	const struct image *image = box->plan->sandbox->image;
	autoclose int fd = openat(AT_FDCWD, step->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return zip_extract(fd, image->zip, image->fd, image->path) < 0 ? -STEP_SAID : 0;
}
