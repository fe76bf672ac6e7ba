#!/bin/sh
# SPDX-License-Identifier: MIT
# Sandboxes in the background: launched, listed, logged, stopped, waited for, removed; and put right after any kill.
# shellcheck disable=SC2016 # in single quotes: for the inner shell, or a template
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

davit() {
	try limited "$DAVIT" "$@"
}

# detach NAME OPTION... IMAGE COMMAND...
detach() {
	detach_name=$1
	shift
	davit run -d --name "$detach_name" "$@"
	[ "$code $said" = "0 $detach_name" ] || fail "launch-of-$detach_name" "exit code $code, $said"
}

# says NAME EXPECTED VERB ARGUMENT...: exit code and all that it says
says() {
	says_name=$1 says_expected=$2
	shift 2
	davit "$@"
	same "$says_name" "$says_expected" "$code $said"
}

# The davit that watches the sandbox $1: the parent of its first process.
watcher_of() {
	sed -n 's/^PPid:[[:space:]]*//p' "/proc/$(pid_of "$1")/status"
}

# And it is gone.
kill_watcher() {
	watcher=$(watcher_of "$1")
	kill -KILL "$watcher"
	until_true is_over "$watcher" || :
}

remove_all() {
	for left in $("$DAVIT" ps -aq); do
		"$DAVIT" rm -f "$left" >/dev/null || :
	done
}

logged() {
	"$DAVIT" logs "$1" 2>&1 | grep -qs "$2"
}

# --- launch ------------------------------------------------------------------------------------------

davit run --detach --name "$TAG.a" --rm "$APP" sleep 60
same a-detached-launch-prints-the-name "0 $TAG.a" "$code $said"
says a-detached-sandbox-is-listed "0 $TAG.a" ps -q
watcher=$(watcher_of "$TAG.a")
same its-davit-has-none-of-the-callers-streams '/dev/null /dev/null /dev/null' \
	"$(for fd in 0 1 2; do readlink "/proc/$watcher/fd/$fd"; done | tr '\n' ' ' | sed 's/ $//')"
same its-davit-is-not-in-the-callers-directory / "$(readlink "/proc/$watcher/cwd")"
same its-davit-leads-a-session-of-its-own "$watcher" "$(awk '{ print $6 }' "/proc/$watcher/stat")"
sleep 0.5
private=$(awk '/^Anonymous:/ { print $2 }' "/proc/$watcher/smaps_rollup" 2>/dev/null || :)
if [ -n "$private" ]; then
	check its-davit-has-at-most-128-KiB-of-its-own test "$private" -le 128
else
	skip its-davit-has-at-most-128-KiB-of-its-own "no smaps_rollup in this kernel"
fi
says a-running-one-is-not-removed "1 davit: $TAG.a: it is running; stop it first, or use -f" rm "$TAG.a"
says it-is-removed-by-force "0 $TAG.a" rm -f "$TAG.a"
clean nothing-is-left-of-one-that-was-removed-by-force

davit run -d --name "$TAG.b" "$APP" no-such-command
contains a-detached-launch-that-fails-says-why "$code $said" '127 davit: exec no-such-command*'
says it-is-not-listed '0 ' ps -aq
davit run -d --name "$TAG.b" --memory lots "$APP" true
contains a-detached-launch-that-is-refused-says-why "$code $said" '125 davit: --memory lots*'
mkdir "$TMP/files"
davit run -d --name "$TAG.b" --cidfile "$TMP/files/cid" --pidfile "$TMP/files/pid" "$APP" sleep 60
same the-cid-file-has-the-name "$TAG.b" "$(cat "$TMP/files/cid")"
same the-pid-file-has-the-number "$(pid_of "$TAG.b")" "$(cat "$TMP/files/pid")"
davit run --name "$TAG.c" --cidfile "$TMP/files/cid" "$APP" true
contains a-cid-file-of-another-is-refused "$code $said" '125 davit: cidfile *: File exists*'
ln -s "$TMP/files/cid" "$TMP/files/link"
davit run --name "$TAG.c" --pidfile "$TMP/files/link" "$APP" true
contains a-pid-file-is-no-link "$code" 125
"$DAVIT" rm -f "$TAG.b" >/dev/null
check the-pid-file-goes-with-the-sandbox test ! -e "$TMP/files/pid" -a -e "$TMP/files/cid"

# --- end ---------------------------------------------------------------------------------------------

detach "$TAG.a" "$APP" sh -c 'trap "exit 5" TERM; echo ready; while :; do sleep 0.1; done'
until_true logged "$TAG.a" ready || :
says stop-lets-it-end-by-itself "0 $TAG.a" stop -t 20 "$TAG.a"
says wait-tells-its-code '0 5' wait "$TAG.a"
says stop-of-one-that-has-ended-is-no-error "0 $TAG.a" stop "$TAG.a"
says kill-of-one-that-has-ended-is-one "1 davit: $TAG.a: the sandbox is not running" kill "$TAG.a"
contains what-is-kept-is-small "$(find "$DAVIT_RUN_ROOT/$TAG.a" -type f | wc -l)" '[34]'
same an-ended-one-has-no-mount-and-no-cgroup '' "$(snapshot | grep -v '^file: ' || :)"
davit run --name "$TAG.a" "$APP" true
contains its-name-is-in-use-until-it-is-removed "$code $said" '125 *davit rm it*'
says rm-removes-it "0 $TAG.a" rm "$TAG.a"
clean nothing-is-left-of-one-that-was-removed

detach "$TAG.a" --stop-signal USR1 --stop-timeout 1 "$APP" sh -c 'trap "exit 6" USR1; echo ready; while :; do sleep 0.1; done'
until_true logged "$TAG.a" ready || :
"$DAVIT" stop "$TAG.a" >/dev/null
says its-own-stop-signal-is-sent '0 6' wait "$TAG.a"
detach "$TAG.b" --stop-timeout 0 "$APP" sh -c 'trap "" TERM; sleep 60'
"$DAVIT" stop "$TAG.b" >/dev/null
says one-that-does-not-listen-is-killed '0 137' wait "$TAG.b"
detach "$TAG.c" --rm "$APP" sh -c 'sleep 0.5; exit 9'
says wait-knows-the-code-of-one-that-is-not-kept '0 9' wait "$TAG.c"
says one-with-rm-is-gone "1 davit: $TAG.c: no such sandbox (davit ps -a lists them)" wait "$TAG.c"
start "$TMP/out" --name "$TAG.d" "$APP" sh -c 'echo ready; sleep 1; exit 4'
has "$TMP/out" ready || :
says wait-knows-the-code-of-an-attached-one '0 4' wait "$TAG.d"
ended "$box"
same an-attached-one-ends-as-ever '4 ready' "$code $(cat "$TMP/out")"
detach "$TAG.e" "$APP" sleep 60
"$DAVIT" stop -t 1 "$TAG.e" >"$TMP/one" 2>&1 &
one=$!
"$DAVIT" stop -t 1 "$TAG.e" >"$TMP/two" 2>&1 || :
wait $one || :
same two-stops-at-once-both-succeed "$TAG.e $TAG.e" "$(cat "$TMP/one") $(cat "$TMP/two")"
detach "$TAG.f" "$APP" sleep 60
if "$DAVIT" pause "$TAG.f" >/dev/null 2>&1; then
	says a-paused-one-is-removed-by-force "0 $TAG.f" rm -f "$TAG.f"
else
	skip a-paused-one-is-removed-by-force "no freezer on this machine"
fi
detach "$TAG.g" "$APP" sleep 60
kill -STOP "$(watcher_of "$TAG.g")"
says one-whose-davit-hangs-is-removed-by-force "0 $TAG.g" rm -f "$TAG.g"
remove_all
clean nothing-is-left-of-all-that-ended

# --- log ---------------------------------------------------------------------------------------------

detach "$TAG.a" "$APP" sh -c 'for i in 1 2 3; do echo out $i; echo err $i >&2; done; printf "no end"'
"$DAVIT" wait "$TAG.a" >/dev/null
same logs-keep-the-output-apart 'out 1
out 2
out 3
no end' "$("$DAVIT" logs "$TAG.a" 2>/dev/null)"
same logs-keep-the-errors-apart 'err 1
err 2
err 3' "$("$DAVIT" logs "$TAG.a" 2>&1 >/dev/null)"
contains logs-say-when "$("$DAVIT" logs -t "$TAG.a" 2>/dev/null | tail -n 1)" '????-??-??T??:??:??.?????????Z no end'
says nothing-is-as-old-as-that '0 ' logs --until 1h "$TAG.a"
detach "$TAG.b" "$APP" sh -c 'echo one; sleep 1; echo two'
same logs-follow-until-the-end 'one
two' "$(limited "$DAVIT" logs -f "$TAG.b" 2>&1)"
detach "$TAG.c" --log-opt max-size=8k "$APP" seq 1 20000
"$DAVIT" wait "$TAG.c" >/dev/null
same a-flood-leaves-the-newest '19999
20000' "$("$DAVIT" logs -n 2 "$TAG.c")"
check a-log-is-no-larger-than-was-asked test "$(wc -c <"$DAVIT_RUN_ROOT/$TAG.c/log")" -le 8192
detach "$TAG.d" --log-driver none "$APP" sh -c 'readlink /proc/self/fd/1 >/dev/null && echo x'
"$DAVIT" wait "$TAG.d" >/dev/null
contains without-a-log-there-is-none "$("$DAVIT" logs "$TAG.d" 2>&1 || :)" 'it has no log'
detach "$TAG.e" -t "$APP" sh -c 'tty; [ -t 0 ] && echo terminal'
"$DAVIT" wait "$TAG.e" >/dev/null
contains a-detached-one-may-have-a-terminal "$("$DAVIT" logs "$TAG.e")" '/dev/pts/0*terminal'
detach "$TAG.f" -i "$APP" sh -c 'read -r line; echo over'
sleep 0.3
same with-input-it-waits "$TAG.f" "$("$DAVIT" ps -q)"
remove_all

# --- words -------------------------------------------------------------------------------------------

detach "$TAG.a" -m 16m --label one=1 --label two=2 "$APP" sleep 60
detach "$TAG.b" "$APP" sh -c 'exit 3'
"$DAVIT" wait "$TAG.b" >/dev/null
contains ps-has-dockers-columns "$("$DAVIT" ps -a | head -n 1)" 'CONTAINER ID *IMAGE *COMMAND *CREATED *STATUS *PORTS *NAMES'
contains ps-says-that-it-runs "$("$DAVIT" ps)" '"sleep 60" *Up *'
lacks ps-leaves-the-ended-out "$("$DAVIT" ps)" 'Exited'
contains ps-says-how-it-ended "$("$DAVIT" ps -a)" 'Exited (3) * ago'
says ps-chooses-by-state "0 $TAG.b" ps -q --filter status=exited
says ps-chooses-by-label "0 $TAG.a" ps -aq --filter label=one=1 --filter label=two
says ps-chooses-by-code "0 $TAG.b" ps -q --filter exited=3
says ps-takes-a-template "0 $TAG.a running" ps --format '{{.Names}} {{.State}}'
davit ps --filter colour=red
contains ps-refuses-other-filters "$code $said" '1 davit: --filter colour=red: *'
says inspect-takes-a-path '0 running false' inspect --format '{{.State.Status}} {{.State.Paused}}' "$TAG.a"
says inspect-takes-a-label '0 2' inspect --format '{{index .Config.Labels "two"}}' "$TAG.a"
says inspect-takes-json '0 {"one":"1","two":"2"}' inspect -f '{{json .Config.Labels}}' "$TAG.a"
says inspect-knows-the-code '0 3' inspect -f '{{.State.ExitCode}}' "$TAG.b"
says a-beginning-names-it "0 $TAG.a" inspect -f '{{.Id}}' "$TAG.a"
davit inspect "$TAG"
contains a-beginning-of-two-is-refused "$code $said" "1 *several*$TAG.a, $TAG.b*"
davit inspect --receipt "$TAG.a"
contains the-receipt-finds-nothing-weaker "$code $said" '0 *no new privileges *yes *yes *ok*'
lacks the-receipt-says-no-weaker "$said" WEAKER
contains the-receipt-shows-how-proc-is-closed "$said" '/proc/sys *ro,nosuid,nodev,noexec *ro,nosuid,nodev,noexec*ok'
for bad in .. . ../x -x "$TAG/a" '' "a
b"; do
	davit rm -- "$bad"
	if [ "$code" -ne 1 ] || [ "$(echo "$said" | wc -l)" -ne 1 ]; then
		fail a-name-that-is-none-is-refused "$bad: $code $said"
	fi
done
check both-are-still-there test -d "$DAVIT_RUN_ROOT/$TAG.a" -a -d "$DAVIT_RUN_ROOT/$TAG.b"
remove_all

# --- kills -------------------------------------------------------------------------------------------

# killed NAME COMMAND...: its davit is killed; the next command finds it ended, and nothing of it is left but that
killed() {
	killed_name=$1
	shift
	detach "$TAG.k" -m 16m "$APP" "$@"
	kill_watcher "$TAG.k"
	says "$killed_name-is-known-to-have-ended" '0 137' wait "$TAG.k"
	same "$killed_name-leaves-nothing-else" '' "$(snapshot | grep -v '^file: ' || :)"
	"$DAVIT" rm "$TAG.k" >/dev/null
	clean "$killed_name-is-removed"
}

killed one-whose-davit-was-killed sleep 60
killed one-that-wants-to-stay probe hold
detach "$TAG.r" --rm "$APP" sleep 60
kill_watcher "$TAG.r"
says one-with-rm-whose-davit-was-killed-is-gone '0 ' ps -aq
clean nothing-is-left-of-it

# Something else with the number of its process is not touched.
detach "$TAG.p" "$APP" sleep 60
kill_watcher "$TAG.p"
sleep 0.2
sleep 60 &
other=$!
sed -i "s/^pid .*/pid $other/" "$DAVIT_RUN_ROOT/$TAG.p/pid"
"$DAVIT" ps -a >/dev/null
"$DAVIT" rm -f "$TAG.p" >/dev/null
check no-other-process-is-ended kill -0 $other
kill $other
wait $other 2>/dev/null || :

# A run directory that others could write to is not believed.
mkdir -m 755 "$TMP/open"
davit --run-root "$TMP/open" ps
contains an-open-run-directory-is-refused "$code $said" '1 davit: *chmod 700*'
mkdir -p "$DAVIT_RUN_ROOT/$TAG.fifo"
mkfifo "$DAVIT_RUN_ROOT/$TAG.fifo/pid"
ln -s /etc "$DAVIT_RUN_ROOT/$TAG.link"
davit ps -a
contains a-fifo-for-a-record-holds-nobody-up "$code" '[01]'
rm -r "$DAVIT_RUN_ROOT/$TAG.fifo" "$DAVIT_RUN_ROOT/$TAG.link"
clean nothing-is-left-of-the-whole-life
