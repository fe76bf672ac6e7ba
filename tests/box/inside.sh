#!/bin/sh
# SPDX-License-Identifier: MIT
# A hundred questions from inside, in every way of launching: nothing leads out.
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# On the host, things that must not be found from inside.
DAVIT_SECRET=kept
export DAVIT_SECRET
mkfifo "$TMP/end"
"$BOX/probe" serve "$TAG.socket" <"$TMP/end" >"$TMP/words" &
server=$!
boxes="$boxes $server"
exec 4>"$TMP/end"
has "$TMP/words" process
words="$(cat "$TMP/words") host $(hostname) path $TMP"

# What may be open, and why: the sums are held against what is asked of a sandbox, E 0, S 4, all 10.
#   frames, packets, audit: Docker's list of capabilities, which --cap-drop shortens, has NET_RAW and AUDIT_WRITE
#   events: the kernel tells them to every network namespace of its first user namespace
#   vehicles: CAN is what boards are for, and has nothing to reach without the host's network
#   processes, memory: limits are there when asked for; root is the host's without --userns
#   the root: it is written to a tmpfs, or not at all with --read-only
known=' frames-cannot-be-sent packets-cannot-be-made the-audit-log-cannot-be-written
	events-of-devices-are-not-heard the-network-family-of-vehicles-is-refused processes-are-limited memory-is-limited
	root-is-not-the-hosts the-root-cannot-be-written
	the-load-of-the-machine-is-not-shown '

# judge PREFIX: what the probe printed, in SAID
judge() {
	said=$(echo "$said" | tr -d '\r')
	echo "$said" | grep -E "^pass $1-" || :
	echo "$said" | grep '^open ' | while read -r _ class name why; do
		name=${name%:}
		case $class$known in
		E*) fail "$name" "$why" ;;
		*[[:space:]]"${name#"$1-"}"[[:space:]]*) echo "	open $class $name: $why" ;;
		*) fail "$name" "$why" ;;
		esac
	done
	sums=$(echo "$said" | sed -n 's/^asked \([0-9]*\), open: E \([0-9]*\) S \([0-9]*\) H \([0-9]*\)$/\1 \2 \3 \4/p')
	echo "	$1: questions, open E, S, H: $sums"
	# shellcheck disable=SC2086 # four numbers
	set -- "$1" ${sums:-0 1 0 0}
	if [ "$2" -ge 120 ] && [ "$3" -eq 0 ] && [ "$4" -le 4 ] && [ $(($3 + $4 + $5)) -le 10 ]; then
		pass "$1-nothing-leads-out-and-little-is-open"
	else
		fail "$1-nothing-leads-out-and-little-is-open" "$sums; $(echo "$said" | tail -n 3)"
	fi
}

# ask PREFIX OPTION...: the probe prints the results itself
ask() {
	prefix=$1
	shift
	# shellcheck disable=SC2086 # a list of words
	try box "$@" "$APP" probe ask "$prefix" $words
	judge "$prefix"
}

host_before=$(hostname; cat /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname 2>/dev/null || :)
ask as-root
ask as-user --user app
ask read-only --read-only
ask with-limits --memory 16m --pids-limit 50 --cpus 1
ask under-init --init --env PROBE_INIT=1
ask without-capabilities --cap-drop ALL --read-only --memory 16m --pids-limit 50
# shellcheck disable=SC2086 # a list of words
try "$PTY" 24x80 "$DAVIT" run -it "$APP" probe ask on-a-terminal $words
judge on-a-terminal
# In the background, its answers in the log; and by davit exec, into the sandbox of another.
# shellcheck disable=SC2086 # a list of words
if "$DAVIT" run --detach --name "$TAG-asks" --log-opt max-size=1m "$APP" probe ask detached $words >"$TMP/said" 2>&1; then
	limited "$DAVIT" wait "$TAG-asks" >/dev/null
	try "$DAVIT" logs "$TAG-asks"
	judge detached
	"$DAVIT" rm -f "$TAG-asks" >/dev/null
else
	fail detached-a-sandbox-is-launched "$(cat "$TMP/said")"
fi
try "$DAVIT" run --detach --init --name "$TAG-waits" "$APP" sleep 600
# shellcheck disable=SC2086 # a list of words
try limited "$DAVIT" exec "$TAG-waits" probe ask by-exec $words
judge by-exec
# shellcheck disable=SC2086 # a list of words
try limited "$DAVIT" exec --user app "$TAG-waits" probe ask by-exec-as-user $words
judge by-exec-as-user
try "$DAVIT" rm -f "$TAG-waits"

# Root of a user namespace; older kernels cannot.
try box --uidmap 0:300000:65536 "$APP" true
if [ "$code" -eq 0 ]; then
	ask in-a-user-namespace --uidmap 0:300000:65536
	ask as-a-user-in-a-user-namespace --uidmap 0:300000:65536 --user app
else
	skip in-a-user-namespace-nothing-leads-out "$said"
fi
same the-host-is-as-it-was "$host_before" "$(hostname; cat /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname 2>/dev/null || :)"
exec 4>&-
ended "$server"

# The questions themselves: a sandbox that may do everything does not pass.
try box --cap-add ALL "$APP" probe ask free
contains the-questions-notice-a-weak-sandbox "$said" 'open S free-mount-is-refused'
clean nothing-is-left-of-questions
