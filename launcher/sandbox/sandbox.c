/* SPDX-License-Identifier: MIT */
/* Turn a request into a decision: who the app is, what it may do, how much it may use. */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "sandbox/capability.h"
#include "sandbox/decide.h"

enum { GROUPS_MOST = 32 };

/* A part of the machine's memory, for what lives in a tmpfs; whole pages, at least one. */
uint64_t decide_share(const struct host *host, unsigned int divisor, uint64_t most)
{
	uint64_t size = host->memory / divisor;

	if (size > most)
		size = most;
	size -= size % host->page_size;
	return size ? size : host->page_size;
}

static int decide_names(struct sandbox *sandbox, struct arena *arena, const struct request *request,
			const struct host *host)
{
	const char *base = text_is_name(sandbox->image->base) ? sandbox->image->base : "box";
	const char *root = request->run_root ? request->run_root : "/run/davit";
	char *hostname;
	size_t i;

	sandbox->name =
		request->name ? request->name : arena_print(arena, "%.48s-%s", base, host->id);
	if (!sandbox->name)
		return fail(ENOMEM, "name");
	if (!text_is_name(sandbox->name))
		return fail(0,
			    "--name %s: expected at most 63 letters, digits, _ . -, the first a letter or digit",
			    sandbox->name);
	/* overlayfs would read , and : as its own. */
	if (root[0] != '/' || strpbrk(root, ",:\\"))
		return fail(0,
			    "--run-root (or DAVIT_RUN_ROOT) %s: expected an absolute path without , : and backslash",
			    root);
	sandbox->run_root = root;
	sandbox->state = arena_print(arena, "%s/%s", root, sandbox->name);
	sandbox->hostname = request->hostname;
	if (!sandbox->state)
		return fail(ENOMEM, "name");
	if (!(sandbox->namespaces & CLONE_NEWUTS))
		return 0;
	if (request->hostname && !text_is_hostname(request->hostname))
		return fail(0, "--hostname %s: expected at most 63 letters, digits, - and .",
			    request->hostname);
	hostname = arena_copy(arena, sandbox->name, strlen(sandbox->name));
	if (!hostname)
		return fail(ENOMEM, "name");
	for (i = 0; hostname[i]; i++) {
		if (hostname[i] == '_')
			hostname[i] = '-';
	}
	if (!sandbox->hostname)
		sandbox->hostname = text_is_hostname(hostname) ? hostname : "box";
	return 0;
}

static int capability_word(uint64_t *mask, const char *option, const char *word)
{
	const char *like;

	if (capability_parse(mask, word) == 0)
		return 0;
	like = capability_like(word);
	return fail(0, "--%s %s: no such capability%s%s%s", option, word,
		    like ? " (did you mean " : "", like ? like : "", like ? "?)" : "");
}

/* ALL comes before single names, whatever the order, as with Docker. What is there by default is
 * taken only as far as davit itself has it; what is asked for by name must be there. */
static int decide_capabilities(struct sandbox *sandbox, const struct request *request,
			       const struct host *host)
{
	uint64_t keep = capability_defaults() & host->capabilities, mask, all = capability_all();
	uint64_t add = 0, drop = 0;
	size_t i;

	if (!(host->capabilities >> CAP_SYS_ADMIN & 1))
		return fail(EPERM,
			    "a sandbox is made by root (CAP_SYS_ADMIN); run davit as root or with sudo");
	for (i = 0; i < request->cap_add.count; i++) {
		if (capability_word(&mask, "cap-add", request->cap_add.items[i]) < 0)
			return -EINVAL;
		if (mask == all)
			keep = all & host->capabilities;
		else if (mask & ~host->capabilities)
			return fail(0, "--cap-add %s: davit itself does not have it",
				    request->cap_add.items[i]);
		else
			add |= mask;
	}
	for (i = 0; i < request->cap_drop.count; i++) {
		if (capability_word(&mask, "cap-drop", request->cap_drop.items[i]) < 0)
			return -EINVAL;
		if (mask == all)
			keep = 0;
		else
			drop |= mask;
	}
	if (!CONFIG_CAPABILITIES && (request->cap_add.count || request->cap_drop.count))
		return fail(EOPNOTSUPP,
			    "--cap-add, --cap-drop: not in this build (CONFIG_CAPABILITIES)");
	sandbox->capabilities = (keep | add) & ~drop;
	sandbox->ambient = add & ~drop;
	return 0;
}

/* All that davit has and no filter, unless one was given; /proc and /sys as they are. */
static void decide_privileged(struct sandbox *sandbox, const struct host *host)
{
	sandbox->privileged = true;
	sandbox->capabilities = capability_all() & host->capabilities;
	sandbox->unconfined = !sandbox->filter;
}

static int decide_command(struct sandbox *sandbox, struct arena *arena, const struct request *request)
{
	size_t i;
	int ret = 0;

	if (request->entrypoint && request->entrypoint[0])
		ret = texts_add(arena, &sandbox->argv, request->entrypoint);
	for (i = 0; i < request->command.count && ret == 0; i++)
		ret = texts_add(arena, &sandbox->argv, request->command.items[i]);
	if (ret < 0)
		return fail(-ret, "command");
	if (!sandbox->argv.count || !sandbox->argv.items[0][0])
		return fail(0, "%s names no command of its own: give one after it",
			    sandbox->image->path);
	return 0;
}

int decide_env_put(struct texts *env, struct arena *arena, const char *entry)
{
	size_t length = strcspn(entry, "="), i;

	if (entry[0] == '=' || !entry[length])
		return fail(0, "--env %s: expected NAME=VALUE or the NAME of a variable", entry);
	for (i = 0; i < env->count; i++) {
		if (strncmp(env->items[i], entry, length + 1) == 0) {
			env->items[i] = entry;
			return 0;
		}
	}
	return texts_add(arena, env, entry) < 0 ? fail(ENOMEM, "environment") : 0;
}

static int decide_env(struct sandbox *sandbox, struct arena *arena, const struct request *request)
{
	const char *hostname =
		sandbox->hostname ? arena_print(arena, "HOSTNAME=%s", sandbox->hostname) : NULL;
	struct texts *env = &sandbox->env;
	size_t i;
	int ret;

	if (sandbox->hostname && !hostname)
		return fail(ENOMEM, "environment");
	ret = decide_env_put(env, arena,
			     "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	if (ret == 0 && hostname)
		ret = decide_env_put(env, arena, hostname);
	if (ret == 0 && sandbox->terminal)
		ret = decide_env_put(env, arena, "TERM=xterm");
	for (i = 0; i < request->env.count && ret == 0; i++)
		ret = decide_env_put(env, arena, request->env.items[i]);
	return ret;
}

static int decide_groups(struct sandbox *sandbox, const struct request *request)
{
	size_t i;

	if (request->group_add.count > GROUPS_MOST)
		return fail(0, "--group-add: expected at most %d groups", GROUPS_MOST);
	for (i = 0; i < request->group_add.count; i++) {
		const char *group = request->group_add.items[i];

		if (!group[0] || strpbrk(group, ":,\n"))
			return fail(0, "--group-add %s: expected a group, by name or number", group);
		if (!CONFIG_USER_NAMES && group[strspn(group, "0123456789")])
			return fail(EOPNOTSUPP,
				    "--group-add %s: this build knows groups by number only (CONFIG_USER_NAMES)",
				    group);
	}
	sandbox->groups = request->group_add;
	return 0;
}

/* Docker: 0 is as if not given; here it is what davit's own may not be. */
static int decide_oom_score(struct sandbox *sandbox, const char *text)
{
	const bool negative = text[0] == '-';
	uint64_t score;

	if (text_number(&score, text + negative, 1000) < 0)
		return fail(0, "--oom-score-adj %s: expected -1000 to 1000", text);
	sandbox->oom_score = text;
	return 0;
}

int decide_identity(struct sandbox *sandbox, const struct request *request)
{
	const char *user = request->user;

	if (request->workdir && request->workdir[0] != '/')
		return fail(0, "--workdir %s: expected an absolute path", request->workdir);
	sandbox->workdir = request->workdir;
	if (user && (!user[0] || user[0] == ':' || user[strlen(user) - 1] == ':'))
		return fail(0, "--user %s: expected USER or USER:GROUP, by name or number", user);
	if (!CONFIG_USER_NAMES && user && user[strspn(user, "0123456789:")])
		return fail(EOPNOTSUPP,
			    "--user %s: this build knows users by number only (CONFIG_USER_NAMES)",
			    user);
	sandbox->user = user;
	sandbox->init = request->init;
	sandbox->own_argv = request->own_argv;
	sandbox->interactive = request->interactive;
	sandbox->terminal = request->tty;
	return 0;
}

bool sandbox_is_overlaid(const struct sandbox *sandbox)
{
	return sandbox->writable || sandbox->image->layer_count > 1 ||
	       sandbox->image->kind == IMAGE_ARCHIVE;
}

int sandbox_decide(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		   const struct image *image, const struct host *host)
{
	int ret;

	*sandbox = (struct sandbox){ .image = image };
	ret = decide_namespaces(sandbox, request, host);
	if (ret == 0)
		ret = decide_names(sandbox, arena, request, host);
	if (ret == 0)
		ret = decide_sysctls(sandbox, arena, &request->sysctl);
	if (ret == 0)
		ret = decide_identity(sandbox, request);
	if (ret == 0)
		ret = decide_userns(sandbox, arena, request);
	if (ret == 0)
		ret = decide_groups(sandbox, request);
	if (ret == 0 && request->oom_score_adj)
		ret = decide_oom_score(sandbox, request->oom_score_adj);
	if (ret == 0)
		ret = decide_names_files(sandbox, arena, request);
	if (ret == 0)
		ret = decide_outside(sandbox, arena, request);
	if (ret == 0)
		ret = decide_streams(sandbox, request, host);
	if (ret == 0)
		ret = decide_command(sandbox, arena, request);
	if (ret == 0)
		ret = decide_env(sandbox, arena, request);
	if (ret == 0)
		ret = decide_capabilities(sandbox, request, host);
	if (ret == 0 && request->security_opt.count)
		ret = CONFIG_SECURITY_OPT ?
			      decide_security(sandbox, arena, request, host) :
			      fail(0, "--security-opt: not in this build (CONFIG_SECURITY_OPT)");
	if (ret == 0 && request->privileged)
		decide_privileged(sandbox, host);
	if (ret == 0)
		ret = decide_limits(sandbox, arena, request, host);
	if (ret == 0)
		ret = decide_cpuset(sandbox, arena, request, host);
	if (ret == 0)
		ret = decide_io(sandbox, arena, request, host);
	if (ret == 0)
		ret = decide_cgroups(sandbox, arena, request, host);
	if (ret == 0)
		ret = decide_files(sandbox, arena, request, host);
	return ret;
}
