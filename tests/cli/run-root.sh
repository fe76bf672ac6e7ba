#!/bin/sh
# SPDX-License-Identifier: MIT
# Where live sandboxes are kept: --run-root before the command or behind it, DAVIT_RUN_ROOT; and env files.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
cd "$TMP"

state_of() {
	"$@" 2>&1 | sed -n 's/^ *1  state *//p'
}

same live-sandboxes-are-in-run-davit /run/davit/x "$(state_of "$DAVIT" plan --name x "$IMAGE" sh)"
same an-option-moves-them "$TMP/a/x" "$(state_of "$DAVIT" plan --run-root "$TMP/a" --name x "$IMAGE" sh)"
same an-option-before-the-command-moves-them "$TMP/b/x" "$(state_of "$DAVIT" --run-root "$TMP/b" plan --name x "$IMAGE" sh)"
DAVIT_RUN_ROOT=$TMP/c
export DAVIT_RUN_ROOT
same the-environment-moves-them "$TMP/c/x" "$(state_of "$DAVIT" plan --name x "$IMAGE" sh)"
same an-option-before-the-command-beats-the-environment "$TMP/b/x" \
	"$(state_of "$DAVIT" --run-root "$TMP/b" plan --name x "$IMAGE" sh)"
same an-option-beats-both "$TMP/a/x" \
	"$(state_of "$DAVIT" --run-root "$TMP/b" plan --run-root "$TMP/a" --name x "$IMAGE" sh)"
same the-last-of-two-counts "$TMP/b/x" \
	"$(state_of "$DAVIT" --run-root "$TMP/a" --run-root "$TMP/b" plan --name x "$IMAGE" sh)"
DAVIT_RUN_ROOT=
same an-empty-variable-is-none /run/davit/x "$(state_of "$DAVIT" plan --name x "$IMAGE" sh)"
DAVIT_RUN_ROOT=relative
contains a-bad-variable-is-named "$("$DAVIT" plan --name x "$IMAGE" sh 2>&1 || :)" DAVIT_RUN_ROOT
unset DAVIT_RUN_ROOT
same a-plan-makes-no-folder '' "$(ls "$TMP")"

# --- env files ---------------------------------------------------------------------------------------

# says NAME WORDS FILE: the file is refused in one line with the words
says() {
	code=0
	"$DAVIT" plan --env-file "$3" "$IMAGE" sh >out 2>err || code=$?
	same "$1" "1 davit: $2" "$code $(cat err)"
}
taken() {
	"$DAVIT" plan --env-file "$1" "$IMAGE" sh >/dev/null
}

printf 'A=1\n\n# comment\n  # comment too\nB=\nHOME\nNOT_SET_ANYWHERE\n  C=two words = one value\nlast=1' >good
check an-env-file-is-read taken good
: >empty
check an-empty-env-file-is-read taken empty
printf 'A=1\r\nB=2\r\n' >dos
check an-env-file-with-dos-line-ends-is-read taken dos
printf 'A=1\nB=2\n\n\nC D=3\n' >blank
says a-blank-in-a-name-is-refused-with-its-line 'blank:5: expected NAME=VALUE or the NAME of a variable' blank
printf '=1\n' >nameless
says a-value-without-a-name-is-refused-with-its-line 'nameless:1: expected NAME=VALUE or the NAME of a variable' nameless
printf 'A=1\nB=\0002\nC=3\n' >nul
code=0
"$DAVIT" plan --env-file nul "$IMAGE" sh >out 2>err || code=$?
same a-nul-in-an-env-file-is-refused 1 $code
head -c 65536 /dev/zero | tr '\0' A >large
says an-env-file-that-is-too-large-is-refused '--env-file large: File too large' large
says a-missing-env-file-is-refused '--env-file missing: No such file or directory' missing
says a-folder-is-no-env-file "--env-file $TMP: Is a directory" "$TMP"
mkfifo fifo
# shellcheck disable=SC2016 # for the inner shell
check an-env-file-that-is-a-fifo-does-not-hang timeout 10 sh -c '"$DAVIT" plan --env-file fifo "$IMAGE" sh >/dev/null || :'
