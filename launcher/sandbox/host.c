/* SPDX-License-Identifier: MIT */
/* The facts about this machine: read from the kernel, written as text, read from text. */
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
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "config.h"
#include "sandbox/host.h"

enum { MOUNTS_WINDOW = 4096, CONTROLLERS_SIZE = 512, LINE_SIZE = 256, PAGE_LEAST = 4096 };

const char *const controller_names[CONTROLLER_COUNT] = {
	[CONTROLLER_MEMORY] = "memory",
	[CONTROLLER_CPU] = "cpu",
	[CONTROLLER_PIDS] = "pids",
};

/* How a fact looks as text. */
struct kind {
	const char *expected;
	int (*parse)(void *field, const char *text);
	int (*print)(char *buffer, size_t size, const void *field);
};

static int number_parse(void *field, const char *text)
{
	return text_number(field, text, UINT64_MAX);
}

static int number_print(char *buffer, size_t size, const void *field)
{
	return snprintf(buffer, size, "%llu", (unsigned long long)*(const uint64_t *)field);
}

static int page_parse(void *field, const char *text)
{
	uint64_t size;

	if (text_number(&size, text, UINT32_MAX) < 0 || size < PAGE_LEAST || (size & (size - 1)))
		return -EINVAL;
	*(uint64_t *)field = size;
	return 0;
}

static int mask_parse(void *field, const char *text)
{
	size_t length = strlen(text);

	if (length < 1 || length > 16 || strspn(text, "0123456789abcdefABCDEF") != length)
		return -EINVAL;
	*(uint64_t *)field = strtoull(text, NULL, 16);
	return 0;
}

static int mask_print(char *buffer, size_t size, const void *field)
{
	return snprintf(buffer, size, "%llx", (unsigned long long)*(const uint64_t *)field);
}

static int id_parse(void *field, const char *text)
{
	size_t length = strlen(text);

	if (length >= sizeof(((struct host *)0)->id) || !text_is_name(text))
		return -EINVAL;
	memcpy(field, text, length + 1);
	return 0;
}

static int id_print(char *buffer, size_t size, const void *field)
{
	return snprintf(buffer, size, "%s", (const char *)field);
}

static int truth_parse(void *field, const char *text)
{
	bool yes = strcmp(text, "yes") == 0;

	if (!yes && strcmp(text, "no") != 0)
		return -EINVAL;
	*(bool *)field = yes;
	return 0;
}

static int truth_print(char *buffer, size_t size, const void *field)
{
	return snprintf(buffer, size, "%s", *(const bool *)field ? "yes" : "no");
}

/* PATH is known to fit. */
static void path_copy(char buffer[HOST_PATH_SIZE], const char *path)
{
	memcpy(buffer, path, strlen(path) + 1);
}

static int controller_parse(void *field, const char *text)
{
	struct host_controller *controller = field;

	if (strcmp(text, "0") == 0) {
		*controller = (struct host_controller){ .version = 0 };
		return 0;
	}
	if ((text[0] != '1' && text[0] != '2') || text[1] != ' ' || text[2] != '/')
		return -EINVAL;
	if (strlen(text + 2) >= sizeof(controller->path))
		return -EINVAL;
	controller->version = (unsigned int)(text[0] - '0');
	path_copy(controller->path, text + 2);
	return 0;
}

static int controller_print(char *buffer, size_t size, const void *field)
{
	const struct host_controller *controller = field;

	if (!controller->version)
		return snprintf(buffer, size, "0");
	return snprintf(buffer, size, "%u %s", controller->version, controller->path);
}

static const struct kind number_kind = { "a number", number_parse, number_print };
static const struct kind page_kind = { "a power of two from 4096 on", page_parse, number_print };
static const struct kind mask_kind = { "1 to 16 hexadecimal digits", mask_parse, mask_print };
static const struct kind id_kind = { "1 to 15 letters or digits", id_parse, id_print };
static const struct kind truth_kind = { "yes or no", truth_parse, truth_print };
static const struct kind controller_kind = { "0, or 1 or 2 and a path of at most 127 bytes",
					     controller_parse, controller_print };

static const struct fact {
	const char *key;
	size_t offset;
	const struct kind *kind;
} facts[] = {
	{ "capabilities", offsetof(struct host, capabilities), &mask_kind },
	{ "memory", offsetof(struct host, memory), &number_kind },
	{ "swap", offsetof(struct host, swap), &number_kind },
	{ "page-size", offsetof(struct host, page_size), &page_kind },
	{ "id", offsetof(struct host, id), &id_kind },
	{ "terminal", offsetof(struct host, terminal), &truth_kind },
	{ "cgroup-memory", offsetof(struct host, controllers[CONTROLLER_MEMORY]), &controller_kind },
	{ "cgroup-cpu", offsetof(struct host, controllers[CONTROLLER_CPU]), &controller_kind },
	{ "cgroup-pids", offsetof(struct host, controllers[CONTROLLER_PIDS]), &controller_kind },
};

enum { FACT_COUNT = sizeof(facts) / sizeof(facts[0]) };

/* One line without its end; not empty. */
static int fact_parse(struct host *host, char *line, const char *name, unsigned int number)
{
	char *value = line + strcspn(line, " \t");
	size_t i;

	if (*value)
		*value++ = '\0';
	value += strspn(value, " \t");
	for (i = 0; i < FACT_COUNT; i++) {
		if (strcmp(facts[i].key, line) != 0)
			continue;
		if (facts[i].kind->parse((char *)host + facts[i].offset, value) == 0)
			return 0;
		return fail(0, "%s:%u: expected %s after %s", name, number, facts[i].kind->expected,
			    line);
	}
	return fail(0, "%s:%u: expected a fact that davit doctor --facts prints, not %s", name,
		    number, line);
}

int host_parse(struct host *host, const char *text, const char *name)
{
	unsigned int number;

	*host = (struct host){ .page_size = PAGE_LEAST, .id = "000000" };
	for (number = 1; *text; number++) {
		size_t length = strcspn(text, "\n");
		char line[LINE_SIZE];
		int ret;

		if (length >= sizeof(line))
			return fail(0, "%s:%u: expected fewer than %d bytes", name, number,
				    LINE_SIZE);
		memcpy(line, text, length);
		line[length] = '\0';
		text += length + (text[length] == '\n');
		if (line[0] == '\0' || line[0] == '#')
			continue;
		ret = fact_parse(host, line, name, number);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int host_print(char *buffer, size_t size, const struct host *host)
{
	size_t used = 0, i;

	for (i = 0; i < FACT_COUNT; i++) {
		char value[LINE_SIZE];
		int ret;

		facts[i].kind->print(value, sizeof(value), (const char *)host + facts[i].offset);
		ret = snprintf(buffer + used, size - used, "%s %s\n", facts[i].key, value);
		if (ret < 0 || (size_t)ret >= size - used)
			return -ENOSPC;
		used += (size_t)ret;
	}
	return (int)used;
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

		if (controller->version || !options_have(options, length, controller_names[i]))
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
	autoclose int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
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
	autoclose int fd = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);

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

static bool has_all_controllers(const struct host *host)
{
	size_t i = 0;

	while (i < CONTROLLER_COUNT && host->controllers[i].version)
		i++;
	return i == CONTROLLER_COUNT;
}

/* Where all is in one cgroup2, as on most systems, the mount table is not read at all. */
static int read_controllers(struct host *host)
{
	char unified[HOST_PATH_SIZE] = "";
	int ret;

	if (!CONFIG_CGROUP)
		return 0;
	ret = read_cgroup2(host, "/sys/fs/cgroup");
	if (!CONFIG_CGROUP_V1 || has_all_controllers(host))
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
	int ret;

	*host = (struct host){ .terminal = isatty(STDIN_FILENO) == 1 };
	make_id(host);
	ret = read_capabilities(host);
	if (ret == 0)
		ret = read_memory(host);
	if (ret == 0)
		ret = read_controllers(host);
	return ret;
}
