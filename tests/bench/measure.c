/* SPDX-License-Identifier: MIT */
/* Time commands in turn, so that noise hits all alike: measure ROUNDS NAME COMMAND [ARG...] [--
 * NAME COMMAND...]... Prints for each its median and its least time in microseconds, the median of
 * its ratio, round by round, to the first one (or to the last one that == stood before instead of
 * --), and the ratio of the least times, which other load on the machine changes least. */
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_MAX = 24, ROUNDS_MAX = 2000, WARM_UP = 2 };

struct command {
	char **argv;   /* argv[0] is the name */
	int reference; /* number of the command that it is compared with */
	double times[ROUNDS_MAX];
};

extern char **environ;

static posix_spawn_file_actions_t actions;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* Some commands do not hand a terminal on to what they start. */
static void leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), i;

	for (i = 0; i <= 2; i++)
		posix_spawn_file_actions_adddup2(&actions, isatty(i) || i == 1 ? null : i, i);
}

static double run(char **argv)
{
	double start = now();
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, argv[1], &actions, NULL, argv + 1, environ) != 0 ||
	    waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "measure: %s failed\n", argv[0]);
		exit(1);
	}
	return now() - start;
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Returns how many there are, or -1. */
static int read_commands(struct command *commands, int argc, char **argv)
{
	int count = 0, i;

	commands[count++].argv = argv;
	for (i = 1; i < argc; i++) {
		bool reference = strcmp(argv[i], "==") == 0;

		if (!reference && strcmp(argv[i], "--") != 0)
			continue;
		if (count == COMMANDS_MAX || i + 2 >= argc)
			return -1;
		commands[count].argv = argv + i + 1;
		commands[count].reference = reference ? count : commands[count - 1].reference;
		argv[i] = NULL;
		count++;
	}
	return count;
}

static double median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), by_size);
	return values[count / 2];
}

static void print(const struct command *commands, const struct command *command, int rounds)
{
	static double times[ROUNDS_MAX], ratios[ROUNDS_MAX];
	const struct command *reference = &commands[command->reference];
	double middle, least, reference_least = reference->times[0];
	int i;

	for (i = 0; i < rounds; i++) {
		times[i] = command->times[i];
		ratios[i] = command->times[i] / reference->times[i];
		if (reference->times[i] < reference_least)
			reference_least = reference->times[i];
	}
	middle = median(times, rounds);
	least = times[0];
	printf("%-32s %8.0f %8.0f %8.2f %8.2f  %s\n", command->argv[0], middle, least,
	       median(ratios, rounds), least / reference_least,
	       command == reference ? "" : reference->argv[0]);
}

int main(int argc, char **argv)
{
	static struct command commands[COMMANDS_MAX];
	int rounds = argc > 3 ? atoi(argv[1]) : 0, count, i, k;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		return 2;
	count = read_commands(commands, argc - 2, argv + 2);
	if (count < 0)
		return 2;
	posix_spawn_file_actions_init(&actions);
	leave_terminal();
	for (k = -WARM_UP; k < rounds; k++) {
		for (i = 0; i < count; i++) {
			double time = run(commands[i].argv);

			if (k >= 0)
				commands[i].times[k] = time;
		}
	}
	for (i = 0; i < count; i++)
		print(commands, &commands[i], rounds);
	return 0;
}
