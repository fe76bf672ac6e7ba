#!/bin/sh
# SPDX-License-Identifier: MIT
# A policy that wants signatures: what it launches, and that an older version does not come back.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
: "${IMAGE:?is a squashfs with a busybox in it}"
cd "$TMP"

"$DAVIT" keygen release >/dev/null
"$DAVIT" keygen other >/dev/null
mkdir -p config/keys root
mkdir -m 700 run
cp release.pub config/keys
echo 'verify = signed' >config/davit.conf
export DAVIT_CONFIG="$TMP/config" DAVIT_ROOT="$TMP/root" DAVIT_RUN_ROOT="$TMP/run"

# image FOLDER LABELS [KEY] [NAME]: signed, called web or NAME
image() {
	rm -rf "$1"
	"$here/layout" --tag "${4-web}:1" --config "{\"Cmd\":[\"true\"],\"Labels\":{$2}}" "$1" "$IMAGE" >/dev/null
	"$DAVIT" sign --key "${3-release.key}" "$1" >/dev/null
}
version() {
	printf '"io.davit.version":"%s"' "$1"
}
# refused NAME PART COMMAND...: 125 (davit run) or 1, one line, and the floors are as they were
refused() {
	refused_name=$1 refused_part=$2 refused_before=$(cat root/floors/* 2>/dev/null || :)
	shift 2
	refused_status=0
	"$@" >out 2>err || refused_status=$?
	if ! echo "run 125 plan 1" | grep -q "$2 $refused_status\>" || [ "$(wc -l <err)" -ne 1 ] || [ "$(cat root/floors/* 2>/dev/null || :)" != "$refused_before" ]; then
		fail "$refused_name" "exit code $refused_status, $(cat out err)"
	else
		contains "$refused_name" "$(cat err)" "$refused_part"
	fi
}

image plain ''
check a-signed-image-is-launched "$DAVIT" run plain
same an-image-without-a-version-leaves-no-floor no "$([ -e root/floors ] && echo yes || echo no)"
image stranger '' other.key
refused an-image-that-a-stranger-signed-is-not-launched 'no signature by a key in' "$DAVIT" run stranger
rm -rf unsigned
"$here/layout" --tag web:1 --config '{"Cmd":["true"]}' unsigned "$IMAGE" >/dev/null
refused an-image-that-nobody-signed-is-not-launched 'nobody signed it' "$DAVIT" run unsigned
refused a-squashfs-is-not-launched-where-signatures-are-wanted 'sign' "$DAVIT" run "$IMAGE" true
mkdir -p directory
refused a-directory-is-not-launched-where-signatures-are-wanted 'sign' "$DAVIT" run directory true

image v2 "$(version 2.0.1)"
"$DAVIT" plan v2 >/dev/null 2>&1 || :
same a-plan-leaves-no-floor no "$([ -e root/floors ] && echo yes || echo no)"
check a-version-is-launched "$DAVIT" run v2
same a-launch-leaves-its-version-as-floor 2.0.1 "$(cat root/floors/web)"
check the-same-version-is-launched-again "$DAVIT" run v2
image v1 "$(version 1.9)"
refused an-older-version-is-not-launched-any-more "web: version 1.9 is older than 2.0.1" "$DAVIT" run v1
refused an-older-version-is-not-planned-either "is older than 2.0.1" "$DAVIT" plan v1
refused an-image-without-a-version-does-not-slip-through 'an image without a version' "$DAVIT" run plain
image v10 "$(version 2.0.10)"
check versions-are-numbers-and-no-letters "$DAVIT" run v10
same a-newer-version-raises-the-floor 2.0.10 "$(cat root/floors/web)"
image short "$(version 2)"
refused missing-numbers-are-zero 'version 2 is older' "$DAVIT" run short
image lenient "$(version 3),\"io.davit.version.floor\":\"2.0.10\""
check an-image-may-leave-a-lower-floor-than-its-version "$DAVIT" run lenient
same that-floor-is-kept 2.0.10 "$(cat root/floors/web)"
check and-the-version-before-is-launched-again "$DAVIT" run v10
image high "$(version 3),\"io.davit.version.floor\":\"4\""
refused a-floor-above-its-own-version-is-refused 'above its version' "$DAVIT" run high
image alone '"io.davit.version.floor":"4"'
refused a-floor-without-a-version-is-refused 'but no io.davit.version' "$DAVIT" run alone
for bad in '' 1. .1 1.2.3.4.5 v1 1.-2 99999999999 1.2b ' 1'; do
	image bad "$(version "$bad")"
	refused "no-version-is-'$bad'" 'expected up to four numbers' "$DAVIT" run bad
done
image api "$(version 1)" release.key host:5000/shop/api
check another-name-has-its-own-floor "$DAVIT" run api
same slashes-are-kept-as-plus 1 "$(cat 'root/floors/host:5000+shop+api')"
echo junk >root/floors/web
refused a-damaged-floor-is-told 'floors/web: expected a version' "$DAVIT" run v10
rm root/floors/web
check root-may-take-a-floor-away "$DAVIT" run v1
mkdir root/floors/.next
refused a-floor-that-cannot-be-kept-ends-the-launch 'keep the version' "$DAVIT" run v2
rmdir root/floors/.next

# An image that is kept here.
rm -rf root/floors folder
mkdir kept # a folder of that name is no image with a tag
digest=$("$here/layout" --tag kept:1 --config '{"Cmd":["true"],"Labels":{"io.davit.version":"3"}}' folder "$IMAGE")
mkdir -p root/tags/kept
cp -R folder/blobs root
echo "$digest $(stat -c %s "folder/blobs/sha256/${digest#sha256:}") application/vnd.oci.image.manifest.v1+json" >root/tags/kept/:1
refused a-kept-image-that-nobody-signed-is-not-launched 'nobody signed it' "$DAVIT" run kept:1
"$DAVIT" sign --key other.key kept:1 >/dev/null
refused a-kept-image-that-a-stranger-signed-is-not-launched 'no signature by a key in' "$DAVIT" run kept:1
"$DAVIT" sign --key release.key kept:1 >/dev/null
check a-kept-image-that-is-signed-is-launched "$DAVIT" run kept:1
same a-kept-image-leaves-its-floor-too 3 "$(cat root/floors/kept)"
