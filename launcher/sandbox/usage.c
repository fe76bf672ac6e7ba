/* SPDX-License-Identifier: MIT */
/* What a running sandbox uses: by its cgroups where they count it, else by its processes. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/text.h"
#include "sandbox/members.h"
#include "sandbox/usage.h"

enum { TEXT_ROOM = 16384 };

#define BILLION UINT64_C(1000000000)

/* One sandbox while it is measured. */
struct measure {
	struct usage *usage;
	const struct record *record;
	const char *cgroups[CONTROLLER_COUNT]; /* NULL: none of its own */
	struct members members;
	char text[TEXT_ROOM];
};

/* What PATH says into the text. */
static bool read_text(struct measure *measure, const char *directory, const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	return sys_read_file(measure->text, sizeof(measure->text), AT_FDCWD, path) >= 0;
}

/* The number behind NAME in FILE of the cgroup with CONTROLLER. */
static bool cgroup_number(uint64_t *out, struct measure *measure, enum controller controller,
			  const char *file, const char *name)
{
	const char *cgroup = measure->cgroups[controller];

	return cgroup && read_text(measure, cgroup, file) &&
	       text_field(out, measure->text, name) == 0;
}

static bool process_number(uint64_t *out, struct measure *measure, pid_t pid, const char *file,
			   const char *name)
{
	char directory[32];

	snprintf(directory, sizeof(directory), "/proc/%d", (int)pid);
	return read_text(measure, directory, file) && text_field(out, measure->text, name) == 0;
}

static void measure_cpu(struct measure *measure)
{
	const uint64_t hertz = (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t ticks = 0, micro;
	int i;

	/* Any cgroup of v2 counts this, whatever it limits. */
	for (i = 0; i < CONTROLLER_COUNT; i++) {
		if (cgroup_number(&micro, measure, (enum controller)i, "cpu.stat", "usage_usec ")) {
			measure->usage->cpu = micro * 1000;
			return;
		}
	}
	if (cgroup_number(&measure->usage->cpu, measure, CONTROLLER_CPU, "cpuacct.usage", ""))
		return;
	for (i = 0; i < (int)measure->members.count; i++) {
		const struct member *member = &measure->members.items[i];

		ticks += member->user_time + member->system_time + member->children_time;
	}
	measure->usage->cpu = ticks * (BILLION / hertz);
}

/* Docker's way: without what the kernel would give back at once. */
static bool memory_of_cgroup(struct measure *measure)
{
	const enum controller memory = CONTROLLER_MEMORY;
	uint64_t used, spare = 0;

	if (cgroup_number(&used, measure, memory, "memory.current", ""))
		(void)cgroup_number(&spare, measure, memory, "memory.stat", "inactive_file ");
	else if (cgroup_number(&used, measure, memory, "memory.usage_in_bytes", ""))
		(void)cgroup_number(&spare, measure, memory, "memory.stat", "total_inactive_file ");
	else
		return false;
	measure->usage->memory = used > spare ? used - spare : 0;
	return true;
}

static void measure_memory(struct measure *measure)
{
	struct sysinfo info;
	uint64_t share;
	size_t i;

	measure->usage->most = record_number(measure->record, "memory");
	if (!measure->usage->most && sysinfo(&info) == 0)
		measure->usage->most = (uint64_t)info.totalram * info.mem_unit;
	if (memory_of_cgroup(measure))
		return;
	/* Pss shares what is shared out, but needs Linux 4.14. */
	for (i = 0; i < measure->members.count; i++) {
		const struct member *member = &measure->members.items[i];

		if (process_number(&share, measure, member->pid, "smaps_rollup", "Pss:"))
			measure->usage->memory += share * 1024;
		else
			measure->usage->memory += member->resident * (uint64_t)getpagesize();
	}
}

/* v1 says "8:0 Read 123" and so on, a line for each. */
static bool io_of_cgroup1(struct measure *measure, const char *cgroup)
{
	const char *line;
	uint64_t number;

	if (!read_text(measure, cgroup, "blkio.throttle.io_service_bytes"))
		return false;
	for (line = measure->text; line && *line; line = strchr(line, '\n')) {
		const char *word;

		line += *line == '\n';
		word = line + strcspn(line, " \n");
		if (strncmp(word, " Read ", 6) == 0 && text_field(&number, word + 6, "") == 0)
			measure->usage->read += number;
		if (strncmp(word, " Write ", 7) == 0 && text_field(&number, word + 7, "") == 0)
			measure->usage->written += number;
	}
	return true;
}

static void measure_io(struct measure *measure)
{
	uint64_t number;
	size_t i;

	for (i = 0; i < CONTROLLER_COUNT; i++) {
		const char *cgroup = measure->cgroups[i];

		if (cgroup && read_text(measure, cgroup, "io.stat")) {
			usage_add_io2(measure->usage, measure->text);
			return;
		}
		if (cgroup && io_of_cgroup1(measure, cgroup))
			return;
	}
	for (i = 0; i < measure->members.count; i++) {
		pid_t pid = measure->members.items[i].pid;

		if (process_number(&number, measure, pid, "io", "read_bytes: "))
			measure->usage->read += number;
		if (process_number(&number, measure, pid, "io", "write_bytes: "))
			measure->usage->written += number;
	}
}

static void measure_pids(struct measure *measure)
{
	size_t i;

	if (cgroup_number(&measure->usage->pids, measure, CONTROLLER_PIDS, "pids.current", ""))
		return;
	for (i = 0; i < measure->members.count; i++)
		measure->usage->pids += measure->members.items[i].threads;
}

/* That of the host is not the sandbox's. */
static void measure_network(struct measure *measure, struct arena *arena)
{
	const char *namespaces = record_field(arena, measure->record, "namespaces");
	char directory[32];

	if (!namespaces || !(strtoul(namespaces, NULL, 16) & CLONE_NEWNET))
		return;
	snprintf(directory, sizeof(directory), "/proc/%d/net", (int)measure->record->pid);
	if (read_text(measure, directory, "dev"))
		usage_add_network(measure->usage, measure->text);
}

int usage_read(struct usage *usage, struct arena *arena, const struct record *record)
{
	struct measure *measure = arena_alloc(arena, sizeof(*measure));
	int i, ret;

	*usage = (struct usage){ 0 };
	if (!measure)
		return -ENOMEM;
	measure->usage = usage;
	measure->record = record;
	for (i = 0; i < CONTROLLER_COUNT; i++)
		measure->cgroups[i] = record_cgroup(arena, record, (enum controller)i);
	ret = members_list(&measure->members, arena, record);
	if (ret < 0)
		return ret;
	measure_cpu(measure);
	measure_memory(measure);
	measure_io(measure);
	measure_pids(measure);
	measure_network(measure, arena);
	return 0;
}
