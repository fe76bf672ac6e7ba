# SPDX-License-Identifier: MIT
# What davit is made of, room by room; an optional part is a whole file.

src-y += launcher/base/arena.c
src-y += launcher/base/log.c
src-y += launcher/base/relro.c
src-y += launcher/base/sys.c
src-y += launcher/base/text.c
src-y += launcher/base/tree.c

src-y += launcher/image/image.c
src-$(CONFIG_IMAGE_SQUASHFS) += launcher/image/squashfs.c

src-y += launcher/sandbox/capability.c
src-y += launcher/sandbox/child.c
src-y += launcher/sandbox/decide_files.c
src-y += launcher/sandbox/decide_limits.c
src-y += launcher/sandbox/execute.c
src-y += launcher/sandbox/facts.c
src-y += launcher/sandbox/failure.c
src-$(CONFIG_FAULT) += launcher/sandbox/fault.c
src-y += launcher/sandbox/host.c
src-y += launcher/sandbox/launch.c
src-$(CONFIG_CGROUP) += launcher/sandbox/oom.c
src-$(CONFIG_USER_NAMES) += launcher/sandbox/passwd.c
src-y += launcher/sandbox/plan.c
src-y += launcher/sandbox/plan_cgroups.c
src-y += launcher/sandbox/plan_root.c
src-y += launcher/sandbox/print.c
src-y += launcher/sandbox/sandbox.c
src-$(CONFIG_SECCOMP) += launcher/sandbox/seccomp.c
src-y += launcher/sandbox/state.c
src-y += launcher/sandbox/step.c
src-$(CONFIG_CAPABILITIES) += launcher/sandbox/step_capabilities.c
src-$(CONFIG_CGROUP) += launcher/sandbox/step_cgroup.c
src-y += launcher/sandbox/step_exec.c
src-y += launcher/sandbox/step_identity.c
src-$(CONFIG_INIT) += launcher/sandbox/step_init.c
src-$(CONFIG_IMAGE_SQUASHFS) += launcher/sandbox/step_loop.c
src-y += launcher/sandbox/step_mount.c
src-y += launcher/sandbox/step_network.c
src-y += launcher/sandbox/step_root.c
src-y += launcher/sandbox/step_state.c
src-$(CONFIG_SECCOMP) += launcher/sandbox/step_seccomp.c
src-$(CONFIG_TERMINAL) += launcher/sandbox/step_terminal.c
src-$(CONFIG_TERMINAL) += launcher/sandbox/terminal.c
src-y += launcher/sandbox/step_user.c
src-y += launcher/sandbox/supervise.c

src-$(CONFIG_CMD_DOCTOR) += launcher/commands/cmd_doctor.c
src-$(CONFIG_CMD_DOCTOR) += launcher/commands/checkup.c
src-y += launcher/commands/cmd_help.c
src-$(CONFIG_CMD_PLAN) += launcher/commands/cmd_plan.c
src-y += launcher/commands/cmd_run.c
src-y += launcher/commands/cmd_version.c
src-y += launcher/commands/options.c
src-y += launcher/commands/job.c
src-y += launcher/main.c
