/* SPDX-License-Identifier: MIT */
/* The probe's questions about files: what can be written, what can be read, what is in /dev. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "probe.h"

enum { DEPTH_MOST = 12 };

static char seen[512];

static const char *see(const char *what, const char *which)
{
	snprintf(seen, sizeof(seen), "%s %.400s", what, which);
	return seen;
}

/* The first file below the directory that can be opened for writing, or NULL. Links are not
 * followed, and neither are the folders of processes, which are the app's own. */
static const char *find_writable(int parent, const char *name, int depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	const char *bad = NULL;
	struct dirent *entry;
	struct stat st;
	DIR *list = fd < 0 ? NULL : fdopendir(fd);

	while (list && !bad && (entry = readdir(list))) {
		if (entry->d_name[0] == '.')
			continue;
		if (entry->d_type == DT_DIR && depth < DEPTH_MOST)
			bad = find_writable(fd, entry->d_name, depth + 1);
		if (entry->d_type == DT_REG &&
		    (fd = openat(dirfd(list), entry->d_name, O_WRONLY | O_NONBLOCK)) >= 0) {
			/* A mask is the box's /dev/null. */
			if (fstat(fd, &st) == 0 && !S_ISCHR(st.st_mode))
				bad = see(name, entry->d_name);
			close(fd);
		}
		fd = dirfd(list);
	}
	if (list)
		closedir(list);
	return bad;
}

static const char *ask_sys(void)
{
	return find_writable(AT_FDCWD, "/sys", 0);
}

static const char *ask_proc_sys(void)
{
	return find_writable(AT_FDCWD, "/proc/sys", 0);
}

static const char *ask_proc(void)
{
	static const char *const paths[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/acpi",
					     "/proc/scsi" };
	const char *bad = NULL;
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]) && !bad; i++)
		bad = find_writable(AT_FDCWD, paths[i], 0);
	return bad;
}

static const char *ask_sysrq(void)
{
	return open("/proc/sysrq-trigger", O_WRONLY) < 0 ? NULL : "opened";
}

/* Masked: there is nothing to read. */
static const char *ask_masks(void)
{
	static const char *const paths[] = { "/proc/kcore",       "/proc/keys",
					     "/proc/timer_list",  "/proc/interrupts",
					     "/proc/sched_debug", "/proc/latency_stats" };
	size_t i;
	char byte;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int fd = open(paths[i], O_RDONLY);
		ssize_t got = fd < 0 ? 0 : read(fd, &byte, 1);

		if (fd >= 0)
			close(fd);
		if (got > 0)
			return see("read", paths[i]);
	}
	return NULL;
}

static int count_entries(const char *path)
{
	DIR *list = opendir(path);
	struct dirent *entry;
	int count = 0;

	while (list && (entry = readdir(list)))
		count += entry->d_name[0] != '.';
	if (list)
		closedir(list);
	return count;
}

static const char *ask_masked_directories(void)
{
	static const char *const paths[] = { "/proc/acpi", "/proc/asound", "/proc/scsi",
					     "/sys/firmware", "/sys/devices/virtual/powercap" };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (count_entries(paths[i]))
			return see("entries in", paths[i]);
	}
	return NULL;
}

static const char *ask_kernel_memory(void)
{
	static const char *const paths[] = { "/dev/mem",   "/dev/kmem",         "/dev/kmsg",
					     "/dev/port",  "/dev/loop-control", "/dev/sda",
					     "/dev/vda",   "/dev/fuse",         "/dev/net/tun",
					     "/dev/loop0", "/dev/tty0",         "/dev/tty1",
					     "/dev/ttyS0" };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (access(paths[i], F_OK) == 0)
			return see("there is", paths[i]);
	}
	return NULL;
}

static const char *ask_dev_names(void)
{
	static const char names[] =
		" console fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero ";
	DIR *list = opendir("/dev");
	const char *bad = NULL;
	struct dirent *entry;
	char word[300];

	while (list && !bad && (entry = readdir(list))) {
		snprintf(word, sizeof(word), " %s ", entry->d_name);
		if (entry->d_name[0] != '.' && !strstr(names, word))
			bad = see("there is /dev/", entry->d_name);
	}
	if (list)
		closedir(list);
	return bad;
}

static const char *ask_dev_written(void)
{
	if (mknod("/dev/probe", S_IFREG | 0600, 0) == 0 ||
	    open("/dev/probe", O_CREAT | O_WRONLY, 0600) >= 0)
		return "made a file in /dev";
	if (unlink("/dev/null") == 0)
		return "removed /dev/null";
	return chmod("/dev/null", 0600) == 0 ? "changed /dev/null" : NULL;
}

/* Whoever may make nodes must not be able to use them, wherever files can be made. */
static const char *ask_node(mode_t mode, dev_t device, const char *name)
{
	static const char *const folders[] = { "",     "/tmp",        "/run", "/dev/shm",
					       "/dev", "/dev/mqueue", "/var", "/mnt" };
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "%s/probe-node", folders[i]);
		if (mknod(path, mode | 0666, device) < 0)
			continue;
		fd = open(path, O_RDONLY | O_NONBLOCK);
		unlink(path);
		if (fd >= 0)
			return see(name, path);
	}
	return NULL;
}

/* Every disk that the kernel names. */
static const char *ask_disks(void)
{
	FILE *file = fopen("/proc/partitions", "r");
	const char *bad = ask_node(S_IFBLK, makedev(7, 0), "opened a loop device as");
	unsigned int high, low;
	char line[128];

	while (file && !bad && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%u %u", &high, &low) == 2)
			bad = ask_node(S_IFBLK, makedev(high, low), "opened a disk as");
	}
	if (file)
		fclose(file);
	return bad;
}

static const char *ask_memory_nodes(void)
{
	const char *bad = ask_node(S_IFCHR, makedev(1, 1), "opened /dev/mem as");

	if (!bad)
		bad = ask_node(S_IFCHR, makedev(1, 11), "opened /dev/kmsg as");
	if (!bad)
		bad = ask_node(S_IFCHR, makedev(10, 237), "opened /dev/loop-control as");
	return bad;
}

/* An instance of its own: the first terminal made here has a low number. */
static const char *ask_devpts(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), number = -1, unlock = 0;
	const char *bad = NULL;
	char path[32] = "";
	int slave = -1;

	if (master < 0 || ioctl(master, TIOCGPTN, &number) < 0 || number > 1)
		bad = see("no terminal of its own:", strerror(errno));
	ioctl(master, TIOCSPTLCK, &unlock);
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	slave = open(path, O_RDWR | O_NOCTTY);
	if (!bad && slave < 0)
		bad = see("open", path);
	if (!bad && ioctl(slave, TIOCSTI, "x") == 0)
		bad = "typed into a terminal";
	if (!bad && count_entries("/dev/pts") > 3)
		bad = "terminals of others";
	close(slave);
	close(master);
	return bad;
}

static const char *ask_shared_memory(void)
{
	FILE *file = fopen("/proc/sysvipc/shm", "r");
	int lines = 0;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		lines++;
	if (file)
		fclose(file);
	return lines <= 1 ? NULL : "segments of others";
}

static const char *ask_control_groups(void)
{
	FILE *file = fopen("/proc/self/cgroup", "r");
	const char *bad = NULL;
	char line[1024];

	while (file && !bad && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(strrchr(line, ':') ? strrchr(line, ':') : "", ":/") != 0)
			bad = see("in", line);
	}
	if (file)
		fclose(file);
	return bad;
}

const struct question file_questions[] = {
	{ "nothing-in-sys-can-be-written", ask_sys, 'E' },
	{ "nothing-in-proc-sys-can-be-written", ask_proc_sys, 'E' },
	{ "nothing-in-read-only-parts-of-proc-can-be-written", ask_proc, 'E' },
	{ "sysrq-cannot-be-triggered", ask_sysrq, 'E' },
	{ "masked-files-are-empty", ask_masks, 'E' },
	{ "masked-directories-are-empty", ask_masked_directories, 'E' },
	{ "devices-of-the-host-are-absent", ask_kernel_memory, 'E' },
	{ "dev-has-only-what-it-should", ask_dev_names, 'E' },
	{ "dev-cannot-be-written", ask_dev_written, 'E' },
	{ "no-made-node-opens-a-disk", ask_disks, 'E' },
	{ "no-made-node-opens-memory-or-the-log", ask_memory_nodes, 'E' },
	{ "terminals-are-an-instance-of-its-own", ask_devpts, 'E' },
	{ "shared-memory-of-others-is-not-seen", ask_shared_memory, 'E' },
	{ "cgroups-show-as-the-root", ask_control_groups, 'E' },
	{ NULL, NULL, 0 },
};
