#!/bin/sh
# SPDX-License-Identifier: MIT
# An emulated board updates an app all the time, on ext4 or f2fs, and is killed at random moments; each start judges its store.
#
# Only where CUTS_LONG is set; CUTS_ROUNDS: how often (100).
set -eu
if [ -z "${CUTS_LONG-}" ]; then
	echo 'skip a-board-survives-being-killed: left to make test-long (CUTS_LONG=1)'
	exit 0
fi
# shellcheck source=lib/cuts.sh
. "$(dirname "$0")/lib/cuts.sh"
rounds=${CUTS_ROUNDS-100}

# make_images ARCHITECTURE TARGET: two versions of an app, on two layers each
make_images() {
	rm -rf base.tree images ./*.tree
	mkdir -p base.tree/bin images
	"$("$top/scripts/toolchain" "$2")/bin/cc" -D_GNU_SOURCE -Os -static -s -o base.tree/bin/app "$update/app.c"
	squashfs base
	for version in 1 2; do
		mkdir $version.tree
		head -c 60000 /dev/urandom >$version.tree/file
		squashfs $version
		"$top/tests/image/layout" --verity --arch "$1" --tag "app:$version" --config '{"Cmd": ["/bin/app", "serve"]}' \
			"images/$version" base.squashfs "$version.squashfs" >/dev/null
	done
}

# A number below $1, by chance.
chance() {
	echo $(($(od -An -N2 -tu2 /dev/urandom) % $1))
}

# boot FILE: the board in the background, its console in FILE; sets running
boot() {
	: >"$1"
	"$top/board/$board/run" -q -m $memory -t 600 -d "$WORK/disk" -f "$WORK/images:/images" \
		-f "$update/lib/board-cuts:/cuts" -- "sh /cuts $system" >"$1" 2>&1 </dev/null &
	running=$!
}

# Until the board has judged its store, or has ended.
judged() {
	while kill -0 "$running" 2>/dev/null; do
		if grep -Eqs '^(judged|bad)' "$1"; then
			return 0
		fi
		sleep 0.2
	done
}

# A QEMU has the disk.
is_held() {
	find /proc/[0-9]*/fd -lname "$WORK/disk" 2>/dev/null | grep -q .
}

# kill_board FILE-SYSTEM
kill_board() {
	killed=0 versions=
	while [ $killed -lt "$rounds" ]; do
		boot "$WORK/console"
		judged "$WORK/console"
		if grep -qs '^judged' "$WORK/console"; then
			sleep "$(chance 8).$(chance 10)"
		fi
		# Its QEMU goes by SIGKILL with it, a moment later.
		kill -KILL "$running" 2>/dev/null || :
		wait "$running" 2>/dev/null || :
		while is_held; do
			sleep 0.05
		done
		if ! grep -qs '^judged' "$WORK/console" || grep -qs '^bad' "$WORK/console"; then
			fail "a-board-on-$1-survives-being-killed" "round $killed: $(cat "$WORK/console")"
			break
		fi
		killed=$((killed + 1))
		versions="$versions $(sed -n 's/^judged //p' "$WORK/console")"
	done
	echo "	$killed kills; at the starts, the app had: $(echo "$versions" | tr ' ' '\n' | sort | uniq -c | tr -s '\n ' ' ')"
	same "a-board-on-$1-survives-being-killed" "$rounds" "$killed"
}

cd "$WORK"
PATH=$PATH:/usr/sbin:/sbin
board=qemu-armv7 system=ext4 memory=64
make -s -C "$top" BOARD=$board
make_images armv7 armv7
truncate -s 32M disk
mke2fs -q -t ext4 -O ^metadata_csum_seed,^orphan_file disk 2>"$TMP/said" || mke2fs -q -t ext4 disk
kill_board ext4
# What the journal could not bring in order, e2fsck would find.
cp disk copy
e2fsck -fp copy >"$TMP/said" 2>&1 || :
check ext4-is-in-order e2fsck -fn copy

board=qemu-aarch64 system=f2fs memory=128
make -s -C "$top" BOARD=$board
make_images arm64 aarch64
rm disk
truncate -s 64M disk
mkfs.f2fs -q disk >"$TMP/said"
kill_board f2fs
check f2fs-is-in-order fsck.f2fs --dry-run disk
