#!/bin/sh
# SPDX-License-Identifier: MIT
# Every system call of a launch fails once, and davit or its child is killed before every one: all is refused or unharmed.
#
# FAULT_LONG=1 tries every kind of fault at every call of every command line; without it the kinds take turns, another
# one at each call, and where a launch takes long, at some calls only.
set -eu
# shellcheck source=../box/lib/box.sh
. "$(dirname "$0")/../box/lib/box.sh"

mkdir -p "$TMP/$TAG.volume"
echo kept >"$TMP/$TAG.volume/file"
mkdir -p "$TREE/proc" "$TREE/sys" "$TREE/dev" "$TREE/tmp" "$TREE/run"
cp "$BOX/look" "$TREE/bin/look"
namespaces=$(for kind in mnt pid ipc uts net cgroup user time; do readlink "/proc/self/ns/$kind" || :; done)
if [ -n "${FAULT_LONG-}" ]; then
	how='-s 1'
elif [ -n "${SLOW-}" ]; then
	how='-k turn -s 9'
else
	how='-k turn'
fi

# sweep NAME OPTION... IMAGE: prints the results itself
sweep() {
	sweep_name=$1
	shift
	# shellcheck disable=SC2086 # lists of words
	"$BOX/inject" $how "$sweep_name" "$TAG" "$DAVIT_RUN_ROOT" \
		-- "$DAVIT" run --name "$TAG.$sweep_name" "$@" look $namespaces -- "$DAVIT" run "$APP" true
	clean "after-all-faults-nothing-is-left-of-$sweep_name"
}

sweep a-plain-launch "$APP"
sweep a-rich-launch -m 16m --cpus 0.5 --pids-limit 20 --user 1000:1000 --workdir /work --env A=B \
	--volume "$TMP/$TAG.volume:/volume:ro" --tmpfs /scratch:size=1m --device /dev/zero:/dev/device \
	--ulimit nofile=64 --tty --init --hostname rich "$APP"
sweep a-launch-of-a-directory --read-only --network host "$TREE"
# A launch in the background, whose davit goes on alone: what the app prints is in its log.
# shellcheck disable=SC2086 # lists of words
"$BOX/inject" $how -d "$TAG.detached" a-detached-launch "$TAG" "$DAVIT_RUN_ROOT" \
	-- "$DAVIT" run --detach --name "$TAG.detached" --memory 16m "$APP" look $namespaces -- "$DAVIT" run "$APP" true
clean after-all-faults-nothing-is-left-of-a-detached-launch

# A launch that leaves no davit behind.
# shellcheck disable=SC2086 # lists of words
"$BOX/inject" $how -n a-launch-without-a-parent "$TAG" "$DAVIT_RUN_ROOT" \
	-- "$DAVIT" run --exec --pid host --name "$TAG.exec" --memory 16m "$APP" look $namespaces -- "$DAVIT" run "$APP" true
clean after-all-faults-nothing-is-left-of-a-launch-without-a-parent

# A command in a sandbox that runs, from another image, so that what that one has is not taken for a leftover.
cp "$APP" "$TMP/runs.squashfs"
"$DAVIT" run --detach --init --name runs --memory 16m --pids-limit 20 "$TMP/runs.squashfs" sleep 3600 >/dev/null
# shellcheck disable=SC2086 # lists of words
"$BOX/inject" $how -x "runs,$(pid_of runs)" a-command-in-a-sandbox "$TAG" "$DAVIT_RUN_ROOT" \
	-- "$DAVIT" exec --user 1000:1000 --env A=B --workdir /tmp runs look $namespaces -- "$DAVIT" run "$APP" true
try "$DAVIT" rm -f runs
clean after-all-faults-nothing-is-left-of-a-command-in-a-sandbox
same the-volume-is-as-it-was kept "$(cat "$TMP/$TAG.volume/file")"
