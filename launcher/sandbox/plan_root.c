/* SPDX-License-Identifier: MIT */
/* The steps that make the app's tree: the image, what may be written, /proc, /sys, /dev, volumes. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mount.h>

#include "base/log.h"
#include "sandbox/plan_parts.h"

/* The target must be no link of the image. */
enum { PLAIN = 1 };

#define SAFE (MS_NOSUID | MS_NODEV)
#define SAFEST (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* Host paths under /proc and /sys that Docker hides or makes read-only; each only where the kernel has it. */
static const struct step guards[] = {
	{ .kind = STEP_MASK, .target = "/proc/acpi" },
	{ .kind = STEP_MASK, .target = "/proc/asound" },
	{ .kind = STEP_MASK, .target = "/proc/interrupts" },
	{ .kind = STEP_MASK, .target = "/proc/kcore" },
	{ .kind = STEP_MASK, .target = "/proc/keys" },
	{ .kind = STEP_MASK, .target = "/proc/latency_stats" },
	{ .kind = STEP_MASK, .target = "/proc/sched_debug" },
	{ .kind = STEP_MASK, .target = "/proc/scsi" },
	{ .kind = STEP_MASK, .target = "/proc/timer_list" },
	{ .kind = STEP_MASK, .target = "/proc/timer_stats" },
	{ .kind = STEP_MASK, .target = "/sys/devices/virtual/powercap" },
	{ .kind = STEP_MASK, .target = "/sys/firmware" },
	{ .kind = STEP_READ_ONLY, .target = "/proc/bus" },
	{ .kind = STEP_READ_ONLY, .target = "/proc/cpu" },
	{ .kind = STEP_READ_ONLY, .target = "/proc/fs" },
	{ .kind = STEP_READ_ONLY, .target = "/proc/irq" },
	{ .kind = STEP_READ_ONLY, .target = "/proc/pressure" },
	{ .kind = STEP_READ_ONLY, .target = "/proc/sys" },
	{ .kind = STEP_READ_ONLY, .target = "/proc/sysrq-trigger" },
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

/* The image itself, on the host's path TARGET: a squashfs from the loop device, or a directory. */
static struct step image_step(const struct sandbox *sandbox, const char *target)
{
	const struct image *image = sandbox->image;

	return (struct step){ .kind = image->kind == IMAGE_SQUASHFS ? STEP_IMAGE : STEP_TREE,
			      .source = image->path,
			      .target = target,
			      .type = "squashfs",
			      .flags = SAFE | MS_RDONLY };
}

/* Writable: a tmpfs on the state directory holds the overlay's parts. Read-only: the image stands there itself. */
int plan_root(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	const char *state = sandbox->state;
	const char *size = arena_print(arena, "size=%" PRIu64 ",mode=0700", sandbox->scratch_size);
	const char *options =
		arena_print(arena, "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work", state,
			    state, state);
	const char *root = arena_print(arena, "%s/root", state);
	const struct step simple[] = { image_step(sandbox, state),
				       { .kind = STEP_ROOT, .target = state } };
	const struct step layered[] = {
		{ .kind = STEP_STAGE, .target = state, .data = size, .flags = SAFE },
		image_step(sandbox, arena_print(arena, "%s/lower", state)),
		{ .kind = STEP_OVERLAY, .target = root, .data = options, .flags = SAFE },
		{ .kind = STEP_ROOT, .target = root },
	};

	if (arena->failed)
		return fail(ENOMEM, "plan");
	return sandbox->writable ? ADD_ALL(plan, arena, layered) : ADD_ALL(plan, arena, simple);
}

static int plan_system(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	const char *shm = arena_print(arena, "size=%" PRIu64 ",mode=1777", sandbox->shm_size);
	const struct step console = { .kind = STEP_NODE, .target = "/dev/console" };
	const struct step mounts[] = {
		{ .kind = STEP_MOUNT,
		  .type = "proc",
		  .target = "/proc",
		  .numbers = { PLAIN },
		  .flags = SAFEST },
		{ .kind = STEP_MOUNT,
		  .type = "sysfs",
		  .target = "/sys",
		  .numbers = { PLAIN },
		  .flags = SAFEST | MS_RDONLY },
		{ .kind = STEP_MOUNT,
		  .type = "tmpfs",
		  .target = "/dev",
		  .numbers = { PLAIN },
		  .flags = MS_NOSUID | MS_NOEXEC,
		  .data = "size=64k,nr_inodes=256,mode=0755" },
		{ .kind = STEP_MOUNT,
		  .type = "devpts",
		  .target = "/dev/pts",
		  .flags = MS_NOSUID | MS_NOEXEC,
		  .data = "newinstance,ptmxmode=0666,mode=0620,gid=5" },
		{ .kind = STEP_MOUNT, .type = "tmpfs", .target = "/dev/shm", .flags = SAFEST, .data = shm },
		{ .kind = STEP_MOUNT, .type = "mqueue", .target = "/dev/mqueue", .flags = SAFEST },
	};
	int ret;

	if (!shm)
		return fail(ENOMEM, "plan");
	ret = ADD_ALL(plan, arena, mounts);
	if (ret == 0)
		ret = ADD_ALL(plan, arena, devices);
	if (ret == 0 && sandbox->terminal)
		ret = plan_add(plan, arena, &console);
	return ret == 0 ? ADD_ALL(plan, arena, guards) : ret;
}

static int plan_cgroup_mount(struct plan *plan, struct arena *arena, const char *hierarchy,
			     const char *target)
{
	const struct step step = { .kind = STEP_BIND,
				   .source = arena_print(arena, "%s/davit/%s", hierarchy,
							 plan->sandbox->name),
				   .target = target,
				   .flags = SAFEST | MS_RDONLY };

	return step.source && target ? plan_add(plan, arena, &step) : fail(ENOMEM, "plan");
}

/* The app sees its own cgroups, read-only, where programs look for their limits; nothing of others. */
static int plan_cgroup_mounts(struct plan *plan, struct arena *arena, const struct host *host)
{
	const struct limits *limits = &plan->sandbox->limits;
	const bool used[CONTROLLER_COUNT] = {
		[CONTROLLER_MEMORY] = limits->memory, [CONTROLLER_CPU] = limits->cpu, [CONTROLLER_PIDS] = limits->pids
	};
	const struct step holder = { .kind = STEP_MOUNT,
				     .type = "tmpfs",
				     .target = "/sys/fs/cgroup",
				     .flags = SAFEST,
				     .data = "size=4k,mode=0755" };
	const struct step close_holder = { .kind = STEP_READ_ONLY,
					   .target = "/sys/fs/cgroup",
					   .flags = 1 };
	bool held = false;
	size_t i;
	int ret = 0;

	for (i = 0; i < CONTROLLER_COUNT; i++) {
		if (used[i] && host->controllers[i].version == 2)
			return plan_cgroup_mount(plan, arena, host->controllers[i].path,
						 "/sys/fs/cgroup");
	}
	for (i = 0; i < CONTROLLER_COUNT && ret == 0; i++) {
		if (!used[i])
			continue;
		if (!held)
			ret = plan_add(plan, arena, &holder);
		held = true;
		if (ret == 0)
			ret = plan_cgroup_mount(plan, arena, host->controllers[i].path,
						arena_print(arena, "/sys/fs/cgroup/%s",
							    controller_names[i]));
	}
	return ret == 0 && held ? plan_add(plan, arena, &close_holder) : ret;
}

static int plan_scratches(struct plan *plan, struct arena *arena)
{
	const struct sandbox *sandbox = plan->sandbox;
	size_t i;
	int ret = 0;

	for (i = 0; i < sandbox->scratch_count && ret == 0; i++) {
		const struct scratch *scratch = &sandbox->scratches[i];
		const struct step step = { .kind = STEP_MOUNT,
					   .type = "tmpfs",
					   .target = scratch->target,
					   .flags = scratch->flags,
					   .data = arena_print(arena, "size=%" PRIu64 ",mode=%04o",
							       scratch->size, scratch->mode) };

		ret = step.data ? plan_add(plan, arena, &step) : fail(ENOMEM, "plan");
	}
	return ret;
}

static int plan_wishes(struct plan *plan, struct arena *arena)
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

		ret = plan_add(plan, arena, &step);
	}
	for (i = 0; i < sandbox->device_count && ret == 0; i++) {
		const struct step step = { .kind = STEP_DEVICE,
					   .source = sandbox->devices[i].source,
					   .target = sandbox->devices[i].target };

		ret = plan_add(plan, arena, &step);
	}
	return ret;
}

/* /dev is the one place where device nodes work, so it is closed once it is filled: CAP_MKNOD opens nothing. */
int plan_tree(struct plan *plan, struct arena *arena, const struct host *host)
{
	const struct step close_dev = { .kind = STEP_READ_ONLY, .target = "/dev", .flags = 1 };
	int ret = plan_system(plan, arena);

	if (ret == 0)
		ret = plan_cgroup_mounts(plan, arena, host);
	if (ret == 0)
		ret = plan_scratches(plan, arena);
	if (ret == 0)
		ret = plan_wishes(plan, arena);
	return ret == 0 ? plan_add(plan, arena, &close_dev) : ret;
}
