/* SPDX-License-Identifier: MIT */
/* What manifests, indexes and configs have in common: texts, lists, annotations. Everything found lives in json->arena. */
#ifndef IMAGE_OCI_PARTS_H
#define IMAGE_OCI_PARTS_H

#include "base/json.h"
#include "image/manifest.h"

/* Readers of struct json_member, each with what OUT points to. All return 0 or -errno, said by fail(). */

/* const char *: a text without control characters. */
int oci_word(const struct json *json, const struct cJSON *item, const char *path, void *out);
/* const char *: of several lines; tab and end of line are allowed. */
int oci_prose(const struct json *json, const struct cJSON *item, const char *path, void *out);
/* const struct annotation *: an object of texts as oci_prose() has them, ended by a NULL key. */
int oci_annotations(const struct json *json, const struct cJSON *item, const char *path, void *out);
/* struct texts: a list of texts of any characters, for an app to read; items is never NULL. */
int oci_texts(const struct json *json, const struct cJSON *item, const char *path, void *out);
/* struct texts: the keys of an object, as oci_word() has them, whatever their values. */
int oci_keys(const struct json *json, const struct cJSON *item, const char *path, void *out);
/* struct digest: of "sha256:HEX". */
int oci_digest(const struct json *json, const struct cJSON *item, const char *path, void *out);
/* uint64_t: up to INT64_MAX, as Go has it. */
int oci_number(const struct json *json, const struct cJSON *item, const char *path, void *out);
/* bool */
int oci_bool(const struct json *json, const struct cJSON *item, const char *path, void *out);

#endif
