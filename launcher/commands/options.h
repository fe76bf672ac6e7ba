/* SPDX-License-Identifier: MIT */
/* The options of a launch: one table for the command line, its help, and the keys of .conf files. */
#ifndef COMMANDS_OPTIONS_H
#define COMMANDS_OPTIONS_H

#include "base/arena.h"
#include "commands/verb_options.h"
#include "sandbox/request.h"

/* Ended by a row without a name. */
extern const struct option options[];
extern const struct option seccomp_options[];
/* Those of docker run that davit refuses with a reason; likewise. */
extern const struct refused_option options_refused[];
/* The options of davit exec. */
extern const struct option exec_options[];

/* Read options up to the image, the image, and the command behind it, into REQUEST; lists come from
 * ARENA. argv[0] is passed over. Returns 0, 1 when --help was asked for, or -EINVAL said by fail().
 */
int options_parse(struct request *request, struct arena *arena, int argc, char **argv);

#endif
