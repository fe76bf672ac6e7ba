/* SPDX-License-Identifier: MIT */
/* What the verbs that take names of sandboxes have in common. */
#ifndef COMMANDS_BOXES_H
#define COMMANDS_BOXES_H

#include "base/sys.h"
#include "commands/commands.h"
#include "commands/verb_options.h"
#include "sandbox/record.h"

/* What is done to one of them, with the verb's options. Returns 0 or -errno, said by fail(). */
typedef int box_act(struct arena *arena, const struct record *record, const void *values);

/* Read ARGV, the verb and what follows, into VALUES; CHECK them (NULL: nothing to check, returns 0
 * or -errno, said); then ACT on each sandbox that is named, each by itself, and print its name when
 * that went well. Returns the exit code. */
int boxes_each(char **argv, void *values, int (*check)(const void *values), box_act *act);
/* Asked first about each name, when given: 0 or -errno, said by fail(), when it has done all that
 * is to be done, or 1 for ACT to be called. */
typedef int box_first(struct arena *arena, const char *name);
int boxes_each_first(char **argv, void *values, box_first *first, box_act *act);
/* The same, but ACT prints what there is to be printed. */
int boxes_each_quietly(char **argv, void *values, int (*check)(const void *values), box_act *act);
/* The same for just one. */
int boxes_one(char **argv, void *values, int (*check)(const void *values), box_act *act);
/* Whether no other davit is bringing up a version of that app. Returns 0, or -EAGAIN said. */
int boxes_check_free(const struct record *record);

#endif
