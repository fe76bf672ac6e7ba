/* SPDX-License-Identifier: MIT */
/* The caller's terminal and the app's: bytes carried between them, raw mode, window size. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"
#include "sandbox/terminal.h"

enum { POLL_MASTER, POLL_INPUT, POLL_OUTPUT };
enum { END_OF_FILE = 'D' & 0x1f, SILENCE_MS = 200 };

void terminal_resize(int master)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		(void)ioctl(master, TIOCSWINSZ, &size);
}

/* In the background, the terminal's modes are those of another process: hands off. Where it is not
 * our controlling terminal there is no background. */
static bool in_foreground(int fd)
{
	pid_t group = tcgetpgrp(fd);

	return group < 0 || group == getpgrp();
}

static void set_raw(struct terminal *terminal)
{
	struct termios raw = terminal->saved;

	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0)
		terminal->raw = true;
}

int terminal_begin(struct terminal *terminal, int master, bool interactive)
{
	int flags = fcntl(master, F_GETFL);

	terminal->master = master;
	terminal->input = interactive ? STDIN_FILENO : -1;
	terminal->error = 0;
	terminal->silent = false;
	terminal->open_line = false;
	terminal->raw = false;
	terminal->to_app.start = terminal->to_app.end = 0;
	terminal->from_app.start = terminal->from_app.end = 0;
	if (flags < 0 || fcntl(master, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	terminal->private_output = flow_reopen(STDOUT_FILENO);
	terminal->output = terminal->private_output >= 0 ? terminal->private_output : STDOUT_FILENO;
	if (interactive && tcgetattr(STDIN_FILENO, &terminal->saved) == 0)
		set_raw(terminal);
	terminal_resize(master);
	return 0;
}

int terminal_end(struct terminal *terminal)
{
	int ret = 0;

	if (terminal->raw && in_foreground(STDIN_FILENO))
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal->saved);
	terminal->raw = false;
	if (terminal->private_output >= 0)
		close(terminal->private_output);
	terminal->private_output = -1;
	if (terminal->error && terminal->error != EPIPE)
		ret = fail(terminal->error, "carry the app's output");
	terminal->error = 0;
	return ret;
}

void terminal_resume(struct terminal *terminal)
{
	if (terminal->raw && in_foreground(STDIN_FILENO))
		set_raw(terminal);
	terminal_resize(terminal->master);
}

/* Nobody takes the output: hang up, as a terminal does that is switched off. The descriptor is the
 * caller's to close, so its number has to live on. */
static void hang_up(struct terminal *terminal, int err)
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	terminal->error = err;
	terminal->input = -1;
	terminal->output = -1;
	terminal->to_app.start = terminal->to_app.end = 0;
	terminal->from_app.start = terminal->from_app.end = 0;
	if (nowhere < 0)
		return;
	(void)dup3(nowhere, terminal->master, O_CLOEXEC);
	close(nowhere);
}

static void read_app(struct terminal *terminal)
{
	ssize_t got = flow_fill(&terminal->from_app, terminal->master);

	/* EIO: no process has the other side open; one may open it again. */
	terminal->silent = got == 0 || (got < 0 && got != -EAGAIN);
	if (got < 0 && got != -EAGAIN && got != -EIO)
		terminal->error = (int)-got;
}

/* The end of the input becomes what Ctrl-D is to the app's terminal: at the start of a line the end
 * of file, within a line the end of that line without a newline. */
static void read_input(struct terminal *terminal)
{
	struct flow *flow = &terminal->to_app;
	ssize_t got = flow_fill(flow, terminal->input);

	if (got == -EAGAIN)
		return;
	if (got > 0) {
		terminal->open_line = flow->bytes[got - 1] != '\n';
		return;
	}
	terminal->input = -1;
	flow->start = 0;
	flow->end = terminal->open_line ? 2 : 1;
	memset(flow->bytes, END_OF_FILE, flow->end);
}

int terminal_wait_for(struct terminal *terminal, struct pollfd *polls)
{
	bool output = !flow_is_empty(&terminal->from_app), input = !flow_is_empty(&terminal->to_app);
	short master = 0;

	if (!output && terminal->output >= 0)
		master |= POLLIN;
	if (input)
		master |= POLLOUT;
	/* poll(2) reports a hang-up whether asked for or not: a silent pty is looked at now and then instead. */
	polls[POLL_MASTER] =
		(struct pollfd){ .fd = master && !terminal->silent ? terminal->master : -1,
				 .events = master };
	polls[POLL_INPUT] = (struct pollfd){ .fd = input ? -1 : terminal->input, .events = POLLIN };
	polls[POLL_OUTPUT] =
		(struct pollfd){ .fd = output ? terminal->output : -1, .events = POLLOUT };
	return terminal->silent && terminal->output >= 0 ? SILENCE_MS : -1;
}

void terminal_carry(struct terminal *terminal, const struct pollfd *polls)
{
	short master = polls[POLL_MASTER].revents;
	int ret = 0;

	if (polls[POLL_INPUT].revents)
		read_input(terminal);
	if ((master & POLLOUT) && !flow_is_empty(&terminal->to_app) &&
	    flow_empty(&terminal->to_app, terminal->master) < 0)
		terminal->silent = true;
	if (flow_is_empty(&terminal->from_app) && terminal->output >= 0 &&
	    ((master & ~POLLOUT) || terminal->silent))
		read_app(terminal);
	if (polls[POLL_OUTPUT].revents)
		ret = flow_empty(&terminal->from_app, terminal->output);
	if (ret < 0)
		hang_up(terminal, -ret);
}

bool terminal_drain(struct terminal *terminal)
{
	terminal->input = -1;
	terminal->to_app.start = terminal->to_app.end = 0;
	if (flow_is_empty(&terminal->from_app) && terminal->output >= 0)
		read_app(terminal);
	/* What the app said last must not be lost by one failed call. */
	if (flow_is_empty(&terminal->from_app) && terminal->silent && terminal->output >= 0)
		read_app(terminal);
	return flow_is_empty(&terminal->from_app);
}
