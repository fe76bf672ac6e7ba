#!/bin/sh
# SPDX-License-Identifier: MIT
# A user namespace: root inside is nobody outside, the image has its own owners, and nothing leads out.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

map=0:300000:65536
refused a-map-that-is-none 'expected INSIDE:OUTSIDE:COUNT' --uidmap 0:x:1 "$APP" true
refused root-of-this-machine-stays-outside 'id 0 of this machine' --uidmap 0:0:65536 "$APP" true
refused ids-beyond-the-range 'ids end' --uidmap 0:4294967290:10 "$APP" true
refused a-user-that-is-not-mapped 'has no id' --uidmap "$map" --user 65536 "$APP" true
refused nobody-has-ids-for-this-user 'no ids for' --userns "auto:$TAG-nobody" "$APP" true

try box --uidmap "$map" "$APP" true
if [ "$code" -eq 125 ]; then
	contains an-older-kernel-refuses-and-says-why "$said" '(*Linux*)'
	same one-line-says-it 1 "$(echo "$said" | wc -l)"
	skip a-user-namespace-is-launched 'this kernel cannot, see above'
	clean nothing-is-left-of-it
	exit 0
fi

# --- from inside ---------------------------------------------------------------------------------------

shows the-map-is-as-given '0 300000 65536' --uidmap "$map" "$APP" sh -c 'echo $(cat /proc/self/uid_map)'
shows the-groups-are-as-the-users '0 300000 65536' --uidmap "$map" "$APP" sh -c 'echo $(cat /proc/self/gid_map)'
shows groups-of-their-own '0 400000 1000' --uidmap "$map" --gidmap 0:400000:1000 "$APP" sh -c 'echo $(cat /proc/self/gid_map)'
shows two-ranges '0 300000 1000 1000 500000 1' --uidmap 0:300000:1000 --uidmap 1000:500000:1 "$APP" \
	sh -c 'echo $(cat /proc/self/uid_map)'
shows the-files-are-roots '0 0' --uidmap "$map" "$APP" stat -c '%u %g' /etc/passwd
shows the-root-is-roots '0 0' --uidmap "$map" "$APP" stat -c '%u %g' /
shows what-is-new-is-roots '0 0' --uidmap "$map" "$APP" sh -c 'echo x >/etc/new; stat -c "%u %g" /etc/new'
shows owners-can-be-changed '1000 2000' --uidmap "$map" "$APP" \
	sh -c 'chown 1000:2000 /etc/motd; stat -c "%u %g" /etc/motd'
ends what-is-not-mapped-cannot-be-an-owner 1 --uidmap "$map" "$APP" chown 65536 /etc/motd
shows a-directory-is-replaced 'new' --uidmap "$map" "$APP" sh -c 'rm -r /srv; mkdir /srv; echo new >/srv/x; cat /srv/x'
shows a-user-of-the-image '1000 1000' --uidmap "$map" --user app "$APP" probe ids
shows memory-files-and-queues-work 'fine' --uidmap "$map" "$APP" \
	sh -c 'touch /tmp/a /run/a /dev/shm/a /dev/mqueue/a && echo fine'
shows the-own-network-is-its-own '0' --uidmap "$map" "$APP" sh -c 'ping -c 1 -W 5 127.0.0.1 >/dev/null; echo $?'
shows the-name-is-its-own "$TAG-u" --name "$TAG-u" --uidmap "$map" "$APP" hostname
shows a-low-port-can-be-bound 'bound' --uidmap "$map" "$APP" \
	sh -c 'nc -l -p 80 & sleep 0.3; grep -q ":0050 " /proc/net/tcp /proc/net/tcp6 && echo bound; kill $!'
shows a-device-is-roots '0 1 3' --uidmap "$map" --device /dev/null:/dev/other "$APP" stat -c '%u %t %T' /dev/other
shows read-only-works-too '0' --read-only --uidmap "$map" "$APP" stat -c %u /etc/passwd
shows under-init '2 0' --init --uidmap "$map" "$APP" sh -c 'echo $(($$ > 1 ? 2 : 1)) $(id -u)'
shows limits-hold 'fewer' --pids-limit 10 --memory 16m --uidmap "$map" "$APP" \
	sh -c 'probe forks 100 >/tmp/count; read -r count </tmp/count; [ "$count" -lt 12 ] && echo fewer'
shows a-directory-is-launched '0 0' --uidmap "$map" "$TREE" probe ids
try limited "$PTY" 24x80 "$DAVIT" run -it --uidmap "$map" --user app "$APP" sh -c 'tty; stat -c %u /dev/pts/0; echo x >/dev/console'
same a-terminal-is-the-users '0 /dev/pts/0 1000 x' "$code $(echo "$said" | tr -d '\r' | shorten)"
ends a-new-user-namespace-is-refused 1 --uidmap "$map" "$APP" unshare -U true
ends mounting-is-refused 1 --uidmap "$map" "$APP" mount -t tmpfs none /mnt
mkdir -p "$TMP/volume"
echo secret >"$TMP/volume/secret"
chmod 600 "$TMP/volume/secret"
try box --uidmap "$map" -v "$TMP/volume:/mnt" "$APP" cat /mnt/secret
same a-file-of-this-machines-root-is-closed 1 "$code"
ends a-file-of-this-machines-root-is-not-to-be-given-away 1 --uidmap "$map" -v "$TMP/volume:/mnt" "$APP" chown 0 /mnt/secret

for way in '' '--user app' '--read-only' '--init --env PROBE_INIT=1'; do
	prefix=userns$(echo "$way" | tr -d ' =-')
	# shellcheck disable=SC2086 # words
	try box --uidmap "$map" $way "$APP" probe ask "$prefix"
	echo "$said" | grep -E "^(pass|fail) $prefix-" || :
	contains "$prefix-every-question-is-asked" "$said" 'asked'
done

# --- from outside --------------------------------------------------------------------------------------

one=$TAG-one
start "$TMP/one" --name "$one" --uidmap "$map" --memory 16m "$APP" sh -c 'echo ready; while :; do sleep 0.1; done'
has "$TMP/one" ready || :
pid=$(pid_of "$one")
same outside-it-is-nobody '300000 300000 300000 300000' "$(sed -n 's/^Uid:[[:space:]]*//p' "/proc/$pid/status" | shorten)"
same outside-its-group-is-nobodys '300000 300000 300000 300000' "$(sed -n 's/^Gid:[[:space:]]*//p' "/proc/$pid/status" | shorten)"
for name in user mnt pid ipc uts net; do
	lacks "its-own-$name-namespace" "$(readlink "/proc/$pid/ns/$name")" "$(readlink "/proc/self/ns/$name")"
done
try limited "$DAVIT" exec "$one" sh -c 'id -u; cat /proc/self/uid_map; readlink /proc/self/ns/user'
same exec-enters-the-user-namespace "0 0 0 300000 65536 $(readlink "/proc/$pid/ns/user")" "$code $(echo "$said" | shorten)"
try limited "$DAVIT" exec -u app "$one" probe ask exec-userns
echo "$said" | grep -E '^(pass|fail) exec-userns-' || :
contains exec-userns-every-question-is-asked "$said" 'asked'
try limited "$PTY" 24x80 "$DAVIT" exec -it -u app "$one" sh -c 'tty; stat -c %u /dev/pts/0'
same exec-has-a-terminal-there '0 /dev/pts/0 1000' "$code $(echo "$said" | tr -d '\r' | shorten)"
try limited "$DAVIT" exec -u 65536 "$one" true
contains exec-as-nobody-that-is-known "$code $said" '125 *no such user or group'
kill -KILL "$pid"
ended "$box"

# Ranges that are given to somebody.
if [ -z "${SLOW-}" ] && ! grep -qs "^$TAG:" /etc/subuid; then
	for file in /etc/subuid /etc/subgid; do
		cp -p "$file" "$TMP/$(basename $file)" 2>/dev/null || :
		echo "$TAG:700000:1000" >>"$file"
		echo "$TAG:800000:10" >>"$file"
	done
	shows ranges-follow-one-another '0 700000 1000 1000 800000 10' --userns "auto:$TAG" "$APP" sh -c 'echo $(cat /proc/self/uid_map)'
	for file in /etc/subuid /etc/subgid; do
		sed "/^$TAG:/d" "$file" >"$TMP/without"
		cat "$TMP/without" >"$file"
		[ -s "$file" ] || [ -e "$TMP/$(basename $file)" ] || rm -f "$file"
	done
fi
clean nothing-is-left-of-user-namespaces
