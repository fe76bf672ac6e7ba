/* SPDX-License-Identifier: MIT */
/* Runs the default filter in an interpreter, for each machine, against the policy and
 * against lists written by hand; then asks the kernel. */
#include <linux/audit.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "seccomp_target.h"

#if defined __x86_64__
#define FOREIGN_CALL (0x40000000 | SYS_getpid)
#else
#define FOREIGN_CALL 0
#endif

static struct target targets[] = {
	{ .name = "x86_64", .arch = AUDIT_ARCH_X86_64 },
	{ .name = "arm", .arch = AUDIT_ARCH_ARM },
	{ .name = "aarch64", .arch = AUDIT_ARCH_AARCH64 },
	{ .name = "riscv64", .arch = AUDIT_ARCH_RISCV64 },
};

static const uint64_t cap_sets[] = {
	0,
	SECCOMP_TRACEABLE,
	SECCOMP_TRACEABLE | 0xa80425fb, /* Docker's default */
	BIT(CAP_SYS_ADMIN),
	BIT(CAP_SYS_PTRACE),
	BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SYS_BOOT) | BIT(CAP_SYSLOG) | BIT(CAP_SYS_TIME),
	~(BIT(CAP_SYS_ADMIN) | SECCOMP_TRACEABLE),
	~UINT64_C(0),
};

static uint32_t ask(const struct target *target, uint64_t caps, const struct seccomp_data *data)
{
	struct filter filter;

	filter_get(&filter, target, caps);
	return filter_run(&filter, data).action;
}

static void compare(const struct target *target, const struct filter *filter, uint64_t caps,
		    uint32_t number)
{
	static const uint64_t arguments[] = { 0,  UINT64_MAX, 0x5412,     0x541c,
					      38, 40,         0x10000000, 0x20008 };
	struct seccomp_data data = { .nr = (int)number, .arch = target->arch };
	struct run run;
	uint32_t want;
	size_t i, j;

	for (i = 0; i < COUNT(arguments); i++) {
		for (j = 0; j < COUNT(data.args); j++)
			data.args[j] = arguments[i];
		want = wanted(target, caps, &data);
		run = filter_run(filter, &data);
		if (run.action != want)
			fail_msg("%s: number %#x, caps %#llx, arguments %#llx: %#x instead of %#x",
				 target->name, number, (unsigned long long)caps,
				 (unsigned long long)arguments[i], run.action, want);
		assert_true(run.steps <= STEPS_MAX);
		/* The kernel answers from a bitmap where nothing depends on arguments. */
		assert_true(!run.looked_at_arguments || is_checked(target, number));
	}
}

static void test_policy(void **state)
{
	static const uint32_t beyond[] = { 0x3fffffff, 0x7fffffff, 0x80000000, 0xbfffffff,
					   0xc0000000, 0xfffffffe, 0xffffffff, 0x900003,
					   0xffffff,   0x1000000 };
	const struct target *target = target_get(state);
	struct filter filter;
	uint32_t number;
	size_t i;

	for (i = 0; i < COUNT(cap_sets); i++) {
		filter_get(&filter, target, cap_sets[i]);
		for (number = 0; number < 1024; number++) {
			compare(target, &filter, cap_sets[i], number);
			compare(target, &filter, cap_sets[i], number + 0x40000000);
		}
		for (number = PRIVATE - 16; number < PRIVATE + 32; number++)
			compare(target, &filter, cap_sets[i], number);
		for (number = 0; number < COUNT(beyond); number++)
			compare(target, &filter, cap_sets[i], beyond[number]);
	}
}

/* Every call of NAMES that the machine has ends in ACTION. */
static void calls_end_in(struct target *target, uint64_t caps, const char *names, uint32_t action)
{
	struct seccomp_data data = { .arch = target->arch };
	char *text = strdup(names), *rest = text, *name;
	struct filter filter;

	assert_non_null(text);
	filter_get(&filter, target, caps);
	while ((name = strtok_r(NULL, " ", &rest))) {
		const struct call *call = call_find(target, name);

		data.nr = call ? (int)call->number : 0;
		if (call && filter_run(&filter, &data).action != action)
			fail_msg("%s on %s does not end in %#x", name, target->name, action);
	}
	free(text);
}

/* What static and dynamic programs of musl and glibc cannot do without, where the machine has it. */
static void test_needed(void **state)
{
	static const char names[] =
		"read write readv writev openat close lseek _llseek fstat fstat64 "
		"newfstatat fstatat64 statx ioctl fcntl fcntl64 getdents64 pipe2 dup3 "
		"faccessat2 close_range sendfile64 poll ppoll ppoll_time64 pselect6_time64 "
		"epoll_pwait eventfd2 timerfd_settime64 brk mmap mmap2 munmap mprotect "
		"mremap madvise membarrier memfd_create execve execveat exit exit_group "
		"clone fork vfork wait4 waitid set_tid_address set_robust_list futex "
		"futex_time64 rseq rt_sigaction rt_sigprocmask rt_sigreturn "
		"rt_sigtimedwait_time64 sigaltstack sigreturn tgkill tkill kill pidfd_open "
		"pidfd_send_signal prlimit64 ugetrlimit getrandom uname sysinfo prctl "
		"getuid getuid32 setuid32 setgroups32 setresuid setresgid32 clock_gettime "
		"clock_gettime64 clock_nanosleep clock_nanosleep_time64 nanosleep "
		"gettimeofday connect accept4 sendmsg recvmsg recvmmsg_time64 "
		"socketpair setsockopt semtimedop_time64 mq_timedsend_time64 "
		"sched_getaffinity sched_yield arch_prctl set_tls cacheflush breakpoint "
		"arm_fadvise64_64 utimensat_time64 timer_settime64 io_pgetevents_time64 "
		"sched_rr_get_interval_time64 clock_getres_time64 ptrace process_vm_readv "
		"restart_syscall riscv_flush_icache riscv_hwprobe";

	calls_end_in(target_get(state), SECCOMP_TRACEABLE, names, ALLOW);
}

static void test_refused(void **state)
{
	static const char names[] =
		"io_uring_setup io_uring_enter io_uring_register bpf perf_event_open "
		"userfaultfd keyctl add_key request_key mount umount2 mount_setattr "
		"move_mount open_tree fsopen fsconfig fsmount fspick unshare setns "
		"pivot_root open_by_handle_at init_module finit_module delete_module "
		"kexec_load kexec_file_load reboot swapon swapoff acct syslog settimeofday "
		"clock_settime clock_settime64 sethostname quotactl quotactl_fd kcmp "
		"pidfd_getfd process_madvise iopl ioperm modify_ldt fanotify_init "
		"lookup_dcookie move_pages migrate_pages mbind vhangup chroot _sysctl sysfs "
		"ustat uselib nfsservctl ptrace process_vm_writev";
	struct target *target = target_get(state);

	calls_end_in(target, 0, names, DENY);
	calls_end_in(target, 0, "clone3", NOSYS);
	calls_end_in(target, UINT64_MAX, "clone3", NOSYS);
}

static void test_arguments(void **state)
{
	static const struct {
		const char *call;
		unsigned int argument;
		uint64_t value, caps;
		uint32_t want;
	} rows[] = {
		{ "ioctl", 1, 0x5401, 0, ALLOW },
		{ "ioctl", 1, 0x5412, 0, DENY },
		{ "ioctl", 1, 0x541c, UINT64_MAX, DENY },
		{ "ioctl", 1, 0x5423, UINT64_MAX, DENY },
		{ "ioctl", 1, 0x100005412, 0, DENY },
		{ "ioctl", 1, 0xffffffff0000541c, 0, DENY },
		{ "ioctl", 0, 0x5412, 0, ALLOW },
		{ "clone", 0, 0x11, 0, ALLOW },
		{ "clone", 0, 0x3d0f00, 0, ALLOW },
		{ "clone", 0, 0x4111, 0, ALLOW },
		{ "clone", 0, CLONE_NEWUSER | 0x11, 0, DENY },
		{ "clone", 0, 0xffffffff00000000 | CLONE_NEWUSER, 0, DENY },
		{ "clone", 0, CLONE_NEWUSER | 0x11, BIT(CAP_SYS_ADMIN), ALLOW },
		{ "clone", 0, CLONE_NEWUSER | 0x11, ~BIT(CAP_SYS_ADMIN), DENY },
		{ "clone", 0, CLONE_NEWNS, 0, DENY },
		{ "clone", 0, CLONE_NEWPID, 0, DENY },
		{ "clone", 0, CLONE_NEWNET, 0, DENY },
		{ "clone", 0, CLONE_NEWIPC, 0, DENY },
		{ "clone", 0, CLONE_NEWUTS, 0, DENY },
		{ "clone", 0, CLONE_NEWCGROUP, 0, DENY },
		{ "clone", 1, CLONE_NEWUSER, 0, ALLOW },
		{ "socket", 0, AF_UNIX, 0, ALLOW },
		{ "socket", 0, AF_INET6, 0, ALLOW },
		{ "socket", 0, AF_NETLINK, 0, ALLOW },
		{ "socket", 0, AF_INET, 0, ALLOW },
		{ "socket", 0, AF_PACKET, 0, ALLOW },
		{ "socket", 0, AF_CAN, 0, ALLOW },
		{ "socket", 0, 0, UINT64_MAX, DENY },
		{ "socket", 0, AF_AX25, UINT64_MAX, DENY },
		{ "socket", 0, AF_TIPC, UINT64_MAX, DENY },
		{ "socket", 0, AF_BLUETOOTH, UINT64_MAX, DENY },
		{ "socket", 0, AF_ALG, UINT64_MAX, DENY },
		{ "socket", 0, AF_VSOCK, UINT64_MAX, DENY },
		{ "socket", 0, 0x100000000 | AF_VSOCK, 0, DENY },
		{ "personality", 0, 0, 0, ALLOW },
		{ "personality", 0, 0x20008, 0, ALLOW },
		{ "personality", 0, 0xffffffff, 0, ALLOW },
		{ "personality", 0, 0x40000, UINT64_MAX, DENY },
		{ "personality", 0, 0x100000, 0, DENY },
		{ "personality", 0, 0x20009, 0, DENY },
	};
	struct target *target = target_get(state);
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct seccomp_data data = { .arch = target->arch };

		data.nr = (int)call_find(target, rows[i].call)->number;
		data.args[rows[i].argument] = rows[i].value;
		if (ask(target, rows[i].caps, &data) != rows[i].want)
			fail_msg("%s: %s(%#llx)", target->name, rows[i].call,
				 (unsigned long long)rows[i].value);
	}
}

static void test_other_machine(void **state)
{
	static const uint32_t arches[] = { AUDIT_ARCH_I386,    AUDIT_ARCH_X86_64,
					   AUDIT_ARCH_ARM,     AUDIT_ARCH_AARCH64,
					   AUDIT_ARCH_RISCV64, AUDIT_ARCH_RISCV32,
					   AUDIT_ARCH_ARMEB,   0,
					   UINT32_MAX };
	struct target *target = target_get(state);
	struct seccomp_data data = { 0 };
	struct filter filter;
	size_t i;

	filter_get(&filter, target, UINT64_MAX);
	for (i = 0; i < COUNT(arches); i++) {
		data.arch = arches[i];
		for (data.nr = 0; data.nr < 512 && arches[i] != target->arch; data.nr++)
			assert_int_equal(filter_run(&filter, &data).action, KILL);
	}
}

/* The numbers are evaluated as the kernel's headers mean them. */
static void test_numbers(void **state)
{
	static const struct {
		const char *target, *call;
		uint32_t number;
	} rows[] = {
		{ "x86_64", "read", 0 },
		{ "x86_64", "clone", 56 },
		{ "x86_64", "arch_prctl", 158 },
		{ "x86_64", "fchmodat2", 452 },
		{ "arm", "restart_syscall", 0 },
		{ "arm", "read", 3 },
		{ "arm", "mmap2", 192 },
		{ "arm", "futex_time64", 422 },
		{ "arm", "cacheflush", 0xf0002 },
		{ "arm", "set_tls", 0xf0005 },
		{ "aarch64", "read", 63 },
		{ "aarch64", "mmap", 222 },
		{ "aarch64", "newfstatat", 79 },
		{ "aarch64", "clone", 220 },
		{ "aarch64", "clone3", 435 },
		{ "riscv64", "read", 63 },
		{ "riscv64", "clone3", 435 },
		{ "riscv64", "riscv_flush_icache", 259 },
		{ "riscv64", "riscv_hwprobe", 258 },
	};
	struct target *target = target_get(state);
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		if (strcmp(rows[i].target, target->name) == 0)
			assert_int_equal(call_find(target, rows[i].call)->number, rows[i].number);
	}
}

static void test_too_little_room(void **state)
{
	static const struct sock_filter mark = { .code = 0xdead, .k = 0xbeef };
	struct sock_filter code[SECCOMP_MAX + 1];
	size_t max, i;
	int length = seccomp_build(code, SECCOMP_MAX, 0);

	(void)state;
	assert_in_range(length, 50, 200);
	for (max = 0; max < (size_t)length; max++) {
		for (i = 0; i < COUNT(code); i++)
			code[i] = mark;
		assert_int_equal(seccomp_build(code, max, 0), -E2BIG);
		for (i = max; i < COUNT(code); i++)
			assert_memory_equal(&code[i], &mark, sizeof(mark));
	}
	assert_int_equal(seccomp_build(code, (size_t)length, 0), length);
	assert_int_equal(seccomp_build(code, SIZE_MAX, 0), length);
}

static void test_spelling(void **state)
{
	char command[512];

	(void)state;
	assert_int_not_equal(system("scripts/seccomp-table --check " POLICY
				    " 2>&1 | grep -q 'not checked'"),
			     0);
	assert_int_equal(system("scripts/seccomp-table --check " POLICY), 0);
	snprintf(command, sizeof(command),
		 "for e in s/openat2/opneat2/ s/keyctl// s/SYS_TIME/SYS_TIEM/ s/=452/=453/ s/^deny/dney/; do"
		 " sed $e " POLICY
		 " > %s/policy; ! scripts/seccomp-table --check %s/policy 2> /dev/null || exit 9; done",
		 scratch, scratch);
	assert_int_equal(system(command), 0);
}

/* --- the kernel --- */

/* In a child under the filter: 0 when the kernel took it and it does what it should. */
static int child_try(const struct sock_fprog *program)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return 77;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program) < 0)
		return errno == EINVAL ? 1 : 77;
	if (syscall(SYS_getppid) <= 0)
		return 2;
	if (syscall(SYS_unshare, CLONE_NEWUSER) != -1 || errno != EPERM)
		return 3;
	if (syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) != -1 || errno != EPERM)
		return 4;
	if (syscall(SYS_clone3, NULL, 0) != -1 || errno != ENOSYS)
		return 5;
	if (syscall(1000) != -1 || errno != ENOSYS)
		return 6;
	if (syscall(SYS_ioctl, 0, 0xdead00005412, 0) != -1 || errno != EPERM)
		return 7;
	return 0;
}

static int child_status(const struct sock_fprog *program, long number)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		int ret = child_try(program);

		if (!ret && number)
			syscall(number);
		_exit(ret);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	return status;
}

static void test_kernel(void **state)
{
	struct sock_filter code[SECCOMP_MAX];
	struct sock_fprog program = { .filter = code };
	size_t i;
	int status;

	(void)state;
	for (i = 0; i < COUNT(cap_sets); i++) {
		if (cap_sets[i] & BIT(CAP_SYS_ADMIN))
			continue;
		program.len = (unsigned short)seccomp_build(code, SECCOMP_MAX, cap_sets[i]);
		assert_int_equal(child_status(&program, 0), 0);
	}
	if (!FOREIGN_CALL)
		return;
	status = child_status(&program, FOREIGN_CALL);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static int setup(void **state)
{
	(void)state;
	if (access(POLICY, R_OK) < 0 || !mkdtemp(scratch)) {
		fprintf(stderr, "test_seccomp is to be run from the top of the source tree\n");
		return -1;
	}
	return 0;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", scratch);
	return system(command);
}

int main(void)
{
	static const struct {
		const char *name;
		CMUnitTestFunction function;
	} each[] = {
		{ "policy-holds-for-every-number", test_policy },
		{ "calls-that-programs-need-are-allowed", test_needed },
		{ "dangerous-calls-are-refused", test_refused },
		{ "arguments-are-checked-in-their-low-half", test_arguments },
		{ "calls-of-another-machine-kill", test_other_machine },
		{ "numbers-are-those-of-the-headers", test_numbers },
	};
	struct CMUnitTest tests[COUNT(each) * COUNT(targets) + 3] = {
		{ .name = "too-little-room-is-an-error", .test_func = test_too_little_room },
		{ .name = "policy-has-no-mistyped-name", .test_func = test_spelling },
		{ .name = "kernel-takes-the-filter-and-obeys", .test_func = test_kernel },
	};
	char names[COUNT(tests)][80];
	size_t i, count;

	for (i = 0, count = 3; count < COUNT(tests); i++, count++) {
		struct target *target = &targets[i / COUNT(each)];

		snprintf(names[i], sizeof(names[i]), "%s-on-%s", each[i % COUNT(each)].name,
			 target->name);
		tests[count] = (struct CMUnitTest){ .name = names[i],
						    .test_func = each[i % COUNT(each)].function,
						    .initial_state = target };
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
