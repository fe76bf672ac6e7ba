/* SPDX-License-Identifier: MIT */
/* Signals by name and number, as kill(1) knows them. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>

#include "base/signals.h"
#include "base/text.h"

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "HUP", SIGHUP },
	{ "INT", SIGINT },
	{ "QUIT", SIGQUIT },
	{ "ILL", SIGILL },
	{ "TRAP", SIGTRAP },
	{ "ABRT", SIGABRT },
	{ "BUS", SIGBUS },
	{ "FPE", SIGFPE },
	{ "KILL", SIGKILL },
	{ "USR1", SIGUSR1 },
	{ "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE },
	{ "ALRM", SIGALRM },
	{ "TERM", SIGTERM },
	{ "CHLD", SIGCHLD },
	{ "CONT", SIGCONT },
	{ "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU },
	{ "URG", SIGURG },
	{ "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM },
	{ "PROF", SIGPROF },
	{ "IO", SIGIO },
	{ "PWR", SIGPWR },
	{ "WINCH", SIGWINCH },
	{ "STKFLT", SIGSTKFLT },
	{ "SYS", SIGSYS },
	/* Other names of the same. */
	{ "IOT", SIGABRT },
	{ "POLL", SIGIO },
	{ "CLD", SIGCHLD },
};

/* What the kernel calls so; the C library keeps some of them for itself, and counts from the next one. */
enum { RT_FIRST = 34, RT_LAST = 64 };

/* "RTMIN", "RTMIN+n", "RTMAX", "RTMAX-n". */
static int realtime_parse(int *number, const char *text)
{
	const int first = strncasecmp(text, "RTMIN", 5) == 0;
	const char sign = first ? '+' : '-';
	uint64_t distance = 0;

	if (!first && strncasecmp(text, "RTMAX", 5) != 0)
		return -EINVAL;
	if (text[5] && (text[5] != sign || text_number(&distance, text + 6, RT_LAST - RT_FIRST) < 0))
		return -EINVAL;
	*number = first ? RT_FIRST + (int)distance : RT_LAST - (int)distance;
	return 0;
}

int signal_parse(int *number, const char *text)
{
	uint64_t value;
	size_t i;

	if (text_number(&value, text, RT_LAST) == 0 && value > 0) {
		*number = (int)value;
		return 0;
	}
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (strcasecmp(signals[i].name, text) == 0) {
			*number = signals[i].number;
			return 0;
		}
	}
	return realtime_parse(number, text);
}

const char *signal_name(int number)
{
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (signals[i].number == number)
			return signals[i].name;
	}
	return NULL;
}
