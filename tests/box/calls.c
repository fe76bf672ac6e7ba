/* SPDX-License-Identifier: MIT */
/* Makes every system call there is, in a child each, with all arguments -1 and with all 0 (calls
 * try: a line NUMBER OUTCOME OUTCOME each); judges what two such runs show, one of them without a
 * filter, against the policy (calls judge FILTERED UNCONFINED); tries the ways round a filter that
 * this machine's instructions offer (calls round). Results are lines as tests print them.
 *
 * With such arguments no call does anything outside of its process. The policy's answers,
 * calls_table.h, are made by tests/box/material from the policy's text, without davit. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calls_table.h"

/* Outcomes that are no errno. 0: it came back well. */
enum { OUTCOME_ENDED = 1000, OUTCOME_HUNG = 1001, OUTCOME_SIGNAL = 2000 };
enum { NUMBERS = 512, PRIVATE = 0xf0000, PRIVATE_COUNT = 16, PATIENCE = 300 /* milliseconds */ };

/* Written by the child where the parent sees it, without a system call. */
static volatile struct {
	int done;
	long result;
} * told;

/* Not the C library's syscall(): vfork(2) comes back twice into the same function. */
#if defined __x86_64__
static inline long call(long n, long a)
{
	long ret;
	register long r10 __asm__("r10") = a, r8 __asm__("r8") = a, r9 __asm__("r9") = a;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(n), "D"(a), "S"(a), "d"(a), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
#elif defined __aarch64__
static inline long call(long n, long a)
{
	register long x8 __asm__("x8") = n, x0 __asm__("x0") = a, x1 __asm__("x1") = a,
			 x2 __asm__("x2") = a, x3 __asm__("x3") = a, x4 __asm__("x4") = a,
			 x5 __asm__("x5") = a;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#elif defined __riscv
static inline long call(long n, long a)
{
	register long a7 __asm__("a7") = n, a0 __asm__("a0") = a, a1 __asm__("a1") = a,
			 a2 __asm__("a2") = a, a3 __asm__("a3") = a, a4 __asm__("a4") = a,
			 a5 __asm__("a5") = a;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
			 : "memory");
	return a0;
}
#else
static inline long call(long n, long a)
{
	register long r7 __asm__("r7") = n, r0 __asm__("r0") = a, r1 __asm__("r1") = a,
			 r2 __asm__("r2") = a, r3 __asm__("r3") = a, r4 __asm__("r4") = a,
			 r5 __asm__("r5") = a;

	__asm__ volatile("svc 0"
			 : "+r"(r0)
			 : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5)
			 : "memory");
	return r0;
}
#endif

static void make_call(long number, long argument)
{
	long result = call(number, argument);

	told->result = result;
	told->done = 1;
	_exit(0);
}

/* Wait for the child, a while at most. */
static int outcome_of(pid_t child, const sigset_t *chld)
{
	const struct timespec patience = { .tv_nsec = PATIENCE * 1000000L };
	int status;
	pid_t got;

	while ((got = waitpid(child, &status, WNOHANG | __WALL)) == 0) {
		if (sigtimedwait(chld, NULL, &patience) < 0 && errno == EAGAIN)
			break;
	}
	if (got == 0) {
		kill(child, SIGKILL);
		waitpid(child, &status, __WALL);
	}
	if (told->done)
		return told->result < 0 && told->result > -4096 ? (int)-told->result : 0;
	if (got == 0)
		return OUTCOME_HUNG;
	return WIFSIGNALED(status) ? OUTCOME_SIGNAL + WTERMSIG(status) : OUTCOME_ENDED;
}

/* A call made processes (clone with 0 does): they would speak while the next call is tried. */
static void end_others(void)
{
	if (getpid() != 1)
		return;
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0)
		continue;
}

static int try(uint32_t number, long argument)
{
	sigset_t chld;
	pid_t child;
	int outcome;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	told->done = 0;
	child = fork();
	if (child < 0) {
		perror("fork");
		exit(1);
	}
	if (child == 0)
		make_call((int32_t)number, argument);
	outcome = outcome_of(child, &chld);
	end_others();
	return outcome;
}

static void try_range(uint32_t from, uint32_t count)
{
	uint32_t number;

	for (number = from; number < from + count; number++) {
		int minus = try(number, -1);

		printf("%u %d %d\n", (unsigned int)number, minus, try(number, 0));
	}
}

static bool is_killed(int outcome)
{
	return outcome == OUTCOME_SIGNAL + SIGSYS;
}

static int try_all(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	try_range(0, NUMBERS);
	try_range(1000, 4);
#if defined __arm__
	try_range(PRIVATE, PRIVATE_COUNT);
	try_range(0x900000, 4);
#elif defined __x86_64__
	/* x32: the common calls, and those with numbers of their own. */
	try_range(0x40000000, 4);
	try_range(0x40000200, 4);
#endif
	printf("end 0 0\n");
	return 0;
}

/* --- ways round ------------------------------------------------------------------------------------- */

#if defined __x86_64__
/* The 32-bit gate, from a 64-bit program: getpid is 20 there, which is writev here. */
static long go_round(void)
{
	long ret;

	__asm__ volatile("int $0x80" : "=a"(ret) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

static const char round_name[] = "a-call-by-the-32-bit-gate-ends-the-process";
#elif defined __arm__
/* The old ABI has the number in the instruction (getpid), this one in r7 (mount): whichever the
 * kernel takes, the filter must have judged. A kernel with both has no filters at all. */
__attribute__((naked, noinline, target("arm"))) static long old_call(long number)
{
	__asm__ volatile("push {r4, r7, r8, lr}\n\t"
			 "mov r7, r0\n\t"
			 "mov r0, #0\n\t"
			 "mov r1, #0\n\t"
			 "svc 0x900014\n\t"
			 "pop {r4, r7, r8, pc}" ::"r"(number));
}

static long go_round(void)
{
	return old_call(SYS_mount);
}

static const char round_name[] = "a-call-of-the-old-ABI-is-judged-by-the-number-that-counts";
#else
/* Only programs of another instruction set could go round: see foreign.c. */
static long go_round(void)
{
	return call(SYS_mount, 0);
}

static const char round_name[] = "a-call-by-an-instruction-of-its-own-is-judged";
#endif

/* Of a child that has just begun a call: make another call of it. */
#if defined __x86_64__
static int change_call(pid_t child, long number)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, child, NULL, &regs) < 0)
		return -1;
	regs.orig_rax = (unsigned long long)number;
	return (int)ptrace(PTRACE_SETREGS, child, NULL, &regs);
}
#elif defined __arm__
static int change_call(pid_t child, long number)
{
	const int set_syscall = 23;

	return (int)ptrace(set_syscall, child, NULL, number);
}
#elif defined __aarch64__
static int change_call(pid_t child, long number)
{
	int value = (int)number;
	struct iovec part = { &value, sizeof(value) };

	return (int)ptrace(PTRACE_SETREGSET, child, 0x404 /* NT_ARM_SYSTEM_CALL */, &part);
}
#else
static int change_call(pid_t child, long number)
{
	unsigned long regs[32]; /* pc, then x1 to x31 */
	struct iovec part = { regs, sizeof(regs) };

	if (ptrace(PTRACE_GETREGSET, child, 1 /* NT_PRSTATUS */, &part) < 0)
		return -1;
	regs[17] = (unsigned long)number;
	return (int)ptrace(PTRACE_SETREGSET, child, 1, &part);
}
#endif

/* A tracer turns its child's getppid into unshare: the filter must be asked after that. */
static void try_tracer(void)
{
	static const char name[] = "a-tracer-changes-no-call-past-the-filter";
	int status, changed;
	pid_t child;

	told->done = 0;
	child = fork();
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(1);
		kill(getpid(), SIGSTOP);
		told->result = call(SYS_getppid, CLONE_NEWUSER);
		told->done = 1;
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (!WIFSTOPPED(status)) {
		printf("%s %s\n", WEXITSTATUS(status) == 1 ? "pass" : "fail", name);
		return;
	}
	ptrace(PTRACE_SYSCALL, child, NULL, NULL);
	waitpid(child, &status, 0);
	changed = change_call(child, SYS_unshare);
	ptrace(PTRACE_DETACH, child, NULL, NULL);
	waitpid(child, &status, 0);
	if (changed == 0 && told->done && told->result == -EPERM)
		printf("pass %s\n", name);
	else
		printf("fail %s: changed %d, done %d, result %ld\n", name, changed, told->done,
		       told->result);
}

static int try_round(void)
{
	sigset_t chld;
	pid_t child;
	int outcome;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	child = fork();
	if (child == 0) {
		told->result = go_round();
		told->done = 1;
		_exit(0);
	}
	outcome = outcome_of(child, &chld);
	if (is_killed(outcome) || outcome == EPERM)
		printf("pass %s\n", round_name);
	else
		printf("fail %s: %d\n", round_name, outcome);
	try_tracer();
	return 0;
}

/* --- judging ---------------------------------------------------------------------------------------- */

struct run {
	unsigned int number;
	int outcome[2]; /* all arguments -1; all 0 */
};

struct property {
	const char *name;
	unsigned int good;
	char bad[400];
};

static const char *name_of(unsigned int number)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].number == number)
			return table[i].name;
	}
	return "nameless";
}

/* 'A' allowed, 'P' EPERM, 'N' ENOSYS, 'C' EPERM for -1 and allowed for 0, 'K' the process ends. */
static char wanted(unsigned int number)
{
	size_t i;

	if (number >= 0x40000000)
		return 'K';
#if defined __x86_64__
	/* uretprobe and uprobe: since 6.14, the kernel asks no filter about them. */
	if (number == 335 || number == 336)
		return 'A';
#endif
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].number == number)
			return table[i].answer;
	}
	return 'N';
}

/* It went the same way as without a filter, or at least not the filter's way. */
static bool is_allowed(int filtered, int unconfined)
{
	if (is_killed(filtered))
		return false;
	return filtered == unconfined || (filtered != EPERM && filtered != ENOSYS);
}

static bool is_right(char want, const struct run *filtered, const struct run *unconfined, int which)
{
	const int outcome = filtered->outcome[which];

	switch (want) {
	case 'A':
		return is_allowed(outcome, unconfined->outcome[which]);
	case 'P':
		return outcome == EPERM;
	case 'N':
		return outcome == ENOSYS;
	case 'C':
		return which == 0 ? outcome == EPERM :
				    is_allowed(outcome, unconfined->outcome[which]);
	default:
		return is_killed(outcome);
	}
}

static void note(struct property *property, bool right, const struct run *run)
{
	size_t used = strlen(property->bad);

	if (right)
		property->good++;
	else
		snprintf(property->bad + used, sizeof(property->bad) - used, " %s(%u):%d,%d",
			 name_of(run->number), run->number, run->outcome[0], run->outcome[1]);
}

static int read_run(FILE *file, struct run *run)
{
	return fscanf(file, "%u %d %d", &run->number, &run->outcome[0], &run->outcome[1]) == 3;
}

static void say(const struct property *property, unsigned int least)
{
	if (!property->bad[0] && property->good >= least)
		printf("pass %s\n", property->name);
	else
		printf("fail %s: %u right, wrong:%s\n", property->name, property->good,
		       property->bad);
}

static int judge(const char *filtered_name, const char *unconfined_name)
{
	struct property allowed = { "every-call-that-is-allowed-reaches-the-kernel", 0, "" },
			denied = { "every-call-that-is-forbidden-fails-with-EPERM", 0, "" },
			unknown = { "every-number-that-is-unknown-fails-with-ENOSYS", 0, "" },
			checked = { "clone-makes-processes-and-no-namespaces", 0, "" },
			killed = { "calls-of-a-second-ABI-end-the-process", 0, "" },
			told_apart = { "a-filter-makes-the-difference", 0, "" };
	FILE *filtered = fopen(filtered_name, "r"), *unconfined = fopen(unconfined_name, "r");
	struct run with, without;
	unsigned int count = 0;

	if (!filtered || !unconfined)
		return 1;
	while (read_run(filtered, &with) && read_run(unconfined, &without)) {
		const char want = wanted(with.number);
		bool right = with.number == without.number && is_right(want, &with, &without, 0) &&
			     is_right(want, &with, &without, 1);
		struct property *property = want == 'A' ? &allowed :
					    want == 'P' ? &denied :
					    want == 'N' ? &unknown :
					    want == 'C' ? &checked :
							  &killed;

		note(property, right, &with);
		if (want == 'P' && without.outcome[0] != EPERM)
			told_apart.good++;
		count++;
	}
	printf("%s every-number-was-tried: %u\n", count >= NUMBERS ? "pass" : "fail", count);
	say(&allowed, 200);
	say(&denied, 40);
	say(&unknown, 20);
	say(&checked, 1);
	say(&told_apart, 10);
#if defined __x86_64__
	say(&killed, 8);
#endif
	return 0;
}

int main(int argc, char **argv)
{
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (told == MAP_FAILED)
		return 1;
	if (argc == 2 && strcmp(argv[1], "round") == 0)
		return try_round();
	if (argc == 2 && strcmp(argv[1], "try") == 0)
		return try_all();
	if (argc == 4 && strcmp(argv[1], "judge") == 0)
		return judge(argv[2], argv[3]);
	fprintf(stderr, "usage: calls try | calls round | calls judge FILTERED UNCONFINED\n");
	return 2;
}
