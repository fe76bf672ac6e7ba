/* SPDX-License-Identifier: MIT */
/* Why a registry says no, in its own words. Source: OCI distribution-spec, "Error Codes". */
#include <cJSON.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "registry/endpoint.h"
#include "registry/url.h"

enum { REFUSAL_MOST = 65536, WORDS_MOST = 400 };

static const char *text_of(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsString(item) && item->valuestring[0] ? item->valuestring : NULL;
}

/* Of the first error in {"errors": [{"code", "message"}]}, or what token servers say in place of it. */
static const char *find_words(const cJSON *root)
{
	static const char *const keys[] = { "message", "code", "error_description", "details",
					    "error" };
	const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, "errors"), 0);
	const char *words = NULL;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]) && !words; i++)
		words = text_of(first ? first : root, keys[i]);
	return words;
}

/* What is wrong with the answer, such as its size, is not why it was no. */
static const char *quiet_text(struct registry *registry)
{
	const char *text;

	log_hush(true);
	text = http_text(registry->arena, registry->http, REFUSAL_MOST);
	log_hush(false);
	return text;
}

/* From ARENA; "" where the server says nothing that is meant for people. */
static const char *read_words(struct registry *registry)
{
	const char *text = quiet_text(registry);
	cJSON *root = text && text[strspn(text, " \t\r\n")] == '{' ? cJSON_Parse(text) : NULL;
	const char *words = root ? find_words(root) : NULL;
	const char *copy =
		words ? arena_copy(registry->arena, words, strnlen(words, WORDS_MOST)) : "";

	cJSON_Delete(root);
	return copy ? copy : "";
}

static int code_of(int status)
{
	switch (status) {
	case 401:
	case 403:
		return -EACCES;
	case 404:
		return -ENOENT;
	case 429:
		return -EAGAIN;
	default:
		return -EPROTO;
	}
}

int refusal_say(struct registry *registry, const struct http_answer *answer, const char *what)
{
	const struct endpoint *endpoint = &registry->state->endpoints[registry->state->current];
	const char *words = read_words(registry);
	const bool login = answer->status == 401;
	const char *with = login ? endpoint->credentials : NULL;

	if (registry->use == REGISTRY_HOST && answer->status == 401) {
		fail(0, "%s: this user and password were not taken%s%s (401)", endpoint->host,
		     words[0] ? ": " : "", words);
		return -EACCES;
	}
	if (login && !words[0])
		words = with ? "not taken" : "a login is needed";
	fail(0, "%s%s%s: %s: %s%s(%d%s%s%s%s)", endpoint->host, endpoint->path[0] ? "/" : "",
	     endpoint->path, url_shown(registry->arena, what), words, words[0] ? " " : "",
	     answer->status, with ? " with the login of " : "", with ? with : "",
	     login ? "; davit login " : "", login ? endpoint->host : "");
	return code_of(answer->status);
}
