/* SPDX-License-Identifier: MIT */
/* Signals by name and number. */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

/* "TERM", "SIGTERM" and "sigterm" are 15, as "15" is; "RTMIN+3" and "RTMAX-1" count from these. Returns 0 or -EINVAL. */
int signal_parse(int *number, const char *text);
/* "TERM" of 15, or NULL when NUMBER has no name of its own. */
const char *signal_name(int number);

#endif
