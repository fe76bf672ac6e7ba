/* SPDX-License-Identifier: MIT */
/* --sysctl: only settings that each namespace has for itself, and only of a namespace of the sandbox's own. */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "sandbox/decide.h"

enum { NAME_MOST = 128, VALUE_MOST = 256 };

/* Docker's and podman's list. A dot at the end: and all that is below it. */
static const struct {
	const char *name;
	unsigned long namespace;
	const char *option; /* that leaves this namespace to the host */
} known[] = {
	{ "kernel.msgmax", CLONE_NEWIPC, "ipc" },
	{ "kernel.msgmnb", CLONE_NEWIPC, "ipc" },
	{ "kernel.msgmni", CLONE_NEWIPC, "ipc" },
	{ "kernel.sem", CLONE_NEWIPC, "ipc" },
	{ "kernel.shmall", CLONE_NEWIPC, "ipc" },
	{ "kernel.shmmax", CLONE_NEWIPC, "ipc" },
	{ "kernel.shmmni", CLONE_NEWIPC, "ipc" },
	{ "kernel.shm_rmid_forced", CLONE_NEWIPC, "ipc" },
	{ "kernel.domainname", CLONE_NEWUTS, "uts" },
	{ "fs.mqueue.", CLONE_NEWIPC, "ipc" },
	{ "net.", CLONE_NEWNET, "network" },
};

/* Seen in every network namespace, but one for all of them in some kernels. */
static const char *const global[] = {
	"net.netfilter.nf_conntrack_max", "net.netfilter.nf_conntrack_expect_max",
	"net.nf_conntrack_max",           "net.core.bpf_jit_",
	"net.netfilter.nf_log.",
};

static bool begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

/* Its row, or the number of rows. Names are such that no path of them leads elsewhere. */
static size_t known_find(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	const size_t count = sizeof(known) / sizeof(known[0]), length = strlen(name);
	size_t i;

	if (!length || name[strspn(name, letters)] || strstr(name, "..") || name[length - 1] == '.')
		return count;
	for (i = 0; i < sizeof(global) / sizeof(global[0]); i++) {
		if (begins(name, global[i]))
			return count;
	}
	for (i = 0; i < count; i++) {
		const size_t end = strlen(known[i].name) - 1;

		if (known[i].name[end] == '.' ? begins(name, known[i].name) :
						strcmp(name, known[i].name) == 0)
			return i;
	}
	return count;
}

static int sysctl_decide(struct sysctl *sysctl, struct arena *arena, const char *text,
			 unsigned long namespaces)
{
	const size_t length = strcspn(text, "=");
	char *name = arena_print(arena, "%.*s", (int)length, text), *path, *at;
	size_t row;

	if (!name)
		return fail(ENOMEM, "--sysctl");
	if (!text[length] || !text[length + 1] || length > NAME_MOST ||
	    strlen(text + length + 1) > VALUE_MOST || strpbrk(text, "\n\r"))
		return fail(0, "--sysctl %s: expected NAME=VALUE, such as net.core.somaxconn=256",
			    text);
	row = known_find(name);
	if (row == sizeof(known) / sizeof(known[0]))
		return fail(0,
			    "--sysctl %s: not one that each sandbox has for itself (kernel.msg*, kernel.sem, kernel.shm*, fs.mqueue.*, net.*)",
			    text);
	if (!(namespaces & known[row].namespace))
		return fail(0, "--sysctl %s: with --%s host it would be this machine's", text,
			    known[row].option);
	path = arena_print(arena, "/proc/sys/%s", name);
	for (at = path ? path + strlen("/proc/sys/") : NULL; at && *at; at++) {
		if (*at == '.')
			*at = '/';
	}
	sysctl->path = path;
	sysctl->value = text + length + 1;
	return path ? 0 : fail(ENOMEM, "--sysctl");
}

int decide_sysctls(struct sandbox *sandbox, struct arena *arena, const struct texts *wanted)
{
	struct sysctl *list;
	size_t i;
	int ret = 0;

	if (!wanted->count)
		return 0;
	if (!CONFIG_SYSCTL)
		return fail(0, "--sysctl: not in this build (CONFIG_SYSCTL)");
	list = arena_alloc(arena, wanted->count * sizeof(*list));
	if (!list)
		return fail(ENOMEM, "--sysctl");
	for (i = 0; i < wanted->count && ret == 0; i++)
		ret = sysctl_decide(&list[i], arena, wanted->items[i], sandbox->namespaces);
	sandbox->sysctls = list;
	sandbox->sysctl_count = wanted->count;
	return ret;
}
