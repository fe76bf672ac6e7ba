#!/bin/sh
# SPDX-License-Identifier: MIT
# Capabilities in all five sets, no new privileges, the system call filter.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# sets NAME INHERITABLE PERMITTED EFFECTIVE BOUNDING AMBIENT OPTION...: each without its leading zeros
sets() {
	sets_name=$1 sets_expected="$2 $3 $4 $5 $6"
	shift 6
	shows "$sets_name" "$sets_expected" "$@" "$APP" \
		sh -c "echo \$(sed -n 's/^Cap[A-Z][a-z]*:[[:space:]]*0*\([0-9a-f]\)/\1/p' /proc/self/status)"
}

default=a80425fb
mine=$(sed -n 's/^CapPrm:[[:space:]]*0*//p' /proc/self/status)

sets root-has-the-default-list 0 $default $default $default 0
sets a-user-has-none 0 0 0 $default 0 --user app
sets a-user-by-number-has-none 0 0 0 $default 0 --user 4321
sets one-is-added 0 a80435fb a80435fb a80435fb 0 --cap-add NET_ADMIN
sets names-may-be-small-and-long 0 a80435fb a80435fb a80435fb 0 --cap-add cap_net_admin
sets one-is-dropped 0 a80425fa a80425fa a80425fa 0 --cap-drop CHOWN
sets all-are-dropped 0 0 0 0 0 --cap-drop ALL
sets all-but-one-are-dropped 0 1 1 1 0 --cap-drop ALL --cap-add CHOWN
sets all-are-added 0 "$mine" "$mine" "$mine" 0 --cap-add ALL
sets init-changes-nothing 0 $default $default $default 0 --init
refused an-unknown-capability-is-refused 'no such capability' --cap-add NET_ADMINN "$APP" true
refused an-unknown-capability-to-drop-is-refused 'no such capability' --cap-drop NONE "$APP" true

ends root-may-change-owners 0 "$APP" chown app /etc/motd
ends a-dropped-capability-is-missed 1 --cap-drop CHOWN "$APP" chown app /etc/motd
ends a-user-may-not-change-owners 1 --user app "$APP" chown app /etc/motd

shows a-setuid-program-gains-nothing '1000 1000' --user app "$APP" setuid-probe ids
cp "$BOX/probe" "$TREE/bin/setuid-probe"
chmod 4755 "$TREE/bin/setuid-probe"
shows a-setuid-program-in-a-directory-gains-nothing '1000 1000' --user 1000:1000 "$TREE" setuid-probe ids
mkdir "$TMP/volume"
cp "$BOX/probe" "$TMP/volume/probe"
chmod 4755 "$TMP/volume/probe"
shows a-setuid-program-in-a-volume-gains-nothing '1000 1000' --user app -v "$TMP/volume:/mnt" "$APP" /mnt/probe ids
shows even-all-capabilities-keep-new-privileges-off '1' --cap-add ALL "$APP" \
	sh -c "sed -n 's/^NoNewPrivs:[[:space:]]*//p' /proc/self/status"
shows even-all-capabilities-keep-the-filter '2' --cap-add ALL "$APP" \
	sh -c "sed -n 's/^Seccomp:[[:space:]]*//p' /proc/self/status"

try box "$APP" unshare -m true
same unshare-is-refused 1 "$code"
contains unshare-is-not-permitted "$said" 'not permitted'
ends unshare-with-its-capability-is-allowed 0 --cap-add SYS_ADMIN "$APP" unshare -m true
ends mount-is-refused 1 "$APP" mount -t tmpfs none /mnt
ends umount-is-refused 1 "$APP" umount /proc
ends remount-is-refused 1 "$APP" mount -o remount,rw /sys
ends changing-the-hostname-is-refused 1 "$APP" hostname other
ends nsenter-is-refused 1 "$APP" nsenter -t 1 -m true
ends reboot-is-refused 1 "$APP" reboot -f
ends setting-a-sysctl-is-refused 1 "$APP" sh -c 'echo 1 >/proc/sys/kernel/panic'

# What the filter lets through with SYS_ADMIN is not more of the box: its cgroups stay read-only.
try box --memory 8m "$APP" sh -c 'for file in $(find /sys/fs/cgroup -type f); do echo 1 >"$file" && echo "$file"; done 2>/dev/null'
same cgroups-cannot-be-written '' "$said"
try box --memory 8m "$APP" sh -c 'for folder in $(find /sys/fs/cgroup -type d); do mkdir "$folder/new" && echo "$folder"; done 2>/dev/null'
same cgroups-cannot-be-made '' "$said"
clean nothing-is-left-of-privileges
