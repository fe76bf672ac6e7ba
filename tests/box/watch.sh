#!/bin/sh
# SPDX-License-Identifier: MIT
# What davit top and davit stats tell of a sandbox: all of its processes and nobody else's, what it uses, and in
# words that a hostile one cannot forge.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

start "$TMP/out" --name "$TAG-a" -m 8m --pids-limit 20 "$APP" sh -c '
	dd if=/dev/zero of=/dev/null bs=4M count=1 2>/dev/null
	sleep 1001 & (sleep 1002 & sleep 1003 & wait) & echo ready; exec sleep 1004'
a=$box
start "$TMP/other" --name "$TAG-b" "$APP" sh -c 'echo ready; while :; do :; done'
b=$box
check two-sandboxes-run has "$TMP/out" ready
check two-sandboxes-run-indeed has "$TMP/other" ready

# --- top -----------------------------------------------------------------------------------------------

top=$("$DAVIT" top "$TAG-a")
same the-titles-are-those-of-ps 'UID PID PPID C STIME TTY TIME CMD' "$(echo "$top" | head -n 1 | tr -s ' ')"
same all-its-processes-are-listed '1001 1002 1003 1004' \
	"$(echo "$top" | sed -n 's/.*  sleep \([0-9]*\)$/\1/p' | sort | tr '\n' ' ' | sed 's/ $//')"
lacks nobody-elses-processes-are-listed "$("$DAVIT" top "$TAG-b")" sleep
same ps-options-may-be-given "$(echo "$top" | tr -s ' ' | cut -d ' ' -f 2,3)" \
	"$("$DAVIT" top "$TAG-a" -ef | tr -s ' ' | cut -d ' ' -f 2,3)"
same the-numbers-are-those-of-this-machine "$(pid_of "$TAG-a")" \
	"$("$DAVIT" top "$TAG-a" -o pid,cmd | sed -n 's/^\([0-9]*\) *sleep 1004$/\1/p')"
try "$DAVIT" top "$TAG-a" -o pid,nonsense
same an-unknown-column-is-refused 1 "$code"
contains the-refusal-names-the-columns "$said" 'ppid'
try "$DAVIT" top "$TAG-none"
same what-is-not-there-has-no-processes 1 "$code"

# --- stats ---------------------------------------------------------------------------------------------

stats=$("$DAVIT" stats --no-stream)
same the-titles-are-dockers 'NAME CPU % MEM USAGE / LIMIT MEM % NET I/O BLOCK I/O PIDS' \
	"$(echo "$stats" | head -n 1 | tr -s ' ')"
contains all-that-run-are-there "$stats" "$TAG-a*$TAG-b"
contains the-limit-is-told "$stats" 'iB / 8MiB '
same processes-are-counted 5 "$("$DAVIT" stats --no-stream --format '{{.PIDs}}' "$TAG-a")"
same an-idle-sandbox-uses-no-processor 0 "$("$DAVIT" stats --no-stream --format '{{.CPUPerc}}' "$TAG-a" | sed 's/[.].*//')"
busy=$("$DAVIT" stats --no-stream --format '{{.CPUPerc}}' "$TAG-b" | sed 's/[.].*//')
check a-busy-sandbox-uses-much [ "$busy" -ge 10 ]
same a-field-that-is-not-there-is-refused 1 "$("$DAVIT" stats --no-stream --format '{{.Nothing}}' "$TAG-a" >/dev/null 2>&1 || echo $?)"
same a-format-of-a-table-has-titles 'NAME PIDS' \
	"$("$DAVIT" stats --no-stream --format 'table {{.Name}}\t{{.PIDs}}' | head -n 1 | tr -s ' ')"
contains json-is-told "$("$DAVIT" stats --no-stream --format json "$TAG-a")" "{\"Name\":\"$TAG-a\",*\"PIDs\":\"5\"}"
same what-is-not-there-uses-nothing 1 "$("$DAVIT" stats --no-stream "$TAG-none" >/dev/null 2>&1 || echo $?)"

# Again and again, until the sandbox has ended.
"$DAVIT" stats "$TAG-a" >"$TMP/stream" 2>&1 &
stream=$!
twice() {
	[ "$(grep -c "^$TAG-a " "$TMP/stream")" -ge 2 ]
}
check stats-are-told-again-and-again until_true twice
lacks a-file-gets-no-commands-for-a-terminal "$(cat "$TMP/stream")" "$(printf '\033')"
kill -KILL "$(pid_of "$TAG-a")" "$(pid_of "$TAG-b")"
ended "$a"
ended "$b"
check stats-end-with-the-sandbox until_true is_over "$stream"
wait "$stream" || :

# --- a hostile one -------------------------------------------------------------------------------------

start "$TMP/hostile" --name "$TAG-h" "$APP" sh -c 'echo ready
	exec sh -c "sleep 1005; :" "$(printf "1\n99999 \033[2J\233\302\233 root")"'
h=$box
check a-hostile-sandbox-runs has "$TMP/hostile" ready
sleep 0.2
"$DAVIT" top "$TAG-h" >"$TMP/told" 2>&1 || :
same a-command-line-stays-in-its-line 3 "$(wc -l <"$TMP/told" | tr -d ' ')"
lacks a-command-line-does-nothing-to-a-terminal "$(cat "$TMP/told")" "$(printf '\033')"
kill -KILL "$(pid_of "$TAG-h")"
ended "$h"
# --- one that shares the processes of the host -----------------------------------------------------------

start "$TMP/shared" --name "$TAG-p" --pid host --pids-limit 20 "$APP" sh -c '(sleep 1006 & sleep 1007 &); echo ready; exec sleep 1008'
p=$box
check a-sandbox-without-processes-of-its-own-runs has "$TMP/shared" ready
same its-processes-are-told-from-the-hosts '1006 1007 1008' \
	"$("$DAVIT" top "$TAG-p" | sed -n 's/.*  sleep \([0-9]*\)$/\1/p' | sort | tr '\n' ' ' | sed 's/ $//')"
lacks no-other-process-is-taken-for-its-own "$("$DAVIT" top "$TAG-p")" "$DAVIT"
kill -KILL "$(pid_of "$TAG-p")"
ended "$p"
clean nothing-is-left-of-watching
