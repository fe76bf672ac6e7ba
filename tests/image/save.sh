#!/bin/sh
# SPDX-License-Identifier: MIT
# A zip that davit save wrote, read by others: unzip, Python's zipfile, skopeo, and davit itself.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$TMP"
DAVIT_ROOT=$TMP/root DAVIT_CONFIG=$TMP/etc
export DAVIT_ROOT DAVIT_CONFIG
mkdir etc

# --- an image of ten layers --------------------------------------------------------------------------

layers=''
for i in 1 2 3 4 5 6 7 8 9 10; do
	mkdir "tree$i"
	head -c 600000 /dev/urandom >"tree$i/file$i"
	mksquashfs "tree$i" "$i.squashfs" -quiet -no-progress -all-root
	layers="$layers $i.squashfs"
done
# shellcheck disable=SC2086 # a list
"$here/layout" --tag 1 --verity layout $layers >/dev/null
"$DAVIT" keygen k >/dev/null
"$DAVIT" sign --key k.key layout >/dev/null

check a-layout-is-saved "$DAVIT" save -o a.zip layout
check unzip-finds-no-fault unzip -tq a.zip
check python-finds-no-fault python3 -c 'import sys, zipfile; sys.exit(zipfile.ZipFile("a.zip").testzip() is not None)'
same all-is-stored 0 "$(unzip -v a.zip | awk 'NR > 3 && $2 != "Stored" && NF > 7' | wc -l)"
mkdir out
unzip -q a.zip -d out
check skopeo-inspects-what-is-unzipped skopeo inspect "oci:$TMP/out:1"
mkdir etc/keys
cp k.pub etc/keys
check its-signature-is-with-it "$DAVIT" verify a.zip
bytes=$(cat out/blobs/sha256/* | wc -c)
whole=$(stat -c %s a.zip)
if [ $(((whole - bytes) * 100)) -lt "$bytes" ]; then
	pass ten-layers-cost-less-than-one-percent
else
	fail ten-layers-cost-less-than-one-percent "$whole bytes for $bytes"
fi
same each-layer-begins-on-a-page '10' "$(python3 - <<-'END'
	import zipfile
	count = 0
	with zipfile.ZipFile("a.zip") as z, open("a.zip", "rb") as f:
	    for info in z.infolist():
	        f.seek(info.header_offset + 26)
	        name, extra = int.from_bytes(f.read(2), "little"), int.from_bytes(f.read(2), "little")
	        at = info.header_offset + 30 + name + extra
	        f.seek(at)
	        if f.read(4) == b"hsqs" and at % 4096 == 0:
	            count += 1
	print(count)
END
)"
"$DAVIT" save layout | cat >b.zip
check the-same-image-gives-the-same-bytes cmp a.zip b.zip
check what-was-saved-is-saved-again-alike "$DAVIT" save -o c.zip a.zip
check again-the-same-bytes cmp a.zip c.zip

# --- what is refused ---------------------------------------------------------------------------------

# refused NAME CODE PART-OF-THE-MESSAGE COMMAND...: one line, and no file
refused() {
	refused_name=$1 refused_code=$2 refused_part=$3
	shift 3
	refused_status=0
	"$@" >said 2>err || refused_status=$?
	if [ "$refused_status" -ne "$refused_code" ] || [ "$(wc -l <err)" -ne 1 ] || ls ./*.new x.zip >/dev/null 2>&1; then
		fail "$refused_name" "exit code $refused_status, $(cat err) $(ls)"
	else
		contains "$refused_name" "$(cat err)" "$refused_part"
	fi
}
refused an-image-that-is-nowhere 1 'neither a file nor an image' "$DAVIT" save -o x.zip nowhere
refused no-image 2 'expected IMAGE' "$DAVIT" save -o x.zip
refused a-directory-that-is-not-there 1 'x.zip' "$DAVIT" save -o none/x.zip layout
printf x | dd of="$(grep -l hsqs layout/blobs/sha256/* | head -n 1)" conv=notrunc bs=1 seek=5000 status=none
refused a-damaged-layer-is-not-saved 1 'is something else' "$DAVIT" save -o x.zip layout
