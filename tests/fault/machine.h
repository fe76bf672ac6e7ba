/* SPDX-License-Identifier: MIT */
/* How a tracer changes a system call and its result, on each machine. ptrace(2) */
#ifndef FAULT_MACHINE_H
#define FAULT_MACHINE_H

#include <elf.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

#if defined(__x86_64__)
#include <sys/user.h>

static inline long call_replace(pid_t pid, long number)
{
	return ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), number);
}

static inline long call_answer(pid_t pid, long result)
{
	return ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), result);
}

#elif defined(__arm__)

static inline long call_replace(pid_t pid, long number)
{
	return ptrace(23 /* PTRACE_SET_SYSCALL */, pid, NULL, number);
}

static inline long call_answer(pid_t pid, long result)
{
	return ptrace(PTRACE_POKEUSER, pid, 0, result);
}

#else /* aarch64, riscv64: by register sets */

#if defined(__aarch64__)
enum { REGISTERS = 34, RESULT = 0 };
#else
enum { REGISTERS = 32, RESULT = 10, NUMBER = 17 };
#endif

static inline long register_set(pid_t pid, unsigned int which, unsigned long value)
{
	unsigned long all[REGISTERS];
	struct iovec part = { all, sizeof(all) };

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &part) < 0)
		return -1;
	all[which] = value;
	return ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &part);
}

static inline long call_replace(pid_t pid, long number)
{
#if defined(__aarch64__)
	int word = (int)number;
	struct iovec part = { &word, sizeof(word) };

	return ptrace(PTRACE_SETREGSET, pid, 0x404 /* NT_ARM_SYSTEM_CALL */, &part);
#else
	return register_set(pid, NUMBER, (unsigned long)number);
#endif
}

static inline long call_answer(pid_t pid, long result)
{
	return register_set(pid, RESULT, (unsigned long)result);
}

#endif

#endif
