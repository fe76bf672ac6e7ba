/* SPDX-License-Identifier: MIT */
/* Choose extended attributes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "build/layer_attributes.h"

enum { NAMES_SIZE = 65536, VALUES_SIZE = 256 * 1024 };

static bool is(const char *name, const char *what)
{
	return strcmp(name, what) == 0;
}

/* An overlay of a user keeps its notes in user.overlay. */
static const char *kept_name(const char *name)
{
	if (is(name, ATTRIBUTE_OPAQUE) || is(name, "user.overlay.opaque"))
		return ATTRIBUTE_OPAQUE;
	return attribute_is_kept(name) ? name : NULL;
}

static bool is_redirect(const char *name)
{
	return is(name, "trusted.overlay.redirect") || is(name, "trusted.overlay.metacopy") ||
	       is(name, "user.overlay.redirect") || is(name, "user.overlay.metacopy");
}

static int by_name(const void *a, const void *b)
{
	const struct pax_attribute *one = a, *other = b;

	return strcmp(one->name, other->name);
}

static int read_one(struct attributes *out, int fd, const char *name, size_t *used)
{
	const char *kept = kept_name(name);
	char *value = out->room + NAMES_SIZE + *used;
	ssize_t size;

	if (is_redirect(name))
		out->redirected = true;
	if (!kept)
		return 0;
	if (out->count == PAX_ATTRIBUTES_MOST)
		return -E2BIG;
	size = fgetxattr(fd, name, value, VALUES_SIZE - *used);
	if (size < 0)
		return errno == ERANGE ? -E2BIG : -errno;
	*used += (size_t)size;
	out->list[out->count++] = (struct pax_attribute){ kept, value, (size_t)size };
	return 0;
}

int attributes_read(struct attributes *out, int fd)
{
	ssize_t length = flistxattr(fd, NULL, 0);
	size_t at, used = 0;
	int ret = 0;

	out->count = 0;
	out->redirected = false;
	out->room = NULL;
	if (length <= 0)
		return length == 0 || errno == ENOTSUP ? 0 : -errno;
	out->room = malloc(NAMES_SIZE + VALUES_SIZE);
	if (!out->room)
		return -ENOMEM;
	length = flistxattr(fd, out->room, NAMES_SIZE);
	if (length < 0)
		ret = -errno;
	for (at = 0; ret == 0 && at < (size_t)length; at += strlen(out->room + at) + 1)
		ret = read_one(out, fd, out->room + at, &used);
	if (out->count > 1)
		qsort(out->list, out->count, sizeof(out->list[0]), by_name);
	if (ret < 0)
		attributes_close(out);
	return ret;
}

void attributes_close(struct attributes *attributes)
{
	free(attributes->room);
	attributes->room = NULL;
}
