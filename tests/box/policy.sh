#!/bin/sh
# SPDX-License-Identifier: MIT
# What the device's policy allows is given, what goes beyond it is refused with its line, and a policy that is not safe
# or not understood lets nothing start.
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

DAVIT_CONFIG=$TMP/etc
export DAVIT_CONFIG
conf=$DAVIT_CONFIG/davit.conf
mkdir -p "$DAVIT_CONFIG" "$TMP/data/below" "$TMP/database"
chmod 755 "$DAVIT_CONFIG"
echo given >"$TMP/data/file"
echo given >"$TMP/data/below/file"
echo secret >"$TMP/database/file"

# policy LINE...: the policy from now on
policy() {
	printf '%s\n' "$@" >"$conf"
	chmod 644 "$conf"
}

# --- what is given and what is not -------------------------------------------------------------------

shows without-a-policy-the-command-line-decides 'given' -v "$TMP/data:/mnt" "$APP" cat /mnt/file

policy '# paths' "paths = $TMP/data:ro"
shows a-path-of-the-policy-is-given 'given' -v "$TMP/data:/mnt:ro" "$APP" cat /mnt/file
shows what-is-below-it-is-given 'given' -v "$TMP/data/below/file:/mnt/x:ro" "$APP" cat /mnt/x
refused a-path-that-begins-alike-is-refused "host path $TMP/database: refused by $conf:2: paths = $TMP/data:ro" \
	-v "$TMP/database:/mnt:ro" "$APP" cat /mnt/file
refused a-way-out-of-the-path-is-refused "refused by $conf:2" -v "$TMP/data/../database:/mnt:ro" "$APP" cat /mnt/file
refused writing-is-refused-where-reading-is-allowed 'for writing: refused by' -v "$TMP/data:/mnt" "$APP" true
ln -s "$TMP/database" "$TMP/data/link"
refused a-link-out-of-the-path-is-refused 'symbolic link' -v "$TMP/data/link:/mnt:ro" "$APP" cat /mnt/file
refused a-link-on-the-way-is-refused 'symbolic link' -v "$TMP/data/link/file:/mnt/x:ro" "$APP" cat /mnt/x
refused a-directory-image-is-a-path-of-the-host "host path $TREE: refused by $conf:2" "$TREE" /bin/probe
policy 'paths = none' "images = $TREE"
lacks an-image-that-the-policy-has-is-launched "$("$DAVIT" run "$TREE" /bin/probe 2>&1)" 'refused'
refused an-image-from-elsewhere-is-refused "image $APP: refused by $conf:2: images = $TREE" "$APP" true
ln -s "$APP" "$TREE/app.squashfs"
refused a-link-to-an-image-from-elsewhere-is-refused "image $APP: refused by" "$TREE/app.squashfs" true
rm "$TREE/app.squashfs"

policy 'devices = /dev/f*, /dev/zero'
shows a-device-of-the-policy-is-given '1:7' --device /dev/full:/dev/mine "$APP" stat -c %t:%T /dev/mine
refused another-device-is-refused "device /dev/kmsg: refused by $conf:1: devices = /dev/f*, /dev/zero" \
	--device /dev/kmsg "$APP" true
mkdir "$TMP/dev"
ln -s /dev/kmsg "$TMP/dev/fake"
ln -s /dev/full "$TMP/dev/kmsg"
refused a-device-behind-a-link-is-refused "device $TMP/dev/fake, which is /dev/kmsg: refused by" \
	--device "$TMP/dev/fake:/dev/fake" "$APP" true
shows a-link-to-a-device-of-the-policy-is-given '1:7' --device "$TMP/dev/kmsg:/dev/mine" "$APP" stat -c %t:%T /dev/mine
policy "devices = $TMP/dev/f*"
refused a-link-that-the-pattern-matches-opens-nothing 'which is /dev/kmsg: refused by' \
	--device "$TMP/dev/fake:/dev/fake" "$APP" true
policy "devices = $TMP/dev/kmsg"
shows a-link-by-its-plain-name-is-the-device-behind-it '1:7' --device /dev/full:/dev/mine "$APP" stat -c %t:%T /dev/mine
refused no-device-is-refused-as-such 'not a device' --device "$conf:/dev/mine" "$APP" true

policy 'capabilities = CHOWN, SYS_TIME'
capabilities() {
	printf '%016x' $((1 << 0 | ${1-0}))
}
shows default-capabilities-go-as-far-as-the-policy "$(capabilities)" "$APP" sed -n 's/^CapBnd:.//p' /proc/self/status
shows a-capability-of-the-policy-is-given "$(capabilities $((1 << 25)))" --cap-add SYS_TIME "$APP" \
	sed -n 's/^CapEff:.//p' /proc/self/status
refused a-capability-beyond-the-policy-is-refused "capability NET_ADMIN: refused by $conf:1: capabilities = CHOWN, SYS_TIME" \
	--cap-add NET_ADMIN "$APP" true
refused all-capabilities-are-refused 'SYS_ADMIN*refused by' --cap-add ALL "$APP" true

policy 'networks = none'
ends no-network-is-given 0 "$APP" true
refused the-network-of-the-host-is-refused "the host's network: refused by $conf:1: networks = none" \
	--network host "$APP" true
policy 'networks = none, host'
ends the-network-of-the-host-is-given-where-the-policy-has-it 0 --network host "$APP" true

policy 'memory-per-app = 8m' 'pids-per-app = 20' 'cpus-per-app = 0.5'
ends limits-within-the-policy-are-given 0 -m 8m --pids-limit 20 --cpus 0.5 "$APP" true
refused more-memory-than-the-policy-is-refused "refused by $conf:1" -m 9m --pids-limit 20 --cpus 0.5 "$APP" true
refused no-memory-limit-is-refused "no --memory: refused by $conf:1" --pids-limit 20 --cpus 0.5 "$APP" true
refused more-processes-than-the-policy-are-refused "refused by $conf:2" -m 8m --pids-limit 21 --cpus 0.5 "$APP" true
refused no-limit-of-processes-is-refused "refused by $conf:2" -m 8m --pids-limit -1 --cpus 0.5 "$APP" true
refused more-processors-than-the-policy-are-refused "refused by $conf:3" -m 8m --pids-limit 20 --cpus 1 "$APP" true

policy 'no-new-privileges = yes' 'seccomp = default'
refused new-privileges-are-refused "new privileges: refused by $conf:1: no-new-privileges = yes" \
	--security-opt no-new-privileges=false "$APP" true
refused no-filter-is-refused "no system call filter: refused by $conf:2: seccomp = default" \
	--security-opt seccomp=unconfined "$APP" true
refused a-privileged-app-is-refused-without-the-key 'privileged = yes' --privileged "$APP" true
policy 'userns = required'
refused a-launch-in-the-hosts-user-namespace-is-refused "refused by $conf:1: userns = required" "$APP" true
# Not every kernel can mount the image with other owners, but the policy has nothing against it.
check a-user-namespace-of-its-own-is-enough "$DAVIT" plan --uidmap 0:100000:65536 --gidmap 0:100000:65536 "$APP" true
policy 'privileged = no'
refused a-privileged-app-is-refused-with-its-line "refused by $conf:1: privileged = no" --privileged "$APP" true
policy 'privileged = yes'
shows a-privileged-app-has-all-that-davit-has "$(sed -n 's/^CapEff:.//p' /proc/self/status)" --privileged "$APP" \
	sed -n 's/^CapEff:.//p' /proc/self/status
shows a-privileged-app-has-no-filter "$(sed -n 's/^Seccomp:.//p' /proc/self/status)" --privileged "$APP" sed -n 's/^Seccomp:.//p' /proc/self/status
shows nothing-is-hidden-from-a-privileged-app '2' --privileged "$APP" \
	sh -c 'grep -c " /proc\| /sys" /proc/self/mounts'
policy 'privileged = yes' 'capabilities = default'
refused a-privileged-app-gets-no-more-than-the-other-keys-allow "refused by $conf:2: capabilities = default" \
	--privileged "$APP" true

# --- memory of all ------------------------------------------------------------------------------------

policy 'memory = 20m'
start "$TMP/one" --name "$TAG-one" -m 12m "$APP" sh -c 'echo ready; exec sleep 60'
one=$box
check a-sandbox-within-the-memory-of-all-starts has "$TMP/one" ready
ends another-within-what-is-left-starts 0 -m 8m "$APP" true
refused one-beyond-what-is-left-is-refused "beside the sandboxes that run: refused by $conf:1: memory = 20m" \
	-m 9m "$APP" true
refused one-without-a-limit-is-refused "no --memory: refused by $conf:1: memory = 20m" "$APP" true
kill -KILL "$(pid_of "$TAG-one")"
ended "$one"
ends what-an-ended-sandbox-had-is-free-again 0 -m 20m "$APP" true

many=''
for i in 1 2 3 4 5; do
	start "$TMP/many$i" --name "$TAG-$i" -m 6m "$APP" sh -c 'echo ready; exec sleep 60'
	many="$many $box"
done
all_said() {
	for i in 1 2 3 4 5; do
		grep -qs . "$TMP/many$i" || return 1
	done
}
check of-many-at-once-each-starts-or-is-refused until_true all_said
same of-many-at-once-no-more-start-than-there-is-memory-for '3 started, 2 refused' \
	"$(cat "$TMP"/many? | grep -c ready) started, $(cat "$TMP"/many? | grep -c "refused by $conf:1") refused"
for i in 1 2 3 4 5; do
	kill -KILL "$(pid_of "$TAG-$i" 2>/dev/null)" 2>/dev/null || :
done
for box in $many; do
	ended "$box"
done

rm "$conf"
start "$TMP/free" --name "$TAG-free" "$APP" sh -c 'echo ready; exec sleep 60'
check a-sandbox-without-a-limit-starts-without-a-policy has "$TMP/free" ready
policy 'memory = 20m'
refused beside-a-sandbox-without-a-limit-nothing-starts 'a sandbox without a memory limit is running' -m 1m "$APP" true
kill -KILL "$(pid_of "$TAG-free")"
ended "$box"

# --- a policy that is not safe, not there or not understood --------------------------------------------

policy 'networks = none'
try "$DAVIT" --config "$TMP/other" run "$APP" true
same a-policy-folder-that-is-not-there-lets-nothing-start 125 "$code"
try env DAVIT_CONFIG="$TMP/other" "$DAVIT" --config "$DAVIT_CONFIG" run "$APP" true
same the-option-comes-before-the-variable 0 "$code"
try env DAVIT_CONFIG= "$DAVIT" --config="$DAVIT_CONFIG" run --network host "$APP" true
same the-option-takes-its-value-behind-= 125 "$code"
for mode in 664 646 666; do
	chmod $mode "$conf"
	refused "a-policy-of-mode-$mode-lets-nothing-start" 'others than root may write to it' "$APP" true
done
chmod 644 "$conf"
chown 1000 "$conf"
refused a-policy-of-another-user-lets-nothing-start 'belongs to user 1000' "$APP" true
chown 0 "$conf"
chmod 775 "$DAVIT_CONFIG"
refused a-policy-folder-that-others-may-write-to-lets-nothing-start 'others than root' "$APP" true
chmod 755 "$DAVIT_CONFIG"
mv "$conf" "$TMP/real.conf"
ln -s "$TMP/real.conf" "$conf"
refused a-policy-behind-a-link-lets-nothing-start 'symbolic link' "$APP" true
rm "$conf"
mkfifo "$conf"
refused a-policy-that-is-a-fifo-lets-nothing-start 'expected a file' "$APP" true
rm "$conf"
policy 'networks = none' 'devcies = /dev/null'
refused a-mistyped-key-lets-nothing-start "$conf:2: unknown key devcies" "$APP" true
policy 'memory = lots'
refused a-value-that-is-not-understood-lets-nothing-start "$conf:1: memory = lots: expected a size" "$APP" true
printf 'networks = none\000\n' >"$conf"
refused a-policy-with-a-nul-lets-nothing-start 'NUL' "$APP" true
rm "$conf"
ends without-the-file-nothing-is-restricted 0 --network host "$APP" true
clean nothing-is-left-of-the-policy
