/* SPDX-License-Identifier: MIT */
/* Where the app's standard streams lead: the caller's, pipes to davit, or a log; and what is kept of a detached app. */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "config.h"
#include "sandbox/decide.h"
#include "sandbox/ring.h"

static const char nobody_stays[] = "no davit stays to do it";

enum { INPUT = 1, OUTPUTS = 2 | 4 };

static int decide_log_option(struct sandbox *sandbox, const char *option)
{
	static const char name[] = "max-size=";
	const char *value = option + sizeof(name) - 1;
	uint64_t size;

	if (strncmp(option, name, sizeof(name) - 1) != 0)
		return fail(0, "--log-opt %s: expected max-size=SIZE", option);
	if (text_size(&size, value) < 0 || size < RING_LEAST || size > RING_MOST)
		return fail(0, "--log-opt %s: expected a size from 8k to 256m, such as 64k", option);
	sandbox->log_size = size;
	return 0;
}

static int decide_log(struct sandbox *sandbox, const struct request *request)
{
	const char *driver = request->log_driver;
	size_t i;
	int ret = 0;

	if (driver && strcmp(driver, "local") != 0 && strcmp(driver, "none") != 0)
		return fail(0, "--log-driver %s: expected local or none", driver);
	if (!sandbox->detached && (request->log_opt.count || (driver && strcmp(driver, "local") == 0)))
		return fail(0,
			    "--log-driver, --log-opt: what an app writes is kept with --detach only");
	if (driver && strcmp(driver, "none") == 0) {
		if (request->log_opt.count)
			return fail(0, "--log-opt: there is no log with --log-driver none");
		return 0;
	}
	sandbox->log_size = sandbox->detached ? RING_USUAL : 0;
	for (i = 0; i < request->log_opt.count && ret == 0; i++)
		ret = decide_log_option(sandbox, request->log_opt.items[i]);
	return ret;
}

static int check_file(const char *option, const char *path)
{
	const size_t length = path ? strlen(path) : 1;

	if (length == 0 || (path && path[length - 1] == '/'))
		return fail(0, "--%s %s: expected the name of a file", option, path);
	return 0;
}

/* What a davit that stays does for the app cannot be had without one. */
static int decide_become(struct sandbox *sandbox, const struct request *request)
{
	if (!CONFIG_BECOME)
		return fail(EOPNOTSUPP, "--exec: not in this build (CONFIG_BECOME)");
	if (sandbox->detached || request->init)
		return fail(0, "--exec --%s: %s", sandbox->detached ? "detach" : "init",
			    nobody_stays);
	if (sandbox->piped)
		return fail(0,
			    "--exec: the app must not get your terminal, and %s: redirect the standard streams",
			    nobody_stays);
	if (sandbox->namespaces & CLONE_NEWUSER)
		return fail(0,
			    "--exec: a davit outside writes the maps of a user namespace: run without --exec");
	if (sandbox->namespaces & CLONE_NEWPID)
		return fail(0,
			    "--exec: no process can move itself into a new PID namespace: add --pid host (the app then sees this machine's processes), or run without --exec");
	sandbox->becomes = true;
	return 0;
}

int decide_streams(struct sandbox *sandbox, const struct request *request, const struct host *host)
{
	const unsigned int wanted = OUTPUTS | (request->interactive ? INPUT : 0);
	int ret;

	if (request->detach && !CONFIG_DETACH)
		return fail(EOPNOTSUPP, "--detach: not in this build (CONFIG_DETACH)");
	if ((request->cidfile || request->pidfile) && !CONFIG_DETACH)
		return fail(EOPNOTSUPP, "--cidfile, --pidfile: not in this build (CONFIG_DETACH)");
	sandbox->detached = request->detach;
	sandbox->remove = request->rm;
	sandbox->cidfile = request->cidfile;
	sandbox->pidfile = request->pidfile;
	ret = decide_log(sandbox, request);
	if (ret == 0)
		ret = check_file("cidfile", request->cidfile);
	if (ret == 0)
		ret = check_file("pidfile", request->pidfile);
	/* With a terminal of its own the app has no other streams. */
	if (ret == 0 && request->exec && request->tty)
		return fail(0, "--exec --tty: %s", nobody_stays);
	if (ret < 0 || request->tty)
		return ret;
	if (sandbox->detached)
		sandbox->piped = wanted & (sandbox->log_size ? OUTPUTS | INPUT : INPUT);
	else
		sandbox->piped = wanted & (unsigned int)host->terminals;
	return request->exec ? decide_become(sandbox, request) : 0;
}
