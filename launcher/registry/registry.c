/* SPDX-License-Identifier: MIT */
/* Who is asked for a repository: mirrors, then the registry, each by what gives davit the right to. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "config.h"
#include "registry/endpoint.h"
#include "registry/url.h"

static const char docker_hub[] = "docker.io";

/* --- where they are ---------------------------------------------------------------------------------- */

static bool texts_have(const struct texts *texts, const char *text)
{
	size_t i = 0;

	while (i < texts->count && strcmp(texts->items[i], text) != 0)
		i++;
	return i < texts->count;
}

static int origin_set(struct endpoint *endpoint, const struct registry *registry)
{
	const bool plain = texts_have(&registry->settings->plain, registry->host);
	const char *name =
		strcmp(registry->host, docker_hub) == 0 ? "registry-1.docker.io" : registry->host;

	*endpoint = (struct endpoint){
		.host = registry->host,
		.path = registry->repository,
		.base = arena_print(registry->arena, "http%s://%s", plain ? "" : "s", name),
		.undecided = !plain && host_is_own(registry->host),
	};
	return endpoint->base ? 0 : -ENOMEM;
}

/* "HOST=URL". What stands in URL behind the host is put before the name of the repository. */
static int mirror_set(struct endpoint *endpoint, const struct registry *registry, const char *text)
{
	struct arena *arena = registry->arena;
	const char *url = strchr(text, '=') + 1, *host = strstr(url, "://"), *path;

	if (!host)
		return fail(0, "mirror %s: expected http:// or https:// and a host", url);
	host += 3;
	path = host + strcspn(host, "/");
	*endpoint = (struct endpoint){
		.host = arena_copy(arena, host, (size_t)(path - host)),
		.base = arena_copy(arena, url, (size_t)(path - url)),
		.path = arena_print(arena, "%s%s%s", path + strspn(path, "/"),
				    path[strspn(path, "/")] ? "/" : "", registry->repository),
		.mirror = true,
	};
	return arena->failed ? -ENOMEM : 0;
}

/* Mirrors serve what is fetched only. */
static int endpoints_set(struct registry *registry)
{
	const struct texts *mirrors = &registry->settings->mirrors;
	struct registry_state *state = registry->state;
	const size_t length = strlen(registry->host);
	size_t i;
	int ret = 0;

	state->endpoints =
		arena_alloc(registry->arena, (mirrors->count + 1) * sizeof(*state->endpoints));
	if (!state->endpoints)
		return fail(ENOMEM, "%s", registry->host);
	for (i = 0; ret == 0 && registry->use == REGISTRY_PULL && i < mirrors->count; i++) {
		const char *text = mirrors->items[i];

		if (strncmp(text, registry->host, length) == 0 && text[length] == '=')
			ret = mirror_set(&state->endpoints[state->count++], registry, text);
	}
	if (ret == 0)
		ret = origin_set(&state->endpoints[state->count++], registry);
	return ret == -ENOMEM ? fail(ENOMEM, "%s", registry->host) : ret;
}

/* Docker's own images have no team. */
static const char *repository_of(struct arena *arena, const char *host, const char *path)
{
	const bool short_name = strcmp(host, docker_hub) == 0 && path[0] && !strchr(path, '/');

	return arena_print(arena, "%s%s", short_name ? "library/" : "", path);
}

int registry_place(const char **host, const char **repository, struct arena *arena,
		   const struct registry_settings *settings, const struct reference *reference)
{
	*host = reference->host;
	if (!*host)
		*host = settings->default_host ? settings->default_host : docker_hub;
	if (strcmp(*host, "index.docker.io") == 0)
		*host = docker_hub;
	*repository = repository_of(arena, *host, reference->path);
	return *repository ? 0 : fail(ENOMEM, "%s", *host);
}

int registry_connect(struct registry *registry)
{
	struct http_settings http = registry->settings->http;

	http.careful = !texts_have(&registry->settings->plain, registry->host);
	return registry->http ? 0 : http_open(&registry->http, &http);
}

int registry_open(struct registry *registry, struct arena *arena,
		  const struct registry_settings *settings, const struct reference *reference,
		  enum registry_use use)
{
	*registry = (struct registry){ .settings = settings, .arena = arena, .use = use };
	if (registry_place(&registry->host, &registry->repository, arena, settings, reference) < 0)
		return -ENOMEM;
	registry->assumed = !reference->host && !settings->default_host;
	registry->state = arena_alloc(arena, sizeof(*registry->state));
	if (!registry->state)
		return fail(ENOMEM, "%s", registry->host);
	if (endpoints_set(registry) < 0)
		return -EINVAL;
	return registry_connect(registry);
}

void registry_close(struct registry *registry)
{
	http_close(registry->http);
	registry->http = NULL;
}

/* --- asking ------------------------------------------------------------------------------------------ */

/* A registry on this machine speaks TLS or not; whoever answers as it should is taken. Where
 * neither does, TLS is left to say why. */
static int decide(struct registry *registry, struct endpoint *endpoint)
{
	const char *plain = arena_print(registry->arena, "http://%s", endpoint->host);
	struct http_request request = { .method = "GET", .probe = true };
	struct http_answer answer;
	int ret;

	endpoint->undecided = false;
	request.url = arena_print(registry->arena, "%s/v2/", endpoint->base);
	ret = !plain || !request.url ? -ENOMEM : -EPROTO;
	if (CONFIG_TLS && ret != -ENOMEM)
		ret = http_ask(&answer, registry->arena, registry->http, &request);
	if (ret == 0 || ret == -ENOMEM)
		return ret < 0 ? fail(ENOMEM, "%s", endpoint->host) : 0;
	request.url = arena_print(registry->arena, "%s/v2/", plain);
	ret = CONFIG_TLS ? http_ask(&answer, registry->arena, registry->http, &request) : 0;
	/* 400 is what servers with TLS say to those without. */
	if (!CONFIG_TLS || (ret == 0 && answer.status != 400))
		endpoint->base = plain;
	if (CONFIG_TLS && ret == -EPERM)
		return fail(0, "%s: %s", endpoint->host, http_why(registry->http));
	return ret == -ENOMEM ? fail(ENOMEM, "%s", endpoint->host) : 0;
}

static bool is_whole(const char *url)
{
	return strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

/* URL is at ENDPOINT: registries may write themselves with the port that goes without saying, or
 * without it, and their name in other letters than people do. */
static bool is_at(struct arena *arena, const char *url, const struct endpoint *endpoint)
{
	struct url there, own;

	return url_parse(&there, arena, url) == 0 && url_parse(&own, arena, endpoint->base) == 0 &&
	       url_is_same_server(&there, &own);
}

static const char *url_of(struct arena *arena, const struct endpoint *endpoint, const char *url)
{
	if (is_whole(url))
		return url;
	if (url[0] == '/')
		return arena_print(arena, "%s%s", endpoint->base, url);
	return arena_print(arena, "%s/v2/%s/%s", endpoint->base, endpoint->path, url);
}

/* Ask one server, and once again when it wants to know who asks. */
static int endpoint_ask(struct http_answer *answer, struct registry *registry,
			struct endpoint *endpoint, const struct http_request *request)
{
	struct arena *arena = registry->answers ? registry->answers : registry->arena;
	struct http_request own = *request;
	bool mine, again = false;
	int ret = 0;

	if (endpoint->undecided)
		ret = decide(registry, endpoint);
	if (ret < 0)
		return ret;
	own.probe = endpoint->mirror;
	own.url = url_of(arena, endpoint, request->url);
	if (registry->assumed)
		own.remark = " (docker.io is asked, since no host is named and no registry = is set)";
	mine = own.url && is_at(arena, own.url, endpoint);
	if (!own.url || arena->failed)
		return fail(ENOMEM, "%s", endpoint->host);
	if (strncmp(own.url, "http://", 7) == 0 && strncmp(endpoint->base, "https://", 8) == 0)
		return fail(0, "%s: leads to %s: expected an address with https://", endpoint->host,
			    url_shown(registry->arena, own.url));
	for (;;) {
		if (mine)
			ret = endpoint_renew(registry, endpoint);
		own.authorization = mine ? endpoint->authorization : NULL;
		if (ret == 0)
			ret = http_ask(answer, arena, registry->http, &own);
		/* Whoever we were sent on to does not say where our credentials go. */
		if (ret < 0 || answer->status != 401 || !mine || again ||
		    !is_at(arena, answer->url, endpoint))
			return ret;
		again = true;
		ret = endpoint_authorize(registry, endpoint, answer->authenticate);
		if (ret)
			return ret < 0 ? ret : 0;
	}
}

/* Returns 0, or 1 when the next is to be asked. */
static int mirror_ask(struct http_answer *answer, struct registry *registry,
		      struct endpoint *endpoint, const struct http_request *request)
{
	int ret = endpoint_ask(answer, registry, endpoint, request);

	if (ret == 0 && answer->status < 300)
		return 0;
	/* A mirror need not have everything. */
	if (ret == 0 && answer->status == 404)
		return 1;
	if (ret == 0)
		warn("mirror %s of %s answers %d: passed over", endpoint->base, registry->host,
		     answer->status);
	else
		warn("mirror %s of %s: %s: passed over", endpoint->base, registry->host,
		     http_why(registry->http)[0] ? http_why(registry->http) : strerror(-ret));
	endpoint->dead = true;
	return 1;
}

/* What was to be written is written nowhere. */
static int redirect_say(struct registry *registry, const struct http_answer *answer, const char *what)
{
	fail(0, "%s/%s: %s: expected an answer, not a redirect to %s (%d)", registry->host,
	     registry->repository, url_shown(registry->arena, what),
	     answer->location ? url_shown(registry->arena, answer->location) : "nowhere",
	     answer->status);
	return -EPROTO;
}

int registry_ask(struct http_answer *answer, struct registry *registry,
		 const struct http_request *request, int expected)
{
	struct registry_state *state = registry->state;
	const size_t last = state->count - 1;
	int ret;

	for (state->current = 0; state->current < last; state->current++) {
		struct endpoint *endpoint = &state->endpoints[state->current];

		if (!endpoint->dead && !is_whole(request->url) &&
		    mirror_ask(answer, registry, endpoint, request) == 0)
			return 0;
	}
	ret = endpoint_ask(answer, registry, &state->endpoints[last], request);
	if (ret == 0 && answer->status >= 300 && answer->status < 400)
		return redirect_say(registry, answer, request->url);
	if (ret < 0 || answer->status < 400 || expected == REGISTRY_ANY || answer->status == expected)
		return ret;
	return refusal_say(registry, answer, request->url);
}

bool registry_pass_over(struct registry *registry, const char *why)
{
	struct registry_state *state = registry->state;
	struct endpoint *endpoint = &state->endpoints[state->current];

	if (!endpoint->mirror)
		return false;
	warn("mirror %s of %s: %s: passed over", endpoint->base, registry->host, why);
	endpoint->dead = true;
	return true;
}
