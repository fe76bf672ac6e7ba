/* SPDX-License-Identifier: MIT */
/* What a signature is over: "simple signing", as JSON. Only what is known may be in it, but for what is optional. */
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "image/signature.h"

static const char type[] = "cosign container image signature";

struct reading {
	struct json json;
	struct payload *payload;
	bool has_digest, has_type, has_identity;
};

static int read_reference(void *data, const struct cJSON *item, const char *path)
{
	struct reading *reading = data;
	const char *text = json_string(&reading->json, item, path), *at;

	if (!text)
		return -EINVAL;
	for (at = text; *at; at++) {
		if (*at <= ' ' || *at > '~')
			return json_fail(&reading->json, path,
					 "expected a name of printable ASCII characters");
	}
	reading->payload->reference = arena_copy(reading->json.arena, text, strlen(text));
	return reading->payload->reference ? 0 : fail(ENOMEM, "%s", reading->json.file);
}

static int read_digest(void *data, const struct cJSON *item, const char *path)
{
	struct reading *reading = data;
	const char *text = json_string(&reading->json, item, path);

	if (!text)
		return -EINVAL;
	if (digest_parse(&reading->payload->manifest, text) < 0)
		return json_fail(&reading->json, path,
				 "expected sha256: and 64 lower-case hexadecimal digits");
	reading->has_digest = true;
	return 0;
}

static int read_identity(void *data, const struct cJSON *item, const char *path)
{
	static const struct json_field fields[] = { { "docker-reference", read_reference },
						    { NULL, NULL } };
	struct reading *reading = data;

	reading->has_identity = true;
	return json_object(&reading->json, item, path, fields, data);
}

static int read_image(void *data, const struct cJSON *item, const char *path)
{
	static const struct json_field fields[] = { { "docker-manifest-digest", read_digest },
						    { NULL, NULL } };
	const struct reading *reading = data;

	return json_object(&reading->json, item, path, fields, data);
}

static int read_type(void *data, const struct cJSON *item, const char *path)
{
	struct reading *reading = data;
	const char *text = json_string(&reading->json, item, path);

	if (!text)
		return -EINVAL;
	if (strcmp(text, type) != 0)
		return json_fail(&reading->json, path,
				 "expected \"cosign container image signature\"");
	reading->has_type = true;
	return 0;
}

static int read_critical(void *data, const struct cJSON *item, const char *path)
{
	static const struct json_field fields[] = { { "identity", read_identity },
						    { "image", read_image },
						    { "type", read_type },
						    { NULL, NULL } };
	const struct reading *reading = data;

	return json_object(&reading->json, item, path, fields, data);
}

/* Nothing in it is used. */
static int read_optional(void *data, const struct cJSON *item, const char *path)
{
	(void)data;
	(void)item;
	(void)path;
	return 0;
}

int payload_parse(struct payload *out, struct arena *arena, const char *text, const char *file)
{
	static const struct json_field fields[] = { { "critical", read_critical },
						    { "optional", read_optional },
						    { NULL, NULL } };
	struct reading reading = { .json = { arena, file }, .payload = out };
	struct cJSON *root = json_parse(&reading.json, text);
	int ret;

	*out = (struct payload){ .reference = "" };
	if (!root)
		return -EINVAL;
	ret = json_object(&reading.json, root, "payload", fields, &reading);
	json_free(root);
	if (ret == 0 && (!reading.has_digest || !reading.has_type || !reading.has_identity))
		ret = json_fail(&reading.json, "critical",
				!reading.has_digest ? "expected image.docker-manifest-digest" :
				!reading.has_type   ? "expected type" :
						      "expected identity");
	return ret;
}

const char *payload_print(struct arena *arena, const struct payload *payload)
{
	char digest[DIGEST_TEXT];

	/* A reference has no character that JSON would want escaped; its parser sees to that. */
	if (strpbrk(payload->reference, "\"\\"))
		return NULL;
	digest_print(digest, &payload->manifest);
	return arena_print(arena,
			   "{\"critical\":{\"identity\":{\"docker-reference\":\"%s\"},"
			   "\"image\":{\"docker-manifest-digest\":\"%s\"},"
			   "\"type\":\"%s\"},\"optional\":null}",
			   payload->reference, digest, type);
}
