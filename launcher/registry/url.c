/* SPDX-License-Identifier: MIT */
/* Take URLs apart, and put a reference together with where it was read. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "registry/url.h"

enum { PORT_HTTP = 80, PORT_HTTPS = 443, PORT_MOST = 65535, HOST_MOST = 253 };

/* Only what can be seen, and nothing that some programs take for a slash. */
static bool is_plain(const char *text)
{
	for (; *text; text++) {
		if (*text <= ' ' || *text > '~' || *text == '\\' || *text == '"' || *text == '<' ||
		    *text == '>')
			return false;
	}
	return true;
}

static bool is_host_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
	       byte == '.' || byte == '_';
}

/* A name or an IPv4 address, lower-cased in place. */
static bool host_check(char *host)
{
	size_t i;

	for (i = 0; host[i]; i++) {
		if (host[i] >= 'A' && host[i] <= 'Z')
			host[i] = (char)(host[i] - 'A' + 'a');
		if (!is_host_byte(host[i]) || (host[i] == '.' && (i == 0 || host[i - 1] == '.')))
			return false;
	}
	return i > 0 && i <= HOST_MOST && host[0] != '-';
}

static bool is_ipv6(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET6, host, &address) == 1;
}

/* HOST or [HOST], and :PORT where it is given. */
static int authority_parse(struct url *out, struct arena *arena, char *text)
{
	const bool bracket = text[0] == '[';
	char *end = bracket ? strchr(text, ']') : text + strcspn(text, ":");
	uint64_t port = out->tls ? PORT_HTTPS : PORT_HTTP;
	const uint64_t usual = port;
	char *host = bracket ? text + 1 : text;

	if (!end)
		return -EINVAL;
	if (bracket)
		*end++ = '\0';
	if (*end == ':') {
		*end = '\0';
		if (text_number(&port, end + 1, PORT_MOST) || port == 0)
			return -EINVAL;
	} else if (*end != '\0') {
		return -EINVAL;
	}
	if (bracket ? !is_ipv6(host) : !host_check(host))
		return -EINVAL;
	out->host = host;
	out->port = (uint16_t)port;
	out->authority =
		arena_print(arena, port == usual ? "%s%s%s" : "%s%s%s:%u", bracket ? "[" : "", host,
			    bracket ? "]" : "", (unsigned int)port);
	return 0;
}

int url_parse(struct url *out, struct arena *arena, const char *text)
{
	const size_t scheme = strncasecmp(text, "https://", 8) == 0 ? 8 : 7;
	const char *target;
	char *authority;

	memset(out, 0, sizeof(*out));
	if ((scheme == 7 && strncasecmp(text, "http://", 7) != 0) || !is_plain(text))
		return -EINVAL;
	out->tls = scheme == 8;
	text += scheme;
	target = text + strcspn(text, "/?#");
	authority = arena_copy(arena, text, (size_t)(target - text));
	if (!authority)
		return -ENOMEM;
	if (authority_parse(out, arena, authority) < 0)
		return -EINVAL;
	out->target = arena_print(arena, "%s%.*s", *target == '/' ? "" : "/",
				  (int)strcspn(target, "#"), target);
	return arena->failed;
}

const char *url_shown(struct arena *arena, const char *url)
{
	const char *shown = arena_copy(arena, url, strcspn(url, "?#"));

	return shown ? shown : "a URL";
}

bool url_is_same_server(const struct url *a, const struct url *b)
{
	return a->port == b->port && a->tls == b->tls && strcmp(a->host, b->host) == 0;
}

bool url_is_address(const struct url *url)
{
	struct in_addr address;

	return inet_pton(AF_INET, url->host, &address) == 1 || is_ipv6(url->host);
}

bool host_is_own(const char *host)
{
	const size_t length = strcspn(host, ":");

	return (length == 9 && strncmp(host, "localhost", 9) == 0) ||
	       (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == length);
}

/* Take the segments "." and ".." out of the path of TARGET (RFC 3986, section 5.2.4). */
static void remove_dots(char *target)
{
	const char *from = target;
	char *to = target;

	while (*from == '/') {
		const size_t length = strcspn(from + 1, "/?");
		const bool last = from[1 + length] != '/';
		const bool dot = length == 1 && from[1] == '.';
		const bool dots = length == 2 && from[1] == '.' && from[2] == '.';

		if (dots) {
			while (to > target && *--to != '/')
				continue;
		}
		if (!dot && !dots) {
			memmove(to, from, length + 1);
			to += length + 1;
		} else if (last) {
			*to++ = '/';
		}
		from += length + 1;
	}
	memmove(to, from, strlen(from) + 1);
}

const char *url_resolve(struct arena *arena, const struct url *base, const char *location)
{
	const char *scheme = base->tls ? "https" : "http";
	const size_t path = strcspn(base->target, "?");
	const char *colon = location + strcspn(location, ":/?#");
	size_t folder = path;
	char *target;

	if (*colon == ':')
		return location;
	if (strncmp(location, "//", 2) == 0)
		return arena_print(arena, "%s:%s", scheme, location);
	while (folder > 1 && base->target[folder - 1] != '/')
		folder--;
	if (location[0] == '/')
		target = arena_print(arena, "%s", location);
	else if (location[0] == '?')
		target = arena_print(arena, "%.*s%s", (int)path, base->target, location);
	else if (location[0] == '\0' || location[0] == '#')
		target = arena_print(arena, "%s", base->target);
	else
		target = arena_print(arena, "%.*s%s", (int)folder, base->target, location);
	if (!target)
		return NULL;
	remove_dots(target);
	return arena_print(arena, "%s://%s%s", scheme, base->authority, target);
}
