#!/bin/sh
# SPDX-License-Identifier: MIT
# A hundred questions from inside, in every way of launching: nothing leads out.
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# ask PREFIX OPTION...: the probe prints the results itself
ask() {
	prefix=$1
	shift
	try box "$@" "$APP" probe ask "$prefix"
	echo "$said" | tr -d '\r' | grep -E "^(pass|fail) $prefix-" || :
	contains "$prefix-every-question-is-asked" "$said" 'asked'
}

ask as-root
ask as-user --user app
ask read-only --read-only
ask with-limits --memory 16m --pids-limit 50 --cpus 1
ask under-init --init --env PROBE_INIT=1
try "$PTY" 24x80 "$DAVIT" run -it "$APP" probe ask on-a-terminal
echo "$said" | tr -d '\r' | grep -E '^(pass|fail) on-a-terminal-' || :
contains on-a-terminal-every-question-is-asked "$said" 'asked'

# The questions themselves: a sandbox that may do everything does not pass.
try box --cap-add ALL "$APP" probe ask free
contains the-questions-notice-a-weak-sandbox "$said" 'fail free-mount-is-refused'
clean nothing-is-left-of-questions
