/* SPDX-License-Identifier: MIT */
/* What the child tells davit over their socket, one packet each. */
#ifndef SANDBOX_REPORT_H
#define SANDBOX_REPORT_H

#include <stdint.h>

enum report_kind {
	REPORT_FAILED,    /* step and error are set; the child ends */
	REPORT_TERMINAL,  /* the master of the app's terminal comes with it */
	REPORT_READY,     /* all is done but exec: the socket closes when that succeeds */
	REPORT_KILL,      /* fault injection: davit is to kill itself now */
};

struct report {
	uint32_t kind;
	uint32_t step;
	int32_t error;    /* positive errno */
};

#endif
