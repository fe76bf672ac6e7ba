/* SPDX-License-Identifier: MIT */
/* Read-only relocations in a static program, where no dynamic linker does it. */
#ifndef BASE_RELRO_H
#define BASE_RELRO_H

/* Make the program's PT_GNU_RELRO segment read-only. Returns 0 (also when there is none), or -1 with errno. */
int relro_protect(void);
/* While nothing of that segment is used, not even by the C library, its memory can be given back:
 * see where it is and whether it can be made again (not in a program with a dynamic linker, where
 * the others do nothing); give it back, all but the last page, writable meanwhile; make it again,
 * read-only. Returns 0, or -1 with errno. */
void relro_find(void);
void relro_drop(void);
int relro_restore(void);

#endif
