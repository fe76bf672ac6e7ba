/* SPDX-License-Identifier: MIT */
/* The app of stores that are cut: app [write WORD...]: each word becomes a file that has it; app serve: until SIGTERM. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void end(int number)
{
	(void)number;
	_exit(0);
}

int main(int argc, char **argv)
{
	int i;

	if (argc > 1 && strcmp(argv[1], "serve") == 0) {
		signal(SIGTERM, end);
		for (;;)
			pause();
	}
	for (i = 2; i < argc; i++) {
		char path[256];
		int fd;

		(void)mkdir("/state", 0755);
		snprintf(path, sizeof(path), "/state/%.200s", argv[i]);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
		if (fd < 0 || write(fd, argv[i], strlen(argv[i])) < 0 || fsync(fd) < 0)
			return 1;
		close(fd);
	}
	return 0;
}
