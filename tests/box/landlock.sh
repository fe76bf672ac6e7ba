#!/bin/sh
# SPDX-License-Identifier: MIT
# --security-opt landlock=: what is not named is closed, what is named is open, from inside; what the kernel lacks is refused.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

abi=$("$DAVIT" doctor --facts | sed -n 's/^landlock //p')
: "${abi:=0}"

# In which programs run from /bin.
shell='exec:/bin,rw:/dev,ro:/proc'

if [ "$abi" -eq 0 ]; then
	refused without-landlock-the-kernel-option-is-named CONFIG_SECURITY_LANDLOCK \
		--security-opt landlock=ro:/ "$APP" true
	clean nothing-is-left-of-landlock
	exit 0
fi
if [ "$abi" -lt 3 ]; then
	refused what-this-kernel-cannot-stop-is-refused 'ABI 3 (Linux 6.2)' --security-opt landlock=ro:/ "$APP" true
	shell="truncate,$shell"
fi

# The file may be read and nothing else.
try box --security-opt "landlock=$shell,ro:/etc" "$APP" sh -c 'cat /etc/motd; echo x >>/etc/motd; rm /etc/motd; mv /etc/motd /etc/other; ln /etc/motd /etc/other; mkdir /etc/new; touch /etc/new; cat /etc/motd'
same a-read-only-directory-is-read-and-not-changed 'of the image of the image' "$(echo "$said" | grep -v 'sh:\|rm:\|mv:\|ln:\|mkdir:\|touch:\|cat:' | tr '\n' ' ' | sed 's/ $//')"
same each-change-is-refused 6 "$(echo "$said" | grep -ci 'permission denied\|cross-device')"
shows a-writable-directory-is-written 'x' --security-opt "landlock=$shell,rw:/srv" "$APP" \
	sh -c 'mkdir /srv/a && echo x >/srv/a/b && mv /srv/a/b /srv/b && cat /srv/b && rm -r /srv/b /srv/a'
try box --security-opt "landlock=$shell" "$APP" sh -c 'cat /etc/motd; ls /etc; ls /'
lacks what-is-not-named-is-not-read "$said" 'of the image'
same and-not-listed 3 "$(echo "$said" | grep -ci 'permission denied')"
shows a-file-can-be-named 'of the image' --security-opt "landlock=$shell,ro:/etc/motd" "$APP" cat /etc/motd
shows options-add-up 'of the image' --security-opt "landlock=$shell" --security-opt landlock=ro:/etc "$APP" cat /etc/motd
try box --security-opt "landlock=$shell,rw:/tmp" "$APP" sh -c 'cp /bin/busybox /tmp/echo && /tmp/echo it ran'
lacks what-may-be-written-may-not-be-executed "$said" 'it ran'
try box --security-opt "landlock=${shell%%exec*}ro:/" "$APP" true
same a-command-that-may-not-be-executed-is-refused '126' "$code"
contains and-the-remedy-is-told "$said" 'exec:'
refused a-path-that-is-not-there-is-refused 'must be there' --security-opt "landlock=$shell,ro:/none" "$APP" true
shows a-link-of-the-image-stays-inside '1' --security-opt "landlock=$shell,rw:/run" "$APP" \
	sh -c 'ln -s /../../../etc /run/link; cat /run/link/motd 2>/dev/null | wc -l | tr -d " 0" | grep . || echo 1'
shows another-user-is-closed-in-as-well 'closed' --user app --security-opt "landlock=$shell" "$APP" sh -c 'cat /etc/motd 2>/dev/null || echo closed'
shows an-init-is-closed-in-as-well 'closed' --init --security-opt "landlock=$shell" "$APP" sh -c 'cat /etc/motd 2>/dev/null || echo closed'
shows a-read-only-root-too 'closed' --read-only --security-opt "landlock=$shell" "$APP" sh -c 'cat /etc/motd 2>/dev/null || echo closed'
shows no-descriptor-of-it-is-left '0 1 2' --security-opt "landlock=$shell" "$APP" sh -c 'cd /proc/self/fd && echo [0-2] $(ls | grep -c "^[4-9]$" | grep -v "[01]")'
start "$TMP/live" --name "$TAG-live" --security-opt "landlock=$shell" "$APP" sh -c 'echo ready; sleep 60'
live=$box
check a-closed-sandbox-runs has "$TMP/live" ready
try limited "$DAVIT" exec "$TAG-live" sh -c 'cat /proc/self/cmdline; cat /etc/motd'
contains what-is-executed-in-it-runs "$said" 'cmdline'
lacks and-is-closed-in-as-well "$said" 'of the image'
kill -KILL "$(pid_of "$TAG-live")" # its davit clears up
ended "$live"
refused it-needs-no-new-privileges 'no-new-privileges' --security-opt landlock=ro:/ --security-opt no-new-privileges=false "$APP" true

if [ "$abi" -ge 4 ]; then
	server='(nc -l -p 81 >/dev/null </dev/null &) ; sleep 0.2'
	shows a-port-that-is-named-is-reached 'reached' --security-opt landlock=net-connect:81 "$APP" \
		sh -c "$server; nc -w 1 127.0.0.1 81 </dev/null && echo reached"
	try box --security-opt landlock=net-connect:82 "$APP" sh -c "$server; nc -w 1 127.0.0.1 81 </dev/null && echo reached"
	lacks a-port-that-is-not-named-is-closed "$said" 'reached'
	contains by-the-kernel "$said" 'ermission denied'
	try box --security-opt landlock=net-connect:none "$APP" sh -c "$server; nc -w 1 127.0.0.1 81 </dev/null && echo reached"
	lacks none-closes-every-port "$said" 'reached'
	try box --security-opt landlock=net-bind:80 "$APP" sh -c 'nc -l -p 81 </dev/null'
	contains a-server-elsewhere-is-refused "$said" 'ermission denied'
else
	refused ports-need-a-younger-kernel 'ABI 4 (Linux 6.7)' --security-opt landlock=net-connect:80 "$APP" true
fi
if [ "$abi" -ge 6 ]; then
	shows signals-to-others-are-open-with-their-processes 'signalled' --pid host "$APP" sh -c "kill -0 $$ && echo signalled"
	shows signals-to-others-are-closed 'refused' --security-opt landlock=scope:signal --pid host "$APP" \
		sh -c "kill -0 $$ 2>/dev/null || echo refused"
	ends signals-to-its-own-are-open 0 --security-opt landlock=scope:signal "$APP" sh -c 'sleep 9 & kill $!'
else
	refused scopes-need-a-younger-kernel 'ABI 6 (Linux 6.12)' --security-opt landlock=scope:signal "$APP" true
fi
clean nothing-is-left-of-landlock
