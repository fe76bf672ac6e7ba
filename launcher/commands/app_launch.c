/* SPDX-License-Identifier: MIT */
/* The launch of an app's version, and its end. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "commands/app.h"
#include "commands/options.h"
#include "sandbox/await.h"
#include "sandbox/detach.h"

/* As it was launched before, with another image. */
static int take_words(struct job *job, const struct app *app, const char *reference)
{
	const struct texts *lists[] = { &app->versions.options, NULL, &app->versions.command };
	struct texts argv = { 0 };
	size_t i, j;
	int ret = texts_add(&job->arena, &argv, "run");

	for (i = 0; i < 3 && ret == 0; i++) {
		if (!lists[i]) {
			ret = texts_add(&job->arena, &argv, "--");
			if (ret == 0)
				ret = texts_add(&job->arena, &argv, reference);
			continue;
		}
		for (j = 0; j < lists[i]->count && ret == 0; j++)
			ret = texts_add(&job->arena, &argv, lists[i]->items[j]);
	}
	if (ret < 0)
		return fail(ENOMEM, "%s", app->name);
	ret = options_parse(&job->request, &job->arena, (int)argv.count, (char **)argv.items);
	return ret > 0 ? fail(0, "%s: its options ask for help", app->name) : ret;
}

int app_prepare(struct job *job, const struct app *app, const struct version *version)
{
	const bool described = app->conf_text && !app->goes_back;
	const struct job given = *job;
	struct request *request = &job->request;
	struct app_conf conf;
	int ret;

	job_begin(job, app->argv);
	job->pinned = &version->descriptor;
	job->ran = given.ran;
	job->notify = given.notify;
	job->notifies = given.notifies;
	ret = described ?
		      app_conf_parse(&conf, request, &job->arena, app->conf_file, app->conf_text) :
		      take_words(job, app, version->reference);
	if (ret < 0)
		return ret;
	request->image = version->reference;
	request->name = app->name;
	request->detach = true;
	/* What is wrong with a value is said where its option is understood. */
	log_about(described ? app->conf_file : NULL);
	ret = job_make(job);
	log_about(NULL);
	return ret;
}

/* In the child: it ends with this davit, and with it the launch, whose davit then tells nobody. */
static _Noreturn void launch(const struct job *job, pid_t parent)
{
	struct arena arena = { 0 };
	sigset_t none;

	sigemptyset(&none);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ||
	    sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		_exit(EXIT_FAILED);
	_exit(detach_quietly(&arena, &job->plan, &job->host));
}

int app_detach(const struct job *job)
{
	const pid_t parent = getpid();
	pid_t pid = sys_fork_alike();
	int status;

	if (pid == 0)
		launch(job, parent);
	if (pid < 0) {
		fail(-pid, "launch %s", job->sandbox.name);
		return EXIT_FAILED;
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return EXIT_FAILED;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
}

int app_launch(struct app *app)
{
	const struct version *current = &app->versions.items[VERSION_CURRENT];
	struct job job = { .ran = true };
	int ret = app_prepare(&job, app, current);

	if (ret == 0 && app_detach(&job) != 0)
		ret = -ECANCELED;
	job_close(&job);
	return ret;
}

int app_stop(struct app *app)
{
	struct record record = { .dir = -1 };
	int number, seconds, ret = app_record(&record, app);

	if (ret <= 0)
		return ret;
	ret = 0;
	record_stop(&number, &seconds, app->arena, &record);
	if (record.state != RECORD_EXITED)
		ret = await_stop(&record, verb_run_root(), number, seconds);
	if (ret == 0)
		ret = await_remove(&record, verb_run_root());
	record_close(&record);
	app->recorded = app->runs = false;
	app->digest = NULL;
	return ret;
}
