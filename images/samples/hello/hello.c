/* SPDX-License-Identifier: MIT */
/* Greet, without the C library's stdio. */
#include <string.h>
#include <unistd.h>

static void say(const char *text)
{
	(void)!write(STDOUT_FILENO, text, strlen(text));
}

int main(int argc, char **argv)
{
	say("Hello, ");
	say(argc > 1 ? argv[1] : "you");
	say(".\n");
	return 0;
}
