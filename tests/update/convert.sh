#!/bin/sh
# SPDX-License-Identifier: MIT
# Docker's layers on a board: they become squashfs as they come, in little memory, and nothing else is left.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
lib=$(cd "$(dirname "$0")/lib" && pwd)
cd "$TMP"
DAVIT_ROOT=$TMP/root DAVIT_CONFIG=$TMP/etc DAVIT_RUN_ROOT=$TMP/run
export DAVIT_ROOT DAVIT_CONFIG DAVIT_RUN_ROOT
mkdir etc mnt

cleanup() {
	umount "$TMP/mnt" "$TMP/small" 2>/dev/null || :
}

# layout KIND: layer.tar, packed as KIND says, as an image layout in image/; davit load is run next.
layout() {
	rm -rf image root
	python3 "$lib/tar_layout.py" layout image layer.tar "$1"
}

# blob: the file of the only layer that the store has
blob() {
	find root/blobs/sha256 -size +3k
}

# listing FILE...: what python finds in the mounted layer, or in the tar, entry by entry
mounted() {
	mount -o loop,ro "$(blob)" mnt
	python3 "$lib/tar_layout.py" mounted mnt
	umount mnt
}

python3 "$lib/tar_layout.py" make layer.tar
python3 "$lib/tar_layout.py" expected layer.tar >wanted
for kind in tar tar+gzip tar+zstd; do
	layout $kind
	check "a-layer-of-$kind-is-loaded" "$DAVIT" load -q -i image
	mounted >seen
	check "a-layer-of-$kind-has-what-the-tar-has" diff wanted seen
	check "a-layer-of-$kind-is-what-others-read" unsquashfs -quiet -no-progress -dest out-$kind "$(blob)"
	basename "$(blob)" >>digests
	same "a-layer-of-$kind-leaves-nothing-else" '' "$(find root/new -type f)"
done
same the-same-tar-gives-the-same-layer-however-it-is-packed 1 "$(sort -u digests | wc -l)"

# --- memory ------------------------------------------------------------------------------------------

# peak: KiB that davit load of image/ takes at most
peak() {
	python3 "$lib/tar_layout.py" peak "$DAVIT" load -q -i image
}

python3 "$lib/tar_layout.py" small layer.tar 1
layout tar
least=$(peak)
python3 "$lib/tar_layout.py" large layer.tar 128
layout tar
large=$(peak)
# Of what davit has itself: zlib's code, and its arena.
check "a-layer-of-128-MiB-takes-little-more-memory-than-one-of-a-file ($least and $large KiB)" \
	[ $((large - least)) -le 640 ]
python3 "$lib/tar_layout.py" small layer.tar 50000
layout tar
many=$(peak)
# 104 bytes and a name of 24, rounded up: 128 bytes.
check "50000-files-take-128-bytes-each ($many KiB)" [ $((many - least)) -le $((50000 * 128 / 1024 + 640)) ]
mount -o loop,ro "$(blob)" mnt
same directories-may-be-large 49999 "$(cat mnt/dir/a-file-number-00049999)"
same directories-are-whole 50000 "$(find mnt/dir -type f | wc -l)"
umount mnt

# --- what goes wrong -----------------------------------------------------------------------------------

# refused NAME WORDS: davit load of image/ fails with them, in one line, and leaves nothing.
refused() {
	status=0
	"$DAVIT" load -i image >said.out 2>said.err || status=$?
	if [ $status -ne 1 ] || [ "$(wc -l <said.err)" -ne 1 ]; then
		fail "$1" "exit code $status, $(cat said.out said.err)"
	elif [ "$(find "$DAVIT_ROOT" -type f ! -name lock | wc -l)" -ne 0 ]; then
		fail "$1" "left $(find "$DAVIT_ROOT" -type f)"
	else
		contains "$1" "$(cat said.err)" "$2"
	fi
}

python3 "$lib/tar_layout.py" random layer.tar 8
layout tar
mkdir small
mount -t tmpfs -o size=12m none small
DAVIT_ROOT=$TMP/small/root
refused a-full-disk-is-told-and-nothing-is-left 'No space left on device'
umount small
DAVIT_ROOT=$TMP/root
python3 "$lib/tar_layout.py" large layer.tar 100 zero
layout tar+gzip
refused a-bomb-is-refused '200 times larger than what it was compressed to'
python3 "$lib/tar_layout.py" outside layer.tar
layout tar
refused what-leads-out-is-refused 'is no directory'
python3 "$lib/tar_layout.py" small layer.tar 1
layout tar+xz
refused other-ways-of-packing-are-refused 'packed by xz'
