/* SPDX-License-Identifier: MIT */
/* Starting an app touches most of davit's program and some deep stack; waiting for its end needs little of either. */
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/relro.h"
#include "sandbox/trim.h"

enum { PARTS_MAX = 8, STACK_USED = 131072, CALLS_NEED = 1024 };

struct part {
	char *start;
	size_t size;
};

struct parts {
	struct part list[PARTS_MAX];
	size_t count;
	uintptr_t page;
};

/* Of the first object, which is the program itself. Writable segments hold what is nowhere else. */
static int find_parts(struct dl_phdr_info *info, size_t size, void *data)
{
	struct parts *parts = data;
	char *headers = (char *)info->dlpi_phdr;
	size_t i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum && parts->count < PARTS_MAX; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		const uintptr_t start = (info->dlpi_addr + header->p_vaddr) & ~(parts->page - 1);
		const uintptr_t end = info->dlpi_addr + header->p_vaddr + header->p_memsz;

		if (header->p_type == PT_LOAD && !(header->p_flags & PF_W))
			parts->list[parts->count++] = (struct part){
				.start = headers + (ptrdiff_t)(start - (uintptr_t)headers),
				.size = end - start,
			};
	}
	return 1;
}

static char *page_of(const struct parts *parts, const void *address)
{
	return (char *)address - ((uintptr_t)address & (parts->page - 1));
}

/* With a page that is read again, the kernel maps up to 15 of its neighbours, but none that belongs
 * to another mapping: the advice, which means nothing here, makes one of COUNT pages from where
 * NEEDED is on. */
static void split(const struct parts *parts, const void *needed, size_t count)
{
	char *start = page_of(parts, needed);
	const size_t size = count * parts->page;
	size_t i;

	for (i = 0; i < parts->count; i++) {
		const struct part *part = &parts->list[i];

		if (start > part->start && start + size < part->start + part->size)
			(void)madvise(start, size, MADV_RANDOM);
	}
}

void trim_memory(const void *from)
{
	struct parts parts = { .page = (uintptr_t)sysconf(_SC_PAGESIZE) };
	/* Enough stays for the calls from here. What is below the end of the stack is skipped. */
	char *stack = page_of(&parts, (char *)__builtin_frame_address(0) - CALLS_NEED);
	size_t i;

	relro_find();
	dl_iterate_phdr(find_parts, &parts);
	/* Mappings side by side with the same advice are one. */
	split(&parts, from, 2);
	split(&parts, (const void *)madvise, 1);
	split(&parts, (const void *)poll, 1);
	split(&parts, (const void *)read, 1);
	/* musl's poll() goes through its neighbour. */
	split(&parts, (const void *)pthread_sigmask, 1);
	relro_drop();
	(void)madvise(stack - STACK_USED, STACK_USED, MADV_DONTNEED);
	for (i = 0; i < parts.count; i++)
		(void)madvise(parts.list[i].start, parts.list[i].size, MADV_DONTNEED);
}

int trim_end(void)
{
	return relro_restore();
}
