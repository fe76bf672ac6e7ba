/* SPDX-License-Identifier: MIT */
/* Host step: no more memory for all sandboxes together than the device's policy has. */
#include <errno.h>
#include <time.h>

#include "base/fd.h"
#include "sandbox/record.h"
#include "sandbox/state.h"
#include "sandbox/step.h"

/* A launch is between its own admission and its record for a few milliseconds only. */
enum { WAIT_STEP = 5000000, WAIT_STEPS = 1000 };

/* What the sandboxes of ROOT have. -EAGAIN when one is being launched, so that its limit is not
 * known yet; -ENODATA when one has no limit at all. */
static int memory_sum(uint64_t *sum, int root)
{
	struct arena arena = { 0 };
	struct records records;
	int ret = record_list_at(&records, &arena, root);
	size_t i;

	*sum = 0;
	for (i = 0; i < records.count && ret == 0; i++) {
		const struct record *record = &records.items[i];
		uint64_t memory = record_number(record, "memory");

		if (record->state == RECORD_EXITED)
			continue;
		if (record->state == RECORD_CREATED)
			ret = -EAGAIN;
		else if (!memory || memory > UINT64_MAX - *sum)
			ret = -ENODATA;
		*sum += memory;
	}
	records_close(&records);
	arena_close(&arena);
	return ret;
}

/* The run directory stays locked until the sandbox has its own directory there, which makes the
 * next admission wait for its record. */
int step_admit(const struct step *step, struct box *box)
{
	const struct timespec time = { .tv_nsec = WAIT_STEP };
	uint64_t sum;
	int i, ret = -EAGAIN;

	for (i = 0; i < WAIT_STEPS && ret == -EAGAIN; i++) {
		autoclose int root = state_lock(box->plan->sandbox->run_root);

		if (root < 0)
			return root;
		ret = memory_sum(&sum, root);
		if (ret == 0 && sum > step->numbers[1] - step->numbers[0])
			return -EDQUOT;
		if (ret == 0)
			box->run_root = steal_fd(&root);
		fd_close(&root);
		if (ret == -EAGAIN)
			nanosleep(&time, NULL);
	}
	return ret;
}

void undo_admit(const struct step *step, struct box *box)
{
	(void)step;
	fd_close(&box->run_root);
}
