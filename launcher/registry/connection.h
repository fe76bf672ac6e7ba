/* SPDX-License-Identifier: MIT */
/* One connection to a server, plain or with TLS around it; nothing waits longer than it may. */
#ifndef REGISTRY_CONNECTION_H
#define REGISTRY_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config.h"

struct tls;

enum { CONNECTION_WHY = 512 };

/* After connection_none() there is none. Functions return 0 or a count, or -errno unsaid with WHY
 * in words: -ETIMEDOUT, -ECONNRESET and -EAGAIN (names cannot be looked up now) may pass by. */
struct connection {
	int fd;
	int timeout;     /* milliseconds until something must have come or gone */
	int waited;      /* milliseconds for bytes, since connection_patience() */
	size_t came;     /* bytes since then */
	bool own;        /* loopback addresses only are connected to; else -EPERM */
	struct tls *tls; /* or NULL */
	char why[CONNECTION_WHY];
};

void connection_none(struct connection *connection, int timeout);
/* Every address of HOST is tried in turn. */
int connection_open(struct connection *connection, const char *host, uint16_t port);
/* Safe twice. */
void connection_close(struct connection *connection);
/* What is there, at most SIZE bytes; 0 at the end. */
ssize_t connection_read(struct connection *connection, void *data, size_t size);
/* All of it. */
int connection_write(struct connection *connection, const void *data, size_t length);
/* Something has come that nobody has read, or the other side has closed. */
bool connection_stirs(const struct connection *connection);
/* Begin to count anew: who sends next to nothing for as long as the timeout is given up too. */
void connection_patience(struct connection *connection);
/* Note why something fails; returns -ERR. */
int connection_fail(struct connection *connection, int err, const char *why);
int connection_tell(struct connection *connection, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* For tls.c, by the socket itself: as recv(2) and send(2), after waiting until it is possible. */
ssize_t connection_receive(struct connection *connection, void *data, size_t size);
ssize_t connection_send(struct connection *connection, const void *data, size_t length);

#endif
