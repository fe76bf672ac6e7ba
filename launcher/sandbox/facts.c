/* SPDX-License-Identifier: MIT */
/* The facts about a machine as text: davit doctor --facts writes them, davit plan --host reads them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "sandbox/host.h"

enum { LINE_SIZE = 256, PAGE_LEAST = 4096 };

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
	memcpy(controller->path, text + 2, strlen(text + 2) + 1);
	return 0;
}

static int controller_print(char *buffer, size_t size, const void *field)
{
	const struct host_controller *controller = field;

	if (!controller->version)
		return snprintf(buffer, size, "0");
	return snprintf(buffer, size, "%u %s", controller->version, controller->path);
}

static int version_parse(void *field, const char *text)
{
	return text_version(field, text);
}

static int version_print(char *buffer, size_t size, const void *field)
{
	const uint64_t version = *(const uint64_t *)field;

	return snprintf(buffer, size, "%u.%u", (unsigned int)(version >> 16),
			(unsigned int)(version & UINT16_MAX));
}

/* A list of sched(7): "0-3,5". */
static int set_parse(void *field, const char *text)
{
	size_t length = strlen(text);

	if (!length || length >= HOST_SET_SIZE || strspn(text, "0123456789,-") != length)
		return -EINVAL;
	memcpy(field, text, length + 1);
	return 0;
}

static const struct kind number_kind = { "a number", number_parse, number_print };
static const struct kind page_kind = { "a power of two from 4096 on", page_parse, number_print };
static const struct kind mask_kind = { "1 to 16 hexadecimal digits", mask_parse, mask_print };
static const struct kind id_kind = { "1 to 15 letters or digits", id_parse, id_print };
static const struct kind set_kind = { "a list of numbers, such as 0-3,5", set_parse, id_print };
static const struct kind version_kind = { "MAJOR.MINOR, such as 6.1", version_parse, version_print };
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
	{ "kernel", offsetof(struct host, kernel), &version_kind },
	{ "landlock", offsetof(struct host, landlock), &number_kind },
	{ "terminals", offsetof(struct host, terminals), &number_kind },
	{ "dm-verity", offsetof(struct host, verity), &truth_kind },
	{ "cgroup-namespace", offsetof(struct host, cgroup_namespace), &truth_kind },
	{ "cgroup-memory", offsetof(struct host, controllers[CONTROLLER_MEMORY]), &controller_kind },
	{ "cgroup-cpu", offsetof(struct host, controllers[CONTROLLER_CPU]), &controller_kind },
	{ "cgroup-pids", offsetof(struct host, controllers[CONTROLLER_PIDS]), &controller_kind },
	{ "cgroup-cpuset", offsetof(struct host, controllers[CONTROLLER_CPUSET]), &controller_kind },
	{ "cgroup-io", offsetof(struct host, controllers[CONTROLLER_IO]), &controller_kind },
	{ "cpus", offsetof(struct host, cpus), &set_kind },
	{ "memory-nodes", offsetof(struct host, nodes), &set_kind },
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

	*host = (struct host){ .page_size = PAGE_LEAST, .id = "000000", .cpus = "0", .nodes = "0" };
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
