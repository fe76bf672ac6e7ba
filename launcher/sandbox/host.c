/* SPDX-License-Identifier: MIT */
/* The facts about this machine, read from the kernel: memory, capabilities, where each cgroup controller is. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "config.h"
#include "sandbox/host.h"

enum { MOUNTS_WINDOW = 4096, CONTROLLERS_SIZE = 512, CGROUP_NAMESPACE_KERNEL = 4 << 16 | 6 };

const char *const controller_names[CONTROLLER_COUNT] = {
	[CONTROLLER_MEMORY] = "memory", [CONTROLLER_CPU] = "cpu", [CONTROLLER_PIDS] = "pids",
	[CONTROLLER_CPUSET] = "cpuset", [CONTROLLER_IO] = "io",
};

const char *controller_name(enum controller controller, unsigned int version)
{
	return controller == CONTROLLER_IO && version == 1 ? "blkio" : controller_names[controller];
}

/* PATH is known to fit. */
static void path_copy(char buffer[HOST_PATH_SIZE], const char *path)
{
	memcpy(buffer, path, strlen(path) + 1);
}

/* The next blank-separated field of a mount table's line; *text is left behind it. */
static size_t field_next(const char **field, const char **text)
{
	size_t length;

	*text += strspn(*text, " \t");
	*field = *text;
	length = strcspn(*text, " \t\n");
	*text += length;
	return length;
}

static bool field_is(const char *field, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(field, word, length) == 0;
}

/* True when WORD stands between commas. */
static bool options_have(const char *options, size_t length, const char *word)
{
	const char *end = options + length;

	while (options < end) {
		const char *comma = memchr(options, ',', (size_t)(end - options));
		const char *stop = comma ? comma : end;

		if (field_is(options, (size_t)(stop - options), word))
			return true;
		options = stop + 1;
	}
	return false;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Undo the escapes (\040 for a blank) of a path in the mount table. Refuses what does not fit and
 * what could not be written as one line. */
static int path_decode(char path[HOST_PATH_SIZE], const char *field, size_t length)
{
	size_t i = 0, used = 0;

	while (i < length) {
		unsigned int c = (unsigned char)field[i++];

		if (c == '\\' && i + 3 <= length && is_octal(field[i]) && is_octal(field[i + 1]) &&
		    is_octal(field[i + 2])) {
			c = (unsigned int)((field[i] - '0') * 64 + (field[i + 1] - '0') * 8 +
					   field[i + 2] - '0');
			i += 3;
		}
		if (c == '\0' || c == '\n' || c > 255 || used + 1 >= HOST_PATH_SIZE)
			return -EINVAL;
		path[used++] = (char)c;
	}
	path[used] = '\0';
	return used > 0 ? 0 : -EINVAL;
}

void host_add_cgroup2(struct host *host, const char *path, const char *controllers)
{
	size_t i;

	if (strlen(path) >= HOST_PATH_SIZE)
		return;
	for (i = 0; i < CONTROLLER_COUNT; i++) {
		if (!text_has_word(controllers, controller_names[i]))
			continue;
		host->controllers[i].version = 2;
		path_copy(host->controllers[i].path, path);
	}
}

static void add_cgroup1(struct host *host, const char *path, const char *options, size_t length)
{
	size_t i;

	for (i = 0; i < CONTROLLER_COUNT; i++) {
		struct host_controller *controller = &host->controllers[i];

		if (controller->version ||
		    !options_have(options, length, controller_name((enum controller)i, 1)))
			continue;
		controller->version = 1;
		path_copy(controller->path, path);
	}
}

void host_find_controllers(struct host *host, char unified[HOST_PATH_SIZE], const char *mounts)
{
	while (*mounts) {
		const char *source, *target, *type, *options;
		char path[HOST_PATH_SIZE];
		size_t target_length, type_length, options_length;

		field_next(&source, &mounts);
		target_length = field_next(&target, &mounts);
		type_length = field_next(&type, &mounts);
		options_length = field_next(&options, &mounts);
		mounts += strcspn(mounts, "\n");
		mounts += *mounts == '\n';
		if (!field_is(type, type_length, "cgroup") && !field_is(type, type_length, "cgroup2"))
			continue;
		if (path_decode(path, target, target_length) < 0)
			continue;
		if (field_is(type, type_length, "cgroup"))
			add_cgroup1(host, path, options, options_length);
		else if (!unified[0])
			path_copy(unified, path);
	}
}

/* The type is looked at: on a plain tmpfs, anybody may have made a file cgroup.controllers. */
static int read_cgroup2(struct host *host, const char *path)
{
	char text[CONTROLLERS_SIZE];
	autoclose int dir = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (dir < 0 || fstatfs(dir, &fs) < 0 || (unsigned long)fs.f_type != CGROUP2_SUPER_MAGIC)
		return -ENODEV;
	if (sys_read_file(text, sizeof(text), dir, "cgroup.controllers") < 0)
		return -ENODEV;
	host_add_cgroup2(host, path, text);
	return 0;
}

/* Hand whole lines of the WINDOW on; returns how many bytes of an unfinished one remain at its
 * start. A line longer than the window (an overlay of many layers) is no cgroup: *skip says that
 * its rest is to be passed over. */
static size_t window_use(struct host *host, char unified[HOST_PATH_SIZE], char *window, size_t used,
			 bool *skip)
{
	char *start = window, *end;

	window[used] = '\0';
	if (*skip) {
		end = memchr(window, '\n', used);
		if (!end)
			return 0;
		*skip = false;
		start = end + 1;
	}
	end = memrchr(start, '\n', used - (size_t)(start - window));
	if (end) {
		*end = '\0';
		host_find_controllers(host, unified, start);
		start = end + 1;
	}
	used -= (size_t)(start - window);
	if (used == MOUNTS_WINDOW - 1) {
		*skip = true;
		return 0;
	}
	memmove(window, start, used);
	return used;
}

static int read_mounts(struct host *host, char unified[HOST_PATH_SIZE])
{
	char window[MOUNTS_WINDOW];
	size_t used = 0;
	bool skip = false;
	autoclose int fd = openat(AT_FDCWD, "/proc/self/mounts", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail(errno, "open /proc/self/mounts (is /proc mounted?)");
	for (;;) {
		ssize_t got = read(fd, window + used, sizeof(window) - 1 - used);

		if (got < 0)
			return fail(errno, "read /proc/self/mounts");
		if (got == 0)
			return 0;
		used = window_use(host, unified, window, used + (size_t)got, &skip);
	}
}

/* Whether the first COUNT controllers are there. */
static bool has_controllers(const struct host *host, size_t count)
{
	size_t i = 0;

	while (i < count && host->controllers[i].version)
		i++;
	return i == count;
}

/* The customary place of each v1 hierarchy, /sys/fs/cgroup/memory. A link there may lead to where
 * two of them are together, which the mount table tells. */
static void find_cgroup1(struct host *host, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct host_controller *controller = &host->controllers[i];
		autoclose int dir = -1;
		struct statfs fs;

		if (controller->version)
			continue;
		snprintf(controller->path, sizeof(controller->path), "/sys/fs/cgroup/%s",
			 controller_name((enum controller)i, 1));
		dir = openat(AT_FDCWD, controller->path,
			     O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (dir >= 0 && fstatfs(dir, &fs) == 0 &&
		    (unsigned long)fs.f_type == CGROUP_SUPER_MAGIC)
			controller->version = 1;
		else
			controller->path[0] = '\0';
	}
}

/* Where the first COUNT are in their customary places, as on most systems, the mount table is not read at all. */
static int read_controllers(struct host *host, size_t count)
{
	char unified[HOST_PATH_SIZE] = "";
	int ret;

	if (!CONFIG_CGROUP)
		return 0;
	ret = read_cgroup2(host, "/sys/fs/cgroup");
	if (CONFIG_CGROUP_V1 && ret < 0)
		find_cgroup1(host, count);
	if (!CONFIG_CGROUP_V1 || has_controllers(host, count))
		return 0;
	/* There is but one cgroup2 hierarchy, wherever it is mounted: once is enough. */
	if (ret == 0)
		path_copy(unified, "/sys/fs/cgroup");
	ret = read_mounts(host, unified);
	if (ret < 0)
		return ret;
	if (strcmp(unified, "/sys/fs/cgroup") != 0)
		(void)read_cgroup2(host, unified);
	return 0;
}

static int read_capabilities(struct host *host)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (syscall(SYS_capget, &header, data) < 0)
		return fail(errno, "read davit's own capabilities");
	host->capabilities = data[0].effective | (uint64_t)data[1].effective << 32;
	return 0;
}

/* "6.1.0-50-armmp" is 6.1. */
static int read_kernel(struct host *host)
{
	struct utsname names;
	char *end;

	if (uname(&names) < 0)
		return fail(errno, "ask for the kernel's version");
	host->kernel = strtoul(names.release, &end, 10) << 16;
	if (*end == '.')
		host->kernel |= strtoul(end + 1, NULL, 10) & UINT16_MAX;
	return 0;
}

/* The kernel makes /sys/fs/cgroup if it has cgroups at all, and has their namespaces since 4.6.
 * That is cheaper to look at than the file in /proc, which decides where there is no sysfs. */
static int read_cgroup_namespace(struct host *host)
{
	host->cgroup_namespace = true;
	if (host->kernel >= CGROUP_NAMESPACE_KERNEL && access("/sys/fs/cgroup", F_OK) == 0)
		return 0;
	if (access("/proc/self/ns/cgroup", F_OK) == 0)
		return 0;
	host->cgroup_namespace = false;
	return errno == ENOENT ? 0 : fail(errno, "look for /proc/self/ns/cgroup");
}

static int read_memory(struct host *host)
{
	struct sysinfo info;

	if (sysinfo(&info) < 0)
		return fail(errno, "read the size of the memory");
	host->memory = (uint64_t)info.totalram * info.mem_unit;
	host->swap = (uint64_t)info.totalswap * info.mem_unit;
	host->page_size = (uint64_t)getpagesize();
	return 0;
}

/* Not waiting for randomness, which comes late on a board that has just booted: an id need only differ. */
static void make_id(struct host *host)
{
	uint32_t number;
	struct timespec now;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number)) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		number = (uint32_t)now.tv_nsec ^ (uint32_t)getpid() << 8;
	}
	snprintf(host->id, sizeof(host->id), "%06x", number & 0xffffff);
}

int host_read(struct host *host)
{
	int ret, fd;

	*host = (struct host){ .cpus = "0", .nodes = "0" };
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		host->terminals |= (uint64_t)(isatty(fd) == 1) << fd;
	make_id(host);
	ret = read_capabilities(host);
	if (ret == 0)
		ret = read_kernel(host);
	if (ret == 0)
		ret = read_cgroup_namespace(host);
	return ret == 0 ? read_memory(host) : ret;
}

int host_read_controllers(struct host *host, size_t count)
{
	return count ? read_controllers(host, count) : 0;
}

/* "0-3\n" of sysfs; a kernel without such a file has one, number 0. */
static int read_set(char set[HOST_SET_SIZE], const char *path)
{
	ssize_t got = sys_read_file(set, HOST_SET_SIZE, AT_FDCWD, path);

	if (got == -ENOENT)
		return snprintf(set, HOST_SET_SIZE, "0");
	if (got < 0)
		return fail((int)-got, "read %s", path);
	set[strcspn(set, "\n")] = '\0';
	return 0;
}

static uint64_t landlock_abi(void)
{
	const unsigned int ask_for_version = 1;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, ask_for_version);

	return abi < 0 ? 0 : (uint64_t)abi;
}

int host_read_more(struct host *host)
{
	int ret = read_set(host->cpus, "/sys/devices/system/cpu/online");

	if (ret >= 0)
		ret = read_set(host->nodes, "/sys/devices/system/node/online");
	if (CONFIG_LANDLOCK)
		host->landlock = landlock_abi();
	if (ret >= 0)
		ret = read_controllers(host, CONTROLLER_COUNT);
	return ret < 0 ? ret : 0;
}
