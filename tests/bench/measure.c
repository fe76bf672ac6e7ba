/* SPDX-License-Identifier: MIT */
/* Time commands in turn, so that noise hits all alike: measure ROUNDS NAME COMMAND [ARG...] [--
 * NAME COMMAND...]... Prints for each its median and its least time in microseconds, and the median
 * of its ratio to the first one. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_MAX = 16, ROUNDS_MAX = 2000 };

struct command {
	char **argv; /* argv[0] is the name */
	double times[ROUNDS_MAX];
};

extern char **environ;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double run(char **argv)
{
	double start = now();
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, argv[1], NULL, NULL, argv + 1, environ) != 0 ||
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

int main(int argc, char **argv)
{
	static struct command commands[COMMANDS_MAX];
	static double ratios[ROUNDS_MAX];
	int rounds = argc > 3 ? atoi(argv[1]) : 0, count = 0, i, k;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		return 2;
	commands[count++].argv = argv + 2;
	for (i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0 && count < COMMANDS_MAX) {
			argv[i] = NULL;
			commands[count++].argv = argv + i + 1;
		}
	}
	for (k = -2; k < rounds; k++) {
		for (i = 0; i < count; i++) {
			double time = run(commands[i].argv);

			if (k >= 0)
				commands[i].times[k] = time;
		}
	}
	for (i = 0; i < count; i++) {
		for (k = 0; k < rounds; k++)
			ratios[k] = commands[i].times[k] / commands[0].times[k];
		qsort(ratios, (size_t)rounds, sizeof(ratios[0]), by_size);
		if (i > 0)
			qsort(commands[i].times, (size_t)rounds, sizeof(double), by_size);
		commands[i].argv[1] = NULL;
		if (i > 0)
			printf("%-28s %8.0f %8.0f %8.2f\n", commands[i].argv[0],
			       commands[i].times[rounds / 2], commands[i].times[0],
			       ratios[rounds / 2]);
	}
	qsort(commands[0].times, (size_t)rounds, sizeof(double), by_size);
	printf("%-28s %8.0f %8.0f %8.2f\n", commands[0].argv[0], commands[0].times[rounds / 2],
	       commands[0].times[0], 1.0);
	return 0;
}
