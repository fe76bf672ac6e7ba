/* SPDX-License-Identifier: MIT */
/* Which namespaces a sandbox has of its own, and which of the machine's it is in. */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/log.h"
#include "sandbox/decide.h"

/* A namespace of its own where PRIVATE or nothing was asked for. Returns 1 for the host's, 0 for its own. */
static int share_decide(const char *option, const char *word, const char *others)
{
	if (!word || strcmp(word, "private") == 0)
		return 0;
	if (strncmp(word, "container:", 10) == 0)
		return fail(0, "--%s %s: a sandbox joins no namespace of another one's", option,
			    word);
	if (strcmp(word, "host") != 0)
		return fail(0, "--%s %s: expected private%s or host", option, word, others);
	if (!CONFIG_SHARE)
		return fail(EOPNOTSUPP, "--%s %s: not in this build (CONFIG_SHARE)", option, word);
	return 1;
}

static int decide_network(struct sandbox *sandbox, const char *network)
{
	if (!network || strcmp(network, "none") == 0)
		sandbox->namespaces |= CLONE_NEWNET;
	else if (strcmp(network, "host") != 0)
		return fail(0, "--network %s: expected none or host", network);
	return 0;
}

/* "shareable" is Docker's for one that others could join. */
static int decide_ipc(struct sandbox *sandbox, const char *ipc)
{
	int shared = 0;

	if (ipc && strcmp(ipc, "none") == 0)
		sandbox->shm = SHM_NONE;
	else if (!ipc || strcmp(ipc, "shareable") != 0)
		shared = share_decide("ipc", ipc, ", shareable, none");
	if (shared > 0)
		sandbox->shm = SHM_HOST;
	else if (shared == 0)
		sandbox->namespaces |= CLONE_NEWIPC;
	return shared < 0 ? shared : 0;
}

/* The app's end is then not that of what it has started: the cgroup tells what that is, and the
 * limit of processes keeps it from becoming more meanwhile. */
static int decide_pid(struct sandbox *sandbox, const struct request *request, const struct host *host)
{
	int shared = share_decide("pid", request->pid, "");

	if (shared < 0)
		return shared;
	if (!shared) {
		sandbox->namespaces |= CLONE_NEWPID;
		return 0;
	}
	if (request->init)
		return fail(0, "--init: with --pid host, this machine's own process 1 reaps");
	if (decide_controller(host, CONTROLLER_PIDS, "pid host") < 0)
		return -EINVAL;
	return 0;
}

static int decide_uts(struct sandbox *sandbox, const struct request *request)
{
	int shared = share_decide("uts", request->uts, "");

	if (shared < 0)
		return shared;
	if (!shared)
		sandbox->namespaces |= CLONE_NEWUTS;
	else if (request->hostname)
		return fail(0, "--hostname %s: with --uts host it would be this machine's",
			    request->hostname);
	return 0;
}

/* A kernel without cgroups has nothing to hide by it. */
static int decide_cgroup_namespace(struct sandbox *sandbox, const struct request *request,
				   const struct host *host)
{
	int shared = share_decide("cgroupns", request->cgroupns, "");

	if (shared < 0)
		return shared;
	if (!shared && request->cgroupns && !host->cgroup_namespace)
		return fail(0,
			    "--cgroupns private: the kernel has no cgroup namespaces (CONFIG_CGROUPS)");
	if (!shared && host->cgroup_namespace)
		sandbox->namespaces |= CLONE_NEWCGROUP;
	return 0;
}

int decide_namespaces(struct sandbox *sandbox, const struct request *request, const struct host *host)
{
	int ret = decide_network(sandbox, request->network);

	sandbox->namespaces |= CLONE_NEWNS;
	if (ret == 0)
		ret = decide_ipc(sandbox, request->ipc);
	if (ret == 0)
		ret = decide_pid(sandbox, request, host);
	if (ret == 0)
		ret = decide_uts(sandbox, request);
	if (ret == 0)
		ret = decide_cgroup_namespace(sandbox, request, host);
	return ret;
}
