/* SPDX-License-Identifier: MIT */
/* musl leaves the relocated tables of a static-pie writable: only its dynamic linker protects them. elf(5) */
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/relro.h"

/* For the first object, which is the program itself, and no other. */
static int protect(struct dl_phdr_info *info, size_t size, void *data)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	char *headers = (char *)info->dlpi_phdr;
	size_t i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		/* Only whole pages: the rest of the last one is data. */
		const uintptr_t start = (info->dlpi_addr + header->p_vaddr) & ~(page - 1);
		const uintptr_t end =
			(info->dlpi_addr + header->p_vaddr + header->p_memsz) & ~(page - 1);

		if (header->p_type == PT_GNU_RELRO && end > start &&
		    mprotect(headers + (ptrdiff_t)(start - (uintptr_t)headers), end - start,
			     PROT_READ) < 0)
			*(int *)data = -1;
	}
	return 1;
}

int relro_protect(void)
{
	int ret = 0;

	dl_iterate_phdr(protect, &ret);
	return ret;
}
