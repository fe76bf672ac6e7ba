/* SPDX-License-Identifier: MIT */
/* Last steps: session, working directory, descriptors, and the app itself. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"
#include "base/tree.h"
#include "config.h"
#include "sandbox/step.h"

enum { REPORT_FD = 3, APP_UMASK = 022 };

/* A process that joins has none yet. */
static int take_terminal(const struct box *box)
{
	int ret = box->terminal >= 0 ? terminal_attach(box) : 0;

	return ret < 0 || box->terminal < 0 ? ret : terminal_control();
}

/* A directory among them would be a way out of the tree. */
static int check_standard(void)
{
	struct stat st;
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fstat(fd, &st) < 0)
			return -errno;
		if (S_ISDIR(st.st_mode))
			return -EISDIR;
	}
	return 0;
}

/* Where stream FD is to come from: a pipe to davit, nowhere (-1 and *null), or the caller (-1). */
static int stream_source(const struct box *box, int fd, bool detached, bool *null)
{
	const struct sandbox *sandbox = box->plan->sandbox;

	*null = box->streams[fd] < 0 && (fd == STDIN_FILENO ? !sandbox->interactive : detached);
	return box->streams[fd];
}

/* A pipe is the app's: it may open /dev/stdout, whoever it is. Where it cannot be given away, it still works. */
static int take_pipe(const struct box *box, int from, int to)
{
	if (fchown(from, box->uid, (gid_t)-1) < 0 && errno != EPERM && errno != EINVAL)
		return -errno;
	return dup2(from, to) < 0 ? -errno : 0;
}

static int take_streams(const struct box *box, bool detached)
{
	int fd, ret = 0;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO && ret == 0; fd++) {
		autoclose int nowhere = -1;
		bool null;
		int from = stream_source(box, fd, detached, &null);

		if (null)
			nowhere = openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
		if (null && (nowhere < 0 || dup2(nowhere, fd) < 0))
			ret = -errno;
		else if (from >= 0)
			ret = take_pipe(box, from, fd);
	}
	return ret;
}

/* What a service manager spares from the out-of-memory killer is davit, not the app. Raising needs no right. */
static int give_up_sparing(void)
{
	char text[16];
	ssize_t got = sys_read_file(text, sizeof(text), AT_FDCWD, "/proc/self/oom_score_adj");

	if (got < 0)
		return (int)got;
	return text[0] == '-' ? sys_write_file(AT_FDCWD, "/proc/self/oom_score_adj", "0") : 0;
}

int step_session(const struct step *step, struct box *box)
{
	const struct sandbox *sandbox = box->plan->sandbox;
	int ret = sys_new_keyring();

	if (ret == 0)
		ret = give_up_sparing();
	if (ret < 0)
		return ret;
	if (setsid() < 0)
		return -errno;
	/* Returns the mask before, which is the child's own. */
	if (umask(APP_UMASK) != 0)
		return -EPERM;
	if (CONFIG_TERMINAL && sandbox->terminal)
		return take_terminal(box);
	ret = take_streams(box, sandbox->detached || step->flags);
	return ret < 0 ? ret : check_standard();
}

int step_workdir(const struct step *step, struct box *box)
{
	autoclose int fd = tree_mkdir(box->root, step->target, 0755);

	return fd < 0 ? fd : 0;
}

/* A directory that cannot be named from the root is outside of it. */
int step_enter(const struct step *step, struct box *box)
{
	char path[PATH_MAX];

	(void)box;
	if (chdir(step->target) < 0 || !getcwd(path, sizeof(path)))
		return -errno;
	return path[0] == '/' ? 0 : -EXDEV;
}

/* The socket to davit moves to number 3 and closes itself at exec; everything above goes now. */
int step_descriptors(const struct step *step, struct box *box)
{
	(void)step;
	if (box->report != REPORT_FD) {
		if (dup3(box->report, REPORT_FD, O_CLOEXEC) < 0)
			return -errno;
		box->report = REPORT_FD;
	}
	return sys_close_from(REPORT_FD + 1);
}

static void fill_env(struct box *box)
{
	const struct texts *env = &box->plan->sandbox->env;
	size_t count = 0, i;
	bool home = false;

	for (i = 0; i < env->count; i++) {
		home = home || strncmp(env->items[i], "HOME=", 5) == 0;
		box->env[count++] = env->items[i];
	}
	if (!home)
		box->env[count++] = box->home;
	box->env[count] = NULL;
}

static const char *search_path(const struct box *box)
{
	size_t i;

	for (i = 0; box->env[i]; i++) {
		if (strncmp(box->env[i], "PATH=", 5) == 0)
			return box->env[i] + 5;
	}
	return "/bin";
}

/* As the shell: the first that can be executed; "permission denied" is kept in mind, "not found" is not. */
int step_exec(const struct step *step, struct box *box)
{
	char *const *argv = (char *const *)box->plan->sandbox->argv.items;
	char path[PATH_MAX];
	const char *at;
	int ret = -ENOENT;

	(void)step;
	fill_env(box);
	if (strchr(argv[0], '/')) {
		(void)execve(argv[0], argv, (char *const *)box->env);
		return -errno;
	}
	for (at = search_path(box); at; at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL) {
		int length = (int)strcspn(at, ":");

		if (snprintf(path, sizeof(path), "%.*s/%s", length, at, argv[0]) >= (int)sizeof(path))
			return -ENAMETOOLONG;
		(void)execve(path, argv, (char *const *)box->env);
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			return -errno;
		if (errno == EACCES)
			ret = -EACCES;
	}
	return ret;
}
