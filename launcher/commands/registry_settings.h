/* SPDX-License-Identifier: MIT */
/* What the device (davit.conf), the environment and the files of docker login say of registries. */
#ifndef COMMANDS_REGISTRY_SETTINGS_H
#define COMMANDS_REGISTRY_SETTINGS_H

#include "registry/registry.h"

/* Fill SETTINGS: davit.conf of davit --config (keys registry, mirrors, plain-http, ca, offline),
 * certs.d beside it, HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and where credentials may be. Strings
 * live in ARENA or the environment. The caller may change it before registry_open(). Returns 0 or
 * -errno, said. */
int registry_settings_read(struct registry_settings *settings, struct arena *arena);
/* The file in which davit login keeps credentials: GIVEN (--authfile), or $REGISTRY_AUTH_FILE, or
 * config.json in $DOCKER_CONFIG or ~/.docker. From ARENA; NULL, said. */
const char *registry_login_file(struct arena *arena, const char *given);

#endif
