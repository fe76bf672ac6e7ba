#!/bin/sh
# SPDX-License-Identifier: MIT
# Mounts in Docker's longer words, mounts below mounts, and the files in which programs look names up.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

options="sed -n 's|^[^ ]* [^ ]* [^ ]* [^ ]* /mnt \([^ ]*\) .*|\1|p' /proc/self/mountinfo | sed 's/,rela.*//'"
data=$TMP/data
mkdir -p "$data/folder" "$TMP/deep"
echo outside >"$data/file"
echo deep >"$TMP/deep/file"

# --- --mount -----------------------------------------------------------------------------------------

shows a-bind-is-read outside --mount "type=bind,source=$data,target=/mnt" "$APP" cat /mnt/file
shows a-bind-is-written '' --mount "type=bind,src=$data,dst=/mnt" "$APP" sh -c 'echo inside >/mnt/new'
same what-is-written-is-outside inside "$(cat "$data/new")"
ends a-read-only-bind-cannot-be-written 1 --mount "type=bind,source=$data,target=/mnt,readonly" "$APP" \
	sh -c 'echo inside >/mnt/file'
shows a-bind-is-closed 'ro,nosuid,nodev' --mount "type=bind,source=$data,destination=/mnt,ro=true" "$APP" sh -c "$options"
shows a-file-is-bound outside --mount "type=bind,source=$data/file,target=/etc/motd" "$APP" cat /etc/motd
try box --mount type=tmpfs,target=/mnt,tmpfs-size=64k,tmpfs-mode=0710 "$APP" \
	sh -c 'stat -c %a /mnt; df -k /mnt | tail -n 1 | tr -s " " | cut -d " " -f 2'
same a-tmpfs-has-its-size-and-mode '710 64' "$(echo "$said" | tr '\n' ' ' | sed 's/ $//')"
shows a-tmpfs-is-closed 'rw,nosuid,nodev,noexec' --mount type=tmpfs,target=/mnt "$APP" sh -c "$options"
shows a-mount-on-tmp-replaces-it outside --mount "type=bind,source=$data,target=/tmp" "$APP" cat /tmp/file
refused a-missing-source-is-refused 'No such file' --mount "type=bind,source=$data/no-such,target=/mnt" "$APP" true
same a-missing-source-is-not-made no "$([ -e "$data/no-such" ] && echo yes || echo no)"
refused a-named-volume-is-refused 'type=bind or type=tmpfs' --mount source=web,target=/mnt "$APP" true
refused a-shared-bind-is-refused 'private' --mount "type=bind,source=$data,target=/mnt,bind-propagation=shared" "$APP" true

# --- below one another -------------------------------------------------------------------------------

shows what-is-below-is-seen-whatever-the-order 'deep outside' \
	-v "$TMP/deep:/mnt/folder" -v "$data:/mnt" "$APP" sh -c 'echo $(cat /mnt/folder/file /mnt/file)'
shows a-tmpfs-below-a-volume-is-seen 'outside nothing' --tmpfs /mnt/folder -v "$data:/mnt:ro" "$APP" \
	sh -c 'echo $(cat /mnt/file) $(cat /mnt/folder/file 2>/dev/null || echo nothing); : >/mnt/folder/new'
same nothing-was-written-below '' "$(ls "$data/folder")"
refused two-at-one-place-are-refused 'for this place' -v "$data:/mnt" --tmpfs /mnt "$APP" true

# --- names -------------------------------------------------------------------------------------------

try box --add-host broker:192.0.2.7 --add-host six:2001:db8::1 "$APP" cat /etc/hosts
contains localhost-is-a-host "$said" 'localhost'
contains a-host-is-added "$said" "192.0.2.7	broker"
contains a-host-of-ipv6-is-added "$said" "2001:db8::1	six"
shows a-host-is-found '192.0.2.7' --add-host broker:192.0.2.7 "$APP" \
	sh -c 'ping -c 1 -W 1 broker 2>&1 | sed -n "s/^PING broker (\([0-9.]*\)).*/\1/p"'
shows a-name-server-is-given 'search lan nameserver 192.0.2.1 nameserver 192.0.2.2 options ndots:1' \
	--dns 192.0.2.1 --dns 192.0.2.2 --dns-search lan --dns-option ndots:1 "$APP" sh -c 'echo $(cat /etc/resolv.conf)'
shows it-is-given-with-the-hosts-network-too 'nameserver 192.0.2.1' --network host --dns 192.0.2.1 "$APP" cat /etc/resolv.conf
shows the-files-are-the-boxs-own '644 0 changed' --dns 192.0.2.1 "$APP" \
	sh -c 'stat -c "%a %u" /etc/resolv.conf | tr "\n" " "; echo changed >/etc/resolv.conf; cat /etc/resolv.conf'
ends another-user-cannot-change-them 1 --user 1000 --dns 192.0.2.1 "$APP" sh -c 'echo changed >/etc/resolv.conf'
shows they-are-closed 'nosuid,nodev,noexec' --dns 192.0.2.1 "$APP" \
	sed -n 's|^[^ ]* [^ ]* [^ ]* [^ ]* /etc/resolv.conf rw,\(nosuid,nodev,noexec\).*|\1|p' /proc/self/mountinfo
refused they-need-a-place-in-a-read-only-image 'add it, or run without --read-only' --read-only --dns 192.0.2.1 "$APP" true
ends without-the-option-nothing-is-there 1 "$APP" test -e /etc/resolv.conf
same the-hosts-files-are-as-before '' "$(grep -s 'broker$' /etc/hosts; grep -s '192\.0\.2\.' /etc/resolv.conf)"
clean nothing-is-left-of-mounts
