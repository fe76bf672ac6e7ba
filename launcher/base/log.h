/* SPDX-License-Identifier: MIT */
/* What davit says to people: one line per error, on standard error. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/* Say "davit: MESSAGE: what err means" once, where the context is known. err is a positive errno,
 * or 0 when the message needs no such reason. Returns -err, or -EINVAL for 0, to be passed on. */
int fail(int err, const char *format, ...) __attribute__((format(printf, 2, 3), cold));

/* ON: until it is off again fail() says nothing, while a thing is tried that may be anything. */
void log_hush(bool on);

/* Until it is NULL again, each line of fail() and warn() begins with FILE, which stays the
 * caller's: what is read there is understood elsewhere. */
void log_about(const char *file);

/* Say "davit: warning: MESSAGE"; for what is worth knowing and changes nothing. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2), cold));

/* Write all of TEXT to standard output. Returns 0, or -errno said by fail(). */
int say(const char *text);

#endif
