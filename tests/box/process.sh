#!/bin/sh
# SPDX-License-Identifier: MIT
# A command's life: exit codes, signals, process 1, standard input and output.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# --- exit codes --------------------------------------------------------------------------------------

ends success-is-0 0 "$APP" true
ends the-commands-code-is-passed-on 7 "$APP" sh -c 'exit 7'
ends the-largest-code-is-passed-on 255 "$APP" sh -c 'exit 255'
ends a-missing-command-is-127 127 "$APP" no-such-command
ends a-missing-path-is-127 127 "$APP" /no/such/path
ends a-missing-interpreter-is-127 127 "$APP" no-interpreter
ends a-file-that-is-not-executable-is-126 126 "$APP" /bin/not-executable
ends a-folder-is-126 126 "$APP" /bin
ends no-program-is-126 126 "$APP" not-a-program
ends a-mistake-in-options-is-125 125 --no-such-option "$APP" true
ends an-image-without-command-is-125 125 "$APP"
for signal in 9:KILL 15:TERM 11:SEGV 6:ABRT; do
	ends "an-end-by-sig${signal#*:}-is-$((128 + ${signal%:*}))" $((128 + ${signal%:*})) --init "$APP" \
		sh -c "kill -${signal#*:} \$\$"
done
try box "$APP" no-such-command
contains the-missing-command-is-named "$said" 'no-such-command'
same one-line-says-it 1 "$(echo "$said" | wc -l)"

# --- signals -----------------------------------------------------------------------------------------

listen='for name in HUP INT QUIT USR1 USR2 TERM WINCH CONT ALRM; do trap "echo got $name; exit 3" $name; done
	echo ready; while :; do sleep 0.05; done'
for name in HUP INT QUIT USR1 USR2 TERM WINCH CONT ALRM; do
	for init in '' --init; do
		start "$TMP/out" ${init:+"$init"} "$APP" sh -c "$listen"
		has "$TMP/out" ready || :
		kill -"$name" "$box"
		ended "$box"
		same "sig$name-reaches-the-command${init:+-under-init}" "3 ready got $name " "$code $(tr '\n' ' ' <"$TMP/out")"
	done
done

start "$TMP/out" --name "$TAG-t" "$APP" sh -c 'echo ready; sleep 1; echo on; sleep 60'
has "$TMP/out" ready || :
kill -TERM "$box"
check process-1-without-a-handler-ignores-sigterm has "$TMP/out" on
kill -KILL "$(pid_of "$TAG-t")"
ended "$box"
same the-command-killed-from-outside-is-137 137 "$code"
start "$TMP/out" --init "$APP" sh -c 'echo ready; exec sleep 60'
has "$TMP/out" ready || :
kill -TERM "$box"
ended "$box"
same under-init-sigterm-ends-a-command-without-a-handler 143 "$code"

# --- process 1 ---------------------------------------------------------------------------------------

shows the-command-is-process-1 1 "$APP" sh -c 'echo $$'
try box --init --env SECRET=42 "$APP" sh -c 'echo $$; tr "\0" " " </proc/1/cmdline'
same under-init-it-is-process-2 2 "$(echo "$said" | head -n 1)"
contains init-is-called-init "$said" 'init'
lacks init-shows-none-of-davits-arguments "$said" 'SECRET'
lacks init-shows-not-even-the-image "$said" "$TAG"
ends inits-environment-is-not-to-be-read 1 --init "$APP" cat /proc/1/environ
shows init-reaps-orphans '0' --init "$APP" \
	sh -c '(sleep 0.1 &) ; (sleep 0.1 &) ; sleep 0.5; ps -o stat | grep -c Z || :'
shows the-box-ends-with-its-command 'ended' --init "$APP" sh -c '(sleep 60 &); echo ended'
shows the-box-ends-with-process-1 'ended' "$APP" sh -c '(sleep 60 &); echo ended'

# --- standard input and output -----------------------------------------------------------------------

same standard-input-is-empty-by-default '' "$(echo text | box "$APP" cat)"
same standard-input-is-passed-on 'text' "$(echo text | box -i "$APP" cat)"
same standard-input-is-passed-on-under-init 'text' "$(echo text | box -i --init "$APP" cat)"
sum=$(sha256sum <"$BOX/probe")
same much-input-and-output-is-unharmed "$sum" "$(box -i "$APP" cat <"$BOX/probe" | sha256sum)"
same output-and-errors-are-apart 'out' "$(box "$APP" sh -c 'echo out; echo error >&2' 2>/dev/null)"
same a-reader-that-goes-away-ends-it 'y' "$(box "$APP" yes 2>/dev/null | head -n 1)"
code=0
box "$APP" true <&- >&- 2>&- || code=$?
same closed-descriptors-are-no-hindrance 0 "$code"
clean nothing-is-left-of-processes
