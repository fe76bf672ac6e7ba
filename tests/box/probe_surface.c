/* SPDX-License-Identifier: MIT */
/* The probe's questions about how much of the kernel can be talked to, and about what a careful owner would close. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

static char seen[512];

static const char *see(const char *what, const char *which)
{
	snprintf(seen, sizeof(seen), "%s %.400s", what, which);
	return seen;
}

static const char *see_number(const char *what, int number)
{
	snprintf(seen, sizeof(seen), "%s %d", what, number);
	return seen;
}

/* Refused by the filter. Any other error means that the kernel was asked, and may have loaded a module for it. */
static const char *families(const int *list)
{
	for (; *list >= 0; list++) {
		int fd = socket(*list, SOCK_DGRAM, 0);

		if (fd < 0)
			fd = socket(*list, SOCK_RAW, 0);
		if (fd >= 0 || errno != EPERM)
			return see_number("family", *list);
	}
	return NULL;
}

#define ASK_FAMILIES(name, ...)                                \
	static const char *name(void)                          \
	{                                                      \
		static const int list[] = { __VA_ARGS__, -1 }; \
                                                               \
		return families(list);                         \
	}

ASK_FAMILIES(ask_old_families, 3, 4, 5, 6, 9, 11, 12, 13, 19, 25, 26, 27, 28)
ASK_FAMILIES(ask_cluster_families, 21, 30, 43)
ASK_FAMILIES(ask_line_families, 8, 20, 24, 22)
ASK_FAMILIES(ask_radio_families, 23, 31, 34, 35, 36, 37, 39)
ASK_FAMILIES(ask_kernel_families, 14, 15, 32, 33, 38, 40, 41, 42, 44, 45, 46, 63)
ASK_FAMILIES(ask_can_family, 29)

static const char *ask_packets(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0 ? "frames can be sent as they are" : NULL;
}

static const char *ask_raw(void)
{
	int fd = socket(AF_INET, SOCK_RAW, 1);

	if (fd >= 0)
		close(fd);
	return fd >= 0 ? "packets can be made by hand" : NULL;
}

static const char *ask_protocols(void)
{
	static const struct {
		int type, protocol;
		const char *name;
	} list[] = { { SOCK_DCCP, 33, "DCCP" }, { SOCK_SEQPACKET, 132, "SCTP" } };
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		if (socket(AF_INET, list[i].type, list[i].protocol) >= 0)
			return list[i].name;
	}
	return NULL;
}

/* What the kernel says to udev about every device of the machine. */
static const char *ask_device_events(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT);
	int ret = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof(address));

	close(fd);
	return ret < 0 ? NULL : "they can be listened to";
}

static const char *ask_audit(void)
{
	struct {
		struct nlmsghdr header;
		char text[16];
	} message = { .header = { .nlmsg_len = sizeof(message),
				  .nlmsg_type = AUDIT_USER,
				  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		      .text = "probe" };
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} answer = { .error.error = -1 };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
	const char *bad = NULL;

	if (fd >= 0 &&
	    sendto(fd, &message, sizeof(message), 0, (struct sockaddr *)&address, sizeof(address)) >
		    0 &&
	    recv(fd, &answer, sizeof(answer), MSG_DONTWAIT) > 0 && answer.error.error == 0)
		bad = "a line was written";
	close(fd);
	return bad;
}

/* Line disciplines are old code that any terminal reaches, and are loaded on demand. */
static const char *ask_line_disciplines(void)
{
	static const int list[] = { 1, 2, 3, 5, 11, 13, 15, 17, 21, 25 };
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	const char *bad = NULL;
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]) && fd >= 0 && !bad; i++) {
		int number = list[i];

		if (ioctl(fd, TIOCSETD, &number) == 0 || errno != EPERM)
			bad = see_number("number", number);
	}
	close(fd);
	return bad;
}

static const char *ask_wake_alarm(void)
{
	int fd = timerfd_create(9 /* CLOCK_BOOTTIME_ALARM */, 0);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? NULL : "the machine can be woken";
}

static const char *ask_clock_speed(void)
{
	struct timex change = { .modes = ADJ_FREQUENCY };

	return adjtimex(&change) < 0 ? NULL : "the clock can be made faster";
}

static const char *ask_realtime(void)
{
	const struct sched_param param = { .sched_priority = 1 };

	return syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param) < 0 ? NULL : "SCHED_FIFO";
}

static const char *ask_disk_priority(void)
{
	return syscall(SYS_ioprio_set, 1, 0, 1 << 13) < 0 ? NULL : "the realtime class";
}

static const char *ask_firewall(void)
{
	int fd = socket(AF_INET, SOCK_RAW, 255), ret;

	if (fd < 0)
		fd = socket(AF_INET, SOCK_DGRAM, 0);
	ret = setsockopt(fd, 0 /* IPPROTO_IP */, 64 /* IPT_SO_SET_REPLACE */, "", 0);
	if (ret < 0 && (errno == EPERM || errno == ENOPROTOOPT))
		ret = -2;
	close(fd);
	return ret == -2 ? NULL : "its tables are looked at";
}

/* Everything in /proc that is not a process's: root in the box is root to these files. */
static const char *writable_below(const char *path, int depth)
{
	DIR *list = opendir(path);
	const char *bad = NULL;
	struct dirent *entry;
	char name[512];
	struct stat st;

	while (list && !bad && (entry = readdir(list))) {
		if (entry->d_name[0] == '.' || (depth == 0 && entry->d_name[0] <= '9'))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (lstat(name, &st) < 0 || S_ISLNK(st.st_mode) || S_ISCHR(st.st_mode))
			continue;
		/* Root opens what nobody may write, too, to no effect. */
		if (!S_ISDIR(st.st_mode) && !(st.st_mode & 0222))
			continue;
		if (S_ISDIR(st.st_mode)) {
			bad = depth < 6 ? writable_below(name, depth + 1) : NULL;
		} else {
			int fd = open(name, O_WRONLY | O_NONBLOCK);

			bad = fd < 0 ? NULL : see("opened", name);
			close(fd);
		}
	}
	if (list)
		closedir(list);
	return bad;
}

static const char *ask_proc_written(void)
{
	return writable_below("/proc", 0);
}

/* Programs that the kernel starts on the host's side. */
static const char *ask_helpers(void)
{
	static const char *const paths[] = {
		"/proc/sys/kernel/core_pattern",
		"/proc/sys/kernel/modprobe",
		"/proc/sys/kernel/hotplug",
		"/sys/kernel/uevent_helper",
		"/proc/sys/fs/binfmt_misc/register",
		"/proc/sys/kernel/poweroff_cmd",
		"/proc/sys/kernel/usermodehelper/bset",
		"/sys/fs/cgroup/release_agent",
		"/proc/sys/kernel/keys/maxkeys",
		"/sys/kernel/debug/fail_function/inject",
	};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int fd = open(paths[i], O_WRONLY);

		if (fd >= 0) {
			close(fd);
			return see("opened", paths[i]);
		}
	}
	return NULL;
}

/* The limits that are in force, by the control group or by process. */
static bool has_limit(const char *const *paths, unsigned int resource)
{
	struct rlimit limit;
	char text[64];

	for (; *paths; paths++) {
		int fd = open(*paths, O_RDONLY);
		ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

		close(fd);
		if (got > 0 && text[0] >= '0' && text[0] <= '9' && got < 18)
			return true;
	}
	return getrlimit(resource, &limit) == 0 && limit.rlim_cur < 4096 && resource == RLIMIT_NPROC;
}

static const char *ask_fork_limit(void)
{
	static const char *const paths[] = { "/sys/fs/cgroup/pids.max",
					     "/sys/fs/cgroup/pids/pids.max", NULL };

	return has_limit(paths, RLIMIT_NPROC) ? NULL : "no --pids-limit";
}

static const char *ask_memory_limit(void)
{
	static const char *const paths[] = { "/sys/fs/cgroup/memory.max",
					     "/sys/fs/cgroup/memory/memory.limit_in_bytes", NULL };

	return has_limit(paths, RLIMIT_AS) ? NULL : "no --memory";
}

static const char *ask_user_map(void)
{
	FILE *file = fopen("/proc/self/uid_map", "r");
	unsigned long inside = 0, outside = 0, count = 0;
	int got = file ? fscanf(file, "%lu %lu %lu", &inside, &outside, &count) : 0;

	if (file)
		fclose(file);
	return got == 3 && inside == outside && getuid() == 0 ? "root is the host's root" : NULL;
}

static const char *ask_root_written(void)
{
	int fd = open("/probe-file", O_CREAT | O_WRONLY, 0600);

	close(fd);
	unlink("/probe-file");
	return fd < 0 ? NULL : "a file was made";
}

/* A place to write in is no place to execute from. */
static const char *ask_executed(void)
{
	static const char *const folders[] = { "/tmp", "/run", "/dev/shm", "/dev/mqueue" };
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char path[64];
		int fd, status = 0;
		pid_t pid;

		snprintf(path, sizeof(path), "%s/probe-program", folders[i]);
		fd = open(path, O_CREAT | O_WRONLY, 0700);
		if (fd < 0)
			continue;
		dprintf(fd, "#!/bin/true\n");
		close(fd);
		pid = fork();
		if (pid == 0) {
			execl(path, path, (char *)NULL);
			_exit(errno == EACCES ? 1 : 0);
		}
		waitpid(pid, &status, 0);
		unlink(path);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 1)
			return see("executed", path);
	}
	return NULL;
}

static const char *ask_machine_load(void)
{
	return access("/proc/diskstats", R_OK) == 0 && access("/proc/uptime", R_OK) == 0 ?
		       "of disks, and since when it runs" :
		       NULL;
}

static const char *ask_umask(void)
{
	mode_t mask = umask(022);

	umask(mask);
	return (mask & 022) == 022 ? NULL : "others may write";
}

static const char *ask_groups(void)
{
	return getgroups(0, NULL) == 0 || getuid() != 0 ? NULL : "of the caller";
}

static const char *ask_tracer(void)
{
	return prctl(PR_GET_DUMPABLE) <= 1 ? NULL : "dumps are root's";
}

/* Hundreds of thousands of descriptors are memory that no limit of the box may count. */
static const char *ask_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max == RLIM_INFINITY)
		return "no limit";
	return NULL;
}

const struct question surface_questions[] = {
	{ "network-families-of-the-past-are-refused", ask_old_families, 'S' },
	{ "network-families-of-clusters-are-refused", ask_cluster_families, 'S' },
	{ "network-families-of-lines-are-refused", ask_line_families, 'S' },
	{ "network-families-of-radios-are-refused", ask_radio_families, 'S' },
	{ "network-families-of-the-kernels-own-are-refused", ask_kernel_families, 'S' },
	{ "the-network-family-of-vehicles-is-refused", ask_can_family, 'S' },
	{ "frames-cannot-be-sent", ask_packets, 'S' },
	{ "packets-cannot-be-made", ask_raw, 'S' },
	{ "rare-protocols-are-refused", ask_protocols, 'S' },
	{ "events-of-devices-are-not-heard", ask_device_events, 'H' },
	{ "the-audit-log-cannot-be-written", ask_audit, 'H' },
	{ "line-disciplines-are-refused", ask_line_disciplines, 'S' },
	{ "the-machine-cannot-be-woken", ask_wake_alarm, 'E' },
	{ "the-clock-cannot-be-sped-up", ask_clock_speed, 'E' },
	{ "realtime-scheduling-is-refused", ask_realtime, 'E' },
	{ "the-disks-realtime-class-is-refused", ask_disk_priority, 'E' },
	{ "the-firewall-is-out-of-reach", ask_firewall, 'E' },
	{ "nothing-else-in-proc-can-be-written", ask_proc_written, 'E' },
	{ "programs-that-the-kernel-starts-cannot-be-named", ask_helpers, 'E' },
	{ "processes-are-limited", ask_fork_limit, 'H' },
	{ "memory-is-limited", ask_memory_limit, 'H' },
	{ "root-is-not-the-hosts", ask_user_map, 'H' },
	{ "the-root-cannot-be-written", ask_root_written, 'H' },
	{ "nothing-is-executed-from-scratch-places", ask_executed, 'H' },
	{ "the-load-of-the-machine-is-not-shown", ask_machine_load, 'H' },
	{ "new-files-are-not-for-all-to-write", ask_umask, 'H' },
	{ "groups-are-not-the-callers", ask_groups, 'H' },
	{ "dumps-are-its-own", ask_tracer, 'H' },
	{ "descriptors-are-limited", ask_descriptor_limit, 'H' },
	{ NULL, NULL, 0 },
};
