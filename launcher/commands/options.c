/* SPDX-License-Identifier: MIT */
/* Docker's names and meanings for the options of davit run and davit plan, in one table. */
#include <errno.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/options.h"

#define FLAG(field) OPTION_FLAG_OF(request, field)
#define TEXT(field, argument) OPTION_TEXT_OF(request, field, argument)
#define LIST(field, argument) OPTION_LIST_OF(request, field, argument)

const struct option options[] = {
	{ "cap-add", 0, LIST(cap_add, "NAME"),
	  HELP("keep a capability beyond the default list, or ALL") },
	{ "cap-drop", 0, LIST(cap_drop, "NAME"),
	  HELP("drop a capability of the default list, or ALL") },
	{ "cpus", 0, TEXT(cpus, "NUMBER"), HELP("processor time, such as 0.5 or 2") },
	{ "device", 0, LIST(device, "DEVICE[:TARGET]"),
	  HELP("let the app use a device of this machine") },
	{ "entrypoint", 0, TEXT(entrypoint, "PROGRAM"), HELP("program to start, before COMMAND") },
	{ "env", 'e', LIST(env, "NAME[=VALUE]"),
	  HELP("set an environment variable, or pass this one on") },
	{ "env-file", 0, LIST(env_file, "FILE"),
	  HELP("read environment variables from a file, one per line") },
	{ "host", 0, TEXT(host_file, "FILE"),
	  HELP("davit plan: for the machine that davit doctor --facts describes") },
	{ "hostname", 'h', TEXT(hostname, "NAME"),
	  HELP("host name inside (default: the sandbox's name)") },
	{ "init", 0, FLAG(init), HELP("run a small process 1 that forwards signals and reaps") },
	{ "interactive", 'i', FLAG(interactive), HELP("pass standard input on") },
	{ "memory", 'm', TEXT(memory, "SIZE"), HELP("memory limit, such as 16m") },
	{ "name", 0, TEXT(name, "NAME"),
	  HELP("name of the sandbox (default: the image's, and a number)") },
	{ "network", 0, TEXT(network, "none|host"),
	  HELP("none (default): loopback only; host: this machine's network") },
	{ "pids-limit", 0, TEXT(pids_limit, "NUMBER"), HELP("most processes and threads") },
	{ "read-only", 0, FLAG(read_only), HELP("no writable layer above the image") },
	{ "rm", 0, FLAG(rm), HELP("leave nothing when the app has ended (always so)") },
	{ "run-root", 0, TEXT(run_root, "DIR"),
	  HELP("where live sandboxes are kept (default: /run/davit)") },
	{ "storage-opt", 0, TEXT(storage_opt, "size=SIZE"),
	  HELP("most memory that the writable layer may take") },
	{ "tmpfs", 0, LIST(tmpfs, "TARGET[:OPTIONS]"), HELP("mount a tmpfs: size=, mode=, ro, exec") },
	{ "tty", 't', FLAG(tty), HELP("give the app a terminal of its own") },
	{ "ulimit", 0, LIST(ulimit, "NAME=SOFT[:HARD]"), HELP("resource limit, such as nofile=1024") },
	{ "user", 'u', TEXT(user, "USER[:GROUP]"),
	  HELP("run as this user of the image, by name or number") },
	{ "volume", 'v', LIST(volume, "SOURCE:TARGET[:ro]"),
	  HELP("show a directory or file of this machine inside") },
	{ "workdir", 'w', TEXT(workdir, "DIR"), HELP("working directory inside") },
	OPTIONS_END,
};

int options_parse(struct request *request, struct arena *arena, int argc, char **argv)
{
	struct option_reader reader = {
		.table = options, .verb = "run", .values = request, .arena = arena, .next = argv + 1
	};
	int ret = options_read(&reader);

	(void)argc;
	if (ret)
		return ret;
	if (!*reader.next)
		return fail(0, "no image: davit %s [OPTION…] IMAGE [COMMAND [ARG…]]", argv[0]);
	request->image = *reader.next++;
	for (; *reader.next; reader.next++) {
		if (texts_add(arena, &request->command, *reader.next) < 0)
			return fail(ENOMEM, "command");
	}
	return 0;
}
