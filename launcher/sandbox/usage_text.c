/* SPDX-License-Identifier: MIT */
/* How much, out of the kernel's tables: network interfaces, block devices of a cgroup. */
#include <string.h>

#include "base/text.h"
#include "sandbox/usage.h"

/* More than can be counted is as much as can be counted. */
static void add(uint64_t *sum, uint64_t more)
{
	*sum = more > UINT64_MAX - *sum ? UINT64_MAX : *sum + more;
}

/* "  eth0: 1296 16 0 0 0 0 0 0 816 …": the first and the ninth number. Two lines of titles have no colon. */
void usage_add_network(struct usage *usage, const char *text)
{
	enum { SENT = 8 };

	while (*text) {
		const char *name = text + strspn(text, " "), *at;
		size_t length = strcspn(name, ":\n");
		uint64_t received = 0, sent = 0;
		int i;

		text += strcspn(text, "\n");
		text += *text == '\n';
		if (name[length] != ':' || (length == 2 && strncmp(name, "lo", 2) == 0))
			continue;
		at = name + length + 1;
		at += strspn(at, " ");
		(void)text_field(&received, at, "");
		for (i = 0; i < SENT; i++) {
			at += strcspn(at, " \n");
			at += strspn(at, " ");
		}
		if (at < text && text_field(&sent, at, "") == 0) {
			add(&usage->received, received);
			add(&usage->sent, sent);
		}
	}
}

static void add_words(uint64_t *sum, const char *line, const char *end, const char *name)
{
	const char *at = strstr(line, name);
	uint64_t number;

	if (at && at < end && text_field(&number, at, name) == 0)
		add(sum, number);
}

void usage_add_io2(struct usage *usage, const char *text)
{
	while (*text) {
		const char *end = text + strcspn(text, "\n");

		add_words(&usage->read, text, end, " rbytes=");
		add_words(&usage->written, text, end, " wbytes=");
		text = end + (*end == '\n');
	}
}
