#!/bin/sh
# SPDX-License-Identifier: MIT
# Standard streams that are full, closed or gone: an error where output is lost, and no file of ours harmed.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
cd "$TMP"
cp "$IMAGE" app.squashfs
sum=$(cksum <app.squashfs)

# full CODE ARGUMENT...: with nowhere to write
full() {
	wanted=$1
	shift
	code=0
	"$DAVIT" "$@" >/dev/full 2>err </dev/null || code=$?
	[ $code -eq "$wanted" ] || {
		echo "exit code $code"
		return 1
	}
	cat err
	[ "$(wc -l <err)" -eq 1 ]
	grep -q '^davit: .*standard output.*No space left on device' err
}
check davit-says-when-it-cannot-write full 1
check help-says-when-it-cannot-write full 1 help
check help-for-run-says-when-it-cannot-write full 1 help run
check run---help-says-when-it-cannot-write full 125 run --help
check run-with-a-late---help-says-when-it-cannot-write full 125 run --init --help
check plan---help-says-when-it-cannot-write full 1 plan --init --help
check version-says-when-it-cannot-write full 1 version
check plan-says-when-it-cannot-write full 1 plan app.squashfs sh
check doctor-says-when-it-cannot-write full 1 doctor
check facts-say-when-they-cannot-be-written full 1 doctor --facts

# A reader that goes away ends davit, without a word and soon.
gone() {
	# shellcheck disable=SC2016 # for the inner shell
	timeout 10 sh -c '"$DAVIT" plan app.squashfs sh 2>err | true'
	[ ! -s err ] || {
		cat err
		return 1
	}
}
check a-reader-that-goes-away-is-no-news gone

# With a stream closed, the next file that is opened would take its number.
set +e
"$DAVIT" plan app.squashfs sh <&- >&- 2>&-
same plan-with-all-streams-closed-succeeds 0 $?
"$DAVIT" plan app.squashfs sh >&-
same plan-with-output-closed-succeeds 0 $?
"$DAVIT" plan app.squashfs sh <&- >out
same plan-with-input-closed-succeeds 0 $?
"$DAVIT" plan --memory x app.squashfs sh <&- >&- 2>&-
same a-refusal-with-all-streams-closed-is-a-refusal 1 $?
"$DAVIT" plan missing.squashfs sh 2>&-
same a-refusal-with-errors-closed-is-a-refusal 1 $?
"$DAVIT" doctor --facts <&- >&- 2>&-
same facts-with-all-streams-closed-succeed 0 $?
"$DAVIT" run --nonsense <&- >&- 2>&-
same run-with-all-streams-closed-refuses 125 $?
set -e
check plan-with-input-closed-is-whole grep -q '^last' out
same the-image-is-as-it-was "$sum" "$(cksum <app.squashfs)"

# In the output of an error there is nothing of a plan.
"$DAVIT" plan --memory x app.squashfs sh >out 2>/dev/null || :
same a-refusal-writes-no-output '' "$(cat out)"

# What it finds open must not become the sandbox's, and does not matter to a plan.
"$DAVIT" plan --name same app.squashfs sh >one
# shellcheck disable=SC2094 # 5 is only read
"$DAVIT" plan --name same app.squashfs sh 5<app.squashfs 7>seven 9<>nine >two
same open-descriptors-do-not-matter "$(cat one)" "$(cat two)"
