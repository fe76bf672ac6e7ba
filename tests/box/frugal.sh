#!/bin/sh
# SPDX-License-Identifier: MIT
# What davit takes for itself while its app runs, and how often it asks the kernel for something.
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# KiB that process $1 shares with nobody
private() {
	awk '/^Private/ { sum += $2 } END { print sum + 0 }' "/proc/$1/smaps_rollup"
}

# davit gives back what it needs no more as soon as the app has run for a moment.
is_small() {
	[ "$(private "$box")" -le 128 ]
}

waiting_is_cheap() {
	name=a-davit-that-waits-has-no-more-than-128-KiB-to-itself
	if [ ! -e /proc/self/smaps_rollup ]; then
		skip $name 'the kernel lacks CONFIG_PROC_PAGE_MONITOR'
		return
	fi
	start "$TMP/said" "$APP" sh -c 'trap "exit 0" TERM; sleep 60 & wait'
	if ! until_true is_small; then
		fail $name "$(private "$box") KiB: $(cat "$TMP/said")"
	else
		pass $name
	fi
	kill -TERM "$box"
	ended "$box"
}

waiting_is_cheap
clean frugal-sandboxes-leave-nothing
