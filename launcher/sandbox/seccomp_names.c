/* SPDX-License-Identifier: MIT */
/* Looks names and numbers of system calls up. */
#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <string.h>

#include "sandbox/seccomp_names.h"
#include "seccomp_names_table.h"

enum { NONE = 0xffff, PRIVATE_MARK = 0xff00, PRIVATE_BASE = 0xf0000 };

/* In the order of the table's columns. */
static const uint32_t arches[MACHINES] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_ARM, AUDIT_ARCH_AARCH64,
					   AUDIT_ARCH_RISCV64 };

static const struct {
	const char *name;
	uint32_t arch;
} machines[] = {
	{ "x86_64", AUDIT_ARCH_X86_64 },   { "x86-64", AUDIT_ARCH_X86_64 },
	{ "amd64", AUDIT_ARCH_X86_64 },    { "arm", AUDIT_ARCH_ARM },
	{ "armv5", AUDIT_ARCH_ARM },       { "armv6", AUDIT_ARCH_ARM },
	{ "armv7", AUDIT_ARCH_ARM },       { "armel", AUDIT_ARCH_ARM },
	{ "armhf", AUDIT_ARCH_ARM },       { "aarch64", AUDIT_ARCH_AARCH64 },
	{ "arm64", AUDIT_ARCH_AARCH64 },   { "armv8", AUDIT_ARCH_AARCH64 },
	{ "riscv64", AUDIT_ARCH_RISCV64 },
};

/* Calls that only other machines have; policies for all machines name them. */
static const char elsewhere[] =
	"_newselect\0afs_syscall\0atomic_barrier\0atomic_cmpxchg_32\0break\0cachectl\0fadvise64_64\0ftime\0"
	"get_tls\0getpagesize\0gtty\0idle\0ipc\0llseek\0lock\0mpx\0multiplexer\0oldfstat\0oldlstat\0oldolduname\0"
	"oldstat\0olduname\0oldwait4\0osf_syscall\0perfctr\0prof\0profil\0readdir\0riscv_flush_icache\0rtas\0"
	"s390_guarded_storage\0s390_pci_mmio_read\0s390_pci_mmio_write\0s390_runtime_instr\0s390_sthyi\0"
	"sgetmask\0signal\0socketcall\0spu_create\0spu_run\0ssetmask\0stime\0stty\0subpage_prot\0swapcontext\0"
	"switch_endian\0sys_debug_setcontext\0sysmips\0ulimit\0umount\0vm86\0vm86old\0waitpid\0";

/* The column of a machine, or -1. */
static int column_of(uint32_t arch)
{
	int i;

	for (i = 0; i < MACHINES; i++) {
		if (arches[i] == arch)
			return seccomp_has[i] ? i : -1;
	}
	return -1;
}

uint32_t names_machine(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (strcmp(machines[i].name, name) == 0)
			return machines[i].arch;
	}
	return 0;
}

bool names_known(uint32_t arch)
{
	return column_of(arch) >= 0;
}

int names_find(const char *name)
{
	const char *at = seccomp_names;
	int place;

	for (place = 0; *at; place++, at += strlen(at) + 1) {
		if (strcmp(at, name) == 0)
			return place;
	}
	for (at = elsewhere; *at; at += strlen(at) + 1) {
		if (strcmp(at, name) == 0)
			return -ENODEV;
	}
	return -ENOENT;
}

static int number_in(uint16_t entry)
{
	if (entry == NONE)
		return -ENODEV;
	return entry < PRIVATE_MARK ? entry : entry - PRIVATE_MARK + PRIVATE_BASE;
}

int names_number(int place, uint32_t arch)
{
	int column = column_of(arch);

	return column < 0 ? -ENODEV : number_in(seccomp_numbers[place][column]);
}

const char *names_name(uint32_t arch, uint32_t number)
{
	int column = column_of(arch), place;
	const char *at = seccomp_names;

	for (place = 0; column >= 0 && *at; place++, at += strlen(at) + 1) {
		if (number_in(seccomp_numbers[place][column]) == (int)number)
			return at;
	}
	return NULL;
}
