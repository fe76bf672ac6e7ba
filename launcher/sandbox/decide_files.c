/* SPDX-License-Identifier: MIT */
/* What the app finds in its tree beyond the image: writable root, volumes, tmpfs, devices. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mount.h>

#include "base/log.h"
#include "base/text.h"
#include "sandbox/decide.h"

#define MIB (UINT64_C(1) << 20)

enum { DEFAULTS = 2 };

/* What is to be mounted, as it is gathered; there is room for all. */
struct files {
	struct volume *volumes;
	struct scratch *scratches;
	size_t volume_count, scratch_count;
};

/* The next part of the path, without slashes; *path moves behind it. NULL at the end. */
static const char *path_part(const char **path, size_t *length)
{
	const char *part = *path + strspn(*path, "/");

	*length = strcspn(part, "/");
	*path = part + *length;
	return *length ? part : NULL;
}

/* Where a mount may go: an absolute path, not the root itself and not in /proc, which would be made
 * unsafe. Returns it without needless slashes and dots, or NULL, said. */
const char *decide_target(struct arena *arena, const char *option, const char *text,
			  const char *target)
{
	const char *rest = target, *part;
	struct string path = { 0 };
	size_t length;

	if (!target) {
		fail(ENOMEM, "--%s %s", option, text);
		return NULL;
	}
	while ((part = path_part(&rest, &length))) {
		if (length == 2 && strncmp(part, "..", 2) == 0) {
			fail(0, "--%s %s: expected a path without ..", option, text);
			return NULL;
		}
		if (length != 1 || part[0] != '.')
			string_add(arena, &path, "/%.*s", (int)length, part);
	}
	if (arena->failed)
		fail(ENOMEM, "--%s %s", option, text);
	else if (target[0] != '/' || !path.text)
		fail(0, "--%s %s: expected an absolute path inside the sandbox, other than /",
		     option, text);
	else if (strncmp(path.text, "/proc", 5) == 0 && (path.text[5] == '/' || !path.text[5]))
		fail(0, "--%s %s: nothing can be put into /proc", option, text);
	else
		return path.text;
	return NULL;
}

/* The next part of a list that MARK separates, copied; *text moves behind it, to NULL after the last one. */
const char *decide_part(struct arena *arena, const char **text, char mark)
{
	const char *from = *text, *end = strchr(from, mark);

	*text = end ? end + 1 : NULL;
	return arena_copy(arena, from, end ? (size_t)(end - from) : strlen(from));
}

static int volume_decide(struct volume *volume, struct arena *arena, const char *text)
{
	const char *rest = text, *mode = NULL;

	volume->source = decide_part(arena, &rest, ':');
	volume->target = rest ? decide_part(arena, &rest, ':') : NULL;
	if (rest)
		mode = decide_part(arena, &rest, ':');
	if (arena->failed)
		return fail(ENOMEM, "--volume %s", text);
	if (!volume->target || rest || (mode && strcmp(mode, "ro") != 0 && strcmp(mode, "rw") != 0))
		return fail(0,
			    "--volume %s: expected SOURCE:TARGET, SOURCE:TARGET:ro or SOURCE:TARGET:rw",
			    text);
	if (volume->source[0] != '/')
		return fail(0,
			    "--volume %s: expected an absolute path on this machine before the colon",
			    text);
	volume->read_only = mode && strcmp(mode, "ro") == 0;
	volume->target = decide_target(arena, "volume", text, volume->target);
	return volume->target ? 0 : -EINVAL;
}

int decide_scratch_word(struct scratch *scratch, const char *word)
{
	static const struct {
		const char *word;
		unsigned long set, clear;
	} flags[] = {
		{ "ro", MS_RDONLY, 0 },     { "rw", 0, MS_RDONLY },     { "exec", 0, MS_NOEXEC },
		{ "noexec", MS_NOEXEC, 0 }, { "nosuid", MS_NOSUID, 0 }, { "nodev", MS_NODEV, 0 },
	};
	uint64_t mode = 0;
	size_t i;

	if (strncmp(word, "size=", 5) == 0)
		return text_size(&scratch->size, word + 5) < 0 || !scratch->size ? -EINVAL : 0;
	if (strncmp(word, "mode=", 5) == 0) {
		for (i = 5; word[i] >= '0' && word[i] <= '7' && i < 10; i++)
			mode = mode * 8 + (unsigned int)(word[i] - '0');
		scratch->mode = (unsigned int)mode;
		return word[i] || i == 5 || mode > 01777 ? -EINVAL : 0;
	}
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(word, flags[i].word) == 0) {
			scratch->flags = (scratch->flags | flags[i].set) & ~flags[i].clear;
			return 0;
		}
	}
	return -EINVAL;
}

static void scratch_begin(struct scratch *scratch, const struct host *host)
{
	*scratch = (struct scratch){ .size = decide_share(host, 8, UINT64_MAX),
				     .mode = 01777,
				     .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC };
}

static int scratch_decide(struct scratch *scratch, struct arena *arena, const char *text,
			  const struct host *host)
{
	const char *rest = text;

	scratch_begin(scratch, host);
	scratch->target = decide_part(arena, &rest, ':');
	while (rest) {
		const char *word = decide_part(arena, &rest, ',');

		if (word && decide_scratch_word(scratch, word) < 0)
			return fail(0,
				    "--tmpfs %s: '%s' is none of size=SIZE, mode=OCTAL, ro, rw, exec, noexec",
				    text, word);
	}
	if (arena->failed)
		return fail(ENOMEM, "--tmpfs %s", text);
	scratch->target = decide_target(arena, "tmpfs", text, scratch->target);
	return scratch->target ? 0 : -EINVAL;
}

static bool is_at(const char *target, const char *place)
{
	return target && strcmp(target, place) == 0;
}

/* What is mounted at TARGET, if that is a volume or a tmpfs before the given numbers of them. */
static bool target_taken(const struct files *files, size_t volumes, size_t scratches,
			 const char *target)
{
	size_t i;

	for (i = 0; i < volumes; i++) {
		if (is_at(files->volumes[i].target, target))
			return true;
	}
	for (i = 0; i < scratches; i++) {
		if (is_at(files->scratches[i].target, target))
			return true;
	}
	return false;
}

/* The later one would hide the earlier. */
static int check_targets(const struct files *files)
{
	const char *twice = NULL;
	size_t i;

	for (i = 0; i < files->volume_count && !twice; i++) {
		if (target_taken(files, i, 0, files->volumes[i].target))
			twice = files->volumes[i].target;
	}
	for (i = 0; i < files->scratch_count && !twice; i++) {
		if (target_taken(files, files->volume_count, i, files->scratches[i].target))
			twice = files->scratches[i].target;
	}
	return twice ? fail(0, "%s: two of --volume, --tmpfs and --mount are for this place", twice) :
		       0;
}

/* /tmp and /run are private and in memory, unless something else was asked for there. They come
 * first, where room was left for them. */
static void add_defaults(struct files *files)
{
	static const struct scratch defaults[DEFAULTS] = { { .target = "/run" },
							   { .target = "/tmp" } };
	size_t i;

	for (i = 0; i < DEFAULTS; i++) {
		if (target_taken(files, files->volume_count, files->scratch_count, defaults[i].target))
			continue;
		*--files->scratches = defaults[i];
		files->scratch_count++;
	}
}

static int files_gather(struct files *files, struct arena *arena, const struct request *request,
			const struct host *host)
{
	size_t i;
	int ret = 0;

	if (request->volume.count && !CONFIG_VOLUME)
		return fail(0, "--volume: not in this build (CONFIG_VOLUME)");
	for (i = 0; i < request->volume.count && ret == 0; i++)
		ret = volume_decide(&files->volumes[files->volume_count++], arena,
				    request->volume.items[i]);
	for (i = 0; i < request->tmpfs.count && ret == 0; i++)
		ret = scratch_decide(&files->scratches[files->scratch_count++], arena,
				     request->tmpfs.items[i], host);
	for (i = 0; i < request->mount.count && ret >= 0; i++) {
		struct scratch *scratch = &files->scratches[files->scratch_count];

		scratch_begin(scratch, host);
		ret = decide_mount(&files->volumes[files->volume_count], scratch, arena,
				   request->mount.items[i]);
		files->volume_count += ret == 0;
		files->scratch_count += ret == 1;
	}
	return ret < 0 ? ret : check_targets(files);
}

/* What the image says is written to: a part of its root where that may be written, else a tmpfs. */
static int take_image_volumes(struct sandbox *sandbox, struct files *files, struct arena *arena,
			      const struct texts *volumes, const struct host *host)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < volumes->count && ret == 0; i++) {
		const char *target =
			decide_target(arena, "volume", volumes->items[i], volumes->items[i]);
		struct scratch *scratch = &files->scratches[files->scratch_count];

		if (!target)
			return -EINVAL;
		if (target_taken(files, files->volume_count, files->scratch_count, target))
			continue;
		if (sandbox->writable) {
			ret = texts_add(arena, &sandbox->directories, target);
			continue;
		}
		scratch_begin(scratch, host);
		scratch->target = target;
		scratch->mode = 0755;
		files->scratch_count++;
	}
	return ret < 0 ? fail(ENOMEM, "volumes") : 0;
}

static int decide_mounts(struct sandbox *sandbox, struct arena *arena,
			 const struct request *request, const struct host *host)
{
	const size_t volumes = request->volume.count + request->mount.count;
	const size_t scratches = request->tmpfs.count + request->mount.count +
				 request->image_volumes.count + DEFAULTS;
	struct files files = {
		.volumes = arena_alloc(arena, (volumes + 1) * sizeof(*files.volumes)),
		.scratches = arena_alloc(arena, scratches * sizeof(*files.scratches)),
	};
	int ret;

	if (!files.volumes || !files.scratches)
		return fail(ENOMEM, "--volume, --tmpfs, --mount");
	files.scratches += DEFAULTS;
	ret = files_gather(&files, arena, request, host);
	if (ret == 0)
		ret = take_image_volumes(sandbox, &files, arena, &request->image_volumes, host);
	if (ret < 0)
		return ret;
	add_defaults(&files);
	sandbox->volumes = files.volumes;
	sandbox->volume_count = files.volume_count;
	sandbox->scratches = files.scratches;
	sandbox->scratch_count = files.scratch_count;
	return 0;
}

static int device_decide(struct device *device, struct arena *arena, const char *text)
{
	const char *rest = text, *rights = "rwm";

	device->source = decide_part(arena, &rest, ':');
	device->target = device->source;
	if (rest) {
		const char *part = decide_part(arena, &rest, ':');

		if (part && part[0] == '/')
			device->target = part;
		else
			rights = part;
		if (rest && rights != part)
			rights = decide_part(arena, &rest, ':');
	}
	if (!device->source || !device->target || !rights)
		return fail(ENOMEM, "--device %s", text);
	if (rest || device->source[0] != '/' || !rights[0] || rights[strspn(rights, "rwm")])
		return fail(0, "--device %s: expected DEVICE, DEVICE:TARGET or DEVICE:TARGET:rwm",
			    text);
	/* An app with CAP_DAC_OVERRIDE passes the node's mode; less than both needs a device cgroup. */
	if (!strchr(rights, 'r') || !strchr(rights, 'w'))
		return fail(0, "--device %s: only r and w together can be enforced", text);
	device->target = decide_target(arena, "device", text, device->target);
	if (!device->target)
		return -EINVAL;
	if (strncmp(device->target, "/dev/", 5) != 0)
		return fail(0, "--device %s: expected a target in /dev", text);
	return 0;
}

static int decide_devices(struct sandbox *sandbox, struct arena *arena, const struct texts *wanted)
{
	struct device *list;
	size_t i;
	int ret = 0;

	if (!wanted->count)
		return 0;
	if (!CONFIG_DEVICE)
		return fail(0, "--device: not in this build (CONFIG_DEVICE)");
	list = arena_alloc(arena, wanted->count * sizeof(*list));
	if (!list)
		return fail(ENOMEM, "--device");
	for (i = 0; i < wanted->count && ret == 0; i++)
		ret = device_decide(&list[i], arena, wanted->items[i]);
	sandbox->devices = list;
	sandbox->device_count = wanted->count;
	return ret;
}

/* --storage-opt is Docker's name for it. */
static int decide_storage(struct sandbox *sandbox, const char *text)
{
	if (!text)
		return 0;
	if (sandbox->kept)
		return fail(0,
			    "--storage-opt %s: nothing caps what is kept in %s; add --rm to keep nothing",
			    text, sandbox->kept);
	if (strncmp(text, "size=", 5) != 0 || text_size(&sandbox->scratch_size, text + 5) < 0 ||
	    !sandbox->scratch_size)
		return fail(0, "--storage-opt %s: expected size=SIZE, such as size=8m", text);
	return 0;
}

/* An OCI image that got a name is an app that lasts; a plain file system, or --rm, is launched for once. */
static bool keeps(const struct sandbox *sandbox, const struct request *request)
{
	return sandbox->image->config && request->name && !request->rm && sandbox->writable;
}

/* Whether the app may write to its root, and how much, and where that is. */
static int decide_root(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		       const struct host *host)
{
	const char *root = request->root ? request->root : "/var/lib/davit";
	const char *text = request->storage_opt;
	int ret;

	sandbox->writable = !request->read_only;
	if (sandbox->writable && !CONFIG_OVERLAY)
		return fail(EOPNOTSUPP,
			    "a writable root is not in this build (CONFIG_OVERLAY); give --read-only");
	if (CONFIG_IMAGE_OCI && keeps(sandbox, request)) {
		sandbox->kept = arena_print(arena, "%s/apps/%s", root, sandbox->name);
		if (!sandbox->kept)
			return fail(ENOMEM, "--root");
		if (root[0] != '/')
			return fail(0, "--root (or DAVIT_ROOT) %s: expected an absolute path", root);
	}
	sandbox->scratch_size = decide_share(host, 4, 256 * MIB);
	if (request->shm_size && sandbox->shm != SHM_OWN)
		return fail(0, "--shm-size %s: --ipc %s leaves none of its own", request->shm_size,
			    request->ipc);
	if (request->shm_size &&
	    (text_size(&sandbox->shm_size, request->shm_size) < 0 || !sandbox->shm_size))
		return fail(0, "--shm-size %s: expected a size, such as 1m", request->shm_size);
	ret = decide_storage(sandbox, text);
	if (ret == 0 && sandbox->image->room > sandbox->scratch_size)
		ret = fail(0,
			   "%s needs %" PRIu64 " bytes unpacked, more than the %" PRIu64
			   " that it may take: give --storage-opt size=",
			   sandbox->image->path, sandbox->image->room, sandbox->scratch_size);
	return ret;
}

int decide_files(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		 const struct host *host)
{
	int ret = decide_root(sandbox, arena, request, host);

	if (ret == 0)
		ret = decide_mounts(sandbox, arena, request, host);
	if (ret == 0)
		ret = decide_devices(sandbox, arena, &request->device);
	return ret;
}
