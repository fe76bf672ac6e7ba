#!/bin/sh
# SPDX-License-Identifier: MIT
# Every option of a launch is tested: a box test uses it and looks at what comes of it, and a plan is refused because of it.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
tests=$(cd "$(dirname "$0")/.." && pwd)

"$DAVIT" run --help | grep -oE '^  (-[a-zA-Z],|   ) --[a-z-]+' | grep -oE -- '--[a-z-]+' >"$TMP/options"
"$DAVIT" plan --help >"$TMP/help"

# All command lines of box tests, continued ones as one, without those that expect a refusal.
cat "$tests"/box/*.sh | sed -e ':more' -e '/\\$/N' -e 's/\\\n//' -e 'tmore' | grep -v '^[[:blank:]]*#' |
	grep -Ev '^[[:blank:]]*refused ' >"$TMP/box"
# Of each refusal, command and what is said, in one line.
awk '
/^\$ / { command = $0; next }
/^davit: / && command != "" { print command " => " $0 }
{ command = "" }' "$tests/plan/refusals" >"$TMP/refusals"

# is_in FILE OPTION: as a word of its own
is_in() {
	grep -Eq -- "(^|[^a-z-])$2([^a-z-]|\$)" "$1"
}

check options-are-found [ "$(wc -l <"$TMP/options")" -gt 40 ]
check box-tests-are-found [ "$(wc -l <"$TMP/box")" -gt 300 ]
check refusals-are-found [ "$(wc -l <"$TMP/refusals")" -gt 100 ]
while read -r option; do
	name=${option#--}
	# For davit plan alone: what it does is what all of tests/plan is about.
	[ "$name" != host ] || {
		check "a-refusal-is-because-of-$name" grep -Eq -- "--host .* => davit: --host" "$TMP/refusals"
		continue
	}
	check "a-box-test-looks-at-$name" is_in "$TMP/box" "$option"
	check "a-refusal-is-because-of-$name" grep -Eq -- "[^a-z-]${option}[ =](.* )?=> davit: (.*[^a-z-])?$option([^a-z-]|\$)" "$TMP/refusals"
done <"$TMP/options"

# This test itself can fail.
same an-option-that-nobody-tests-is-found no "$(is_in "$TMP/box" --nobodys-option && echo yes || echo no)"
same a-part-of-an-option-is-not-the-option no "$(echo '--memory-swap 8m' >"$TMP/part"; is_in "$TMP/part" --memory && echo yes || echo no)"
