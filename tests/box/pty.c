/* SPDX-License-Identifier: MIT */
/* Runs a command on a terminal of ROWSxCOLUMNS, made for it, carried to stdin and stdout: pty 24x80
 * COMMAND...
 *
 * SIGUSR1 changes the size to 30x90. Ends with the command's status, or with 99 when the command
 * has left the terminal in other modes than it found. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { NOT_RESTORED = 99, NO_TERMINAL = 98, SIGNAL_BASE = 128 };

static volatile sig_atomic_t resize;

static void on_signal(int number)
{
	(void)number;
	resize = 1;
}

static int terminal_open(int *slave, const char *size)
{
	struct winsize window = { 0 };
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	window.ws_row = (unsigned short)atoi(size);
	window.ws_col = (unsigned short)atoi(strchr(size, 'x') ? strchr(size, 'x') + 1 : "");
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -1;
	*slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave < 0 || ioctl(master, TIOCSWINSZ, &window) < 0)
		return -1;
	return master;
}

static void child_run(int slave, char **argv)
{
	int fd;

	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	for (fd = 0; fd <= 2; fd++)
		dup2(slave, fd);
	execvp(argv[0], argv);
	_exit(NO_TERMINAL);
}

/* Returns the number of bytes carried, 0 at the end. */
static ssize_t carry(int from, int to)
{
	char buffer[4096];
	ssize_t got = read(from, buffer, sizeof(buffer)), done = 0;

	while (got > 0 && done < got) {
		ssize_t put = write(to, buffer + done, (size_t)(got - done));

		if (put < 0)
			return put;
		done += put;
	}
	return got;
}

/* Until the child has ended and nothing more comes from it. */
static int carry_all(int master, pid_t pid)
{
	struct pollfd polls[] = { { .fd = master, .events = POLLIN },
				  { .fd = STDIN_FILENO, .events = POLLIN } };
	const struct winsize other = { .ws_row = 30, .ws_col = 90 };
	int status = -1;
	bool ended = false;

	for (;;) {
		int ready = poll(polls, 2, 50);

		if (resize) {
			resize = 0;
			ioctl(master, TIOCSWINSZ, &other);
		}
		if (ready > 0 && (polls[0].revents & POLLIN)) {
			carry(master, STDOUT_FILENO);
			continue;
		}
		if (ready > 0 && polls[1].revents && carry(STDIN_FILENO, master) <= 0)
			polls[1].fd = -1;
		if (ended && ready == 0)
			return status;
		if (!ended)
			ended = waitpid(pid, &status, WNOHANG) == pid;
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct termios before = { 0 }, after = { 0 };
	int slave = -1, master = argc > 2 ? terminal_open(&slave, argv[1]) : -1, status;
	pid_t pid;

	if (master < 0 || tcgetattr(slave, &before) < 0) {
		fprintf(stderr, "pty: %s\n",
			argc > 2 ? strerror(errno) : "usage: pty ROWSxCOLUMNS COMMAND...");
		return NO_TERMINAL;
	}
	sigaction(SIGUSR1, &action, NULL);
	pid = fork();
	if (pid == 0)
		child_run(slave, argv + 2);
	status = carry_all(master, pid);
	if (tcgetattr(slave, &after) < 0 || memcmp(&before, &after, sizeof(before)) != 0) {
		fputs("pty: the terminal's modes were not restored\n", stderr);
		return NOT_RESTORED;
	}
	return WIFSIGNALED(status) ? SIGNAL_BASE + WTERMSIG(status) : WEXITSTATUS(status);
}
