/* SPDX-License-Identifier: MIT */
/* Reads an image's configuration. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "image/oci_config.h"
#include "image/oci_parts.h"

enum { HISTORY_MOST = 1024, ENV_NAME_MOST = 255 };

static int read_healthcheck(const struct json *json, const struct cJSON *item, const char *path,
			    void *out)
{
	static const struct json_member members[] = {
		{ "Test", oci_texts, offsetof(struct health, test), false },
		{ "Interval", oci_number, offsetof(struct health, interval), false },
		{ "Timeout", oci_number, offsetof(struct health, timeout), false },
		{ "StartPeriod", oci_number, offsetof(struct health, start_period), false },
		{ "Retries", oci_number, offsetof(struct health, retries), false },
		{ 0 },
	};
	const struct health *health = out;
	int ret = json_members(json, item, path, members, out);

	if (ret < 0 || health->test.count == 0)
		return ret;
	if (strcmp(health->test.items[0], "NONE") == 0 || strcmp(health->test.items[0], "CMD") == 0 ||
	    strcmp(health->test.items[0], "CMD-SHELL") == 0)
		return 0;
	return json_fail(json, path, "Test: expected NONE, CMD or CMD-SHELL as its first word");
}

/* NAME=VALUE, each. */
static int read_env(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	const struct texts *env = out;
	int ret = oci_texts(json, item, path, out);
	size_t i;

	for (i = 0; i < env->count && ret == 0; i++) {
		const char *equals = strchr(env->items[i], '=');

		if (!equals || equals == env->items[i] || equals - env->items[i] > ENV_NAME_MOST)
			ret = fail(0, "%s: %s[%zu]: expected NAME=VALUE", json->file, path, i);
	}
	return ret;
}

/* Absolute paths, without "..". */
static int read_volumes(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	const struct texts *volumes = out;
	int ret = oci_keys(json, item, path, out);
	size_t i;

	for (i = 0; i < volumes->count && ret == 0; i++) {
		const char *at = volumes->items[i];

		if (at[0] != '/' || strstr(at, "/../") ||
		    (strlen(at) > 2 && strcmp(at + strlen(at) - 3, "/..") == 0))
			ret = fail(0, "%s: %s: %s: expected an absolute path without ..",
				   json->file, path, at);
	}
	return ret;
}

static int read_settings(const struct json *json, const struct cJSON *item, const char *path,
			 void *out)
{
	static const struct json_member members[] = {
		{ "User", oci_word, offsetof(struct image_config, user), false },
		{ "WorkingDir", oci_word, offsetof(struct image_config, workdir), false },
		{ "StopSignal", oci_word, offsetof(struct image_config, stop_signal), false },
		{ "Env", read_env, offsetof(struct image_config, env), false },
		{ "Entrypoint", oci_texts, offsetof(struct image_config, entrypoint), false },
		{ "Cmd", oci_texts, offsetof(struct image_config, command), false },
		{ "Volumes", read_volumes, offsetof(struct image_config, volumes), false },
		{ "ExposedPorts", oci_keys, offsetof(struct image_config, ports), false },
		{ "OnBuild", oci_texts, offsetof(struct image_config, onbuild), false },
		{ "Shell", oci_texts, offsetof(struct image_config, shell), false },
		{ "Labels", oci_annotations, offsetof(struct image_config, labels), false },
		{ "Healthcheck", read_healthcheck, offsetof(struct image_config, health), false },
		{ 0 },
	};

	return json_members(json, item, path, members, out);
}

/* What is filled in a row. */
struct filling {
	const struct json *json;
	struct digest *digest;
	struct history *history;
};

static int read_next_digest(void *data, const struct cJSON *item, const char *path)
{
	struct filling *filling = data;

	return oci_digest(filling->json, item, path, filling->digest++);
}

static int read_diff_ids(const struct json *json, const struct cJSON *item, const char *path,
			 void *out)
{
	struct filling filling = { .json = json };
	struct image_config *config = out;

	config->diff_id_count = json_count(item);
	if (config->diff_id_count > LAYERS_MOST)
		return fail(0, "%s: %s: holds %zu, more than %d", json->file, path,
			    config->diff_id_count, LAYERS_MOST);
	config->diff_ids =
		arena_alloc(json->arena, (config->diff_id_count + 1) * sizeof(*config->diff_ids));
	if (!config->diff_ids)
		return fail(ENOMEM, "%s: %s", json->file, path);
	filling.digest = config->diff_ids;
	return json_list(json, item, path, read_next_digest, &filling);
}

static int read_rootfs_type(const struct json *json, const struct cJSON *item, const char *path,
			    void *out)
{
	const char *type = json_string(json, item, path);

	(void)out;
	if (!type)
		return -EINVAL;
	return strcmp(type, "layers") == 0 ? 0 : json_fail(json, path, "expected \"layers\"");
}

static int read_rootfs(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	static const struct json_member members[] = {
		{ "type", read_rootfs_type, 0, true },
		{ "diff_ids", read_diff_ids, 0, true },
		{ 0 },
	};

	return json_members(json, item, path, members, out);
}

static int read_next_history(void *data, const struct cJSON *item, const char *path)
{
	static const struct json_member members[] = {
		{ "created", oci_word, offsetof(struct history, created), false },
		{ "created_by", oci_prose, offsetof(struct history, created_by), false },
		{ "comment", oci_prose, offsetof(struct history, comment), false },
		{ "author", oci_prose, offsetof(struct history, author), false },
		{ "empty_layer", oci_bool, offsetof(struct history, empty_layer), false },
		{ 0 },
	};
	struct filling *filling = data;

	return json_members(filling->json, item, path, members, filling->history++);
}

static int read_history(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	struct filling filling = { .json = json };
	struct image_config *config = out;

	config->history_count = json_count(item);
	if (config->history_count > HISTORY_MOST)
		return fail(0, "%s: %s: holds %zu, more than %d", json->file, path,
			    config->history_count, HISTORY_MOST);
	config->history =
		arena_alloc(json->arena, (config->history_count + 1) * sizeof(*config->history));
	if (!config->history)
		return fail(ENOMEM, "%s: %s", json->file, path);
	filling.history = config->history;
	return json_list(json, item, path, read_next_history, &filling);
}

/* Where nothing is said, as OCI's specification has it: an empty text is none. */
static void drop_empty(struct image_config *config)
{
	const char **texts[] = {
		&config->platform.os,      &config->platform.architecture,
		&config->platform.variant, &config->created,
		&config->author,           &config->user,
		&config->workdir,          &config->stop_signal,
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (*texts[i] && !(*texts[i])[0])
			*texts[i] = NULL;
	}
}

int image_config_parse(struct image_config *out, struct arena *arena, const char *text,
		       const char *file)
{
	static const struct json_member members[] = {
		{ "os", oci_word, offsetof(struct image_config, platform.os), false },
		{ "architecture", oci_word, offsetof(struct image_config, platform.architecture),
		  false },
		{ "variant", oci_word, offsetof(struct image_config, platform.variant), false },
		{ "created", oci_word, offsetof(struct image_config, created), false },
		{ "author", oci_prose, offsetof(struct image_config, author), false },
		{ "config", read_settings, 0, false },
		{ "rootfs", read_rootfs, 0, true },
		{ "history", read_history, 0, false },
		{ 0 },
	};
	static const struct annotation none[1];
	const struct json json = { arena, file };
	struct cJSON *root = json_parse(&json, text);
	int ret;

	if (!root)
		return -EINVAL;
	*out = (struct image_config){ .labels = none };
	ret = json_members(&json, root, "", members, out);
	json_free(root);
	if (ret == 0)
		drop_empty(out);
	return ret;
}

int image_config_match(const struct image_config *config, const struct manifest *manifest,
		       const char *file)
{
	if (config->diff_id_count == manifest->layer_count)
		return 0;
	return fail(0, "%s: its config describes %zu layers, its manifest %zu", file,
		    config->diff_id_count, manifest->layer_count);
}
