/* SPDX-License-Identifier: MIT */
/* OCI image manifests and indexes: what an image is made of, by digest. Source: OCI image-spec 1.0
 * (descriptor.md, manifest.md, image-index.md); Docker's schema 2 has the same fields under other media types. */
#ifndef IMAGE_MANIFEST_H
#define IMAGE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"

enum {
	MANIFEST_MOST = 1 << 20, /* bytes of a manifest, index or config */
	LAYERS_MOST = 127,
	INDEX_MOST = 256
};

#define MEDIA_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define MEDIA_INDEX "application/vnd.oci.image.index.v1+json"
#define MEDIA_CONFIG "application/vnd.oci.image.config.v1+json"
#define MEDIA_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define MEDIA_DOCKER_LIST "application/vnd.docker.distribution.manifest.list.v2+json"
#define MEDIA_SQUASHFS "application/vnd.stacker.image.layer.squashfs"
#define MEDIA_EROFS "application/vnd.stacker.image.layer.erofs"
#define ANNOTATION_VERITY "io.stackeroci.stacker.atomfs_verity_root_hash"
#define ANNOTATION_VERITY_OLD "io.stackeroci.stacker.squashfs_verity_root_hash"
#define ANNOTATION_NAME "org.opencontainers.image.ref.name"
/* Docker's and containerd's: the whole reference, "web:1" or "host/web:1". */
#define ANNOTATION_IMAGE_NAME "io.containerd.image.name"

/* LAYER_OTHER: a media type that no davit can use. */
enum layer_format {
	LAYER_OTHER,
	LAYER_SQUASHFS,
	LAYER_EROFS,
	LAYER_TAR,
	LAYER_TAR_GZIP,
	LAYER_TAR_ZSTD
};

struct platform {
	const char *os, *architecture, *variant; /* as GOARCH; NULL: not said */
};

/* A key and its text; the list ends with a NULL key and keeps the order of the file. */
struct annotation {
	const char *key, *value;
};

struct descriptor {
	const char *media_type;
	struct digest digest;
	uint64_t size; /* bytes */
	struct platform platform;
	const struct annotation *annotations; /* never NULL */
	bool has_verity;                      /* the next is set */
	struct digest verity;                 /* root hash */
	enum layer_format format;             /* by its media type */
};

struct manifest {
	const char *media_type;
	struct descriptor config;
	struct descriptor *layers; /* the lowest first */
	size_t layer_count;
	const struct annotation *annotations; /* never NULL */
};

struct index {
	struct descriptor *manifests;
	size_t count;
};

/* Read a manifest, or an index, from TEXT, ended by NUL; FILE stands in messages ("web.zip:
 * manifest sha256:…"). Unknown keys are passed over, as the specification wants it; what is used is
 * checked, all strings are of printable characters. All that is found lives in ARENA. Return 0, or
 * -EINVAL or -ENOMEM, said by fail(). */
int manifest_parse(struct manifest *out, struct arena *arena, const char *text, const char *file);
int index_parse(struct index *out, struct arena *arena, const char *text, const char *file);
/* The entry of an index that fits a machine best: same os and architecture, and of several variants
 * the highest that the machine can run (an armv7 machine runs v7, v6 and v5). An entry that says no
 * platform fits when no other does; it may be an index itself. Entries that are
 * signatures or attestations never fit. NULL: none fits. Pure. */
const struct descriptor *index_choose(const struct index *index, const struct platform *machine);
/* True for what stands beside images and is none: a signature, an attestation, a list of parts. */
bool index_is_aside(const struct descriptor *entry);
/* How well an image of PLATFORM fits MACHINE: 0 not at all, the higher the better. */
unsigned int platform_fit(const struct platform *machine, const struct platform *platform);
/* "linux/arm/v7", from ARENA; "?" stands for what is not said. NULL when there is no memory. */
const char *platform_print(struct arena *arena, const struct platform *platform);
/* For people: "armv7 hard-float", which Docker's arm/v7 and v6 are; of a board "armv7"; "amd64". From ARENA, or NULL. */
const char *platform_words(struct arena *arena, const struct platform *platform, bool is_board);
/* "linux/arm/v7" in its parts. Returns 0, or -EINVAL, said. */
int platform_parse(struct platform *out, struct arena *arena, const char *text);
/* This machine. */
const struct platform *platform_own(void);
/* True for a manifest of several machines' images. */
bool descriptor_is_index(const struct descriptor *descriptor);
/* The text of KEY, or NULL. */
const char *annotation_find(const struct annotation *annotations, const char *key);

#endif
