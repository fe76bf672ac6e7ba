#!/bin/sh
# SPDX-License-Identifier: MIT
# Several sandboxes at once: shared loop devices, names, many at the same time; each leaves nothing.
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# Loop devices that carry one of our images.
loops() {
	cat /sys/block/loop*/loop/backing_file 2>/dev/null | grep -c "$PATTERN" || :
}

no_loops() {
	[ "$(loops)" = 0 ]
}

stay='echo ready; trap "exit 0" TERM; while :; do sleep 0.1; done'

# --- one image, several sandboxes --------------------------------------------------------------------

start "$TMP/one" --name "$TAG-1" "$APP" sh -c "$stay"
one=$box
has "$TMP/one" ready || :
same one-sandbox-has-one-loop-device 1 "$(loops)"
start "$TMP/two" --name "$TAG-2" --read-only "$APP" sh -c "$stay"
two=$box
has "$TMP/two" ready || :
same a-second-sandbox-shares-it 1 "$(loops)"
cp "$BOX/part.img" "$TMP/$TAG.part"
start "$TMP/three" --name "$TAG-3" "$TMP/$TAG.part@4096" sh -c "$stay"
three=$box
has "$TMP/three" ready || :
same another-image-has-another 2 "$(loops)"
refused a-name-in-use-is-refused 'running' --name "$TAG-1" "$APP" true
check the-first-of-that-name-lives-on kill -0 "$one"
same what-is-written-in-one-is-not-in-the-other 'no' "$(box "$APP" sh -c '[ -e /new ] && echo yes || echo no')"
kill "$one"
ended "$one"
same the-device-stays-for-the-others 2 "$(loops)"
shows the-image-is-still-launched 'of the image' "$APP" cat /etc/motd
kill "$two" "$three"
ended "$two"
ended "$three"
check devices-are-gone-with-the-last until_true no_loops
ends a-name-can-be-used-again 0 --name "$TAG-1" "$APP" true
clean nothing-is-left-of-shared-devices

# --- many at once ------------------------------------------------------------------------------------

i=0
all=''
while [ $i -lt 10 ]; do
	start "$TMP/many$i" --memory 4m --pids-limit 5 "$APP" sh -c "echo box $i; sleep 1; hostname"
	all="$all $box"
	i=$((i + 1))
done
i=0
bad=''
for one in $all; do
	ended "$one"
	[ "$code" -eq 0 ] && grep -q "^box $i\$" "$TMP/many$i" || bad="$bad $i: $code, $(cat "$TMP/many$i");"
	i=$((i + 1))
done
same ten-at-once-are-launched '' "$bad"
same ten-at-once-have-ten-names 10 "$(cat "$TMP"/many? | grep "^$TAG" | sort -u | wc -l)"
clean nothing-is-left-of-ten

# Begin and end at the same time, again and again: nobody removes what another one needs.
churn() {
	count=0
	: >"$TMP/churn$1"
	while [ $count -lt "$2" ]; do
		"$DAVIT" run --memory 4m "$APP" true >>"$TMP/churn$1" 2>&1 || echo "exit code $?" >>"$TMP/churn$1"
		count=$((count + 1))
	done
}
turns=20
[ -z "${SLOW-}" ] || turns=4
churn 1 $turns &
first=$!
churn 2 $turns &
second=$!
churn 3 $turns
wait $first $second
same three-rows-are-all-launched '' "$(cat "$TMP"/churn?)"
clean nothing-is-left-of-three-rows
