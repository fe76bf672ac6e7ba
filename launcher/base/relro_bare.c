/* SPDX-License-Identifier: MIT */
/* The relocated tables are a third of what a waiting davit has to itself, and nothing of them is
 * needed meanwhile: they are made again of the file and its relocations. elf(5) */
#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/relro.h"

#if defined(__x86_64__)
#define RELATIVE R_X86_64_RELATIVE
#elif defined(__aarch64__)
#define RELATIVE R_AARCH64_RELATIVE
#elif defined(__arm__)
#define RELATIVE R_ARM_RELATIVE
#elif defined(__riscv)
#define RELATIVE R_RISCV_RELATIVE
#else
#define RELATIVE (-1)
#endif

#if __SIZEOF_POINTER__ == 8
#define TYPE_OF(info) ((int)ELF64_R_TYPE(info))
#else
#define TYPE_OF(info) ((int)ELF32_R_TYPE(info))
#endif

enum { SHORTER_RELOCATIONS = 36 }; /* DT_RELR, which not every C library's elf.h has */

/* Where the tables are, and what they are made of. */
struct tables {
	char *base;            /* what address 0 of the file is */
	uintptr_t first, last; /* addresses of the file; whole pages, but the last, with the .got */
	uintptr_t rel, rela;
	size_t rel_size, rela_size;
	bool bare;
};

static struct tables tables;

static void take_dynamic(const ElfW(Dyn) * entry)
{
	bool others = false;

	for (; entry->d_tag != DT_NULL; entry++) {
		switch (entry->d_tag) {
		case DT_REL:
			tables.rel = entry->d_un.d_ptr;
			break;
		case DT_RELSZ:
			tables.rel_size = entry->d_un.d_val;
			break;
		case DT_RELA:
			tables.rela = entry->d_un.d_ptr;
			break;
		case DT_RELASZ:
			tables.rela_size = entry->d_un.d_val;
			break;
		case DT_NEEDED:
		case DT_JMPREL:
		case SHORTER_RELOCATIONS:
			others = true;
			break;
		default:
			break;
		}
	}
	if (others)
		tables.last = tables.first;
}

/* Of the first object, which is the program itself. */
static int find(struct dl_phdr_info *info, size_t size, void *data)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	char *headers = (char *)info->dlpi_phdr;
	size_t i;

	(void)size;
	(void)data;
	tables.base = headers + (ptrdiff_t)(info->dlpi_addr - (uintptr_t)headers);
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];

		if (header->p_type == PT_GNU_RELRO) {
			tables.first = header->p_vaddr & ~(page - 1);
			tables.last = (header->p_vaddr + header->p_memsz) & ~(page - 1);
			if (tables.last > tables.first)
				tables.last -= page;
		}
	}
	for (i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			take_dynamic((const void *)(tables.base + info->dlpi_phdr[i].p_vaddr));
	}
	return 1;
}

/* Apply all relocations within the tables; or only see whether they are all of the one kind. */
static bool relocate(bool apply)
{
	const ElfW(Rela) *rela = (const void *)(tables.base + tables.rela);
	const ElfW(Rel) *rel = (const void *)(tables.base + tables.rel);
	size_t i;

	for (i = 0; i < tables.rela_size / sizeof(*rela); i++) {
		const uintptr_t at = rela[i].r_offset;

		if (TYPE_OF(rela[i].r_info) != RELATIVE)
			return false;
		if (apply && at >= tables.first && at < tables.last)
			*(char **)(void *)(tables.base + at) = tables.base + rela[i].r_addend;
	}
	for (i = 0; i < tables.rel_size / sizeof(*rel); i++) {
		const uintptr_t at = rel[i].r_offset;

		if (TYPE_OF(rel[i].r_info) != RELATIVE)
			return false;
		if (apply && at >= tables.first && at < tables.last)
			*(uintptr_t *)(void *)(tables.base + at) += (uintptr_t)tables.base;
	}
	return true;
}

void relro_find(void)
{
	tables = (struct tables){ .base = NULL };
	dl_iterate_phdr(find, NULL);
	if (tables.last > tables.first && !relocate(false))
		tables.last = tables.first;
}

void relro_drop(void)
{
	char *start = tables.base + tables.first;
	const size_t size = tables.last - tables.first;

	if (tables.last <= tables.first || mprotect(start, size, PROT_READ | PROT_WRITE) < 0)
		return;
	tables.bare = madvise(start, size, MADV_DONTNEED) == 0;
	if (!tables.bare)
		(void)mprotect(start, size, PROT_READ);
}

int relro_restore(void)
{
	if (!tables.bare)
		return 0;
	tables.bare = false;
	(void)relocate(true);
	return mprotect(tables.base + tables.first, tables.last - tables.first, PROT_READ);
}
