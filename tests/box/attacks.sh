#!/bin/sh
# SPDX-License-Identifier: MIT
# What has worked on other launchers, tried: things that change while the launch runs, hostile file systems, names, floods.
#
# Each class of attack, and where it is tried:
#   own binary overwritten by /proc/self/exe         self.sh, exec.sh
#   joining process ptraced, descriptors stolen      exec.sh; inside.sh (process 1)
#   leaked descriptor or working directory           here; inside.sh; isolation.sh (folders as streams)
#   mount target is a symlink, or becomes one        hostile.sh (32 targets, 9 kinds); here, while it changes
#   masked path, /dev/console, procfs redirected     hostile.sh (links as proc, sys, dev); here
#   files made in the root before the pivot          hostile.sh; here
#   bind source swapped                              volumes.sh; here
#   inheritable and ambient capabilities             here; privileges.sh
#   release_agent, core_pattern, sysctl              inside.sh, privileges.sh
#   open_by_handle_at, TIOCSTI, TIOCLINUX            inside.sh, calls.sh
#   keyring, abstract sockets, System V memory       inside.sh, with a host that is willing
#   setgroups, ids out of range                      here; tests/unit/test_passwd.c
#   second instruction set, clone3, io_uring         inside.sh, calls.sh
#   metadata that follows links, FIFOs               hostile.sh
#   hostile file system image                        here; tests/fuzz/fuzz_squashfs.c
#   names with .., newlines, dashes, 4096 letters    here; tests/plan/refusals
#   fork bomb, tmpfs fill, descriptors, log flood    limits.sh, here
# shellcheck disable=SC2016,SC2154 # in single quotes: for the inner shell; code is set by try
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

canary=$TMP/canary
mkdir -p "$canary/sub" "$TMP/volume"
echo canary >"$canary/file"
echo volume >"$TMP/volume/file"
times=60
[ -z "${SLOW-}" ] || times=6

look() {
	ls -lAR "$canary" "$TMP/volume"
	cat "$canary/file" "$TMP/volume/file"
	grep -e "$TMP" /proc/self/mountinfo || :
}

fresh_tree() {
	rm -rf "$TREE"
	mkdir -p "$TREE/bin" "$TREE/proc" "$TREE/sys" "$TREE/dev" "$TREE/tmp" "$TREE/run" "$TREE/mnt/volume" \
		"$TREE/etc" "$TREE/work/deep"
	cp "$BUSYBOX" "$TREE/bin/busybox"
	for name in sh cat; do
		ln -s busybox "$TREE/bin/$name"
	done
}

# --- what changes while the launch runs --------------------------------------------------------------

# race NAME A B SAYS OPTION... IMAGE COMMAND...: A and B change places while it is launched again and again; each
# launch says SAYS or is refused
race() {
	race_name=$1 race_a=$2 race_b=$3 race_says=$4
	shift 4
	look >"$TMP/before"
	rm -f "$TMP/end"
	mkfifo "$TMP/end"
	"$BOX/swap" "$race_a" "$race_b" <"$TMP/end" >"$TMP/swaps" &
	swapper=$!
	boxes="$boxes $swapper"
	exec 5>"$TMP/end"
	bad='' launched=0 turned_down=0 i=0
	while [ $i -lt $times ]; do
		i=$((i + 1))
		try box "$@" 5>&-
		if [ "$code" -eq 0 ] && [ "$said" = "$race_says" ]; then
			launched=$((launched + 1))
		elif [ "$code" -ge 125 ] && [ "$(echo "$said" | wc -l)" -eq 1 ]; then
			turned_down=$((turned_down + 1))
		else
			bad="$bad exit code $code, $said;"
		fi
	done
	exec 5>&-
	ended "$swapper"
	fresh_tree
	look | cmp -s - "$TMP/before" || bad="$bad the host was changed"
	same "$race_name" '' "$bad"
	echo "	$race_name: $(cat "$TMP/swaps") changes, $launched launched, $turned_down refused"
}

fresh_tree
ln -s "$canary" "$TREE/link"
race a-volumes-target-that-turns-into-a-link-leads-nowhere "$TREE/mnt/volume" "$TREE/link" volume \
	-v "$TMP/volume:/mnt/volume" "$TREE" cat /mnt/volume/file
ln -s "$canary" "$TREE/link"
race a-parent-that-turns-into-a-link-leads-nowhere "$TREE/mnt" "$TREE/link" volume \
	-v "$TMP/volume:/mnt/volume" "$TREE" cat /mnt/volume/file
for place in proc sys dev tmp run; do
	ln -s "$canary" "$TREE/link"
	race "a-$place-that-turns-into-a-link-leads-nowhere" "$TREE/$place" "$TREE/link" fine "$TREE" \
		sh -c 'echo 1 2>/dev/null >/proc/sys/kernel/panic || echo fine'
done
ln -s /real "$TREE/link"
mkdir "$TREE/real"
race a-proc-that-turns-into-a-link-inside-stays-closed "$TREE/proc" "$TREE/link" fine "$TREE" \
	sh -c 'echo 1 2>/dev/null >/proc/sys/kernel/panic || echo fine'
ln -s "$canary/passwd" "$TREE/link"
echo 'canary:x:77:77::/:/bin/sh' >"$canary/passwd"
echo 'inside:x:78:78::/:/bin/sh' >"$TREE/etc/passwd"
race a-passwd-that-turns-into-a-link-names-nobody "$TREE/etc/passwd" "$TREE/link" never --user canary "$TREE" \
	sh -c 'echo in'
ln -s "$canary" "$TREE/link"
race a-working-directory-that-turns-into-a-link-leads-nowhere "$TREE/work" "$TREE/link" inside --workdir /work/deep \
	"$TREE" sh -c 'cat file ../file 2>/dev/null; echo inside'
mkdir "$TMP/source"
echo volume >"$TMP/source/file"
ln -s "$canary" "$TMP/link"
race a-source-that-turns-into-a-link-is-not-followed "$TMP/source" "$TMP/link" volume -v "$TMP/source:/mnt/volume" \
	"$TREE" cat /mnt/volume/file
rm -rf "$TMP/link" "$TMP/source"
mkdir "$TMP/source"
echo volume >"$TMP/source/one"
ln -s "$canary/file" "$TMP/link"
race a-source-file-that-turns-into-a-link-is-not-followed "$TMP/source/one" "$TMP/link" volume \
	-v "$TMP/source/one:/mnt/one" "$TREE" cat /mnt/one

# --- what davit's caller had --------------------------------------------------------------------------

said=$(cd "$canary" && box "$APP" sh -c 'pwd; ls /proc/self/fd | wc -l' 5<"$canary" 6<"$canary/file" 7<&0 8>"$TMP/out" 9</dev/null)
same neither-folder-nor-descriptors-of-the-caller-are-inside '/ 4' "$(echo "$said" | tr '\n' ' ' | tr -s ' ' | sed 's/ $//')"
if command -v setpriv >/dev/null && setpriv --inh-caps +chown,+net_raw --ambient-caps +chown,+net_raw true 2>/dev/null; then
	said=$(setpriv --inh-caps +chown,+net_raw --ambient-caps +chown,+net_raw timeout 60 "$DAVIT" run "$APP" \
		sed -n 's/^Cap\(Inh\|Amb\):.0*\(.*.\)$/\2/p' /proc/self/status 2>&1)
	same inheritable-and-ambient-capabilities-of-the-caller-end '0 0' "$(echo "$said" | tr '\n' ' ' | sed 's/ $//')"
else
	skip inheritable-and-ambient-capabilities-of-the-caller-end 'no setpriv here that sets them'
fi

# --- ids and names ------------------------------------------------------------------------------------

for user in 4294967295 4294967296 -1 0x0 99999999999999999999 1:4294967295 1:-1 '' : 1: "$(printf '0\n0')"; do
	try box --user "$user" "$APP" probe ids
	check "the-user-$(echo "$user" | tr -c '[:alnum:]-' _)-is-refused" test "$code" -eq 125
done
long=$(printf '%04096d' 7)
for name in .. . ../up a/b /a -x --help "$(printf 'a\nb')" "$(printf 'a\tb')" "$long" '*' 'a b' '$(id)' é; do
	try box --name "$name" "$APP" true
	check "the-name-$(echo "$name" | tr -c '[:alnum:]-' _ | cut -c 1-20)-is-refused" test "$code" -ge 125
	same "nothing-was-made-for-the-name-$(echo "$name" | tr -c '[:alnum:]-' _ | cut -c 1-20)" '' "$(find "$DAVIT_RUN_ROOT" -mindepth 1)"
done

# The run directory, where others planted something.
mkdir -p "$DAVIT_RUN_ROOT"
chmod 700 "$DAVIT_RUN_ROOT"
ln -s "$canary" "$DAVIT_RUN_ROOT/planted"
refused a-planted-link-is-no-place-for-a-sandbox 'planted' --name planted "$APP" true
rm "$DAVIT_RUN_ROOT/planted"
mkdir "$DAVIT_RUN_ROOT/planted"
ln -s "$canary/file" "$DAVIT_RUN_ROOT/planted/pid"
try box --name planted "$APP" true
same what-a-planted-pid-file-leads-to-is-unharmed canary "$(cat "$canary/file")"
rm -rf "$DAVIT_RUN_ROOT/planted"
mkdir -m 777 "$TMP/open"
chmod 777 "$TMP/open"
refused a-run-directory-open-to-others-is-refused "not davit's alone" --run-root "$TMP/open" "$APP" true

# --- hostile file systems -----------------------------------------------------------------------------

# Every 4 bytes of the superblock and of the tables behind the end, one after the other, as all ones and as zeros.
cp "$APP" "$TMP/hostile.$TAG"
bad='' mounted=0 turned_down=0 at=0
while [ $at -lt 96 ]; do
	for byte in '\377\377\377\377' '\000\000\000\000' '\001\000\000\000'; do
		[ -z "${SLOW-}" ] || [ $((at % 16)) -eq 0 ] || continue
		# shellcheck disable=SC2059 # escapes, to be understood
		printf "$byte" | dd of="$TMP/hostile.$TAG" bs=1 seek=$at conv=notrunc 2>/dev/null
		try box --read-only "$TMP/hostile.$TAG" true
		case $code in
		0) mounted=$((mounted + 1)) ;;
		12[567])
			turned_down=$((turned_down + 1))
			[ "$(echo "$said" | wc -l)" -eq 1 ] || bad="$bad at $at: $said;"
			;;
		*) bad="$bad at $at: exit code $code, $said;" ;;
		esac
		dd if="$APP" of="$TMP/hostile.$TAG" bs=1 skip=$at seek=$at count=4 conv=notrunc 2>/dev/null
	done
	at=$((at + 4))
done
same a-hostile-superblock-is-refused-or-harmless '' "$bad"
echo "	superblocks: $mounted launched, $turned_down refused"
cmp -s "$APP" "$TMP/hostile.$TAG" || fail the-hostile-image-was-put-right 'it differs'
rm -f "$TMP/hostile.$TAG"

# --- floods -------------------------------------------------------------------------------------------

# Each place that can be written is bounded, and the next sandbox has its own.
for place in / /tmp /run /dev/shm; do
	try box --memory 8m --storage-opt size=1m "$APP" sh -c "dd if=/dev/zero of=$place/fill bs=64k count=200 2>/dev/null
		echo \$(stat -c %s $place/fill)"
	size=${said##*[!0-9]}
	if [ -n "$size" ] && [ "$size" -le 1048576 ]; then
		pass "filling-$(echo "$place" | tr / -)-ends-at-its-size"
	else
		fail "filling-$(echo "$place" | tr / -)-ends-at-its-size" "exit code $code, $said"
	fi
done
try box "$APP" sh -c 'dd if=/dev/zero of=/dev/fill bs=64k count=200'
check dev-cannot-be-filled test "$code" -ne 0
try box "$APP" sh -c 'i=0; while [ $i -lt 500 ] && : 2>/dev/null >/dev/shm/$i; do i=$((i + 1)); done; echo made'
contains many-files-can-be-made "$said" made
try box --ulimit nofile=64:64 "$APP" sh -c 'i=3; while [ $i -lt 1000 ]; do eval "exec $i</dev/null" || exit 3; i=$((i + 1)); done; echo "$i"'
check descriptors-end-at-their-limit test "$code" -ne 0
same a-sandbox-starts-after-all-floods '0 fine' "$(try box "$APP" echo fine && echo "$code $said")"

# Output that nobody asked for so much of: davit carries it, and does not keep it.
: >"$TMP/out"
"$DAVIT" run --name "$TAG-flood" -t "$APP" sh -c 'yes 0123456789 | head -c 30000000; sleep 60' >/dev/null 2>&1 </dev/null &
box=$!
boxes="$boxes $box"
sleep 3
memory=$(sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB$/\1/p' "/proc/$box/status")
if [ -n "$memory" ] && [ "$memory" -lt 2048 ]; then
	pass a-flood-of-output-takes-no-memory
else
	fail a-flood-of-output-takes-no-memory "$memory KiB"
fi
kill -KILL "$box"
ended "$box"
ends the-flood-ends-with-davit 0 "$APP" true
clean nothing-is-left-of-attacks
