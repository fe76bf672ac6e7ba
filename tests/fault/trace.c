/* SPDX-License-Identifier: MIT */
/* Follow davit and its children by ptrace(2), count their system calls, and let one of them fail or be the last. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"
#include "machine.h"

enum {
	SECONDS_MOST = 10,
	STOP_CALL = SIGTRAP | 0x80,
	SIGNALED = 128,
	TAIL_TICKS = 20,
	TICK = 100000
};

/* 32-bit machines have two, which musl names by their time. */
#ifndef SYS_clock_nanosleep
#define SYS_clock_nanosleep SYS_clock_nanosleep_time64
#endif

#define OPTIONS                                                                                   \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
	 PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

struct tracee {
	pid_t pid;    /* 0: over, or an app by now */
	bool inside;  /* between entry and exit of a call */
	bool answers; /* the call is not made, and is to return this: */
	long answer;
	struct trace_call call;
};

struct trace {
	struct tracee tracees[PROCESSES];
	const struct fault *fault;
	struct outcome *outcome;
	struct stat program; /* davit's own file */
	pid_t davit;
	bool over; /* davit itself has ended */
};

static volatile sig_atomic_t ticks;

static void tick(int number)
{
	(void)number;
	ticks++;
}

static void give_up(const char *what)
{
	perror(what);
	exit(2);
}

static struct tracee *tracee_of(struct trace *trace, pid_t pid)
{
	unsigned int i;

	for (i = 0; i < trace->outcome->processes; i++) {
		if (trace->tracees[i].pid == pid)
			return &trace->tracees[i];
	}
	return NULL;
}

static struct tracee *tracee_add(struct trace *trace, pid_t pid)
{
	struct tracee *tracee = tracee_of(trace, pid);

	if (tracee)
		return tracee;
	if (trace->outcome->processes == PROCESSES)
		give_up("too many processes");
	tracee = &trace->tracees[trace->outcome->processes++];
	*tracee = (struct tracee){ .pid = pid };
	return tracee;
}

static void kill_all(struct trace *trace)
{
	unsigned int i;

	for (i = 0; i < trace->outcome->processes; i++) {
		if (trace->tracees[i].pid > 0 && (i > 0 || !trace->over))
			kill(trace->tracees[i].pid, SIGKILL);
	}
}

/* What is said about a fault must get through, and an end cannot fail for ever. An app whose log
 * cannot be written at all goes on without: that is meant, and nobody is there to be told. */
static bool is_exempt(const struct ptrace_syscall_info *info)
{
	const long number = (long)info->entry.nr;

	return number == SYS_exit_group || number == SYS_pwrite64 || number == SYS_exit ||
	       number == SYS_rt_sigreturn ||
	       ((number == SYS_write || number == SYS_writev) && info->entry.args[0] == STDERR_FILENO);
}

/* Linux closes a descriptor whatever it returns. That it does not is tried once at a time. */
static bool is_harmless(const struct fault *fault, const struct ptrace_syscall_info *info)
{
	return (fault->lasting || fault->hurry) && (long)info->entry.nr == SYS_close;
}

static bool is_chosen(struct trace *trace, unsigned int process,
		      const struct ptrace_syscall_info *info)
{
	struct outcome *outcome = trace->outcome;
	const struct fault *fault = trace->fault;

	if (fault->kind == FAULT_NONE)
		return false;
	if (!outcome->reached && process == fault->process && outcome->calls[process] == fault->call) {
		outcome->reached = true;
		outcome->number = (long)info->entry.nr;
		return !fault->lasting || !is_exempt(info);
	}
	return fault->lasting && outcome->reached && outcome->number == (long)info->entry.nr &&
	       !is_exempt(info);
}

static void call_enter(struct trace *trace, struct tracee *tracee,
		       const struct ptrace_syscall_info *info)
{
	const unsigned int process = (unsigned int)(tracee - trace->tracees);
	struct outcome *outcome = trace->outcome;
	unsigned int i;

	/* davit's main() begins with this call; what is before it is the C library's. */
	if ((long)info->entry.nr == SYS_prctl && info->entry.args[0] == PR_SET_DUMPABLE &&
	    !outcome->reached)
		outcome->began = true;
	outcome->calls[process]++;
	tracee->call = (struct trace_call){ .pid = tracee->pid,
					    .process = process,
					    .count = outcome->calls[process],
					    .number = (long)info->entry.nr };
	for (i = 0; i < 6; i++)
		tracee->call.args[i] = info->entry.args[i];
	if (!is_chosen(trace, process, info)) {
		if (trace->fault->hurry &&
		    (tracee->call.number == SYS_nanosleep ||
		     tracee->call.number == SYS_clock_nanosleep) &&
		    call_replace(tracee->pid, SYS_getpid) == 0) {
			tracee->answers = true;
			tracee->answer = 0;
		}
		return;
	}
	if (trace->fault->kind == FAULT_KILL && trace->fault->whole)
		kill_all(trace);
	else if (trace->fault->kind == FAULT_KILL)
		kill(tracee->pid, SIGKILL);
	else if (trace->fault->kind == FAULT_KILL_DAVIT)
		kill(trace->davit, SIGKILL);
	else if (is_harmless(trace->fault, info) || call_replace(tracee->pid, SYS_getpid) == 0) {
		tracee->answers = true;
		tracee->answer = -trace->fault->kind;
	}
}

static void call_stop(struct trace *trace, struct tracee *tracee)
{
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, sizeof(info), &info) < 0) {
		if (errno != ESRCH)
			give_up("PTRACE_GET_SYSCALL_INFO");
		return;
	}
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		call_enter(trace, tracee, &info);
	} else if (tracee->answers) {
		(void)call_answer(tracee->pid, tracee->answer);
		tracee->answers = false;
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && trace->fault->watcher) {
		tracee->call.result = (long)info.exit.rval;
		trace->fault->watcher->call(trace->fault->watcher->data, &tracee->call);
	}
}

/* davit may execute itself again; anything else is the app, which is left in peace. */
static bool is_app(const struct trace *trace, pid_t pid)
{
	char path[32], target[64] = "";
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if (stat(path, &st) < 0 || readlink(path, target, sizeof(target) - 1) < 0)
		return true;
	return strncmp(target, "/memfd:", 7) != 0 &&
	       (st.st_dev != trace->program.st_dev || st.st_ino != trace->program.st_ino);
}

/* Returns the signal that the process goes on with, or -1 when it is not ours any more. */
static int event_take(struct trace *trace, struct tracee *tracee, int status)
{
	const int event = status >> 16, number = WSTOPSIG(status);
	unsigned long child;

	if (number == STOP_CALL) {
		call_stop(trace, tracee);
		return 0;
	}
	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		if (ptrace(PTRACE_GETEVENTMSG, tracee->pid, NULL, &child) == 0)
			tracee_add(trace, (pid_t)child);
		return 0;
	case PTRACE_EVENT_EXEC:
		if (!is_app(trace, tracee->pid)) {
			trace->outcome->began = false;
			return 0;
		}
		if (trace->fault->whole)
			return 0;
		trace->outcome->started = true;
		ptrace(PTRACE_DETACH, tracee->pid, NULL, NULL);
		tracee->pid = 0;
		return -1;
	default:
		/* A new process begins with this one. */
		return number == SIGSTOP || number == SIGTRAP ? 0 : number;
	}
}

static void take_end(struct trace *trace, struct tracee *tracee, pid_t pid, int status)
{
	static const int crashes[] = { SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS };
	size_t i;

	for (i = 0; i < sizeof(crashes) / sizeof(crashes[0]) && WIFSIGNALED(status) && tracee; i++) {
		if (WTERMSIG(status) == crashes[i])
			trace->outcome->crash = crashes[i];
	}
	if (pid == trace->davit) {
		trace->over = true;
		trace->outcome->code =
			WIFSIGNALED(status) ? SIGNALED + WTERMSIG(status) : WEXITSTATUS(status);
	}
	if (tracee && tracee != trace->tracees)
		tracee->pid = 0;
}

/* One event. Returns false when there is no process any more, or nothing happens although davit has ended. */
static bool follow(struct trace *trace)
{
	const bool killed =
		trace->fault->kind == FAULT_KILL || trace->fault->kind == FAULT_KILL_DAVIT;
	int status, number;
	pid_t pid = waitpid(-1, &status, __WALL);
	struct tracee *tracee = tracee_of(trace, pid);

	if (pid < 0 && errno == EINTR) {
		if (ticks > SECONDS_MOST * (1000000 / TICK) && !trace->outcome->hung) {
			trace->outcome->hung = !trace->over || trace->fault->detached;
			kill_all(trace);
		}
		return !trace->over || trace->fault->detached || (killed && ticks < TAIL_TICKS);
	}
	if (pid < 0)
		return false;
	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		take_end(trace, tracee, pid, status);
		/* A killed davit's children have a while to go. */
		if (trace->over)
			ticks = 0;
		return true;
	}
	if (!tracee)
		tracee = tracee_add(trace, pid);
	number = event_take(trace, tracee, status);
	if (number >= 0)
		ptrace(PTRACE_SYSCALL, tracee->pid, NULL, number);
	return true;
}

static void use_streams(int out, int err)
{
	int null = open("/dev/null", O_RDONLY);

	if (dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(err, STDERR_FILENO) < 0)
		_exit(99);
	close(null);
	close(out);
	if (err != out)
		close(err);
}

static void take_text(char *text, int fd)
{
	ssize_t got = pread(fd, text, TEXT_ROOM - 1, 0);

	text[got < 0 ? 0 : got] = '\0';
	close(fd);
}

static void set_ticking(long period)
{
	const struct itimerval timer = { .it_interval = { .tv_usec = period },
					 .it_value = { .tv_usec = period } };
	struct sigaction action = { .sa_handler = tick };

	sigaction(SIGALRM, &action, NULL);
	ticks = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
}

void trace_run(struct outcome *outcome, char *const *argv, const struct fault *fault)
{
	struct trace trace = { .fault = fault, .outcome = outcome };
	int out = memfd_create("out", 0), err = memfd_create("err", 0), status;
	pid_t pid;

	*outcome = (struct outcome){ .processes = 0 };
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (out < 0 || err < 0 || stat(argv[0], &trace.program) < 0)
		give_up(argv[0]);
	pid = fork();
	if (pid == 0) {
		use_streams(out, err);
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(98);
		raise(SIGSTOP);
		execv(argv[0], argv);
		_exit(97);
	}
	tracee_add(&trace, pid);
	trace.davit = pid;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS) < 0 ||
	    ptrace(PTRACE_CONT, pid, NULL, 0) < 0)
		give_up("ptrace");
	/* The program's first stop: davit has been executed. */
	if (waitpid(pid, &status, 0) != pid || status >> 8 != (SIGTRAP | PTRACE_EVENT_EXEC << 8) ||
	    ptrace(PTRACE_SYSCALL, pid, NULL, 0) < 0)
		give_up(argv[0]);
	set_ticking(TICK);
	while (follow(&trace))
		continue;
	set_ticking(0);
	take_text(outcome->shown, out);
	take_text(outcome->said, err);
}

bool processes_left(void)
{
	pid_t pid;

	do {
		pid = waitpid(-1, NULL, __WALL | WNOHANG);
	} while (pid > 0);
	return pid == 0;
}

static bool is_child(const char *pid)
{
	char path[64];
	int parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	/* The name is in brackets, and may be anything but one. proc_pid_stat(5) */
	if (fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1)
		parent = 0;
	fclose(file);
	return parent == getpid();
}

/* A board's kernel has no list of children (CONFIG_PROC_CHILDREN). */
static void kill_children(void)
{
	DIR *list = opendir("/proc");
	struct dirent *entry;

	while (list && (entry = readdir(list))) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && is_child(entry->d_name))
			kill(atoi(entry->d_name), SIGKILL);
	}
	if (list)
		closedir(list);
}

void processes_kill(void)
{
	/* The children of one that ends become ours. */
	do {
		kill_children();
	} while (waitpid(-1, NULL, __WALL) > 0);
}

int plain_run(char *said, size_t size, char *const *argv)
{
	int out = memfd_create("out", 0), status;
	ssize_t got;
	pid_t pid = fork();

	if (pid == 0) {
		use_streams(out, out);
		execv(argv[0], argv);
		_exit(97);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		give_up(argv[0]);
	got = pread(out, said, size - 1, 0);
	said[got < 0 ? 0 : got] = '\0';
	close(out);
	return WIFSIGNALED(status) ? SIGNALED + WTERMSIG(status) : WEXITSTATUS(status);
}
