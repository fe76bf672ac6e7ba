#!/bin/sh
# SPDX-License-Identifier: MIT
# How much a sandbox may use: memory, processors, processes, limits per process; what cannot be limited is refused.
# shellcheck disable=SC2016 # in single quotes: for the inner shell
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# The value that the command itself sees.
inside='for file in "$@"; do [ ! -e "/sys/fs/cgroup/$file" ] || { cat "/sys/fs/cgroup/$file"; exit; }; done'
wait_for_end='echo ready; trap "exit 0" TERM; while :; do sleep 0.1; done'

# --- memory ------------------------------------------------------------------------------------------

start "$TMP/out" --name "$TAG-m" --memory 8m --pids-limit 20 --cpus 0.5 "$APP" sh -c "$wait_for_end"
check a-limited-sandbox-runs has "$TMP/out" ready
same the-memory-limit-is-set-outside 8388608 "$(control memory "$TAG-m" memory.max memory.limit_in_bytes)"
same the-limit-of-processes-is-set-outside 20 "$(control pids "$TAG-m" pids.max pids.max)"
same the-processor-limit-is-set-outside 50000 "$(control cpu "$TAG-m" cpu.max cpu.cfs_quota_us | cut -d ' ' -f 1)"
kill "$box"
ended "$box"
shows the-memory-limit-is-seen-inside 8388608 -m 8m "$APP" \
	sh -c "$inside" sh memory.max memory/memory.limit_in_bytes

try box --memory 6m "$APP" dd if=/dev/zero of=/dev/null bs=12M count=1
same too-much-memory-ends-the-command 137 "$code"
contains too-much-memory-is-told "$said" 'memory'
try box --memory 6m "$APP" sh -c 'dd if=/dev/zero of=/dev/null bs=12M count=1; echo "saw $?"'
contains the-rest-of-the-sandbox-goes-on "$said" 'saw 137'
try box --memory 6m --tmpfs /mnt:size=20m "$APP" dd if=/dev/zero of=/mnt/fill bs=1M count=12
same memory-of-a-tmpfs-counts 137 "$code"
ends enough-memory-is-enough 0 --memory 6m "$APP" dd if=/dev/zero of=/dev/null bs=1M count=1
refused too-little-memory-is-refused 'at least 512k' --memory 1k "$APP" true
refused no-number-is-no-size 'expected a size' --memory much "$APP" true

# --- processors --------------------------------------------------------------------------------------

shows the-processor-limit-is-seen-inside '50000' --cpus 0.5 "$APP" \
	sh -c "$inside | sed 's/ .*//'" sh cpu.max cpu/cpu.cfs_quota_us
shows a-busy-command-is-slowed-down 'slowed' --cpus 0.1 "$APP" sh -c 'turns=0
	while [ $turns -lt 100 ] && cat /sys/fs/cgroup/cpu.stat /sys/fs/cgroup/cpu/cpu.stat 2>/dev/null | grep -q "nr_throttled 0"; do
		turns=$((turns + 1))
		i=0; while [ $i -lt 500 ]; do i=$((i + 1)); done
	done
	[ $turns -eq 100 ] || echo slowed'
refused too-little-processor-is-refused '0.01' --cpus 0.001 "$APP" true

# --- processes ---------------------------------------------------------------------------------------

shows processes-are-bounded '9' --pids-limit 10 "$APP" probe forks 100
shows the-limit-of-processes-is-seen-inside '10' --pids-limit 10 "$APP" sh -c "$inside" sh pids.max pids/pids.max
start "$TMP/bomb" --name "$TAG-b" --pids-limit 20 --memory 12m "$APP" \
	sh -c 'echo ready; bomb() { bomb | bomb & }; (bomb) & exec sleep 60'
check a-fork-bomb-is-launched has "$TMP/bomb" ready
sleep 0.5
now=$(control pids "$TAG-b" pids.current pids.current 2>/dev/null || :)
if [ "${now:-21}" -le 20 ]; then
	pass a-fork-bomb-is-bounded
else
	fail a-fork-bomb-is-bounded "${now:-no} processes"
fi
ends others-run-beside-a-fork-bomb 0 "$APP" true
kill -KILL "$(pid_of "$TAG-b")" || :
ended "$box"
same a-fork-bomb-ends-with-its-first-process 137 "$code"

# --- limits per process ------------------------------------------------------------------------------

shows a-limit-of-open-files-is-set '100 200' --ulimit nofile=100:200 "$APP" sh -c 'echo $(ulimit -n) $(ulimit -Hn)'
shows one-number-is-both '100 100' --ulimit nofile=100 "$APP" sh -c 'echo $(ulimit -n) $(ulimit -Hn)'
shows several-limits-are-set '50 0' --ulimit nofile=50 --ulimit core=0 "$APP" sh -c 'echo $(ulimit -n) $(ulimit -c)'
refused a-soft-limit-above-the-hard-is-refused 'above' --ulimit nofile=200:100 "$APP" true
refused an-unknown-limit-is-refused 'expected NAME' --ulimit files=100 "$APP" true

# --- what cannot be limited --------------------------------------------------------------------------

# hidden COMMAND...: where another file system covers the cgroups, with folders that look like them
hidden() {
	limited unshare -m sh -c 'mount -t tmpfs none /sys/fs/cgroup || exit 99
		for folder in . memory cpu pids unified; do
			mkdir -p "/sys/fs/cgroup/$folder/davit"
			echo "cpu memory pids" >"/sys/fs/cgroup/$folder/cgroup.controllers"
			: >"/sys/fs/cgroup/$folder/cgroup.subtree_control" >"/sys/fs/cgroup/$folder/cgroup.procs"
		done
		exec "$@"' sh "$@"
}

# none COMMAND...: where no cgroups are mounted
none() {
	limited unshare -m sh -c 'sed -n "s/^[^ ]* [^ ]* [^ ]* [^ ]* \(\/sys\/fs\/cgroup[^ ]*\) .*/\1/p" /proc/self/mountinfo |
		sort -r | while read -r mount; do umount -l "$mount"; done
		exec "$@"' sh "$@"
}

for where in hidden none; do
	for option in '--memory 8m' '--cpus 0.5' '--pids-limit 20'; do
		# shellcheck disable=SC2086 # an option and its value
		try $where "$DAVIT" run $option "$APP" echo launched
		name=${option%% *}
		name=${name#--}
		same "a-limit-of-$name-is-refused-where-cgroups-are-$where" 125 "$code"
		lacks "nothing-is-launched-without-its-$name-where-cgroups-are-$where" "$said" launched
	done
	try $where "$DAVIT" run "$APP" echo launched
	same "without-limits-it-is-launched-where-cgroups-are-$where" '0 launched' "$code $said"
done
clean nothing-is-left-of-limits
