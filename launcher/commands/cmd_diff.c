/* SPDX-License-Identifier: MIT */
/* davit diff: what an app added, changed and deleted of its image's files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "commands/boxes.h"
#include "commands/changes.h"
#include "commands/job.h"
#include "image/oci_config.h"

const struct option diff_options[] = { OPTIONS_END };

/* Where davit mounts something in each sandbox, or binds a file. */
static const char *const usual_mounts[] = {
	"/dev", "/proc", "/sys", "/tmp", "/run", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"
};

/* The fifth word of each line is where it is mounted, "/" for the root (proc(5)). */
static int read_mounts(struct texts *mounts, struct arena *arena, pid_t pid)
{
	const char *path = arena_print(arena, "/proc/%d/mountinfo", (int)pid);
	char line[4096], target[4096];
	FILE *file = path ? fopen(path, "re") : NULL;
	int ret = 0;

	if (!file)
		return -errno;
	while (ret == 0 && fgets(line, sizeof(line), file)) {
		const char *word = line;
		unsigned int i;

		for (i = 0; i < 4 && word; i++) {
			word = strchr(word, ' ');
			word = word ? word + 1 : NULL;
		}
		if (!word || word[1] == ' ')
			continue;
		snprintf(target, sizeof(target), "%.*s", (int)strcspn(word, " \n"), word);
		ret = texts_add(arena, mounts, arena_copy(arena, target, strlen(target)));
	}
	fclose(file);
	return ret;
}

/* The image that the record names, if it still is the same. Returns 1 when it is, 0, or -errno said. */
static int open_image(struct job *job, const struct record *record)
{
	struct arena *arena = &job->arena;
	const char *path = record_field(arena, record, "image");
	const char *digest = record_field(arena, record, "digest");
	const char *offset = record_field(arena, record, "offset");
	int ret;

	if (!path)
		return 0;
	if (offset && !digest)
		path = arena_print(arena, "%s@%s", path, offset);
	job->request.image = path;
	ret = path ? image_open(&job->image, arena, path, NULL) : fail(ENOMEM, "%s", record->name);
	if (CONFIG_STORE && ret == IMAGE_MISSING)
		ret = job_store(job, NULL);
	if (ret != 0)
		return ret < 0 ? ret : 0;
	return !digest || (job->image.digest && strcmp(job->image.digest, digest) == 0);
}

/* The directory to look at, which is the upper layer of an app that keeps one, or all that a running app sees. */
static int open_files(struct changes *changes, struct arena *arena, const struct record *record)
{
	const char *kept = record_field(arena, record, "kept");
	const char *path;
	int fd;

	changes->upper = kept;
	if (!kept && record->state != RECORD_RUNNING)
		return fail(0, "%s does not run, and what it wrote to its root was in memory only",
			    record->name);
	path = kept ? arena_print(arena, "%s/upper", kept) :
		      arena_print(arena, "/proc/%d/root", (int)record->pid);
	if (!path)
		return fail(ENOMEM, "%s", record->name);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? fail(errno, "%s: open %s", record->name, path) : fd;
}

/* Volumes of the image are no part of it, wherever davit puts them. */
static int find_mounts(struct texts *mounts, struct job *job, const struct record *record)
{
	const struct image_config *config = job->image.config;
	struct arena *arena = &job->arena;
	size_t i;
	int ret = 0;

	for (i = 0; ret == 0 && config && i < config->volumes.count; i++)
		ret = texts_add(arena, mounts, config->volumes.items[i]);

	for (i = 0; ret == 0 && i < sizeof(usual_mounts) / sizeof(usual_mounts[0]); i++)
		ret = texts_add(arena, mounts, usual_mounts[i]);
	if (ret == 0 && record->state == RECORD_RUNNING)
		ret = read_mounts(mounts, arena, record->pid);
	return ret < 0 ? fail(-ret, "%s: its mounts", record->name) : 0;
}

static int list(struct string *out, struct job *job, const struct record *record)
{
	struct texts mounts = { 0 };
	struct changes changes = { .mounts = &mounts };
	autoclose int fd = open_files(&changes, &job->arena, record);
	struct lower lower;
	int known = fd < 0 ? fd : open_image(job, record);

	if (known == 0 && !changes.upper)
		return fail(0, "%s: its image is not there any more: nothing to compare it with",
			    record->name);
	if (known > 0) {
		int ret = lower_open(&lower, &job->arena, &job->image);

		if (ret < 0)
			return ret;
		changes.lower = &lower;
	}
	changes.all_ids = !record_field(&job->arena, record, "uidmap");
	if (known >= 0)
		known = find_mounts(&mounts, job, record);
	return known < 0 ? known : changes_list(out, &job->arena, &changes, fd);
}

static int diff(struct arena *arena, const struct record *record, const void *values)
{
	struct job job = { .image.fd = -1 };
	struct string out = { 0 };
	int ret = list(&out, &job, record);

	(void)arena;
	(void)values;
	if (ret == 0 && out.text)
		ret = say(out.text);
	image_close(&job.image);
	arena_close(&job.arena);
	return ret;
}

int cmd_diff(int argc, char **argv)
{
	(void)argc;
	return boxes_one(argv, NULL, NULL, diff);
}
