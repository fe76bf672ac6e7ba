/* SPDX-License-Identifier: MIT */
/* Names and numbers of system calls on all machines of davit's, from the table that the build makes. */
#ifndef SANDBOX_SECCOMP_NAMES_H
#define SANDBOX_SECCOMP_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* No more names than this, for those who keep something about each. */
enum { NAMES_MAX = 1024 };

/* The machine called NAME (x86_64, arm, armv5, aarch64, riscv64, or as Docker and Debian call it),
 * as AUDIT_ARCH_*, or 0. */
uint32_t names_machine(const char *name);
/* False when the kernel headers of a machine were not there when davit was built: then it has no names. */
bool names_known(uint32_t arch);
/* The place of the call NAME among the names, -ENOENT when no machine of ours has it, or -ENODEV
 * when other machines have it that davit is not built for. */
int names_find(const char *name);
/* The number that the call in PLACE has on a machine, or -ENODEV. */
int names_number(int place, uint32_t arch);
/* The name of a number, or NULL. */
const char *names_name(uint32_t arch, uint32_t number);

#endif
