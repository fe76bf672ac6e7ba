/* SPDX-License-Identifier: MIT */
/* Carry out one davit command again and again, each time with a fault at another system call, and
 * judge each time.
 *
 *	inject [-k KINDS] [-s STRIDE[,FIRST]] [-v] [-n | -d BOX | -x BOX,PID] NAME TAG ROOT
 *		-- DAVIT ARG... -- NEXT-DAVIT ARG...
 *
 * KINDS, by comma: EPERM, ENOMEM, EIO, EINTR, ENOSPC (the call is not made, and returns that), KILL
 * (who makes the call is killed before it), DAVIT (davit is killed when a child makes the call),
 * LAST (all calls of that number fail from there on); or "turn": another one at each call. STRIDE:
 * only every so manieth call, from FIRST on.
 *
 * TAG is in the name of all that the command makes, ROOT is its run directory. -n: nobody stays
 *with the app, so what is left is the next command's. -d: the command launches BOX in the
 *background, and what the app prints is in its log. -x: it goes into BOX, whose first process is
 *PID, and which must stay as it is.
 *
 * Each run must end in time, without a crash, with nothing left, and either with one line that says
 * why and an exit code that says so too, or with what the app prints when nothing fails. After a
 * kill the next command, which prints nothing, must bring that about. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"

enum { UNREACHED_MOST = 3, CODE_KILLED = 137, WAIT_MOST = 3000 };

/* What can go wrong with a run. */
enum verdict { FINE, HANG, CRASH, SILENT, OPEN, LEAK, VERDICTS };

static const char *const verdict_names[] = { "fine", "hang", "crash", "silent", "fail-open", "leak" };

struct sweep {
	const char *name, *tag, *root;
	char **argv, **next;
	struct kinds kinds;
	bool verbose;
	const char *detached; /* the sandbox that the command launches in the background, or NULL */
	bool left;            /* nobody stays to remove what is left: the next command does */
	const char *joined;   /* the one that it goes into, or NULL */
	int joined_pid;
	unsigned int joined_count; /* of its processes when nothing else goes on */
	unsigned int stride, first;
	char expected[TEXT_ROOM];
	unsigned int runs, refused, unharmed, restored, points, counts[VERDICTS];
};

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What does not vanish by itself within MOST milliseconds: the kernel takes its time with loop devices. */
static bool is_clean(const struct sweep *sweep, char *text, size_t size, long most)
{
	const long start = now_ms();
	char said[256];

	if (sweep->left)
		(void)plain_run(said, sizeof(said), sweep->next);
	for (;;) {
		leftovers_find(text, size, sweep->tag, sweep->root, sweep->joined);
		if (!text[0] && !processes_left() &&
		    (!sweep->joined || processes_beside(sweep->joined_pid) == sweep->joined_count))
			return true;
		if (now_ms() - start > most)
			break;
		usleep(2000);
	}
	if (!text[0])
		snprintf(text, size, "a process");
	return false;
}

/* Run davit VERB NAME, into SAID. Returns its exit code. */
static int davit(const struct sweep *sweep, const char *verb, const char *option, char *said,
		 size_t size)
{
	char *argv[] = { sweep->argv[0], (char *)verb, (char *)sweep->detached, NULL, NULL };

	if (option) {
		argv[2] = (char *)option;
		argv[3] = (char *)sweep->detached;
	}
	return plain_run(said, size, argv);
}

/* What was launched in the background: its log becomes what was shown, its exit code that of the
 * command, and it is removed. A launch that was told as a success has one of both. */
static void fetch_detached(const struct sweep *sweep, struct outcome *outcome)
{
	char text[256];
	int code = davit(sweep, "wait", NULL, text, sizeof(text));

	if (outcome->code == 0) {
		outcome->code = code != 0 ? 125 : atoi(text) & 0xff;
		if (davit(sweep, "logs", NULL, outcome->shown, sizeof(outcome->shown)) != 0)
			outcome->shown[0] = '\0';
		/* Nobody is there any more to be told why; the exit code says that. */
		if (outcome->code != 0 && !outcome->said[0])
			snprintf(outcome->said, sizeof(outcome->said),
				 "davit: exit code %d of the box\n", outcome->code);
		if (outcome->code != 0 && outcome->code < 125)
			outcome->code = 125;
	}
	(void)davit(sweep, "rm", "-f", text, sizeof(text));
}

/* One more davit command puts everything right, without a word. */
static enum verdict restore(struct sweep *sweep, char *why, size_t size)
{
	char said[512];
	int code = plain_run(said, sizeof(said), sweep->next);

	if (code != 0 || said[0]) {
		snprintf(why, size, "the next command: exit code %d, %.300s", code, said);
		return LEAK;
	}
	sweep->restored++;
	if (sweep->detached)
		(void)davit(sweep, "rm", "-f", said, sizeof(said));
	return is_clean(sweep, why, size, WAIT_MOST) ? FINE : LEAK;
}

static unsigned int lines_of(const char *text)
{
	unsigned int count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

/* A launch that failed shows nothing or the beginning of what it would show. */
static bool is_beginning(const char *text, const char *whole)
{
	return strncmp(text, whole, strlen(text)) == 0;
}

/* Where the first difference is, for people. */
static void show_difference(char *why, size_t size, const char *text, const char *expected)
{
	size_t at = 0, end;

	while (text[at] && text[at] == expected[at])
		at++;
	while (at > 0 && text[at - 1] != '\n')
		at--;
	end = strcspn(expected + at, "\n");
	snprintf(why, size, "shows '%.*s' in place of '%.*s'", (int)strcspn(text + at, "\n"),
		 text + at, (int)end, expected + at);
}

static enum verdict judge_words(struct sweep *sweep, const struct outcome *outcome, bool lasting,
				char *why, size_t size)
{
	const unsigned int lines = lines_of(outcome->said);
	const bool told = strncmp(outcome->said, "davit: ", 7) == 0;

	if (outcome->code == 0 && strcmp(outcome->shown, sweep->expected) == 0) {
		sweep->unharmed++;
		return FINE;
	}
	sweep->refused++;
	if (!is_beginning(outcome->shown, sweep->expected)) {
		show_difference(why, size, outcome->shown, sweep->expected);
		return OPEN;
	}
	snprintf(why, size, "exit code %d, said '%.200s', shown %zu of %zu bytes", outcome->code,
		 outcome->said, strlen(outcome->shown), strlen(sweep->expected));
	if (!told || (lines != 1 && !lasting) || outcome->code == 0)
		return SILENT;
	return outcome->code >= 125 ? FINE : SILENT;
}

static enum verdict judge(struct sweep *sweep, const struct outcome *outcome,
			  const struct fault *fault, char *why, size_t size)
{
	const bool killed = fault->kind == FAULT_KILL_DAVIT ||
			    (fault->kind == FAULT_KILL && fault->process == 0);
	enum verdict verdict;

	if (outcome->hung)
		return HANG;
	if (outcome->crash && outcome->began) {
		snprintf(why, size, "signal %d", outcome->crash);
		return CRASH;
	}
	if (outcome->crash || (killed && outcome->code == CODE_KILLED))
		return restore(sweep, why, size);
	/* Killed at its exec or later, it cannot be told from an app that was killed; the code says that. */
	if (fault->kind == FAULT_KILL && outcome->code == CODE_KILLED &&
	    is_beginning(outcome->shown, sweep->expected))
		return is_clean(sweep, why, size, WAIT_MOST) ? FINE : LEAK;
	verdict = judge_words(sweep, outcome, fault->lasting, why, size);
	if (verdict != FINE || is_clean(sweep, why, size, WAIT_MOST))
		return verdict;
	/* What cannot be removed now, and is said so, is the next command's. */
	return outcome->said[0] ? restore(sweep, why, size) : LEAK;
}

/* Returns false when the command does not make so many calls. */
static bool try_one(struct sweep *sweep, unsigned int process, unsigned int call, int kind)
{
	static struct outcome outcome;
	const struct fault fault = fault_make(kind, process, call, sweep->detached);
	char why[1024] = "";
	enum verdict verdict;

	trace_run(&outcome, sweep->argv, &fault);
	if (sweep->detached && !outcome.hung)
		fetch_detached(sweep, &outcome);
	verdict = judge(sweep, &outcome, &fault, why, sizeof(why));
	processes_kill();
	sweep->runs++;
	sweep->counts[verdict]++;
	if (verdict != FINE || sweep->verbose)
		printf("	%s: %s at call %u of process %u (number %ld): %s; %s\n",
		       verdict_names[verdict], fault_name(kind), call, process, outcome.number, why,
		       outcome.said[0] ? outcome.said : "-\n");
	if (verdict == LEAK || verdict == HANG)
		(void)restore(sweep, why, sizeof(why));
	return outcome.reached;
}

/* Every call of one process. davit itself is killed as the one that makes the call. */
static void sweep_process(struct sweep *sweep, unsigned int process)
{
	unsigned int call = 1 + (sweep->first + process) % sweep->stride, unreached = 0,
		     turn = process;
	int list[KINDS_MOST];
	size_t count = 0, i;

	for (i = 0; i < sweep->kinds.count; i++) {
		if ((process > 0 && !sweep->detached) || sweep->kinds.items[i] != FAULT_KILL_DAVIT)
			list[count++] = sweep->kinds.items[i];
	}
	for (; unreached < UNREACHED_MOST && count > 0; call += sweep->stride) {
		bool reached = false;

		for (i = 0; i < (sweep->kinds.turn ? 1 : count); i++)
			reached = try_one(sweep, process, call,
					  list[sweep->kinds.turn ? turn++ % count : i]) ||
				  reached;
		unreached = reached ? 0 : unreached + 1;
		sweep->points += reached;
	}
}

static bool arguments_take(struct sweep *sweep, int argc, char **argv)
{
	char all[] = FAULT_ALL;
	int option, i;

	kinds_take(&sweep->kinds, all);
	while ((option = getopt(argc, argv, "+d:k:ns:vx:")) != -1) {
		if (option == 'k' && !kinds_take(&sweep->kinds, optarg))
			return false;
		if (option == 's' && sscanf(optarg, "%u,%u", &sweep->stride, &sweep->first) < 1)
			return false;
		if (option == 'd')
			sweep->detached = optarg;
		sweep->left = sweep->left || option == 'n';
		if (option == 'x') {
			sweep->joined = strsep(&optarg, ",");
			sweep->joined_pid = optarg ? atoi(optarg) : 0;
			sweep->joined_count = processes_beside(sweep->joined_pid);
			if (!sweep->joined_count)
				return false;
		}
		sweep->verbose = sweep->verbose || option == 'v';
		if (option == '?')
			return false;
	}
	if (argc - optind < 5 || strcmp(argv[optind + 3], "--") != 0 || sweep->stride == 0)
		return false;
	sweep->name = argv[optind];
	sweep->tag = argv[optind + 1];
	sweep->root = argv[optind + 2];
	sweep->argv = argv + optind + 4;
	for (i = optind + 4; i < argc && strcmp(argv[i], "--") != 0; i++)
		continue;
	if (i >= argc - 1)
		return false;
	argv[i] = NULL;
	sweep->next = argv + i + 1;
	return true;
}

/* Twice without a fault: the same calls, the same look. */
static bool rehearse(struct sweep *sweep, unsigned int *processes)
{
	static struct outcome outcome;
	const struct fault none = { .kind = FAULT_NONE, .detached = sweep->detached };
	char why[1024] = "";
	unsigned int i;
	int round;

	for (round = 0; round < 2; round++) {
		trace_run(&outcome, sweep->argv, &none);
		if (sweep->detached)
			fetch_detached(sweep, &outcome);
		if (outcome.code != 0 || outcome.said[0] || outcome.crash || !outcome.started) {
			printf("fail %s-goes-well-undisturbed: exit code %d, %s\n", sweep->name,
			       outcome.code, outcome.said);
			return false;
		}
		if (round > 0 && strcmp(outcome.shown, sweep->expected) != 0)
			show_difference(why, sizeof(why), outcome.shown, sweep->expected);
		if (why[0] || !is_clean(sweep, why, sizeof(why), WAIT_MOST)) {
			printf("fail %s-looks-the-same-twice: %s\n", sweep->name, why);
			return false;
		}
		memcpy(sweep->expected, outcome.shown, sizeof(sweep->expected));
	}
	*processes = outcome.processes;
	printf("	%s: calls by process:", sweep->name);
	for (i = 0; i < outcome.processes; i++)
		printf(" %u", outcome.calls[i]);
	printf(", %u lines of what the app sees\n", lines_of(sweep->expected));
	fflush(stdout);
	return true;
}

int main(int argc, char **argv)
{
	static struct sweep sweep = { .stride = 1 };
	const long start = now_ms();
	unsigned int processes, i;
	bool bad = false;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!arguments_take(&sweep, argc, argv)) {
		fputs("usage: inject [-k KINDS] [-s STRIDE[,FIRST]] [-v] [-n | -d BOX | -x BOX,PID] NAME TAG ROOT -- DAVIT ARG... -- NEXT ARG...\n",
		      stderr);
		return 2;
	}
	if (!rehearse(&sweep, &processes))
		return 0;
	for (i = 0; i < processes; i++)
		sweep_process(&sweep, i);
	printf("	%s: %u runs at %u calls: %u refused, %u unharmed, %u put right by the next command",
	       sweep.name, sweep.runs, sweep.points, sweep.refused, sweep.unharmed, sweep.restored);
	for (i = HANG; i < VERDICTS; i++)
		printf(", %u %s", sweep.counts[i], verdict_names[i]);
	printf(" (%ld s)\n", (now_ms() - start) / 1000);
	for (i = HANG; i < VERDICTS; i++) {
		bad = bad || sweep.counts[i];
		printf("%s %s-with-a-fault-at-every-call-has-no-%s: %u of %u\n",
		       sweep.counts[i] ? "fail" : "pass", sweep.name, verdict_names[i],
		       sweep.counts[i], sweep.runs);
	}
	return 0;
}
