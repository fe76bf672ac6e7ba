#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs for other machines are refused before anything is mounted, wherever they lie in an image.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$TMP"

# program FILE MACHINE FLAGS [ATTRIBUTES]: the first bytes of a program for ARM or another machine, with build attributes
program() {
	python3 - "$@" <<-'END'
		import struct, sys

		name, machine, flags = sys.argv[1], int(sys.argv[2]), int(sys.argv[3], 16)
		attributes = bytes.fromhex(sys.argv[4]) if len(sys.argv) > 4 else b""
		part = struct.pack("<BI", 1, 5 + len(attributes)) + attributes
		section = b"A" + struct.pack("<I", 10 + len(part)) + b"aeabi\0" + part
		header = b"\x7fELF\1\1\1" + bytes(9) + struct.pack("<HHIIIIIHHHHHH", 2, machine, 1, 0, 0, 300000, flags, 52, 32, 0,
		                                                   40, 1, 0)
		table = struct.pack("<IIIIIIIIII", 0, 0x70000003, 0, 0, 300040, len(section), 0, 0, 1, 0)
		with open(name, "wb") as file:
		    file.write(header + bytes(300000 - len(header)) + table + section)
	END
	chmod 755 "$1"
}

case $(uname -m) in
x86_64) own=amd64 ;;
*)
	skip programs-for-other-machines-are-refused "written for x86_64"
	exit 0
	;;
esac
mkdir -p low/bin low/d high/usr/bin high/etc high/bin
program low/bin/armhf 40 5000400 060a1c01
program low/bin/armel 40 5000200 0604
program low/bin/mips 8 0
program low/bin/hidden 40 5000400
: >low/d/file
ln -s ../../bin/armhf high/usr/bin/link
ln -s /usr/bin/link high/usr/bin/link-to-link
ln -s loop high/loop
printf '#! /usr/bin/link -x\n' >high/etc/script
chmod 755 high/etc/script
mknod high/bin/hidden c 0 0
for layer in low high; do
	mksquashfs $layer $layer.squashfs -quiet -no-progress >/dev/null
done
mkdir layout xz
"$here/layout" --config '{"Cmd":["/usr/bin/link"],"Env":["PATH=/usr/bin:/bin"]}' --zip app.zip layout low.squashfs high.squashfs >/dev/null

# refused NAME WORDS ARGUMENT...: one line, and nothing was mounted on the way
refused() {
	refused_name=$1 refused_words=$2
	shift 2
	strace -f -e trace=mount,fsmount,clone,clone3,unshare,ioctl -o calls "$DAVIT" run --rm --run-root "$TMP/run" "$@" >out 2>err \
		</dev/null && refused_status=0 || refused_status=$?
	if [ "$refused_status" -ne 125 ] || [ "$(wc -l <err)" -ne 1 ] || [ -s out ]; then
		fail "$refused_name" "exit code $refused_status, $(cat out err)"
	elif grep -qE 'mount|clone|unshare|LOOP' calls; then
		fail "$refused_name" "called $(grep -m 1 -E 'mount|clone|unshare|LOOP' calls)"
	else
		contains "$refused_name" "$(cat err)" "$refused_words"
	fi
}

armhf="/bin/armhf is built for armv7 hard-float, this board is $own"
refused the-command-of-the-image-is-looked-at "app.zip: $armhf" app.zip
refused a-layout-in-a-folder-too "layout: $armhf" layout
refused a-link-through-layers-is-followed "$armhf" app.zip /usr/bin/link-to-link
refused a-name-is-looked-for-in-path "$armhf" app.zip link
refused a-name-in-a-directory-is-relative-to-the-working-directory "$armhf" -w /usr app.zip ../bin/armhf
refused the-interpreter-of-a-script-is-looked-at "$armhf" app.zip /etc/script
refused soft-float-is-told-from-hard-float "/bin/armel is built for armv5 soft-float" app.zip armel
refused other-processors-are-named "/bin/mips is built for mips, this board is $own" app.zip mips

# What is not there is the kernel's to refuse, in its words.
for word in /loop /bin/hidden nothing /d/file/x; do
	said=$("$DAVIT" run --rm --run-root "$TMP/run" app.zip "$word" 2>&1 </dev/null) && status=0 || status=$?
	case $status-$said in
	12[67]-*"exec $word"*) pass "a-program-that-is-not-there-is-left-to-the-kernel-$(echo "$word" | tr / -)" ;;
	*) fail "a-program-that-is-not-there-is-left-to-the-kernel-$(echo "$word" | tr / -)" "$status $said" ;;
	esac
done

# An older ARM, which qemu-user plays; davit for the oldest runs on all.
if command -v qemu-arm-static >/dev/null && make -s BOARD=qemu-armv5 O="$here/../../build/qemu-armv5" -C "$here/../.." >make.log 2>&1; then
	for arch in arm/v5 arm/v7; do
		mkdir "layout-${arch#*/}"
		"$here/layout" --arch $arch --config '{"Cmd":["/bin/armhf"]}' --zip "${arch#*/}.zip" "layout-${arch#*/}" low.squashfs \
			>/dev/null
		said=$(qemu-arm-static -cpu arm1176 "$here/../../build/qemu-armv5/davit" plan "${arch#*/}.zip" 2>&1) || :
		contains "an-armv6-board-refuses-armv7-that-calls-itself-${arch#*/}" "$said" \
			"built for armv7 hard-float, this board is armv6"
		said=$(qemu-arm-static -cpu cortex-a7 "$here/../../build/qemu-armv5/davit" plan "${arch#*/}.zip" 2>&1) || :
		lacks "an-armv7-board-takes-armv7-that-calls-itself-${arch#*/}" "$said" "built for"
	done
else
	skip an-armv6-board-refuses-armv7 "no qemu-arm-static, or no davit for armv5: $(tail -n 1 make.log 2>/dev/null)"
fi
