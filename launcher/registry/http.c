/* SPDX-License-Identifier: MIT */
/* Ask, and ask again: redirects, pauses after failures, and what of an answer is handed out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/log.h"
#include "registry/http_parts.h"

enum {
	REDIRECTS_MOST = 10,
	TIMEOUT = 60,
	TIMEOUT_MOST = 86400,
	ATTEMPTS = 5,
	PAUSE = 1000,
	PAUSE_MOST = 60000,
	PROBE_TIMEOUT = 10000 /* milliseconds */
};

int http_open(struct http **out, const struct http_settings *settings)
{
	struct http *http = calloc(1, sizeof(*http));

	if (!http)
		return fail(ENOMEM, "speak with a registry");
	http->settings = *settings;
	if (http->settings.timeout == 0 || http->settings.timeout > TIMEOUT_MOST)
		http->settings.timeout = TIMEOUT;
	if (http->settings.attempts == 0)
		http->settings.attempts = ATTEMPTS;
	if (http->settings.pause == 0)
		http->settings.pause = PAUSE;
	connection_none(&http->connection, (int)http->settings.timeout * 1000);
	body_begin(&http->body, BODY_NONE, 0);
	*out = http;
	return 0;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	http_disconnect(http);
	arena_close(&http->kept_url);
	free(http->buffer.data);
	free(http);
}

/* --- one answer -------------------------------------------------------------------------------------- */

/* How long the body of an answer is (RFC 9112, section 6.3). */
static void begin_body(struct http *http, const struct http_head *head, const char *method)
{
	const struct http_answer *answer = &head->answer;
	enum body_form form = answer->has_length ? BODY_LENGTH : BODY_REST;

	if (strcmp(method, "HEAD") == 0 || answer->status == 204 || answer->status == 304)
		form = BODY_NONE;
	else if (head->chunked)
		form = BODY_CHUNKS;
	http->keep = http->keep && head->keep && form != BODY_REST;
	http->read = 0;
	body_begin(&http->body, form, answer->length);
}

/* A part that was not asked for would be put in the wrong place. */
static int check_range(struct http *http, const struct http_head *head, uint64_t from)
{
	if (head->answer.status != 206 || (from > 0 && head->answer.from == from))
		return 0;
	return connection_fail(&http->connection, EPROTO,
			       "it is a part that was not asked for (see its Content-Range)");
}

/* A part of an upload may have come through: who uploads must ask how much of it. */
static bool is_part(const struct http_request *request)
{
	return strcmp(request->method, "PATCH") == 0;
}

/* Send once, and wait for the head of the answer; anew where a kept connection turns out to be
 * closed. Returns 0, or -errno unsaid with why. */
static int ask_once(struct http_head *head, struct arena *arena, struct http *http,
		    const struct http_try *this_try)
{
	const struct http_request *request = this_try->request;
	bool again;
	int ret;

	do {
		http_drop(http);
		ret = http_connect(http, this_try->url, this_try->proxy);
		http->begun = false;
		connection_patience(&http->connection);
		if (ret == 0)
			ret = request_send(http, this_try);
		if (ret == 0)
			ret = http_head(head, arena, http);
		again = ret == -ECONNRESET && http->reused && !http->begun && !is_part(request);
		if (ret < 0)
			http_disconnect(http);
	} while (again);
	if (ret == 0)
		begin_body(http, head, request->method);
	return ret == 0 ? check_range(http, head, request->from) : ret;
}

/* --- pauses ------------------------------------------------------------------------------------------ */

static bool may_pass(const struct http_request *request, int ret, int status)
{
	if (ret == 0 && (status == 429 || status == 503))
		return true;
	/* Whoever was too slow (408), or a server or gateway with a fault that may be gone the next
	 * time; 501 and 505 stay what they are. */
	if (ret == 0)
		return (status == 408 || (status >= 500 && status != 501 && status != 505)) &&
		       !is_part(request);
	if (ret == -EAGAIN) /* not even begun */
		return true;
	return (ret == -ECONNRESET || ret == -ETIMEDOUT) && !is_part(request);
}

/* Twice as long each time, and a bit at random: a thousand devices ask a server that comes back. */
static unsigned int pause_for(const struct http *http, unsigned int attempt)
{
	unsigned int pause = http->settings.pause, noise = 0;

	while (attempt-- > 1 && pause < PAUSE_MOST)
		pause *= 2;
	if (getrandom(&noise, sizeof(noise), GRND_NONBLOCK) != (ssize_t)sizeof(noise))
		noise = 0;
	pause += noise % (pause / 2 + 1);
	return pause < PAUSE_MOST ? pause : PAUSE_MOST;
}

static void wait_for(unsigned int milliseconds)
{
	struct timespec left = { .tv_sec = milliseconds / 1000,
				 .tv_nsec = milliseconds % 1000 * 1000000L };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		continue;
}

/* Say why URL is asked again, and when. False when the server wants a longer pause than we make. */
static bool wait_again(struct http *http, const char *url, int ret, const struct http_head *head,
		       unsigned int attempt)
{
	unsigned int pause = pause_for(http, attempt);

	if (ret == 0 && head->waits && head->wait > PAUSE_MOST / 1000)
		return false;
	if (ret == 0 && head->waits)
		pause = (unsigned int)head->wait * 1000;
	if (ret == 0)
		warn("%s: status %d; asking again in %u s", url, head->answer.status,
		     (pause + 999) / 1000);
	else
		warn("%s: %s; asking again in %u s", url, http->connection.why, (pause + 999) / 1000);
	wait_for(pause);
	return true;
}

/* As ask_once(), as often as it may help. Said. */
static int ask_patiently(struct http_head *head, struct arena *arena, struct http *http,
			 struct http_try *this_try)
{
	const char *name = url_shown(arena, this_try->request->url);
	const bool probe = this_try->request->probe;
	const unsigned int most = probe ? 1 : http->settings.attempts;
	const char *remark = this_try->request->remark;
	unsigned int attempt = 0;
	int ret;

	this_try->head = request_head(arena, this_try);
	if (!this_try->head)
		return -EINVAL;
	do {
		memset(head, 0, sizeof(*head));
		ret = ask_once(head, arena, http, this_try);
		attempt++;
	} while (may_pass(this_try->request, ret, head->answer.status) && attempt < most &&
		 wait_again(http, name, ret, head, attempt));
	if (ret < 0 && !probe && !this_try->request->quiet)
		fail(0, "%s: %s%s", name, http->connection.why, remark ? remark : "");
	return ret;
}

/* --- redirects --------------------------------------------------------------------------------------- */

static bool redirects(const struct http_request *request, const struct http_answer *answer)
{
	const int status = answer->status;

	if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
		return false;
	return answer->location &&
	       (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
}

static int parse(struct url *out, struct arena *arena, const struct http_request *request)
{
	const char *text = request->url;

	if (!text || url_parse(out, arena, text) == -ENOMEM)
		return request->probe ? -ENOMEM : fail(ENOMEM, "ask a registry");
	if (out->target)
		return 0;
	/* It may hold a password. */
	if (strchr(text, '@'))
		return fail(0, "a URL with a user's name in it is not asked");
	return fail(0, "%s: http[s]://HOST[:PORT]/PATH is expected", url_shown(arena, text));
}

/* One request after another, to where each answer sends us. */
static int ask_onward(struct http_head *head, struct arena *arena, struct http *http,
		      struct http_request *request)
{
	struct http_try this_try = { .request = request, .authorization = request->authorization };
	struct url url, before;
	struct proxy proxy;
	int hops = 0;
	int ret = parse(&url, arena, request);

	this_try.url = &url;
	this_try.proxy = &proxy;
	while (ret == 0) {
		ret = proxy_choose(&proxy, arena, &http->settings, &url);
		if (ret == 0)
			ret = ask_patiently(head, arena, http, &this_try);
		if (ret != 0 || !redirects(request, &head->answer))
			break;
		if (++hops > REDIRECTS_MOST)
			return fail(0, "%s: more than %d redirects", url_shown(arena, request->url),
				    REDIRECTS_MOST);
		before = url;
		request->url = url_resolve(arena, &before, head->answer.location);
		ret = parse(&url, arena, request);
		if (ret == 0 && before.tls && !url.tls)
			return fail(0, "%s: refused, since the redirect leads from https to http",
				    url_shown(arena, request->url));
		if (ret == 0 && !url_is_same_server(&before, &url))
			this_try.authorization = NULL;
	}
	if (ret == 0 && head->answer.location) {
		head->answer.location = url_resolve(arena, &url, head->answer.location);
		if (!head->answer.location)
			return fail(ENOMEM, "ask a registry");
	}
	return ret;
}

const char *http_why(const struct http *http)
{
	return http->connection.why;
}

int http_ask(struct http_answer *answer, struct arena *arena, struct http *http,
	     const struct http_request *request)
{
	struct http_request onward = *request;
	const int timeout = (int)http->settings.timeout * 1000;
	struct http_head head = { 0 };
	int ret;

	http->connection.why[0] = '\0';
	http->connection.timeout =
		request->probe && timeout > PROBE_TIMEOUT ? PROBE_TIMEOUT : timeout;
	if (http->settings.offline) {
		(void)connection_fail(&http->connection, ENETDOWN, "davit is offline");
		if (!request->probe && !request->quiet)
			fail(0, "%s: not asked, since davit is offline",
			     url_shown(arena, request->url));
		return -ENETDOWN;
	}
	http_drop(http);
	arena_close(&http->kept_url);
	ret = ask_onward(&head, arena, http, &onward);
	if (ret < 0) {
		http_disconnect(http);
		return ret;
	}
	http->url = url_shown(&http->kept_url, onward.url);
	*answer = head.answer;
	answer->url = url_shown(arena, onward.url);
	return 0;
}
