/* SPDX-License-Identifier: MIT */
/* The steps that make the app's tree: the image, what may be written, /proc, /sys, /dev, volumes. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mount.h>

#include "base/log.h"
#include "config.h"
#include "sandbox/plan_parts.h"

/* The target is a mount already. */
enum { MOUNTED = 1, TTY_GROUP = 5 };

#define SAFE (MS_NOSUID | MS_NODEV)
#define SAFEST (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* What Docker hides under /proc and /sys, and more that tells root in a sandbox of the machine:
 * addresses and pages of the kernel, how it was started, whose keys it has, which files of the host
 * lie behind loop devices. Each only where the kernel has it. */
static const char *const masked[] = {
	"/proc/acpi/",
	"/proc/asound/",
	"/proc/cmdline",
	"/proc/dynamic_debug/",
	"/proc/interrupts",
	"/proc/kallsyms",
	"/proc/kcore",
	"/proc/key-users",
	"/proc/keys",
	"/proc/kpagecgroup",
	"/proc/kpagecount",
	"/proc/kpageflags",
	"/proc/latency_stats",
	"/proc/modules",
	"/proc/pagetypeinfo",
	"/proc/sched_debug",
	"/proc/scsi/",
	"/proc/slabinfo",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/proc/vmallocinfo",
	"/sys/devices/virtual/block/",
	"/sys/devices/virtual/powercap/",
	"/sys/firmware/",
	"/sys/kernel/boot_params/",
	"/sys/kernel/vmcoreinfo",
};

/* What is the whole machine's business, and must not be written by root in a sandbox either. */
static const char *const read_only[] = {
	"/proc/bus", "/proc/cpu",           "/proc/fs", "/proc/irq", "/proc/pressure",
	"/proc/sys", "/proc/sysrq-trigger",
};

/* Device numbers: Documentation/admin-guide/devices.txt. */
static const struct step devices[] = {
	{ .kind = STEP_NODE, .target = "/dev/null", .numbers = { 1, 3 } },
	{ .kind = STEP_NODE, .target = "/dev/zero", .numbers = { 1, 5 } },
	{ .kind = STEP_NODE, .target = "/dev/full", .numbers = { 1, 7 } },
	{ .kind = STEP_NODE, .target = "/dev/random", .numbers = { 1, 8 } },
	{ .kind = STEP_NODE, .target = "/dev/urandom", .numbers = { 1, 9 } },
	{ .kind = STEP_NODE, .target = "/dev/tty", .numbers = { 5, 0 } },
	{ .kind = STEP_LINK, .target = "/dev/ptmx", .source = "pts/ptmx" },
	{ .kind = STEP_LINK, .target = "/dev/fd", .source = "/proc/self/fd" },
	{ .kind = STEP_LINK, .target = "/dev/stdin", .source = "/proc/self/fd/0" },
	{ .kind = STEP_LINK, .target = "/dev/stdout", .source = "/proc/self/fd/1" },
	{ .kind = STEP_LINK, .target = "/dev/stderr", .source = "/proc/self/fd/2" },
};

#define ADD_ALL(plan, arena, list) plan_add_all(plan, arena, list, sizeof(list) / sizeof((list)[0]))

/* What ends in a slash is expected to be a directory. */
static struct step mask_step(struct arena *arena, const char *target, const char *empty)
{
	const size_t length = strlen(target) - (target[strlen(target) - 1] == '/');

	return (struct step){ .kind = STEP_MASK,
			      .source = empty,
			      .target = arena_copy(arena, target, length),
			      .flags = SAFEST | MS_RDONLY,
			      .numbers = { target[length] == '/' } };
}

static int plan_guards(struct plan *plan, struct arena *arena)
{
	const char *empty = arena_print(arena, "%s/empty", plan->sandbox->state);
	size_t i;
	int ret = empty ? 0 : fail(ENOMEM, "plan");

	for (i = 0; i < sizeof(masked) / sizeof(masked[0]) && ret == 0; i++) {
		const struct step step = mask_step(arena, masked[i], empty);

		ret = step.target ? plan_add(plan, arena, &step) : fail(ENOMEM, "plan");
	}
	for (i = 0; i < sizeof(read_only) / sizeof(read_only[0]) && ret == 0; i++)
		ret = plan_add(plan, arena,
			       &(struct step){ .kind = STEP_READ_ONLY,
					       .target = read_only[i],
					       .flags = SAFEST | MS_RDONLY });
	return ret;
}

/* Before /proc/sys is closed. */
static int plan_sysctls(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	size_t i;
	int ret = 0;

	for (i = 0; i < sandbox->sysctl_count && ret == 0; i++) {
		const struct step step = { .kind = STEP_SYSCTL,
					   .target = sandbox->sysctls[i].path,
					   .data = sandbox->sysctls[i].value };

		ret = plan_add(plan, arena, &step);
	}
	return ret;
}

/* The host's, or of its own where a size was asked for, else a part of the stage. */
static struct step shm_step(const struct sandbox *sandbox, struct arena *arena)
{
	if (sandbox->shm == SHM_HOST)
		return (struct step){
			.kind = STEP_BIND, .source = "/dev/shm", .target = "/dev/shm", .flags = SAFEST
		};
	if (sandbox->shm_size)
		return (struct step){ .kind = STEP_INNER,
				      .type = "tmpfs",
				      .source = "davit",
				      .target = "/dev/shm",
				      .data = arena_print(arena, "size=%" PRIu64 ",mode=1777",
							  sandbox->shm_size),
				      .flags = SAFEST };
	return (struct step){ .kind = STEP_INNER,
			      .type = "scratch",
			      .source = arena_print(arena, "%s/shm", sandbox->state),
			      .target = "/dev/shm",
			      .flags = SAFEST | MS_BIND };
}

/* As this machine knows it. Where it is not mapped, the group of the sandbox's root. */
static uint32_t terminal_group(const struct sandbox *sandbox)
{
	uint32_t group;

	if (!CONFIG_USERNS || sandbox->gids.count == 0)
		return TTY_GROUP;
	group = id_map_outside(&sandbox->gids, TTY_GROUP);
	return group == ID_NONE ? id_map_outside(&sandbox->gids, 0) : group;
}

static int plan_system(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	const struct step console = { .kind = STEP_NODE, .target = "/dev/console" };
	const struct step mounts[] = {
		{ .kind = STEP_TOP, .type = "proc", .source = "davit", .target = "/proc", .flags = SAFEST },
		{ .kind = STEP_TOP,
		  .type = "sysfs",
		  .source = "davit",
		  .target = "/sys",
		  .flags = SAFEST | (sandbox->privileged ? 0 : MS_RDONLY) },
		/* Devices work in it from the first: masks are binds of its null, with its flags. */
		{ .kind = STEP_TOP,
		  .type = "scratch",
		  .source = arena_print(arena, "%s/dev", sandbox->state),
		  .target = "/dev",
		  .flags = MS_NOSUID | MS_NOEXEC | MS_BIND },
		{ .kind = STEP_INNER,
		  .type = "devpts",
		  .source = "davit",
		  .target = "/dev/pts",
		  .flags = MS_NOSUID | MS_NOEXEC,
		  .data = arena_print(arena, "newinstance,ptmxmode=0666,mode=0620,gid=%u",
				      terminal_group(sandbox)) },
	};
	const struct step mqueue = { .kind = STEP_INNER,
				     .type = "mqueue",
				     .source = "davit",
				     .target = "/dev/mqueue",
				     .flags = SAFEST };
	const struct step shm = shm_step(sandbox, arena);
	int ret;

	if (arena->failed)
		return fail(ENOMEM, "plan");
	ret = ADD_ALL(plan, arena, mounts);
	if (ret == 0 && sandbox->shm != SHM_NONE)
		ret = plan_add(plan, arena, &shm);
	if (ret == 0)
		ret = plan_add(plan, arena, &mqueue);
	if (ret == 0)
		ret = ADD_ALL(plan, arena, devices);
	if (ret == 0 && sandbox->terminal)
		ret = plan_add(plan, arena, &console);
	if (ret == 0)
		ret = plan_sysctls(plan, arena);
	return ret == 0 && !sandbox->privileged ? plan_guards(plan, arena) : ret;
}

static int plan_cgroup_mount(struct plan *plan, struct arena *arena, const char *own,
			     const char *target)
{
	const struct step step = {
		.kind = STEP_BIND, .source = own, .target = target, .flags = SAFEST | MS_RDONLY
	};

	return target ? plan_add(plan, arena, &step) : fail(ENOMEM, "plan");
}

/* The app sees its own cgroups, read-only, where programs look for their limits; nothing of others. */
static int plan_cgroup_mounts(struct plan *plan, struct arena *arena, const struct host *host)
{
	const char *const *own = plan->sandbox->cgroups;
	const struct step holder = { .kind = STEP_MOUNT,
				     .type = "tmpfs",
				     .target = "/sys/fs/cgroup",
				     .flags = SAFEST,
				     .data = "size=4k,mode=0755" };
	const struct step close_holder = { .kind = STEP_READ_ONLY,
					   .target = "/sys/fs/cgroup",
					   .flags = SAFEST | MS_RDONLY,
					   .numbers = { MOUNTED } };
	bool held = false;
	size_t i;
	int ret = 0;

	for (i = 0; i < CONTROLLER_COUNT; i++) {
		if (own[i] && host->controllers[i].version == 2)
			return plan_cgroup_mount(plan, arena, own[i], "/sys/fs/cgroup");
	}
	for (i = 0; i < CONTROLLER_COUNT && ret == 0; i++) {
		if (!own[i])
			continue;
		if (!held)
			ret = plan_add(plan, arena, &holder);
		held = true;
		if (ret == 0)
			ret = plan_cgroup_mount(plan, arena, own[i],
						arena_print(arena, "/sys/fs/cgroup/%s",
							    controller_name((enum controller)i, 1)));
	}
	return ret == 0 && held ? plan_add(plan, arena, &close_holder) : ret;
}

/* A tmpfs of its own where it was asked for; /tmp and /run, which are always there, are parts of the stage. */
static struct step scratch_step(const struct sandbox *sandbox, struct arena *arena,
				const struct scratch *scratch)
{
	if (!scratch->size)
		return (struct step){ .kind = STEP_SCRATCH,
				      .source = arena_print(arena, "%s%s", sandbox->state,
							    scratch->target),
				      .target = scratch->target,
				      .flags = SAFEST };
	return (struct step){ .kind = STEP_MOUNT,
			      .type = "tmpfs",
			      .target = scratch->target,
			      .flags = scratch->flags,
			      .data = arena_print(arena, "size=%" PRIu64 ",mode=%04o",
						  scratch->size, scratch->mode) };
}

/* How many directories are above PATH. */
static size_t depth_of(const char *path)
{
	size_t depth = 0;

	for (; *path; path++)
		depth += *path == '/';
	return depth;
}

/* Those at DEPTH. */
static int plan_scratches(struct plan *plan, struct arena *arena, size_t depth)
{
	const struct sandbox *sandbox = plan->sandbox;
	size_t i;
	int ret = 0;

	for (i = 0; i < sandbox->scratch_count && ret == 0; i++) {
		const struct step step = scratch_step(sandbox, arena, &sandbox->scratches[i]);

		if (depth_of(step.target) != depth)
			continue;
		ret = arena->failed ? fail(ENOMEM, "plan") : plan_add(plan, arena, &step);
	}
	return ret;
}

static int plan_volumes(struct plan *plan, struct arena *arena, size_t depth)
{
	const struct sandbox *sandbox = plan->sandbox;
	size_t i;
	int ret = 0;

	for (i = 0; i < sandbox->volume_count && ret == 0; i++) {
		const struct volume *volume = &sandbox->volumes[i];
		const struct step step = { .kind = STEP_BIND,
					   .source = volume->source,
					   .target = volume->target,
					   .flags = SAFE | (volume->read_only ? MS_RDONLY : 0) };

		if (depth_of(volume->target) == depth)
			ret = plan_add(plan, arena, &step);
	}
	return ret;
}

/* What is nearer to the root first: it would hide what is below it. */
static int plan_mounts(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	size_t deepest = 0, depth, i;
	int ret = 0;

	for (i = 0; i < sandbox->scratch_count; i++) {
		depth = depth_of(sandbox->scratches[i].target);
		deepest = depth > deepest ? depth : deepest;
	}
	for (i = 0; i < sandbox->volume_count; i++) {
		depth = depth_of(sandbox->volumes[i].target);
		deepest = depth > deepest ? depth : deepest;
	}
	for (depth = 1; depth <= deepest && ret == 0; depth++) {
		ret = plan_scratches(plan, arena, depth);
		if (ret == 0)
			ret = plan_volumes(plan, arena, depth);
	}
	return ret;
}

/* A text that becomes file NAME of the stage, bound on TARGET. */
static int plan_file(struct plan *plan, struct arena *arena, const char *name, const char *target,
		     const char *text)
{
	const struct step step = { .kind = STEP_FILE,
				   .source = arena_print(arena, "%s/%s", plan->sandbox->state, name),
				   .target = target,
				   .data = text,
				   .flags = SAFEST };

	if (!text)
		return 0;
	return step.source ? plan_add(plan, arena, &step) : fail(ENOMEM, "plan");
}

static int plan_devices(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	size_t i;
	int ret = 0;

	for (i = 0; i < sandbox->device_count && ret == 0; i++) {
		const struct step step = { .kind = STEP_DEVICE,
					   .source = sandbox->devices[i].source,
					   .target = sandbox->devices[i].target,
					   .numbers = { sandbox->devices[i].type,
							sandbox->devices[i].number } };

		ret = plan_add(plan, arena, &step);
	}
	return ret;
}

/* /dev is the one place where device nodes work, so it is closed once it is filled: CAP_MKNOD opens nothing. */
int plan_tree(struct plan *plan, struct arena *arena, const struct host *host)
{
	const struct step close_dev = { .kind = STEP_READ_ONLY,
					.target = "/dev",
					.flags = MS_RDONLY | MS_NOSUID | MS_NOEXEC,
					.numbers = { MOUNTED } };
	const struct sandbox *sandbox = plan->sandbox;
	int ret = plan_system(plan, arena);

	if (ret == 0)
		ret = plan_cgroup_mounts(plan, arena, host);
	if (ret == 0)
		ret = plan_mounts(plan, arena);
	if (ret == 0 && CONFIG_NAMES_FILES)
		ret = plan_file(plan, arena, "hosts", "/etc/hosts", sandbox->hosts);
	if (ret == 0 && CONFIG_NAMES_FILES)
		ret = plan_file(plan, arena, "resolver", "/etc/resolv.conf", sandbox->resolver);
	if (ret == 0)
		ret = plan_devices(plan, arena);
	return ret == 0 ? plan_add(plan, arena, &close_dev) : ret;
}
