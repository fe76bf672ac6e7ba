/* SPDX-License-Identifier: MIT */
/* A bump allocator: small pieces from blocks of 16 KiB, large ones from a block of their own.
 * Straight from the kernel: musl's allocator keeps its books at the program break, far from all
 * else, where a page takes three more of tables. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/arena.h"

enum { BLOCK_SIZE = 16384, ALIGNMENT = 8 };

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	max_align_t data[];
};

/* For at least SIZE bytes, zeroed. */
static struct arena_block *block_add(struct arena *arena, size_t size)
{
	struct arena_block *block;

	size += sizeof(*block);
	if (size < BLOCK_SIZE)
		size = BLOCK_SIZE;
	block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED) {
		arena->failed = 1;
		return NULL;
	}
	block->size = size - sizeof(*block);
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	void *ret;

	if (size > SIZE_MAX / 4) {
		arena->failed = 1;
		return NULL;
	}
	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (!block || block->size - block->used < size)
		block = block_add(arena, size);
	if (!block)
		return NULL;
	ret = (char *)block->data + block->used;
	block->used += size;
	return ret;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
	/* The sum of the largest length would be 0. */
	char *ret = arena_alloc(arena, length < SIZE_MAX ? length + 1 : SIZE_MAX);

	if (ret)
		memcpy(ret, text, length);
	return ret;
}

char *arena_print(struct arena *arena, const char *format, ...)
{
	struct arena_block *block = arena->blocks;
	const size_t room = block ? block->size - block->used : 0;
	char *ret = block ? (char *)block->data + block->used : NULL;
	va_list args, again;
	int length;

	/* At once to where it will stand, if it fits there. */
	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(ret, room, format, args);
	if (length < 0 || (size_t)length >= room) {
		if (room)
			memset(ret, 0, room);
		ret = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1);
		if (ret)
			vsnprintf(ret, (size_t)length + 1, format, again);
	} else {
		ret = arena_alloc(arena, (size_t)length + 1);
	}
	va_end(again);
	va_end(args);
	return ret;
}

int texts_add(struct arena *arena, struct texts *list, const char *text)
{
	/* Room doubles whenever the count is a power of two; one more for the NULL at the end. */
	if ((list->count & (list->count - 1)) == 0) {
		size_t room = list->count ? list->count * 2 : 1;
		const char **items = arena_alloc(arena, (room + 1) * sizeof(*items));

		if (!items)
			return -ENOMEM;
		if (list->count)
			memcpy(items, list->items, list->count * sizeof(*items));
		list->items = items;
	}
	list->items[list->count++] = text;
	list->items[list->count] = NULL;
	return 0;
}

/* Room doubles, so that a long text costs no more than twice itself. */
static int string_grow(struct arena *arena, struct string *string, size_t more)
{
	size_t room = string->room ? string->room * 2 : 64;
	char *text;

	while (room - string->length <= more)
		room *= 2;
	text = arena_alloc(arena, room);
	if (!text)
		return -ENOMEM;
	if (string->length)
		memcpy(text, string->text, string->length);
	string->text = text;
	string->room = room;
	return 0;
}

void string_add(struct arena *arena, struct string *string, const char *format, ...)
{
	size_t room = string->room - string->length;
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(room ? string->text + string->length : NULL, room, format, args);
	if (length >= 0 && (size_t)length >= room) {
		room = string_grow(arena, string, (size_t)length) == 0 ? (size_t)length + 1 : 0;
		if (room)
			vsnprintf(string->text + string->length, room, format, again);
		else if (string->room)
			string->text[string->length] = '\0';
	}
	if (length < 0)
		arena->failed = 1;
	else if (room)
		string->length += (size_t)length;
	va_end(again);
	va_end(args);
}

void arena_close(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		munmap(block, sizeof(*block) + block->size);
	}
}
