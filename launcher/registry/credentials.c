/* SPDX-License-Identifier: MIT */
/* Finds credentials in the files of others. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <mbedtls/base64.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "image/oci_parts.h"
#include "registry/credentials_keep.h"

/* One file as it is read. */
struct search {
	struct json json;
	const struct credentials_want *want;
	struct credentials *out;
	size_t best; /* how much of what is wanted the entry names that was taken */
};

/* An entry of "auths". */
struct entry {
	const char *auth, *user, *password, *identity, *bearer;
};

/* Docker's own registry under all its names. */
static bool is_same_host(const char *key, size_t length, const char *host)
{
	static const char *const hub[] = { "index.docker.io", "registry-1.docker.io" };
	size_t i;

	for (i = 0; i < sizeof(hub) / sizeof(hub[0]) && strcmp(host, "docker.io") == 0; i++) {
		if (strlen(hub[i]) == length && strncmp(key, hub[i], length) == 0)
			return true;
	}
	return strlen(host) == length && strncmp(key, host, length) == 0;
}

/* How much of WANT a key names: 0 nothing, 1 the host, more with every part of the repository.
 * Docker writes "https://host/v1/" too. */
static size_t key_fit(const char *key, const struct credentials_want *want)
{
	const char *path;
	size_t length;

	if (strncmp(key, "https://", 8) == 0)
		key += 8;
	else if (strncmp(key, "http://", 7) == 0)
		key += 7;
	length = strcspn(key, "/");
	if (!is_same_host(key, length, want->host))
		return 0;
	path = key + length;
	length = strlen(path);
	if (length && path[length - 1] == '/')
		length--;
	if (!length ||
	    (length == 3 && (strncmp(path, "/v1", 3) == 0 || strncmp(path, "/v2", 3) == 0)))
		return 1;
	path++;
	length--;
	if (strncmp(path, want->repository, length) != 0 ||
	    (want->repository[length] && want->repository[length] != '/'))
		return 0;
	return 1 + length;
}

bool credentials_are_for(const char *key, const char *host)
{
	const struct credentials_want want = { host, "" };

	return key_fit(key, &want) > 0;
}

int credentials_split(struct credentials *out, struct arena *arena, const char *text)
{
	const char *colon = strchr(text, ':');

	if (!colon || colon == text || !text_is_clean(text, ""))
		return -EINVAL;
	out->user = arena_copy(arena, text, (size_t)(colon - text));
	out->password = arena_copy(arena, colon + 1, strlen(colon + 1));
	return out->user && out->password ? 0 : -ENOMEM;
}

/* "auth" is the base64 of USER:PASSWORD; the password is empty beside an identity token. */
static int auth_take(struct credentials *out, const struct json *json, const char *auth,
		     const char *path)
{
	const size_t length = strlen(auth);
	char *text = arena_alloc(json->arena, length + 1);
	size_t used;
	int ret = -EINVAL;

	if (!text)
		return fail(ENOMEM, "%s", json->file);
	if (mbedtls_base64_decode((unsigned char *)text, length, &used, (const unsigned char *)auth,
				  length) == 0 &&
	    !memchr(text, '\0', used)) {
		text[used] = '\0';
		ret = credentials_split(out, json->arena, text);
	}
	return ret < 0 ? json_fail(json, path, "auth is expected to be the base64 of USER:PASSWORD") :
			 0;
}

static int entry_take(void *data, const struct cJSON *item, const char *path)
{
	static const struct json_member members[] = {
		{ "auth", oci_word, offsetof(struct entry, auth), false },
		{ "username", oci_word, offsetof(struct entry, user), false },
		{ "password", oci_word, offsetof(struct entry, password), false },
		{ "identitytoken", oci_word, offsetof(struct entry, identity), false },
		{ "registrytoken", oci_word, offsetof(struct entry, bearer), false },
		{ NULL, NULL, 0, false },
	};
	struct search *search = data;
	const size_t fit = key_fit(json_key(item), search->want);
	struct credentials found = { .file = search->json.file };
	struct entry entry = { 0 };
	int ret;

	if (fit <= search->best)
		return 0;
	ret = json_members(&search->json, item, path, members, &entry);
	if (ret < 0)
		return ret;
	found.user = entry.user;
	found.password = entry.password;
	if (entry.auth && entry.auth[0])
		ret = auth_take(&found, &search->json, entry.auth, path);
	if (ret == 0 && found.user && strchr(found.user, ':'))
		ret = json_fail(&search->json, path, "the name is expected to have no colon");
	if (entry.identity && entry.identity[0])
		found.identity = entry.identity;
	if (entry.bearer && entry.bearer[0])
		found.bearer = entry.bearer;
	/* Docker leaves an empty entry for what a helper keeps. */
	if (ret < 0 || (!(found.user && found.password) && !found.identity && !found.bearer))
		return ret;
	*search->out = found;
	search->best = fit;
	return 0;
}

static int read_auths(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	struct search *search = out;

	return json_map(json, item, path, entry_take, search);
}

static int helper_take(void *data, const struct cJSON *item, const char *path)
{
	struct search *search = data;

	if (search->best || !key_fit(json_key(item), search->want))
		return 0;
	return oci_word(&search->json, item, path, &search->out->helper);
}

static int read_helpers(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	return json_map(json, item, path, helper_take, out);
}

static int read_store(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	struct search *search = out;

	if (search->best || search->out->helper)
		return 0;
	return oci_word(json, item, path, &search->out->helper);
}

int credentials_parse(struct credentials *out, struct arena *arena, const char *file,
		      const char *text, const struct credentials_want *want)
{
	static const struct json_member members[] = {
		{ "auths", read_auths, 0, false },
		{ "credHelpers", read_helpers, 0, false },
		{ "credsStore", read_store, 0, false },
		{ NULL, NULL, 0, false },
	};
	struct search search = { .json = { arena, file }, .want = want, .out = out };
	struct cJSON *root;
	int ret;

	*out = (struct credentials){ 0 };
	root = json_parse(&search.json, text);
	if (!root)
		return -EINVAL;
	ret = json_members(&search.json, root, "", members, &search);
	json_free(root);
	if (ret == 0 && out->helper) {
		out->file = file;
		if (!out->helper[0])
			out->helper = NULL;
	}
	return ret;
}

int credentials_read(const char **text, struct arena *arena, const char *file)
{
	autoclose int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t got;
	char *buffer;

	if (fd < 0) {
		const int err = errno;
		/* In a directory that is closed to us there is nothing for us. */
		const bool closed = err == EACCES && stat(file, &st) < 0 && errno == EACCES;

		return closed || err == ENOENT || err == ENOTDIR ? -ENOENT : fail(err, "%s", file);
	}
	if (fstat(fd, &st) < 0)
		return fail(errno, "%s", file);
	if (!S_ISREG(st.st_mode) || st.st_size > CREDENTIALS_FILE_MOST)
		return fail(0, "%s: expected a file of at most %d bytes", file,
			    CREDENTIALS_FILE_MOST);
	buffer = arena_alloc(arena, (size_t)st.st_size + 1);
	if (!buffer)
		return fail(ENOMEM, "%s", file);
	got = pread(fd, buffer, (size_t)st.st_size, 0);
	if (got < 0)
		return fail(errno, "read %s", file);
	buffer[got] = '\0';
	if (strlen(buffer) != (size_t)got)
		return fail(0, "%s: expected text, not a NUL byte", file);
	*text = buffer;
	return 0;
}

int credentials_find(struct credentials *out, struct arena *arena, const struct texts *files,
		     const struct credentials_want *want)
{
	struct credentials helped = { 0 };
	size_t i;

	for (i = 0; i < files->count; i++) {
		const char *text = "";
		int ret = credentials_read(&text, arena, files->items[i]);

		/* docker login leaves an empty file behind when it is stopped. */
		if (ret == -ENOENT || (ret == 0 && !text[strspn(text, " \t\r\n")]))
			continue;
		if (ret == 0)
			ret = credentials_parse(out, arena, files->items[i], text, want);
		if (ret < 0 || out->user || out->identity || out->bearer)
			return ret;
		if (out->helper && !helped.helper)
			helped = *out;
	}
	*out = helped;
	return 0;
}

const char *credentials_basic(struct arena *arena, const struct credentials *credentials)
{
	static const char scheme[] = "Basic ";
	const char *both = arena_print(arena, "%s:%s", credentials->user, credentials->password);
	size_t room = both ? strlen(both) * 4 / 3 + 8 + sizeof(scheme) : 0, used;
	char *out = both ? arena_alloc(arena, room) : NULL;

	if (!out)
		return NULL;
	memcpy(out, scheme, sizeof(scheme));
	if (mbedtls_base64_encode((unsigned char *)out + sizeof(scheme) - 1, room - sizeof(scheme),
				  &used, (const unsigned char *)both, strlen(both)) != 0)
		return NULL;
	return out;
}
