/* SPDX-License-Identifier: MIT */
/* The parts of sandbox_decide() that have files of their own; all pure. */
#ifndef SANDBOX_DECIDE_H
#define SANDBOX_DECIDE_H

#include "config.h"
#include "sandbox/policy.h"
#include "sandbox/sandbox.h"

/* Fill what REQUEST leaves open with what IMAGE's configuration says, and with what its labels wish
 * for, as far as POLICY speaks of it. Returns 0 or -errno, said by fail(). */
int request_take_config(struct request *request, struct arena *arena, const struct image *image,
			const struct policy *policy);
/* Put ENTRY, NAME=VALUE, into ENV in place of the entry of that name, if there is one. Returns 0 or
 * -errno, said by fail(). */
int decide_env_put(struct texts *env, struct arena *arena, const char *entry);
/* --userns, --uidmap, --gidmap, after --user. Returns 0 or -errno, said by fail(). */
int decide_userns(struct sandbox *sandbox, struct arena *arena, const struct request *request);
/* Whose lines in /etc/subuid and /etc/subgid --userns needs, or NULL. */
const char *userns_user(const struct request *request);
/* --user, --workdir, --init, --interactive, --tty. Returns 0 or -errno, said by fail(). */
int decide_identity(struct sandbox *sandbox, const struct request *request);
/* A share of the machine's memory, at most MOST, in whole pages: the size of a tmpfs. */
uint64_t decide_share(const struct host *host, unsigned int divisor, uint64_t most);
/* --network, --ipc, --pid, --uts, --cgroupns. Returns 0 or -errno, said by fail(). */
int decide_namespaces(struct sandbox *sandbox, const struct request *request,
		      const struct host *host);
/* --sysctl, once the namespaces are decided. Returns 0 or -errno, said by fail(). */
int decide_sysctls(struct sandbox *sandbox, struct arena *arena, const struct texts *wanted);
/* Refuse OPTION when CONTROLLER is not to be had. Returns 0 or -errno, said by fail(). */
int decide_controller(const struct host *host, enum controller controller, const char *option);
/* --memory…, --cpu…, --pids-limit, --ulimit. Returns 0 or -errno, said by fail(). */
int decide_limits(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		  const struct host *host);
/* --cpuset-cpus, --cpuset-mems, --blkio-weight, --device-read-bps and its like. Returns 0 or -errno, said. */
int decide_cpuset(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		  const struct host *host);
int decide_io(struct sandbox *sandbox, struct arena *arena, const struct request *request,
	      const struct host *host);
/* --cgroup-parent, and the cgroups that all limits need. Returns 0 or -errno, said by fail(). */
int decide_cgroups(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		   const struct host *host);
/* --label, --annotation, --stop-signal, --stop-timeout, --restart, --privileged. Returns 0 or -errno, said. */
int decide_outside(struct sandbox *sandbox, struct arena *arena, const struct request *request);
/* The next part of a list that MARK separates, copied; *text moves behind it, to NULL after the last one. */
const char *decide_part(struct arena *arena, const char **text, char mark);
/* Where a mount may go: TARGET of OPTION's TEXT without needless slashes and dots, or NULL, said by fail(). */
const char *decide_target(struct arena *arena, const char *option, const char *text,
			  const char *target);
/* One word of --tmpfs, such as size=1m. Returns 0 or -EINVAL. */
int decide_scratch_word(struct scratch *scratch, const char *word);
/* One --mount. SCRATCH has a tmpfs's defaults. Returns 0 for a bind, which is in VOLUME then, 1 for
 * a tmpfs, which is in SCRATCH, or -errno, said by fail(). */
int decide_mount(struct volume *volume, struct scratch *scratch, struct arena *arena,
		 const char *text);
/* --add-host, --dns, --dns-search, --dns-option. Returns 0 or -errno, said by fail(). */
int decide_names_files(struct sandbox *sandbox, struct arena *arena, const struct request *request);
/* --detach, --rm, --log-driver, --log-opt, --cidfile, --pidfile; and streams that are the caller's
 * terminal. Returns 0 or -errno, said by fail(). */
int decide_streams(struct sandbox *sandbox, const struct request *request, const struct host *host);
/* --read-only, --storage-opt, --shm-size, --volume, --tmpfs, --mount, --device. Returns 0 or -errno, said by fail(). */
int decide_files(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		 const struct host *host);
/* Say that the line of POLICY with KEY refuses WHAT, which comes from an arena; NULL: memory ran out. Returns -errno. */
int policy_refuse(const struct policy *policy, enum policy_key key, const char *what);
/* What the image must show, whether there is a policy or not. Returns 0 or -errno, said by fail(). */
int decide_trust(struct sandbox *sandbox, struct arena *arena, const struct policy *policy,
		 const struct host *host);
/* Refuse what goes beyond POLICY, with its line; take default capabilities only as far as it goes.
 * Returns 0 or -errno, said by fail(). */
int decide_policy(struct sandbox *sandbox, struct arena *arena, const struct policy *policy,
		  const struct host *host);

/* --security-opt. Returns 0 or -errno, said by fail(). */
int decide_security(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		    const struct host *host);
/* The value of an entry of --security-opt, in Docker's form KEY=VALUE or the older KEY:VALUE; NULL when it has another key. */
const char *security_value(const char *entry, const char *key);
/* --security-opt landlock=. Returns 0 or -errno, said by fail(). */
int decide_landlock(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		    const struct host *host);
/* The file that --security-opt seccomp= names, or NULL. */
const char *security_seccomp_file(const struct request *request);

#endif
