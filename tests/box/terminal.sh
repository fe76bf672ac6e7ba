#!/bin/sh
# SPDX-License-Identifier: MIT
# A terminal of its own: size, raw mode, signals, and the caller's terminal as it was before.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# typed TEXT OPTION... IMAGE COMMAND...: on a terminal; the text is typed when the command says ready. Sets code, said.
typed() {
	text=$1
	shift
	: >"$TMP/out"
	code=0
	limited "$PTY" 24x80 "$DAVIT" run "$@" <"$TMP/keys" >"$TMP/out" 2>&1 &
	pty=$!
	{
		has "$TMP/out" ready || :
		printf '%b' "$text"
		sleep 0.5
	} >"$TMP/keys"
	wait $pty || code=$?
	said=$(tr -d '\r' <"$TMP/out")
}

terminal() {
	try limited "$PTY" 24x80 "$DAVIT" run "$@"
	said=$(echo "$said" | tr -d '\r')
}

mkfifo "$TMP/keys"
terminal -t "$APP" tty
same the-command-has-a-terminal '0 /dev/pts/0' "$code $said"
terminal "$APP" sh -c 'for fd in 0 1 2; do [ ! -t $fd ] || echo "$fd is a terminal"; done; echo over >&2'
same without-one-of-its-own-it-does-not-get-the-callers '0 over' "$code $said"
terminal --user app "$APP" sh -c 'stat -L -c "%F %u" /proc/self/fd/1; echo again >/dev/stdout'
same its-output-is-a-pipe-of-its-users '0 fifo 1000
again' "$code $said"
terminal -t "$APP" stty size
same the-size-is-the-callers '0 24 80' "$code $said"
terminal -t "$APP" sh -c 'echo $TERM'
same the-kind-of-terminal-is-named '0 xterm' "$code $said"
terminal -t --user app "$APP" sh -c 'echo hello >/dev/tty && stat -c "%u %a" /dev/pts/0'
same the-terminal-is-the-users '0 hello
1000 620' "$code $said"
terminal -t "$APP" sh -c 'echo hello >/dev/console && stat -c "%t %T" /dev/console /dev/pts/0'
same the-console-is-the-terminal '0 hello
88 0
88 0' "$code $said"
terminal -t "$APP" sh -c 'ps -o pid,tty | tail -n +2 | head -n 1'
contains the-terminal-controls-the-session "$said" '136,0'
terminal -t "$APP" sh -c 'exit 7'
same the-code-comes-through-a-terminal 7 "$code"
terminal -t "$APP" seq 1 5000
same much-output-comes-through-a-terminal "0 $(seq 1 5000 | md5sum)" "$code $(echo "$said" | md5sum)"
terminal -it "$APP" no-such-command
same a-failed-launch-leaves-the-terminal-as-it-was 127 "$code"
terminal -it -v /no-such:/mnt "$APP" true
same a-refused-launch-leaves-the-terminal-as-it-was 125 "$code"

typed 'hello\n' -it "$APP" sh -c 'echo ready; read -r line; echo "<$line>"'
contains what-is-typed-arrives "$code $said" '0 *<hello>'
typed 'hello\n' -t "$APP" sh -c 'echo ready; read -r -t 1 line; echo "<$line>"'
contains without-interactive-nothing-arrives "$code $said" '0 *<>'
typed '\003' -it "$APP" sh -c 'trap "echo interrupted; exit 4" INT; echo ready; while :; do sleep 0.05; done'
contains an-interrupt-key-reaches-the-command "$code $said" '4 *interrupted'
typed '\003' -it --init "$APP" sh -c 'echo ready; exec sleep 60'
same an-interrupt-key-ends-the-command-under-init 130 "$code"
typed '\004' -it "$APP" sh -c 'echo ready; cat; echo end'
contains an-end-of-file-key-reaches-the-command "$code $said" '0 *end'

: >"$TMP/out"
"$PTY" 24x80 "$DAVIT" run -it "$APP" sh -c 'trap "stty size; exit 5" WINCH; echo ready; while :; do sleep 0.05; done' \
	</dev/null >"$TMP/out" 2>&1 &
pty=$!
has "$TMP/out" ready || :
kill -USR1 $pty
code=0
wait $pty || code=$?
same a-new-size-is-passed-on '5 30 90' "$code $(tr -d '\r' <"$TMP/out" | tail -n 1)"

# davit's own death by a signal that it can see.
: >"$TMP/out"
"$PTY" 24x80 sh -c 'davit=$1; shift; "$davit" run "$@" & wait $!' sh "$DAVIT" --name "$TAG-k" -t "$APP" \
	sh -c 'echo ready; sleep 60' </dev/null >"$TMP/out" 2>&1 &
pty=$!
has "$TMP/out" ready || :
kill -KILL "$(pid_of "$TAG-k")"
code=0
wait $pty || code=$?
same a-killed-command-leaves-the-terminal-as-it-was 137 "$code"
try box -t "$APP" tty
same a-terminal-needs-none-outside '0 /dev/pts/0' "$code $(echo "$said" | tr -d '\r')"
clean nothing-is-left-of-terminals
