/* SPDX-License-Identifier: MIT */
/* The names of capabilities, and Docker's default list. Source: capabilities(7), linux/capability.h. */
#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "sandbox/capability.h"

static const char *const names[] = {
	"CHOWN",
	"DAC_OVERRIDE",
	"DAC_READ_SEARCH",
	"FOWNER",
	"FSETID",
	"KILL",
	"SETGID",
	"SETUID",
	"SETPCAP",
	"LINUX_IMMUTABLE",
	"NET_BIND_SERVICE",
	"NET_BROADCAST",
	"NET_ADMIN",
	"NET_RAW",
	"IPC_LOCK",
	"IPC_OWNER",
	"SYS_MODULE",
	"SYS_RAWIO",
	"SYS_CHROOT",
	"SYS_PTRACE",
	"SYS_PACCT",
	"SYS_ADMIN",
	"SYS_BOOT",
	"SYS_NICE",
	"SYS_RESOURCE",
	"SYS_TIME",
	"SYS_TTY_CONFIG",
	"MKNOD",
	"LEASE",
	"AUDIT_WRITE",
	"AUDIT_CONTROL",
	"SETFCAP",
	"MAC_OVERRIDE",
	"MAC_ADMIN",
	"SYSLOG",
	"WAKE_ALARM",
	"BLOCK_SUSPEND",
	"AUDIT_READ",
	"PERFMON",
	"BPF",
	"CHECKPOINT_RESTORE",
};

enum { NAME_COUNT = sizeof(names) / sizeof(names[0]), LIKE_DISTANCE = 3 };

#define MASK(number) (UINT64_C(1) << (number))

uint64_t capability_defaults(void)
{
	return MASK(CAP_CHOWN) | MASK(CAP_DAC_OVERRIDE) | MASK(CAP_FOWNER) | MASK(CAP_FSETID) |
	       MASK(CAP_KILL) | MASK(CAP_SETGID) | MASK(CAP_SETUID) | MASK(CAP_SETPCAP) |
	       MASK(CAP_NET_BIND_SERVICE) | MASK(CAP_NET_RAW) | MASK(CAP_SYS_CHROOT) |
	       MASK(CAP_MKNOD) | MASK(CAP_AUDIT_WRITE) | MASK(CAP_SETFCAP);
}

uint64_t capability_all(void)
{
	return MASK(NAME_COUNT) - 1;
}

static const char *without_prefix(const char *name)
{
	return strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;
}

int capability_parse(uint64_t *mask, const char *name)
{
	unsigned int i;

	name = without_prefix(name);
	if (strcasecmp(name, "ALL") == 0) {
		*mask = capability_all();
		return 0;
	}
	for (i = 0; i < NAME_COUNT; i++) {
		if (strcasecmp(name, names[i]) == 0) {
			*mask = MASK(i);
			return 0;
		}
	}
	return -EINVAL;
}

const char *capability_name(unsigned int number)
{
	return number < NAME_COUNT ? names[number] : NULL;
}

const char *capability_like(const char *name)
{
	const char *best = NULL;
	char upper[32];
	unsigned int i, least = LIKE_DISTANCE;

	name = without_prefix(name);
	if (strlen(name) >= sizeof(upper))
		return NULL;
	for (i = 0; name[i]; i++)
		upper[i] = (char)toupper((unsigned char)name[i]);
	upper[i] = '\0';
	for (i = 0; i < NAME_COUNT; i++) {
		unsigned int distance = text_distance(upper, names[i]);

		if (distance < least) {
			least = distance;
			best = names[i];
		}
	}
	return best;
}
