#!/bin/sh
# SPDX-License-Identifier: MIT
# davit run --exec: davit becomes the app, in the same sandbox, and nobody stays.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

ends a-process-cannot-move-into-a-pid-namespace 125 --exec "$APP" true
refused exec-needs-the-machines-processes '--pid host' --exec "$APP" true

look='grep -E "^(CapPrm|CapEff|CapBnd|CapInh|CapAmb|NoNewPrivs|Seccomp|Uid|Gid|Groups):" /proc/self/status; pwd; env | sort
	for name in mnt ipc uts net cgroup; do readlink /proc/self/ns/$name | sed "s/:.*/ own/"; done
	sed "s/^[^ ]* [^ ]* [^ ]* //; s/ - / /" /proc/self/mountinfo | sort; cat /proc/sys/kernel/hostname; ls -l /proc/self/fd | wc -l'
try box --pid host --name "$TAG.same" "$APP" sh -c "$look"
watched=$said
try box --exec --pid host --name "$TAG.same" "$APP" sh -c "$look"
same the-sandbox-is-the-same-without-a-parent "$watched" "$said"
ends its-exit-code-is-the-apps 7 --exec --pid host "$APP" sh -c 'exit 7'
ends a-missing-command-is-127-as-ever 127 --exec --pid host "$APP" no-such-command
clean nothing-is-left-when-it-never-began

start "$TMP/out" --exec --pid host --name "$TAG.app" -m 8m "$APP" sh -c 'echo ready; exec sleep 60'
has "$TMP/out" ready || :
until_true grep -qs sleep "/proc/$box/cmdline" || :
same the-process-that-was-davit-is-the-app sleep "$(tr '\000' ' ' <"/proc/$box/cmdline" | sed 's/ .*//; s/.*\///')"
same no-davit-stays '' "$(for stat in /proc/[0-9]*/stat; do
	if grep -qs '(davit)' "$stat" && tr '\000' ' ' <"${stat%stat}cmdline" | grep -q "$TAG.app"; then
		echo "$stat"
	fi
done)"
same its-limit-holds 8388608 "$(control memory "$TAG.app" memory.max memory.limit_in_bytes)"
ends another-command-lets-it-live 0 "$APP" true
check it-lives kill -0 "$box"
kill -KILL "$box"
ended "$box"
same a-signal-ends-it-at-once 137 "$code"
ends the-next-command-takes-what-is-left 0 "$APP" true
clean nothing-is-left-of-it

for option in --detach --tty; do
	refused "exec-and-${option#--}-exclude-each-other" 'no davit stays' --exec --pid host $option "$APP" true
done
refused exec-and-init-exclude-each-other 'init' --exec --pid host --init "$APP" true
