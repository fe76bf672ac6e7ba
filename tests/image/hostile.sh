#!/bin/sh
# SPDX-License-Identifier: MIT
# Images made to harm: zips, layouts, manifests, configurations, file systems, hash trees, signatures. Each is refused by
# every command that reads it, in words of its own, and leaves nothing behind.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$TMP"
DAVIT_ROOT=$TMP/root DAVIT_RUN_ROOT=$TMP/run DAVIT_CONFIG=$TMP/config
export DAVIT_ROOT DAVIT_RUN_ROOT DAVIT_CONFIG
mkdir -m 755 config config/keys
: >config/davit.conf

mkdir -p tree/bin tree/proc tree/sys tree/dev tree/tmp tree/run
# A small static program; a davit with ASan is none.
if [ -z "${SANITIZE-}" ]; then
	cp "$DAVIT" tree/bin/true
else
	unsquashfs -q -n -f -d tree "$IMAGE" bin/busybox >/dev/null
	ln -s busybox tree/bin/true
fi
seq 1 30000 >tree/numbers
mksquashfs tree good.squashfs -noappend -quiet -no-progress >/dev/null
"$here/hostile" cases good.squashfs >list
"$DAVIT" doctor --facts | sed 's/^dm-verity .*/dm-verity yes/' >verity.facts
"$DAVIT" keygen key >/dev/null

# Whatever a launch or a command may leave: mounts, loop devices, cgroups, files. Not what a run remembers as checked, nor
# the lock that a store has.
left_behind() {
	grep -F "$TMP" /proc/self/mountinfo || :
	cat /sys/block/loop*/loop/backing_file 2>/dev/null | grep -F "$TMP" || :
	find /sys/fs/cgroup -maxdepth 3 -type d -name "davit.*" 2>/dev/null | grep -F -e "$1" || :
	find run root -mindepth 1 ! -name .verified ! -path root/lock ! -type d 2>/dev/null || :
	find run -mindepth 1 -type d 2>/dev/null || :
}

# refused NAME STATUS WORDS COMMAND...: with that exit code, one line and those words in it, nothing said otherwise, nothing left
refused() {
	refused_name=$1 refused_status=$2 refused_words=$3
	shift 3
	status=0
	timeout 20 "$@" >out 2>err </dev/null || status=$?
	left=$(left_behind "$refused_name")
	if [ "$status" -ne "$refused_status" ]; then
		fail "$refused_name" "exit code $status, $(cat err)"
	elif [ "$(wc -l <err)" -ne 1 ] || [ -s out ]; then
		fail "$refused_name" "said $(cat out err)"
	elif LC_ALL=C grep -q '[^ -~]' err; then
		fail "$refused_name" "said what does not belong into a terminal: $(od -c err | head -n 3)"
	elif [ -n "$left" ]; then
		fail "$refused_name" "left $left"
	elif ! grep -qF -e "$refused_words" err; then
		fail "$refused_name" "no '$refused_words' in '$(cat err)'"
	else
		pass "$refused_name"
	fi
	rm -rf root
}

# Of a command for the build host only, and of a store.
has() {
	"$DAVIT" help | grep -q "^  davit $1 "
}

check a-good-image-of-the-same-kind-is-launched "$DAVIT" run --rm cases/good.zip
same a-good-image-leaves-nothing '' "$(left_behind good)"
while IFS='|' read -r how name file words; do
	case $how in
	run | launch) refused "$name-is-not-launched" 125 "$words" "$DAVIT" run --rm "cases/$file" ;;
	archive) refused "$name-is-not-launched" 125 "$words" "$DAVIT" run --rm "cases/$file" /bin/true ;;
	verity) refused "$name-is-not-launched" 1 "$words" "$DAVIT" plan --host verity.facts "cases/$file" ;;
	esac
	case $how in
	run | verity) load_words='' ;;
	tree)
		load_words=$words
		"$DAVIT" sign --key key.key "cases/$file" >/dev/null 2>&1 || :
		;;
	*) continue ;;
	esac
	refused "$name-is-not-verified" 1 "$load_words" "$DAVIT" verify --key key.pub "cases/$file"
	! has load || refused "$name-is-not-loaded" 1 "$load_words" "$DAVIT" load -q -i "cases/$file"
done <list

# --- signatures --------------------------------------------------------------------------------------

echo 'verify = signed' >config/davit.conf
cp key.pub config/keys
"$DAVIT" keygen stranger >/dev/null
cp good.squashfs other.squashfs
truncate -s +4096 other.squashfs
# image NAME SQUASHFS: its digest is $digest
image() {
	digest=$("$here/layout" --config '{"Cmd":["/bin/true","version"]}' --tag web:1 "$1" "$2")
}
image signed good.squashfs
"$DAVIT" sign --key key.key signed >/dev/null
check a-signed-image-is-launched "$DAVIT" run --rm signed
image unsigned good.squashfs
refused an-unsigned-image-is-not-launched 125 'nobody signed it' "$DAVIT" run --rm unsigned
image strange good.squashfs
"$DAVIT" sign --key stranger.key strange >/dev/null
refused an-image-signed-by-a-stranger-is-not-launched 125 'no signature by a key' "$DAVIT" run --rm strange
cp -r signed changed
printf X | dd of="changed/blobs/sha256/$(sha256sum good.squashfs | cut -c 1-64)" bs=1 seek=5000 conv=notrunc 2>/dev/null
refused a-signed-image-with-another-layer-is-not-launched 125 'its bytes have another digest' "$DAVIT" run --rm changed
# The signature of one image under the name that another's would have.
image moved other.squashfs
python3 - moved signed "$digest" <<'PYTHON'
import json, shutil, sys
to, source, digest = sys.argv[1:]
name = "org.opencontainers.image.ref.name"
index = json.load(open(to + "/index.json"))
entry = [e for e in json.load(open(source + "/index.json"))["manifests"] if e["annotations"][name].endswith(".sig")][0]
entry["annotations"][name] = "sha256-" + digest[7:] + ".sig"
index["manifests"].append(entry)
json.dump(index, open(to + "/index.json", "w"))
shutil.copytree(source + "/blobs", to + "/blobs", dirs_exist_ok=True)
PYTHON
refused a-signature-of-another-image-does-not-count 125 'its signature is one of another image' "$DAVIT" run --rm moved
# The manifest that was signed is not the one that the index names.
cp -r signed replaced
image replaced other.squashfs
refused an-unsigned-image-beside-a-signed-one-is-not-launched 125 'holds two images called web:1' "$DAVIT" run --rm replaced
cp -r signed empty
rm -r empty/blobs
refused a-layout-without-blobs-is-not-launched 125 'empty: has no blobs/sha256' "$DAVIT" run --rm empty
