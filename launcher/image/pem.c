/* SPDX-License-Identifier: MIT */
/* PEM blocks, by mbedTLS's base64. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <mbedtls/base64.h>

#include "image/pem.h"

enum { LINE = 64, LABEL_ROOM = 64, TEXT_MOST = 8192 };

int pem_decode(unsigned char *out, size_t room, const char *text, const char *label)
{
	char begin[LABEL_ROOM], end[LABEL_ROOM];
	const char *from, *to;
	size_t length;
	int ret;

	(void)snprintf(begin, sizeof(begin), "-----BEGIN %s-----", label);
	(void)snprintf(end, sizeof(end), "-----END %s-----", label);
	from = strstr(text, begin);
	if (!from)
		return -ENOENT;
	from += strlen(begin);
	to = strstr(from, end);
	if (!to || (*from != '\n' && *from != '\r'))
		return -EINVAL;
	from += strspn(from, "\r\n");
	while (to > from && (to[-1] == '\n' || to[-1] == '\r'))
		to--;
	if (to <= from || to - from > TEXT_MOST || strstr(to, begin))
		return -EINVAL;
	ret = mbedtls_base64_decode(out, room, &length, (const unsigned char *)from,
				    (size_t)(to - from));
	if (ret == MBEDTLS_ERR_BASE64_BUFFER_TOO_SMALL)
		return -E2BIG;
	return ret == 0 ? (int)length : -EINVAL;
}

int pem_encode(char *out, size_t room, const char *label, const unsigned char *data, size_t length)
{
	unsigned char base64[1024];
	size_t used, i, base64_length;

	if (mbedtls_base64_encode(base64, sizeof(base64), &base64_length, data, length) != 0)
		return -E2BIG;
	used = (size_t)snprintf(out, room, "-----BEGIN %s-----\n", label);
	for (i = 0; i < base64_length && used < room; i += LINE)
		used += (size_t)snprintf(out + used, room - used, "%.*s\n", LINE, base64 + i);
	if (used < room)
		used += (size_t)snprintf(out + used, room - used, "-----END %s-----\n", label);
	return used < room ? 0 : -E2BIG;
}
