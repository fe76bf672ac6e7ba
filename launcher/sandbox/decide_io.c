/* SPDX-License-Identifier: MIT */
/* How much an app may read from and write to disks. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "sandbox/decide.h"

enum { WEIGHT_LEAST = 10, WEIGHT_MOST = 1000 };

static bool is_bytes(unsigned int kind)
{
	return kind == THROTTLE_READ_BPS || kind == THROTTLE_WRITE_BPS;
}

/* DISK:RATE. Which number the disk has is seen when it is opened. */
static int throttle_decide(struct throttle *throttle, struct arena *arena, const char *option,
			   const char *text)
{
	const char *colon = strrchr(text, ':');
	int ret = -EINVAL;

	if (colon && text[0] == '/' && is_bytes(throttle->kind))
		ret = text_size(&throttle->rate, colon + 1);
	else if (colon && text[0] == '/')
		ret = text_number(&throttle->rate, colon + 1, UINT32_MAX);
	if (ret < 0 || !throttle->rate)
		return fail(0, "--%s %s: expected DISK:%s, such as /dev/mmcblk0:%s", option, text,
			    is_bytes(throttle->kind) ? "SIZE" : "NUMBER",
			    is_bytes(throttle->kind) ? "1m" : "100");
	throttle->source = arena_copy(arena, text, (size_t)(colon - text));
	return throttle->source ? 0 : fail(ENOMEM, "--%s", option);
}

static int decide_throttles(struct sandbox *sandbox, struct arena *arena,
			    const struct request *request, const struct host *host)
{
	const struct {
		const struct texts *list;
		const char *option;
		enum throttle_kind kind;
	} rows[] = {
		{ &request->device_read_bps, "device-read-bps", THROTTLE_READ_BPS },
		{ &request->device_write_bps, "device-write-bps", THROTTLE_WRITE_BPS },
		{ &request->device_read_iops, "device-read-iops", THROTTLE_READ_IOPS },
		{ &request->device_write_iops, "device-write-iops", THROTTLE_WRITE_IOPS },
	};
	struct limits *limits = &sandbox->limits;
	struct throttle *list = NULL;
	const char *option = NULL;
	size_t count = 0, i, k;
	int ret = 0;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		count += rows[i].list->count;
		option = rows[i].list->count && !option ? rows[i].option : option;
	}
	if (!option)
		return 0;
	if (!CONFIG_BLOCK_IO)
		return fail(0, "--%s: not in this build (CONFIG_BLOCK_IO)", option);
	list = arena_alloc(arena, count * sizeof(*list));
	if (!list)
		return fail(ENOMEM, "--%s", option);
	limits->throttles = list;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (k = 0; k < rows[i].list->count && ret == 0; k++) {
			struct throttle *throttle = &list[limits->throttle_count++];

			throttle->kind = rows[i].kind;
			ret = throttle_decide(throttle, arena, rows[i].option,
					      rows[i].list->items[k]);
		}
	}
	return ret == 0 ? decide_controller(host, CONTROLLER_IO, option) : ret;
}

int decide_io(struct sandbox *sandbox, struct arena *arena, const struct request *request,
	      const struct host *host)
{
	struct limits *limits = &sandbox->limits;
	const char *text = request->blkio_weight;
	int ret = decide_throttles(sandbox, arena, request, host);

	/* Docker: 0 is as if not given. */
	if (ret < 0 || !text || strcmp(text, "0") == 0)
		return ret;
	if (!CONFIG_BLOCK_IO)
		return fail(0, "--blkio-weight: not in this build (CONFIG_BLOCK_IO)");
	if (text_number(&limits->io_weight, text, WEIGHT_MOST) < 0 || limits->io_weight < WEIGHT_LEAST)
		return fail(0, "--blkio-weight %s: expected 10 to 1000", text);
	return decide_controller(host, CONTROLLER_IO, "blkio-weight");
}
