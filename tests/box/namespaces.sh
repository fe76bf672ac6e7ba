#!/bin/sh
# SPDX-License-Identifier: MIT
# Namespaces that a sandbox shares with this machine when it is told to, and settings of those that it has for itself.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# shared NAME KIND OPTION VALUE: with the option the namespace is this machine's, seen from inside
shared() {
	shows "$1" "$(readlink "/proc/self/ns/$2")" "$3" "$4" "$APP" readlink "/proc/self/ns/$2"
}

# own NAME KIND OPTION VALUE: with the option it is not
own() {
	try box "$3" "$4" "$APP" readlink "/proc/self/ns/$2"
	if [ "$code" -eq 0 ] && [ "$said" != "$(readlink "/proc/self/ns/$2")" ]; then
		pass "$1"
	else
		fail "$1" "exit code $code, $said"
	fi
}

shared the-hosts-ipc-is-shared ipc --ipc host
shared the-hosts-processes-are-shared pid --pid host
shared the-hosts-name-is-shared uts --uts host
shared the-hosts-cgroups-are-shared cgroup --cgroupns host
shared the-hosts-network-is-shared net --network host
own a-private-ipc-is-its-own ipc --ipc private
own a-shareable-ipc-is-its-own ipc --ipc shareable
own no-ipc-is-its-own ipc --ipc none
own private-processes-are-its-own pid --pid private
own a-private-name-is-its-own uts --uts private
own private-cgroups-are-its-own cgroup --cgroupns private

# --- shared memory -----------------------------------------------------------------------------------

if [ -d /dev/shm ]; then
	echo outside >"/dev/shm/$TAG"
	shows the-hosts-shared-memory-is-seen 'outside' --ipc host "$APP" cat "/dev/shm/$TAG"
	ends it-is-not-seen-otherwise 1 "$APP" cat "/dev/shm/$TAG"
	rm "/dev/shm/$TAG"
else
	refused the-hosts-shared-memory-is-not-there 'No such file' --ipc host "$APP" true
fi
ends no-ipc-has-no-shared-memory 1 --ipc none "$APP" test -e /dev/shm
shows shared-memory-has-the-size-that-was-asked-for '64' --shm-size 64k "$APP" \
	sh -c 'df -k /dev/shm | tail -n 1 | tr -s " " | cut -d " " -f 2'
try box --shm-size 64k "$APP" dd if=/dev/zero of=/dev/shm/fill bs=1k count=100
contains full-shared-memory-says-so "$said" 'No space left'
shows shared-memory-of-a-size-is-everybodys-and-closed '1777 nosuid,nodev,noexec' --shm-size 64k "$APP" \
	sh -c 'echo $(stat -c %a /dev/shm) $(sed -n "s/.* \/dev\/shm rw,\(nosuid,nodev,noexec\).*/\1/p" /proc/self/mountinfo)'

# --- processes ---------------------------------------------------------------------------------------

shows a-process-of-the-host-is-seen "$$" --pid host "$APP" sh -c '[ ! -d "/proc/$1" ] || echo "$1"' sh $$
ends the-command-is-not-process-1-then 0 --pid host "$APP" sh -c '[ $$ -gt 1 ]'
ends a-process-of-the-host-is-not-seen-otherwise 1 "$APP" test -d /proc/$$
try box --pid host "$APP" cat "/proc/1/environ"
same the-hosts-process-1-is-not-read 1 "$code"
ends the-hosts-process-1-is-no-way-out 1 --pid host "$APP" ls /proc/1/root/
ends a-process-of-the-host-is-no-way-out 1 --pid host "$APP" ls "/proc/$$/root/"
ends a-process-of-the-host-is-no-way-in 1 --pid host --user 65534 "$APP" ls "/proc/$$/cwd/"

# Nothing of it outlives it: neither a process that left its session nor a bomb.
is_left() {
	grep -qs "$TAG.stay" /proc/[0-9]*/environ
}
ends an-app-leaves-a-process-behind 0 --pid host --name "$TAG-l" "$APP" \
	sh -c 'STAY=$1 setsid sleep 1000 & sleep 0.2' sh "$TAG.stay"
same what-it-left-is-ended no "$(is_left && echo yes || echo no)"
ends an-app-leaves-a-bomb-behind 0 --pid host --pids-limit 20 --name "$TAG-b" "$APP" \
	sh -c 'export STAY=$1; bomb() { bomb | bomb & }; (bomb) 2>/dev/null & sleep 0.3' sh "$TAG.stay"
same the-bomb-is-ended no "$(is_left && echo yes || echo no)"
start "$TMP/killed" --pid host --name "$TAG-k" "$APP" sh -c 'STAY=$1 setsid sleep 1000 & echo ready; sleep 1000' sh "$TAG.stay"
check an-app-that-sees-the-hosts-processes-runs has "$TMP/killed" ready
kill -KILL "$box"
ended "$box"
ends the-next-davit-tidies-up 0 "$APP" true
same what-a-killed-davit-left-is-ended no "$(is_left && echo yes || echo no)"
refused an-init-beside-the-hosts-is-refused 'process 1' --pid host --init "$APP" true

# --- names and cgroups -------------------------------------------------------------------------------

shows the-hosts-name-is-seen "$(hostname)" --uts host "$APP" hostname
ends the-hosts-name-cannot-be-set 1 --uts host "$APP" hostname other
try box --uts host "$APP" env
lacks the-name-is-not-in-the-environment-then "$said" HOSTNAME
refused a-name-for-the-host-is-refused "this machine's" --uts host --hostname other "$APP" true
try box --name "$TAG-c" --pids-limit 20 --cgroupns host "$APP" cat /proc/self/cgroup
contains the-hosts-path-of-the-cgroup-is-seen "$said" "/davit.$TAG-c"
try box --name "$TAG-c" --pids-limit 20 "$APP" cat /proc/self/cgroup
lacks it-is-not-seen-otherwise-either "$said" "$TAG-c"

# --- settings ----------------------------------------------------------------------------------------

# setting NAME VALUE: it is what was asked for inside, and unchanged outside
setting() {
	setting_file=/proc/sys/$(echo "$1" | tr . /)
	if [ ! -e "$setting_file" ]; then
		refused "$1-is-not-of-this-kernel" 'no such setting' --sysctl "$1=$2" "$APP" true
		return
	fi
	setting_before=$(cat "$setting_file")
	shows "$1-is-set-inside" "$2" --sysctl "$1=$2" "$APP" sh -c 'echo $(cat "$1")' sh "$setting_file"
	same "$1-is-unchanged-outside" "$setting_before" "$(cat "$setting_file")"
}

setting kernel.msgmax 4096
setting kernel.msgmnb 8192
setting kernel.msgmni 100
setting kernel.sem '100 2000 50 60'
setting kernel.shmall 1000
setting kernel.shmmax 1048576
setting kernel.shmmni 100
setting kernel.shm_rmid_forced 1
setting kernel.domainname harbour.example
setting fs.mqueue.msg_max 5
setting net.core.somaxconn 77
setting net.ipv4.ip_local_port_range '20000 30000'
ends a-setting-cannot-be-changed-from-inside 1 --sysctl kernel.msgmax=4096 "$APP" sh -c 'echo 5000 >/proc/sys/kernel/msgmax'
map=0:300000:65536
try box --uidmap $map "$APP" true
if [ "$code" -eq 0 ]; then
	shows settings-are-set-in-a-user-namespace '4096 77' --uidmap $map --sysctl kernel.msgmax=4096 \
		--sysctl net.core.somaxconn=77 "$APP" sh -c 'echo $(cat /proc/sys/kernel/msgmax /proc/sys/net/core/somaxconn)'
	shows what-comes-after-is-roots-as-before '0 0' --uidmap $map --sysctl kernel.msgmax=4096 "$APP" stat -c '%u %g' /etc/passwd
	shows groups-are-added-in-a-user-namespace '0 44' --uidmap $map --group-add 44 "$APP" id -G
	ends the-hosts-process-1-is-no-way-out-of-a-user-namespace 1 --uidmap $map --pid host "$APP" ls /proc/1/root/
else
	contains a-user-namespace-is-refused-with-a-reason "$said" Linux
fi
refused a-setting-that-no-kernel-has-is-refused 'no such setting' --sysctl net.no.such=1 "$APP" true
refused a-value-that-the-kernel-does-not-take-is-refused 'Invalid argument' --sysctl kernel.shm_rmid_forced=7 "$APP" true
refused a-setting-of-the-whole-machine-is-refused 'not one that each sandbox has' --sysctl vm.overcommit_memory=1 "$APP" true
refused a-setting-of-the-hosts-network-is-refused "this machine's" --network host --sysctl net.core.somaxconn=77 "$APP" true

# --- groups and score --------------------------------------------------------------------------------

shows groups-are-added '0 44 2000' --group-add crew --group-add 44 "$APP" id -G
shows groups-are-added-to-those-of-a-user '1000 1000 44 2000' --user 1000:1000 --group-add 2000 --group-add 44 "$APP" \
	sh -c 'echo $(id -u) $(id -G)'
shows a-group-twice-is-one '0 2000' --group-add crew --group-add 2000 "$APP" id -G
refused an-unknown-group-is-refused 'no such group' --group-add nobody-at-all "$APP" true
shows a-score-is-set '500' --oom-score-adj 500 "$APP" cat /proc/self/oom_score_adj
shows a-score-is-the-users-too '500' --oom-score-adj 500 --user 1000 "$APP" cat /proc/self/oom_score_adj
own_score=$(cat /proc/self/oom_score_adj)
try box --oom-score-adj -1000 "$APP" cat /proc/self/oom_score_adj
case $code:$said in
0:-1000 | 125:*CAP_SYS_RESOURCE*) pass a-score-below-is-set-or-refused ;;
*) fail a-score-below-is-set-or-refused "exit code $code, $said" ;;
esac
same the-score-of-davits-caller-is-as-before "$own_score" "$(cat /proc/self/oom_score_adj)"
clean nothing-is-left-of-namespaces
