#!/bin/sh
# SPDX-License-Identifier: MIT
# What others are told about a sandbox, and options that say what is the case anyway.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# What the record of the sandbox NAME says of KEY.
record() {
	sed -n "s/^$2 //p" "$DAVIT_RUN_ROOT/$1/pid"
}

printf 'level=1\n# a comment\nsite=quay\n' >"$TMP/labels"
start "$TMP/told" --name "$TAG-t" --label-file "$TMP/labels" --label site=harbour --label 'two words=a b' \
	--label empty --annotation org.example.a=b --stop-signal INT --stop-timeout 30 "$APP" true
ended "$box"
contains a-label-with-a-blank-in-its-key-is-refused "$(cat "$TMP/told")" 'without blanks'

start "$TMP/told" --name "$TAG-t" --label-file "$TMP/labels" --label site=harbour --label note='a b' --label empty \
	--annotation org.example.a=b --stop-signal INT --stop-timeout 30 "$APP" \
	sh -c 'echo ready; trap "exit 0" TERM; while :; do sleep 0.1; done'
check a-sandbox-with-labels-runs has "$TMP/told" ready
same labels-are-told 'level=1 site=harbour note=a\x20b empty=' "$(record "$TAG-t" label)"
same an-annotation-is-told org.example.a=b "$(record "$TAG-t" annotation)"
same how-to-stop-is-told '2 30' "$(record "$TAG-t" stop)"
kill "$box"
ended "$box"
same it-ends-as-ever 0 "$code"

start "$TMP/told" --name "$TAG-u" "$APP" sh -c 'echo ready; trap "exit 0" TERM; while :; do sleep 0.1; done'
check a-sandbox-without-labels-runs has "$TMP/told" ready
same stop-is-term-and-ten-seconds-otherwise '15 10' "$(record "$TAG-u" stop)"
kill "$box"
ended "$box"

shows an-app-that-is-not-restarted-runs-once 'once' --restart no "$APP" echo once
ends an-app-that-is-not-restarted-ends-with-its-code 3 --restart no "$APP" sh -c 'exit 3'
refused a-restart-is-refused 'starts it again' --restart always "$APP" true
refused more-than-what-is-named-is-refused '--cap-add' --privileged "$APP" true
shows nothing-more-is-given-when-it-is-false 'CapEff: 00000000a80425fb' --privileged=false "$APP" \
	sed -n 's/^CapEff:[[:blank:]]*/CapEff: /p' /proc/self/status
ends it-is-removed-when-that-is-said 0 --rm --name "$TAG-r" "$APP" true
same nothing-of-it-is-there no "$([ -e "$DAVIT_RUN_ROOT/$TAG-r" ] && echo yes || echo no)"
same input-is-passed-on 'from outside' "$(echo 'from outside' | limited "$DAVIT" run --interactive "$APP" cat)"
same input-is-empty-otherwise '' "$(echo 'from outside' | limited "$DAVIT" run "$APP" cat)"
shows a-terminal-is-given 'a terminal' --tty "$APP" sh -c '[ ! -t 1 ] || printf "a terminal"'
shows none-is-given-otherwise 'none' "$APP" sh -c '[ -t 1 ] || printf none'

# --- in the background -------------------------------------------------------------------------------

gone() {
	[ ! -e "$DAVIT_RUN_ROOT/$1" ]
}

has_ended() {
	[ -e "$DAVIT_RUN_ROOT/$1/exit" ]
}

try limited "$DAVIT" run --detach --rm --name "$TAG-d" --cidfile "$TMP/cid" --pidfile "$TMP/pid" "$APP" sleep 1000
same a-detached-launch-says-the-name-and-returns "0 $TAG-d" "$code $said"
same the-name-is-in-the-cidfile "$TAG-d" "$(cat "$TMP/cid")"
same the-number-of-the-app-is-in-the-pidfile "$(pid_of "$TAG-d")" "$(cat "$TMP/pid")"
contains it-is-the-app "$(tr '\000' ' ' <"/proc/$(cat "$TMP/pid")/cmdline")" 'sleep 1000'
refused a-cidfile-that-is-there-is-refused 'File exists' --cidfile "$TMP/cid" "$APP" true
kill -KILL "$(cat "$TMP/pid")"
check what-is-removed-at-its-end-is-gone until_true gone "$TAG-d"

try limited "$DAVIT" run --detach --name "$TAG-o" --log-opt max-size=8k "$APP" \
	sh -c 'i=0; while [ $i -lt 2000 ]; do echo "line $i of many"; i=$((i + 1)); done'
check a-detached-app-ends until_true has_ended "$TAG-o"
contains what-it-wrote-is-kept "$(cat "$DAVIT_RUN_ROOT/$TAG-o/log")" 'line 1999 of many'
lacks no-more-of-it-than-the-size "$(cat "$DAVIT_RUN_ROOT/$TAG-o/log")" 'line 1000 of many'
check its-file-is-no-larger [ "$(stat -c %s "$DAVIT_RUN_ROOT/$TAG-o/log")" -le 9216 ]
rm -r "${DAVIT_RUN_ROOT:?}/$TAG-o"
try limited "$DAVIT" run --detach --name "$TAG-n" --log-driver none "$APP" echo unheard
check a-detached-app-without-a-log-ends until_true has_ended "$TAG-n"
same nothing-of-it-is-kept no "$([ -e "$DAVIT_RUN_ROOT/$TAG-n/log" ] && echo yes || echo no)"
rm -r "${DAVIT_RUN_ROOT:?}/$TAG-n"
clean nothing-is-left-of-what-is-told
