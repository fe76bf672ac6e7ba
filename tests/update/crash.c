/* SPDX-License-Identifier: MIT */
/* Take changes away from the end of what was recorded, as a power cut does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crash.h"

enum { PENDING_MOST = 4096, SEEN_SLOTS = 1 << 20, SUBSETS_MOST = 7, THOROUGH_MOST = 11 };

/* What of a change is on the disk. */
enum part { PART_NONE, PART_ALL, PART_ZEROS, PART_RUBBISH, PART_HALF };

static const char *const part_names[] = { "lost", "there", "zeros", "rubbish", "half there" };

struct seen {
	uint64_t slots[SEEN_SLOTS];
};

struct crash {
	const struct recording *recording;
	const struct crash_order *order;
	bool ordered;     /* a journal keeps the order of names */
	struct disk sure; /* on the disk whatever happens */
	struct disk disk; /* a state */
	int pending[PENDING_MOST], count, done;
	unsigned char parts[PENDING_MOST];
	unsigned int states, random;
};

static bool is_data(const struct crash *crash, int i)
{
	return crash->recording->ops[crash->pending[i]].kind == OP_DATA;
}

/* --- one change ------------------------------------------------------------------------------------------ */

static const struct content *patch(const struct content *old, const struct op *op, enum part part)
{
	const size_t size = op->content->size, length = op->to - op->from;
	const struct content *new;
	unsigned char *bytes;

	if (part == PART_ALL && old == op->before)
		return op->content;
	bytes = calloc(1, size + 1);
	if (!bytes)
		exit(2);
	memcpy(bytes, old->bytes, old->size < size ? old->size : size);
	if (part == PART_ALL || part == PART_HALF)
		memcpy(bytes + op->from, op->content->bytes + op->from,
		       part == PART_ALL ? length : length / 2);
	else
		memset(bytes + op->from, part == PART_ZEROS ? 0 : 0xa5, length);
	new = content_make(bytes, size);
	free(bytes);
	return new;
}

static void apply(struct disk *disk, const struct op *op, enum part part)
{
	struct file *file = op->file == NOWHERE ? NULL : &disk->files[op->file];

	if (part == PART_NONE)
		return;
	if (op->kind == OP_NAME)
		disk_set(disk, op->dir, op->name, op->file);
	if (op->kind == OP_DATA && file)
		file->content = patch(file->content, op, part);
	if (op->kind == OP_OWNER && file) {
		file->mode = op->owner.mode;
		file->uid = op->owner.uid;
		file->gid = op->owner.gid;
		file->attributes = op->owner.attributes;
	}
}

/* --- one state ------------------------------------------------------------------------------------------- */

struct seen *seen_new(void)
{
	struct seen *seen = calloc(1, sizeof(*seen));

	if (!seen)
		exit(2);
	return seen;
}

bool seen_add(struct seen *seen, uint64_t hash)
{
	size_t slot = hash % SEEN_SLOTS;

	hash += !hash;
	while (seen->slots[slot] && seen->slots[slot] != hash)
		slot = (slot + 1) % SEEN_SLOTS;
	if (seen->slots[slot])
		return true;
	seen->slots[slot] = hash;
	return false;
}

static void tell(const struct crash *crash, struct cut *cut)
{
	const struct recording *recording = crash->recording;
	int i, lost = 0, at;

	at = snprintf(cut->how, sizeof(cut->how), "after change %d of %d%s (%s): ", cut->done,
		      recording->count, crash->ordered ? ", in order" : "",
		      cut->done ? recording->ops[cut->done - 1].what : "begin");
	for (i = 0; i < crash->count && at < (int)sizeof(cut->how) - 40; i++) {
		if (crash->parts[i] == PART_ALL)
			continue;
		lost++;
		if (lost <= 3)
			at += snprintf(cut->how + at, sizeof(cut->how) - (size_t)at, "%d %.24s %s, ",
				       crash->pending[i] + 1, recording->ops[crash->pending[i]].what,
				       part_names[crash->parts[i]]);
	}
	snprintf(cut->how + at, sizeof(cut->how) - (size_t)at, "%d of %d lost", lost, crash->count);
}

/* The position of OP in the list of what is pending, or NOWHERE. */
static int position(const struct crash *crash, int op, int before)
{
	int i;

	for (i = before - 1; i >= 0; i--) {
		if (crash->pending[i] == op)
			return i;
	}
	return NOWHERE;
}

/* An old name goes never without the new one; with a journal, never apart from it. */
static void mend_renames(struct crash *crash)
{
	int i;

	for (i = 0; i < crash->count; i++) {
		const int with = crash->recording->ops[crash->pending[i]].with;
		const int other = with == NOWHERE ? NOWHERE : position(crash, with, i);

		if (other == NOWHERE)
			continue;
		if (crash->ordered || crash->parts[other] == PART_NONE)
			crash->parts[i] = crash->parts[other];
	}
}

static void try_parts(struct crash *crash)
{
	struct cut cut = { .disk = &crash->disk, .done = crash->done };
	int i;

	mend_renames(crash);
	disk_copy(&crash->disk, &crash->sure);
	for (i = 0; i < crash->count; i++)
		apply(&crash->disk, &crash->recording->ops[crash->pending[i]], crash->parts[i]);
	cut.hash = disk_hash(&crash->disk, DISK_TOP);
	cut.ended = crash->order->succeeds && crash->done == crash->recording->count;
	if (!seen_add(crash->order->seen, cut.hash))
		crash->states++;
	else if (!cut.ended)
		return;
	if (cut.ended && seen_add(crash->order->seen, cut.hash + 1))
		return;
	tell(crash, &cut);
	crash->order->take(crash->order->data, &cut);
}

static void set_parts(struct crash *crash, int from, int to, enum part part)
{
	if (to > from)
		memset(crash->parts + from, part, (size_t)(to - from));
}

/* --- many states ----------------------------------------------------------------------------------------- */

static void try_prefixes(struct crash *crash)
{
	int i;

	for (i = 0; i <= crash->count; i++) {
		set_parts(crash, 0, i, PART_ALL);
		set_parts(crash, i, crash->count, PART_NONE);
		try_parts(crash);
		set_parts(crash, 0, i, PART_NONE);
		set_parts(crash, i, crash->count, PART_ALL);
		try_parts(crash);
	}
}

/* All of them are MOST, but for one, or two. */
static void try_others(struct crash *crash, enum part most, enum part other)
{
	const int pairs_most = crash->order->thorough ? 64 : 24;
	int i, k;

	for (i = 0; i < crash->count; i++) {
		set_parts(crash, 0, crash->count, most);
		crash->parts[i] = other;
		try_parts(crash);
		for (k = i + 1; k < crash->count && crash->count <= pairs_most; k++) {
			set_parts(crash, 0, crash->count, most);
			crash->parts[i] = crash->parts[k] = other;
			try_parts(crash);
		}
	}
}

static void try_subsets(struct crash *crash)
{
	const int most = crash->order->thorough ? THOROUGH_MOST : SUBSETS_MOST;
	const unsigned int chances = crash->order->thorough ? 200 : 20;
	unsigned int mask;
	int i;

	for (mask = 0; crash->count <= most ? mask < 1U << crash->count : mask < chances; mask++) {
		for (i = 0; i < crash->count; i++) {
			crash->random = crash->random * 1103515245 + 12345;
			crash->parts[i] =
				crash->count <= most ? mask >> i & 1 : crash->random >> 16 & 1;
		}
		try_parts(crash);
	}
}

/* Bytes that are not as they were written; the other ones are there, or lost. */
static void try_spoilt(struct crash *crash)
{
	enum part part;
	int i, k, others;

	for (i = 0; i < crash->count; i++) {
		for (part = PART_ZEROS; is_data(crash, i) && part <= PART_HALF; part++) {
			for (others = PART_NONE; others <= PART_ALL; others++) {
				for (k = 0; k < crash->count; k++)
					crash->parts[k] = is_data(crash, k) ? others : PART_ALL;
				crash->parts[i] = part;
				try_parts(crash);
			}
		}
	}
}

/* With a journal: names up to one moment, and any bytes. */
static void try_ordered(struct crash *crash)
{
	int end, i, k, lost;

	for (end = 0; end <= crash->count; end++) {
		for (i = -2; i < crash->count; i++) {
			if (i >= 0 && !is_data(crash, i))
				continue;
			for (lost = PART_NONE; lost <= PART_ALL; lost++) {
				for (k = 0; k < crash->count; k++)
					crash->parts[k] = is_data(crash, k) ? lost : k < end;
				if (i >= 0)
					crash->parts[i] = !lost;
				try_parts(crash);
			}
		}
	}
}

static void try_all(struct crash *crash)
{
	if (crash->ordered) {
		try_ordered(crash);
		try_spoilt(crash);
		return;
	}
	try_prefixes(crash);
	try_others(crash, PART_ALL, PART_NONE);
	try_others(crash, PART_NONE, PART_ALL);
	try_subsets(crash);
	try_spoilt(crash);
}

/* --- what is sure ---------------------------------------------------------------------------------------- */

static bool becomes_sure(const struct crash *crash, const struct op *sync, const struct op *op)
{
	if (sync->kind == OP_SYNC_ALL)
		return true;
	if (op->kind == OP_DATA)
		return op->file == sync->file;
	if (crash->ordered)
		return true;
	return op->kind == OP_NAME ? op->dir == sync->file : op->file == sync->file;
}

static void make_sure(struct crash *crash, const struct op *sync)
{
	int i, left = 0;

	for (i = 0; i < crash->count; i++) {
		const struct op *op = &crash->recording->ops[crash->pending[i]];

		if (becomes_sure(crash, sync, op))
			apply(&crash->sure, op, PART_ALL);
		else
			crash->pending[left++] = crash->pending[i];
	}
	crash->count = left;
}

static void take_op(struct crash *crash, int number)
{
	const struct op *op = &crash->recording->ops[number];

	if (op->kind == OP_SYNC || op->kind == OP_SYNC_ALL) {
		make_sure(crash, op);
	} else {
		if (crash->count == PENDING_MOST)
			exit(2);
		crash->pending[crash->count++] = number;
	}
}

unsigned int crash_each(const struct recording *recording, const struct crash_order *order)
{
	static struct crash crash;
	int model, i;

	memset(&crash, 0, sizeof(crash));
	crash.recording = recording;
	crash.order = order;
	crash.random = 1;
	for (model = 0; model < 2; model++) {
		crash.ordered = model;
		crash.count = 0;
		disk_copy(&crash.sure, &recording->begin);
		for (i = 0; i <= recording->count; i++) {
			crash.done = i;
			if (i >= order->first)
				try_all(&crash);
			if (i < recording->count)
				take_op(&crash, i);
		}
	}
	disk_free(&crash.sure);
	disk_free(&crash.disk);
	return crash.states;
}
