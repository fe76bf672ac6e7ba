/* SPDX-License-Identifier: MIT */
/* Gather what is said of registries, in files and variables. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "commands/registry_settings.h"
#include "sandbox/policy.h"

/* Variables in either case mean the same to others. */
static const char *variable(const char *name, const char *other)
{
	const char *value = getenv(name);

	return value && value[0] ? value : other ? variable(other, NULL) : NULL;
}

/* DIRECTORY/NAME, where there is such a directory. */
static void file_add(struct registry_settings *settings, struct arena *arena, const char *directory,
		     const char *name)
{
	const char *file = directory ? arena_print(arena, "%s/%s", directory, name) : NULL;

	if (file)
		(void)texts_add(arena, &settings->credential_files, file);
}

static const char *docker_directory(struct arena *arena)
{
	const char *directory = variable("DOCKER_CONFIG", NULL), *home = variable("HOME", NULL);

	if (directory)
		return directory;
	return home ? arena_print(arena, "%s/.docker", home) : NULL;
}

/* The most particular first: what was named, what is this user's, what is the device's. */
static int add_files(struct registry_settings *settings, struct arena *arena, const char *device)
{
	const char *named = variable("REGISTRY_AUTH_FILE", NULL);

	/* Of others' directories a closed one has nothing for us; what was named is meant. */
	if (named && access(named, R_OK) < 0 && errno != ENOENT)
		return fail(errno, "REGISTRY_AUTH_FILE=%s", named);
	if (named)
		(void)texts_add(arena, &settings->credential_files, named);
	file_add(settings, arena, docker_directory(arena), "config.json");
	file_add(settings, arena, variable("XDG_RUNTIME_DIR", NULL), "containers/auth.json");
	file_add(settings, arena, arena_print(arena, "/run/containers/%u", (unsigned int)getuid()),
		 "auth.json");
	file_add(settings, arena, variable("HOME", NULL), ".config/containers/auth.json");
	file_add(settings, arena, device, "auth.json");
	return arena->failed ? fail(ENOMEM, "registries") : 0;
}

int registry_settings_read(struct registry_settings *settings, struct arena *arena)
{
	const char *device = policy_directory() ? policy_directory() : "/etc/davit";
	struct policy policy;
	int ret = policy_read(&policy, arena, policy_directory());

	if (ret < 0)
		return ret;
	*settings = (struct registry_settings){
		.http = { .http_proxy = variable("HTTP_PROXY", "http_proxy"),
			  .https_proxy = variable("HTTPS_PROXY", "https_proxy"),
			  .no_proxy = variable("NO_PROXY", "no_proxy"),
			  .certificates = arena_print(arena, "%s/certs.d", device),
			  .ca_file = policy.registries.authority,
			  .offline = policy.registries.offline },
		.default_host = policy.registries.host,
		.mirrors = policy.registries.mirrors,
		.plain = policy.registries.plain,
	};
	return add_files(settings, arena, device);
}

const char *registry_login_file(struct arena *arena, const char *given)
{
	const char *directory, *file = given ? given : variable("REGISTRY_AUTH_FILE", NULL);

	if (file)
		return file;
	directory = docker_directory(arena);
	file = directory ? arena_print(arena, "%s/config.json", directory) : NULL;
	if (!file)
		fail(0, "where are credentials to be kept? Give --authfile FILE, or set HOME");
	return file;
}
