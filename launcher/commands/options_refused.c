/* SPDX-License-Identifier: MIT */
/* Options of docker run that a sandbox on a device has no use for: what to do instead. */
#include <stddef.h>

#include "commands/options.h"

#define NO_NETWORK "a sandbox has no network of its own with others: --network is none or host"
#define NO_PORTS "there are no ports to map: with --network host they are this machine's"
#define NO_PULL "nothing is fetched for a launch: davit pull does that before"
#define NO_HEALTH "an app's health is for whoever starts services to look after"
#define ONLY_V1 "only cgroup v1 could limit that: a board without it would not be limited"
#define ONLY_WINDOWS "that is for Windows"

const struct refused_option options_refused[] = {
	{ "attach", 'a', "output and error are davit's own always, and input with --interactive" },
	{ "blkio-weight-device", 0, "--blkio-weight is for all disks" },
	{ "cpu-count", 0, ONLY_WINDOWS },
	{ "cpu-percent", 0, ONLY_WINDOWS },
	{ "cpu-rt-period", 0, ONLY_V1 },
	{ "cpu-rt-runtime", 0, ONLY_V1 },
	{ "detach-keys", 0, "a sandbox that was launched attached stays so" },
	{ "device-cgroup-rule", 0, "no other device can be opened: name those that can by --device" },
	{ "disable-content-trust", 0, NO_PULL },
	{ "domainname", 0, "give --sysctl kernel.domainname=NAME" },
	{ "expose", 0, NO_PORTS },
	{ "gpus", 0, "name the device nodes by --device" },
	{ "health-cmd", 0, NO_HEALTH },
	{ "health-interval", 0, NO_HEALTH },
	{ "health-retries", 0, NO_HEALTH },
	{ "health-start-interval", 0, NO_HEALTH },
	{ "health-start-period", 0, NO_HEALTH },
	{ "health-timeout", 0, NO_HEALTH },
	{ "io-maxbandwidth", 0, ONLY_WINDOWS },
	{ "io-maxiops", 0, ONLY_WINDOWS },
	{ "ip", 0, NO_NETWORK },
	{ "ip6", 0, NO_NETWORK },
	{ "isolation", 0, ONLY_WINDOWS },
	{ "kernel-memory", 0, "--memory limits the kernel's memory for the app too" },
	{ "link", 0, NO_NETWORK },
	{ "link-local-ip", 0, NO_NETWORK },
	{ "mac-address", 0,
	  "with --network none there is no interface to set it on, with host it is this machine's" },
	{ "memory-swappiness", 0, ONLY_V1 },
	{ "network-alias", 0, NO_NETWORK },
	{ "no-healthcheck", 0, NO_HEALTH },
	{ "oom-kill-disable", 0, ONLY_V1 },
	{ "platform", 0, NO_PULL },
	{ "publish", 'p', NO_PORTS },
	{ "publish-all", 'P', NO_PORTS },
	{ "pull", 0, NO_PULL },
	{ "quiet", 'q', NO_PULL },
	{ "runtime", 0, "davit itself is the runtime" },
	{ "sig-proxy", 0, "signals are always passed on" },
	{ "volume-driver", 0, "name directories of this machine by --volume" },
	{ "volumes-from", 0, "name directories of this machine by --volume" },
	{ NULL, 0, NULL },
};
