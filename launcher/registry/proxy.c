/* SPDX-License-Identifier: MIT */
/* Proxies as the environment tells of them: HTTP_PROXY, HTTPS_PROXY, NO_PROXY. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include <mbedtls/base64.h>

#include "base/log.h"
#include "base/text.h"
#include "registry/proxy.h"

enum { PORT_PROXY = 1080 /* as curl has it */, WORD_MOST = 255 };

/* --- who is asked directly --------------------------------------------------------------------------- */

/* The first BITS bits are equal. */
static bool bits_same(const unsigned char *a, const unsigned char *b, unsigned int bits)
{
	const unsigned int bytes = bits / 8, rest = bits % 8;

	if (memcmp(a, b, bytes) != 0)
		return false;
	return rest == 0 || ((a[bytes] ^ b[bytes]) >> (8 - rest)) == 0;
}

/* HOST is an address in the network WORD, "10.0.0.0/8" or "fd00::/8"; changes WORD. */
static bool in_network(char *word, const char *host)
{
	unsigned char network[16], address[16];
	const int family = strchr(host, ':') ? AF_INET6 : AF_INET;
	const uint64_t most = family == AF_INET ? 32 : 128;
	char *slash = strchr(word, '/');
	uint64_t bits = most;

	if (slash)
		*slash = '\0';
	if (slash && text_number(&bits, slash + 1, most) < 0)
		return false;
	return inet_pton(family, word, network) == 1 && inet_pton(family, host, address) == 1 &&
	       bits_same(network, address, (unsigned int)bits);
}

/* HOST is WORD, or ends with a dot and WORD. */
static bool is_below(const char *word, const char *host)
{
	const size_t host_length = strlen(host), length = strlen(word);

	if (length == 0 || length > host_length || strcasecmp(host + host_length - length, word) != 0)
		return false;
	return length == host_length || host[host_length - length - 1] == '.';
}

static bool word_covers(char *word, const char *host)
{
	size_t length = strlen(word);

	if (strcmp(word, "*") == 0)
		return true;
	if (word[0] == '[' && word[length - 1] == ']') {
		word[--length] = '\0';
		word++;
	}
	if (strchr(word, '/') || strchr(host, ':'))
		return in_network(word, host);
	return is_below(word[0] == '.' ? word + 1 : word, host);
}

bool proxy_is_avoided(const char *list, const char *host)
{
	char word[WORD_MOST + 1];

	while (*list) {
		const size_t skip = strspn(list, ", \t"), length = strcspn(list + skip, ", \t");

		if (length > 0 && length <= WORD_MOST) {
			memcpy(word, list + skip, length);
			word[length] = '\0';
			if (word_covers(word, host))
				return true;
		}
		list += skip + length;
	}
	return false;
}

/* --- the proxy --------------------------------------------------------------------------------------- */

static int hex_digit(char byte)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = byte ? strchr(digits, byte) : NULL;

	if (!at)
		return -1;
	return at - digits < 16 ? (int)(at - digits) : (int)(at - digits) - 6;
}

/* Take %HH for the byte it means, in place. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		const int high = *text == '%' ? hex_digit(text[1]) : -1;
		const int low = high < 0 ? -1 : hex_digit(text[2]);

		if (low < 0) {
			*to++ = *text;
			continue;
		}
		*to++ = (char)((unsigned int)high << 4 | (unsigned int)low);
		text += 2;
	}
	*to = '\0';
}

/* "Basic ..." of "USER:PASSWORD" (RFC 7617). */
static const char *basic(struct arena *arena, const char *text, size_t length)
{
	unsigned char base64[512];
	size_t got;
	char *user = arena_copy(arena, text, length);

	if (!user)
		return NULL;
	unescape(user);
	if (mbedtls_base64_encode(base64, sizeof(base64), &got, (const unsigned char *)user,
				  strlen(user)) != 0)
		return NULL;
	return arena_print(arena, "Basic %s", (const char *)base64);
}

/* Never repeats TEXT, which may hold a password. */
static int proxy_parse(struct proxy *out, struct arena *arena, const char *text, const char *name)
{
	const bool scheme = strstr(text, "://") != NULL;
	const char *rest = scheme ? strstr(text, "://") + 3 : text;
	const char *at = rest, *next;
	const char *port;
	struct url url;

	for (next = strchr(rest, '@'); next; next = strchr(next + 1, '@'))
		at = next + 1;
	if (at > rest) {
		out->authorization = basic(arena, rest, (size_t)(at - rest) - 1);
		if (!out->authorization)
			return fail(0, "%s: its user and password are too long", name);
	}
	port = at[0] == '[' ? strchr(at, ']') : at;
	if (scheme && strncasecmp(text, "http://", 7) != 0)
		return fail(0, "%s: only proxies of http:// are known here", name);
	if (!port || url_parse(&url, arena, arena_print(arena, "http://%s", at)) < 0)
		return fail(0, "%s: http://[USER:PASSWORD@]HOST[:PORT] is expected", name);
	out->host = url.host;
	out->port = strchr(port, ':') ? url.port : PORT_PROXY;
	return 0;
}

int proxy_choose(struct proxy *out, struct arena *arena, const struct http_settings *settings,
		 const struct url *url)
{
	const char *text = url->tls ? settings->https_proxy : settings->http_proxy;

	memset(out, 0, sizeof(*out));
	if (!text || !*text)
		return 0;
	if (settings->no_proxy && proxy_is_avoided(settings->no_proxy, url->host))
		return 0;
	return proxy_parse(out, arena, text, url->tls ? "HTTPS_PROXY" : "HTTP_PROXY");
}
