/* SPDX-License-Identifier: MIT */
/* The table of steps: name, phase, action, undo, and how each reads in a plan or in an error. */
#include "config.h"
#include "sandbox/fault.h"
#include "sandbox/step.h"

#define HAVE(option, function) (CONFIG_##option ? (function) : NULL)

const struct step_class step_classes[STEP_KIND_COUNT] = {
	/* source: layer; flags: its number; numbers: its offset and length in bytes */
	[STEP_DIGEST] = { "digest", PHASE_HOST, HAVE(IMAGE_OCI, step_digest), NULL, "$s",
			  "IMAGE_OCI" },
	/* numbers: bytes for this sandbox, and for all; data: the line of the policy */
	[STEP_ADMIT] = { "admit", PHASE_HOST, HAVE(RECORD, step_admit), HAVE(RECORD, undo_admit),
			 "$n bytes of memory, of $m for all by $d", "RECORD" },
	/* target: directory; source: cgroup that the sandbox's own will be in, when it is not davit's */
	[STEP_STATE] = { "state", PHASE_HOST, step_state, undo_state, "$t", NULL },
	/* target: folder of what the app wrote before */
	[STEP_KEEP] = { "keep", PHASE_HOST, HAVE(IMAGE_OCI, step_keep), HAVE(IMAGE_OCI, undo_keep),
			"$t", "IMAGE_OCI" },
	/* target: file that gets the sandbox's name, or its first process's number */
	[STEP_CIDFILE] = { "cidfile", PHASE_HOST, HAVE(DETACH, step_cidfile),
			   HAVE(DETACH, undo_cidfile), "$t", "DETACH" },
	[STEP_PIDFILE] = { "pidfile", PHASE_HOST, HAVE(DETACH, step_pidfile),
			   HAVE(DETACH, undo_pidfile), "$t", "DETACH" },
	/* flags: bit n for standard stream n; data: their names */
	[STEP_STREAMS] = { "pipes", PHASE_HOST, step_streams, undo_streams, "$d", NULL },
	/* target: the file; numbers: its size in bytes */
	[STEP_LOG] = { "log", PHASE_HOST, HAVE(DETACH, step_log), HAVE(DETACH, undo_log),
		       "$t, at most $n bytes", "DETACH" },
	/* target: control file; data: what is written; source: file that must say the same then, or
	 * NULL; type: what of the kernel brings the file, or NULL */
	[STEP_CONTROL] = { "write", PHASE_HOST, HAVE(CGROUP, step_control), NULL, "$d to $t",
			   "CGROUP" },
	[STEP_CONTROL_IF_THERE] = { "write", PHASE_HOST, HAVE(CGROUP, step_control_if_there), NULL,
				    "$d to $t, if there", "CGROUP" },
	/* target: control file, which gets what that of the cgroup above has */
	[STEP_INHERIT] = { "inherit", PHASE_HOST, HAVE(CGROUP_V1, step_inherit), NULL, "$t",
			   "CGROUP_V1" },
	/* source: disk; target: control file; type: what is limited; numbers: the limit; flags: cgroup version */
	[STEP_THROTTLE] = { "throttle", PHASE_HOST, HAVE(BLOCK_IO, step_throttle), NULL,
			    "$s: $y $n in $t", "BLOCK_IO" },
	/* target, data: control file and value; source, type: others, where there is no such file */
	[STEP_WEIGHT] = { "weight", PHASE_HOST, HAVE(BLOCK_IO, step_weight), NULL,
			  "$d to $t, or $y to $s", "BLOCK_IO" },
	/* target: directory of the cgroup; flags: 1 when the app joins it */
	[STEP_CGROUP] = { "cgroup", PHASE_HOST, HAVE(CGROUP, step_cgroup),
			  HAVE(CGROUP, undo_cgroup), "$t", "CGROUP" },
	/* source: image file; flags: number of the layer; numbers: its offset and length in bytes */
	[STEP_LOOP] = { "loop", PHASE_HOST, HAVE(IMAGE_SQUASHFS, step_loop),
			HAVE(IMAGE_SQUASHFS, undo_loop), "$s, $m bytes from $n, read-only",
			"IMAGE_SQUASHFS" },
	/* source: layer; flags: its number; data: root hash */
	[STEP_VERITY] = { "verity", PHASE_HOST, HAVE(VERITY, step_verity),
			  HAVE(VERITY, undo_verity), "$s, root hash $d", "VERITY" },

	/* target: directory of a cgroup that is there */
	[STEP_INTO] = { "into", PHASE_HOST, HAVE(CMD_EXEC, step_into), HAVE(CMD_EXEC, undo_into),
			"$t", "CMD_EXEC" },

	/* Joins all cgroups that STEP_CGROUP opened. */
	[STEP_JOIN] = { "join", PHASE_BOX, HAVE(CGROUP, step_join), NULL, "cgroups", "CGROUP" },
	[STEP_VERIFY_CGROUPS] = { "verify", PHASE_BOX, HAVE(CGROUP, step_verify_cgroups), NULL,
				  "cgroups", "CGROUP" },
	/* numbers: a process of the sandbox and its start time; flags: CLONE_NEW* */
	[STEP_NAMESPACES] = { "enter", PHASE_BOX, HAVE(CMD_EXEC, step_namespaces), NULL,
			      "the namespaces of process $n", "CMD_EXEC" },
	/* numbers: CLONE_NEW*, of the process itself */
	[STEP_UNSHARE] = { "unshare", PHASE_BOX, HAVE(BECOME, step_unshare), NULL,
			   "the other namespaces", "BECOME" },
	[STEP_CGROUP_NAMESPACE] = { "unshare", PHASE_BOX, step_cgroup_namespace, NULL,
				    "cgroup namespace", NULL },
	/* numbers: user and group, of this machine, that all is to belong to */
	[STEP_OWNER] = { "owner", PHASE_BOX, HAVE(USERNS, step_owner), NULL,
			 "user $n and group $m of this machine", "USERNS" },
	[STEP_PRIVATE] = { "private", PHASE_BOX, step_private, NULL, "all mounts", NULL },
	/* target: directory on the host; data: mount options; makes lower, upper, work, root in it;
	 * numbers: of several layers, how many: makes lower0 and so on for them */
	[STEP_STAGE] = { "stage", PHASE_BOX, step_stage, NULL, "tmpfs on $t$o", NULL },
	/* source: image; target: directory on the host; numbers: which layer */
	[STEP_IMAGE] = { "image", PHASE_BOX, HAVE(IMAGE_SQUASHFS, step_image), NULL,
			 "$y $s on $t$o", "IMAGE_SQUASHFS" },
	[STEP_TREE] = { "image", PHASE_BOX, step_tree, NULL, "directory $s on $t$o", NULL },
	/* source: a plain zip; target: directory on the host */
	[STEP_UNZIP] = { "unzip", PHASE_BOX, HAVE(IMAGE_ZIP, step_unzip), NULL, "$s to $t",
			 "IMAGE_ZIP" },
	/* source: the folder; target: directory of the stage, which is made; flags: MS_* */
	[STEP_UPPER] = { "upper", PHASE_BOX, HAVE(IMAGE_OCI, step_upper), NULL, "$s on $t$o",
			 "IMAGE_OCI" },
	/* type: NULL, or "kept" when the upper part is; target: directory on the host; source: that
	   in which the parts are; data: mount options */
	[STEP_OVERLAY] = { "overlay", PHASE_BOX, HAVE(OVERLAY, step_overlay), NULL, "$t$o",
			   "OVERLAY" },
	/* target: directory on the host; from here on all targets are inside it */
	[STEP_ROOT] = { "root", PHASE_BOX, step_root, NULL, "$t", NULL },
	/* type, target, data: as of mount(2); the target is /proc, /sys or /dev, made if missing, and no link */
	[STEP_TOP] = { "mount", PHASE_BOX, step_top, NULL, "$y on $t$o", NULL },
	/* as of mount(2); the target is in one of these, and is made */
	[STEP_INNER] = { "mount", PHASE_BOX, step_inner, NULL, "$y on $t$o", NULL },
	/* source: directory of the stage; the target is made if missing */
	[STEP_SCRATCH] = { "scratch", PHASE_BOX, step_scratch, NULL, "$t", NULL },
	/* type, target, data: as of mount(2); the target is made if missing */
	[STEP_MOUNT] = { "mount", PHASE_BOX, step_mount, NULL, "$y on $t$o", NULL },
	/* source: path on the host; target is made if missing; flags: MS_* */
	[STEP_BIND] = { "bind", PHASE_BOX, step_bind, NULL, "$s on $t$o", NULL },
	/* source: file in the stage, which is made; data: what is in it; the target is made if missing */
	[STEP_FILE] = { "file", PHASE_BOX, HAVE(NAMES_FILES, step_file), NULL, "$t", "NAMES_FILES" },
	/* source: empty directory, mounted with the flags where the target is one too; numbers: 1 when it is expected to be */
	[STEP_MASK] = { "mask", PHASE_BOX, step_mask, NULL, "$t", NULL },
	/* flags: MS_*, all that it has afterwards; numbers: 1 when the target is a mount already */
	[STEP_READ_ONLY] = { "read-only", PHASE_BOX, step_read_only, NULL, "$t", NULL },
	/* numbers: major and minor of a character device, or 0 and 0 for an empty file */
	[STEP_NODE] = { "node", PHASE_BOX, step_node, NULL, "$t", NULL },
	/* numbers: type and number that the device must have, or 0 and 0 for any */
	[STEP_DEVICE] = { "device", PHASE_BOX, HAVE(DEVICE, step_device), NULL, "$s as $t", "DEVICE" },
	[STEP_LINK] = { "link", PHASE_BOX, step_link, NULL, "$t", NULL },
	/* target: file below /proc/sys; data: what is written, and what it must say then */
	[STEP_SYSCTL] = { "sysctl", PHASE_BOX, HAVE(SYSCTL, step_sysctl), NULL, "$d to $t", "SYSCTL" },
	/* data: USER or USER:GROUP, looked up in the image's own files */
	[STEP_USER] = { "user", PHASE_BOX, step_user, NULL, "$d", NULL },
	/* data: GROUP, looked up likewise */
	[STEP_GROUP] = { "group", PHASE_BOX, step_group, NULL, "$d", NULL },
	[STEP_WORKDIR] = { "directory", PHASE_BOX, step_workdir, NULL, "$t", NULL },
	[STEP_LOOPBACK] = { "network", PHASE_BOX, step_loopback, NULL, "loopback only", NULL },
	[STEP_HOSTNAME] = { "hostname", PHASE_BOX, step_hostname, NULL, "$d", NULL },
	[STEP_PIVOT] = { "pivot", PHASE_BOX, step_pivot, NULL,
			 "into the new root, the old one gone", NULL },
	/* Of all steps that mounted something: is it there, of that type and with these flags? */
	[STEP_VERIFY_MOUNTS] = { "verify", PHASE_BOX, step_verify_mounts, NULL,
				 "mounts and their flags", NULL },
	/* flags: TERMINAL_* */
	[STEP_TERMINAL] = { "terminal", PHASE_BOX, HAVE(TERMINAL, step_terminal), NULL,
			    "of its own, on /dev/console", "TERMINAL" },

	/* The root that the helper of a sandbox in a user namespace has made. */
	[STEP_RETURN] = { "return", PHASE_LAST, HAVE(USERNS, step_return), NULL, "to the new root",
			  "USERNS" },
	/* flags: 1 when what it says goes nowhere */
	[STEP_SESSION] = { "session", PHASE_LAST, step_session, NULL,
			   "new, with an empty keyring$o", NULL },
	[STEP_ENTER] = { "enter", PHASE_LAST, step_enter, NULL, "$t", NULL },
	[STEP_OOM_SCORE] = { "oom", PHASE_LAST, step_oom_score, NULL, "score $d for want of memory",
			     NULL },
	/* flags: RLIMIT_*; type: its name; numbers: soft and hard limit */
	[STEP_RLIMIT] = { "limit", PHASE_LAST, HAVE(RLIMIT, step_rlimit), NULL, "$y $n, at most $m",
			  "RLIMIT" },
	/* numbers: mask of the capabilities that stay */
	[STEP_BOUNDING] = { "bounding", PHASE_LAST, HAVE(CAPABILITIES, step_bounding), NULL, "$c",
			    "CAPABILITIES" },
	[STEP_IDS] = { "ids", PHASE_LAST, step_ids, NULL, "$d", NULL },
	/* numbers: mask for root, mask for anybody else, who holds it as ambient too */
	[STEP_CAPABILITIES] = { "capability", PHASE_LAST, HAVE(CAPABILITIES, step_capabilities),
				NULL, "root: the same; others: $a", "CAPABILITIES" },
	[STEP_NO_NEW_PRIVS] = { "privilege", PHASE_LAST, step_no_new_privs, NULL,
				"no new privileges", NULL },
	/* numbers: as of STEP_CAPABILITIES; flags: 1 when this build sets them, VERIFY_NEW_PRIVILEGES */
	[STEP_VERIFY_RIGHTS] = { "verify", PHASE_LAST, step_verify_rights, NULL,
				 "ids, capabilities, privileges", NULL },
	/* The same, in a sandbox that runs. */
	[STEP_VERIFY_JOINED] = { "verify", PHASE_LAST, HAVE(CMD_EXEC, step_verify_joined), NULL,
				 "ids, capabilities, privileges", "CMD_EXEC" },
	[STEP_DESCRIPTORS] = { "close", PHASE_LAST, step_descriptors, NULL,
			       "all descriptors above 2", NULL },
	/* data: what is closed, of the sandbox's struct landlock */
	[STEP_LANDLOCK] = { "landlock", PHASE_LAST, HAVE(LANDLOCK, step_landlock), NULL,
			    "closes $d", "LANDLOCK" },
	/* target: file or directory inside; flags: what is allowed there; data: that in a word */
	[STEP_LANDLOCK_PATH] = { "landlock", PHASE_LAST, HAVE(LANDLOCK, step_landlock_path), NULL,
				 "but $d $t", "LANDLOCK" },
	/* numbers: the port; flags and data likewise */
	[STEP_LANDLOCK_PORT] = { "landlock", PHASE_LAST, HAVE(LANDLOCK, step_landlock_port), NULL,
				 "but $d $n", "LANDLOCK" },
	[STEP_RESTRICT] = { "restrict", PHASE_LAST, HAVE(LANDLOCK, step_restrict), NULL,
			    "by Landlock", "LANDLOCK" },
	/* The plan's filter. data: where it is from; flags: SECCOMP_FILTER_FLAG_* */
	[STEP_SECCOMP] = { "seccomp", PHASE_LAST, HAVE(SECCOMP, step_seccomp), NULL,
			   "$d, $n instructions", "SECCOMP" },
	[STEP_INIT] = { "init", PHASE_LAST, HAVE(INIT, step_init), NULL, "davit as process 1",
			"INIT" },
	[STEP_FORGET] = { "forget", PHASE_LAST, HAVE(CMD_EXEC, step_forget), NULL,
			  "davit's descriptors and environment", "CMD_EXEC" },
	/* flags: 1 when it ends with davit */
	[STEP_SPAWN] = { "spawn", PHASE_LAST, HAVE(CMD_EXEC, step_spawn), NULL,
			 "a process of the sandbox", "CMD_EXEC" },
	/* numbers: a socket, through which the root goes */
	[STEP_LEND] = { "lend", PHASE_LAST, HAVE(BUILD, step_lend), NULL, "the root to davit",
			"BUILD" },
	[STEP_EXEC] = { "exec", PHASE_LAST, step_exec, NULL, "$d", NULL },
};

int step_do(struct box *box, size_t number)
{
	const struct step *step = &box->plan->steps[number];
	int ret = CONFIG_FAULT ? fault_check(box, number) : 0;

	return ret < 0 ? ret : step_classes[step->kind].run(step, box);
}
