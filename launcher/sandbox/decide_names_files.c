/* SPDX-License-Identifier: MIT */
/* --add-host, --dns and its like: the texts of an /etc/hosts and an /etc/resolv.conf of the sandbox's own. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "sandbox/decide.h"

enum { ADDRESS_ROOM = 64 };

/* What Docker writes before its own lines. */
static const char loopback_names[] = "127.0.0.1\tlocalhost\n"
				     "::1\tlocalhost ip6-localhost ip6-loopback\n"
				     "fe00::0\tip6-localnet\n"
				     "ff00::0\tip6-mcastprefix\n"
				     "ff02::1\tip6-allnodes\n"
				     "ff02::2\tip6-allrouters\n";

/* An address of LENGTH bytes, version 6 perhaps in brackets, copied without them. */
static const char *address_take(struct arena *arena, const char *text, size_t length)
{
	const bool brackets = length > 2 && text[0] == '[' && text[length - 1] == ']';
	const char *copy = brackets ? arena_copy(arena, text + 1, length - 2) :
				      arena_copy(arena, text, length);
	unsigned char address[sizeof(struct in6_addr)];

	if (!copy || strlen(copy) >= ADDRESS_ROOM)
		return NULL;
	if (inet_pton(AF_INET6, copy, address) == 1)
		return copy;
	return !brackets && inet_pton(AF_INET, copy, address) == 1 ? copy : NULL;
}

/* A name or a domain; one that no resolver would find is nobody's harm, one that makes a line is. */
static bool is_domain(const char *text, size_t length)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	return length > 0 && length < 254 && strspn(text, letters) >= length;
}

/* HOST:IP, or HOST=IP as newer Docker has it. */
static int host_add(struct arena *arena, struct string *text, const char *entry)
{
	const size_t length = strcspn(entry, ":=");
	const char *address = NULL;

	if (entry[length])
		address = address_take(arena, entry + length + 1, strlen(entry + length + 1));
	if (!address || !is_domain(entry, length))
		return arena->failed ?
			       fail(ENOMEM, "--add-host") :
			       fail(0, "--add-host %s: expected HOST:IP, such as broker:192.0.2.7",
				    entry);
	string_add(arena, text, "%s\t%.*s\n", address, (int)length, entry);
	return 0;
}

static int decide_hosts(struct sandbox *sandbox, struct arena *arena, const struct texts *wanted)
{
	struct string text = { 0 };
	size_t i;
	int ret = 0;

	string_add(arena, &text, "%s", loopback_names);
	for (i = 0; i < wanted->count && ret == 0; i++)
		ret = host_add(arena, &text, wanted->items[i]);
	sandbox->hosts = text.text;
	return ret == 0 && arena->failed ? fail(ENOMEM, "--add-host") : ret;
}

/* Docker: a single dot means that there is nothing to search in. */
static int domains_add(struct arena *arena, struct string *text, const struct texts *domains)
{
	size_t i;

	if (domains->count == 1 && strcmp(domains->items[0], ".") == 0)
		return 0;
	for (i = 0; i < domains->count; i++) {
		const char *domain = domains->items[i];

		if (!is_domain(domain, strlen(domain)))
			return fail(0, "--dns-search %s: expected a domain", domain);
		string_add(arena, text, "%s%s", i ? " " : "search ", domain);
	}
	if (i > 0)
		string_add(arena, text, "\n");
	return 0;
}

static int options_add(struct arena *arena, struct string *text, const struct texts *options)
{
	size_t i;

	for (i = 0; i < options->count; i++) {
		const char *option = options->items[i];

		if (!option[0] || option[strspn(option, "abcdefghijklmnopqrstuvwxyz0123456789-:")])
			return fail(0, "--dns-option %s: expected an option, such as ndots:1",
				    option);
		string_add(arena, text, "%s%s", i ? " " : "options ", option);
	}
	if (i > 0)
		string_add(arena, text, "\n");
	return 0;
}

static int decide_resolver(struct sandbox *sandbox, struct arena *arena, const struct request *request)
{
	struct string text = { 0 };
	size_t i;
	int ret = domains_add(arena, &text, &request->dns_search);

	for (i = 0; i < request->dns.count && ret == 0; i++) {
		const char *server = request->dns.items[i];
		const char *address = address_take(arena, server, strlen(server));

		if (!address)
			return fail(0, "--dns %s: expected the address of a name server", server);
		string_add(arena, &text, "nameserver %s\n", address);
	}
	if (ret == 0)
		ret = options_add(arena, &text, &request->dns_option);
	sandbox->resolver = text.text;
	return ret == 0 && arena->failed ? fail(ENOMEM, "--dns") : ret;
}

int decide_names_files(struct sandbox *sandbox, struct arena *arena, const struct request *request)
{
	const struct texts *hosts = &request->add_host, *dns = &request->dns;
	int ret = 0;

	if (!CONFIG_NAMES_FILES && (hosts->count || dns->count))
		return fail(0, "--%s: not in this build (CONFIG_NAMES_FILES)",
			    hosts->count ? "add-host" : "dns");
	if (!dns->count && (request->dns_search.count || request->dns_option.count))
		return fail(0,
			    "--dns-%s: give --dns too: nothing of this machine's resolv.conf is copied",
			    request->dns_search.count ? "search" : "option");
	if (hosts->count)
		ret = decide_hosts(sandbox, arena, hosts);
	return ret == 0 && dns->count ? decide_resolver(sandbox, arena, request) : ret;
}
