/* SPDX-License-Identifier: MIT */
/* The device's policy, davit.conf: what any app on this device may be given at most. */
#ifndef SANDBOX_POLICY_H
#define SANDBOX_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

/* A key that is not in the file restricts nothing. One that is there allows what it names, and no more. */
enum policy_key {
	POLICY_CAPABILITIES,
	POLICY_CPUS_PER_APP,
	POLICY_DEVICES,
	POLICY_HOST_NAMESPACES,
	POLICY_IMAGES,
	POLICY_MEMORY,
	POLICY_MEMORY_PER_APP,
	POLICY_NETWORKS,
	POLICY_NO_NEW_PRIVILEGES,
	POLICY_PATHS,
	POLICY_PIDS_PER_APP,
	POLICY_PRIVILEGED,
	POLICY_SECCOMP,
	POLICY_USERNS,
	POLICY_VERIFY,
	POLICY_VERITY,
	POLICY_KEY_COUNT
};

/* Keys that restrict nothing: where images come from. */
enum policy_registry_key {
	POLICY_CA,
	POLICY_MIRRORS,
	POLICY_OFFLINE,
	POLICY_PLAIN_HTTP,
	POLICY_REGISTRY,
	POLICY_REGISTRY_KEY_COUNT
};

/* What an image must show before it is launched. DIGEST: that it is what its manifest names. */
enum policy_verify { VERIFY_DIGEST, VERIFY_SIGNED, VERIFY_NOTHING };

/* Where a key stands; number 0: nowhere. */
struct policy_line {
	unsigned int number;
	const char *text;
};

/* A device by name: a pattern of match_path(), or a plain name, which may be a link. */
struct policy_device {
	const char *name;
	bool plain;
	mode_t type; /* S_IFCHR or S_IFBLK of what a plain name leads to; 0: not known */
	dev_t number;
};

/* A file or directory, and what is below it. */
struct policy_path {
	const char *path;
	bool read_only;
};

/* Strings are the file's. */
struct policy_registries {
	struct policy_line lines[POLICY_REGISTRY_KEY_COUNT];
	const char *host;      /* of names without one; or NULL */
	struct texts mirrors;  /* "HOST=URL" */
	struct texts plain;    /* hosts that speak no TLS */
	const char *authority; /* a file of certificates that are believed; or NULL */
	bool offline;
};

struct policy {
	const char *file;       /* NULL: there is no policy */
	const char *image_real; /* the image's path without links, once looked for */
	struct policy_line lines[POLICY_KEY_COUNT];
	uint64_t capabilities; /* bit n = capability n */
	unsigned long shared;  /* CLONE_NEW* of the namespaces of the host that an app may be in */
	uint64_t memory;       /* bytes, of all apps together */
	uint64_t memory_per_app; /* bytes */
	uint64_t cpus_per_app;   /* thousandths of one processor */
	uint64_t pids_per_app;
	bool no_new_privileges;  /* required */
	bool privileged;         /* allowed; without a policy it is not */
	bool seccomp_file;       /* another filter is allowed */
	bool seccomp_unconfined; /* none is allowed */
	bool userns;             /* required */
	enum policy_verify verify;
	bool verity; /* required */
	struct policy_device *devices;
	size_t device_count;
	struct policy_path *paths, *images;
	size_t path_count, image_count;
	struct policy_registries registries;
};

/* Read a policy from TEXT, the contents of FILE, both of which must outlive it. Pure. Returns 0, or
 * -errno said by fail() with file and line. */
int policy_parse(struct policy *policy, struct arena *arena, const char *file, const char *text);
/* The directory that davit --config or DAVIT_CONFIG names, or NULL. No option of a launch: a .conf
 * file could name another policy than the device's. */
const char *policy_directory(void);
/* Read davit.conf in DIRECTORY, or in /etc/davit for NULL. A file that is not there is no policy,
 * and so is /etc/davit. What cannot be read, or may be written to by others than root, is an error.
 * Returns 0 or -errno, said by fail(). */
int policy_read(struct policy *policy, struct arena *arena, const char *directory);
/* The name of a key, as the file has it. */
const char *policy_key_name(enum policy_key key);
/* True when PATH is absolute, has no ".." and is BASE or below it, name by name. */
bool policy_path_below(const char *path, const char *base);

#endif
