/* SPDX-License-Identifier: MIT */
/* Cut the power, on a model of the disk, everywhere in a davit command, and judge each state that
 *may be left.
 *
 *	cuts [-l] [-k] [-v] [-f KINDS | -j WORKERS] [-a APP] [-r WORDS] [-e EVERY] [-n N] [-u APP]
 *-s WORDS NAME FOLDER -- DAVIT ARG...
 *
 * FOLDER/top/store is the store to begin with (it may be missing); davit's DAVIT_ROOT and
 * DAVIT_RUN_ROOT are set here. -a: an image in it that could run before; -r: davit run's words that
 * run it, at every EVERYth cut (20); -n: of all cuts one in N, where each takes long. -u: an app
 *that has versions; it runs before, and after each cut davit start brings it up. -s: the words of
 *the davit command that gives space back. -l: more combinations. -k: the command was killed once,
 *anywhere, and the power is cut in the next one.
 *
 * -f: no cuts; instead each system call fails, or is where davit is killed: KINDS as those of
 * inject, by comma.
 *
 * Prints a line per result, and before it how many cuts there were. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crash.h"
#include "faults.h"
#include "judge.h"

enum { SHOWN_MOST = 5, POINTS_MOST = 4096, WORKERS_MOST = 16 };

/* What all workers add to. */
struct sums {
	unsigned int cuts, judged, bad, ran;
};

struct work {
	const char *name, *folder;
	bool thorough, killed, verbose;
	char *kinds;
	unsigned int workers, worker, next, one_in;
	struct judge judge;
	struct recording *recordings;
	int *first;
	int recording_count;
	const struct disk *base;
	struct sums *sums;
};

static char *join(const char *a, const char *b, const char *c)
{
	char *text = NULL;

	if (asprintf(&text, "%s%s%s", a, b, c) < 0)
		exit(2);
	return text;
}

/* DAVIT and WORDS, for exec. */
static void split(char **out, char *davit, const char *words)
{
	char *copy = strdup(words), *word;
	int count = 0;

	out[count++] = davit;
	while (copy && (word = strsep(&copy, " ")) && count < WORDS_MOST - 1)
		out[count++] = word;
	out[count] = NULL;
}

static bool arguments_take(struct work *work, int argc, char **argv)
{
	const char *run = NULL, *sweep = NULL;
	struct judge *judge = &work->judge;
	int option;

	while ((option = getopt(argc, argv, "+a:e:f:j:kln:r:s:u:v")) != -1) {
		if (option == '?')
			return false;
		if (option == 'a')
			judge->app = optarg;
		if (option == 'e')
			judge->every = (unsigned int)atoi(optarg);
		if (option == 'f')
			work->kinds = optarg;
		if (option == 'j')
			work->workers = (unsigned int)atoi(optarg);
		if (option == 'n')
			work->one_in = (unsigned int)atoi(optarg);
		if (option == 'r')
			run = optarg;
		if (option == 'u')
			judge->live = optarg;
		if (option == 's')
			sweep = optarg;
		work->killed = work->killed || option == 'k';
		work->thorough = work->thorough || option == 'l';
		work->verbose = work->verbose || option == 'v';
	}
	if (argc - optind < 4 || strcmp(argv[optind + 2], "--") != 0 || !sweep || !judge->every ||
	    !work->workers || !work->one_in || work->workers > WORKERS_MOST)
		return false;
	work->name = argv[optind];
	work->folder = realpath(argv[optind + 1], NULL);
	if (!work->folder)
		exit(2);
	judge->command = argv + optind + 3;
	split(judge->sweep, judge->command[0], sweep);
	split(judge->starts, judge->command[0], "images");
	if (run)
		split(judge->program, judge->command[0], run);
	return true;
}

/* A store and a run folder of its own. */
static void use_folder(struct work *work, const char *name)
{
	struct judge *judge = &work->judge;
	char *folder = join(work->folder, "/", name), *store;

	judge->top = join(folder, "/", "top");
	judge->run = join(folder, "/", "run");
	store = join(judge->top, "/", "store");
	(void)mkdir(folder, 0755);
	(void)mkdir(judge->run, 0700);
	if (mkdir(judge->top, 0755) < 0 && errno != EEXIST)
		exit(2);
	setenv("DAVIT_ROOT", store, 1);
	setenv("DAVIT_RUN_ROOT", judge->run, 1);
	free(folder);
	free(store);
}

/* --- recording ------------------------------------------------------------------------------------------- */

static bool start_live(const struct work *work)
{
	char *start[] = { work->judge.command[0], "start", work->judge.live, NULL };
	char said[512];

	if (!work->judge.live || plain_run(said, sizeof(said), start) == 0)
		return true;
	snprintf(work->recordings[0].wrong, sizeof(work->recordings[0].wrong), "%.400s", said);
	return false;
}

static bool record(struct work *work, const struct fault *fault)
{
	static struct outcome outcome;
	struct recording *recording = &work->recordings[work->recording_count];
	int *first = &work->first[work->recording_count];

	judge_begin(&work->judge, work->base);
	if (!start_live(work))
		return false;
	record_begin(recording, work->judge.top);
	*first = 0;
	if (fault) {
		if (!record_run(recording, &outcome, work->judge.command, fault))
			return false;
		*first = recording->count;
		processes_kill();
		/* With what it launched goes the machine: all that is there is on the disk. */
		if (work->judge.live) {
			judge_restart(&work->judge);
			record_restart(recording);
			*first = recording->count;
		}
	}
	if (!record_run(recording, &outcome, work->judge.command, NULL))
		return false;
	if (outcome.code != 0 && !recording->wrong[0])
		snprintf(recording->wrong, sizeof(recording->wrong), "exit code %d, %.300s",
			 outcome.code, outcome.said);
	processes_kill();
	return !recording->wrong[0];
}

/* Once; or, once for each call that changes something, killed there and then as a whole. */
static bool record_all(struct work *work)
{
	struct recording whole;
	int i;

	work->recordings = calloc(POINTS_MOST, sizeof(*work->recordings));
	work->first = calloc(POINTS_MOST, sizeof(*work->first));
	if (!work->recordings || !work->first || !record(work, NULL))
		return false;
	work->recording_count = 1;
	if (!work->killed)
		return true;
	whole = work->recordings[0];
	work->recording_count = 0;
	for (i = 0; i < whole.count && work->recording_count < POINTS_MOST; i++) {
		const struct fault fault = { .kind = FAULT_KILL,
					     .process = whole.ops[i].process,
					     .call = whole.ops[i].count };

		/* A rename is two changes. */
		if (i > 0 && whole.ops[i].count == whole.ops[i - 1].count)
			continue;
		if (!record(work, &fault)) {
			work->recordings[0] = work->recordings[work->recording_count];
			return false;
		}
		work->recording_count++;
	}
	return true;
}

static void show_changes(const struct recording *recording)
{
	static const char *const kinds[] = { "name", "data", "owner", "fsync", "sync of all" };
	int i;

	for (i = 0; i < recording->count; i++)
		printf("	%d: %s of %d in %d: %s (call %u of process %u)\n", i + 1,
		       kinds[recording->ops[i].kind], recording->ops[i].file, recording->ops[i].dir,
		       recording->ops[i].what, recording->ops[i].count, recording->ops[i].process);
}

/* --- judging --------------------------------------------------------------------------------------------- */

static void take_cut(void *data, const struct cut *cut)
{
	struct work *work = data;
	char why[1024];

	/* What was not chosen is not counted either. */
	if (cut->hash % work->one_in != 0)
		return;
	if (work->next++ % work->workers != work->worker)
		return;
	__atomic_add_fetch(&work->sums->judged, 1, __ATOMIC_RELAXED);
	if (judge_cut(why, sizeof(why), &work->judge, cut->disk, cut->ended)) {
		if (work->verbose)
			printf("	fine: %s\n", cut->how);
		return;
	}
	if (__atomic_add_fetch(&work->sums->bad, 1, __ATOMIC_RELAXED) <= SHOWN_MOST || work->verbose)
		printf("	%s%s: %s\n", cut->how, cut->ended ? ", after its success" : "", why);
}

static void judge_all(struct work *work)
{
	struct crash_order order = { .seen = seen_new(),
				     .thorough = work->thorough,
				     .succeeds = true,
				     .take = take_cut,
				     .data = work };
	unsigned int cuts = 0;
	char name[16];
	int i;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	snprintf(name, sizeof(name), "work%u", work->worker);
	use_folder(work, name);
	for (i = 0; i < work->recording_count; i++) {
		order.first = work->first[i];
		cuts += crash_each(&work->recordings[i], &order);
	}
	/* Some are judged twice, as those after the end. */
	work->sums->cuts = work->one_in == 1 ? cuts : work->next;
	__atomic_add_fetch(&work->sums->ran, work->judge.ran, __ATOMIC_RELAXED);
}

static void judge_together(struct work *work)
{
	pid_t workers[WORKERS_MOST];
	int status;

	work->sums = mmap(NULL, sizeof(*work->sums), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (work->sums == MAP_FAILED)
		exit(2);
	for (work->worker = 0; work->worker < work->workers; work->worker++) {
		workers[work->worker] = fork();
		if (workers[work->worker] == 0) {
			judge_all(work);
			processes_kill();
			exit(0);
		}
	}
	for (work->worker = 0; work->worker < work->workers; work->worker++) {
		if (waitpid(workers[work->worker], &status, 0) < 0 || status != 0)
			work->sums->bad++;
	}
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
	static struct work work = { .workers = 2, .one_in = 1, .judge.every = 20 };
	struct disk base = { 0 };
	const long start = now_ms();
	char *top;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!arguments_take(&work, argc, argv)) {
		fputs("usage: cuts [-l] [-k] [-v] [-f KINDS | -j WORKERS] [-a APP] [-r WORDS] [-e EVERY] [-n N] [-u APP] -s WORDS NAME FOLDER -- DAVIT ARG...\n",
		      stderr);
		return 2;
	}
	top = join(work.folder, "/", "top");
	disk_read(&base, top);
	work.base = &base;
	use_folder(&work, "record");
	if (!record_all(&work)) {
		printf("fail %s-is-recorded: %s\n", work.name, work.recordings[0].wrong);
		return 0;
	}
	if (work.verbose)
		show_changes(&work.recordings[0]);
	work.judge.old = &base;
	work.judge.new = &work.recordings[0].now;
	if (work.kinds)
		return faults_try(work.name, &work.judge, work.kinds);
	judge_together(&work);
	printf("	%s: %d changes in %d run%s, %u cuts, %u with the app run (%ld.%01ld s)\n",
	       work.name, work.recordings[0].count, work.recording_count,
	       work.recording_count == 1 ? "" : "s", work.sums->cuts, work.sums->ran,
	       (now_ms() - start) / 1000, (now_ms() - start) % 1000 / 100);
	printf("cuts %u\n", work.sums->cuts);
	printf("%s %s-survives-every-power-cut: %u of %u\n", work.sums->bad ? "fail" : "pass",
	       work.name, work.sums->bad, work.sums->cuts);
	return 0;
}
