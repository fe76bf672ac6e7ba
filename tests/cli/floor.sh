#!/bin/sh
# SPDX-License-Identifier: MIT
# What davit's launch time is compared with makes the same sandbox.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

floor=$(dirname "$0")/../bench/floor.c

# What davit plan guards in /proc, /sys and /dev: the targets of STEP, one a line.
guarded() {
	"$DAVIT" plan "$IMAGE" true | awk -v step="$1" '
		$1 ~ /^[0-9]+(-[0-9]+)?$/ { now = $2; $1 = $2 = "" }
		now == step { for (i = 1; i <= NF; i++) if ($i ~ /^\//) print $i }'
}

# missing STEP...: what the floor does not guard, though davit does
missing() {
	for step; do
		[ -n "$(guarded "$step")" ] || echo "no $step in the plan"
		for target in $(guarded "$step"); do
			grep -q "\"${target#/}\"" "$floor" || echo "$target"
		done
	done
}

# strays: what the floor guards, though davit does not
strays() {
	guards=$(guarded mask; guarded read-only)
	sed -n '/^static void guard/,/^}/s|"\(proc/[^"]*\)"|\n/\1\n|gp' "$floor" | grep '^/' | while read -r target; do
		echo "$guards" | grep -qx "$target" || echo "$target"
	done
}

same the-floor-of-the-benchmarks-guards-all-that-davit-guards '' "$(missing mask read-only)"
same the-floor-of-the-benchmarks-guards-nothing-that-davit-does-not '' "$(strays)"
