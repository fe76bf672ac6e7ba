/* SPDX-License-Identifier: MIT */
/* Get the right to ask: credentials for the registry itself, or a token from whom it trusts.
 * Source: distribution's docs/spec/auth/token.md and oauth.md; RFC 6750, RFC 7617. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "image/oci_parts.h"
#include "registry/credentials.h"
#include "registry/endpoint.h"
#include "registry/url.h"

/* A token server that says nothing means a minute (token.md, expires_in). */
enum { TOKEN_SECONDS = 60, TOKEN_SECONDS_MOST = 1 << 30, TOKEN_ANSWER_MOST = 1 << 18 };

struct token {
	const char *token, *access_token;
	uint64_t expires_in; /* seconds */
};

static uint64_t now(void)
{
	struct timespec time;

	return clock_gettime(CLOCK_BOOTTIME, &time) == 0 ? (uint64_t)time.tv_sec : 0;
}

/* --- what is asked for ------------------------------------------------------------------------------- */

/* &KEY=TEXT, with % for all that means something in a URL or a form (RFC 3986, 2.3: unreserved). */
static void form_add(struct arena *arena, struct string *form, const char *key, const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	string_add(arena, form, "%s%s=", form->length ? "&" : "", key);
	while (*text) {
		const size_t length = strspn(text, plain);

		if (length)
			string_add(arena, form, "%.*s", (int)length, text);
		else
			string_add(arena, form, "%%%02X", (unsigned char)*text);
		text += length ? length : 1;
	}
}

/* What the token is to be good for, with blanks between. A registry that is written to does not
 * always ask for all that comes. */
static const char *scopes_list(const struct registry *registry, const struct endpoint *endpoint)
{
	static const char *const rights[] = { [REGISTRY_PULL] = "pull", [REGISTRY_PUSH] = "pull,push" };
	struct arena *arena = registry->arena;
	const char *scope = endpoint->challenges.scope;
	struct string list = { 0 };
	size_t i;

	if (registry->use == REGISTRY_CATALOG && !scope)
		scope = "registry:catalog:*";
	else if (endpoint->path[0] && (registry->use == REGISTRY_PUSH || !scope))
		scope = arena_print(arena, "repository:%s:%s", endpoint->path, rights[registry->use]);
	if (scope && registry->use != REGISTRY_HOST)
		string_add(arena, &list, "%s", scope);
	for (i = 0; i < registry->sources.count; i++)
		string_add(arena, &list, " repository:%s:pull", registry->sources.items[i]);
	return list.text ? list.text : "";
}

/* One of them each time (token.md), or once all of them: OAuth 2 (RFC 6749, section 3.2) has no key twice. */
static void scopes_add(struct arena *arena, struct string *form, const char *list, bool once)
{
	while (*(list += strspn(list, " "))) {
		const size_t length = once ? strlen(list) : strcspn(list, " ");
		const char *scope = arena_copy(arena, list, length);

		if (scope)
			form_add(arena, form, "scope", scope);
		list += length;
	}
}

/* --- tokens ------------------------------------------------------------------------------------------ */

static int token_read(struct token *out, struct registry *registry, const char *realm)
{
	static const struct json_member members[] = {
		{ "token", oci_word, offsetof(struct token, token), false },
		{ "access_token", oci_word, offsetof(struct token, access_token), false },
		{ "expires_in", oci_number, offsetof(struct token, expires_in), false },
		{ NULL, NULL, 0, false },
	};
	const char *shown = url_shown(registry->arena, realm);
	const struct json json = { registry->arena, shown };
	const char *text = http_text(registry->arena, registry->http, TOKEN_ANSWER_MOST);
	struct cJSON *root = text ? json_parse(&json, text) : NULL;
	int ret = root ? json_members(&json, root, "", members, out) : -EINVAL;

	json_free(root);
	if (ret == 0 && (!out->token || !out->token[0]))
		out->token = out->access_token;
	if (ret == 0 && (!out->token || !out->token[0] || strchr(out->token, ' ')))
		ret = fail(0, "%s: gave no token for %s", shown, registry->host);
	return ret;
}

static int token_ask(struct token *out, struct registry *registry, const struct endpoint *endpoint,
		     const struct credentials *own)
{
	static const struct http_header form_type[] = {
		{ "Content-Type", "application/x-www-form-urlencoded" },
		{ NULL, NULL },
	};
	const struct challenges *challenges = &endpoint->challenges;
	struct http_request request = { .method = "GET", .probe = endpoint->mirror };
	struct arena *arena = registry->arena;
	struct string form = { 0 };
	struct http_answer answer;
	int ret;

	if (own->identity)
		string_add(arena, &form, "grant_type=refresh_token&client_id=davit");
	if (challenges->service)
		form_add(arena, &form, "service", challenges->service);
	scopes_add(arena, &form, scopes_list(registry, endpoint), own->identity);
	if (own->identity) {
		form_add(arena, &form, "refresh_token", own->identity);
		request.method = "POST";
		request.headers = form_type;
		request.body = form.text;
		request.length = form.length;
		request.has_body = true;
		request.url = challenges->realm;
	} else {
		if (own->user) {
			form_add(arena, &form, "account", own->user);
			request.authorization = credentials_basic(arena, own);
		}
		request.url = arena_print(arena, "%s%s%s", challenges->realm,
					  strchr(challenges->realm, '?') ? "&" : "?",
					  form.text ? form.text : "");
	}
	if (arena->failed)
		return fail(ENOMEM, "%s", endpoint->host);
	ret = http_ask(&answer, arena, registry->http, &request);
	if (ret < 0 || answer.status < 300)
		return ret < 0 ? ret : token_read(out, registry, challenges->realm);
	/* Some give nothing to who asks for more than he may have; mounts save time only. */
	if (registry->sources.count) {
		registry->sources.count = 0;
		return token_ask(out, registry, endpoint, own);
	}
	return refusal_say(registry, &answer, challenges->realm);
}

/* Whoever could listen would have the password, or what stands for it. */
static int realm_check(struct registry *registry, const struct endpoint *endpoint)
{
	const char *realm = endpoint->challenges.realm;
	const bool plain = strncmp(endpoint->base, "http://", 7) == 0;

	if (!realm)
		return fail(0, "%s: asks for a token, and does not say who gives them",
			    endpoint->host);
	if (strncmp(realm, "https://", 8) == 0 || (plain && strncmp(realm, "http://", 7) == 0))
		return 0;
	return fail(0, "%s: wants a token from %s: expected an address with https://",
		    endpoint->host, url_shown(registry->arena, realm));
}

static int bearer_get(struct registry *registry, struct endpoint *endpoint,
		      const struct credentials *own)
{
	struct token token = { .expires_in = TOKEN_SECONDS };
	int ret = 0;

	if (own->bearer) {
		token = (struct token){ .token = own->bearer };
	} else {
		ret = realm_check(registry, endpoint);
		if (ret == 0)
			ret = token_ask(&token, registry, endpoint, own);
	}
	if (ret < 0)
		return ret;
	if (token.expires_in > TOKEN_SECONDS_MOST)
		token.expires_in = TOKEN_SECONDS_MOST;
	endpoint->until = token.expires_in ? now() + token.expires_in : 0;
	endpoint->authorization = arena_print(registry->arena, "Bearer %s", token.token);
	return endpoint->authorization ? 0 : fail(ENOMEM, "%s", endpoint->host);
}

/* --- credentials ------------------------------------------------------------------------------------- */

/* What the command line says is for the registry itself, not for its mirrors. */
static int credentials_of(struct credentials *out, struct registry *registry,
			  struct endpoint *endpoint)
{
	const struct registry_settings *settings = registry->settings;
	const struct credentials_want want = { endpoint->host, endpoint->path };
	int ret;

	*out = (struct credentials){ 0 };
	if (settings->credentials && !endpoint->mirror) {
		out->file = "the command line";
		ret = credentials_split(out, registry->arena, settings->credentials);
		if (ret < 0)
			return fail(-ret, "credentials for %s: expected USER:PASSWORD",
				    endpoint->host);
	} else {
		ret = credentials_find(out, registry->arena, &settings->credential_files, &want);
		if (ret < 0)
			return ret;
	}
	if (out->helper) {
		warn("%s: %s leaves the credentials for it to docker-credential-%s, which davit does not run (davit login %s keeps them in a file)",
		     endpoint->host, out->file, out->helper, endpoint->host);
		out->file = NULL;
	}
	endpoint->credentials = out->file;
	return 0;
}

int endpoint_renew(struct registry *registry, struct endpoint *endpoint)
{
	struct credentials own;
	int ret;

	if (!endpoint->until || now() + 5 < endpoint->until)
		return 0;
	ret = credentials_of(&own, registry, endpoint);
	return ret < 0 ? ret : bearer_get(registry, endpoint, &own);
}

int endpoint_authorize(struct registry *registry, struct endpoint *endpoint, const char *authenticate)
{
	struct credentials own;
	const char *basic;
	int ret;

	if (!authenticate)
		return 1;
	ret = challenges_parse(&endpoint->challenges, registry->arena, authenticate);
	if (ret < 0)
		return fail(ret == -ENOMEM ? ENOMEM : 0,
			    "%s: asks for credentials in words that davit does not know: %s",
			    endpoint->host, authenticate);
	ret = credentials_of(&own, registry, endpoint);
	if (ret < 0)
		return ret;
	if (endpoint->challenges.bearer)
		return bearer_get(registry, endpoint, &own);
	if (!endpoint->challenges.basic || !own.user)
		return 1;
	basic = credentials_basic(registry->arena, &own);
	if (!basic)
		return fail(ENOMEM, "%s", endpoint->host);
	if (endpoint->authorization && strcmp(endpoint->authorization, basic) == 0)
		return 1;
	endpoint->authorization = basic;
	endpoint->until = 0;
	return 0;
}
