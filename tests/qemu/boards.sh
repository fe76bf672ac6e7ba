#!/bin/sh
# SPDX-License-Identifier: MIT
# Boots every board and runs the box and fault tests in it; the names of the results begin with the board's: boards.sh [TEST...]
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
DAVIT=${DAVIT-$top/build/native/davit}
# shellcheck source=../lib.sh
. "$top/tests/lib.sh"

tests=${*:-'box/image box/frugal box/isolation box/inside box/privileges box/environment box/volumes box/mounts
	box/lifecycle box/limits box/cgroups box/namespaces box/told box/process
	box/terminal box/together box/hostile box/calls box/landlock box/self box/exec box/userns box/pause box/policy box/watch
	blocked/image blocked/volumes blocked/limits fault/steps fault/calls
	qemu/kernel'}

# build BOARD: davit, the one that fails on purpose, the images and the kernel
build() {
	target=$(sed -n 's/^TARGET *= *//p' "$top/board/$1/board.mk")
	make -s -C "$top" BOARD="$1" &&
		make -s -C "$top" BOARD="$1" O="build/$1-fault" EXTRA_CONFIG=CONFIG_FAULT=y &&
		"$top/tests/box/material" "$target" "$top/build/box/$target" &&
		"$top/scripts/kernel" "$1"
}

# boot BOARD TEST...: with the tests on board; prints what the board prints
boot() {
	board=$1
	shift
	"$top/board/$board/run" -q -t 800 -f "$top/tests/lib.sh:/tests/lib.sh" -f "$top/tests/box:/tests/box" \
		-f "$top/tests/fault:/tests/fault" -f "$top/build/$board-fault/davit:/bin/davit-fault" \
		-f "$top/tests/qemu/lib/guest:/tests/guest" -f "$top/tests/qemu/lib/kernel.sh:/tests/qemu/kernel.sh" \
		-f "$top/build/box/$target:/material" -- "sh /tests/guest $*"
}

run_board() {
	if ! build "$1" >"$TMP/$1.build" 2>&1; then
		fail "$1:what-it-needs-is-built" "$(tail -n 5 "$TMP/$1.build")"
		return
	fi
	# shellcheck disable=SC2086 # a list of words
	boot "$1" $tests >"$TMP/$1.said" 2>&1 || echo "fail the-board-ends-well: exit code $?" >>"$TMP/$1.said"
	sed -E "s/^(pass|fail|skip) /&$1:/" "$TMP/$1.said"
	grep -q '^pass the-board-comes-up' "$TMP/$1.said" ||
		fail "$1:the-board-comes-up" "$(tail -n 5 "$TMP/$1.said")"
}

# All at the same time: each board has one processor.
pids=''
for folder in "$top"/board/qemu-*/; do
	board=$(basename "$folder")
	run_board "$board" >"$TMP/$board.results" &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid" || :
done
cat "$TMP"/*.results
