/* SPDX-License-Identifier: MIT */
/* Unpack zstd by libzstd, with a window that has a limit: it says how much memory is needed. */
#include <errno.h>

#include <zstd.h>
#include <zstd_errors.h>

#include "base/log.h"
#include "store/inflow.h"

enum { WINDOW_LOG_MOST = 23 /* 8 MiB: zstd's levels up to 19 ask for no more */ };

static int zstd_begin(struct inflow *in)
{
	in->zstd = ZSTD_createDStream();
	if (!in->zstd ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(in->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MOST)))
		return fail(ENOMEM, "%s", in->what);
	in->between = true;
	return 0;
}

static int fail_zstd(const struct inflow *in, size_t code)
{
	switch (ZSTD_getErrorCode(code)) {
	case ZSTD_error_frameParameter_windowTooLarge:
		return fail(0,
			    "%s: its zstd needs a window of more than 8 MiB: pack it without --long and --ultra",
			    in->what);
	case ZSTD_error_memory_allocation:
		return fail(ENOMEM, "%s", in->what);
	default:
		return fail(0, "%s: damaged zstd", in->what);
	}
}

static ssize_t zstd_more(struct inflow *in, void *to, size_t room)
{
	ZSTD_outBuffer out = { to, room, 0 };

	while (out.pos == 0) {
		int ret = in->left || in->ended ? 0 : inflow_fill(in);
		ZSTD_inBuffer from = { in->next, in->left, 0 };
		size_t code;

		if (ret < 0)
			return ret;
		/* There may be output without input still. */
		code = ZSTD_decompressStream(in->zstd, &out, &from);
		if (ZSTD_isError(code))
			return fail_zstd(in, code);
		in->next += from.pos;
		in->left -= from.pos;
		if (from.pos > 0 || out.pos > 0)
			in->between = code == 0;
		else if (in->ended)
			return in->between ? 0 : fail(0, "%s: its zstd is cut short", in->what);
	}
	return (ssize_t)out.pos;
}

static void zstd_end(struct inflow *in)
{
	(void)ZSTD_freeDStream(in->zstd);
	in->zstd = NULL;
}

const struct inflow_kind inflow_zstd = { zstd_begin, zstd_more, zstd_end };
