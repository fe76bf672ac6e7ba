#!/bin/sh
# SPDX-License-Identifier: MIT
# What davit takes for itself while its app runs, and how often it asks the kernel for something.
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# KiB that process $1 shares with nobody
private() {
	awk '/^Private/ { sum += $2 } END { print sum + 0 }' "/proc/$1/smaps_rollup"
}

# davit gives back what it needs no more as soon as the app has run for a moment.
is_small() {
	[ "$(private "$box")" -le 128 ]
}

waiting_is_cheap() {
	name=a-davit-that-waits-has-no-more-than-128-KiB-to-itself
	if [ ! -e /proc/self/smaps_rollup ]; then
		skip $name 'the kernel lacks CONFIG_PROC_PAGE_MONITOR'
		return
	fi
	start "$TMP/said" "$APP" idle
	if ! until_true is_small; then
		fail $name "$(private "$box") KiB: $(cat "$TMP/said")"
	else
		pass $name
	fi
	kill -TERM "$box"
	ended "$box"
}

# Number of system calls of davit and the app together
calls() {
	strace -f -c -o "$TMP/calls" "$DAVIT" run "$@" </dev/null >"$TMP/said" 2>&1 &&
		awk '$NF == "total" { print $4 }' "$TMP/calls"
}

# at_most NAME NUMBER OPTION... IMAGE COMMAND
at_most() {
	name=$1 most=$2
	shift 2
	if ! command -v strace >/dev/null; then
		skip "$name" 'there is no strace'
		return
	fi
	# A walk takes the place of a call that is blocked.
	if grep -q '^Seccomp:.2' /proc/self/status; then
		skip "$name" 'this test runs under a filter itself'
		return
	fi
	# The least of three: others may take a loop device meanwhile, or leave a cgroup busy.
	number=$(for _ in 1 2 3; do calls "$@" || :; done | sort -n | head -n 1)
	if [ "${number:-0}" -gt 100 ] && [ "$number" -le "$most" ]; then
		pass "$name"
	else
		fail "$name" "$number calls, $(cat "$TMP/said")"
	fi
}

# Sets group and usage: a memory cgroup for all that is measured together.
make_group() {
	if [ -e /sys/fs/cgroup/memory/memory.usage_in_bytes ]; then
		group=/sys/fs/cgroup/memory/$TAG usage=memory.usage_in_bytes
	else
		group=/sys/fs/cgroup/$TAG usage=memory.current
		echo +memory 2>/dev/null >/sys/fs/cgroup/cgroup.subtree_control || return 1
	fi
	mkdir "$group" 2>/dev/null
}

# charged COMMAND...: KiB that the kernel charges for each of some that are idle; they end at SIGTERM. Of 20, since
# each processor is charged 64 pages in advance; a board with little memory, of one processor, has room for fewer.
charged() {
	most=20
	[ "$(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo)" -gt 20000 ] || most=8
	until_true rmdir "$group"
	mkdir "$group"
	some='' running=0
	while [ $running -lt $most ]; do
		# shellcheck disable=SC2016 # for the inner shell
		sh -c 'echo 0 >"$0/cgroup.procs"; exec "$@"' "$group" "$@" >/dev/null 2>&1 </dev/null &
		some="$some $!" running=$((running + 1))
	done
	sleep 3
	after=$(cat "$group/$usage")
	# shellcheck disable=SC2086 # a list of numbers
	kill $some || return 1
	# shellcheck disable=SC2086
	wait $some || :
	# What the floor makes and leaves.
	for pid in $some; do
		rmdir "/run/davit-floor-$pid" 2>/dev/null || :
	done
	echo $((after / most / 1024))
}

# Sets loop: the device that carries the image; the only one, since one of a launch before may be about to go.
find_loop() {
	loop=$(grep -lxF "$APP" /sys/block/loop*/loop/backing_file 2>/dev/null)
	loop=${loop#/sys/block/}
	[ -n "$loop" ] && [ "$(echo "$loop" | wc -l)" -eq 1 ]
}

# What the same sandbox takes at least (tests/bench/floor.c) differs between kernels by as much as davit may add.
idle_is_cheap() {
	name=an-idle-sandbox-takes-no-more-than-112-KiB-beside-the-kernels-share
	if grep -q '^Seccomp:.2' /proc/self/status; then
		skip $name 'this test runs under a filter itself, and the bare calls know no other ways'
		return
	fi
	if ! make_group; then
		skip $name 'there is no memory cgroup to be had'
		return
	fi
	# The image's own memory, which all share, is another's.
	start "$TMP/first" --name "$TAG.first" --network host "$APP" idle
	first=$box
	has "$DAVIT_RUN_ROOT/$TAG.first/pid" '^pid '
	until_true find_loop
	floor=$(charged "$BOX/floor" -n -l "/dev/${loop%%/*}" "$APP" /bin/idle) || floor=0
	# What davit notes of live sandboxes is in memory, as on any board.
	mkdir "$TMP/memory"
	mount -t tmpfs -o mode=700 run "$TMP/memory"
	boxed=$(
		export DAVIT_RUN_ROOT="$TMP/memory"
		charged "$DAVIT" run --network host "$APP" idle
	) || boxed=0
	umount "$TMP/memory"
	kill -TERM "$first"
	ended "$first"
	if [ "$floor" -gt 50 ] && [ "$boxed" -gt 50 ] && [ $((boxed - floor)) -le 112 ]; then
		pass $name
	else
		fail $name "the least is $floor KiB, davit's is $boxed KiB"
	fi
	until_true rmdir "$group" 2>/dev/null
}

waiting_is_cheap
at_most a-launch-makes-no-more-than-520-system-calls 520 "$APP" true
at_most a-launch-with-a-memory-limit-makes-no-more-than-600-system-calls 600 -m 16m "$APP" true
idle_is_cheap
clean frugal-sandboxes-leave-nothing
