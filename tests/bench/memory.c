/* SPDX-License-Identifier: MIT */
/* What many idle sandboxes take: memory ROUNDS COUNT COMMAND [ARG...], where the command runs
 * tests/bench/idle.c. Prints, as medians: KiB each that the kernel charges to their memory cgroup,
 * KiB each that are free no more, KiB private to the command's own process, its peak in KiB,
 * milliseconds until all of them run. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COUNT_MAX = 10000, ROUNDS_MAX = 100, SETTLE = 300000000 };

enum { CHARGED, AVAILABLE, PRIVATE, PEAK, TIME, FIGURES };

struct figures {
	double of[FIGURES];
};

extern char **environ;

static void need(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* The sum of the numbers behind the words that begin with KEY, or of the whole file. */
static double read_number(const char *path, const char *key)
{
	FILE *file = fopen(path, "r");
	char line[256];
	double sum = 0;

	while (file && fgets(line, sizeof(line), file)) {
		const char *number = line + strcspn(line, "0123456789");

		if (!key || strncmp(line, key, strlen(key)) == 0)
			sum += atof(number);
	}
	if (file)
		fclose(file);
	return sum;
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	need(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	close(fd);
}

struct group {
	char path[64];
	char usage[96];
	bool version2;
};

/* A cgroup of its own, in which this process and all that it starts is. */
static void group_make(struct group *group)
{
	char path[128];

	group->version2 = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
	snprintf(group->path, sizeof(group->path), "/sys/fs/cgroup/%sdavit-bench-%d",
		 group->version2 ? "" : "memory/", getpid());
	if (group->version2)
		put("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	need(mkdir(group->path, 0755) == 0, group->path);
	snprintf(path, sizeof(path), "%s/cgroup.procs", group->path);
	put(path, "0");
	snprintf(group->usage, sizeof(group->usage), "%s/%s", group->path,
		 group->version2 ? "memory.current" : "memory.usage_in_bytes");
}

static void group_remove(const struct group *group)
{
	put(group->version2 ? "/sys/fs/cgroup/cgroup.procs" : "/sys/fs/cgroup/memory/cgroup.procs",
	    "0");
	while (rmdir(group->path) < 0 && errno == EBUSY)
		usleep(10000);
}

/* What is freed by RCU takes a moment; davit itself gives memory back once it has nothing to do. */
static void settle(void)
{
	const struct timespec time = { .tv_nsec = SETTLE };

	nanosleep(&time, NULL);
}

static void measure(struct figures *figures, const struct group *group)
{
	figures->of[CHARGED] = read_number(group->usage, NULL) / 1024;
	figures->of[AVAILABLE] = read_number("/proc/meminfo", "MemAvailable");
}

static int start(pid_t *pids, int count, char **argv)
{
	posix_spawn_file_actions_t actions;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), pair[2], i;

	need(pipe(pair) == 0, "pipe");
	need(fcntl(pair[0], F_SETFD, FD_CLOEXEC) == 0, "pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pair[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, pair[1]);
	/* Some commands do not hand a terminal on to what they start. */
	posix_spawn_file_actions_adddup2(&actions, null, STDIN_FILENO);
	if (isatty(STDERR_FILENO))
		posix_spawn_file_actions_adddup2(&actions, null, STDERR_FILENO);
	for (i = 0; i < count; i++)
		need(posix_spawnp(&pids[i], argv[0], &actions, NULL, argv, environ) == 0, argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	close(pair[1]);
	close(null);
	return pair[0];
}

static void wait_until_idle(int pipe, int count)
{
	char bytes[256];

	while (count > 0) {
		ssize_t got = read(pipe, bytes, sizeof(bytes));

		need(got > 0, "not all of them run");
		count -= (int)got;
	}
}

static void end(const pid_t *pids, int count)
{
	int i;

	for (i = 0; i < count; i++)
		kill(pids[i], SIGTERM);
	for (i = 0; i < count; i++)
		waitpid(pids[i], NULL, 0);
}

static void run(struct figures *figures, int count, char **argv)
{
	static pid_t pids[COUNT_MAX];
	struct figures before, after;
	struct group group;
	char path[64];
	double begin;
	int pipe;

	group_make(&group);
	settle();
	measure(&before, &group);
	begin = now();
	pipe = start(pids, count, argv);
	wait_until_idle(pipe, count);
	figures->of[TIME] = now() - begin;
	settle();
	measure(&after, &group);
	figures->of[CHARGED] = (after.of[CHARGED] - before.of[CHARGED]) / count;
	figures->of[AVAILABLE] = (before.of[AVAILABLE] - after.of[AVAILABLE]) / count;
	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pids[count / 2]);
	figures->of[PRIVATE] = read_number(path, "Private_");
	snprintf(path, sizeof(path), "/proc/%d/status", pids[count / 2]);
	figures->of[PEAK] = read_number(path, "VmHWM");
	end(pids, count);
	close(pipe);
	group_remove(&group);
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static struct figures figures[ROUNDS_MAX];
	int rounds = argc > 3 ? atoi(argv[1]) : 0, count = argc > 3 ? atoi(argv[2]) : 0, i, k;

	if (rounds < 1 || rounds > ROUNDS_MAX || count < 1 || count > COUNT_MAX)
		return 2;
	for (i = 0; i < rounds; i++)
		run(&figures[i], count, argv + 3);
	for (k = 0; k < FIGURES; k++) {
		double values[ROUNDS_MAX];

		for (i = 0; i < rounds; i++)
			values[i] = figures[i].of[k];
		qsort(values, (size_t)rounds, sizeof(values[0]), by_size);
		printf("%s%.1f", k ? " " : "", values[rounds / 2]);
	}
	printf("\n");
	return 0;
}
