#!/bin/sh
# SPDX-License-Identifier: MIT
# The hash trees of layers that davit build makes, held against veritysetup's.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
cd "$TMP"

if ! command -v veritysetup >/dev/null; then
	skip veritysetup-accepts-the-layers 'no veritysetup (cryptsetup-bin)'
	exit 0
fi
mkdir -p context/small context/large
echo hello >context/small/file
# Over 128 blocks that do not compress, so that the tree has two levels.
head -c 700000 /dev/urandom >context/large/file
printf 'FROM scratch\nCOPY small /small\nCOPY large /large\n' >context/Dockerfile
check an-image-is-built "$DAVIT" --root root build -q -t web:1 -o web.zip context
check the-zip-of-the-image-is-unpacked unzip -q web.zip -d layout

# "DIGEST ROOT-HASH BYTES-OF-THE-FILE-SYSTEM-IN-WHOLE-BLOCKS" for each layer
cat >layers <<'PYTHON'
import json, struct
blob = lambda d: open("layout/blobs/sha256/" + d["digest"][7:], "rb").read()
entry = json.load(open("layout/index.json"))["manifests"][0]
for layer in json.loads(blob(entry))["layers"]:
    used = struct.unpack_from("<Q", blob(layer), 40)[0]
    print(layer["digest"][7:], layer["annotations"]["io.stackeroci.stacker.atomfs_verity_root_hash"], (used + 4095) // 4096 * 4096)
PYTHON
python3 layers >list
same both-layers-have-a-tree 2 "$(wc -l <list | tr -d ' ')"

said() {
	sed -n "s/^$1:[[:space:]]*//p"
}
number=0
while read -r digest hash size; do
	number=$((number + 1)) layer=layout/blobs/sha256/$digest
	check "veritysetup-accepts-layer-$number" veritysetup verify --hash-offset="$size" "$layer" "$layer" "$hash"
	dump=$(veritysetup dump --hash-offset="$size" "$layer")
	head -c "$size" "$layer" >again
	veritysetup format --uuid="$(echo "$dump" | said UUID)" --salt="$(echo "$dump" | said Salt)" \
		--hash-offset="$size" --data-blocks=$((size / 4096)) again again >/dev/null
	truncate -s %4096 again
	check "veritysetup-would-have-written-layer-$number-so" cmp "$layer" again
	printf X | dd of="$layer" bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
	check "veritysetup-notices-a-change-in-layer-$number" \
		sh -c "! veritysetup verify --hash-offset=$size $layer $layer $hash"
done <list
