/* SPDX-License-Identifier: MIT */
/* Asks from inside a sandbox what is possible there: a line per question, as tests print them. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

/* What was seen, when it is not what a sandbox should show. */
static char seen[256];

static const char *see(const char *what, const char *which)
{
	snprintf(seen, sizeof(seen), "%s %s", what, which);
	return seen;
}

static bool is_init_mine(void)
{
	return getpid() == 1;
}

/* A line of /proc/self/status as it stands, or "". */
static const char *status_line(const char *name)
{
	static char line[256];
	FILE *file = fopen("/proc/self/status", "r");
	size_t length = strlen(name);
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strncmp(line, name, length) == 0;
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return found ? line + length + strspn(line + length, " \t") : "";
}

static const char *status_is(const char *name, const char *value)
{
	const char *line = status_line(name);

	return strcmp(line, value) == 0 ? NULL : see(name, line);
}

static const char *ask_no_new_privs(void)
{
	return status_is("NoNewPrivs:", "1");
}

static const char *ask_seccomp(void)
{
	return status_is("Seccomp:", "2");
}

static const char *ask_ambient(void)
{
	return status_is("CapAmb:", "0000000000000000");
}

static const char *ask_inheritable(void)
{
	return status_is("CapInh:", "0000000000000000");
}

/* None of the capabilities that lead out of a sandbox, in any set. */
static const char *ask_capabilities(void)
{
	static const char *const sets[] = { "CapPrm:", "CapEff:", "CapBnd:" };
	static const int never[] = { CAP_SYS_ADMIN,    CAP_SYS_MODULE,   CAP_SYS_RAWIO,
				     CAP_SYS_PTRACE,   CAP_SYS_BOOT,     CAP_DAC_READ_SEARCH,
				     CAP_NET_ADMIN,    CAP_SYS_RESOURCE, CAP_SYS_TIME,
				     CAP_SYSLOG,       CAP_BPF,          CAP_PERFMON,
				     CAP_MAC_OVERRIDE, CAP_SYS_NICE };
	size_t i, k;

	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		const char *line = status_line(sets[i]);
		uint64_t mask = strtoull(line, NULL, 16);

		if (!line[0])
			return see("no", sets[i]);
		for (k = 0; k < sizeof(never) / sizeof(never[0]); k++) {
			if (mask >> never[k] & 1)
				return see(sets[i], line);
		}
	}
	return NULL;
}

static const char *ask_capset(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return see("capget:", strerror(errno));
	data[0].permitted |= 1U << CAP_SYS_ADMIN;
	data[0].effective |= 1U << CAP_SYS_ADMIN;
	return syscall(SYS_capset, &header, data) < 0 ? NULL : "got CAP_SYS_ADMIN";
}

static const char *ask_descriptors(void)
{
	DIR *list = opendir("/proc/self/fd");
	const char *bad = NULL;
	struct dirent *entry;

	if (!list)
		return see("/proc/self/fd:", strerror(errno));
	while (!bad && (entry = readdir(list))) {
		int fd = atoi(entry->d_name);

		if (fd > 2 && fd != dirfd(list))
			bad = see("open descriptor", entry->d_name);
	}
	closedir(list);
	return bad;
}

static const char *ask_working_directory(void)
{
	char path[4096];

	if (!getcwd(path, sizeof(path)))
		return see("getcwd:", strerror(errno));
	return path[0] == '/' ? NULL : see("outside:", path);
}

static const char *ask_root_parent(void)
{
	struct stat root, parent;

	if (stat("/", &root) < 0 || stat("/../..", &parent) < 0)
		return see("stat:", strerror(errno));
	return root.st_dev == parent.st_dev && root.st_ino == parent.st_ino ?
		       NULL :
		       "/.. is another directory";
}

/* Nothing of the mount table may be shared with the host, and nothing but the box's own may be in it. */
static const char *ask_propagation(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "r");
	const char *bad = NULL;
	char line[1024];

	while (file && !bad && fgets(line, sizeof(line), file)) {
		if (strstr(line, " shared:") || strstr(line, " master:") ||
		    strstr(line, " propagate_from:"))
			bad = see("mount", line);
	}
	if (file)
		fclose(file);
	return bad;
}

static const char *ask_processes(void)
{
	DIR *list = opendir("/proc");
	struct dirent *entry;
	int count = 0;

	while (list && (entry = readdir(list)))
		count += entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
	if (list)
		closedir(list);
	return count >= 1 && count <= 4 ? NULL : "processes of others";
}

static const char *ask_network(void)
{
	struct if_nameindex *list = if_nameindex();
	const char *bad = NULL;
	size_t i;

	if (!list)
		return see("if_nameindex:", strerror(errno));
	for (i = 0; list[i].if_index; i++) {
		/* Tunnels that a kernel makes by itself in each namespace are down and lead nowhere. */
		if (strcmp(list[i].if_name, "lo") != 0 && !strchr(list[i].if_name, '0'))
			bad = see("interface", list[i].if_name);
	}
	if_freenameindex(list);
	return bad;
}

static const char *ask_loopback(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof(address);
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	const char *bad = NULL;

	if (bind(server, (struct sockaddr *)&address, length) < 0 || listen(server, 1) < 0 ||
	    getsockname(server, (struct sockaddr *)&address, &length) < 0 ||
	    connect(client, (struct sockaddr *)&address, length) < 0)
		bad = see("127.0.0.1:", strerror(errno));
	close(server);
	close(client);
	return bad;
}

/* A route to anywhere else would answer with a time-out at best. */
static const char *ask_unreachable(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int ret;

	inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);
	ret = connect(fd, (struct sockaddr *)&address, sizeof(address));
	close(fd);
	return ret < 0 && errno == ENETUNREACH ? NULL : "there is a route";
}

/* Clears nothing on its own: asked in a child, which may lose its life. */
static int child_status(void (*action)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		const struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		action();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static void call_foreign(void)
{
#if defined(__x86_64__)
	long ret = 20; /* getpid of 32-bit machines */

	__asm__ volatile("int $0x80" : "+a"(ret) : : "memory");
	_exit(ret > 0 ? 0 : 1);
#else
	raise(SIGSYS);
#endif
}

static void call_x32(void)
{
#if defined(__x86_64__)
	_exit(syscall(0x40000000 | SYS_getpid) > 0 ? 0 : 1);
#else
	raise(SIGSYS);
#endif
}

static const char *ask_foreign_calls(void)
{
	int status = child_status(call_foreign);

	return WIFSIGNALED(status) ? NULL : "int 0x80 was answered";
}

static const char *ask_x32_calls(void)
{
	int status = child_status(call_x32);

	return WIFSIGNALED(status) || WEXITSTATUS(status) == 1 ? NULL : "x32 was answered";
}

/* Process 1 of --init runs davit's own program: its file, memory and environment are the host's. */
static const char *ask_init(void)
{
	static const char *const paths[] = { "/proc/1/exe",
					     "/proc/1/environ",
					     "/proc/1/mem",
					     "/proc/1/root/etc/passwd",
					     "/proc/1/cwd/etc/passwd",
					     "/proc/1/fd/0" };
	size_t i;

	if (is_init_mine() || getppid() != 1 ||
	    strcmp(getenv("PROBE_INIT") ? getenv("PROBE_INIT") : "", "1") != 0)
		return NULL;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (open(paths[i], O_RDONLY | O_NONBLOCK) >= 0)
			return see("opened", paths[i]);
	}
	if (chmod("/proc/1/exe", 0755) == 0)
		return "changed the mode of davit";
	if (ptrace(PTRACE_SEIZE, 1, NULL, NULL) == 0)
		return "traced process 1";
	return NULL;
}

static const char *ask_signals(void)
{
	if (strcmp(status_line("SigBlk:"), "0000000000000000") != 0)
		return see("blocked", status_line("SigBlk:"));
	if (strcmp(status_line("SigIgn:"), "0000000000000000") != 0)
		return see("ignored", status_line("SigIgn:"));
	return NULL;
}

static const char *ask_session(void)
{
	pid_t session = getsid(0);

	return session == 1 || session == getpid() ? NULL : "the caller's session";
}

static const char *ask_rlimit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return see("getrlimit:", strerror(errno));
	limit.rlim_max++;
	return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? NULL : "raised a hard limit";
}

static const char *ask_priority(void)
{
	return setpriority(PRIO_PROCESS, 0, -5) < 0 ? NULL : "raised its priority";
}

static const char *ask_oom(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);
	ssize_t ret = write(fd, "-1000", 5);

	close(fd);
	return ret < 0 ? NULL : "made itself immune to the OOM killer";
}

const struct question questions[] = {
	{ "new-privileges-are-off", ask_no_new_privs, 'H' },
	{ "a-filter-is-loaded", ask_seccomp, 'H' },
	{ "ambient-capabilities-are-empty", ask_ambient, 'H' },
	{ "inheritable-capabilities-are-empty", ask_inheritable, 'H' },
	{ "no-set-holds-a-capability-that-leads-out", ask_capabilities, 'E' },
	{ "capabilities-cannot-be-raised", ask_capset, 'E' },
	{ "descriptors-above-2-are-closed", ask_descriptors, 'E' },
	{ "the-working-directory-is-inside", ask_working_directory, 'E' },
	{ "the-parent-of-the-root-is-the-root", ask_root_parent, 'E' },
	{ "no-mount-is-shared-with-the-host", ask_propagation, 'E' },
	{ "only-own-processes-are-seen", ask_processes, 'E' },
	{ "only-loopback-is-there", ask_network, 'E' },
	{ "loopback-carries-a-connection", ask_loopback, 'E' },
	{ "no-route-leads-out", ask_unreachable, 'E' },
	{ "calls-of-another-instruction-set-end-the-process", ask_foreign_calls, 'S' },
	{ "x32-calls-are-refused", ask_x32_calls, 'S' },
	{ "process-1-cannot-be-reached", ask_init, 'E' },
	{ "no-signal-is-blocked-or-ignored", ask_signals, 'H' },
	{ "the-session-is-new", ask_session, 'E' },
	{ "a-hard-limit-cannot-be-raised", ask_rlimit, 'H' },
	{ "the-priority-cannot-be-raised", ask_priority, 'E' },
	{ "the-oom-killer-cannot-be-escaped", ask_oom, 'E' },
	{ NULL, NULL, 0 },
};

char **probe_words;

/* How many questions were asked, and how many of each class had a bad answer. */
static int asked, open_escapes, open_surface, open_hardening;

static void answer(const char *prefix, const char *name, char class, const char *bad)
{
	asked++;
	open_escapes += bad && class == 'E';
	open_surface += bad && class == 'S';
	open_hardening += bad && class == 'H';
	if (bad)
		printf("open %c %s-%s: %s\n", class, prefix, name, bad);
	else
		printf("pass %s-%s\n", prefix, name);
	fflush(stdout);
}

/* A line per question, then the sums: what tests print, but for what is open, which the asker judges. */
static int ask_all(const char *prefix, char **words)
{
	const struct question *lists[] = { questions, file_questions, leak_questions,
					   surface_questions };
	size_t i, k;

	probe_words = words;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (k = 0; lists[i][k].name; k++)
			answer(prefix, lists[i][k].name, lists[i][k].class, lists[i][k].ask());
	}
	for (i = 0; call_name(i); i++) {
		char name[64];

		if (!call_exists(i))
			continue;
		snprintf(name, sizeof(name), "%s", call_name(i));
		answer(prefix, name, 'S', call_ask(i));
	}
	printf("asked %d, open: E %d S %d H %d\n", asked, open_escapes, open_surface, open_hardening);
	return 0;
}

/* An app that wants to outlive davit: no death signal, and children in sessions of their own. */
static int hold(void)
{
	int i;

	prctl(PR_SET_PDEATHSIG, 0);
	for (i = 0; i < 3; i++) {
		if (fork() == 0) {
			setsid();
			signal(SIGHUP, SIG_IGN);
			if (fork() > 0)
				_exit(0);
			for (;;)
				pause();
		}
	}
	puts("held");
	fflush(stdout);
	signal(SIGTERM, SIG_IGN);
	for (;;)
		pause();
}

/* Fork until the kernel refuses, at most MOST times; print how often it went well. */
static int forks(int most)
{
	int count = 0;

	while (count < most) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0) {
			for (;;)
				pause();
		}
		count++;
	}
	printf("%d\n", count);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 3 && strcmp(argv[1], "ask") == 0)
		return ask_all(argv[2], argv + 3);
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		return probe_serve(argv[2]);
	if (argc == 2 && strcmp(argv[1], "hold") == 0)
		return hold();
	if (argc == 3 && strcmp(argv[1], "forks") == 0)
		return forks(atoi(argv[2]));
	if (argc == 2 && strcmp(argv[1], "ids") == 0)
		return printf("%d %d\n", (int)getuid(), (int)geteuid()) < 0;
	fputs("usage: probe ask PREFIX [WORD VALUE]... | serve NAME | hold | forks MOST | ids\n",
	      stderr);
	return 2;
}
