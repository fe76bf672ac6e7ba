/* SPDX-License-Identifier: MIT */
/* --userns, --uidmap, --gidmap: whether root inside is somebody else outside, and who. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "sandbox/decide.h"

/* Whose ranges "auto" takes. */
static const char default_user[] = "davit";

const char *userns_user(const struct request *request)
{
	const char *word = request->userns;

	if (!word || strncmp(word, "auto", 4) != 0 || (word[4] && word[4] != ':'))
		return NULL;
	return word[4] ? word + 5 : default_user;
}

static int decide_auto(struct sandbox *sandbox, struct arena *arena, const struct request *request)
{
	const char *user = userns_user(request);
	int ret;

	if (!user || !user[0] || strpbrk(user, ":\n"))
		return fail(0, "--userns %s: expected host, auto or auto:USER", request->userns);
	if (request->uidmap.count || request->gidmap.count)
		return fail(0, "--userns %s: --uidmap and --gidmap say it already", request->userns);
	ret = id_map_subordinate(&sandbox->uids, arena, request->subuid ? request->subuid : "",
				 user, "/etc/subuid");
	return ret < 0 ? ret :
			 id_map_subordinate(&sandbox->gids, arena,
					    request->subgid ? request->subgid : "", user,
					    "/etc/subgid");
}

/* As podman does: one of them alone stands for both. */
static int decide_given(struct sandbox *sandbox, struct arena *arena, const struct request *request)
{
	const struct texts *uids = request->uidmap.count ? &request->uidmap : &request->gidmap;
	const struct texts *gids = request->gidmap.count ? &request->gidmap : &request->uidmap;
	int ret = id_map_parse(&sandbox->uids, arena, uids,
			       request->uidmap.count ? "uidmap" : "gidmap");

	return ret < 0 ? ret :
			 id_map_parse(&sandbox->gids, arena, gids,
				      request->gidmap.count ? "gidmap" : "uidmap");
}

/* A number that no id of this machine stands for could never be taken on. */
static int check_id(const struct id_map *map, const char *word, size_t length, const char *user)
{
	char text[16];
	uint64_t number;

	if (length >= sizeof(text))
		return 0;
	memcpy(text, word, length);
	text[length] = '\0';
	if (text_number(&number, text, ID_NONE - 1) < 0 ||
	    id_map_outside(map, (uint32_t)number) != ID_NONE)
		return 0;
	return fail(0, "--user %s: the user namespace has no id %s", user, text);
}

static int check_user(const struct sandbox *sandbox)
{
	const char *user = sandbox->user, *colon = user ? strchr(user, ':') : NULL;
	int ret;

	if (!user)
		return 0;
	ret = check_id(&sandbox->uids, user, colon ? (size_t)(colon - user) : strlen(user), user);
	return ret < 0 || !colon ? ret : check_id(&sandbox->gids, colon + 1, strlen(colon + 1), user);
}

int decide_userns(struct sandbox *sandbox, struct arena *arena, const struct request *request)
{
	const bool given = request->uidmap.count || request->gidmap.count;
	int ret;

	if (!given && (!request->userns || strcmp(request->userns, "host") == 0))
		return 0;
	if (!CONFIG_USERNS)
		return fail(EOPNOTSUPP,
			    "--userns, --uidmap, --gidmap: not in this build (CONFIG_USERNS)");
	if (request->userns && strcmp(request->userns, "host") == 0)
		return fail(0, "--userns host: --uidmap and --gidmap ask for a user namespace");
	ret = request->userns ? decide_auto(sandbox, arena, request) :
				decide_given(sandbox, arena, request);
	sandbox->namespaces |= CLONE_NEWUSER;
	return ret < 0 ? ret : check_user(sandbox);
}
