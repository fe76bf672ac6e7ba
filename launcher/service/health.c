/* SPDX-License-Identifier: MIT */
/* Wait until a sandbox that was just launched is healthy. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "sandbox/ending.h"
#include "sandbox/record.h"
#include "service/health.h"
#include "service/health_check.h"
#include "service/notify.h"

enum { STEP = 50, SECOND = 1000, INTERVAL = 30 * SECOND, RETRIES = 3, MILLION = 1000000 };
enum { PATIENCE_MOST = 86400 * SECOND };

struct waiting {
	const struct health_wish *wish;
	struct arena *arena;
	uint64_t start, next; /* milliseconds: the launch, and when the next check begins */
	bool ready, checked;
	struct health_check check;
	const char *last; /* why the last check failed, or NULL */
};

static uint64_t now(void)
{
	struct timespec time = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec / MILLION;
}

bool health_is_asked(const struct health *check)
{
	return check && check->test.count && strcmp(check->test.items[0], "NONE") != 0;
}

static uint64_t interval_of(const struct health *check)
{
	return check->interval ? check->interval / MILLION : INTERVAL;
}

uint64_t health_patience(const struct health *check)
{
	const uint64_t start = check->start_period / MILLION, interval = interval_of(check);
	const uint64_t retries = check->retries ? check->retries : RETRIES;
	uint64_t patience;

	/* Each of them may be any number. */
	if (start > PATIENCE_MOST || interval > PATIENCE_MOST || retries > PATIENCE_MOST)
		return PATIENCE_MOST;
	patience = start + retries * interval;
	if (patience > PATIENCE_MOST)
		return PATIENCE_MOST;
	return patience ? patience : 1;
}

/* Whether the sandbox runs; if not, how it ended. Returns 1, 0 with *reason, or -errno said. */
static int look(const char **reason, const struct waiting *waiting)
{
	const struct health_wish *wish = waiting->wish;
	struct arena arena = { 0 };
	struct records records;
	bool runs = false;
	int code = -1, ret = record_list(&records, &arena, wish->run_root);
	size_t i;

	for (i = 0; ret == 0 && i < records.count; i++) {
		struct record *record = &records.items[i];

		if (strcmp(record->name, wish->name) != 0)
			continue;
		runs = record->state != RECORD_EXITED;
		if (!runs)
			(void)ending_code(&code, record->dir, -1);
	}
	records_close(&records);
	arena_close(&arena);
	if (ret < 0 || runs)
		return ret < 0 ? ret : 1;
	*reason = code < 0 ? "it ended" :
			     arena_print(waiting->arena, "it ended with exit code %d", code);
	return *reason ? 0 : fail(ENOMEM, "%s", wish->name);
}

/* One at a time; the first that passes is enough. Returns 0 or -errno, said. */
static int go_on_checking(struct waiting *waiting)
{
	const struct health_wish *wish = waiting->wish;
	const struct health *health = wish->check;
	const uint64_t interval = interval_of(health), time = now();
	const uint64_t most = health->timeout ? health->timeout / MILLION : INTERVAL;
	int ret;

	if (!waiting->check.pid && time >= waiting->next) {
		waiting->next = time + (interval < SECOND ? interval : SECOND);
		return health_check_begin(&waiting->check, wish, time + most);
	}
	if (!waiting->check.pid)
		return 0;
	ret = health_check_end(&waiting->last, waiting->arena, &waiting->check, time);
	waiting->checked = ret == 0;
	return ret < 0 ? ret : 0;
}

static const char *missing(const struct waiting *waiting, uint64_t passed)
{
	if (!waiting->ready)
		return "its READY=1";
	if (!waiting->checked)
		return waiting->last ? waiting->last : "its health check";
	return passed < waiting->wish->alive ? "it to live long enough" : NULL;
}

/* Until something happens, or a moment. Returns -EINTR after a signal. */
static int pass_time(struct waiting *waiting)
{
	const struct health_wish *wish = waiting->wish;
	struct pollfd polls[] = { { .fd = wish->signals, .events = POLLIN },
				  { .fd = waiting->ready ? -1 : wish->notify, .events = POLLIN } };

	(void)poll(polls, 2, STEP);
	if (polls[0].revents)
		return -EINTR;
	/* Also what it says later is taken, or it would wait for ever for room to say more. */
	if (wish->notify >= 0 && notify_ready(wish->notify))
		waiting->ready = true;
	return 0;
}

static int wait_on(const char **reason, struct waiting *waiting, uint64_t timeout)
{
	const struct health_wish *wish = waiting->wish;

	for (;;) {
		const char *lacks;
		/* Before it is looked at: what was seen may be old when it is thought about. */
		const uint64_t passed = now() - waiting->start;
		int ret = look(reason, waiting);

		if (ret <= 0)
			return ret < 0 ? ret : 1;
		if (!waiting->checked)
			ret = go_on_checking(waiting);
		if (ret < 0)
			return ret;
		lacks = missing(waiting, passed);
		if (!lacks)
			return 0;
		if (timeout && passed >= timeout) {
			*reason = arena_print(waiting->arena, "after %llu s it still lacks %s",
					      (unsigned long long)(passed / SECOND), lacks);
			return *reason ? 1 : fail(ENOMEM, "%s", wish->name);
		}
		wish->progress(wish->data, passed, lacks);
		ret = pass_time(waiting);
		if (ret < 0)
			return ret;
	}
}

int health_await(const char **reason, struct arena *arena, const struct health_wish *wish)
{
	const bool asked = health_is_asked(wish->check);
	struct waiting waiting = { .wish = wish,
				   .arena = arena,
				   .start = now(),
				   .ready = wish->notify < 0,
				   .checked = !asked };
	uint64_t timeout = wish->timeout;
	int ret;

	if (!timeout && asked)
		timeout = health_patience(wish->check);
	if (!timeout && wish->notify >= 0)
		timeout = (uint64_t)NOTIFY_TIMEOUT * SECOND;
	ret = wait_on(reason, &waiting,
		      timeout && timeout < wish->alive ? wish->alive + STEP : timeout);
	health_check_abandon(&waiting.check);
	return ret;
}
