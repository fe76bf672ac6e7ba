/* SPDX-License-Identifier: MIT */
/* Read, change, write anew, rename. */
#include <cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/quote.h"
#include "base/sys.h"
#include "registry/credentials_keep.h"

/* One file while it is changed; nobody else who asks for the lock changes it meanwhile. */
struct change {
	struct arena *arena;
	const char *path; /* no symlink */
	int directory;    /* locked */
	cJSON *root, *auths;
};

/* --- printing ---------------------------------------------------------------------------------------- */

static void line_begin(struct arena *arena, struct string *text, int depth)
{
	string_add(arena, text, "\n");
	while (depth-- > 0)
		string_add(arena, text, "\t");
}

/* As Docker prints it. cJSON's own printer would need floating point, and it is to give the numbers
 * of others back as they were written: json_parse() has made texts of them. */
static void value_print(struct arena *arena, struct string *text, const cJSON *item, int depth)
{
	const bool object = cJSON_IsObject(item);
	const cJSON *child;

	if (object || cJSON_IsArray(item)) {
		string_add(arena, text, object ? "{" : "[");
		for (child = item->child; child; child = child->next) {
			line_begin(arena, text, depth + 1);
			if (object) {
				json_quote(arena, text, child->string);
				string_add(arena, text, ": ");
			}
			value_print(arena, text, child, depth + 1);
			string_add(arena, text, child->next ? "," : "");
		}
		if (item->child)
			line_begin(arena, text, depth);
		string_add(arena, text, object ? "}" : "]");
	} else if (!cJSON_IsString(item)) {
		string_add(arena, text,
			   cJSON_IsBool(item) ? cJSON_IsTrue(item) ? "true" : "false" : "null");
	} else if (item->valuestring[0] == JSON_NUMBER_MARK) {
		string_add(arena, text, "%s", item->valuestring + 1);
	} else {
		json_quote(arena, text, item->valuestring);
	}
}

/* --- one file ---------------------------------------------------------------------------------------- */

/* The file itself is replaced, not a symlink to it. */
static int change_lock(struct change *change, const char *file)
{
	autofree char *real = realpath(file, NULL);
	char *slash, *directory;

	change->path = real ? arena_copy(change->arena, real, strlen(real)) : file;
	directory =
		change->path ? arena_copy(change->arena, change->path, strlen(change->path)) : NULL;
	if (!directory)
		return fail(ENOMEM, "%s", file);
	slash = strrchr(directory, '/');
	if (slash)
		*slash = '\0';
	if (slash && slash > directory && mkdir(directory, 0700) < 0 && errno != EEXIST)
		return fail(errno, "make %s (another place by --authfile FILE)", directory);
	change->directory = open(slash ? (slash > directory ? directory : "/") : ".",
				 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (change->directory < 0 || flock(change->directory, LOCK_EX) < 0)
		return fail(errno, "lock the directory of %s", file);
	return 0;
}

static int change_begin(struct change *change, struct arena *arena, const char *file)
{
	const struct json json = { arena, file };
	const char *text = "";
	int ret;

	*change = (struct change){ .arena = arena, .directory = -1 };
	ret = change_lock(change, file);
	if (ret == 0)
		ret = credentials_read(&text, arena, file);
	if (ret == -ENOENT || (ret == 0 && !text[strspn(text, " \t\r\n")])) {
		text = "{}";
		ret = 0;
	}
	if (ret < 0)
		return ret;
	change->root = json_parse(&json, text);
	if (!change->root)
		return -EINVAL;
	change->auths = cJSON_GetObjectItemCaseSensitive(change->root, "auths");
	if (!change->auths)
		change->auths = cJSON_AddObjectToObject(change->root, "auths");
	if (!change->auths)
		return fail(cJSON_IsObject(change->root) ? ENOMEM : 0, "%s: expected an object",
			    file);
	return cJSON_IsObject(change->auths) ? 0 : json_fail(&json, "auths", "expected an object");
}

static int write_new(const struct change *change, const char *path, const char *text)
{
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat old;
	int ret = fd < 0 ? -errno : 0;

	/* root may log in for somebody, who is to go on reading it. */
	if (ret == 0 && stat(change->path, &old) == 0 && old.st_uid != geteuid() &&
	    fchown(fd, old.st_uid, old.st_gid) < 0)
		ret = -errno;
	if (ret == 0)
		ret = sys_write_all(fd, text, strlen(text));
	if (ret == 0 && fsync(fd) < 0)
		ret = -errno;
	if (ret == 0 && rename(path, change->path) < 0)
		ret = -errno;
	if (ret < 0 && fd >= 0)
		(void)unlink(path);
	if (ret == 0 && fsync(change->directory) < 0)
		ret = -errno;
	return ret;
}

static int change_write(const struct change *change)
{
	const char *path = arena_print(change->arena, "%s.%d.new", change->path, (int)getpid());
	struct string text = { 0 };
	int ret = -ENOMEM;

	value_print(change->arena, &text, change->root, 0);
	string_add(change->arena, &text, "\n");
	if (!change->arena->failed)
		ret = write_new(change, path, text.text);
	return ret < 0 ? fail(-ret, "write %s (another place by --authfile FILE)", change->path) : 0;
}

static void change_end(struct change *change)
{
	cJSON_Delete(change->root);
	fd_close(&change->directory);
}

/* --- what is changed --------------------------------------------------------------------------------- */

/* Returns how many entries were taken out. */
static unsigned int entries_remove(struct change *change, const char *host)
{
	cJSON *entry = change->auths->child, *next;
	unsigned int count = 0;

	for (; entry; entry = next) {
		next = entry->next;
		if (host && !credentials_are_for(entry->string, host))
			continue;
		cJSON_Delete(cJSON_DetachItemViaPointer(change->auths, entry));
		count++;
	}
	return count;
}

/* Docker knows its own registry by this key only. */
static int entry_add(struct change *change, const char *host, const struct credentials *credentials)
{
	const char *key = strcmp(host, "docker.io") == 0 ? "https://index.docker.io/v1/" : host;
	const char *basic = credentials_basic(change->arena, credentials);
	cJSON *entry = basic ? cJSON_AddObjectToObject(change->auths, key) : NULL;

	if (!entry || !cJSON_AddStringToObject(entry, "auth", basic + strlen("Basic ")))
		return fail(ENOMEM, "%s", host);
	return 0;
}

int credentials_keep(const char *file, const char *host, const struct credentials *credentials)
{
	struct arena arena = { 0 };
	struct change change;
	int ret = change_begin(&change, &arena, file);

	if (ret == 0) {
		(void)entries_remove(&change, host);
		ret = entry_add(&change, host, credentials);
	}
	if (ret == 0)
		ret = change_write(&change);
	change_end(&change);
	arena_close(&arena);
	return ret;
}

int credentials_forget(const char *file, const char *host)
{
	struct arena arena = { 0 };
	struct change change;
	int ret = access(file, F_OK) < 0 && errno == ENOENT ? -ENOENT : 0;

	if (ret < 0)
		return ret;
	ret = change_begin(&change, &arena, file);
	if (ret == 0)
		ret = entries_remove(&change, host) ? change_write(&change) : -ENOENT;
	change_end(&change);
	arena_close(&arena);
	return ret;
}
