/* SPDX-License-Identifier: MIT */
/* The app of the memory benchmark: says that it runs, and does nothing until it is told to end. */
#include <signal.h>
#include <unistd.h>

static void end(int number)
{
	(void)number;
	_exit(0);
}

int main(void)
{
	signal(SIGTERM, end);
	if (write(STDOUT_FILENO, "", 1) != 1)
		return 1;
	for (;;)
		pause();
}
