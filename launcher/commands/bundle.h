/* SPDX-License-Identifier: MIT */
/* A davit that has an image behind its own program, in the same file, and launches it when it is started. */
#ifndef COMMANDS_BUNDLE_H
#define COMMANDS_BUNDLE_H

#include <stddef.h>

#include "commands/commands.h"

/* What davit bundle puts into the program: where in its file the zip begins. MARK_SIZE bytes. */
enum { MARK_HEAD = 24, MARK_DIGITS = 20, MARK_SIZE = MARK_HEAD + MARK_DIGITS };

/* The reference of the image behind this program. */
#define BUNDLE_SELF "/proc/self/exe"
/* The mark in SIZE bytes of a program, or NULL when there is none, or more than one. */
char *bundle_find_mark(char *program, size_t size);

#endif
