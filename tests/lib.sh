# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What every test script begins with: a line per test, a folder for its files, the program under test.
#
#	. "$(dirname "$0")/../lib.sh"
#	check a-plan-is-printed "$DAVIT" plan "$IMAGE" sh
#
# DAVIT is the program under test (needed), IMAGE the sample image, TMP a folder that vanishes in the end. NAME is
# a sentence with dashes. A script ends with 0 when it ran to its end, whatever failed. Runs under busybox sh too.

: "${DAVIT:?is the davit under test; scripts/test sets it}"
IMAGE=${IMAGE-}
TMP=$(mktemp -d)
LC_ALL=C
export DAVIT IMAGE TMP LC_ALL
unset DAVIT_ROOT DAVIT_RUN_ROOT

# A script may define its own; it runs before TMP is removed.
cleanup() {
	:
}

trap 'cleanup; rm -rf "$TMP"' EXIT
trap 'exit 1' HUP INT TERM

# Standard input in one line that is not too long.
shorten() {
	tr -s '\n\t ' ' ' | tr -d '\000-\037' | cut -c 1-400 | sed 's/ $//'
}

pass() {
	echo "pass $1"
}

# fail NAME WHAT-WAS-SEEN
fail() {
	echo "fail $1: $(printf '%s' "${2-}" | shorten)"
}

# skip NAME WHY
skip() {
	echo "skip $1: $2"
}

# check NAME COMMAND...: passes when the command succeeds; a function is run as under set -e
check() {
	check_name=$1
	shift
	set +e
	(
		set -e
		"$@"
	) >"$TMP/.said" 2>&1
	check_status=$?
	set -e
	if [ $check_status -eq 0 ]; then
		pass "$check_name"
	else
		fail "$check_name" "exit code $check_status, $(cat "$TMP/.said")"
	fi
}

# same NAME EXPECTED ACTUAL
same() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "expected '$2', saw '$3'"
	fi
}

# contains NAME TEXT PATTERN: PATTERN is one of the shell's, as in case
contains() {
	# shellcheck disable=SC2254 # a pattern on purpose
	case $2 in
	*$3*) pass "$1" ;;
	*) fail "$1" "no '$3' in '$2'" ;;
	esac
}

# lacks NAME TEXT PATTERN: the opposite
lacks() {
	# shellcheck disable=SC2254 # a pattern on purpose
	case $2 in
	*$3*) fail "$1" "'$3' in '$2'" ;;
	*) pass "$1" ;;
	esac
}
