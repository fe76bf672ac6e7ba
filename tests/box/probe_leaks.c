/* SPDX-License-Identifier: MIT */
/* The probe's questions about the host: what is seen of it, and what of it can be reached. What the
 * asker knows about the host it tells as words: "host NAME socket NAME shm KEY process PID secret
 * WORD path PATH". */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <net/if.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

static char seen[512];

static const char *see(const char *what, const char *which)
{
	snprintf(seen, sizeof(seen), "%s %.400s", what, which);
	return seen;
}

/* What was told about the host, or NULL. */
static const char *told(const char *word)
{
	char **all = probe_words;

	while (all && all[0] && all[1] && strcmp(all[0], word) != 0)
		all += 2;
	return all && all[0] ? all[1] : NULL;
}

/* The first bytes of a file; "" when there are none. */
static const char *text_of(const char *path)
{
	static char text[65536 + 1];
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	ssize_t i;

	if (fd >= 0)
		close(fd);
	text[got < 0 ? 0 : got] = '\0';
	for (i = 0; i < got; i++)
		text[i] = text[i] ? text[i] : '\n';
	return text;
}

/* The first of the files that has something to read, or NULL. */
static const char *any_of(const char *const *paths)
{
	for (; *paths; paths++) {
		if (text_of(*paths)[0])
			return see("read", *paths);
	}
	return NULL;
}

#define ASK_FILES(name, ...)                                              \
	static const char *name(void)                                     \
	{                                                                 \
		static const char *const paths[] = { __VA_ARGS__, NULL }; \
                                                                          \
		return any_of(paths);                                     \
	}

ASK_FILES(ask_symbols, "/proc/kallsyms", "/proc/modules", "/sys/kernel/vmcoreinfo")
ASK_FILES(ask_pages, "/proc/kpagecount", "/proc/kpageflags", "/proc/kpagecgroup")
ASK_FILES(ask_allocators, "/proc/slabinfo", "/proc/vmallocinfo", "/proc/pagetypeinfo")
ASK_FILES(ask_memory, "/proc/kcore", "/dev/mem", "/dev/kmem", "/dev/port", "/proc/vmcore")
ASK_FILES(ask_log, "/proc/kmsg", "/dev/kmsg", "/sys/fs/pstore/console-ramoops-0")
ASK_FILES(ask_boot_line, "/proc/cmdline", "/proc/bootconfig", "/sys/kernel/boot_params/data")
ASK_FILES(ask_firmware, "/sys/firmware/dmi/tables/DMI", "/sys/firmware/acpi/tables/DSDT",
	  "/proc/device-tree/model", "/sys/firmware/devicetree/base/model", "/proc/acpi/event")
ASK_FILES(ask_key_users, "/proc/keys", "/proc/key-users")
ASK_FILES(ask_profiles, "/proc/profile", "/proc/sched_debug", "/proc/timer_list",
	  "/proc/latency_stats", "/proc/interrupts", "/proc/softirqs_cpu", "/proc/lock_stat",
	  "/proc/lockdep")
ASK_FILES(ask_debugfs, "/sys/kernel/debug/clk/clk_summary", "/sys/kernel/debug/gpio",
	  "/sys/kernel/debug/sched/debug", "/sys/kernel/debug/tracing/trace",
	  "/sys/kernel/tracing/trace")
ASK_FILES(ask_consoles, "/dev/tty0", "/dev/tty1", "/dev/ttyS0", "/dev/ttyAMA0", "/dev/vcs",
	  "/dev/vcsa1", "/dev/fb0", "/dev/input/event0", "/dev/snd/controlC0")
ASK_FILES(ask_disks, "/dev/vda", "/dev/sda", "/dev/mmcblk0", "/dev/mtd0", "/dev/mtd0ro",
	  "/dev/loop0", "/dev/ram0", "/dev/nvme0n1", "/dev/ubi0", "/dev/zram0")
ASK_FILES(ask_loaded_keys, "/sys/kernel/security/ima/ascii_runtime_measurements",
	  "/sys/kernel/security/apparmor/profiles",
	  "/sys/kernel/security/tpm0/ascii_bios_measurements")

/* The path of another image on the host, or of its own. */
static const char *ask_backing_files(void)
{
	DIR *list = opendir("/sys/block");
	const char *bad = NULL;
	struct dirent *entry;
	char path[400];

	while (list && !bad && (entry = readdir(list))) {
		snprintf(path, sizeof(path), "/sys/block/%s/loop/backing_file", entry->d_name);
		if (text_of(path)[0])
			bad = see("the host's path", text_of(path));
	}
	if (list)
		closedir(list);
	return bad;
}

static const char *ask_section_addresses(void)
{
	static const char *const paths[] = { "/sys/module/loop/sections/.text",
					     "/sys/module/overlay/sections/.text",
					     "/sys/module/squashfs/sections/.text" };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *text = text_of(paths[i]);

		if (text[0] && strtoull(text, NULL, 16))
			return see(paths[i], text);
	}
	return NULL;
}

/* "00000000-00000000" without the right to see addresses. */
static const char *ask_physical_addresses(void)
{
	const char *text = text_of("/proc/iomem");

	while (*text) {
		if (strtoull(text, NULL, 16))
			return see("/proc/iomem:", "addresses");
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return NULL;
}

/* A word about the host in a file. */
static const char *ask_word(const char *word, const char *const *paths)
{
	const char *wanted = told(word);

	for (; wanted && *paths; paths++) {
		if (strstr(text_of(*paths), wanted))
			return see("the host's word in", *paths);
	}
	return NULL;
}

/* A variable of davit's own; its name is not among the words, which process 1 shows itself. */
static const char *ask_secret(void)
{
	static const char *const paths[] = { "/proc/self/environ", "/proc/1/environ",
					     "/proc/1/cmdline", "/proc/self/cmdline" };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (strstr(text_of(paths[i]), "DAVIT_SECRET="))
			return see("davit's variable in", paths[i]);
	}
	return NULL;
}

static const char *ask_host_paths(void)
{
	static const char *const paths[] = { "/proc/self/mountinfo", "/proc/self/mounts",
					     "/proc/1/environ",      "/proc/self/mountstats",
					     "/proc/self/maps",      NULL };

	return ask_word("path", paths);
}

static const char *ask_host_name(void)
{
	static const char *const paths[] = { "/proc/sys/kernel/hostname", "/etc/hostname",
					     "/etc/hosts", NULL };

	return ask_word("host", paths);
}

/* A host that is willing: tests/box/inside.sh starts "probe serve". */
static const char *ask_abstract_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *name = told("socket");
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), ret;

	if (!name)
		return NULL;
	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", name);
	ret = connect(fd, (struct sockaddr *)&address,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)));
	close(fd);
	return ret < 0 ? NULL : "connected to a socket of the host";
}

static const char *ask_host_memory(void)
{
	const char *key = told("shm");

	return key && shmget((key_t)strtol(key, NULL, 0), 0, 0) >= 0 ? "found memory of the host" :
								       NULL;
}

static const char *ask_host_queue(void)
{
	const char *key = told("shm");

	return key && msgget((key_t)strtol(key, NULL, 0), 0) >= 0 ? "found a queue of the host" :
								    NULL;
}

/* The number of a process that runs on the host. */
static const char *ask_host_process(void)
{
	const char *number = told("process");
	pid_t pid = number ? atoi(number) : 0;
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)text_of, 1 };

	if (!pid)
		return NULL;
	if (kill(pid, 0) == 0 || errno == EPERM)
		return "a signal reaches it";
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 || errno == EPERM)
		return "ptrace finds it";
	if (syscall(SYS_process_vm_readv, pid, &here, 1, &there, 1, 0) >= 0)
		return "its memory can be read";
	if (getpriority(PRIO_PROCESS, (id_t)pid) != -1)
		return "its priority can be read";
	return getpgid(pid) < 0 && getsid(pid) < 0 ? NULL : "its session can be read";
}

/* The classic way out: leave a chroot by a descriptor of the old root. */
static const char *ask_chroot(void)
{
	int root = open("/", O_RDONLY | O_DIRECTORY), i, status = 0;
	struct stat before, after;
	pid_t pid = fork();

	if (pid == 0) {
		if (mkdir("/tmp/jail", 0700) < 0 && errno != EEXIST)
			_exit(0);
		if (chroot("/tmp/jail") < 0 || fchdir(root) < 0)
			_exit(0);
		for (i = 0; i < 64; i++) {
			if (chdir("..") < 0)
				_exit(0);
		}
		if (chroot(".") < 0 || stat("/", &after) < 0 || fstat(root, &before) < 0)
			_exit(0);
		_exit(before.st_ino == after.st_ino && before.st_dev == after.st_dev ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	rmdir("/tmp/jail");
	close(root);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? NULL : "the root changed";
}

/* Standard streams may be pipes, files or the terminal that was given; a folder or a socket leads further. */
static const char *ask_streams(void)
{
	struct stat st;
	int fd;

	for (fd = 0; fd < 3; fd++) {
		if (fstat(fd, &st) == 0 && (S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode)))
			return "a folder or a disk";
	}
	return NULL;
}

/* A terminal as standard input is one of the box's own devpts. */
static const char *ask_own_terminal(void)
{
	char link[64] = "", *name;

	if (!isatty(0))
		return NULL;
	if (readlink("/proc/self/fd/0", link, sizeof(link) - 1) < 0)
		return "no name";
	name = strstr(link, "/dev/pts/");
	return name == link || strcmp(link, "/dev/console") == 0 ? NULL : see("it is", link);
}

static const char *ask_controlling_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY);

	if (fd < 0)
		return NULL;
	close(fd);
	return isatty(0) ? NULL : "it is the caller's";
}

static const char *ask_hardware_names(void)
{
	DIR *list = opendir("/sys/class/net");
	const char *bad = NULL;
	struct dirent *entry;

	while (list && !bad && (entry = readdir(list))) {
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "lo") != 0 &&
		    !strchr(entry->d_name, '0') && strcmp(entry->d_name, "bonding_masters") != 0)
			bad = see("interface", entry->d_name);
	}
	if (list)
		closedir(list);
	return bad;
}

static const char *ask_cgroup_of_others(void)
{
	static const char *const paths[] = { "/sys/fs/cgroup/init.scope/cgroup.procs",
					     "/sys/fs/cgroup/release_agent",
					     "/sys/fs/cgroup/memory/release_agent", NULL };
	glob_t others;
	int ret = glob("/sys/fs/cgroup/davit.*", 0, NULL, &others);

	if (ret == GLOB_NOMATCH)
		ret = glob("/sys/fs/cgroup/*/davit.*", 0, NULL, &others);
	if (ret == GLOB_NOMATCH)
		return any_of(paths);
	return see("see", ret == 0 ? others.gl_pathv[0] : "an unreadable cgroup");
}

static const char *ask_dumps(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) < 0)
		return "unknown";
	return limit.rlim_cur == 0 || text_of("/proc/sys/kernel/core_pattern")[0] != '|' ?
		       NULL :
		       "a crash feeds a program of the host";
}

const struct question leak_questions[] = {
	{ "kernel-addresses-are-not-shown", ask_symbols, 'E' },
	{ "sections-of-modules-have-no-addresses", ask_section_addresses, 'E' },
	{ "physical-addresses-are-not-shown", ask_physical_addresses, 'E' },
	{ "the-use-of-physical-pages-is-not-shown", ask_pages, 'E' },
	{ "the-kernels-allocators-are-not-shown", ask_allocators, 'H' },
	{ "the-memory-of-the-host-cannot-be-read", ask_memory, 'E' },
	{ "the-log-of-the-kernel-cannot-be-read", ask_log, 'E' },
	{ "the-boot-line-of-the-host-is-not-shown", ask_boot_line, 'H' },
	{ "firmware-tables-are-not-shown", ask_firmware, 'H' },
	{ "keys-of-the-host-are-not-shown", ask_key_users, 'E' },
	{ "the-kernels-own-profiles-are-not-shown", ask_profiles, 'H' },
	{ "debugfs-and-tracefs-are-not-there", ask_debugfs, 'E' },
	{ "consoles-and-inputs-are-not-there", ask_consoles, 'E' },
	{ "disks-cannot-be-read", ask_disks, 'E' },
	{ "measurements-and-profiles-are-not-shown", ask_loaded_keys, 'H' },
	{ "files-behind-loop-devices-are-not-named", ask_backing_files, 'E' },
	{ "the-environment-of-davit-is-not-shown", ask_secret, 'E' },
	{ "paths-of-the-host-are-not-shown", ask_host_paths, 'H' },
	{ "the-name-of-the-host-is-not-shown", ask_host_name, 'E' },
	{ "abstract-sockets-of-the-host-are-out-of-reach", ask_abstract_socket, 'E' },
	{ "shared-memory-of-the-host-is-out-of-reach", ask_host_memory, 'E' },
	{ "message-queues-of-the-host-are-out-of-reach", ask_host_queue, 'E' },
	{ "processes-of-the-host-are-out-of-reach", ask_host_process, 'E' },
	{ "chroot-leads-nowhere", ask_chroot, 'E' },
	{ "the-streams-are-no-folders", ask_streams, 'E' },
	{ "the-terminal-is-its-own", ask_own_terminal, 'E' },
	{ "the-controlling-terminal-is-not-the-callers", ask_controlling_terminal, 'E' },
	{ "interfaces-of-the-host-are-not-named", ask_hardware_names, 'E' },
	{ "control-groups-of-others-are-not-shown", ask_cgroup_of_others, 'E' },
	{ "a-crash-feeds-nothing-outside", ask_dumps, 'H' },
	{ NULL, NULL, 0 },
};
