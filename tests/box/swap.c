/* SPDX-License-Identifier: MIT */
/* Exchange two names without end, as fast as the kernel can: swap A B. Each change is one step, so
 * that both are always there. Ends with standard input; prints how often it changed them, and
 * leaves them as they were. */
#include <poll.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { AT_CWD = -100, EXCHANGE = 2, BETWEEN_LOOKS = 64 };

int main(int argc, char **argv)
{
	struct pollfd end = { .fd = STDIN_FILENO, .events = POLLIN };
	unsigned long count = 0;

	if (argc != 3) {
		fputs("usage: swap A B\n", stderr);
		return 2;
	}
	for (;;) {
		if (syscall(SYS_renameat2, AT_CWD, argv[1], AT_CWD, argv[2], EXCHANGE) < 0) {
			perror("swap");
			return 1;
		}
		count++;
		if (count % BETWEEN_LOOKS == 0 && poll(&end, 1, 0) > 0 && end.revents)
			break;
	}
	printf("%lu\n", count);
	return 0;
}
