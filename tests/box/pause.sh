#!/bin/sh
# SPDX-License-Identifier: MIT
# A paused sandbox does nothing, whatever it is, goes on where it was, and can be ended; nothing is left of its freezer.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

counting='i=0; while :; do i=$((i + 1)); echo $i >/tmp/count; sleep 0.01; done'

# count NAME: how far it has come
count() {
	cat "/proc/$(pid_of "$1" 2>/dev/null)/root/tmp/count" 2>/dev/null || echo 0
}

is_counting() {
	counted=$(count "$1")
	sleep 0.3
	[ "$(count "$1")" != "$counted" ]
}

is_still() {
	! is_counting "$1"
}

counts() {
	[ "$(count "$1")" != 0 ]
}

# frozen HOW NAME OPTION...: pause and unpause a sandbox that is launched and paused by the words HOW
frozen() {
	how=$1 name=$TAG-$2
	what=$2
	shift 2
	start "$TMP/out" --name "$name" "$@" "$APP" sh -c "($counting) & wait"
	until_true counts "$name"
	check "$what-counts-at-first" is_counting "$name"
	# shellcheck disable=SC2086 # words
	try $how "$DAVIT" pause "$name"
	same "$what-is-paused-and-named" "0 $name" "$code $said"
	check "$what-stands-still-when-paused" is_still "$name"
	# shellcheck disable=SC2086
	try $how "$DAVIT" pause "$name"
	same "$what-is-not-paused-twice" "1 davit: $name: is paused already" "$code $said"
	# shellcheck disable=SC2086
	try $how "$DAVIT" unpause "$name"
	same "$what-is-unpaused-and-named" "0 $name" "$code $said"
	check "$what-goes-on" is_counting "$name"
	# shellcheck disable=SC2086
	try $how "$DAVIT" unpause "$name"
	same "$what-is-not-unpaused-twice" "1 davit: $name: is not paused" "$code $said"
	# shellcheck disable=SC2086
	try $how "$DAVIT" pause "$name"
	check "$what-stands-still-once-more" is_still "$name"
	# shellcheck disable=SC2086
	try $how "$DAVIT" unpause "$name"
	kill -KILL "$(pid_of "$name")"
	ended "$box"
	same "$what-ends-as-it-would" 137 "$code"
}

frozen '' one-with-limits -m 8m --pids-limit 20
frozen '' one-without-limits
frozen '' one-with-an-init --init -u 1000

# Where cgroup v2 is not mounted, by the v1 freezer.
without2() {
	unshare -m sh -c 'sed -n "s/^[^ ]* \([^ ]*\) cgroup2 .*/\1/p" /proc/self/mounts | while read -r mount; do
			umount "$mount"
		done
		exec "$@"' sh "$@"
}
if grep -q ' cgroup .*freezer' /proc/self/mounts; then
	frozen without2 one-of-cgroup-v1
	start "$TMP/out" --name "$TAG-v1" "$APP" sh -c "$counting"
	until_true counts "$TAG-v1"
	try without2 "$DAVIT" pause "$TAG-v1"
	kill -KILL "$box"
	wait "$box" || :
	try box "$APP" true
	same what-a-killed-davit-left-frozen-is-ended-by-the-next '0 ' "$code $said"
	check nothing-frozen-is-left test ! -e "$DAVIT_RUN_ROOT/$TAG-v1"
fi

# nowhere COMMAND...: where no cgroups are mounted
nowhere() {
	unshare -m sh -c 'sed -n "s/^[^ ]* [^ ]* [^ ]* [^ ]* \(\/sys\/fs\/cgroup[^ ]*\) .*/\1/p" /proc/self/mountinfo |
		sort -r | while read -r mount; do umount -l "$mount"; done
		exec "$@"' sh "$@"
}
start "$TMP/out" --name "$TAG-n" "$APP" sh -c "$counting"
until_true counts "$TAG-n"
try nowhere "$DAVIT" pause "$TAG-n"
same without-a-freezer-it-is-refused 1 "$code"
contains the-refusal-names-the-remedy "$said" 'mount cgroup2 on /sys/fs/cgroup'
check and-it-goes-on is_counting "$TAG-n"

# --- hostile ones --------------------------------------------------------------------------------------

try "$DAVIT" pause "$TAG-n"
try "$DAVIT" kill "$TAG-n" # if this build has it
kill -KILL "$(pid_of "$TAG-n" 2>/dev/null)" 2>/dev/null || :
ended "$box"
same a-paused-sandbox-can-be-killed 137 "$code"

start "$TMP/forks" --name "$TAG-f" --pids-limit 60 "$APP" sh -c 'echo ready
	spin() { while :; do (sleep 0.01) & sleep 0.01 & wait; done; }
	spin & spin & spin & spin & wait'
check a-sandbox-that-forks-all-the-time-runs has "$TMP/forks" ready
try "$DAVIT" pause "$TAG-f"
same it-is-paused-all-the-same "0 $TAG-f" "$code $said"
first=$("$DAVIT" top "$TAG-f" -o pid,comm | sort)
sleep 0.3
same none-of-it-forks-any-more "$first" "$("$DAVIT" top "$TAG-f" -o pid,comm | sort)"
try "$DAVIT" unpause "$TAG-f"
kill -KILL "$(pid_of "$TAG-f")"
ended "$box"

start "$TMP/stop" --name "$TAG-s" "$APP" sh -c 'echo ready; exec sleep 60'
check a-sandbox-to-be-stopped-runs has "$TMP/stop" ready
try "$DAVIT" pause "$TAG-s"
kill -KILL "$box"
wait "$box" || :
try box "$APP" true
same what-a-killed-davit-left-paused-is-ended-by-the-next '0 ' "$code $said"

# One in the background is kept when it has ended; its freezer is not.
try "$DAVIT" run -d --name "$TAG-d" "$APP" sh -c 'sleep 0.5; exit 3'
same a-sandbox-in-the-background-starts 0 "$code"
try "$DAVIT" pause "$TAG-d"
frozen_in=$(cat "$DAVIT_RUN_ROOT/$TAG-d/freezer" 2>/dev/null || :)
check it-is-paused-in-a-cgroup test -d "$frozen_in"
sleep 0.7
check it-does-not-end-while-it-is-paused test ! -e "$DAVIT_RUN_ROOT/$TAG-d/exit"
try "$DAVIT" unpause "$TAG-d"
check it-ends-afterwards until_true test -e "$DAVIT_RUN_ROOT/$TAG-d/exit"
check the-cgroup-in-which-it-was-frozen-is-gone test ! -e "$frozen_in"
try "$DAVIT" rm "$TAG-d" # if this build has it
rm -rf "${DAVIT_RUN_ROOT:?}/$TAG-d"

try "$DAVIT" pause "$TAG-none"
same what-is-not-there-cannot-be-paused 1 "$code"
try "$DAVIT" pause
same pause-needs-a-name 2 "$code"
clean nothing-is-left-of-pauses
