/* SPDX-License-Identifier: MIT */
/* The whole decision about one sandbox: made once by pure code on plain data, const from then on. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "image/image.h"
#include "sandbox/host.h"
#include "sandbox/idmap.h"
#include "sandbox/request.h"

struct filter;
struct landlock;

struct volume {
	const char *source, *target;
	bool read_only;
};

struct scratch {
	const char *target;
	uint64_t size; /* bytes; 0: a part of the stage */
	unsigned int mode;
	unsigned long flags; /* MS_* */
};

struct sysctl {
	const char *path; /* below /proc/sys */
	const char *value;
};

/* /dev/shm: of its own, the host's, or none. */
enum shm { SHM_OWN, SHM_HOST, SHM_NONE };

struct device {
	const char *source, *target;
	/* What a policy was held against, and what the device must still be; real: NULL without one. */
	const char *real; /* the path that the source leads to */
	mode_t type;      /* S_IFCHR or S_IFBLK */
	dev_t number;
};

struct limit {
	int resource; /* RLIMIT_* */
	const char *name;
	uint64_t soft, hard;
};

/* At most RATE bytes or operations in a second, from or to the disk SOURCE. */
struct throttle {
	const char *source;
	unsigned int kind; /* of enum throttle_kind */
	uint64_t rate;
};

enum throttle_kind {
	THROTTLE_READ_BPS,
	THROTTLE_WRITE_BPS,
	THROTTLE_READ_IOPS,
	THROTTLE_WRITE_IOPS
};

/* Seconds that davit stop waits, unless something else is asked for. */
enum { SANDBOX_STOP_TIMEOUT = 10 };

#define SWAP_UNLIMITED UINT64_MAX

/* A value of 0 or NULL means: no such limit. */
struct limits {
	uint64_t memory; /* bytes */
	uint64_t swap; /* bytes of swap beyond the memory, or SWAP_UNLIMITED; of use with memory only */
	bool swap_needed;     /* a kernel that cannot limit it will not do */
	uint64_t reservation; /* bytes of memory that the app keeps when others want memory too */
	uint64_t cpu; /* thousandths of one processor: quota in each period, in microseconds */
	uint64_t cpu_quota, cpu_period;
	uint64_t cpu_shares; /* weight among others, 1024 as usual; 2 to 262144 */
	uint64_t pids;
	const char *cpus, *nodes; /* lists such as 0-3,5, as the kernel writes them */
	uint64_t io_weight;       /* 10 to 1000 */
	const struct throttle *throttles;
	size_t throttle_count;
};

struct policy;

struct sandbox {
	const struct policy *policy; /* the device's, or NULL */
	const char *name, *hostname;
	const struct image *image;
	const char *run_root;     /* /run/davit */
	const char *state;        /* /run/davit/NAME */
	const char *kept;         /* folder of what it writes to its root, or NULL: the stage */
	unsigned long namespaces; /* CLONE_NEW* */
	struct id_map uids, gids; /* of a user namespace; no ranges: none of its own */
	bool digests;             /* layers are held against the manifest */
	bool verity;              /* layers with a hash tree are mounted through dm-verity */
	bool writable;            /* an overlay above the image */
	bool layered;             /* what is kept becomes a layer: nothing but files, whole ones */
	uint64_t scratch_size; /* bytes of the stage: overlay, /tmp, /run and /dev/shm together */
	uint64_t shm_size;     /* bytes of a /dev/shm of its own; 0: a part of the stage */
	enum shm shm;
	const struct sysctl *sysctls;
	size_t sysctl_count;
	const char *hosts,
		*resolver;     /* the texts of its own /etc/hosts and /etc/resolv.conf, or NULL */
	const char *oom_score; /* -1000 to 1000, or NULL */
	const struct volume *volumes;
	size_t volume_count;
	const struct scratch *scratches;
	size_t scratch_count;
	struct texts directories; /* of the image, made where they are missing */
	const struct device *devices;
	size_t device_count;
	const struct limit *rlimits;
	size_t rlimit_count;
	struct limits limits;
	const char *cgroups[CONTROLLER_COUNT]; /* the app's own cgroup of each controller that it needs, or NULL */
	const char *cgroup_parent; /* path of the cgroup above, in each hierarchy, where one was asked for */
	uint64_t capabilities; /* bit n = capability n may be held */
	uint64_t ambient;      /* of these, what a user other than root holds: asked for by name */
	bool new_privileges;   /* set-user-id programs of the image have effect */
	bool unconfined;       /* no system call filter */
	bool privileged;       /* nothing of /proc and /sys is hidden or read-only */
	const struct filter *filter;     /* in place of the default policy's, or NULL */
	const struct landlock *landlock; /* or NULL */
	const char *filter_file;         /* that it came from */
	struct texts groups;             /* by name or number, beside the user's own */
	const char *user;                /* "UID", "NAME", "UID:GID", … or NULL for root */
	const char *workdir;             /* absolute, or NULL */
	struct texts argv, env;
	struct texts labels, annotations; /* KEY=VALUE */
	int stop_signal;                  /* what davit stop sends first */
	int stop_timeout;                 /* seconds until it kills, or -1 for never */
	bool init, terminal, interactive;
	bool becomes;                  /* davit itself becomes the app */
	bool detached, remove;         /* remove: nothing is kept of it at its end */
	unsigned int piped;            /* bit n: standard stream n is a pipe to davit */
	uint64_t log_size;             /* bytes of a detached app's log, or 0 for none */
	const char *cidfile, *pidfile; /* or NULL */
	const struct texts *
		again; /* options of davit run that launch it again, and words behind its image; or NULL */
	char **own_argv; /* davit's own arguments: --init wipes them, the app could read them */
};

/* Whether its root is an overlay: it is written to, or its image has several layers. */
bool sandbox_is_overlaid(const struct sandbox *sandbox);
/* Decide what REQUEST asks of HOST with IMAGE, both of which must outlive the sandbox. Strings come
 * from ARENA. Touches nothing. Returns 0, or a negative errno, said by fail() with the option and
 * what was expected. */
int sandbox_decide(struct sandbox *sandbox, struct arena *arena, const struct request *request,
		   const struct image *image, const struct host *host);

#endif
