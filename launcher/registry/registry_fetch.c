/* SPDX-License-Identifier: MIT */
/* What a registry has: manifests, blobs, tags, repositories. Source: OCI distribution-spec 1.1,
 * "Pull" and "Content Discovery"; docker-registry's _catalog. */
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "image/oci_parts.h"
#include "registry/endpoint.h"
#include "registry/url.h"

enum {
	PAGES_MOST = 1000,
	PAGE_MOST = 1 << 20, /* bytes: 1000 names, as are asked for, have less than 256 KiB */
	PAGES_MIB = 16,      /* of all together */
	NAMES_MOST = 65536
};

/* --- manifests --------------------------------------------------------------------------------------- */

const struct http_header registry_manifest_types[] = {
	{ "Accept",
	  MEDIA_INDEX ", " MEDIA_MANIFEST ", " MEDIA_DOCKER_LIST ", " MEDIA_DOCKER_MANIFEST },
	{ NULL, NULL },
};

/* TYPE, without parameters, where it is one that davit knows. */
static const char *known_type(const char *type)
{
	static const char *const types[] = { MEDIA_INDEX, MEDIA_MANIFEST, MEDIA_DOCKER_LIST,
					     MEDIA_DOCKER_MANIFEST };
	const size_t length = type ? strcspn(type, "; ") : 0;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strlen(types[i]) == length && strncmp(type, types[i], length) == 0)
			return types[i];
	}
	return NULL;
}

/* Servers of plain files do not know what they have. */
static const char *type_inside(struct arena *arena, const char *text, const char *file)
{
	static const struct json_member members[] = {
		{ "mediaType", oci_word, 0, false },
		{ NULL, NULL, 0, false },
	};
	const struct json json = { arena, file };
	struct cJSON *root = json_parse(&json, text);
	const char *type = NULL;

	if (root && json_members(&json, root, "", members, &type) < 0)
		type = NULL;
	json_free(root);
	return type;
}

/* What was got is what was meant: by its digest, and by what the server says of it. */
static const char *manifest_check(struct descriptor *out, const struct http_answer *answer,
				  const char *text, const struct digest *wanted)
{
	static const struct annotation none[1];
	struct digest said;

	*out = (struct descriptor){ .size = strlen(text), .annotations = none };
	digest_data(&out->digest, text, strlen(text));
	if (answer->has_length && answer->length != out->size)
		return "is cut off, or holds a NUL byte";
	if (wanted && !digest_same(wanted, &out->digest))
		return "does not have the digest that it was asked for by";
	if (answer->digest && digest_parse(&said, answer->digest) == 0 &&
	    !digest_same(&said, &out->digest))
		return "does not have the digest that the registry says";
	return NULL;
}

/* Returns 0, 1 when somebody else is to be asked, or -errno, said. */
static int manifest_read(struct descriptor *out, const char **text, struct registry *registry,
			 const struct http_answer *answer, const struct digest *wanted)
{
	const char *wrong, *type;

	*text = http_text(registry->arena, registry->http, MANIFEST_MOST);
	if (!*text)
		return registry_pass_over(registry, "no manifest") ? 1 : -EPROTO;
	wrong = manifest_check(out, answer, *text, wanted);
	if (wrong && registry_pass_over(registry, wrong))
		return 1;
	if (wrong) {
		fail(0, "%s: the manifest %s", answer->url, wrong);
		return -EPROTO;
	}
	type = known_type(answer->content_type);
	if (!type)
		type = known_type(type_inside(registry->arena, *text, answer->url));
	if (!type)
		return fail(0, "%s: expected an image, not %s", answer->url,
			    answer->content_type ? answer->content_type : "something without a type");
	out->media_type = type;
	return 0;
}

int registry_manifest(struct descriptor *out, const char **text, struct registry *registry,
		      const struct registry_want *want)
{
	struct http_request request = { .method = "GET", .headers = registry_manifest_types };
	char digest[DIGEST_TEXT] = "";
	struct http_answer answer;
	int ret;

	if (want->digest)
		digest_print(digest, want->digest);
	request.url = arena_print(registry->arena, "manifests/%s", want->digest ? digest : want->tag);
	if (!request.url)
		return fail(ENOMEM, "%s", registry->host);
	do {
		ret = registry_ask(&answer, registry, &request,
				   want->quiet || !want->digest ? 404 : 0);
		if (ret < 0)
			return ret;
		if (answer.status == 404 && !want->quiet)
			fail(0, "%s/%s has no tag %s (davit tags %s/%s lists those that are there)",
			     registry->host, registry->repository, want->tag, registry->host,
			     registry->repository);
		if (answer.status == 404)
			return -ENOENT;
		ret = manifest_read(out, text, registry, &answer, want->digest);
	} while (ret == 1);
	return ret;
}

/* --- blobs ------------------------------------------------------------------------------------------- */

int registry_blob(uint64_t *from, struct registry *registry, const struct descriptor *descriptor)
{
	struct http_request request = { .method = "GET", .from = *from };
	char digest[DIGEST_TEXT];
	struct http_answer answer;
	int ret;

	digest_print(digest, &descriptor->digest);
	request.url = arena_print(registry->arena, "blobs/%s", digest);
	if (!request.url)
		return fail(ENOMEM, "%s", registry->host);
	do {
		ret = registry_ask(&answer, registry, &request, request.from ? 416 : 0);
		/* Not every server that knows ranges gives them: all of it is better than nothing. */
		if (ret == 0 && answer.status == 416) {
			request.from = 0;
			ret = registry_ask(&answer, registry, &request, 0);
		}
		if (ret < 0)
			return ret;
		if (!answer.has_length || (answer.from <= descriptor->size &&
					   answer.length == descriptor->size - answer.from)) {
			*from = answer.from;
			return 0;
		}
	} while (registry_pass_over(registry, "wrong length"));
	fail(0, "%s: has %llu bytes from byte %llu on: %llu were expected in all", answer.url,
	     (unsigned long long)answer.length, (unsigned long long)answer.from,
	     (unsigned long long)descriptor->size);
	return -EPROTO;
}

/* --- lists ------------------------------------------------------------------------------------------- */

/* Names outlive the page that they stand in. */
struct listing {
	struct texts *out;
	struct registry *registry;
	const char *key;
	const struct json *json; /* the page that is read */
	const char *next;        /* where the next one is, or NULL */
	size_t size;             /* bytes of all so far */
};

/* Names are printed: nobody else's terminal is to be moved by them. */
static int name_add(void *data, const struct cJSON *item, const char *path)
{
	struct listing *listing = data;
	struct arena *arena = listing->registry->arena;
	const char *text = json_string(listing->json, item, path);
	char *name = text ? arena_copy(arena, text, strlen(text)) : NULL;

	if (!text)
		return -EINVAL;
	if (listing->out->count == NAMES_MOST)
		return json_fail(listing->json, path, "these are too many names");
	if (!name || texts_add(arena, listing->out, name) < 0)
		return fail(ENOMEM, "%s", path);
	text_tame(name);
	return 0;
}

static int names_read(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	struct listing *listing = out;

	listing->json = json;
	return json_list(json, item, path, name_add, listing);
}

/* Of 'Link: </v2/…>; rel="prev", </v2/…?n=…&last=…>; rel="next"' (RFC 8288) what leads to the next
 * page; NULL: there is none. From ARENA. */
static const char *link_next(struct arena *arena, const char *link)
{
	const char *from = link ? strchr(link, '<') : NULL, *to, *end;

	while (from && (to = strchr(from, '>'))) {
		const char *rel = strstr(to, "next");

		end = strchr(to, '<');
		if (rel && (!end || rel < end))
			return arena_copy(arena, from + 1, (size_t)(to - from) - 1);
		from = end;
	}
	return NULL;
}

/* Where the next page is. What is on the same server is asked of whoever is asked for the repository. */
static int page_next(struct listing *listing, struct arena *arena, const struct http_answer *answer)
{
	const char *link = link_next(arena, answer->link);
	struct url here, next;

	if (link && url_parse(&here, arena, answer->url) == 0)
		link = url_resolve(arena, &here, link);
	if (link && url_parse(&next, arena, link) == 0 && url_is_same_server(&here, &next))
		link = next.target;
	listing->next = link ? arena_copy(listing->registry->arena, link, strlen(link)) : NULL;
	return arena->failed || (link && !listing->next) ? fail(ENOMEM, "%s", answer->url) : 0;
}

static int page_read(struct listing *listing, struct arena *arena, const struct http_answer *answer)
{
	const struct json_member members[] = {
		{ listing->key, names_read, 0, false },
		{ NULL, NULL, 0, false },
	};
	const struct json json = { arena, answer->url };
	const char *text = http_text(arena, listing->registry->http, PAGE_MOST);
	struct cJSON *root = text ? json_parse(&json, text) : NULL;
	int ret = root ? json_members(&json, root, "", members, listing) : -EINVAL;

	json_free(root);
	if (ret == 0)
		ret = page_next(listing, arena, answer);
	listing->size += (text ? strlen(text) : 0) + (listing->next ? strlen(listing->next) : 0);
	return ret;
}

/* Statuses from 400 on, where all are EXPECTED, are -EOPNOTSUPP, and 401 is -ENOKEY; not said. */
static int page_ask(struct listing *listing, int expected)
{
	const struct http_request request = { .method = "GET", .url = listing->next };
	struct registry *registry = listing->registry;
	struct http_answer answer;
	struct arena page = { 0 };
	int ret;

	registry->answers = &page;
	ret = registry_ask(&answer, registry, &request, expected);
	registry->answers = NULL;
	if (ret == 0 && answer.status >= 400)
		ret = answer.status == 401 ? -ENOKEY : -EOPNOTSUPP;
	if (ret == 0)
		ret = page_read(listing, &page, &answer);
	arena_close(&page);
	return ret;
}

static int pages_read(struct texts *out, struct registry *registry, const char *key,
		      const char *url, int expected)
{
	struct listing listing = { .out = out, .registry = registry, .key = key, .next = url };
	unsigned int pages = 0;
	int ret;

	*out = (struct texts){ 0 };
	do {
		ret = page_ask(&listing, expected);
		if (ret == 0 && listing.next &&
		    (++pages == PAGES_MOST || listing.size > (size_t)PAGES_MIB << 20))
			return fail(0, "%s: its list is longer than %d pages or %d MiB",
				    registry->host, PAGES_MOST, PAGES_MIB);
	} while (ret == 0 && listing.next);
	return ret;
}

int registry_tags(struct texts *tags, struct registry *registry)
{
	return pages_read(tags, registry, "tags", "tags/list?n=1000", 0);
}

int registry_catalog(struct texts *names, struct registry *registry)
{
	return pages_read(names, registry, "repositories", "/v2/_catalog?n=1000", REGISTRY_ANY);
}
