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
	find root/blobs/sha256 -type f -size +3k
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

# load_in KIB: davit load of image/ with that much address space, code and stack included
load_in() {
	rm -rf root
	prlimit --as=$(($1 * 1024)) "$DAVIT" load -q -i image
}

# least: how many KiB it takes, within 16
least() {
	low=256 high=16384
	while [ $((high - low)) -gt 16 ]; do
		half=$(((low + high) / 2))
		if load_in $half 2>/dev/null; then
			high=$half
		else
			low=$half
		fi
	done
	echo $high
}

python3 "$lib/tar_layout.py" small layer.tar 1
layout tar
least=$(least)
python3 "$lib/tar_layout.py" large layer.tar 128
layout tar
check a-layer-of-128-MiB-takes-no-more-memory-than-one-of-a-byte load_in $((least + 32))
python3 "$lib/tar_layout.py" small layer.tar 50000
layout tar
# 104 bytes, and a name of 24 with its end.
check 50000-files-take-136-bytes-each load_in $((least + 50000 * 136 / 1024 + 64))
same no-memory-is-told-and-nothing-is-left "1 line, 0 files" "$(
	load_in $((least + 1000)) 2>said || :
	echo "$(wc -l <said) line, $(find root -type f ! -name lock | wc -l) files"
)"
"$DAVIT" load -q -i image
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
