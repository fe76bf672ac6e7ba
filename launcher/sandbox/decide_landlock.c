/* SPDX-License-Identifier: MIT */
/* --security-opt landlock=: which files, ports and processes the app may reach at most; pure. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "sandbox/decide.h"
#include "sandbox/landlock.h"

/* Device nodes are never made: the root has none that work. */
#define READ (LANDLOCK_READ_FILE | LANDLOCK_READ_DIR)
#define WRITE (LANDLOCK_ALL_FILES & ~(LANDLOCK_EXECUTE | LANDLOCK_MAKE_CHAR | LANDLOCK_MAKE_BLOCK))

static const struct {
	const char *word;
	unsigned long access;
} path_words[] = {
	{ "exec", READ | LANDLOCK_EXECUTE },
	{ "ro", READ },
	{ "rw", WRITE },
};

static const struct {
	const char *word;
	unsigned long access;
} port_words[] = {
	{ "net-bind", LANDLOCK_BIND_TCP },
	{ "net-connect", LANDLOCK_CONNECT_TCP },
};

static const struct {
	const char *word;
	uint64_t scope;
} scope_words[] = {
	{ "abstract-unix-socket", LANDLOCK_SCOPE_ABSTRACT },
	{ "signal", LANDLOCK_SCOPE_SIGNAL },
};

struct reader {
	struct landlock landlock;
	struct landlock_rule *rules; /* room enough */
	bool may_truncate;
};

/* The value behind WORD: in TEXT, or NULL. */
static const char *value_of(const char *text, const char *word)
{
	size_t length = strlen(word);

	return strncmp(text, word, length) == 0 && text[length] == ':' ? text + length + 1 : NULL;
}

static int read_path(struct reader *r, const char *text, size_t i, const char *path)
{
	if (path[0] != '/')
		return fail(0, "--security-opt landlock=%s: expected an absolute path", text);
	r->landlock.files = LANDLOCK_ALL_FILES;
	r->rules[r->landlock.count++] = (struct landlock_rule){ .access = path_words[i].access,
								.word = path_words[i].word,
								.path = path };
	return 0;
}

static int read_port(struct reader *r, const char *text, size_t i, const char *value)
{
	uint64_t port;

	r->landlock.network |= port_words[i].access;
	if (strcmp(value, "none") == 0)
		return 0;
	if (text_number(&port, value, UINT16_MAX) < 0)
		return fail(0, "--security-opt landlock=%s: expected a port, 0 to 65535, or none",
			    text);
	r->rules[r->landlock.count++] = (struct landlock_rule){ .access = port_words[i].access,
								.word = port_words[i].word,
								.port = port };
	return 0;
}

static int read_rule(struct reader *r, const char *text)
{
	const char *value;
	size_t i;

	for (i = 0; i < sizeof(path_words) / sizeof(path_words[0]); i++) {
		value = value_of(text, path_words[i].word);
		if (value)
			return read_path(r, text, i, value);
	}
	for (i = 0; i < sizeof(port_words) / sizeof(port_words[0]); i++) {
		value = value_of(text, port_words[i].word);
		if (value)
			return read_port(r, text, i, value);
	}
	value = value_of(text, "scope");
	for (i = 0; value && i < sizeof(scope_words) / sizeof(scope_words[0]); i++) {
		if (strcmp(value, scope_words[i].word) == 0) {
			r->landlock.scopes |= scope_words[i].scope;
			return 0;
		}
	}
	if (strcmp(text, "truncate") == 0) {
		r->may_truncate = true;
		return 0;
	}
	return fail(0,
		    "--security-opt landlock=%s: expected ro:, rw: or exec:PATH, net-connect: or net-bind:PORT, scope:signal or :abstract-unix-socket, or truncate",
		    text);
}

/* One entry of the option: rules with commas between them. */
static int read_entry(struct reader *r, struct arena *arena, const char *entry)
{
	char *text = arena_copy(arena, entry, strlen(entry)), *rule;
	size_t room = r->landlock.count + 1, i;
	struct landlock_rule *rules;
	int ret = 0;

	for (i = 0; entry[i]; i++)
		room += entry[i] == ',';
	rules = arena_alloc(arena, room * sizeof(*rules));
	if (!text || !rules)
		return fail(ENOMEM, "--security-opt landlock");
	if (r->landlock.count)
		memcpy(rules, r->rules, r->landlock.count * sizeof(*rules));
	r->rules = rules;
	while (ret == 0 && (rule = strsep(&text, ",")))
		ret = read_rule(r, rule);
	return ret;
}

static int need(const struct host *host, uint64_t abi, const char *what, const char *since)
{
	if (host->landlock >= abi)
		return 0;
	if (!host->landlock)
		return fail(0,
			    "--security-opt landlock: kernel lacks CONFIG_SECURITY_LANDLOCK, or landlock is not in its lsm= list");
	return fail(0,
		    "--security-opt landlock: this kernel's Landlock is ABI %" PRIu64
		    "; ABI %" PRIu64 " (Linux %s) is needed %s",
		    host->landlock, abi, since, what);
}

/* What this kernel could not enforce is refused. */
static int check_abi(struct reader *r, const struct host *host)
{
	int ret = need(host, LANDLOCK_ABI_MOVE, "to move files at all", "5.19");

	if (r->may_truncate)
		r->landlock.files &= ~(uint64_t)LANDLOCK_TRUNCATE;
	if (ret == 0 && (r->landlock.files & LANDLOCK_TRUNCATE))
		ret = need(host, LANDLOCK_ABI_TRUNCATE,
			   "to stop files from being cut short (landlock=truncate lets it be)",
			   "6.2");
	if (ret == 0 && r->landlock.network)
		ret = need(host, LANDLOCK_ABI_NETWORK, "for net-connect and net-bind", "6.7");
	if (ret == 0 && r->landlock.scopes)
		ret = need(host, LANDLOCK_ABI_SCOPE, "for scope", "6.12");
	return ret;
}

int decide_landlock(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		    const struct host *host)
{
	struct reader r = { 0 };
	struct landlock *landlock;
	size_t i;
	int ret = 0;

	for (i = 0; i < request->security_opt.count && ret == 0; i++) {
		const char *value = security_value(request->security_opt.items[i], "landlock");

		if (value)
			ret = read_entry(&r, arena, value);
	}
	if (ret < 0 || !r.rules)
		return ret;
	if (sandbox->new_privileges)
		return fail(0, "--security-opt landlock: not together with no-new-privileges=false");
	ret = check_abi(&r, host);
	if (ret < 0)
		return ret;
	landlock = arena_alloc(arena, sizeof(*landlock));
	if (!landlock)
		return fail(ENOMEM, "--security-opt landlock");
	for (i = 0; i < r.landlock.count; i++) {
		if (r.rules[i].path)
			r.rules[i].access &= r.landlock.files;
	}
	*landlock = r.landlock;
	landlock->rules = r.rules;
	sandbox->landlock = landlock;
	return 0;
}
