/* SPDX-License-Identifier: MIT */
/* What machine a program is built for: its processor and, on ARM, the oldest one that does and how
 * it passes floating-point numbers. Source: the ELF specification; ARM's addenda32. */
#ifndef IMAGE_ELF_H
#define IMAGE_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum float_abi { FLOAT_UNSAID, FLOAT_SOFT, FLOAT_HARD };

/* Of a program: what it needs. Of a machine: what it has. */
struct elf {
	unsigned int machine; /* EM_… of <elf.h> */
	unsigned int bits;    /* 32 or 64 */
	unsigned int level;   /* ARM: 4 to 9, as in armv7; 0: not said */
	bool big;             /* big-endian */
	enum float_abi floats;
};

enum { ELF_TEXT = 64 };

/* Reads LENGTH bytes at OFFSET of a file. Returns 0 or -errno; -ENODATA behind its end. */
struct elf_file {
	int (*read)(void *data, void *buffer, size_t length, uint64_t offset);
	void *data;
};

/* What the program FILE is for. ATTRIBUTES: look at the section that says for which ARM, too, which is at
 * the end of a file. Returns 0, -ENOEXEC for what is no ELF program, or what reading returned. Not said. */
int elf_read(struct elf *out, const struct elf_file *file, bool attributes);
/* This machine, by the auxiliary vector. */
void elf_own(struct elf *out);
/* True when a program of OWN's words may run on MACHINE: a 64-bit machine may run 32-bit programs. */
bool elf_fits(const struct elf *machine, const struct elf *program);
/* Of a program "armv7 hard-float", of a board "armv7", or what it lacks; "amd64", as Docker calls it. */
void elf_print(char text[ELF_TEXT], const struct elf *elf, bool is_board);

#endif
