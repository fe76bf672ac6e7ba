/* SPDX-License-Identifier: MIT */
/* /etc/davit/apps/NAME.conf: an app as its operator describes it. */
#ifndef COMMANDS_APP_CONF_H
#define COMMANDS_APP_CONF_H

#include "base/arena.h"
#include "sandbox/request.h"

enum { UPDATE_SECONDS_MOST = 86400 };

/* Lines KEY = VALUE; # begins a line that is a comment. A key is a long option of davit run, there
 * again for each of several values; or one of these: */
struct app_conf {
	const char *image;   /* a name in the store, or NULL */
	const char *state;   /* "keep" or "snapshot", or NULL */
	const char *healthy; /* healthy-after: seconds, or NULL */
	const char *timeout; /* seconds, or NULL */
	const char *notify;  /* "true" or "false", or NULL */
	/* command: words between blanks, or a list as in JSON; goes to the request */
};

/* Take TEXT apart, the contents of FILE, into OUT and REQUEST; the strings are ARENA's. Pure.
 * Returns 0 or -errno, said with file and line. */
int app_conf_parse(struct app_conf *out, struct request *request, struct arena *arena,
		   const char *file, const char *text);
/* The text of that file of the app NAME, NULL where there is none; *file is its path. It, and the
 * directories that it is in, must be root's alone. Returns 0 or -errno, said. */
int app_conf_read(const char **text, const char **file, struct arena *arena, const char *name);

#endif
