/* SPDX-License-Identifier: MIT */
/* An image's configuration: how its app is started. Source: OCI image-spec 1.0, config.md;
 * Healthcheck, OnBuild and Shell as Docker writes them. */
#ifndef IMAGE_OCI_CONFIG_H
#define IMAGE_OCI_CONFIG_H

#include "image/manifest.h"

/* Times in nanoseconds, as Docker has them; 0: its default. test: empty, or its first word is NONE, CMD or CMD-SHELL. */
struct health {
	struct texts test;
	uint64_t interval, timeout, start_period, retries;
};

struct history {
	const char *created, *created_by, *comment, *author; /* NULL: not said */
	bool empty_layer;
};

struct image_config {
	struct platform platform;
	const char *created, *author;                                   /* NULL: not said */
	const char *user, *workdir, *stop_signal;                       /* NULL: not said */
	struct texts env, entrypoint, command, volumes, ports, onbuild; /* ports: "80/tcp" */
	struct texts shell;
	const struct annotation *labels; /* never NULL */
	struct health health;
	struct digest *diff_ids;
	size_t diff_id_count;
	struct history *history;
	size_t history_count;
};

/* As manifest_parse(); but Env, Cmd, Entrypoint, Shell, OnBuild and the health check's Test may hold any
 * characters, since they are the app's: whoever shows them keeps them in their line. Texts of labels and
 * history may hold tabs and ends of lines. Env is NAME=VALUE each, volumes are absolute without "..". */
int image_config_parse(struct image_config *out, struct arena *arena, const char *text,
		       const char *file);
/* That CONFIG has a diff id for each layer. Returns 0, or -EINVAL said about FILE. */
int image_config_match(const struct image_config *config, const struct manifest *manifest,
		       const char *file);
/* CONFIG as JSON, keys in a fixed order, without blanks: the same config gives the same bytes. From ARENA, or NULL. */
const char *image_config_print(struct arena *arena, const struct image_config *config);
/* MANIFEST the same way, with a schemaVersion of 2. */
const char *manifest_print(struct arena *arena, const struct manifest *manifest);
/* An index of COUNT manifests the same way. */
const char *index_print(struct arena *arena, const struct index *index);

#endif
