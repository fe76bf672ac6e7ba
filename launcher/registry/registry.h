/* SPDX-License-Identifier: MIT */
/* One repository of a registry: who is asked, and who asks. Source: OCI distribution-spec 1.1;
 * distribution's docs/spec/auth (bearer tokens); RFC 7617 (basic). */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include "image/manifest.h"
#include "image/reference.h"
#include "registry/http.h"

/* What the device, the environment and the command line say of registries. Strings outlive the registry. */
struct registry_settings {
	struct http_settings http;
	const char *default_host; /* of a name without one; NULL: docker.io */
	struct texts mirrors; /* "HOST=URL": asked before HOST when something is fetched, in this order */
	struct texts plain; /* hosts that speak no TLS; loopback addresses may do without being named */
	const char *credentials; /* "USER:PASSWORD", or NULL: what the credential files say */
	struct texts credential_files; /* as docker login and podman login write them, asked in this order */
};

/* What a token is asked for. REGISTRY_HOST: for nothing but to be let in. */
enum registry_use { REGISTRY_PULL, REGISTRY_PUSH, REGISTRY_CATALOG, REGISTRY_HOST };

struct registry {
	const struct registry_settings *settings;
	struct arena *arena;
	struct arena *answers; /* where answers are kept in place of arena; or NULL */
	struct http *http;
	const char *host;       /* as people write it: "docker.io", "localhost:5000" */
	const char *repository; /* "library/web" */
	bool assumed;           /* no host was named, nor is one set */
	enum registry_use use;
	/* Further repositories of the host to which a token is to give access (pull), for mounts;
	 * the caller's to fill before anything is asked. None are left where that is refused. */
	struct texts sources;
	/* Which of host and its mirrors answers, and by what right; registry.c's own. */
	struct registry_state *state;
};

/* Whom to ask about REFERENCE; nothing is asked yet. Returns 0 or -errno, said. The registry is to
 * be closed in any case; SETTINGS outlive it. */
int registry_open(struct registry *registry, struct arena *arena,
		  const struct registry_settings *settings, const struct reference *reference,
		  enum registry_use use);
/* The host and repository that REFERENCE means, as registry_open() takes it. Returns 0 or -ENOMEM, said. */
int registry_place(const char **host, const char **repository, struct arena *arena,
		   const struct registry_settings *settings, const struct reference *reference);
/* Have a client of HTTP where it was closed: a process of its own needs one. Returns 0 or -errno, said. */
int registry_connect(struct registry *registry);
/* Safe twice. */
void registry_close(struct registry *registry);

enum { REGISTRY_ANY = -1 }; /* all statuses are expected */

/* Ask REQUEST, whose url is a path below /v2/REPOSITORY/ ("manifests/latest"; with a slash in
 * front: below the host), or a whole URL; as whoever has the right to. 401 is answered by
 * credentials or a token, once. Statuses from 400 on are said in the registry's words and returned
 * as -ENOENT (404), -EACCES (401, 403), -EPROTO or the like, but for those of which EXPECTED (0:
 * none) is one; a redirect that is not followed (http.h) is -EPROTO too. Returns 0 or -errno, said. */
int registry_ask(struct http_answer *answer, struct registry *registry,
		 const struct http_request *request, int expected);

/* The header Accept of whoever asks for a manifest: without it some registries say that there is none. */
extern const struct http_header registry_manifest_types[];

/* The manifest or index that TAG, or else DIGEST, names: its text (checked against its digest,
 * which is computed) and *out (media type, digest, size). From mirrors first. Returns 0, -ENOENT
 * (said unless QUIET), or -errno said. */
struct registry_want {
	const char *tag;
	const struct digest *digest;
	bool quiet;
};
int registry_manifest(struct descriptor *out, const char **text, struct registry *registry,
		      const struct registry_want *want);
/* What the last answer came from sent wrong bytes (WHY: "wrong digest"), or too few too often. A
 * mirror is not asked again, which is said. Returns whether there is anybody else to ask. */
bool registry_pass_over(struct registry *registry, const char *why);
/* Begin to read a blob at FROM bytes; *from is where the answer really begins (0 where the server
 * knows no ranges). Its bytes come by http_read(registry->http). Nothing is checked but the length
 * that is said. Returns 0 or -errno, said. */
int registry_blob(uint64_t *from, struct registry *registry, const struct descriptor *descriptor);
/* All tags of the repository, or all repositories of the host; page after page. Returns 0 or
 * -errno, said, but for -EOPNOTSUPP: the host shows no catalogue. */
int registry_tags(struct texts *tags, struct registry *registry);
int registry_catalog(struct texts *names, struct registry *registry);

#endif
