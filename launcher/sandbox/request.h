/* SPDX-License-Identifier: MIT */
/* What was asked for, as text, whoever asked: the command line now, a .conf file or OCI's config.json alike. */
#ifndef SANDBOX_REQUEST_H
#define SANDBOX_REQUEST_H

#include <stdbool.h>

#include "base/arena.h"

/* NULL and false mean: not asked for. The strings belong to argv or to the request's arena. */
struct request {
	const char *image;    /* file, FILE@OFFSET or directory */
	struct texts command; /* COMMAND [ARG…] */
	const char *name, *hostname, *user, *workdir, *entrypoint;
	const char *root;      /* NULL: /var/lib/davit */
	const char *run_root;  /* NULL: /run/davit */
	const char *host_file; /* davit plan only: facts of another machine */
	const char *memory, *cpus, *pids_limit, *network, *storage_opt;
	const char *memory_swap, *memory_reservation, *cpu_period, *cpu_quota, *cpu_shares;
	const char *cpuset_cpus, *cpuset_mems, *blkio_weight, *cgroup_parent;
	const char *ipc, *pid, *uts, *cgroupns, *shm_size, *oom_score_adj;
	const char *userns;
	const char *subuid, *subgid; /* what these files in /etc say, where --userns names them */
	struct texts uidmap, gidmap;
	struct texts sysctl, group_add, mount, add_host, dns, dns_search, dns_option;
	const char *stop_signal, *stop_timeout, *restart;
	struct texts label, label_file, annotation;
	bool privileged, may_be_privileged; /* the latter: the device's policy decides */
	struct texts device_read_bps, device_write_bps, device_read_iops, device_write_iops;
	struct texts env, env_file, volume, tmpfs, device, cap_add, cap_drop, ulimit, security_opt;
	const char *seccomp_data; /* the contents of the file that --security-opt seccomp= names, ended by NUL, or NULL */
	size_t seccomp_size;
	struct texts image_volumes; /* directories that the image says are written to */
	const char *cidfile, *pidfile, *log_driver;
	struct texts log_opt;
	bool read_only, rm, init, tty, interactive, detach, exec;
	char **own_argv; /* davit's own, from argv[0] on */
};

#endif
