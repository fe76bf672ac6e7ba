/* SPDX-License-Identifier: MIT */
/* Hands layers to processes, shows how far they are, and tells the first that fails. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sys.h"
#include "config.h"
#include "registry/layers.h"

enum {
	LINE = 1024,
	WAIT_MS = 250,
	QUEUE_END = 255 /* no number of a layer: LAYERS_MOST is less */
};

/* A process, and what it has said last: of what it could help itself out of, nobody needs to know. */
struct worker {
	pid_t pid; /* 0: gone */
	int said;  /* the end of a pipe */
	size_t used;
	char text[LINE];
};

struct crew {
	struct layers *layers;
	struct worker workers[CONFIG_PULL_PARALLEL];
	size_t count;
	int queue;   /* numbers of items, one byte each */
	int signals; /* signalfd */
	sigset_t mask;
	int signal; /* that came, or 0 */
	int failed; /* 0 or -errno */
};

/* --- signals ----------------------------------------------------------------------------------------- */

/* What ends davit waits until the processes are gone. What the caller ignores stays ignored. */
static int signals_gather(struct crew *crew)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction action;
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
		if (sigaction(ending[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&set, ending[i]);
	}
	if (sigprocmask(SIG_BLOCK, &set, &crew->mask) < 0)
		return fail(errno, "prepare for signals");
	crew->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return crew->signals < 0 ?
		       fail(errno, "prepare for signals (kernel lacks CONFIG_SIGNALFD?)") :
		       0;
}

static void signals_release(struct crew *crew)
{
	fd_close(&crew->signals);
	/* It has its effect now, as if nothing had been put away before. */
	if (crew->signal)
		(void)raise(crew->signal);
	(void)sigprocmask(SIG_SETMASK, &crew->mask, NULL);
}

/* --- processes --------------------------------------------------------------------------------------- */

/* In the process: one layer after another until the queue is empty. */
static int work(const struct crew *crew)
{
	unsigned char number;
	int ret = 0;

	while (ret == 0) {
		const ssize_t got = read(crew->queue, &number, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(errno, "%s: read the list of layers", crew->layers->what);
		if (got == 0 || number == QUEUE_END)
			return 0;
		ret = layer_fetch(crew->layers, number);
	}
	return ret;
}

/* Not again as the child of another process: what davit began must not outlive it. */
static int begin_child(const struct crew *crew, pid_t parent, int said)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || dup2(said, STDERR_FILENO) < 0)
		return -errno;
	if (getppid() != parent)
		return -ESRCH;
	(void)signal(SIGPIPE, SIG_IGN);
	return sigprocmask(SIG_SETMASK, &crew->mask, NULL) < 0 ? -errno : 0;
}

static int worker_start(struct crew *crew)
{
	struct worker *worker = &crew->workers[crew->count];
	const pid_t parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(errno, "pipe");
	worker->pid = sys_fork_alike();
	if (worker->pid == 0)
		_exit(begin_child(crew, parent, ends[1]) < 0 || work(crew) < 0);
	close(ends[1]);
	worker->said = ends[0];
	if (worker->pid > 0) {
		crew->count++;
		return 0;
	}
	close(ends[0]);
	return fail((int)-worker->pid, "start a process that fetches layers");
}

static void show_line(struct crew *crew, const char *text, size_t length)
{
	/* What is drawn stays above it. */
	crew->layers->progress.drawn = 0;
	(void)sys_write_all(STDERR_FILENO, text, length);
}

/* Warnings pass; the last error is kept. */
static void take_lines(struct crew *crew, struct worker *worker)
{
	static const char warning[] = "davit: warning: ";
	char *end;

	while ((end = memchr(worker->text, '\n', worker->used))) {
		const size_t length = (size_t)(end - worker->text) + 1;

		if (strncmp(worker->text, warning, sizeof(warning) - 1) == 0)
			show_line(crew, worker->text, length);
		else if (length == worker->used)
			return;
		worker->used -= length;
		memmove(worker->text, worker->text + length, worker->used);
	}
}

/* With WNOHANG as HOW only if it is over. */
static void worker_end(struct crew *crew, struct worker *worker, int how)
{
	int status = 0;
	pid_t ended;

	do {
		ended = waitpid(worker->pid, &status, how);
	} while (ended < 0 && errno == EINTR);
	if (ended == 0)
		return;
	worker->pid = 0;
	fd_close(&worker->said);
	if (status == 0 || crew->failed || crew->signal)
		return;
	crew->failed = -EIO;
	progress_show(&crew->layers->progress);
	if (WIFEXITED(status) && worker->used && worker->text[worker->used - 1] == '\n')
		show_line(crew, worker->text, worker->used);
	else if (WIFEXITED(status))
		fail(0, "%s: a process that fetches layers could not begin", crew->layers->what);
	else
		fail(0, "%s: a process that fetches layers was killed by signal %d",
		     crew->layers->what, WTERMSIG(status));
}

static void worker_listen(struct crew *crew, struct worker *worker)
{
	ssize_t got;

	/* A line that is too long is none of fail()'s. */
	if (worker->used == sizeof(worker->text))
		worker->used = 0;
	got = read(worker->said, worker->text + worker->used, sizeof(worker->text) - worker->used);
	if (got > 0) {
		worker->used += (size_t)got;
		take_lines(crew, worker);
	} else if (got == 0 || errno != EINTR) {
		worker_end(crew, worker, 0);
	}
}

static void workers_kill(const struct crew *crew)
{
	size_t i;

	for (i = 0; i < crew->count; i++) {
		if (crew->workers[i].pid)
			(void)kill(crew->workers[i].pid, SIGKILL);
	}
}

/* --- all --------------------------------------------------------------------------------------------- */

/* Returns how many processes there are still. */
static size_t wait_once(struct crew *crew)
{
	struct pollfd polls[CONFIG_PULL_PARALLEL + 1];
	struct signalfd_siginfo info;
	size_t i, alive = 0;
	int ready;

	for (i = 0; i < crew->count; i++)
		polls[i] = (struct pollfd){ .fd = crew->workers[i].said, .events = POLLIN };
	polls[i] = (struct pollfd){ .fd = crew->signals, .events = POLLIN };
	ready = poll(polls, crew->count + 1, WAIT_MS);
	/* Who ends is heard of by his pipe, if only that has no other end left. */
	for (i = 0; ready <= 0 && i < crew->count; i++) {
		if (crew->workers[i].pid)
			worker_end(crew, &crew->workers[i], WNOHANG);
	}
	if (ready > 0) {
		if (polls[crew->count].revents &&
		    read(crew->signals, &info, sizeof(info)) == sizeof(info) && !crew->signal)
			crew->signal = (int)info.ssi_signo;
		for (i = 0; i < crew->count; i++) {
			if (crew->workers[i].pid && polls[i].revents)
				worker_listen(crew, &crew->workers[i]);
		}
	}
	if (crew->failed || crew->signal)
		workers_kill(crew);
	else
		progress_show(&crew->layers->progress);
	for (i = 0; i < crew->count; i++)
		alive += crew->workers[i].pid != 0;
	return alive;
}

/* All numbers fit into a pipe: there are no more than LAYERS_MOST; behind them an end for each process. */
static int queue_fill(struct crew *crew, size_t *lacking)
{
	unsigned char numbers[LAYERS_MOST + CONFIG_PULL_PARALLEL];
	size_t i;
	int ends[2], ret;

	*lacking = 0;
	for (i = 0; i < crew->layers->count; i++) {
		if (!crew->layers->items[i].there)
			numbers[(*lacking)++] = (unsigned char)i;
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(errno, "pipe");
	crew->queue = ends[0];
	memset(numbers + *lacking, QUEUE_END, CONFIG_PULL_PARALLEL);
	ret = sys_write_all(ends[1], numbers, *lacking + CONFIG_PULL_PARALLEL);
	close(ends[1]);
	return ret < 0 ? fail(-ret, "list of layers") : 0;
}

static int run(struct crew *crew)
{
	size_t lacking, i;
	int ret = queue_fill(crew, &lacking);

	if (ret == 0 && lacking)
		ret = signals_gather(crew);
	/* Each process has connections of its own; two that shared one would mix what they read. */
	http_close(crew->layers->registry->http);
	crew->layers->registry->http = NULL;
	for (i = 0; ret == 0 && i < lacking && i < CONFIG_PULL_PARALLEL; i++)
		ret = worker_start(crew);
	crew->failed = ret;
	while (wait_once(crew))
		continue;
	if (!crew->signal)
		return crew->failed;
	fail(0, "%s: interrupted; what has come of its layers is kept for the next pull",
	     crew->layers->what);
	return -EINTR;
}

int layers_fetch(struct layers *layers)
{
	struct crew crew = { .layers = layers, .queue = -1, .signals = -1 };
	int ret = run(&crew);

	fd_close(&crew.queue);
	if (crew.signals >= 0)
		signals_release(&crew);
	return ret;
}
