#!/bin/sh
# SPDX-License-Identifier: MIT
# Every step of a launch fails once, and davit is killed before every step once: nothing may be left of either.
set -eu
# shellcheck source=../box/lib/box.sh
. "$(dirname "$0")/../box/lib/box.sh"

mkdir -p "$TMP/$TAG.volume"

# number, name: of each step that davit plan counts, also of those that share a line ("21-26  node")
steps_of() {
	"$DAVIT" plan "$@" | awk '$1 ~ /^[0-9]+(-[0-9]+)?$/ {
		split($1, range, "-")
		last = range[2] ? range[2] : range[1]
		for (number = range[1] + 0; number <= last + 0; number++)
			print number, $2
	}' >"$TMP/steps"
}

# fails NAME NUMBER STEP OPTION...: step NUMBER fails; one line names it, and at once nothing is left
fails() {
	fails_name=$1 fails_number=$2 fails_step=$3 fails_code=125
	shift 3
	[ "$fails_step" != exec ] || fails_code=126
	try limited env DAVIT_FAULT="fail:$fails_number" "$DAVIT" run "$@"
	left=$(snapshot)
	if [ "$code" -ne $fails_code ]; then
		fail "$fails_name" "exit code $code, $said"
	elif [ "$(echo "$said" | wc -l)" -ne 1 ]; then
		fail "$fails_name" "not one line: $said"
	elif [ -n "$left" ]; then
		fail "$fails_name" "left: $left"
	else
		contains "$fails_name" "$said" "davit: $fails_step*: I/O error"
	fi
}

# killed NAME NUMBER OPTION...: SIGKILL before step NUMBER, then one more davit command, which has nothing to say
killed() {
	killed_name=$1 killed_number=$2
	shift 2
	try limited env DAVIT_FAULT="kill:$killed_number" "$DAVIT" run "$@"
	if [ "$code" -ne 137 ]; then
		fail "$killed_name" "exit code $code, $said"
		return
	fi
	try box "$APP" true
	if [ "$code" -ne 0 ] || [ -n "$said" ]; then
		fail "$killed_name" "the next command: exit code $code, $said"
	else
		same "$killed_name" '' "$(snapshot)"
	fi
}

# Where a launch takes long: the steps that differ from machine to machine, and every sixth of the others.
is_tried() {
	case $2 in
	state | cgroup | write | loop | join | init | exec) return 0 ;;
	esac
	[ -z "${SLOW-}" ] || [ $(($1 % 6)) -eq 0 ]
}

# every NAME OPTION...: all steps of a command line, both ways
every() {
	every_name=$1
	shift
	steps_of "$@"
	while read -r number step; do
		is_tried "$number" "$step" || continue
		fails "$every_name-that-fails-at-step-$number-leaves-nothing" "$number" "$step" "$@"
		killed "$every_name-killed-before-step-$number-leaves-nothing" "$number" "$@"
	done <"$TMP/steps"
	same "$every_name-was-failed-at-every-step" "$(wc -l <"$TMP/steps") exec" "$(tail -n 1 "$TMP/steps")"
	clean "$every_name-leaves-no-shared-cgroup"
}

every a-rich-launch --name "$TAG.rich" -m 8m --cpus 0.5 --pids-limit 20 --user 1000:1000 --workdir /work --env A=B \
	--volume "$TMP/$TAG.volume:/volume:ro" --tmpfs /scratch:size=1m --device /dev/zero:/dev/device \
	--ulimit nofile=64 --tty --init --hostname rich "$APP" sleep 60
# Where a launch takes long, the rich one has to do: it has every step.
if [ -z "${SLOW-}" ]; then
	every a-plain-launch --name "$TAG.plain" "$APP" sleep 60
	every a-read-only-launch --name "$TAG.read-only" --read-only --network host -m 8m "$APP" sleep 60
	cp "$BOX/app.zip" "$TMP/$TAG.zip"
	DAVIT_ROOT=$TMP/root
	export DAVIT_ROOT
	every a-launch-of-an-image --name "$TAG.image" --rm -m 8m --entrypoint sleep "$TMP/$TAG.zip" 60
	every a-launch-that-keeps --name "$TAG.keeps" --entrypoint sleep "$TMP/$TAG.zip" 60
	"$DAVIT" rm "$TAG.keeps" >/dev/null 2>&1 || :
	same launches-that-fail-leave-nothing-that-cannot-be-removed '' "$(find "$DAVIT_ROOT" -mindepth 2)"
	every a-launch-of-a-zip-of-files --name "$TAG.files" "$BOX/files.zip" probe hold
	every a-directory-launch --name "$TAG.tree" "$TREE" probe hold
	every an-uncommon-launch --name "$TAG.uncommon" --cgroup-parent "$TAG.parent/deep" --cpu-shares 512 \
		--memory-reservation 4m --pid host --uts host --cgroupns host --shm-size 64k --sysctl kernel.msgmax=4096 \
		--group-add 44 --oom-score-adj 100 --add-host a:192.0.2.1 --dns 192.0.2.1 --label a=b \
		--mount type=tmpfs,target=/mnt,tmpfs-size=64k --mount "type=bind,source=$TMP/$TAG.volume,target=/mnt/deep" \
		"$APP" sleep 60
	if "$DAVIT" run --uidmap 0:300000:65536 "$APP" true >/dev/null 2>&1; then
		every a-launch-in-a-user-namespace --name "$TAG.userns" --uidmap 0:300000:65536 -m 8m --user app -t \
			--init --device /dev/zero:/dev/device "$APP" sleep 60
	else
		skip a-launch-in-a-user-namespace 'this kernel cannot map the owners of a squashfs'
	fi
fi

# With a policy, room for its memory is asked for first of all.
mkdir -p "$TMP/etc"
chmod 755 "$TMP/etc"
echo 'memory = 20m' >"$TMP/etc/davit.conf"
chmod 644 "$TMP/etc/davit.conf"
export DAVIT_CONFIG="$TMP/etc"
fails a-launch-that-fails-at-its-admission-leaves-nothing 1 admit --name "$TAG.admit" -m 8m "$APP" true
fails a-launch-that-fails-behind-its-admission-leaves-nothing 2 state --name "$TAG.admit" -m 8m "$APP" true
unset DAVIT_CONFIG

# --- while the app runs ------------------------------------------------------------------------------

# survivors NAME WORD OPTION...: davit is killed when the app has said the word; the app goes with it, or at the
# latest with the next davit command
survivors() {
	survivors_name=$1 word=$2
	shift 2
	start "$TMP/out" "$@"
	if ! has "$TMP/out" "$word"; then
		fail "$survivors_name" "the app did not start: $(cat "$TMP/out")"
		return
	fi
	kill -KILL "$box"
	ended "$box"
	try box "$APP" true
	same "$survivors_name" '0 ' "$code $said$(snapshot)"
}

survivors an-app-goes-with-a-killed-davit ready --name "$TAG.runs" "$APP" sh -c 'sleep 60 & echo ready; wait'
survivors an-app-with-limits-goes-with-a-killed-davit ready --name "$TAG.limits" -m 8m --pids-limit 20 "$APP" \
	sh -c 'sleep 60 & echo ready; wait'
survivors an-app-that-ignores-signals-goes-with-a-killed-davit ready --name "$TAG.deaf" --init "$APP" \
	sh -c 'trap "" TERM HUP INT; echo ready; sleep 60'
survivors an-app-on-a-terminal-goes-with-a-killed-davit ready --name "$TAG.terminal" -t "$APP" \
	sh -c 'trap "" TERM HUP INT; echo ready; sleep 60'
survivors an-app-that-sees-the-hosts-processes-goes-with-all-that-it-started ready --name "$TAG.sees" --pid host \
	--cgroup-parent "$TAG.parent" "$APP" sh -c 'setsid sleep 60 & echo ready; wait'
survivors an-app-that-wants-to-stay-goes-with-the-next-command held --name "$TAG.holds" -m 8m "$APP" probe hold
survivors an-app-without-limits-that-wants-to-stay-goes-with-the-next-command held "$TREE" probe hold
survivors an-app-under-init-that-wants-to-stay-goes held --init "$APP" probe hold
survivors an-app-that-changed-its-user-goes-with-the-next-command ready --name "$TAG.changed" -m 8m "$APP" \
	su -s /bin/sh app -c 'echo ready; exec sleep 60'

# The next command need not be of the same kind, nor end well.
start "$TMP/out" --name "$TAG.holds" "$APP" probe hold
has "$TMP/out" held || :
kill -KILL "$box"
ended "$box"
ends a-name-is-free-again-after-a-kill 0 --name "$TAG.holds" "$APP" true
clean nothing-is-left-of-faults
