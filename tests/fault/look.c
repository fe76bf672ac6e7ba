/* SPDX-License-Identifier: MIT */
/* Prints all that an app finds about itself, a line each, the same in every launch: look [HOST-NAMESPACE...] */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The file's lines that begin with one of the words; all of them without words. */
static void show_lines(const char *path, const char *const *words)
{
	FILE *file = fopen(path, "r");
	char line[4096];

	if (!file)
		printf("%s: %s\n", path, strerror(errno));
	while (file && fgets(line, sizeof(line), file)) {
		const char *const *word = words;

		while (word && *word && strncmp(line, *word, strlen(*word)) != 0)
			word++;
		if (!word || *word)
			printf("%s: %s", path, line);
	}
	if (file)
		fclose(file);
}

static void show_status(void)
{
	static const char *const words[] = { "Umask:",
					     "TracerPid:",
					     "Uid:",
					     "Gid:",
					     "Groups:",

					     "NoNewPrivs:",
					     "Seccomp",
					     "Cap",
					     "SigBlk:",
					     "SigIgn:",
					     "SigCgt:",
					     "Threads:",
					     "Cpus_allowed_list:",
					     "Mems_allowed_list:",
					     "THP_enabled:",
					     NULL };

	show_lines("/proc/self/status", words);
}

/* Everything but what differs from launch to launch: numbers of mounts and of nameless devices, which loop device. */
static void show_mounts(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "r");
	char line[4096];

	while (file && fgets(line, sizeof(line), file)) {
		char *at = line, *loop;
		int field;

		for (field = 0; field < 3 && at; field++)
			at = strchr(at + 1, ' ');
		if (!at)
			continue;
		loop = strstr(at, "/dev/loop");
		if (loop)
			memmove(loop + 9, loop + 9 + strspn(loop + 9, "0123456789"),
				strlen(loop + 9 + strspn(loop + 9, "0123456789")) + 1);
		printf("mount%s", at);
	}
	if (file)
		fclose(file);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void show_folder(const char *path)
{
	struct dirent **list;
	int count = scandir(path, &list, NULL, by_name), i;

	if (count < 0)
		printf("%s: %s\n", path, strerror(errno));
	for (i = 0; i < count; i++) {
		char name[PATH_MAX], target[PATH_MAX] = "";
		struct stat st;

		snprintf(name, sizeof(name), "%s/%s", path, list[i]->d_name);
		if (list[i]->d_name[0] != '.' && lstat(name, &st) == 0) {
			if (S_ISLNK(st.st_mode) && readlink(name, target, sizeof(target) - 1) < 0)
				strcpy(target, "?");
			printf("entry %s mode %o owner %d:%d device %x %s\n", name, st.st_mode,
			       (int)st.st_uid, (int)st.st_gid,
			       S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode) ? (unsigned int)st.st_rdev :
									    0,
			       target);
		}
		free(list[i]);
	}
	if (count >= 0)
		free(list);
}

static void show_descriptors(void)
{
	int fd;

	for (fd = 0; fd < 256; fd++) {
		int flags = fcntl(fd, F_GETFL);
		struct stat st;

		if (flags < 0 || fstat(fd, &st) < 0)
			continue;
		printf("descriptor %d kind %o device %x flags %x terminal %d\n", fd,
		       st.st_mode & S_IFMT, S_ISCHR(st.st_mode) ? (unsigned int)st.st_rdev : 0,
		       (unsigned int)flags, isatty(fd));
	}
}

static void show_limits(void)
{
	int i;

	for (i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;

		if (getrlimit((unsigned int)i, &limit) == 0)
			printf("limit %d %llu %llu\n", i, (unsigned long long)limit.rlim_cur,
			       (unsigned long long)limit.rlim_max);
	}
}

static void show_namespaces(int argc, char **argv)
{
	static const char *const kinds[] = { "mnt", "pid",    "ipc",  "uts",
					     "net", "cgroup", "user", "time" };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char path[64], name[64] = "";
		bool host = false;
		int k;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
		if (readlink(path, name, sizeof(name) - 1) < 0)
			snprintf(name, sizeof(name), "%s", strerror(errno));
		for (k = 1; k < argc; k++)
			host = host || strcmp(argv[k], name) == 0;
		printf("namespace %s: %s\n", kinds[i],
		       host                   ? "the host's" :
		       name[0] == kinds[i][0] ? "own" :
						name);
	}
}

static void show_cgroups(void)
{
	static const char *const files[] = {
		"/sys/fs/cgroup/memory.max",
		"/sys/fs/cgroup/memory.swap.max",
		"/sys/fs/cgroup/pids.max",
		"/sys/fs/cgroup/cpu.max",
		"/sys/fs/cgroup/memory/memory.limit_in_bytes",
		"/sys/fs/cgroup/pids/pids.max",
		"/sys/fs/cgroup/cpu/cpu.cfs_quota_us",
		"/sys/fs/cgroup/cpu/cpu.cfs_period_us",
	};
	size_t i;

	show_lines("/proc/self/cgroup", NULL);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		show_lines(files[i], NULL);
}

/* What must not be possible, and what must: the way it ends. */
static void show_opening(void)
{
	static const char *const paths[] = {
		"/proc/sys/kernel/core_pattern",
		"/proc/sys/kernel/hostname",
		"/proc/sys/vm/drop_caches",
		"/proc/sysrq-trigger",
		"/proc/irq/default_smp_affinity",
		"/proc/self/oom_score_adj",
		"/sys/kernel/mm/transparent_hugepage/enabled",
		"/sys/kernel/uevent_helper",
		"/sys/fs/cgroup/cgroup.procs",
		"/sys/fs/cgroup/memory/cgroup.procs",
		"/dev/null",
		"/dev/mem",
		"/etc/passwd",
		"/bin/look",
		"/proc/kcore",
		"/proc/keys",
		"/proc/timer_list",
		"/proc/interrupts",
		"/volume/file",
		"/dev/device",
		"/dev/console",
	};
	static const char *const made[] = { "/file",      "/dev/file",   "/tmp/file",
					    "/run/file",  "/volume/new", "/scratch/file",
					    "/proc/file", "/sys/file",   "/dev/shm/file" };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int fd = open(paths[i], O_WRONLY | O_NONBLOCK | O_NOCTTY);
		char byte;

		printf("writing %s: %s\n", paths[i], fd < 0 ? strerror(errno) : "possible");
		close(fd);
		fd = open(paths[i], O_RDONLY | O_NONBLOCK | O_NOCTTY);
		printf("reading %s: %s\n", paths[i],
		       fd < 0                  ? strerror(errno) :
		       read(fd, &byte, 1) == 1 ? "possible" :
						 "nothing");
		close(fd);
	}
	for (i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		int fd;

		/* A look that was killed may have left it, in a sandbox that goes on. */
		unlink(made[i]);
		fd = open(made[i], O_CREAT | O_EXCL | O_WRONLY, 0666);

		printf("making %s: %s\n", made[i], fd < 0 ? strerror(errno) : "possible");
		if (fd >= 0)
			unlink(made[i]);
		close(fd);
	}
}

static void show_call(const char *name, long ret)
{
	printf("call %s: %s\n", name, ret < 0 ? strerror(errno) : "answered");
}

static void show_calls(void)
{
	show_call("mount", syscall(SYS_mount, "x", "/tmp", "tmpfs", 0, NULL));
	show_call("unshare", syscall(SYS_unshare, CLONE_NEWUSER));
	show_call("setns", syscall(SYS_setns, -1, 0));
	show_call("keyctl", syscall(SYS_keyctl, 0, -3, 0));
	show_call("bpf", syscall(SYS_bpf, 0, 0, 0));
	show_call("clone3", syscall(SYS_clone3, NULL, 0));
	show_call("future", syscall(4000));
	show_call("personality", syscall(SYS_personality, ADDR_NO_RANDOMIZE));
	show_call("socket", socket(38, SOCK_SEQPACKET, 0));
	unlink("/tmp/node");
	show_call("mknod", mknod("/tmp/node", S_IFCHR | 0600, makedev(1, 1)));
	show_call("chown", chown("/tmp", 12, 12));
	show_call("setgroups", syscall(SYS_setgroups, 0, NULL));
	show_call("setuid", setuid(0));
}

static void show_process(void)
{
	struct utsname names;
	char path[PATH_MAX];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq request = { .ifr_name = "lo" };

	uname(&names);
	printf("names %s %s\n", names.nodename, names.machine);
	printf("folder %s\n", getcwd(path, sizeof(path)) ? path : strerror(errno));
	/* A command in a sandbox that runs has another number each time. */
	printf("process %s group %s session %s parent %d\n", getpid() == 1 ? "1" : "not 1",
	       getpgrp() == getpid() ? "own" : "another's",
	       getsid(0) == getpid() ? "own" : "another's", getppid());
	printf("foreground %d\n", tcgetpgrp(0) == getpgrp());
	printf("personality %d\n", personality(0xffffffff));
	printf("priority %d policy %d\n", getpriority(PRIO_PROCESS, 0), sched_getscheduler(0));
	printf("dumpable %d slack %d securebits %x keepcaps %d\n", prctl(PR_GET_DUMPABLE),
	       prctl(PR_GET_TIMERSLACK), (unsigned int)prctl(PR_GET_SECUREBITS),
	       prctl(PR_GET_KEEPCAPS));
	printf("subreaper %d\n", prctl(PR_GET_CHILD_SUBREAPER, &fd) < 0 ? -1 : 0);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	printf("loopback %s\n", ioctl(fd, SIOCGIFFLAGS, &request) < 0 ? strerror(errno) :
				request.ifr_flags & IFF_UP            ? "up" :
									"down");
	close(fd);
	show_lines("/proc/self/oom_score_adj", NULL);
	show_lines("/proc/self/comm", NULL);
	show_lines("/proc/1/comm", NULL);
}

int main(int argc, char **argv)
{
	static const char *const folders[] = { "/",     "/dev", "/dev/pts", "/volume",
					       "/work", "/tmp", "/run",     "/etc" };
	char **entry = environ;
	size_t i;

	while (*entry)
		printf("environment %s\n", *entry++);
	show_descriptors();
	show_status();
	show_process();
	show_namespaces(argc, argv);
	show_limits();
	show_cgroups();
	show_mounts();
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		show_folder(folders[i]);
	show_opening();
	show_calls();
	puts("seen");
	return fflush(stdout) ? 1 : 0;
}
