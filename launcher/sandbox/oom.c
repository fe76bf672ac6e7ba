/* SPDX-License-Identifier: MIT */
/* Read the kernel's count of out-of-memory kills: memory.events (v2), memory.oom_control (v1). */
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "sandbox/oom.h"

enum { TEXT_ROOM = 512 };

bool oom_report(const struct sandbox *sandbox, const struct host *host)
{
	const char *own = sandbox->cgroups[CONTROLLER_MEMORY];
	const struct host_controller *memory = &host->controllers[CONTROLLER_MEMORY];
	char path[PATH_MAX], text[TEXT_ROOM];
	uint64_t kills;

	if (!sandbox->limits.memory)
		return false;
	snprintf(path, sizeof(path), "%s/%s", own,
		 memory->version == 2 ? "memory.events" : "memory.oom_control");
	if (sys_read_file(text, sizeof(text), AT_FDCWD, path) < 0 ||
	    text_field(&kills, text, "oom_kill ") < 0 || !kills)
		return false;
	fail(0,
	     "%s: out of memory: the kernel killed %" PRIu64 " of its processes (limit %" PRIu64
	     " bytes, --memory)",
	     sandbox->name, kills, sandbox->limits.memory);
	return true;
}
