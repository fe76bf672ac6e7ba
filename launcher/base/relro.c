/* SPDX-License-Identifier: MIT */
/* musl leaves the relocated tables of a static-pie writable: only its dynamic linker protects them. elf(5) */
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/relro.h"

int relro_protect(void)
{
	const ElfW(Phdr) *headers = (const void *)(uintptr_t)getauxval(AT_PHDR), *relro = NULL;
	const size_t count = getauxval(AT_PHNUM), page = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t base = 0, start, end;
	/* Linkers put the headers right behind the file's own, with which the program begins. */
	const char *file = headers ? (const char *)headers - sizeof(ElfW(Ehdr)) : NULL;
	size_t i;

	if (!file || memcmp(file, ELFMAG, SELFMAG) != 0)
		return 0;
	for (i = 0; i < count; i++) {
		/* The segment that begins with the program's own header says by how much all of it was moved. */
		if (headers[i].p_type == PT_LOAD && headers[i].p_offset == 0)
			base = (uintptr_t)file - headers[i].p_vaddr;
		if (headers[i].p_type == PT_GNU_RELRO)
			relro = &headers[i];
	}
	if (!relro)
		return 0;
	/* Only whole pages: the rest of the last one is data. */
	start = (base + relro->p_vaddr) & ~(uintptr_t)(page - 1);
	end = (base + relro->p_vaddr + relro->p_memsz) & ~(uintptr_t)(page - 1);
	return end > start ? mprotect((void *)start, end - start, PROT_READ) : 0;
}
