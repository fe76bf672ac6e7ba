/* SPDX-License-Identifier: MIT */
/* A decision against the device's policy: what goes beyond it is refused with the line that says so. */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>

#include "base/log.h"
#include "base/match.h"
#include "sandbox/capability.h"
#include "sandbox/decide.h"
#include "sandbox/policy.h"

int policy_refuse(const struct policy *policy, enum policy_key key, const char *what)
{
	const struct policy_line *line = &policy->lines[key];

	if (!what)
		return fail(ENOMEM, "policy");
	return fail(0, "%s: refused by %s:%u: %s", what, policy->file, line->number, line->text);
}

static bool has(const struct policy *policy, enum policy_key key)
{
	return policy->lines[key].number != 0;
}

/* What an app may hold unless it asks is taken as far as the policy goes, as it is taken as far as
 * davit itself goes; what was asked for must be allowed. */
static int judge_capabilities(struct sandbox *sandbox, struct arena *arena,
			      const struct policy *policy)
{
	const uint64_t asked = sandbox->ambient | (sandbox->capabilities & ~capability_defaults());
	const uint64_t beyond = asked & ~policy->capabilities;
	struct string names = { 0 };
	unsigned int i;

	if (!has(policy, POLICY_CAPABILITIES))
		return 0;
	for (i = 0; beyond && i < 64; i++) {
		const char *name = capability_name(i);

		if (beyond >> i & 1)
			string_add(arena, &names, "%s%s", names.length ? " " : "", name ? name : "?");
	}
	if (beyond)
		return policy_refuse(policy, POLICY_CAPABILITIES,
				     arena_print(arena, "capability %s",
						 names.text ? names.text : ""));
	sandbox->capabilities &= policy->capabilities;
	return 0;
}

/* A pattern is held against what the device's name leads to. A plain name of the policy means the
 * device that it leads to itself, such as /dev/serial/by-id/...; on another machine, just the name. */
static bool device_matches(const struct policy_device *allowed, const struct device *device)
{
	const char *name = device->real ? device->real : device->source;

	if (allowed->plain && allowed->type)
		return allowed->type == device->type && allowed->number == device->number;
	return policy_path_below(name, "/") && match_path(allowed->name, name);
}

static int judge_device(struct arena *arena, const struct policy *policy, const struct device *device)
{
	size_t i;

	for (i = 0; i < policy->device_count; i++) {
		if (device_matches(&policy->devices[i], device))
			return 0;
	}
	if (device->real && strcmp(device->real, device->source) != 0)
		return policy_refuse(policy, POLICY_DEVICES,
				     arena_print(arena, "device %s, which is %s", device->source,
						 device->real));
	return policy_refuse(policy, POLICY_DEVICES, arena_print(arena, "device %s", device->source));
}

/* Text is enough: whatever is bound, no part of its path is a link, or the step fails. */
static int judge_path(struct arena *arena, const struct policy *policy, const char *path,
		      bool read_only)
{
	bool readable = false;
	size_t i;

	for (i = 0; i < policy->path_count; i++) {
		if (!policy_path_below(path, policy->paths[i].path))
			continue;
		if (read_only || !policy->paths[i].read_only)
			return 0;
		readable = true;
	}
	return policy_refuse(policy, POLICY_PATHS,
			     arena_print(arena, "host path %s%s", path,
					 readable ? " for writing" : ""));
}

/* A directory that serves as an image shows that part of the host. */
static int judge_image(struct arena *arena, const struct policy *policy, const struct image *image)
{
	const char *path = policy->image_real ? policy->image_real : image->path;
	size_t i;

	for (i = 0; i < policy->image_count; i++) {
		if (policy_path_below(path, policy->images[i].path))
			return 0;
	}
	if (has(policy, POLICY_IMAGES))
		return policy_refuse(policy, POLICY_IMAGES, arena_print(arena, "image %s", path));
	if (image->kind != IMAGE_DIRECTORY || !has(policy, POLICY_PATHS))
		return 0;
	return judge_path(arena, policy, path, true);
}

static int judge_files(const struct sandbox *sandbox, struct arena *arena, const struct policy *policy)
{
	size_t i;
	int ret = judge_image(arena, policy, sandbox->image);

	for (i = 0; has(policy, POLICY_PATHS) && i < sandbox->volume_count && ret == 0; i++)
		ret = judge_path(arena, policy, sandbox->volumes[i].source,
				 sandbox->volumes[i].read_only);
	for (i = 0; has(policy, POLICY_DEVICES) && i < sandbox->device_count && ret == 0; i++)
		ret = judge_device(arena, policy, &sandbox->devices[i]);
	return ret;
}

static int judge_namespaces(const struct sandbox *sandbox, struct arena *arena,
			    const struct policy *policy, const struct host *host)
{
	static const struct {
		unsigned long flag;
		enum policy_key key;
		const char *what;
	} rows[] = {
		{ CLONE_NEWNET, POLICY_NETWORKS, "the host's network" },
		{ CLONE_NEWCGROUP, POLICY_HOST_NAMESPACES, "the host's cgroup namespace" },
		{ CLONE_NEWIPC, POLICY_HOST_NAMESPACES, "the host's ipc namespace" },
		{ CLONE_NEWPID, POLICY_HOST_NAMESPACES, "the host's pid namespace" },
		{ CLONE_NEWUTS, POLICY_HOST_NAMESPACES, "the host's uts namespace" },
	};
	const unsigned long kept = sandbox->namespaces | policy->shared |
				   (host->cgroup_namespace ? 0 : CLONE_NEWCGROUP);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (has(policy, rows[i].key) && !(kept & rows[i].flag))
			return policy_refuse(policy, rows[i].key,
					     arena_print(arena, "%s", rows[i].what));
	}
	return 0;
}

/* In thousandths; never less than the quota. */
static uint64_t cpu_most(const struct limits *limits)
{
	if (!limits->cpu || !limits->cpu_period)
		return limits->cpu;
	return (limits->cpu_quota * 1000 + limits->cpu_period - 1) / limits->cpu_period;
}

static int judge_limits(const struct sandbox *sandbox, struct arena *arena,
			const struct policy *policy)
{
	const struct limits *limits = &sandbox->limits;
	const struct {
		enum policy_key key;
		uint64_t asked, most;
		const char *option;
	} rows[] = {
		{ POLICY_MEMORY, limits->memory, policy->memory, "memory" },
		{ POLICY_MEMORY_PER_APP, limits->memory, policy->memory_per_app, "memory" },
		{ POLICY_CPUS_PER_APP, cpu_most(limits), policy->cpus_per_app, "cpus" },
		{ POLICY_PIDS_PER_APP, limits->pids, policy->pids_per_app, "pids-limit" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!has(policy, rows[i].key) || (rows[i].asked && rows[i].asked <= rows[i].most))
			continue;
		if (!rows[i].asked)
			return policy_refuse(policy, rows[i].key,
					     arena_print(arena, "no --%s", rows[i].option));
		if (rows[i].key == POLICY_CPUS_PER_APP)
			return policy_refuse(policy, rows[i].key,
					     arena_print(arena, "--cpus %u.%03u",
							 (unsigned int)(rows[i].asked / 1000),
							 (unsigned int)(rows[i].asked % 1000)));
		return policy_refuse(policy, rows[i].key,
				     arena_print(arena, "--%s %" PRIu64, rows[i].option,
						 rows[i].asked));
	}
	return 0;
}

static int judge_rights(const struct sandbox *sandbox, struct arena *arena,
			const struct policy *policy)
{
	if (sandbox->privileged && !policy->privileged)
		return policy_refuse(policy, POLICY_PRIVILEGED, "--privileged");
	if (policy->no_new_privileges && sandbox->new_privileges)
		return policy_refuse(policy, POLICY_NO_NEW_PRIVILEGES, "new privileges");
	if (policy->userns && !(sandbox->namespaces & CLONE_NEWUSER))
		return policy_refuse(policy, POLICY_USERNS,
				     "the host's user namespace (give --userns)");
	if (!has(policy, POLICY_SECCOMP))
		return 0;
	if (sandbox->filter && !policy->seccomp_file)
		return policy_refuse(policy, POLICY_SECCOMP,
				     arena_print(arena, "system call filter %s",
						 sandbox->filter_file));
	if (sandbox->unconfined && !policy->seccomp_unconfined)
		return policy_refuse(policy, POLICY_SECCOMP, "no system call filter");
	return 0;
}

int decide_policy(struct sandbox *sandbox, struct arena *arena, const struct policy *policy,
		  const struct host *host)
{
	int ret;

	if (!policy->file)
		return 0;
	sandbox->policy = policy;
	ret = judge_rights(sandbox, arena, policy);
	if (ret == 0)
		ret = judge_capabilities(sandbox, arena, policy);
	if (ret == 0)
		ret = judge_files(sandbox, arena, policy);
	if (ret == 0)
		ret = judge_namespaces(sandbox, arena, policy, host);
	return ret == 0 ? judge_limits(sandbox, arena, policy) : ret;
}
