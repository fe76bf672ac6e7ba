/* SPDX-License-Identifier: MIT */
/* Look, mount, or send. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "registry/endpoint.h"
#include "registry/upload.h"

enum {
	SMALL = 1 << 20,   /* bytes that go in one request */
	PIECE = 16 << 20,  /* bytes of one of several */
	FAILURES_MOST = 5, /* in a row, without a byte between them */
	RESTARTS_MOST = 5
};

/* One upload as it goes. */
struct course {
	const struct upload *upload;
	const struct blob *blob;
	char digest[DIGEST_TEXT];
	const char *location; /* where the registry wants the next piece */
	uint64_t at;          /* bytes that it has */
	unsigned int restarts;
};

static struct registry *registry_of(const struct course *course)
{
	return course->upload->registry;
}

static int refuse(const struct course *course, const char *why)
{
	fail(0, "%s/%s: upload of %s: %s", registry_of(course)->host,
	     registry_of(course)->repository, course->digest, why);
	return -EPROTO;
}

static int take_location(struct course *course, const struct http_answer *answer)
{
	if (!answer->location)
		return refuse(course, "the registry does not say where to (no Location)");
	course->location = answer->location;
	return 0;
}

/* --- begin ------------------------------------------------------------------------------------------- */

/* Returns 1 when the registry has taken it from another repository, 0 when it waits for bytes. */
static int begin(struct course *course, const char *mount)
{
	static const char uploads[] = "blobs/uploads/";
	struct registry *registry = registry_of(course);
	struct http_request request = { .method = "POST", .url = uploads, .has_body = true };
	struct http_answer answer = { 0 };
	int ret;

	course->at = 0;
	if (mount)
		request.url = arena_print(registry->arena, "%s?mount=%s&from=%s", uploads,
					  course->digest, mount);
	if (!request.url)
		return fail(ENOMEM, "upload");
	ret = registry_ask(&answer, registry, &request, mount ? REGISTRY_ANY : 0);
	if (ret == 0 && mount && answer.status == 201)
		return 1;
	/* Whoever may not look there, or knows no mounts, gets the bytes. */
	if (ret == 0 && mount && answer.status >= 400)
		return begin(course, NULL);
	return ret < 0 ? ret : take_location(course, &answer);
}

/* --- pieces ------------------------------------------------------------------------------------------ */

/* Bytes of the piece, on top of those before it. */
static void piece_sent(void *data, uint64_t bytes)
{
	const struct course *course = data;

	if (course->upload->sent)
		course->upload->sent(course->upload->data, course->at + bytes);
}

/* "0-LAST" of the header Range, or "bytes=0-LAST" where Quay says it: what the registry has. "0-0"
 * is also what some say of nothing. Returns whether it says anything. */
static bool take_range(struct course *course, const char *range)
{
	uint64_t last;

	if (range && strncmp(range, "bytes=", 6) == 0)
		range += 6;
	if (!range || strncmp(range, "0-", 2) != 0 ||
	    text_number(&last, range + 2, INT64_MAX) < 0 || last >= course->blob->size)
		return false;
	course->at = last ? last + 1 : 0;
	return true;
}

static int piece_send(struct http_answer *answer, struct course *course)
{
	struct registry *registry = registry_of(course);
	const uint64_t left = course->blob->size - course->at;
	const uint64_t length = left < PIECE ? left : PIECE, end = course->at + length;
	const struct http_header headers[] = {
		{ "Content-Type", "application/octet-stream" },
		{ "Content-Range",
		  arena_print(registry->arena, "%llu-%llu", (unsigned long long)course->at,
			      (unsigned long long)(course->at + length - 1)) },
		{ NULL, NULL },
	};
	const struct http_request request = {
		.method = "PATCH",
		.url = course->location,
		.headers = headers,
		.fd = course->blob->fd,
		.offset = course->blob->offset + course->at,
		.length = length,
		.has_body = true,
		.quiet = true,
		.sent = piece_sent,
		.data = course,
	};
	int ret = headers[1].value ? registry_ask(answer, registry, &request, REGISTRY_ANY) :
				     fail(ENOMEM, "upload");

	if (ret < 0 || answer->status >= 400)
		return ret;
	ret = take_location(course, answer);
	/* It cannot have more than it was given: some say how many bytes there are, not which is the last. */
	if (ret == 0 && (!take_range(course, answer->range) || course->at > end))
		course->at = end;
	return ret;
}

/* Longer each time. */
static void wait_before(const struct registry *registry, unsigned int failures)
{
	const unsigned int pause =
		registry->settings->http.pause ? registry->settings->http.pause : 1000;
	const uint64_t milliseconds = (uint64_t)pause << failures;
	const struct timespec time = { .tv_sec = (time_t)(milliseconds / 1000),
				       .tv_nsec = (long)(milliseconds % 1000) * 1000000 };

	(void)nanosleep(&time, NULL);
}

/* Find out how much has come through of what was broken off. docker-registry 2.8 throws away what
 * it has of a piece that did not come to its end, and with it the upload. */
static int go_on(struct course *course, const char *why)
{
	const struct http_request request = { .method = "GET", .url = course->location };
	struct registry *registry = registry_of(course);
	struct http_answer answer = { 0 };
	int ret = registry_ask(&answer, registry, &request, REGISTRY_ANY);

	if (ret == 0 && answer.status < 400 && take_range(course, answer.range)) {
		if (answer.location)
			course->location = answer.location;
	} else if (ret == 0) {
		if (++course->restarts > RESTARTS_MOST)
			return refusal_say(registry, &answer, "upload");
		ret = begin(course, NULL);
	}
	if (ret == 0)
		warn("%s/%s: %s: upload goes on from byte %llu of %s", registry->host,
		     registry->repository, why, (unsigned long long)course->at, course->digest);
	return ret;
}

/* That a piece did not arrive may be the connection's fault, or a passing one of the registry's;
 * one that is not where the registry wants it (416) may be put right once. */
static bool may_help(const struct course *course, int ret, const struct http_answer *answer,
		     unsigned int failures)
{
	if (failures > FAILURES_MOST)
		return false;
	if (ret < 0)
		return http_why(registry_of(course)->http)[0] && ret != -ENOMEM && ret != -ENETDOWN;
	return answer->status == 416 ? course->at > 0 && failures == 1 : answer->status >= 500;
}

/* A piece has failed for the FAILURES-th time in a row: as RET and ANSWER say. Returns 1 when the
 * registry takes none. */
static int recover(struct course *course, int ret, const struct http_answer *answer,
		   unsigned int failures)
{
	struct registry *registry = registry_of(course);
	const char *why = ret < 0 ? http_why(registry->http) : "a piece was not taken";

	if (!may_help(course, ret, answer, failures)) {
		if (ret == 0 && answer->status < 500 && answer->status != 401 && answer->status != 403)
			return 1;
		if (ret == 0)
			return refusal_say(registry, answer, "upload");
		if (why[0])
			(void)refuse(course, why);
		return ret;
	}
	why = arena_copy(registry->arena, why, strlen(why));
	wait_before(registry, failures - 1);
	return go_on(course, why ? why : "");
}

/* Returns 0, 1 when the registry does not take pieces, or -errno, said. */
static int send_pieces(struct course *course)
{
	unsigned int failures = 0;

	while (course->at < course->blob->size) {
		const uint64_t before = course->at;
		struct http_answer answer = { 0 };
		int ret = piece_send(&answer, course);

		if (ret < 0 || answer.status >= 400)
			ret = recover(course, ret, &answer, ++failures);
		else if (course->at <= before)
			ret = 1;
		if (ret)
			return ret;
		if (course->at > before)
			failures = 0;
	}
	return 0;
}

/* --- end --------------------------------------------------------------------------------------------- */

/* Say that it is complete; a small one comes with that. */
static int finish(struct course *course, int expected)
{
	static const struct http_header octets[] = {
		{ "Content-Type", "application/octet-stream" },
		{ NULL, NULL },
	};
	struct registry *registry = registry_of(course);
	const struct http_request request = {
		.method = "PUT",
		.url = arena_print(registry->arena, "%s%sdigest=%s", course->location,
				   strchr(course->location, '?') ? "&" : "?", course->digest),
		.headers = octets,
		.fd = course->blob->fd,
		.offset = course->blob->offset,
		.length = course->blob->size - course->at,
		.has_body = true,
		.sent = piece_sent,
		.data = course,
	};
	struct http_answer answer = { 0 };
	int ret = request.url ? registry_ask(&answer, registry, &request, expected) :
				fail(ENOMEM, "upload");

	return ret == 0 && answer.status >= 400 ? 1 : ret;
}

static int is_there(struct course *course)
{
	struct http_request request = { .method = "HEAD" };
	struct registry *registry = registry_of(course);
	struct http_answer answer = { 0 };
	int ret;

	request.url = arena_print(registry->arena, "blobs/%s", course->digest);
	ret = request.url ? registry_ask(&answer, registry, &request, 404) : fail(ENOMEM, "upload");
	return ret < 0 ? ret : answer.status != 404;
}

/* In one request. What broke off is begun anew: what has come of it is in the way. */
static int send_whole(struct course *course)
{
	int ret = finish(course, REGISTRY_ANY);

	if (ret <= 0)
		return ret;
	ret = begin(course, NULL);
	return ret < 0 ? ret : finish(course, 0);
}

/* Google's registry takes no pieces, GitHub's none of more than 4 MiB, and Amazon's does not say
 * how much it has: there all goes in one request, as other clients send everything. */
static int send_all(struct course *course)
{
	struct registry_state *state = registry_of(course)->state;
	int ret = begin(course, course->upload->mount);

	if (ret)
		return ret < 0 ? ret : UPLOAD_MOUNTED;
	if (course->blob->size <= SMALL || state->no_pieces)
		return send_whole(course);
	ret = send_pieces(course);
	if (ret == 1) {
		state->no_pieces = true;
		ret = begin(course, NULL);
		return ret < 0 ? ret : send_whole(course);
	}
	if (ret == 0)
		ret = finish(course, REGISTRY_ANY);
	/* Said again, because the answer was lost, it may be refused for being there. */
	return ret == 1 && is_there(course) != 1 ? finish(course, 0) : ret < 0 ? ret : 0;
}

int upload_blob(const struct upload *upload)
{
	struct blob blob = { .fd = -1 };
	struct course course = { .upload = upload, .blob = &blob };
	int ret;

	digest_print(course.digest, &upload->descriptor->digest);
	ret = is_there(&course);
	if (ret)
		return ret < 0 ? ret : UPLOAD_THERE;
	ret = source_blob(&blob, upload->source, &upload->descriptor->digest,
			  upload->descriptor->size);
	if (ret == 0)
		ret = send_all(&course);
	fd_close(&blob.fd);
	return ret;
}
