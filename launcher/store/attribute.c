/* SPDX-License-Identifier: MIT */
/* Choose extended attributes by their names. */
#include <string.h>

#include "store/attribute.h"

static bool begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

bool attribute_is_kept(const char *name)
{
	return strcmp(name, "security.capability") == 0 ||
	       (begins(name, "user.") && !begins(name, "user.overlay."));
}
