/* SPDX-License-Identifier: MIT */
/* The least that a program must do for davit's default sandbox: the same kernel objects, nothing
 * decided, nothing checked beyond success. floor IMAGE PROGRAM [ARG...]: what davit's launch time
 * is measured against. */
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/loop.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
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
#define STAGE "/run/davit-floor"

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

static void attach(const char *image, char *device, size_t size)
{
	struct loop_request request = { .info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR };
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), number, loop;
	int file = open(image, O_RDONLY | O_CLOEXEC);

	need(control, "/dev/loop-control");
	need(file, image);
	number = ioctl(control, LOOP_CTL_GET_FREE);
	need(number, "free loop device");
	snprintf(device, size, "/dev/loop%d", number);
	loop = open(device, O_RDONLY | O_CLOEXEC);
	need(loop, device);
	request.fd = (unsigned int)file;
	need(ioctl(loop, 0x4C0A, &request), "LOOP_CONFIGURE");
}

static void node(const char *path, unsigned int major, unsigned int minor)
{
	need(mknod(path, S_IFCHR | 0666, makedev(major, minor)), path);
}

static void make_dev(void)
{
	need(mount("floor", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "size=64k,mode=0755"), "/dev");
	need(mkdir("dev/pts", 0755) | mkdir("dev/shm", 0755) | mkdir("dev/mqueue", 0755), "/dev/*");
	need(mount("floor", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666"),
	     "devpts");
	need(mount("floor", "dev/shm", "tmpfs", SAFEST, "size=64m"), "shm");
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

static void guard(void)
{
	static const char *const files[] = { "proc/interrupts",  "proc/kcore",
					     "proc/keys",        "proc/latency_stats",
					     "proc/sched_debug", "proc/timer_list",
					     "proc/timer_stats" };
	static const char *const folders[] = { "proc/acpi", "proc/asound", "proc/scsi",
					       "sys/firmware", "sys/devices/virtual/powercap" };
	static const char *const read_only[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys",
						 "proc/sysrq-trigger" };
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		(void)mount("dev/null", files[i], NULL, MS_BIND, NULL);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		(void)mount("floor", folders[i], "tmpfs", SAFEST | MS_RDONLY, "size=4k");
	for (i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++) {
		if (mount(read_only[i], read_only[i], NULL, MS_BIND, NULL) == 0)
			need(mount(NULL, read_only[i], NULL,
				   MS_REMOUNT | MS_BIND | MS_RDONLY | SAFEST, NULL),
			     "ro");
	}
	need(mount(NULL, "dev", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NOEXEC, NULL),
	     "/dev");
}

static void make_tree(const char *device)
{
	need(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	need(mount("floor", STAGE, "tmpfs", SAFE, "mode=0700"), "stage");
	need(chdir(STAGE), STAGE);
	need(mkdir("lower", 0755) | mkdir("upper", 0755) | mkdir("work", 0755) | mkdir("root", 0755),
	     "parts");
	need(mount(device, "lower", "squashfs", SAFE | MS_RDONLY, NULL), "squashfs");
	need(mount("floor", "root", "overlay", SAFE, "lowerdir=lower,upperdir=upper,workdir=work"),
	     "overlay");
	need(chdir("root"), "root");
	need(mount("floor", "proc", "proc", SAFEST, NULL), "proc");
	need(mount("floor", "sys", "sysfs", SAFEST | MS_RDONLY, NULL), "sysfs");
	make_dev();
	guard();
	need(mount("floor", "tmp", "tmpfs", SAFEST, "mode=1777"), "tmp");
	need(mount("floor", "run", "tmpfs", SAFEST, "mode=0755"), "run");
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

int main(int argc, char **argv)
{
	static const unsigned long namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
						CLONE_NEWUTS | CLONE_NEWNET | 0x02000000;
	static struct sock_filter program[SECCOMP_MAX];
	struct sock_fprog filter = { .filter = program };
	char device[32];
	int status;
	long pid;

	if (argc < 3)
		return 2;
	need(status = seccomp_build(program, SECCOMP_MAX, CAPABILITIES | SECCOMP_TRACEABLE),
	     "policy");
	filter.len = (unsigned short)status;
	mkdir(STAGE, 0700);
	attach(argv[1], device, sizeof(device));
	pid = syscall(SYS_clone, namespaces | SIGCHLD, 0, 0, 0, 0);
	need(pid, "clone");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		make_tree(device);
		loopback();
		need(sethostname("floor", 5), "hostname");
		setsid();
		give_up(&filter);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	while (waitpid((pid_t)pid, &status, 0) < 0)
		;
	rmdir(STAGE);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
