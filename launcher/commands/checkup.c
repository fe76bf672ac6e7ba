/* SPDX-License-Identifier: MIT */
/* What this build needs of a kernel and machine, and how each thing is looked for without touching anything. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"
#include "base/text.h"
#include "commands/checkup.h"
#include "config.h"
#include "sandbox/capability.h"

/* The same on every machine since Linux 5.1; older headers do not have them. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

enum { LANDLOCK_VERSION = 1, TEXT_SIZE = 4096, PATH_SIZE = 256 };

/* "kernel lacks CONFIG_X (WITHOUT)" */
static enum answer lacks(char *remark, const struct check *check)
{
	if (check->symbol)
		snprintf(remark, REMARK_SIZE, "kernel lacks %s%s%s%s", check->symbol,
			 check->without ? " (" : "", check->without ? check->without : "",
			 check->without ? ")" : "");
	else if (check->without)
		snprintf(remark, REMARK_SIZE, "%s", check->without);
	return ANSWER_NO;
}

static enum answer yes_or_lacks(char *remark, const struct check *check, bool yes)
{
	return yes ? ANSWER_YES : lacks(remark, check);
}

/* "PATH: Permission denied", or with what to do where that is not it. */
static enum answer refused(char *remark, const char *path, const char *remedy)
{
	if (errno == EACCES || errno == EPERM)
		remedy = "run davit as root";
	snprintf(remark, REMARK_SIZE, "%s: %s%s%s%s", path, strerror(errno), remedy ? " (" : "",
		 remedy ? remedy : "", remedy ? ")" : "");
	return ANSWER_NO;
}

static bool is_mounted(const char *path, unsigned long type)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (unsigned long)fs.f_type == type;
}

/* Where the kernel's own build puts each module, without its ending. */
static const struct {
	const char *name, *path;
} modules[] = {
	{ "squashfs", "fs/squashfs/squashfs" },
	{ "overlay", "fs/overlayfs/overlay" },
	{ "loop", "drivers/block/loop" },
	{ "dm-verity", "drivers/md/dm-verity" },
};

static bool has_module(const char *name)
{
	static const char *const endings[] = { ".ko", ".ko.xz", ".ko.zst", ".ko.gz" };
	struct utsname kernel;
	size_t i = 0, j;

	while (i < sizeof(modules) / sizeof(modules[0]) && strcmp(modules[i].name, name) != 0)
		i++;
	if (i == sizeof(modules) / sizeof(modules[0]) || uname(&kernel) < 0)
		return false;
	for (j = 0; j < sizeof(endings) / sizeof(endings[0]); j++) {
		char path[PATH_SIZE];

		snprintf(path, sizeof(path), "/lib/modules/%s/kernel/%s%s", kernel.release,
			 modules[i].path, endings[j]);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* The kernel loads a module when it is first asked for, if there is the program for it. */
static enum answer module_or_lacks(char *remark, const struct check *check, const char *module)
{
	char helper[TEXT_SIZE];
	ssize_t length;

	if (!has_module(module))
		return lacks(remark, check);
	length = sys_read_file(helper, sizeof(helper), AT_FDCWD, "/proc/sys/kernel/modprobe");
	if (length > 0)
		helper[strcspn(helper, "\n")] = '\0';
	if (length > 0 && access(helper, X_OK) == 0) {
		snprintf(remark, REMARK_SIZE,
			 "as a module, which the kernel loads when it is needed");
		return ANSWER_YES;
	}
	snprintf(remark, REMARK_SIZE, "a module that is not loaded: modprobe %s", module);
	return ANSWER_NO;
}

static enum answer probe_filesystem(char *remark, const struct check *check, const struct host *host)
{
	char text[TEXT_SIZE];

	(void)host;
	if (sys_read_file(text, sizeof(text), AT_FDCWD, "/proc/filesystems") < 0) {
		snprintf(remark, REMARK_SIZE, "cannot read /proc/filesystems");
		return ANSWER_NO;
	}
	if (text_has_word(text, check->subject))
		return ANSWER_YES;
	return module_or_lacks(remark, check, check->subject);
}

static enum answer probe_proc(char *remark, const struct check *check, const struct host *host)
{
	(void)check;
	(void)host;
	if (is_mounted("/proc", PROC_SUPER_MAGIC))
		return ANSWER_YES;
	snprintf(remark, REMARK_SIZE, "not mounted: mount -t proc proc /proc");
	return ANSWER_NO;
}

static enum answer probe_loop(char *remark, const struct check *check, const struct host *host)
{
	char text[TEXT_SIZE];

	(void)host;
	if (sys_read_file(text, sizeof(text), AT_FDCWD, "/proc/misc") < 0)
		text[0] = '\0';
	if (access("/dev/loop-control", R_OK | W_OK) == 0)
		return ANSWER_YES;
	if (errno != ENOENT || text_has_word(text, "loop-control"))
		return refused(remark, "/dev/loop-control", "mount -t devtmpfs dev /dev");
	return module_or_lacks(remark, check, "loop");
}

static enum answer probe_namespace(char *remark, const struct check *check, const struct host *host)
{
	char path[64], text[32];
	uint64_t most;

	(void)host;
	snprintf(path, sizeof(path), "/proc/self/ns/%s", check->subject);
	if (access(path, F_OK) < 0)
		return lacks(remark, check);
	snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", check->subject);
	if (sys_read_file(text, sizeof(text), AT_FDCWD, path) < 0 ||
	    text_field(&most, text, "") < 0 || most > 0)
		return ANSWER_YES;
	snprintf(remark, REMARK_SIZE, "forbidden by a 0 in %s", path);
	return ANSWER_NO;
}

static enum answer probe_seccomp(char *remark, const struct check *check, const struct host *host)
{
	(void)host;
	/* No filter at address 0: EFAULT where filters are known, EINVAL where not. */
	return yes_or_lacks(remark, check,
			    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) < 0 && errno == EFAULT);
}

static enum answer probe_no_new_privs(char *remark, const struct check *check, const struct host *host)
{
	(void)host;
	return yes_or_lacks(remark, check, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) >= 0);
}

static enum answer probe_signals(char *remark, const struct check *check, const struct host *host)
{
	sigset_t none;
	autoclose int fd = -1;

	(void)host;
	sigemptyset(&none);
	fd = signalfd(-1, &none, SFD_CLOEXEC);
	return yes_or_lacks(remark, check, fd >= 0);
}

static enum answer probe_sockets(char *remark, const struct check *check, const struct host *host)
{
	autoclose int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)host;
	return yes_or_lacks(remark, check, fd >= 0);
}

static enum answer probe_capabilities(char *remark, const struct check *check, const struct host *host)
{
	static const unsigned char needed[] = { CAP_SYS_ADMIN, CAP_MKNOD,       CAP_SETUID,
						CAP_SETGID,    CAP_SETPCAP,     CAP_NET_ADMIN,
						CAP_KILL,      CAP_DAC_OVERRIDE };
	size_t used = 0, i;

	(void)check;
	if (!(host->capabilities >> CAP_SYS_ADMIN & 1)) {
		snprintf(remark, REMARK_SIZE, "run davit as root");
		return ANSWER_NO;
	}
	for (i = 0; i < sizeof(needed); i++) {
		if (!(host->capabilities >> needed[i] & 1))
			used += (size_t)snprintf(remark + used, REMARK_SIZE - used, "%sCAP_%s",
						 used ? ", " : "davit lacks ",
						 capability_name(needed[i]));
	}
	return used ? ANSWER_NO : ANSWER_YES;
}

static enum answer probe_resource(char *remark, const struct check *check, const struct host *host)
{
	return yes_or_lacks(remark, check, host->capabilities >> CAP_SYS_RESOURCE & 1);
}

static enum answer probe_writable(char *remark, const struct check *check, const struct host *host)
{
	(void)host;
	if (access(check->subject, W_OK) == 0)
		return ANSWER_YES;
	return refused(remark, check->subject, check->without);
}

/* The row of a controller in /proc/cgroups behind its name (hierarchy, number of cgroups, enabled), or NULL. */
static const char *controller_row(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (; text && *text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL) {
		if (strncmp(text, name, length) == 0 && text[length] == '\t')
			return text + length + 1;
	}
	return NULL;
}

/* At the places that this build looks at. */
static bool has_cgroup2(void)
{
	return is_mounted("/sys/fs/cgroup", CGROUP2_SUPER_MAGIC) ||
	       (CONFIG_CGROUP_V1 && is_mounted("/sys/fs/cgroup/unified", CGROUP2_SUPER_MAGIC));
}

/* Why a controller is not to be had, and what brings it. */
static enum answer explain_controller(char *remark, const struct check *check)
{
	const char *name = check->subject, *row;
	const char *enable =
		strcmp(name, "memory") == 0 ? "cgroup_enable=memory or cgroup_memory=1, and " : "";
	char text[TEXT_SIZE];
	uint64_t hierarchy;

	if (sys_read_file(text, sizeof(text), AT_FDCWD, "/proc/cgroups") < 0) {
		snprintf(remark, REMARK_SIZE, "kernel lacks CONFIG_CGROUPS");
		return ANSWER_NO;
	}
	row = controller_row(text, name);
	if (!row && has_cgroup2())
		return lacks(remark, check);
	if (!row || text_field(&hierarchy, row, "") < 0)
		snprintf(remark, REMARK_SIZE,
			 "mount -t cgroup2 none /sys/fs/cgroup; or kernel lacks %s", check->symbol);
	else if (row[strcspn(row, "\n") - 1] == '0')
		snprintf(remark, REMARK_SIZE, "switched off: boot parameter %sno cgroup_disable=%s",
			 enable, name);
	else if (hierarchy && !CONFIG_CGROUP_V1)
		snprintf(remark, REMARK_SIZE,
			 "in use by cgroup v1, which this build leaves out (CONFIG_CGROUP_V1)");
	else if (hierarchy)
		snprintf(remark, REMARK_SIZE, "mount -t cgroup -o %s none /sys/fs/cgroup/%s", name,
			 name);
	else if (!has_cgroup2())
		snprintf(remark, REMARK_SIZE, "mount -t cgroup2 none /sys/fs/cgroup");
	else
		snprintf(remark, REMARK_SIZE,
			 "not handed down to the cgroup seen here (cgroup.subtree_control)");
	return ANSWER_NO;
}

static enum answer probe_controller(char *remark, const struct check *check, const struct host *host)
{
	const struct host_controller *controller = host->controllers;

	while (strcmp(controller_names[controller - host->controllers], check->subject) != 0)
		controller++;
	/* What the mount table promised may lie under another mount by now. */
	if (!is_mounted(controller->path, CGROUP_SUPER_MAGIC) &&
	    !is_mounted(controller->path, CGROUP2_SUPER_MAGIC))
		return explain_controller(remark, check);
	if (access(controller->path, W_OK) < 0)
		return refused(remark, controller->path, NULL);
	/* The controller is there without the quota that --cpus needs. */
	if (strcmp(check->subject, "cpu") == 0 &&
	    access("/proc/sys/kernel/sched_cfs_bandwidth_slice_us", F_OK) < 0)
		return lacks(remark, check);
	snprintf(remark, REMARK_SIZE, "cgroup v%u at %s", controller->version, controller->path);
	return ANSWER_YES;
}

/* In v2 the file is only in cgroups below the root, and always there on kernels that people still use. */
static enum answer probe_swap(char *remark, const struct check *check, const struct host *host)
{
	const struct host_controller *memory = &host->controllers[CONTROLLER_MEMORY];
	char path[HOST_PATH_SIZE + 32];

	if (!host->swap || memory->version != 1)
		return ANSWER_NONE;
	snprintf(path, sizeof(path), "%s/memory.memsw.limit_in_bytes", memory->path);
	return yes_or_lacks(remark, check, access(path, F_OK) == 0);
}

static enum answer probe_kernel(char *remark, const struct check *check, const struct host *host)
{
	struct utsname kernel;

	(void)check;
	(void)host;
	if (uname(&kernel) < 0)
		return ANSWER_NONE;
	snprintf(remark, REMARK_SIZE, "%s %s on %s", kernel.sysname, kernel.release, kernel.machine);
	return ANSWER_YES;
}

static enum answer probe_memory(char *remark, const struct check *check, const struct host *host)
{
	(void)check;
	snprintf(remark, REMARK_SIZE, "%llu MiB, and %llu MiB of swap",
		 (unsigned long long)(host->memory >> 20), (unsigned long long)(host->swap >> 20));
	return ANSWER_YES;
}

static enum answer probe_page_size(char *remark, const struct check *check, const struct host *host)
{
	(void)check;
	snprintf(remark, REMARK_SIZE, "%llu bytes%s", (unsigned long long)host->page_size,
		 host->page_size > 4096 ?
			 "; many programs are built for 4096 only, and limits are rounded to it" :
			 "");
	return ANSWER_YES;
}

/* Every one is called with arguments that make it fail at once; only its absence is ENOSYS. */
static enum answer probe_call(char *remark, const struct check *check, const struct host *host)
{
	long ret = 0;

	(void)host;
	if (strcmp(check->subject, "openat2") == 0)
		ret = syscall(SYS_openat2, -1, NULL, NULL, 0);
	else if (strcmp(check->subject, "close_range") == 0)
		ret = syscall(SYS_close_range, ~0U, 0, 0);
	return yes_or_lacks(remark, check, ret < 0 && errno == EINVAL);
}

/* Asking the kernel itself would take a loop device; it came with Linux 5.8. */
static enum answer probe_loop_configure(char *remark, const struct check *check,
					const struct host *host)
{
	struct utsname kernel;
	uint64_t major = 0, minor = 0;

	(void)host;
	if (uname(&kernel) < 0 || text_field(&major, kernel.release, "") < 0)
		return ANSWER_NONE;
	(void)text_field(&minor, kernel.release + strcspn(kernel.release, ".") + 1, "");
	return yes_or_lacks(remark, check, major > 5 || (major == 5 && minor >= 8));
}

static enum answer probe_landlock(char *remark, const struct check *check, const struct host *host)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);

	(void)host;
	if (version > 0)
		snprintf(remark, REMARK_SIZE, "version %ld (not used by this build)", version);
	return yes_or_lacks(remark, check, version > 0);
}

static enum answer probe_verity(char *remark, const struct check *check, const struct host *host)
{
	(void)host;
	if (access("/sys/module/dm_verity", F_OK) == 0 || has_module("dm-verity")) {
		snprintf(remark, REMARK_SIZE, "yes (not used by this build)");
		return ANSWER_YES;
	}
	return lacks(remark, check);
}

static const char unused[] = "not used by this build";
static const char fallback[] = "an older kernel: davit does it in another way";

const struct check checks[] = {
	{ "capabilities", CHECK_NEEDED, true, probe_capabilities, NULL, NULL, NULL },
	{ "proc", CHECK_NEEDED, true, probe_proc, NULL, NULL, NULL },
	{ "sysfs", CHECK_NEEDED, true, probe_filesystem, "sysfs", "CONFIG_SYSFS", NULL },
	{ "tmpfs", CHECK_NEEDED, true, probe_filesystem, "tmpfs", "CONFIG_TMPFS", NULL },
	{ "devpts", CHECK_NEEDED, true, probe_filesystem, "devpts", "CONFIG_UNIX98_PTYS", NULL },
	{ "mqueue", CHECK_NEEDED, true, probe_filesystem, "mqueue", "CONFIG_POSIX_MQUEUE", NULL },
	{ "squashfs", CHECK_NEEDED, CONFIG_IMAGE_SQUASHFS, probe_filesystem, "squashfs",
	  "CONFIG_SQUASHFS", "directories are launched all the same" },
	{ "loop devices", CHECK_NEEDED, CONFIG_IMAGE_SQUASHFS, probe_loop, NULL,
	  "CONFIG_BLK_DEV_LOOP", "directories are launched all the same" },
	{ "overlay", CHECK_NEEDED, CONFIG_OVERLAY, probe_filesystem, "overlay", "CONFIG_OVERLAY_FS",
	  "for a writable root; --read-only works without" },
	{ "mount namespace", CHECK_NEEDED, true, probe_namespace, "mnt", "CONFIG_NAMESPACES", NULL },
	{ "pid namespace", CHECK_NEEDED, true, probe_namespace, "pid", "CONFIG_PID_NS", NULL },
	{ "ipc namespace", CHECK_NEEDED, true, probe_namespace, "ipc", "CONFIG_IPC_NS", NULL },
	{ "uts namespace", CHECK_NEEDED, true, probe_namespace, "uts", "CONFIG_UTS_NS", NULL },
	{ "network namespace", CHECK_NEEDED, true, probe_namespace, "net", "CONFIG_NET_NS",
	  "--network host works without" },
	{ "cgroup namespace", CHECK_NEEDED, true, probe_namespace, "cgroup", "CONFIG_CGROUPS", NULL },
	{ "no_new_privs", CHECK_NEEDED, true, probe_no_new_privs, NULL, "Linux 3.5", NULL },
	{ "seccomp filter", CHECK_NEEDED, CONFIG_SECCOMP, probe_seccomp, NULL,
	  "CONFIG_SECCOMP_FILTER", NULL },
	{ "memory limit", CHECK_NEEDED, CONFIG_CGROUP, probe_controller, "memory", "CONFIG_MEMCG",
	  NULL },
	{ "cpu limit", CHECK_NEEDED, CONFIG_CGROUP, probe_controller, "cpu",
	  "CONFIG_CGROUP_SCHED and CONFIG_CFS_BANDWIDTH", NULL },
	{ "pids limit", CHECK_NEEDED, CONFIG_CGROUP, probe_controller, "pids", "CONFIG_CGROUP_PIDS",
	  NULL },
	{ "signal descriptors", CHECK_NEEDED, true, probe_signals, NULL, "CONFIG_SIGNALFD", NULL },
	{ "local sockets", CHECK_NEEDED, true, probe_sockets, NULL, "CONFIG_UNIX", NULL },
	{ "/run writable", CHECK_NEEDED, true, probe_writable, "/run", NULL,
	  "mount -t tmpfs tmpfs /run" },
	{ "policy", CHECK_NEEDED, true, probe_policy, NULL, NULL, NULL },
	{ "user namespace", CHECK_OPTIONAL, CONFIG_USERNS, probe_namespace, "user",
	  "CONFIG_USER_NS", "--userns is refused" },
	{ "swap limit", CHECK_OPTIONAL, CONFIG_CGROUP, probe_swap, NULL, "CONFIG_MEMCG_SWAP",
	  "or boot parameter swapaccount=1; --memory needs it where there is swap" },
	{ "raising limits", CHECK_OPTIONAL, CONFIG_RLIMIT, probe_resource, NULL, NULL,
	  "davit lacks CAP_SYS_RESOURCE; --ulimit can only lower hard limits" },
	{ "kernel", CHECK_NOTE, true, probe_kernel, NULL, NULL, NULL },
	{ "memory", CHECK_NOTE, true, probe_memory, NULL, NULL, NULL },
	{ "page size", CHECK_NOTE, true, probe_page_size, NULL, NULL, NULL },
	{ "openat2", CHECK_NOTE, true, probe_call, "openat2", NULL, fallback },
	{ "close_range", CHECK_NOTE, true, probe_call, "close_range", NULL, fallback },
	{ "LOOP_CONFIGURE", CHECK_NOTE, CONFIG_IMAGE_SQUASHFS, probe_loop_configure, NULL, NULL,
	  fallback },
	{ "Landlock", CHECK_NOTE, true, probe_landlock, NULL, "CONFIG_SECURITY_LANDLOCK", unused },
	{ "dm-verity", CHECK_NOTE, true, probe_verity, NULL, "CONFIG_DM_VERITY", unused },
};

const size_t check_count = sizeof(checks) / sizeof(checks[0]);
