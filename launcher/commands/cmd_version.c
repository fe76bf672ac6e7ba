/* SPDX-License-Identifier: MIT */
/* davit version: the version, the machine it was built for, and what it was built with. */
#include "base/log.h"
#include "commands/commands.h"

#if defined(__x86_64__)
#define MACHINE "x86_64"
#elif defined(__aarch64__)
#define MACHINE "aarch64"
#elif defined(__arm__) && defined(__ARM_PCS_VFP)
#define MACHINE "arm, hard-float"
#elif defined(__arm__)
#define MACHINE "arm, soft-float"
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE "riscv64"
#else
#define MACHINE "an unnamed machine"
#endif

int cmd_version(int argc, char **argv)
{
	if (argc > 1) {
		fail(0, "davit version takes no argument: %s", argv[1]);
		return EXIT_USAGE;
	}
	return say("davit " DAVIT_VERSION " for " MACHINE "\noptions: " DAVIT_OPTIONS "\n") < 0 ?
		       EXIT_FAILED :
		       0;
}
