/* SPDX-License-Identifier: MIT */
/* The app's standard streams where they are pipes to davit. */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "config.h"
#include "sandbox/ring.h"
#include "sandbox/streams.h"

/* A flood of output would cost davit more of the processor than the app, which may be limited, pays
 * for it: it waits when it writes more than so many bytes in each such time, far more than any log
 * holds. */
enum { SILENCE_MS = 200, PERIOD_MS = 100, BUDGET = 400 << 10 };

void streams_begin(struct streams *streams, int pipes[STREAMS], int terminal, struct ring *log)
{
	int i;

	streams->terminal = terminal;
	streams->log = log;
	streams->budget = BUDGET;
	streams->refill = 0;
	streams->error = 0;
	for (i = 0; i < STREAMS; i++) {
		struct stream *stream = &streams->list[i];

		stream->pipe = steal_fd(&pipes[i]);
		stream->other = log ? -1 : i;
		stream->reopened = -1;
		stream->silent = false;
		stream->flow.start = stream->flow.end = 0;
		if (stream->pipe >= 0 && !log && i != STDIN_FILENO)
			stream->reopened = flow_reopen(i);
		if (stream->reopened >= 0)
			stream->other = stream->reopened;
	}
	if (terminal >= 0)
		streams->list[STDOUT_FILENO].pipe = terminal;
}

/* From now on the app's writes fail, or its input ends. */
static void stream_stop(struct streams *streams, int number)
{
	struct stream *stream = &streams->list[number];

	if (stream->pipe == streams->terminal)
		stream->pipe = -1;
	fd_close(&stream->pipe);
	stream->flow.start = stream->flow.end = 0;
}

int streams_end(struct streams *streams)
{
	int i, ret = 0;

	for (i = 0; i < STREAMS; i++) {
		stream_stop(streams, i);
		fd_close(&streams->list[i].reopened);
	}
	if (streams->error && streams->error != EPIPE)
		ret = fail(streams->error, "carry the app's output");
	streams->error = 0;
	return ret;
}

static int stream_from(const struct streams *streams, int number)
{
	const struct stream *stream = &streams->list[number];

	if (stream->pipe < 0)
		return -1;
	return number == STDIN_FILENO ? stream->other : stream->pipe;
}

static int stream_to(const struct streams *streams, int number)
{
	const struct stream *stream = &streams->list[number];

	return number == STDIN_FILENO ? stream->pipe : stream->other;
}

/* How long the log takes nothing, in milliseconds, or 0. */
static int streams_rest(struct streams *streams)
{
	struct timespec time = { 0 };
	int64_t now;

	if (!streams->log || streams->budget)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &time);
	now = (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
	if (now < streams->refill)
		return (int)(streams->refill - now);
	streams->budget = BUDGET;
	streams->refill = now + PERIOD_MS;
	return 0;
}

int streams_wait_for(struct streams *streams, struct pollfd *polls)
{
	const int rest = streams_rest(streams);
	int i, timeout = rest ? rest : -1;

	for (i = 0; i < STREAMS; i++) {
		const struct stream *stream = &streams->list[i];
		const bool full = !flow_is_empty(&stream->flow);

		polls[i].fd = full ? stream_to(streams, i) : stream_from(streams, i);
		polls[i].events = full ? POLLOUT : POLLIN;
		polls[i].revents = 0;
		/* A hang-up would be reported again and again. */
		if (stream->silent && !full) {
			polls[i].fd = -1;
			timeout = SILENCE_MS;
		}
		if (rest)
			polls[i].fd = -1;
	}
	return timeout;
}

static void stream_fill(struct streams *streams, int number)
{
	struct stream *stream = &streams->list[number];
	ssize_t got = flow_fill(&stream->flow, stream_from(streams, number));

	stream->silent = false;
	if (got > 0 || got == -EAGAIN)
		return;
	if (got < 0 && got != -EIO && number != STDIN_FILENO)
		streams->error = (int)-got;
	/* No process has the app's terminal open; one may open it again. */
	if (stream->pipe == streams->terminal)
		stream->silent = true;
	else
		stream_stop(streams, number);
}

static void stream_empty(struct streams *streams, int number)
{
	struct stream *stream = &streams->list[number];
	struct flow *flow = &stream->flow;
	int ret;

	if (CONFIG_DETACH && streams->log) {
		/* An app whose output fits nowhere goes on all the same. */
		(void)ring_add(streams->log, (uint32_t)number, flow->bytes, flow->end);
		streams->budget -= streams->budget < flow->end ? streams->budget : flow->end;
		flow->start = flow->end;
		return;
	}
	ret = flow_empty(flow, stream_to(streams, number));
	if (ret == 0)
		return;
	if (number != STDIN_FILENO)
		streams->error = -ret;
	stream_stop(streams, number);
}

/* Returns true when something was, or is still to be, written. */
static bool stream_carry(struct streams *streams, int number)
{
	struct stream *stream = &streams->list[number];

	if (!flow_is_empty(&stream->flow)) {
		stream_empty(streams, number);
		return true;
	}
	if (stream_from(streams, number) < 0)
		return false;
	stream_fill(streams, number);
	if (flow_is_empty(&stream->flow))
		return false;
	if (streams->log)
		stream_empty(streams, number);
	return true;
}

void streams_carry(struct streams *streams, const struct pollfd *polls)
{
	int i;

	for (i = 0; i < STREAMS; i++) {
		if (polls[i].revents || streams->list[i].silent)
			(void)stream_carry(streams, i);
	}
}

bool streams_drain(struct streams *streams)
{
	bool over = true;
	int i;

	stream_stop(streams, STDIN_FILENO);
	for (i = STDOUT_FILENO; i < STREAMS; i++) {
		struct stream *stream = &streams->list[i];

		/* What does not go out now is waited for by poll(2). */
		if (flow_is_empty(&stream->flow))
			over = !stream_carry(streams, i) && over;
		else
			over = false;
	}
	return over;
}
