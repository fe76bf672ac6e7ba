#!/bin/sh
# SPDX-License-Identifier: MIT
# OCI images: their configuration under the command line, layers one above the other, what is checked, shared and kept.
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"
ZIP=$TMP/$TAG.zip
DAVIT_ROOT=$TMP/root
DAVIT_CONFIG=$TMP/conf
export DAVIT_ROOT DAVIT_CONFIG
mkdir -m 755 "$DAVIT_CONFIG"
: >"$DAVIT_CONFIG/davit.conf"
chmod 644 "$DAVIT_CONFIG/davit.conf"
cp "$BOX/app.zip" "$ZIP"
# A board has no memory to give away.
rm "$APP"
ln -s "$BOX/app.squashfs" "$APP"

# --- configuration -----------------------------------------------------------------------------------

shows an-image-names-its-own-command second "$ZIP"
shows a-command-takes-the-place-of-the-images-command second "$ZIP" /srv/second
shows an-entrypoint-takes-the-place-of-both 'uid=1000(app) gid=1000(app)' --entrypoint /bin/id "$ZIP"
shows the-images-user-is-found-in-its-own-files 1000 --entrypoint id "$ZIP" -u
shows a-user-of-the-command-line-comes-first 0 -u 0 --entrypoint id "$ZIP" -u
# shellcheck disable=SC2016 # for the inner shell
shows an-images-environment-is-the-apps image --entrypoint sh "$ZIP" -c 'echo $WHO'
# shellcheck disable=SC2016 # for the inner shell
shows a-variable-of-the-command-line-comes-first me -e WHO=me --entrypoint sh "$ZIP" -c 'echo $WHO'
# shellcheck disable=SC2016 # for the inner shell
shows an-images-working-directory-is-the-apps /srv --entrypoint sh "$ZIP" -c 'echo $PWD'
shows a-volume-of-an-image-is-a-directory-that-can-be-written new -u 0 --entrypoint sh "$ZIP" -c 'echo new >/data/x && cat /data/x'
start "$TMP/int" --name "$TAG-int" --rm -u 0 --entrypoint sh "$ZIP" -c 'trap "echo int; exit 7" INT; echo up; while :; do sleep 0.1; done'
check an-app-of-an-image-comes-up has "$TMP/int" up
"$DAVIT" stop "$TAG-int" >/dev/null
ended "$box"
same an-images-stop-signal-is-what-davit-stop-sends '7 up int' "$code $(tr '\n' ' ' <"$TMP/int" | sed 's/ $//')"

# --- layers ------------------------------------------------------------------------------------------

shows an-upper-layer-hides-what-is-below second "$ZIP" /etc/motd
shows an-upper-layer-adds second "$ZIP" /srv/second
ends an-upper-layer-removes 1 "$ZIP" /etc/removed
shows layers-are-one-root-that-can-be-written new -u 0 --entrypoint sh "$ZIP" -c 'echo new >/etc/motd && cat /etc/motd'
shows the-layers-are-unchanged-afterwards second "$ZIP"
try box --read-only "$ZIP"
contains a-read-only-image-without-proc-is-refused "$code $said" '125 *has no such directory'
try box --entrypoint cat "$ZIP" /proc/self/mountinfo
lacks an-app-does-not-see-where-its-layers-are "$said" "$TMP"
contains layers-obey-no-setuid-bit-and-have-no-devices "$said" ' / / rw,nosuid,nodev'

# --- what is shared ----------------------------------------------------------------------------------

loops() {
	cat /sys/block/loop*/loop/backing_file 2>/dev/null | grep -c "$TAG" || :
}
start "$TMP/one" --name "$TAG-one" --rm --entrypoint sleep "$ZIP" 60
one=$box
check the-first-sandbox-of-an-image-runs until_true grep -qs sleep "$DAVIT_RUN_ROOT/$TAG-one/pid"
same an-image-of-three-layers-takes-three-loop-devices 3 "$(loops)"
start "$TMP/two" --name "$TAG-two" --rm --entrypoint sleep "$ZIP" 60
two=$box
check the-second-sandbox-of-an-image-runs until_true grep -qs sleep "$DAVIT_RUN_ROOT/$TAG-two/pid"
same two-sandboxes-of-an-image-take-three-as-well 3 "$(loops)"
"$DAVIT" kill "$TAG-one" "$TAG-two" >/dev/null
ended "$one"
ended "$two"
clean nothing-is-left-of-shared-layers

# --- what is checked ---------------------------------------------------------------------------------

# The byte of the zip that is so many bytes into the layer with the number, from 1.
byte_of() {
	"$DAVIT" plan --host "$TMP/plain.facts" "$ZIP" | sed -n 's/.* loop .* bytes from \([0-9]*\),.*/\1/p' | sed -n "$1p" |
		{ read -r from && echo $((from + $2)); }
}
flip() {
	old=$(dd if="$1" bs=1 skip="$2" count=1 2>/dev/null | od -An -tu1)
	# shellcheck disable=SC2059 # a format on purpose
	printf "\\$(printf %03o $((old ^ 255)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
"$DAVIT" doctor --facts | sed 's/^dm-verity .*/dm-verity no/' >"$TMP/plain.facts"
verity=$("$DAVIT" doctor --facts | sed -n 's/^dm-verity //p')
large=$(byte_of 3 40000)
flip "$ZIP" "$large"
if [ "$verity" = yes ]; then
	try box --entrypoint wc "$ZIP" -c /srv/large
	contains what-changed-before-the-launch-is-an-error "$said" 'Input/output error'
else
	refused what-changed-before-the-launch-is-refused 'another digest' "$ZIP"
fi
# What is flipped twice is as it was.
echo 'verify = none' >"$DAVIT_CONFIG/davit.conf"
try box --entrypoint sh "$ZIP" -c 'cat /srv/large >/dev/null 2>&1; echo end'
same a-policy-of-none-looks-at-nothing '0 end' "$code $said"
echo 'verity = require' >"$DAVIT_CONFIG/davit.conf"
flip "$ZIP" "$large"
try box "$ZIP"
if [ "$verity" = yes ]; then
	same a-policy-that-requires-dm-verity-has-it '0 second' "$code $said"
else
	contains a-policy-that-requires-dm-verity-is-refused-without "$code $said" '125 *CONFIG_DM_VERITY*verity = require'
fi
refused a-policy-that-requires-dm-verity-refuses-a-plain-file 'no hash tree' "$APP" true
echo 'verify = signed' >"$DAVIT_CONFIG/davit.conf"
refused a-policy-of-signed-refuses-what-nobody-signed 'nobody signed it' "$ZIP"
refused a-policy-of-signed-refuses-what-cannot-be-signed 'verify = signed' "$APP" true
: >"$DAVIT_CONFIG/davit.conf"

if [ "$verity" = yes ]; then
	# shellcheck disable=SC2016 # for the inner shell
	start "$TMP/flash" --name "$TAG-flash" --rm -u 0 --entrypoint sh "$ZIP" -c \
		'echo up; while [ ! -e /tmp/go ]; do sleep 0.1; done; cat /srv/large >/tmp/copy; echo "end $?"'
	check the-app-on-dm-verity-comes-up has "$TMP/flash" up
	contains its-layers-are-devices-of-the-mapper "$(cat /proc/"$(pid_of "$TAG-flash")"/mountinfo 2>/dev/null; ls /sys/block)" dm-2
	flip "$ZIP" "$large"
	echo 3 >/proc/sys/vm/drop_caches
	"$DAVIT" exec "$TAG-flash" sh -c 'echo >/tmp/go'
	ended "$box"
	contains a-byte-that-changes-after-the-launch-is-an-error "$(cat "$TMP/flash")" 'Input/output error'
	contains the-app-sees-the-error-and-no-wrong-data "$(cat "$TMP/flash")" 'end 1'
	flip "$ZIP" "$large"
	same nothing-is-left-of-the-mapper '' "$(find /sys/block -name 'dm-*')"
else
	skip a-byte-that-changes-after-the-launch-is-an-error "no dm-verity in this kernel"
fi

# --- what is kept ------------------------------------------------------------------------------------

set -- -u 0 --entrypoint sh "$ZIP" -c
shows an-app-with-a-name-writes '' --name "$TAG-kept" "$@" 'echo kept >/srv/kept; rm /etc/motd; mkdir -p /srv/a/b/c; echo >/srv/a/b/c/d'
shows what-it-wrote-is-there-again kept --name "$TAG-kept" "$@" 'cat /srv/kept; test ! -e /etc/motd'
ends another-app-of-the-image-does-not-see-it 1 --name "$TAG-other" "$@" 'test -e /srv/kept'
ends with-rm-nothing-of-it-is-seen 1 --rm --name "$TAG-kept" "$@" 'test -e /srv/kept'
ends without-a-name-nothing-is-kept 1 "$@" 'test -e /srv/kept'
refused a-cap-on-what-is-kept-is-refused 'nothing caps' --storage-opt size=1m --name "$TAG-kept" "$@" true
start "$TMP/kept" --name "$TAG-kept" "$@" 'echo up; sleep 60'
check an-app-that-is-kept-comes-up has "$TMP/kept" up
refused two-sandboxes-do-not-share-what-is-kept 'another sandbox uses it' --run-root "$TMP/run2" --name "$TAG-kept" "$@" true
"$DAVIT" kill "$TAG-kept" >/dev/null
ended "$box"
try box --name "$TAG-new" --entrypoint /no-such "$ZIP"
same a-launch-that-fails-keeps-nothing '127 no' "$code $([ -e "$DAVIT_ROOT/apps/$TAG-new" ] && echo yes || echo no)"
"$DAVIT" rm "$TAG-kept" >/dev/null
same davit-rm-removes-what-is-kept '' "$(find "$DAVIT_ROOT/apps" -mindepth 1 -maxdepth 1 ! -name '*other*')"
"$DAVIT" rm "$TAG-other" >/dev/null
same nothing-else-is-left-of-apps '' "$(find "$DAVIT_ROOT/apps" -mindepth 1)"
rm -rf "$TMP/run2"

# --- bundles -----------------------------------------------------------------------------------------

check a-bundle-is-written "$DAVIT" bundle "$BOX/app.zip" -o "$TMP/$TAG-app"
try limited "$TMP/$TAG-app"
same a-bundle-runs-its-image '0 second' "$code $said"
try limited "$TMP/$TAG-app" /srv/second /etc/passwd
contains the-arguments-of-a-bundle-are-the-apps "$code $said" '0 second*app:x:1000'
# shellcheck disable=SC2016 # for the inner shell
try limited sh -c 'cd "$TMP" && PATH=$TMP:$PATH && '"$TAG-app /etc/motd"
same a-bundle-is-found-by-its-own-file '0 second' "$code $said"
try limited "$TMP/$TAG-app" --davit version
contains a-bundle-is-a-davit-too "$code $said" '0 davit '
try "$DAVIT" bundle "$BOX/files.zip" -o "$TMP/$TAG-other"
contains a-zip-without-an-image-is-not-bundled "$code $said" '1 *expected a zip with an image'
try "$DAVIT" bundle --davit "$BUSYBOX" "$BOX/app.zip" -o "$TMP/$TAG-other"
contains another-program-is-not-bundled "$code $said" '1 *expected a davit'
same a-bundle-that-fails-leaves-nothing '' "$(find "$TMP" -name "$TAG-other*")"
rm -f "$TMP/$TAG-app"

# --- zips of files -----------------------------------------------------------------------------------

shows a-plain-zip-is-launched '0 0' "$BOX/files.zip" probe ids
shows a-plain-zip-is-launched-for-another-user '1 1' -u 1:1 "$BOX/files.zip" probe ids
shows the-root-of-a-plain-zip-can-be-written new -v "$BUSYBOX:/bin/busybox:ro" "$BOX/files.zip" busybox sh -c 'echo new >/note && busybox cat /note'
shows a-plain-zip-is-unchanged-afterwards 'of the zip' -v "$BUSYBOX:/bin/busybox:ro" "$BOX/files.zip" busybox cat /note
refused a-plain-zip-that-does-not-fit-is-refused 'bytes unpacked' --storage-opt size=64k "$BOX/files.zip" probe ids
clean nothing-is-left-of-layers
