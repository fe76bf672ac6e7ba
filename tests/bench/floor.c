/* SPDX-License-Identifier: MIT */
/* The least that a program must do for davit's default sandbox: the same kernel objects, nothing
 * decided, nothing checked beyond success; what davit's launch time is measured against. floor [-m
 * BYTES] [-n] [-l DEVICE] IMAGE PROGRAM [ARG...]: with a memory limit, with the host's network, on
 * a loop device that carries the image already. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/loop.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/seccomp.h"

#define SAFE (MS_NOSUID | MS_NODEV)
#define SAFEST (SAFE | MS_NOEXEC)
#define CAPABILITIES 0xa80425fbU
#define LOOP_CONFIGURE_NUMBER 0x4C0A /* Linux 5.8 */
#define STAGE_SIZE 64
#define GROUP_V1 "/sys/fs/cgroup/memory/davit-floor"
#define GROUP_V2 "/sys/fs/cgroup/davit-floor"
#define INTO_CGROUP 0x200000000ULL /* clone3(2), Linux 5.7 */

struct floor {
	const char *memory; /* or NULL */
	const char *group;  /* its cgroup */
	bool version2;
	bool network; /* a namespace of its own */
	char stage[STAGE_SIZE];
	char device[32];
};

struct loop_request {
	unsigned int fd, block_size;
	struct loop_info64 info;
	unsigned long long reserved[8];
};

static void need(long ret, const char *what)
{
	if (ret < 0) {
		perror(what);
		exit(125);
	}
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	need(fd, path);
	need(write(fd, text, strlen(text)), path);
	close(fd);
}

static void attach(const char *image, char *device, size_t size)
{
	struct loop_request request = { .info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR };
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), loop = -1, number, ret;
	int file = open(image, O_RDONLY | O_CLOEXEC);

	need(control, "/dev/loop-control");
	need(file, image);
	request.fd = (unsigned int)file;
	/* Others may take the free device between the question and the answer. */
	do {
		if (loop >= 0)
			close(loop);
		number = ioctl(control, LOOP_CTL_GET_FREE);
		need(number, "free loop device");
		snprintf(device, size, "/dev/loop%d", number);
		loop = open(device, O_RDONLY | O_CLOEXEC);
		need(loop, device);
		ret = ioctl(loop, LOOP_CONFIGURE_NUMBER, &request);
	} while (ret < 0 && errno == EBUSY);
	need(ret, "LOOP_CONFIGURE");
}

static void node(const char *path, unsigned int major, unsigned int minor)
{
	need(mknod(path, S_IFCHR | 0666, makedev(major, minor)), path);
}

static void make_dev(void)
{
	need(mount("../dev", "dev", NULL, MS_BIND, NULL), "/dev");
	need(mount(NULL, "dev", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NOEXEC, NULL), "/dev");
	need(mkdir("dev/pts", 0755) | mkdir("dev/shm", 0755) | mkdir("dev/mqueue", 0755), "/dev/*");
	need(mount("floor", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		   "newinstance,ptmxmode=0666,mode=0620,gid=5"),
	     "devpts");
	need(mount("../shm", "dev/shm", NULL, MS_BIND, NULL), "shm");
	need(mount("floor", "dev/mqueue", "mqueue", SAFEST, NULL), "mqueue");
	node("dev/null", 1, 3);
	node("dev/zero", 1, 5);
	node("dev/full", 1, 7);
	node("dev/random", 1, 8);
	node("dev/urandom", 1, 9);
	node("dev/tty", 5, 0);
	need(symlink("pts/ptmx", "dev/ptmx") | symlink("/proc/self/fd", "dev/fd"), "links");
	need(symlink("/proc/self/fd/0", "dev/stdin") | symlink("/proc/self/fd/1", "dev/stdout"),
	     "links");
	need(symlink("/proc/self/fd/2", "dev/stderr"), "links");
}

static void make_read_only(const char *path)
{
	need(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | SAFEST, NULL), path);
}

static void guard(void)
{
	static const char *const files[] = {
		"proc/cmdline",       "proc/interrupts",  "proc/kallsyms",
		"proc/kcore",         "proc/key-users",   "proc/keys",
		"proc/kpagecgroup",   "proc/kpagecount",  "proc/kpageflags",
		"proc/latency_stats", "proc/modules",     "proc/pagetypeinfo",
		"proc/sched_debug",   "proc/slabinfo",    "proc/timer_list",
		"proc/timer_stats",   "proc/vmallocinfo", "sys/kernel/vmcoreinfo"
	};
	static const char *const folders[] = { "proc/acpi",
					       "proc/asound",
					       "proc/dynamic_debug",
					       "proc/scsi",
					       "sys/devices/virtual/block",
					       "sys/devices/virtual/powercap",
					       "sys/firmware",
					       "sys/kernel/boot_params" };
	static const char *const read_only[] = { "proc/bus",          "proc/cpu",      "proc/fs",
						 "proc/irq",          "proc/pressure", "proc/sys",
						 "proc/sysrq-trigger" };
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		(void)mount("dev/null", files[i], NULL, MS_BIND, NULL);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (mount("../empty", folders[i], NULL, MS_BIND, NULL) == 0)
			make_read_only(folders[i]);
	}
	for (i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++) {
		if (mount(read_only[i], read_only[i], NULL, MS_BIND, NULL) == 0)
			make_read_only(read_only[i]);
	}
}

/* The app sees its own limit. */
static void show_group(const struct floor *floor)
{
	static const char at[] = "sys/fs/cgroup", v1[] = "sys/fs/cgroup/memory";

	if (!floor->version2) {
		need(mount("floor", at, "tmpfs", SAFEST, "size=4k,mode=0755"), at);
		need(mkdir(v1, 0755), v1);
	}
	need(mount(floor->group, floor->version2 ? at : v1, NULL, MS_BIND, NULL), floor->group);
	make_read_only(floor->version2 ? at : v1);
	if (!floor->version2)
		make_read_only(at);
}

static void make_tree(const struct floor *floor)
{
	need(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	need(mount("floor", floor->stage, "tmpfs", SAFEST, "mode=0700"), "stage");
	need(chdir(floor->stage), floor->stage);
	need(mkdir("lower", 0755) | mkdir("upper", 0755) | mkdir("work", 0755) | mkdir("root", 0755),
	     "parts");
	need(mkdir("tmp", 01777) | mkdir("run", 0755) | mkdir("shm", 01777) | mkdir("empty", 0555) |
		     mkdir("dev", 0755),
	     "scratch");
	need(mount(floor->device, "lower", "squashfs", SAFE | MS_RDONLY, NULL), "squashfs");
	need(mount("floor", "root", "overlay", SAFE, "lowerdir=lower,upperdir=upper,workdir=work"),
	     "overlay");
	need(chdir("root"), "root");
	need(mount("floor", "proc", "proc", SAFEST, NULL), "proc");
	need(mount("floor", "sys", "sysfs", SAFEST | MS_RDONLY, NULL), "sysfs");
	make_dev();
	guard();
	if (floor->memory)
		show_group(floor);
	need(mount("../tmp", "tmp", NULL, MS_BIND, NULL), "tmp");
	need(mount("../run", "run", NULL, MS_BIND, NULL), "run");
	need(mount(NULL, "dev", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NOEXEC, NULL),
	     "/dev");
}

static void enter_tree(void)
{
	need(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	need(umount2(".", MNT_DETACH), "old root");
	need(chdir("/"), "/");
}

static void loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	need(ioctl(fd, SIOCSIFFLAGS, &request), "lo");
	close(fd);
}

static void give_up(const struct sock_fprog *filter)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = { { .effective = CAPABILITIES,
						    .permitted = CAPABILITIES } };
	int i;

	for (i = 0; i < 41; i++) {
		if (i > 31 || !(CAPABILITIES >> i & 1))
			need(prctl(PR_CAPBSET_DROP, i), "bounding set");
	}
	need(setgroups(0, NULL), "groups");
	need(syscall(SYS_capset, &header, sets), "capset");
	need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	need(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter), "seccomp");
}

static void open_null(void)
{
	close(STDIN_FILENO);
	need(open("/dev/null", O_RDONLY), "/dev/null");
}

static _Noreturn void run_child(const struct floor *floor, const struct sock_fprog *filter,
				char **argv)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	umask(0);
	/* Of one thread: moving a whole process would wait for every other processor. */
	if (floor->memory && !floor->version2)
		put(GROUP_V1 "/tasks", "0");
	need(unshare(CLONE_NEWCGROUP), "cgroup namespace");
	make_tree(floor);
	if (floor->network)
		loopback();
	need(sethostname("floor", 5), "hostname");
	enter_tree();
	need(syscall(SYS_keyctl, 1, NULL), "keyring");
	setsid();
	umask(022);
	open_null();
	need(syscall(SYS_close_range, 3, ~0U, 0), "descriptors");
	give_up(filter);
	execv(argv[0], argv);
	_exit(127);
}

static void make_group(struct floor *floor)
{
	floor->version2 = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
	floor->group = floor->version2 ? GROUP_V2 : GROUP_V1;
	if (floor->version2)
		put("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	need(mkdir(floor->group, 0755), floor->group);
	put(floor->version2 ? GROUP_V2 "/memory.max" : GROUP_V1 "/memory.limit_in_bytes",
	    floor->memory);
}

/* With version 2, the child is born in its cgroup. */
static long start(const struct floor *floor)
{
	unsigned long long namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
	/* clone3(2): flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls,
	 * set_tid, set_tid_size, cgroup */
	unsigned long long request[11] = { 0 };

	if (floor->network)
		namespaces |= CLONE_NEWNET;
	if (!floor->memory || !floor->version2)
		return syscall(SYS_clone, (unsigned long)namespaces | SIGCHLD, 0, 0, 0, 0);
	request[0] = namespaces | INTO_CGROUP;
	request[4] = SIGCHLD;
	request[10] = (unsigned int)open(GROUP_V2, O_PATH | O_CLOEXEC);
	return syscall(SYS_clone3, request, sizeof(request));
}

static char **read_options(struct floor *floor, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+m:nl:")) != -1) {
		if (option == 'm')
			floor->memory = optarg;
		else if (option == 'n')
			floor->network = false;
		else if (option == 'l')
			snprintf(floor->device, sizeof(floor->device), "%s", optarg);
		else
			exit(2);
	}
	if (argc - optind < 2)
		exit(2);
	return argv + optind;
}

int main(int argc, char **argv)
{
	static struct sock_filter program[SECCOMP_MAX];
	struct sock_fprog filter = { .filter = program };
	struct floor floor = { .network = true };
	char **words = read_options(&floor, argc, argv);
	int status;
	long pid;

	need(status = seccomp_build(program, SECCOMP_MAX, CAPABILITIES | SECCOMP_TRACEABLE),
	     "policy");
	filter.len = (unsigned short)status;
	snprintf(floor.stage, sizeof(floor.stage), "/run/davit-floor-%d", getpid());
	need(mkdir(floor.stage, 0700), floor.stage);
	if (!floor.device[0])
		attach(words[0], floor.device, sizeof(floor.device));
	if (floor.memory)
		make_group(&floor);
	pid = start(&floor);
	need(pid, "clone");
	if (pid == 0)
		run_child(&floor, &filter, words + 1);
	while (waitpid((pid_t)pid, &status, 0) < 0)
		;
	/* The last process leaves its cgroup a moment after its end is known. */
	while (floor.memory && rmdir(floor.group) < 0 && errno == EBUSY)
		sched_yield();
	rmdir(floor.stage);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
