/* SPDX-License-Identifier: MIT */
/* How each kind of step is carried out, and what it works on while it is. */
#ifndef SANDBOX_STEP_H
#define SANDBOX_STEP_H

#include <stdbool.h>
#include <sys/types.h>

#include "config.h"
#include "sandbox/plan.h"
#include "sandbox/ring.h"
#include "sandbox/streams.h"

enum { BOX_PROC, BOX_SYS, BOX_DEV, BOX_TOP_COUNT };
/* A flag of STEP_VERIFY_RIGHTS. */
/* Flags of STEP_TERMINAL: in a sandbox that runs; or the session is there already. */
enum { TERMINAL_JOINED = 1, TERMINAL_LATE = 2 };
enum { VERIFY_NEW_PRIVILEGES = 2 };

enum { BOX_GROUPS_MAX = 32, BOX_HOME_SIZE = 264, BOX_PATH_SIZE = 64, BOX_DEVICE_SIZE = 24 };

struct report;
struct verified;

/* How a joining process becomes known to davit: in memory, since it must have no descriptor of davit's. */
struct handover {
	pid_t *pid;             /* its number, written by the kernel; not in its own memory */
	struct report *outcome; /* what it says when it failed: shared with it, not to be trusted */
};

/* A small file of the caller's: in directory dir. */
struct idfile {
	int dir, fd;
};

/* The block devices that carry a layer. */
struct box_device {
	int loop, verity;           /* the latter above the former */
	char path[BOX_DEVICE_SIZE]; /* /dev/loopN or /dev/dm-N: which is mounted */
};

/* What exists while a plan is carried out: descriptors (-1: none) and what steps found out for later ones. */
struct box {
	const struct plan *plan;
	size_t done;  /* host steps that were done */
	int report;   /* this side's end of the socket between davit and the box */
	int lock;     /* the cgroup hierarchy, locked until its own cgroup is in the parent */
	int run_root; /* the run directory */
	int streams[STREAMS]; /* the app's standard streams where they are pipes to davit */
	int pipes[STREAMS];   /* davit's ends of them */
	struct ring log;
	struct idfile cidfile, pidfile;
	int kept_state;             /* the app's folder, locked */
	bool kept_made;             /* by this launch */
	bool started, kept;         /* the app has run; what is known of it stays */
	int code;                   /* how it ended, as of davit run */
	int state;                  /* the locked file in the state directory */
	int loop_control;           /* while loop devices are attached */
	struct box_device *devices; /* of each layer */
	struct verified *verified;  /* what was checked before */
	int root;                   /* the root of the tree that is being made */
	int tops[BOX_TOP_COUNT];    /* its /proc, /sys and /dev, once they are mounted */
	int users;                  /* its user namespace */
	bool *absent;               /* of each step: the kernel does not have what it guards */
	size_t differs; /* the step whose effect was not as asked, when a read-back failed */
	int cgroups[CONTROLLER_COUNT]; /* cgroup.procs of each cgroup (v1: tasks), in order of making */
	int cgroup_count;
	int cgroup2;  /* the directory of the one that is v2 */
	bool joined2; /* the child was made in it */
	bool stuck;   /* a cgroup could not be removed */
	int ruleset;  /* of Landlock, until it is in force */
	int terminal; /* the app's side of its terminal */
	uid_t uid;
	gid_t gid;
	gid_t groups[BOX_GROUPS_MAX];
	int group_count;
	char home[BOX_HOME_SIZE]; /* "HOME=…" */
	struct handover handover; /* NULL and NULL unless the plan joins */
	const char **env;         /* room for the sandbox's entries, HOME and NULL */
};

/* Begin with PLAN; the room comes from ARENA. Returns 0 or -errno, said by fail(). */
int box_open(struct box *box, struct arena *arena, const struct plan *plan);

/* What the child tells davit over their socket, one packet each. */
enum report_kind {
	REPORT_FAILED,   /* step and error are set; the child ends */
	REPORT_TERMINAL, /* the master of the app's terminal comes with it */
	REPORT_READY,    /* all is done but exec: the socket closes when that succeeds */
	REPORT_KILL,     /* fault injection: davit is to kill itself now */
};

struct report {
	uint32_t kind;
	uint32_t step;
	int32_t error; /* positive errno */
};

/* Make the terminal of BOX standard input, output and error; and make that the session's own. Return 0 or -errno. */
int terminal_attach(const struct box *box);
int terminal_control(void);

/* A step's action: 0 or -errno; says nothing. */
typedef int step_run(const struct step *step, struct box *box);
/* Take back what the action did, wholly or in part. */
typedef void step_undo(const struct step *step, struct box *box);

struct step_class {
	const char *name;
	enum phase phase;
	step_run *run;   /* NULL: not in this build */
	step_undo *undo; /* host phase only */
	/* The step in words: $s source, $t target, $y type, $d data, $o flags and data, $n and $m
	 * the numbers, $c and $a they as capabilities. */
	const char *words;
	const char *option; /* the build option that brings it, or NULL */
};

extern const struct step_class step_classes[STEP_KIND_COUNT];

/* Carry out step NUMBER of the box's plan. Returns 0 or -errno. */
int step_do(struct box *box, size_t number);

step_run step_cidfile, step_pidfile, step_streams, step_log;
step_undo undo_cidfile, undo_pidfile, undo_streams, undo_log;
/* The pid file's only line. Returns 0 or -errno. */
int pidfile_write(const struct box *box, pid_t pid);
step_run step_keep, step_upper, step_unzip;
step_undo undo_keep;
step_run step_digest, step_admit, step_state, step_cgroup, step_loop, step_verity;
step_run step_control, step_control_if_there, step_inherit, step_throttle, step_weight;
step_undo undo_admit, undo_state, undo_cgroup, undo_loop, undo_verity;

step_run step_unshare, step_join, step_cgroup_namespace, step_private, step_stage, step_image,
	step_tree, step_overlay, step_root;
step_run step_top, step_inner, step_mask, step_read_only, step_node, step_link;
step_run step_mount, step_scratch, step_bind, step_file, step_device;
step_run step_verify_mounts, step_verify_cgroups, step_verify_rights;
step_run step_sysctl, step_oom_score, step_group;
step_run step_user, step_workdir, step_loopback, step_hostname, step_pivot, step_terminal;
step_run step_session, step_enter, step_rlimit, step_bounding, step_ids, step_capabilities,
	step_no_new_privs;
step_run step_landlock, step_landlock_path, step_landlock_port, step_restrict;
step_run step_descriptors, step_seccomp, step_init, step_lend, step_exec;
step_run step_owner, step_return;
step_run step_into, step_namespaces, step_verify_joined, step_forget, step_spawn;
step_undo undo_into;

#endif
