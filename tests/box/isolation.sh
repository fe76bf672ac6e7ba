#!/bin/sh
# SPDX-License-Identifier: MIT
# What a sandbox sees of the host, and the host of a sandbox: root, mounts, namespaces, network.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# The number of a namespace of process $1.
namespace() {
	readlink "/proc/$1/ns/$2"
}

interfaces() {
	sed -n 's/^ *\([^ :]*\):.*/\1/p' /proc/net/dev | sort | tr '\n' ' '
}

# --- from inside -------------------------------------------------------------------------------------

ends a-file-of-the-host-is-not-there 1 "$APP" test -e "$APP"
shows nothing-is-above-the-root 'same' "$APP" sh -c '[ / -ef /../../.. ] && echo same'
shows the-root-has-only-the-image 'bin dev etc home mnt proc root run srv sys tmp var' "$APP" sh -c 'echo $(ls -A /)'

try box "$APP" sh -c 'while read -r _ _ _ root target _; do
	case $target in
	/ | /proc | /sys | /dev | /dev/pts | /dev/shm | /dev/mqueue | /tmp | /run) ;;
	/proc/* | /sys/firmware | /sys/devices/virtual/* | /sys/kernel/boot_params | /sys/kernel/vmcoreinfo) ;;
	*) echo "$target" ;;
	esac
	case $target:$root in /proc/*:* | /sys/*:/dev/null | *:/ | *:/empty | /dev/shm:/shm | "$root:$target") ;; *) echo "$target shows $root" ;; esac
done </proc/self/mountinfo'
same mounts-are-only-those-of-the-box '' "$said"

shows the-command-is-process-1 '1' "$APP" sh -c 'echo $$'
try box "$APP" ps -o pid,args
same only-own-processes-are-listed 'PID COMMAND 1 ps -o pid,args' "$(echo "$said" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//; s/{[a-z]*} //')"
shows the-name-is-the-hostname "$TAG-named" --name "$TAG-named" "$APP" hostname
shows a-hostname-is-set 'other' --hostname other "$APP" hostname
ends loopback-answers 0 "$APP" ping -c 1 -W 5 127.0.0.1
try box "$APP" sh -c 'touch /dev/mqueue/one && ls /dev/mqueue'
same message-queues-work '0 one' "$code $said"
shows message-queues-are-not-those-of-others '' "$APP" ls /dev/mqueue
shows shared-memory-is-not-that-of-others '' "$APP" ls /dev/shm

# --- from outside ------------------------------------------------------------------------------------

before=$(hostname)
start "$TMP/out" --name "$TAG-a" --hostname inner --memory 8m "$APP" sh -c 'echo ready; trap "exit 0" TERM; while :; do sleep 0.1; done'
first=$box
check a-sandbox-runs has "$TMP/out" ready
pid=$(pid_of "$TAG-a")
for kind in mnt pid ipc uts net cgroup; do
	name=$kind
	[ $kind != mnt ] || name=mount
	if [ "$(namespace "$pid" $kind)" != "$(namespace self $kind)" ]; then
		pass "the-$name-namespace-is-its-own"
	else
		fail "the-$name-namespace-is-its-own" "$(namespace "$pid" $kind)"
	fi
done
same the-user-namespace-is-the-hosts "$(namespace self user)" "$(namespace "$pid" user)"
same its-mounts-are-not-seen-outside '' "$(grep "$PATTERN" /proc/self/mountinfo)"
same the-hosts-name-is-unchanged "$before" "$(hostname)"
contains its-cgroup-has-its-name "$(cat "/proc/$pid/cgroup")" "/davit.$TAG-a"
same its-root-is-unreachable-by-davits-folder 'pid' "$(ls -A "$DAVIT_RUN_ROOT/$TAG-a")"
kill -TERM "$first"
ended "$first"
same the-sandbox-ends 0 "$code"

# --- the host's network, when it is asked for ---------------------------------------------------------

shows the-hosts-network-is-shown "$(interfaces)" --network host "$APP" \
	sh -c "sed -n 's/^ *\([^ :]*\):.*/\1/p' /proc/net/dev | sort | tr '\n' ' '"
shows the-hosts-network-is-the-hosts "$(namespace self net)" --network host "$APP" readlink /proc/self/ns/net
try box --network host "$APP" sh -c 'ip link set lo down || echo refused'
contains the-hosts-network-cannot-be-changed "$said" refused
refused another-network-is-refused 'expected none or host' --network bridge "$APP" true

# --- where a sandbox would not be closed -------------------------------------------------------------

# In a chroot, the app could walk out of what davit takes for the root.
chrooted() {
	limited unshare -m sh -c '[ "$1" = no ] || mount -o bind "$2" "$2"
		cd "$2" && mount -o rbind /dev dev && mount -t proc proc proc && exec chroot . /davit run --run-root /run/x /image probe ids' \
		sh "$1" "$TMP/chroot"
}
mkdir -p "$TMP/chroot/image" "$TMP/chroot/dev" "$TMP/chroot/proc" "$TMP/chroot/run"
cp "$DAVIT" "$TMP/chroot/davit"
cp -R "$TREE/bin" "$TMP/chroot/image/bin"
for mounted in yes no; do
	try chrooted $mounted
	same "in-a-chroot-nothing-is-launched-mounted-$mounted" 125 "$code"
	contains "a-chroot-is-told-mounted-$mounted" "$said" 'chroot'
done

# A folder is a way to all folders beside it.
for number in 0 1 2; do
	code=0
	case $number in
	0) box -i "$APP" true </ >"$TMP/said" 2>&1 || code=$? ;;
	1) box "$APP" true 2>"$TMP/said" 1</ || code=$? ;;
	2) box "$APP" true 2</ || code=$? ;;
	esac
	same "a-folder-as-descriptor-$number-is-refused" 125 "$code"
done
# As in Docker: programs that read /proc/cmdline find nothing, and do not fail.
shows a-masked-file-reads-as-empty '' "$APP" cat /proc/cmdline
clean nothing-is-left-of-isolation
