/* SPDX-License-Identifier: MIT */
/* A davit.conf of any text, held against a sandbox of any shape: what is allowed is within it. The
 * first two bytes are the sandbox's shape. */
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sandbox/capability.h"
#include "sandbox/decide.h"
#include "sandbox/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SPACES (CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWCGROUP)

static const struct volume volumes[] = { { .source = "/srv/data/x", .target = "/x", .read_only = true },
					 { .source = "/srv/data", .target = "/x" },
					 { .source = "/srv/data/../k", .target = "/x" },
					 { .source = "/", .target = "/x" } };
static const struct device devices[] = {
	{ .source = "/dev/ttyS0", .real = "/dev/ttyS0", .type = S_IFCHR, .number = 0x440 },
	{ .source = "/dev/ttyS1", .real = "/dev/mem", .type = S_IFCHR, .number = 0x101 },
	{ .source = "/dev/a/../mem", .target = "/dev/mem" },
	{ .source = "/dev/sda", .real = "/dev/sda", .type = S_IFBLK, .number = 0x800 },
};

static struct sandbox make_sandbox(unsigned int shape, const struct image *image)
{
	struct sandbox sandbox = {
		.image = image,
		.capabilities = capability_defaults() | (shape & 1 ? capability_all() : 0),
		.ambient = shape & 2 ? UINT64_C(1) << (shape >> 8 & 31) : 0,
		.namespaces = shape & 4 ? SPACES : SPACES & ~((unsigned long)shape << 20),
		.volumes = &volumes[shape >> 4 & 3],
		.volume_count = shape >> 3 & 1,
		.devices = &devices[shape >> 6 & 3],
		.device_count = shape >> 12 & 1,
		.limits = { .memory = (uint64_t)(shape >> 13) << 20,
			    .cpu = shape >> 13 & 3,
			    .pids = shape >> 14 },
	};

	return sandbox;
}

static void check(int wrong)
{
	if (wrong)
		abort();
}

/* What was said to be allowed, once more and in other words. */
static void check_allowed(const struct sandbox *sandbox, const struct policy *policy)
{
	const struct policy_line *lines = policy->lines;

	if (lines[POLICY_CAPABILITIES].number)
		check((sandbox->capabilities & ~policy->capabilities) != 0);
	if (lines[POLICY_NETWORKS].number && !(sandbox->namespaces & CLONE_NEWNET))
		check(!strstr(lines[POLICY_NETWORKS].text, "host"));
	if (lines[POLICY_MEMORY].number)
		check(!sandbox->limits.memory || sandbox->limits.memory > policy->memory);
	if (lines[POLICY_PIDS_PER_APP].number)
		check(!sandbox->limits.pids || sandbox->limits.pids > policy->pids_per_app);
	if (lines[POLICY_PATHS].number && sandbox->volume_count) {
		check(!policy->path_count || strstr(sandbox->volumes->source, "..") != NULL);
		/* Of the host's root, nothing but the root itself is above. */
		if (strcmp(sandbox->volumes->source, "/") == 0)
			check(!strchr(lines[POLICY_PATHS].text, '/'));
	}
	if (lines[POLICY_DEVICES].number && sandbox->device_count)
		check(!policy->device_count ||
		      (!sandbox->devices->real && strstr(sandbox->devices->source, "..")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct host host = { .cgroup_namespace = true };
	const struct image image = { .kind = size & 1 ? IMAGE_DIRECTORY : IMAGE_LAYERS,
				     .path = "/srv/app",
				     .fd = -1 };
	struct arena arena = { 0 };
	struct sandbox sandbox;
	struct policy policy;
	char *text;

	if (size < 2)
		return 0;
	text = calloc(1, size - 1);
	if (!text)
		return 0;
	memcpy(text, data + 2, size - 2);
	sandbox = make_sandbox(data[0] | (unsigned int)data[1] << 8, &image);
	if (policy_parse(&policy, &arena, "davit.conf", text) == 0 &&
	    decide_policy(&sandbox, &arena, &policy, &host) == 0)
		check_allowed(&sandbox, &policy);
	arena_close(&arena);
	free(text);
	return 0;
}
