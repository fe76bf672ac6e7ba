/* SPDX-License-Identifier: MIT */
/* Finds a program in layers that are not mounted, one above the other, as overlayfs will show them. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "image/program.h"
#include "image/squashfs_read.h"

enum { HOPS_MOST = 16, SCRIPT_MOST = 128 };

/* A layer, and the directory of it that has been come to. */
struct level {
	struct squashfs fs;
	struct squashfs_inode root, here;
	bool is_here; /* it has such a directory, and none above it hides that */
};

/* All layers, the lowest first. */
struct view {
	struct level *levels;
	size_t count;
};

/* A file that was found. */
struct found {
	struct squashfs *fs;
	struct squashfs_inode inode;
	char path[PATH_MAX];
};

static int view_open(struct view *view, const struct image *image)
{
	size_t i;
	int ret = 0;

	view->count = image->layer_count;
	view->levels = calloc(view->count, sizeof(*view->levels));
	if (!view->levels)
		return -ENOMEM;
	for (i = 0; i < view->count && ret == 0; i++) {
		struct level *level = &view->levels[i];

		ret = squashfs_open(&level->fs, &image->layers[i]);
		if (ret == 0)
			ret = squashfs_inode(&level->root, &level->fs, level->fs.root);
	}
	return ret;
}

static void go_to_root(struct view *view)
{
	size_t i;

	for (i = 0; i < view->count; i++) {
		view->levels[i].here = view->levels[i].root;
		view->levels[i].is_here = view->levels[i].root.type == S_IFDIR;
	}
}

/* One step down, in all layers at once: what the highest layer has decides. -ENOENT: there is nothing. */
static int step_down(struct found *out, struct view *view, const char *name, size_t length)
{
	struct squashfs_inode inode;
	bool hidden = false;
	size_t i;

	out->inode.type = 0;
	for (i = view->count; i-- > 0;) {
		struct level *level = &view->levels[i];
		int ret = -ENOENT;

		if (level->is_here && !hidden)
			ret = squashfs_lookup(&inode, &level->fs, &level->here, name, length);
		level->is_here = false;
		if (ret == -ENOENT)
			continue;
		if (ret < 0)
			return ret;
		if (!out->inode.type) {
			out->fs = &level->fs;
			out->inode = inode;
		}
		/* A directory goes on below; anything else is all there is, or ends what is above it. */
		level->is_here = inode.type == S_IFDIR && out->inode.type == S_IFDIR;
		level->here = inode;
		hidden = inode.type != S_IFDIR;
	}
	return out->inode.type && out->inode.type != S_IFCHR ? 0 : -ENOENT;
}

/* PATH becomes what is before AT bytes of it, or nothing for an absolute TARGET, then TARGET, then REST, its end. */
static int splice(char path[PATH_MAX], size_t at, const char *target, const char *rest)
{
	const size_t length = strlen(target), rest_length = strlen(rest) + 1;

	if (target[0] == '/')
		at = 0;
	if (at + 1 + length + rest_length > PATH_MAX)
		return -ENAMETOOLONG;
	memmove(path + at + 1 + length, rest, rest_length);
	path[at] = '/';
	while (*target)
		path[++at] = *target++;
	return 0;
}

/* The length of PATH[0..at) without its last part, and without what is no part. */
static size_t parent_of(const char *path, size_t at)
{
	size_t start;

	do {
		while (at > 0 && path[at - 1] == '/')
			at--;
		for (start = at; start > 0 && path[start - 1] != '/'; start--)
			;
		if (at - start != 1 || path[start] != '.')
			return start;
		at = start;
	} while (at > 0);
	return at;
}

/* One part of out->path, at *at. Returns 1 when the path has changed and is to be gone anew. */
static int walk_part(struct found *out, struct view *view, size_t *at)
{
	const char *part = out->path + *at, *end = strchrnul(part, '/');
	const size_t length = (size_t)(end - part);
	char target[PATH_MAX];
	int ret;

	if (length == 2 && strncmp(part, "..", 2) == 0) {
		ret = splice(out->path, parent_of(out->path, *at), "", end);
		return ret < 0 ? ret : 1;
	}
	*at += length;
	if (length == 0 || (length == 1 && part[0] == '.'))
		return 0;
	ret = step_down(out, view, part, length);
	if (ret < 0 || out->inode.type != S_IFLNK)
		return ret;
	ret = squashfs_readlink(out->fs, &out->inode, target, sizeof(target));
	if (ret == 0)
		ret = splice(out->path, *at - length, target, end);
	return ret < 0 ? ret : 1;
}

/* Follow out->path, which is absolute, through links. */
static int walk(struct found *out, struct view *view)
{
	int hops, ret = 1;

	for (hops = 0; hops < HOPS_MOST && ret == 1; hops++) {
		size_t at = 0;

		go_to_root(view);
		out->inode.type = 0;
		ret = 0;
		while (ret == 0 && out->path[at]) {
			at += strspn(out->path + at, "/");
			ret = walk_part(out, view, &at);
		}
	}
	if (ret == 1)
		return -ELOOP;
	return ret == 0 && out->inode.type != S_IFREG ? -ENOENT : ret;
}

static int set_path(struct found *found, const char *directory, size_t length, const char *name)
{
	int size = snprintf(found->path, PATH_MAX, "/%.*s/%s", (int)length, directory, name);

	return size < 0 || size >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/* As execvp(3) looks for it. */
static int find(struct found *out, struct view *view, const struct program *program)
{
	const char *workdir = program->workdir ? program->workdir : "";
	const char *at = program->search ? program->search : "", *end;
	int ret = -ENOENT;

	if (strchr(program->name, '/')) {
		ret = set_path(out, workdir, program->name[0] == '/' ? 0 : strlen(workdir),
			       program->name);
		return ret == 0 ? walk(out, view) : ret;
	}
	for (; *at && ret == -ENOENT; at = end + (*end == ':')) {
		end = strchrnul(at, ':');
		ret = set_path(out, at, (size_t)(end - at), program->name);
		if (ret == 0)
			ret = walk(out, view);
	}
	return ret;
}

static int read_found(void *data, void *buffer, size_t length, uint64_t offset)
{
	const struct found *found = data;

	return squashfs_pread(found->fs, &found->inode, buffer, length, offset);
}

static bool is_script(struct found *found, char line[SCRIPT_MOST])
{
	const uint64_t most =
		found->inode.size < SCRIPT_MOST - 1 ? found->inode.size : SCRIPT_MOST - 1;
	char *name = line + 2;

	memset(line, 0, SCRIPT_MOST);
	if (squashfs_pread(found->fs, &found->inode, line, (size_t)most, 0) < 0 ||
	    strncmp(line, "#!", 2) != 0)
		return false;
	name += strspn(name, " \t");
	name[strcspn(name, " \t\n")] = '\0';
	memmove(line, name, strlen(name) + 1);
	return true;
}

/* Leave out what is no part. */
static void tidy(char *path)
{
	char *to = path;

	for (; *path; path++) {
		if (path[0] == '/' && path[1] == '.' && (path[2] == '/' || !path[2]))
			path++;
		else if (path[0] != '/' || path[1] != '/')
			*to++ = *path;
	}
	*to = '\0';
}

static int fail_program(const struct image *image, struct found *found, const struct elf_file *file,
			const struct elf *machine)
{
	char built[ELF_TEXT], own[ELF_TEXT];
	struct elf elf;

	if (elf_read(&elf, file, true) < 0)
		return PROGRAM_UNSEEN;
	elf_print(built, &elf, false);
	elf_print(own, machine, true);
	tidy(found->path);
	(void)fail(0, "%s: %s is built for %s, this board is %s", image->path, found->path, built,
		   own);
	return -ENOEXEC;
}

/* FOUND, and once the interpreter of a script. Whatever cannot be read passes. */
static int check_found(struct view *view, const struct image *image, struct found *found,
		       const struct elf *machine)
{
	const bool attributes = machine->level && machine->level < 7;
	const struct elf_file file = { read_found, found };
	char line[SCRIPT_MOST];
	struct elf elf;
	int ret = elf_read(&elf, &file, attributes);

	if (ret == -ENOEXEC && is_script(found, line) && line[0] == '/' &&
	    set_path(found, "", 0, line) == 0 && walk(found, view) == 0)
		ret = elf_read(&elf, &file, attributes);
	if (ret < 0)
		return PROGRAM_UNSEEN;
	if (elf_fits(machine, &elf))
		return 0;
	return fail_program(image, found, &file, machine);
}

int program_check(struct arena *arena, const struct image *image, const struct program *program,
		  const struct elf *machine)
{
	struct found *found = arena_alloc(arena, sizeof(*found));
	struct view view = { 0 };
	int ret = PROGRAM_UNSEEN;

	if (!found)
		return fail(ENOMEM, "%s", image->path);
	if (view_open(&view, image) == 0 && find(found, &view, program) == 0)
		ret = check_found(&view, image, found, machine);
	free(view.levels);
	return ret;
}
