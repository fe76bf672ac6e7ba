#!/bin/sh
# SPDX-License-Identifier: MIT
# Limits beyond the everyday ones: swap, reservation, shares, processors, disks, and the cgroup that all is in.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# Prints the first of these files below /sys/fs/cgroup, from inside.
inside='for file in "$@"; do [ ! -e "/sys/fs/cgroup/$file" ] || { cat "/sys/fs/cgroup/$file"; exit; }; done'

# has_control V1-FOLDER V2-FILE V1-FILE: the kernel has this control; looked for in a cgroup of a sandbox's
has_control() {
	"$DAVIT" run --cgroup-parent "$TAG" "$APP" sh -c '[ -e "/sys/fs/cgroup/$2" ] || [ -e "/sys/fs/cgroup/$1/$3" ]' \
		sh "$@" >/dev/null 2>&1
}

# has_controller NAME V1-NAME
has_controller() {
	grep -qw "$1" /sys/fs/cgroup/cgroup.controllers 2>/dev/null || [ -d "/sys/fs/cgroup/$2" ]
}

# on_v2 CONTROLLER-OF-V1
on_v2() {
	[ ! -d "/sys/fs/cgroup/$1" ]
}

# --- memory ------------------------------------------------------------------------------------------

if has_control memory memory.swap.max memory.memsw.limit_in_bytes; then
	total=12582912
	! on_v2 memory || total=4194304
	shows the-limit-of-swap-is-set $total --memory 8m --memory-swap 12m "$APP" \
		sh -c "$inside" sh memory.swap.max memory/memory.memsw.limit_in_bytes
	total=16777216
	! on_v2 memory || total=8388608
	shows swap-is-limited-to-twice-the-memory-even-without-swap $total --memory 8m "$APP" \
		sh -c "$inside" sh memory.swap.max memory/memory.memsw.limit_in_bytes
	try box --memory 8m --memory-swap -1 "$APP" sh -c "$inside" sh memory.swap.max memory/memory.memsw.limit_in_bytes
	lacks swap-without-a-limit-has-none "$said" 16777216
	same swap-without-a-limit-is-launched 0 "$code"
else
	refused a-limit-of-swap-names-what-the-kernel-lacks 'CONFIG_SWAP' --memory 8m --memory-swap 12m "$APP" true
fi
shows a-reservation-is-set 4194304 --memory-reservation 4m "$APP" \
	sh -c "$inside" sh memory.low memory/memory.soft_limit_in_bytes

# --- processors --------------------------------------------------------------------------------------

shares=512
! on_v2 cpu || shares=20
shows shares-are-set $shares --cpu-shares 512 "$APP" sh -c "$inside" sh cpu.weight cpu/cpu.shares
shows a-quota-is-set 20000 --cpu-quota 20000 --cpu-period 50000 "$APP" \
	sh -c "$inside | sed 's/ .*//'" sh cpu.max cpu/cpu.cfs_quota_us
shows its-period-is-set 50000 --cpu-quota 20000 --cpu-period 50000 "$APP" \
	sh -c "$inside | sed 's/.* //'" sh cpu.max cpu/cpu.cfs_period_us

allowed='sed -n "s/^$1:[[:blank:]]*//p" /proc/self/status'
if has_controller cpuset cpuset; then
	shows one-processor-is-allowed 0 --cpuset-cpus 0 "$APP" sh -c "$allowed" sh Cpus_allowed_list
	shows one-memory-node-is-allowed 0 --cpuset-mems 0 "$APP" sh -c "$allowed" sh Mems_allowed_list
	shows both-are-allowed '0 0' --cpuset-mems 0 --cpuset-cpus 0 "$APP" \
		sh -c 'cat /proc/self/status | sed -n "s/^\(Cpus\|Mems\)_allowed_list:[[:blank:]]*//p" | tr "\n" " " | sed "s/ $//"'
	refused a-processor-that-is-not-there-is-refused 'this machine has' --cpuset-cpus 1023 "$APP" true
	refused a-memory-node-that-is-not-there-is-refused 'this machine has' --cpuset-mems 1023 "$APP" true
else
	refused processors-name-what-the-kernel-lacks 'CONFIG_CPUSETS' --cpuset-cpus 0 "$APP" true
	refused memory-nodes-name-what-the-kernel-lacks 'CONFIG_CPUSETS' --cpuset-mems 0 "$APP" true
fi

# --- disks -------------------------------------------------------------------------------------------

# The loop device of this script's image serves as a disk: of a sandbox that runs meanwhile.
start "$TMP/holder" --name "$TAG-h" "$APP" sh -c 'echo ready; trap "exit 0" TERM; while :; do sleep 0.1; done'
check a-sandbox-holds-a-disk has "$TMP/holder" ready
disk=
for loop in /sys/block/loop*; do
	if grep -qs "$TAG.squashfs" "$loop/loop/backing_file"; then
		disk=/dev/${loop##*/}
		number=$(cat "$loop/dev")
	fi
done
if [ -z "$disk" ]; then
	fail the-disk-is-found 'no loop device has the image'
elif has_control blkio io.max blkio.throttle.read_bps_device; then
	# rate NAME KEY FILE-OF-V1 VALUE OPTION
	rate() {
		if on_v2 blkio; then
			try box "$5" "$disk:$4" "$APP" cat /sys/fs/cgroup/io.max
			contains "$1" "$said" "$number *$2=$4"
		else
			shows "$1" "$number $4" "$5" "$disk:$4" "$APP" cat "/sys/fs/cgroup/blkio/blkio.throttle.$3"
		fi
	}
	rate bytes-read-are-limited rbps read_bps_device 1048576 --device-read-bps
	rate bytes-written-are-limited wbps write_bps_device 524288 --device-write-bps
	rate reads-are-limited riops read_iops_device 100 --device-read-iops
	rate writes-are-limited wiops write_iops_device 50 --device-write-iops
	if on_v2 blkio; then
		try box --device-read-bps "$disk:1m" --device-write-iops "$disk:50" "$APP" cat /sys/fs/cgroup/io.max
		contains two-rates-of-one-disk-hold-together "$said" "$number rbps=1048576 wbps=max riops=max wiops=50"
	fi
else
	refused bytes-read-name-what-the-kernel-lacks 'CONFIG_BLK' --device-read-bps "$disk:1m" "$APP" true
fi
if has_controller io blkio; then
	refused a-disk-that-is-not-there-is-refused 'No such file' --device-read-bps /dev/no-such-disk:1m "$APP" true
	refused a-file-is-no-disk 'Block device required' --device-read-bps /dev/null:1m "$APP" true
fi
kill "$box"
ended "$box"

if has_control blkio io.weight blkio.weight || has_control blkio io.bfq.weight blkio.bfq.weight; then
	try box --blkio-weight 500 "$APP" sh -c "$inside" sh io.weight io.bfq.weight blkio/blkio.weight blkio/blkio.bfq.weight
	case $said in
	500 | 'default 500' | 'default 4950') pass a-weight-at-disks-is-set ;;
	*) fail a-weight-at-disks-is-set "exit code $code, $said" ;;
	esac
else
	refused a-weight-at-disks-names-what-the-kernel-lacks 'CONFIG_B' --blkio-weight 500 "$APP" true
fi

# --- the cgroup above --------------------------------------------------------------------------------

# Where this sandbox's processes are, seen from here: pid
place() {
	sed -n 's/^[0-9]*:[^:]*://p' "/proc/$1/cgroup"
}

start "$TMP/below" --name "$TAG-p" --cgroup-parent "/$TAG/apps" "$APP" \
	sh -c 'echo ready; trap "exit 0" TERM; while :; do sleep 0.1; done'
check a-sandbox-below-a-parent-runs has "$TMP/below" ready
contains it-is-in-a-cgroup-below-its-parent "$(place "$(pid_of "$TAG-p")")" "/$TAG/apps/$TAG-p"
kill "$box"
ended "$box"
same a-parent-that-was-made-is-removed '' "$(find /sys/fs/cgroup -name "$TAG" -type d)"

# What a killed davit leaves below a parent, the next one finds; SIGKILL, so that it cannot undo anything itself.
start "$TMP/killed" --name "$TAG-k" --cgroup-parent "$TAG/deep/er" "$APP" sh -c 'echo ready; sleep 60'
check a-sandbox-below-a-parent-runs-again has "$TMP/killed" ready
kill -KILL "$box"
ended "$box"
ends the-next-davit-tidies-up 0 "$APP" true
same nothing-is-left-below-a-parent '' "$(find /sys/fs/cgroup -name "$TAG*" -type d)"

# A parent of somebody else's, with a limit of its own, in every hierarchy there is.
parents=
for folder in /sys/fs/cgroup /sys/fs/cgroup/*; do
	[ -e "$folder/cgroup.procs" ] || continue
	case $folder in
	*/unified | */systemd) continue ;;
	/sys/fs/cgroup/*) [ -e "$folder/release_agent" ] || continue ;;
	esac
	mkdir "$folder/$TAG"
	parents="$parents $folder/$TAG"
done
[ ! -e /sys/fs/cgroup/cgroup.subtree_control ] || echo +pids >/sys/fs/cgroup/cgroup.subtree_control
for file in $parents; do
	[ ! -e "$file/pids.max" ] || echo 5 >"$file/pids.max"
	[ ! -e "$file/cpuset.cpus" ] || echo 0 >"$file/cpuset.cpus"
done
shows the-parents-own-limit-holds 4 --cgroup-parent "$TAG" "$APP" probe forks 100
if has_controller cpuset cpuset; then
	shows the-parents-processors-hold 0 --cgroup-parent "$TAG" "$APP" sh -c "$allowed" sh Cpus_allowed_list
fi
for file in $parents; do
	[ -d "$file" ] || fail somebody-elses-parent-stays "$file is gone"
	[ ! -e "$file/pids.max" ] || same somebody-elses-limit-stays 5 "$(cat "$file/pids.max")"
	rmdir "$file"
done
clean nothing-is-left-of-cgroups
