#!/bin/sh
# SPDX-License-Identifier: MIT
# What sandboxes share: of one image everything, of two images the layers that both have; counted in devices and memory.
set -eu
# shellcheck source=../box/lib/box.sh
. "$(dirname "$0")/../box/lib/box.sh"
layout=$(cd "$(dirname "$0")" && pwd)/layout
cd "$TMP"

squashfs() {
	mksquashfs "$@" -noappend -all-root -no-xattrs -quiet -no-progress >/dev/null
}
mkdir one two
echo one >one/name
echo two >two/name
squashfs one 1.squashfs
squashfs two 2.squashfs
rm "$APP"
cp "$BOX/app.squashfs" base.squashfs
"$layout" --config '{"Cmd": ["/bin/sleep", "60"]}' --tag one "$TAG.images" base.squashfs 1.squashfs >/dev/null
"$layout" --config '{"Cmd": ["/bin/sleep", "60"]}' --tag two "$TAG.images" base.squashfs 2.squashfs >/dev/null
same layers-that-two-images-have-are-stored-once 7 "$(find "$TAG.images/blobs" -type f | wc -l)"

up() {
	until_true grep -qs sleep "$DAVIT_RUN_ROOT/$1/pid"
}
devices() {
	cat /sys/block/loop*/loop/backing_file 2>/dev/null | grep -c "$TAG" || :
}
# field FIELD NAME: KiB of the pages of busybox's file in the first process of a sandbox
field() {
	awk -v field="$1:" '/^[0-9a-f]+-/ { own = / \/bin\/busybox$/ } own && $1 == field { sum += $2 } END { print sum + 0 }' \
		"/proc/$(pid_of "$2")/smaps"
}

start out1 --name "$TAG-1" --rm "$TAG.images:one"
check the-first-image-runs up "$TAG-1"
same it-takes-a-device-for-each-layer 2 "$(devices)"
alone=$(field Shared_Clean "$TAG-1")
start out2 --name "$TAG-2" --rm "$TAG.images:two"
check an-image-with-the-same-base-runs up "$TAG-2"
same it-takes-one-for-its-own-layer-only 3 "$(devices)"
start out3 --name "$TAG-3" --rm "$TAG.images:one"
check the-first-image-runs-once-more up "$TAG-3"
same it-takes-none 3 "$(devices)"

resident=$(field Rss "$TAG-2")
shared=$(field Shared_Clean "$TAG-2")
if [ "$resident" -gt 0 ] && [ "$alone" -lt $((resident / 4)) ] && [ "$shared" -gt $((resident / 2)) ]; then
	pass the-memory-of-a-shared-layer-is-there-once
else
	fail the-memory-of-a-shared-layer-is-there-once "$shared of $resident KiB are shared, $alone were before"
fi
same each-image-has-its-own-upper-layer 'one two' \
	"$(for name in 1 2; do cat "/proc/$(pid_of "$TAG-$name")/root/name"; done | tr '\n' ' ' | sed 's/ $//')"
for name in 1 2 3; do
	"$DAVIT" kill "$TAG-$name" >/dev/null
done
for each in $boxes; do
	ended "$each"
done
same with-the-last-of-them-the-devices-are-gone 0 "$(devices)"
clean nothing-is-left-of-shared-images
