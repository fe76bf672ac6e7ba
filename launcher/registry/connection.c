/* SPDX-License-Identifier: MIT */
/* Connect to a host by name or address, and read and write with patience that ends. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/fd.h"
#include "registry/connection.h"
#include "registry/tls.h"

/* Milliseconds that all addresses but the last have: where IPv6 is announced and goes nowhere. */
enum { FIRST_TIMEOUT = 5000 };
/* Bytes that must come while a timeout's time is spent waiting. */
enum { CAME_LEAST = 1024 };
/* Milliseconds after which one who has answered, and takes no more of what is sent, has read enough. */
enum { ENOUGH = 5000 };

int connection_fail(struct connection *connection, int err, const char *why)
{
	(void)snprintf(connection->why, sizeof(connection->why), "%s", why);
	return -err;
}

int connection_tell(struct connection *connection, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(connection->why, sizeof(connection->why), format, args);
	va_end(args);
	return -err;
}

void connection_none(struct connection *connection, int timeout)
{
	memset(connection, 0, sizeof(*connection));
	connection->fd = -1;
	connection->timeout = timeout;
}

void connection_patience(struct connection *connection)
{
	connection->waited = 0;
	connection->came = 0;
}

void connection_close(struct connection *connection)
{
	if (CONFIG_TLS && connection->tls)
		tls_close(connection->tls);
	connection->tls = NULL;
	fd_close(&connection->fd);
}

/* Returns the EVENTS for which FD is ready, or -errno. */
static int await_any(int fd, short events, int timeout)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };
	int ret;

	do {
		ret = poll(&poll_fd, 1, timeout);
	} while (ret < 0 && errno == EINTR);
	if (ret < 0)
		return -errno;
	return ret == 0 ? -ETIMEDOUT : poll_fd.revents;
}

/* Returns 0 when FD is ready for EVENTS, or -errno. */
static int await(int fd, short events, int timeout)
{
	const int ret = await_any(fd, events, timeout);

	return ret < 0 ? ret : 0;
}

/* The same for sending. Whoever answers and takes no more for a while has read enough: -ECONNRESET.
 * (An interim answer comes before more is taken.) */
static int await_sending(int fd, int timeout)
{
	int ret = await_any(fd, POLLOUT | POLLIN, timeout);

	if (ret < 0 || ret & POLLOUT)
		return ret < 0 ? ret : 0;
	ret = await_any(fd, POLLOUT, timeout < ENOUGH ? timeout : ENOUGH);
	return ret > 0 && ret & POLLOUT ? 0 : -ECONNRESET;
}

/* Nobody but this machine hears what is said there. */
static bool is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in *four = (const void *)address;
	const struct sockaddr_in6 *six = (const void *)address;

	if (address->sa_family == AF_INET)
		return ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

/* Returns a connected socket, or -errno. */
static int address_connect(const struct addrinfo *address, int timeout)
{
	const int type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, on = 1;
	autoclose int fd = socket(address->ai_family, type, 0);
	socklen_t size = sizeof(int);
	int err = 0, ret;

	if (fd < 0)
		return -errno;
	/* What is sent is whole requests: waiting for more to go along would only cost time. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return steal_fd(&fd);
	if (errno != EINPROGRESS && errno != EINTR)
		return -errno;
	ret = await(fd, POLLOUT, timeout);
	if (ret == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size) < 0)
		ret = -errno;
	if (ret == 0 && err)
		ret = -err;
	return ret < 0 ? ret : steal_fd(&fd);
}

/* What getaddrinfo(3) says, in fewer words than gai_strerror() links. */
static int name_fail(struct connection *connection, int code)
{
	if (code == EAI_AGAIN)
		return connection_fail(connection, EAGAIN,
				       "no name server answers (see /etc/resolv.conf)");
	if (code == EAI_MEMORY)
		return connection_fail(connection, ENOMEM, strerror(ENOMEM));
	return connection_fail(connection, EHOSTUNREACH, "there is no host of this name");
}

int connection_open(struct connection *connection, const char *host, uint16_t port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *list = NULL, *address;
	static const char not_here[] =
		"this name leads away from this machine, where without TLS nothing is said (see plain-http, and /etc/hosts)";
	char service[sizeof("65535")];
	bool elsewhere = false;
	int ret;

	connection_patience(connection);
	(void)snprintf(service, sizeof(service), "%u", port);
	ret = getaddrinfo(host, service, &hints, &list);
	if (ret != 0)
		return name_fail(connection, ret);
	for (address = list; address; address = address->ai_next) {
		const bool last = !address->ai_next;

		if (connection->own && !is_loopback(address->ai_addr)) {
			elsewhere = true;
			continue;
		}
		ret = address_connect(address, last || connection->timeout < FIRST_TIMEOUT ?
						       connection->timeout :
						       FIRST_TIMEOUT);
		if (ret >= 0)
			break;
	}
	freeaddrinfo(list);
	if (ret == 0 && elsewhere)
		return connection_fail(connection, EPERM, not_here);
	if (ret < 0)
		return connection_fail(connection, -ret, strerror(-ret));
	connection->fd = ret;
	return 0;
}

static int transfer_fail(struct connection *connection, int err)
{
	if (err == ETIMEDOUT)
		return connection_fail(connection, err,
				       "nothing, or next to nothing, came for too long");
	return connection_fail(connection, err == EPIPE ? ECONNRESET : err,
			       err == EPIPE || err == ECONNRESET ? "the connection broke" :
								   strerror(err));
}

static int64_t now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * (int64_t)1000 + time.tv_nsec / 1000000;
}

/* Wait for something to read, unless too little came in all the time that was waited already. */
static int await_more(struct connection *connection)
{
	const int64_t before = now();
	int ret;

	if (connection->waited >= connection->timeout && connection->came < CAME_LEAST)
		return -ETIMEDOUT;
	if (connection->waited >= connection->timeout)
		connection_patience(connection);
	ret = await(connection->fd, POLLIN, connection->timeout);
	connection->waited += (int)(now() - before);
	return ret;
}

ssize_t connection_receive(struct connection *connection, void *data, size_t size)
{
	ssize_t got;
	int ret = 0;

	do {
		got = recv(connection->fd, data, size, 0);
		if (got < 0 && errno == EAGAIN)
			ret = await_more(connection);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN) && ret == 0);
	if (got < 0)
		return transfer_fail(connection, ret < 0 ? -ret : errno);
	connection->came += (size_t)got;
	return got;
}

ssize_t connection_send(struct connection *connection, const void *data, size_t length)
{
	ssize_t put;
	int ret = 0;

	do {
		put = send(connection->fd, data, length, MSG_NOSIGNAL);
		if (put < 0 && errno == EAGAIN)
			ret = await_sending(connection->fd, connection->timeout);
	} while (put < 0 && (errno == EINTR || errno == EAGAIN) && ret == 0);
	if (put < 0)
		return transfer_fail(connection, ret < 0 ? -ret : errno);
	return put;
}

ssize_t connection_read(struct connection *connection, void *data, size_t size)
{
	if (CONFIG_TLS && connection->tls)
		return tls_read(connection->tls, data, size);
	return connection_receive(connection, data, size);
}

int connection_write(struct connection *connection, const void *data, size_t length)
{
	const char *at = data;

	while (length > 0) {
		const ssize_t put = CONFIG_TLS && connection->tls ?
					    tls_write(connection->tls, at, length) :
					    connection_send(connection, at, length);

		if (put < 0)
			return (int)put;
		at += put;
		length -= (size_t)put;
	}
	return 0;
}

bool connection_stirs(const struct connection *connection)
{
	return await(connection->fd, POLLIN, 0) == 0;
}
