#!/bin/sh
# SPDX-License-Identifier: MIT
# Boots every board and runs all box tests in it; the names of the results begin with the board's: boards.sh [TEST...]
#
# BOARDS="qemu-armv7 ..." takes these only; a TEST is box/NAME, blocked/NAME, fault/NAME or qemu/kernel.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
DAVIT=${DAVIT-$top/build/native/davit}
# shellcheck source=../lib.sh
. "$top/tests/lib.sh"

seconds=2000 # that one board may take, on a machine that does other things too

# The tests of a board: all that looks at sandboxes; faults and a kernel that looks older on one, which is slow enough.
choose_tests() {
	for script in "$top"/tests/box/*.sh; do
		echo "box/$(basename "$script" .sh)"
	done
	case $1 in
	qemu-armv7) echo 'blocked/image blocked/volumes blocked/limits fault/steps fault/calls' ;;
	esac
	echo qemu/kernel
}

# build BOARD: davit, the one that fails on purpose, the images and the kernel
build() {
	target=$(sed -n 's/^TARGET *= *//p' "$top/board/$1/board.mk")
	case ${tests:-$(choose_tests "$1")} in
	*fault/*) make -s -C "$top" BOARD="$1" O="build/$1-fault" EXTRA_CONFIG=CONFIG_FAULT=y || return ;;
	esac
	make -s -C "$top" BOARD="$1" &&
		"$top/tests/box/material" "$target" "$top/build/box/$target" &&
		"$top/scripts/kernel" "$1"
}

# boot BOARD TEST...: with the tests on board; prints what the board prints
boot() {
	board=$1 tested="$*"
	shift
	# What is not needed would lie in the board's memory.
	case $tested in
	*fault/*) set -- -f "$top/tests/fault:/tests/fault" -f "$top/build/$board-fault/davit:/bin/davit-fault" ;;
	*) set -- ;;
	esac
	rm -rf "$TMP/material"
	cp -R "$top/build/box/$target" "$TMP/material"
	(cd "$TMP/material" && rm -f part.img cut.squashfs calls_table.h seccomp_table.h)
	[ $# -gt 0 ] || rm "$TMP/material/inject" "$TMP/material/look"
	# The tests and a second davit are in memory too; what a board does with 24 MiB, samples.sh and registry.sh try.
	case $board in
	qemu-armv5 | qemu-armv7 | qemu-riscv64) set -- -m 64 "$@" ;;
	esac
	"$top/board/$board/run" -q -t $seconds "$@" -f "$top/tests/lib.sh:/tests/lib.sh" -f "$top/tests/box:/tests/box" \
		-f "$top/tests/qemu/lib/guest:/tests/guest" -f "$top/tests/qemu/lib/kernel.sh:/tests/qemu/kernel.sh" \
		-f "$TMP/material:/material" -- "sh /tests/guest ${tested#* }"
}

run_board() {
	start=$(date +%s)
	if ! build "$1" >"$TMP/build" 2>&1; then
		fail "$1:what-it-needs-is-built" "$(tail -n 5 "$TMP/build")"
		return
	fi
	built=$(date +%s)
	# shellcheck disable=SC2046,SC2086 # lists of words
	boot "$1" ${tests:-$(choose_tests "$1")} >"$TMP/said" 2>&1 ||
		echo "fail the-board-ends-well: exit code $?, after: $(tail -n 5 "$TMP/said" | tr -d '\r' | tr '\n' ';')" >>"$TMP/said"
	echo "time $1: built in $((built - start)) s, tested in $(($(date +%s) - built)) s"
	sed -E "s/^(pass|fail|skip) /&$1:/" "$TMP/said"
	grep -q '^pass the-board-comes-up' "$TMP/said" ||
		fail "$1:the-board-comes-up" "$(tail -n 5 "$TMP/said")"
}

# boards.sh --board BOARD FOLDER [TEST...]: one board, with its results in a file of the folder
if [ "${1-}" = --board ]; then
	board=$2 results=$3/$2
	shift 3
	tests=$*
	run_board "$board" >"$results"
	exit
fi

# As many at a time as there are processors: each board keeps one busy. The longest first.
boards=${BOARDS:-qemu-armv7 $(basename -a "$top"/board/qemu-*/ | grep -vx qemu-armv7)}
mkdir "$TMP/results"
# shellcheck disable=SC2086 # words
printf '%s\n' $boards | xargs -P "$(nproc)" -I '{}' "$0" --board '{}' "$TMP/results" "$@" ||
	fail every-board-is-tried "xargs: exit code $?"
cat "$TMP"/results/*
