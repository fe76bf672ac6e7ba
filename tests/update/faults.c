/* SPDX-License-Identifier: MIT */
/* Faults at system calls, and what they leave in a store. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../fault/fault.h"
#include "crash.h"
#include "faults.h"

enum { UNREACHED_MOST = 3, SHOWN_MOST = 10 };

/* What can go wrong. */
enum verdict { FINE, HANG, CRASH, SILENT, BROKEN, VERDICTS };

static const char *const verdict_names[] = { "fine", "hang", "crash", "silence", "broken-store" };

struct faults {
	struct judge *judge;
	struct kinds kinds;
	struct seen *seen; /* states that passed already */
	struct outcome outcome;
	unsigned int runs, counts[VERDICTS], states, done;
};

/* A line that says why, and an exit code that says so too. Where a fault lasts, and of an update,
 * whose launch says why and whose davit says what becomes of it, it may be more lines. */
static bool is_told(const struct outcome *outcome, bool more)
{
	const char *line = outcome->said;

	if (outcome->code == 0)
		return true;
	do {
		if (strncmp(line, "davit: ", 7) != 0 || !strchr(line, '\n'))
			return false;
		line = strchr(line, '\n') + 1;
	} while (*line && more);
	return !*line;
}

static enum verdict judge_state(struct faults *faults, bool ended, char *why, size_t size)
{
	struct judge *judge = faults->judge;
	struct disk disk = { 0 };
	bool good = true;

	disk_read(&disk, judge->top);
	if (!seen_add(faults->seen, disk_hash(&disk, DISK_TOP) + ended)) {
		faults->states++;
		good = judge_cut(why, size, judge, &disk, ended);
	}
	disk_free(&disk);
	return good ? FINE : BROKEN;
}

static enum verdict judge_run(struct faults *faults, const struct fault *fault, char *why, size_t size)
{
	const struct outcome *outcome = &faults->outcome;
	const bool killed = fault->kind == FAULT_KILL || fault->kind == FAULT_KILL_DAVIT;

	snprintf(why, size, "exit code %d, said '%.300s'", outcome->code, outcome->said);
	if (outcome->hung)
		return HANG;
	if (outcome->crash && outcome->began)
		return CRASH;
	if (!killed && !outcome->crash && !is_told(outcome, fault->lasting || faults->judge->live))
		return SILENT;
	faults->done += outcome->code == 0;
	return judge_state(faults, outcome->code == 0, why, size);
}

/* Returns false when the command does not make so many calls. */
static bool try_one(struct faults *faults, unsigned int process, unsigned int call, int kind)
{
	struct judge *judge = faults->judge;
	struct fault fault = fault_make(kind, process, call, false);
	enum verdict verdict;
	bool reached;
	char why[1024];

	fault.hurry = true;
	judge_begin(judge, judge->old);
	trace_run(&faults->outcome, judge->command, &fault);
	reached = faults->outcome.reached;
	if (!reached)
		return false;
	verdict = judge_run(faults, &fault, why, sizeof(why));
	processes_kill();
	faults->runs++;
	if (verdict != FINE && faults->counts[verdict]++ < SHOWN_MOST)
		printf("	%s: %s at call %u of process %u (number %ld): %s\n",
		       verdict_names[verdict], fault_name(kind), call, process,
		       faults->outcome.number, why);
	return true;
}

static void try_process(struct faults *faults, unsigned int process)
{
	unsigned int call, unreached = 0, turn = process;
	size_t i;

	for (call = 1; unreached < UNREACHED_MOST; call++) {
		bool reached = false;

		for (i = 0; i < (faults->kinds.turn ? 1 : faults->kinds.count); i++)
			reached = try_one(faults, process, call,
					  faults->kinds.items[faults->kinds.turn ?
								      turn++ % faults->kinds.count :
								      i]) ||
				  reached;
		unreached = reached ? 0 : unreached + 1;
	}
}

int faults_try(const char *name, struct judge *judge, char *kinds)
{
	static struct faults faults;
	const struct fault none = { .kind = FAULT_NONE };
	unsigned int processes, i;

	faults.judge = judge;
	faults.seen = seen_new();
	if (!kinds_take(&faults.kinds, kinds))
		return 2;
	judge_begin(judge, judge->old);
	trace_run(&faults.outcome, judge->command, &none);
	processes = faults.outcome.processes;
	for (i = 0; i < processes; i++)
		try_process(&faults, i);
	printf("	%s: %u runs, %u of them went well, %u states of the store", name,
	       faults.runs, faults.done, faults.states);
	for (i = HANG; i < VERDICTS; i++)
		printf(", %u %s", faults.counts[i], verdict_names[i]);
	printf("\n");
	for (i = HANG; i < VERDICTS; i++)
		printf("%s %s-with-a-fault-at-every-call-has-no-%s: %u of %u\n",
		       faults.counts[i] ? "fail" : "pass", name, verdict_names[i], faults.counts[i],
		       faults.runs);
	return 0;
}
