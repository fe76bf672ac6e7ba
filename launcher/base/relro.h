/* SPDX-License-Identifier: MIT */
/* Read-only relocations in a static program, where no dynamic linker does it. */
#ifndef BASE_RELRO_H
#define BASE_RELRO_H

/* Make the program's PT_GNU_RELRO segment read-only. Returns 0 (also when there is none), or -1 with errno. */
int relro_protect(void);

#endif
