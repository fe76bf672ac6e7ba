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
	{ "add-host", 0, LIST(add_host, "HOST:IP"), HELP("a line of its own /etc/hosts") },
	{ "annotation", 0, LIST(annotation, "KEY=VALUE"),
	  HELP("a note for programs, kept in the record") },
	{ "blkio-weight", 0, TEXT(blkio_weight, "NUMBER"),
	  HELP("weight among others at a disk, 10 to 1000") },
	{ "cap-add", 0, LIST(cap_add, "NAME"),
	  HELP("keep a capability beyond the default list, or ALL") },
	{ "cap-drop", 0, LIST(cap_drop, "NAME"),
	  HELP("drop a capability of the default list, or ALL") },
	{ "cgroup-parent", 0, TEXT(cgroup_parent, "PATH"),
	  HELP("cgroup to make the sandbox's own in (default: davit)") },
	{ "cgroupns", 0, TEXT(cgroupns, "private|host"),
	  HELP("which cgroups it sees (default: its own)") },
	{ "cidfile", 0, TEXT(cidfile, "FILE"),
	  HELP("write the sandbox's name to a file that is not there yet") },
	{ "cpu-period", 0, TEXT(cpu_period, "MICROSECONDS"),
	  HELP("the time that --cpu-quota is a part of (default: 100000)") },
	{ "cpu-quota", 0, TEXT(cpu_quota, "MICROSECONDS"),
	  HELP("processor time in each period; --cpus says both") },
	{ "cpu-shares", 0, TEXT(cpu_shares, "NUMBER"),
	  HELP("weight among others at the processors (usual: 1024)") },
	{ "cpus", 0, TEXT(cpus, "NUMBER"), HELP("processor time, such as 0.5 or 2") },
	{ "cpuset-cpus", 0, TEXT(cpuset_cpus, "LIST"), HELP("only these processors, such as 0-2,4") },
	{ "cpuset-mems", 0, TEXT(cpuset_mems, "LIST"), HELP("only these memory nodes") },
	{ "detach", 'd', FLAG(detach), HELP("launch in the background, and print the name") },
	{ "device", 0, LIST(device, "DEVICE[:TARGET]"),
	  HELP("let the app use a device of this machine") },
	{ "device-read-bps", 0, LIST(device_read_bps, "DISK:SIZE"),
	  HELP("most bytes in a second from a disk, such as /dev/mmcblk0:1m") },
	{ "device-read-iops", 0, LIST(device_read_iops, "DISK:NUMBER"),
	  HELP("most operations in a second, from it") },
	{ "device-write-bps", 0, LIST(device_write_bps, "DISK:SIZE"),
	  HELP("most bytes in a second, to it") },
	{ "device-write-iops", 0, LIST(device_write_iops, "DISK:NUMBER"),
	  HELP("most operations in a second, to it") },
	{ "dns", 0, LIST(dns, "IP"), HELP("a name server, in its own /etc/resolv.conf") },
	{ "dns-option", 0, LIST(dns_option, "OPTION"),
	  HELP("with --dns: an option of resolv.conf(5)") },
	{ "dns-search", 0, LIST(dns_search, "DOMAIN"), HELP("with --dns: a domain to look in") },
	{ "entrypoint", 0, TEXT(entrypoint, "PROGRAM"), HELP("program to start, before COMMAND") },
	{ "env", 'e', LIST(env, "NAME[=VALUE]"),
	  HELP("set an environment variable, or pass this one on") },
	{ "env-file", 0, LIST(env_file, "FILE"),
	  HELP("read environment variables from a file, one per line") },
	{ "exec", 0, FLAG(exec),
	  HELP("become the app: no davit stays to watch it (needs --pid host)") },
	{ "gidmap", 0, LIST(gidmap, "INSIDE:OUTSIDE:COUNT"),
	  HELP("in a user namespace with these groups (default: as --uidmap)") },
	{ "group-add", 0, LIST(group_add, "GROUP"),
	  HELP("a further group of the image, by name or number") },
	{ "host", 0, TEXT(host_file, "FILE"),
	  HELP("davit plan: for the machine that davit doctor --facts describes") },
	{ "hostname", 'h', TEXT(hostname, "NAME"),
	  HELP("host name inside (default: the sandbox's name)") },
	{ "init", 0, FLAG(init), HELP("run a small process 1 that forwards signals and reaps") },
	{ "interactive", 'i', FLAG(interactive), HELP("pass standard input on") },
	{ "ipc", 0, TEXT(ipc, "private|none|host"),
	  HELP("shared memory and semaphores; none: and no /dev/shm") },
	{ "label", 'l', LIST(label, "KEY=VALUE"), HELP("a note for people, kept in the record") },
	{ "label-file", 0, LIST(label_file, "FILE"), HELP("read labels from a file, one per line") },
	{ "log-driver", 0, TEXT(log_driver, "local|none"),
	  HELP("with --detach: keep what the app writes, or do not") },
	{ "log-opt", 0, LIST(log_opt, "max-size=SIZE"),
	  HELP("with --detach: how much of it, at most (default: 64k)") },
	{ "memory", 'm', TEXT(memory, "SIZE"), HELP("memory limit, such as 16m") },
	{ "memory-reservation", 0, TEXT(memory_reservation, "SIZE"),
	  HELP("memory that it keeps when others want some too") },
	{ "memory-swap", 0, TEXT(memory_swap, "SIZE"),
	  HELP("memory and swap together, or -1 (default: twice the memory)") },
	{ "mount", 0, LIST(mount, "type=TYPE,..."),
	  HELP("bind with source=, target=, ro; tmpfs with target=, tmpfs-size=") },
	{ "name", 0, TEXT(name, "NAME"),
	  HELP("name of the sandbox (default: the image's, and a number)") },
	{ "network", 0, TEXT(network, "none|host"),
	  HELP("none (default): loopback only; host: this machine's network") },
	{ "oom-score-adj", 0, TEXT(oom_score_adj, "NUMBER"),
	  HELP("how readily the kernel kills it for want of memory") },
	{ "pid", 0, TEXT(pid, "private|host"), HELP("which processes it sees (default: its own)") },
	{ "pidfile", 0, TEXT(pidfile, "FILE"),
	  HELP("write the number of the app's process to a file while it runs") },
	{ "pids-limit", 0, TEXT(pids_limit, "NUMBER"), HELP("most processes and threads") },
	{ "privileged", 0, FLAG(privileged),
	  HELP("all capabilities, no filter; if the policy allows it") },
	{ "read-only", 0, FLAG(read_only), HELP("no writable layer above the image") },
	{ "restart", 0, TEXT(restart, "no"), HELP("only no: services start apps again") },
	{ "rm", 0, FLAG(rm), HELP("leave nothing when the app has ended, nor of what it wrote") },
	{ "run-root", 0, TEXT(run_root, "DIR"),
	  HELP("where live sandboxes are kept (default: /run/davit)") },
	{ "security-opt", 0, LIST(security_opt, "OPTION"),
	  HELP("seccomp=FILE, landlock=RULE,..., no-new-privileges=false") },
	{ "shm-size", 0, TEXT(shm_size, "SIZE"),
	  HELP("size of /dev/shm (default: a part of --storage-opt)") },
	{ "stop-signal", 0, TEXT(stop_signal, "SIGNAL"),
	  HELP("what davit stop sends (default: TERM)") },
	{ "stop-timeout", 0, TEXT(stop_timeout, "SECONDS"),
	  HELP("how long davit stop waits before it kills (default: 10)") },
	{ "storage-opt", 0, TEXT(storage_opt, "size=SIZE"),
	  HELP("most memory that the writable layer may take") },
	{ "sysctl", 0, LIST(sysctl, "NAME=VALUE"),
	  HELP("a kernel setting that each sandbox has for itself") },
	{ "tmpfs", 0, LIST(tmpfs, "TARGET[:OPTIONS]"), HELP("mount a tmpfs: size=, mode=, ro, exec") },
	{ "tty", 't', FLAG(tty), HELP("give the app a terminal of its own") },
	{ "uidmap", 0, LIST(uidmap, "INSIDE:OUTSIDE:COUNT"),
	  HELP("in a user namespace with these users (default: as --gidmap)") },
	{ "ulimit", 0, LIST(ulimit, "NAME=SOFT[:HARD]"), HELP("resource limit, such as nofile=1024") },
	{ "user", 'u', TEXT(user, "USER[:GROUP]"),
	  HELP("run as this user of the image, by name or number") },
	{ "userns", 0, TEXT(userns, "host|auto[:USER]"),
	  HELP("auto: in a user namespace, ids as in /etc/subuid") },
	{ "uts", 0, TEXT(uts, "private|host"), HELP("host: this machine's host name") },
	{ "volume", 'v', LIST(volume, "SOURCE:TARGET[:ro]"),
	  HELP("show a directory or file of this machine inside") },
	{ "workdir", 'w', TEXT(workdir, "DIR"), HELP("working directory inside") },
	OPTIONS_END,
};

int options_parse(struct request *request, struct arena *arena, int argc, char **argv)
{
	struct option_reader reader = { .table = options,
					.refused = CONFIG_SUGGEST ? options_refused : NULL,
					.verb = "run",
					.values = request,
					.arena = arena,
					.next = argv + 1 };
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
