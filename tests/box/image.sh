#!/bin/sh
# SPDX-License-Identifier: MIT
# What can be launched: a squashfs, a part of a file, a directory; what of it can be written.
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

shows a-squashfs-is-launched 'of the image' "$APP" cat /etc/motd
shows a-squashfs-inside-a-larger-file-is-launched 'of the image' "$PART" cat /etc/motd
shows a-directory-is-launched '0 0' "$TREE" probe ids
refused a-read-only-directory-without-proc-is-refused 'has no such directory' --read-only "$TREE" probe ids

refused a-wrong-offset-is-refused 'squashfs' "$BOX/part.img@8192" true
refused an-offset-behind-the-end-is-refused 'behind the end' "$BOX/part.img@4096000" true
refused a-damaged-squashfs-is-refused 'squashfs' "$BOX/cut.squashfs" true
refused another-kind-of-file-is-refused 'squashfs' "$BOX/probe" true
refused a-missing-image-is-refused 'No such file' "$TMP/no-such.squashfs" true
mkfifo "$TMP/fifo"
refused a-fifo-as-image-is-refused-at-once 'fifo' "$TMP/fifo" true

shows the-root-can-be-written 'new' "$APP" sh -c 'echo new >/new && cat /new'
ends what-was-written-is-gone-afterwards 1 "$APP" test -e /new
shows a-file-of-the-image-can-be-replaced 'other' "$APP" sh -c 'echo other >/etc/motd && cat /etc/motd'
shows the-image-is-unchanged-afterwards 'of the image' "$APP" cat /etc/motd
try box "$APP" sh -c 'rm -r /etc && mkdir /etc && ls -A /etc'
same a-folder-of-the-image-can-be-emptied '0 ' "$code $said"
try box -v "$BUSYBOX:/bin/busybox:ro" "$TREE" busybox sh -c 'echo new >/bin/new && cat /bin/new'
same a-directory-can-be-written-inside '0 new' "$code $said"
same the-directory-is-unchanged-outside 'bin
bin/probe' "$(cd "$TREE" && find . -mindepth 1 | sed 's|^./||' | sort)"

try box --storage-opt size=1m "$APP" dd if=/dev/zero of=/large bs=64k count=64
same the-writable-root-is-capped 1 "$code"
contains the-cap-is-told-as-a-full-disk "$said" 'No space left'
try box --storage-opt size=8m "$APP" sh -c 'dd if=/dev/zero of=/large bs=64k count=64 2>/dev/null && wc -c </large'
same what-fits-below-the-cap-is-written '0 4194304' "$code $said"

mkdir -p "$TREE/proc" "$TREE/sys" "$TREE/dev" "$TREE/tmp" "$TREE/run"
shows a-complete-directory-is-launched-read-only '0 0' --read-only "$TREE" probe ids
try box --read-only "$APP" sh -c 'echo new >/new'
same a-read-only-root-cannot-be-written 1 "$code"
contains a-read-only-root-says-so "$said" 'Read-only file system'
shows a-read-only-root-still-has-tmp 'new' --read-only "$APP" sh -c 'echo new >/tmp/new && cat /tmp/new'
shows what-a-read-only-sandbox-may-write-is-bounded-as-well 'full' --read-only --storage-opt size=1m "$APP" \
	sh -c 'head -c 2000000 /dev/zero 2>/dev/null >/tmp/big || echo full'

for option in '' --read-only; do
	try box ${option:+"$option"} "$APP" sh -c "sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \/ \([^ ]*\) .*/\1/p' /proc/self/mountinfo"
	contains "the-root${option#-}-obeys-no-setuid-bit" "$said" 'nosuid'
	contains "the-root${option#-}-has-no-devices" "$said" 'nodev'
done
clean nothing-is-left-of-images
