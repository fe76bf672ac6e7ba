/* SPDX-License-Identifier: MIT */
/* What a detached app wrote, in a file of fixed size in RAM. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "sandbox/ring.h"

/* Positions below this, or the multiple of room next below it. */
enum { SPAN = 1 << 30, TRIES = 100 };

/* A reader that meets the writer at work sees it by the check sum, and looks again. */
struct ring_head {
	char magic[8];
	uint32_t room;
	uint32_t head, tail, check;
};

static const char magic[8] = { 'd', 'a', 'v', 'i', 't', 'l', 'o', 'g' };

static uint32_t check_of(uint32_t head, uint32_t tail)
{
	return head ^ (tail << 16 | tail >> 16) ^ 0x5a5aa5a5;
}

static uint32_t advance(const struct ring *ring, uint32_t position, uint32_t length)
{
	const uint32_t end = SPAN / ring->room * ring->room;

	position += length;
	return position >= end ? position - end : position;
}

/* Bytes from position TAIL on to position HEAD. */
static uint32_t used_from(const struct ring *ring, uint32_t head, uint32_t tail)
{
	return head >= tail ? head - tail : head + SPAN / ring->room * ring->room - tail;
}

/* --- bytes in the file ------------------------------------------------------------------------------- */

/* Tried twice, then the older way: half an entry would spoil those that were written before it. */
static int write_at(int fd, const void *bytes, size_t length, off_t offset)
{
	ssize_t put = pwrite(fd, bytes, length, offset);

	if (put != (ssize_t)length)
		put = pwrite(fd, bytes, length, offset);
	if (put != (ssize_t)length && lseek(fd, offset, SEEK_SET) == offset)
		put = write(fd, bytes, length);
	if (put < 0)
		return -errno;
	return (size_t)put == length ? 0 : -ENOSPC;
}

static int part_write(const struct ring *ring, const char *bytes, size_t length, uint32_t offset)
{
	return write_at(ring->fd, bytes, length, (off_t)RING_DATA + offset);
}

static int data_write(const struct ring *ring, uint32_t position, const char *bytes, size_t length)
{
	const uint32_t offset = position % ring->room, rest = ring->room - offset;
	int ret;

	if (length <= rest)
		return part_write(ring, bytes, length, offset);
	ret = part_write(ring, bytes, rest, offset);
	return ret < 0 ? ret : part_write(ring, bytes + rest, length - rest, 0);
}

static int part_read(const struct ring *ring, void *bytes, size_t length, uint32_t offset)
{
	const ssize_t got = pread(ring->fd, bytes, length, (off_t)RING_DATA + offset);

	if (got < 0)
		return -errno;
	return (size_t)got == length ? 0 : -EIO;
}

static int data_read(const struct ring *ring, uint32_t position, void *bytes, size_t length)
{
	const uint32_t offset = position % ring->room, rest = ring->room - offset;
	int ret;

	if (length <= rest)
		return part_read(ring, bytes, length, offset);
	ret = part_read(ring, bytes, rest, offset);
	return ret < 0 ? ret : part_read(ring, (char *)bytes + rest, length - rest, 0);
}

static int head_write(const struct ring *ring)
{
	const uint32_t words[] = { ring->head, ring->tail, check_of(ring->head, ring->tail) };

	return write_at(ring->fd, words, sizeof(words), (off_t)offsetof(struct ring_head, head));
}

static int head_read(struct ring_head *head, const struct ring *ring)
{
	int i;

	for (i = 0; i < TRIES; i++) {
		const ssize_t got = pread(ring->fd, head, sizeof(*head), 0);

		if (got < 0)
			return -errno;
		if (got == sizeof(*head) && head->check == check_of(head->head, head->tail))
			return 0;
	}
	return -EIO;
}

/* --- writing ------------------------------------------------------------------------------------------ */

int ring_make(struct ring *ring, int dir, const char *name, uint32_t size)
{
	struct ring_head head = { .room = size - RING_DATA, .check = check_of(0, 0) };
	ssize_t put;

	*ring = (struct ring){ .fd = -1, .room = head.room };
	memcpy(head.magic, magic, sizeof(magic));
	ring->fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (ring->fd < 0)
		return -errno;
	put = pwrite(ring->fd, &head, sizeof(head), 0);
	if (put == sizeof(head))
		return 0;
	put = put < 0 ? -errno : -ENOSPC;
	ring_close(ring);
	return (int)put;
}

/* Told to readers before the bytes are overwritten. */
static int make_room(struct ring *ring, uint32_t length)
{
	struct ring_entry entry;
	const uint32_t before = ring->tail;

	/* One byte stays free, as a full ring would look like an empty one only by its positions. */
	while (ring->room - used_from(ring, ring->head, ring->tail) <= length) {
		int ret = data_read(ring, ring->tail, &entry, sizeof(entry));

		if (ret < 0)
			return ret;
		if (entry.length > FLOW_SIZE)
			return -EIO;
		ring->tail = advance(ring, ring->tail, (uint32_t)sizeof(entry) + entry.length);
	}
	return ring->tail == before ? 0 : head_write(ring);
}

int ring_add(struct ring *ring, uint32_t stream, const char *bytes, size_t length)
{
	struct ring_entry entry = { .length = (uint32_t)length, .stream = stream };
	char whole[sizeof(entry) + FLOW_SIZE];
	struct timespec now;
	int ret;

	if (length > FLOW_SIZE)
		return -EINVAL;
	clock_gettime(CLOCK_REALTIME, &now);
	entry.time = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	memcpy(whole, &entry, sizeof(entry));
	memcpy(whole + sizeof(entry), bytes, length);
	ret = make_room(ring, (uint32_t)(sizeof(entry) + length));
	if (ret == 0)
		ret = data_write(ring, ring->head, whole, sizeof(entry) + length);
	if (ret < 0)
		return ret;
	ring->head = advance(ring, ring->head, (uint32_t)(sizeof(entry) + length));
	return head_write(ring);
}

/* --- reading ------------------------------------------------------------------------------------------ */

int ring_open(struct ring *ring, int dir, const char *name)
{
	struct ring_head head = { .room = 0 };
	int ret;

	*ring = (struct ring){ .fd = -1 };
	ring->fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ret = ring->fd < 0 ? -errno : head_read(&head, ring);
	if (ret == 0 && (memcmp(head.magic, magic, sizeof(magic)) != 0 ||
			 head.room < RING_LEAST - RING_DATA || head.room > RING_MOST))
		ret = -EIO;
	if (ret < 0) {
		ring_close(ring);
		return ret;
	}
	ring->room = head.room;
	ring->tail = head.tail;
	return 0;
}

/* True when position tail of the reader is still, or again, one of an entry that was not overwritten. */
static bool is_kept(const struct ring *ring, const struct ring_head *head)
{
	return used_from(ring, head->head, ring->tail) <= used_from(ring, head->head, head->tail);
}

int ring_next(struct ring *ring, struct ring_entry *entry, char *bytes)
{
	struct ring_head head;
	int i, ret;

	for (i = 0; i < TRIES; i++) {
		ret = head_read(&head, ring);
		if (ret < 0)
			return ret;
		if (!is_kept(ring, &head))
			ring->tail = head.tail;
		if (ring->tail == head.head)
			return 0;
		ret = data_read(ring, ring->tail, entry, sizeof(*entry));
		if (ret == 0 && entry->length <= FLOW_SIZE)
			ret = data_read(ring, advance(ring, ring->tail, sizeof(*entry)), bytes,
					entry->length);
		/* What was overwritten while it was read is read again, from the oldest on. */
		if (ret < 0 || head_read(&head, ring) < 0 || !is_kept(ring, &head) ||
		    entry->length > FLOW_SIZE)
			continue;
		ring->tail = advance(ring, ring->tail, (uint32_t)sizeof(*entry) + entry->length);
		return 1;
	}
	return -EIO;
}

void ring_close(struct ring *ring)
{
	fd_close(&ring->fd);
}
