/* SPDX-License-Identifier: MIT */
/* When something is, as servers write it. Source: RFC 9110, section 5.6.7. */
#ifndef REGISTRY_HTTP_DATE_H
#define REGISTRY_HTTP_DATE_H

#include <stdbool.h>
#include <stdint.h>

/* TEXT, "Sun, 06 Nov 1994 08:49:37 GMT", in *seconds since 1970. False for anything else: the two
 * older forms that nobody sends any more too. */
bool http_date_parse(uint64_t *seconds, const char *text);

#endif
