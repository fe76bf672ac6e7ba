#!/bin/sh
# SPDX-License-Identifier: MIT
# What is put into a sandbox: volumes, tmpfs, devices.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# options TARGET: the mount options of a target, from inside
options="sed -n 's|^[^ ]* [^ ]* [^ ]* [^ ]* /mnt \([^ ]*\) .*|\1|p' /proc/self/mountinfo"
data=$TMP/data
mkdir -p "$data/folder"
echo outside >"$data/file"

# --- volumes -----------------------------------------------------------------------------------------

shows a-volume-is-read 'outside' -v "$data:/mnt" "$APP" cat /mnt/file
shows a-volume-is-written '' -v "$data:/mnt:rw" "$APP" sh -c 'echo inside >/mnt/new'
same what-is-written-is-outside 'inside' "$(cat "$data/new")"
shows a-read-only-volume-is-read 'outside' -v "$data:/mnt:ro" "$APP" cat /mnt/file
try box -v "$data:/mnt:ro" "$APP" sh -c 'echo inside >/mnt/file'
same a-read-only-volume-cannot-be-written 1 "$code"
contains a-read-only-volume-says-so "$said" 'Read-only file system'
ends a-read-only-volume-cannot-be-remounted 1 -v "$data:/mnt:ro" "$APP" mount -o remount,rw,bind /mnt
shows a-volume-has-no-devices-and-no-setuid 'rw,nosuid,nodev' -v "$data:/mnt" "$APP" sh -c "$options | sed 's/,rela.*//'"
shows a-read-only-volume-has-neither 'ro,nosuid,nodev' -v "$data:/mnt:ro" "$APP" sh -c "$options | sed 's/,rela.*//'"
mknod "$data/zero" c 1 5
try box -v "$data:/mnt" "$APP" head -c 1 /mnt/zero
same a-device-in-a-volume-cannot-be-opened 1 "$code"
shows a-file-is-a-volume 'outside' -v "$data/file:/etc/motd" "$APP" cat /etc/motd
shows a-file-can-be-a-volume-where-none-was 'outside' -v "$data/file:/srv/deep/file:ro" "$APP" cat /srv/deep/file
ends a-read-only-file-cannot-be-written 1 -v "$data/file:/etc/motd:ro" "$APP" sh -c 'echo x >/etc/motd'
shows a-missing-target-is-made 'outside' -v "$data:/not/yet/there" "$APP" cat /not/yet/there/file
shows two-volumes-are-independent 'outside outside' -v "$data:/mnt" -v "$data/file:/etc/motd" "$APP" \
	sh -c 'echo $(cat /mnt/file /etc/motd)'
shows a-volume-on-tmp-replaces-it 'outside' -v "$data:/tmp" "$APP" cat /tmp/file

ln -s folder "$data/link"
ln -s file "$data/link-to-file"
refused a-link-as-source-is-refused 'symbolic link' -v "$data/link:/mnt" "$APP" true
refused a-link-to-a-file-as-source-is-refused 'symbolic link' -v "$data/link-to-file:/mnt" "$APP" true
refused a-missing-source-is-refused 'No such file' -v "$data/no-such:/mnt" "$APP" true
same a-missing-source-is-not-made 'no' "$([ -e "$data/no-such" ] && echo yes || echo no)"
refused a-relative-source-is-refused 'absolute' -v "data:/mnt" "$APP" true
refused a-relative-target-is-refused 'absolute' -v "$data:mnt" "$APP" true
refused the-root-as-target-is-refused 'other than /' -v "$data:/" "$APP" true
refused a-target-in-proc-is-refused 'nothing can be put into /proc' -v "$data:/proc/1" "$APP" true
refused a-target-in-proc-by-dots-is-refused 'without ..' -v "$data:/mnt/../proc" "$APP" true
refused a-target-in-proc-by-slashes-is-refused 'proc' -v "$data://proc/sys" "$APP" true
refused a-target-in-proc-by-a-dot-is-refused 'proc' -v "$data:/./proc/sys" "$APP" true
refused an-unknown-volume-option-is-refused 'expected SOURCE:TARGET' -v "$data:/mnt:z" "$APP" true
refused a-missing-target-is-refused-read-only 'no such file or directory' --read-only -v "$data:/not-there" "$APP" true

# /var/link of the image is a link to /mnt/target.
try box -v "$data:/var/link" "$APP" sh -c 'cat /mnt/target/file'
same a-link-as-target-stays-inside 'outside 0' "$said $code"
same a-link-as-target-makes-nothing-outside 'no' "$([ -e /mnt/target ] && echo yes || echo no)"

# --- tmpfs -------------------------------------------------------------------------------------------

try box --tmpfs /mnt:size=64k,mode=0710 "$APP" sh -c 'stat -c %a /mnt; df -k /mnt | tail -n 1 | tr -s " " | cut -d " " -f 2'
same a-tmpfs-has-its-size-and-mode '710 64' "$(echo "$said" | tr '\n' ' ' | sed 's/ $//')"
try box --tmpfs /mnt:size=64k "$APP" dd if=/dev/zero of=/mnt/x bs=1k count=100
contains a-full-tmpfs-says-so "$said" 'No space left'
shows a-tmpfs-is-closed-by-default 'rw,nosuid,nodev,noexec' --tmpfs /mnt "$APP" sh -c "$options | sed 's/,rela.*//'"
ends a-tmpfs-runs-no-programs 126 --tmpfs /mnt "$APP" sh -c 'cp /bin/busybox /mnt/true && /mnt/true'
ends a-tmpfs-may-run-programs 0 --tmpfs /mnt:exec "$APP" sh -c 'cp /bin/busybox /mnt/true && /mnt/true'
shows a-tmpfs-may-be-read-only 'ro,nosuid,nodev,noexec' --tmpfs /mnt:ro "$APP" sh -c "$options | sed 's/,rela.*//'"
ends tmp-runs-no-programs 126 "$APP" sh -c 'cp /bin/busybox /tmp/true && /tmp/true'
shows tmp-is-everybodys '1777' "$APP" stat -c %a /tmp
shows tmp-can-be-replaced '700' --tmpfs /tmp:mode=700 "$APP" stat -c %a /tmp
refused an-unknown-tmpfs-option-is-refused 'is none of' --tmpfs /mnt:uid=0 "$APP" true
refused a-tmpfs-on-proc-is-refused 'proc' --tmpfs /proc "$APP" true

# --- devices -----------------------------------------------------------------------------------------

shows a-device-is-given 'character special file 1 3' --device /dev/null:/dev/other "$APP" stat -c '%F %t %T' /dev/other
ends a-device-works 0 --device /dev/zero:/dev/bus/zero "$APP" sh -c '[ "$(head -c 5 /dev/bus/zero | wc -c)" = 5 ]'
ends a-device-is-not-there-otherwise 1 "$APP" test -e /dev/loop-control
ends a-device-replaces-none-of-the-box 0 "$APP" sh -c 'echo x >/dev/null'
refused a-missing-device-is-refused 'No such file' --device /dev/no-such-device "$APP" true
refused a-file-is-no-device 'not a device' --device "$data/file:/dev/file" "$APP" true
refused a-device-outside-dev-is-refused 'target in /dev' --device /dev/null:/null "$APP" true
refused a-device-with-fewer-rights-is-refused 'enforced' --device /dev/null:/dev/other:r "$APP" true
clean nothing-is-left-of-volumes
