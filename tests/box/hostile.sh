#!/bin/sh
# SPDX-License-Identifier: MIT
# Images that want to lead davit astray: every place that it touches, as each kind of trap. The host stays as it is.
set -eu
# shellcheck source=lib/box.sh
. "$(dirname "$0")/lib/box.sh"

# What a trap leads to. A change to it, a hang, or any end but a launch or a refusal is a finding.
canary=$TMP/canary
mkdir -p "$canary/folder/sub" "$TMP/volume"
echo canary >"$canary/file"
echo volume >"$TMP/volume/file"
up=../../../../../../../..

# In the order of the path; the last one is where something is put.
targets='proc sys dev tmp run etc
	dev/pts dev/shm dev/mqueue dev/null dev/zero dev/tty dev/console dev/ptmx dev/fd dev/stdin
	etc/passwd etc/group etc/hosts etc/resolv.conf etc/hostname
	mnt mnt/volume srv/file mnt/volume/deep/target
	var var/scratch var/scratch/deep
	work work/deep
	sys/fs/cgroup proc/sys'

# plant KIND TARGET: the trap in the tree, in place of what was there
plant() {
	place=$TREE/$2
	mkdir -p "$(dirname "$place")"
	rm -rf "$place"
	case $1 in
	absolute-link) ln -s "$canary/folder" "$place" ;;
	relative-link) ln -s "$up$canary/folder" "$place" ;;
	link-to-a-file) ln -s "$canary/file" "$place" ;;
	link-to-the-old-root) ln -s "/proc/1/root$canary/folder" "$place" ;;
	link-to-a-parent) ln -s .. "$place" ;;
	dangling-link) ln -s "$canary/not-there" "$place" ;;
	fifo) mkfifo "$place" ;;
	loop) ln -s "$(basename "$place")" "$place" ;;
	file) echo x >"$place" ;;
	esac
}

fresh_tree() {
	rm -rf "$TREE"
	mkdir -p "$TREE/bin"
	ln "$TMP/probe" "$TREE/bin/probe"
}

# What must not change: content, names, modes.
look() {
	ls -lAR "$canary" "$TMP/volume"
	cat "$canary/file"
	cat /proc/self/mountinfo
}

# The launch touches every target: volumes, tmpfs, a device, a working directory, a user by name.
launch() {
	code=0
	limited "$DAVIT" run --user "$1" --workdir /work/deep --volume "$TMP/volume:/mnt/volume/deep/target" \
		--volume "$TMP/volume/file:/srv/file" --tmpfs /var/scratch/deep --device /dev/null:/dev/other \
		--add-host other:192.0.2.1 --dns 192.0.2.53 \
		"$TREE" probe ids >"$TMP/said" 2>&1 </dev/null || code=$?
}

# One kind of trap at every target; where a launch takes long, at every seventh, another one each time. Sets bad,
# refusals and launches.
try_kind() {
	bad='' refusals=0 launches=0
	for target in $targets; do
		turn=$((turn + 1))
		[ -z "${SLOW-}" ] || [ $((turn % 7)) -eq 0 ] || continue
		fresh_tree
		plant "$1" "$target"
		launch 0
		case $code in
		0) launches=$((launches + 1)) ;;
		125) refusals=$((refusals + 1)) ;;
		*) bad="$bad $target: exit code $code, $(cat "$TMP/said");" ;;
		esac
	done
	if ! look | cmp -s - "$TMP/look"; then
		bad="$bad the host was changed"
		look >"$TMP/look"
	fi
}

cp "$BOX/probe" "$TMP/probe"
look >"$TMP/look"
turn=0
fresh_tree
launch 0
same an-honest-tree-is-launched '0 0 0' "$code $(cat "$TMP/said")"
for kind in absolute-link relative-link link-to-a-file link-to-the-old-root link-to-a-parent dangling-link fifo loop file; do
	try_kind $kind
	if [ -n "$bad" ]; then
		fail "a-$kind-at-every-target-changes-nothing-and-holds-up-nothing" "$bad"
	else
		pass "a-$kind-at-every-target-changes-nothing-and-holds-up-nothing"
	fi
	echo "	$kind: $launches launched inside, $refusals refused"
done

# A place that davit mounts on must be a folder of the image itself: as a link it could be led to where the later
# mounts, which close it, do not find it.
for place in proc sys dev; do
	bad=''
	for end in /real /dev/p /tmp/p /run/p /proc/p ../real "$place" .; do
		fresh_tree
		mkdir -p "$TREE/real" "$TREE/dev" "$TREE/tmp" "$TREE/run" "$TREE/proc" "$TREE/sys"
		for folder in dev tmp run proc; do
			ln -s /real "$TREE/$folder/p"
		done
		rm -rf "${TREE:?}/$place"
		ln -s "$end" "$TREE/$place"
		launch 0
		[ $code -eq 125 ] || bad="$bad -> $end: exit code $code;"
	done
	same "a-link-as-$place-is-refused" '' "$bad"
done

# What is looked up in the image by davit is not read from the host either.
for kind in absolute-link relative-link link-to-a-file link-to-the-old-root link-to-a-parent dangling-link fifo loop; do
	fresh_tree
	echo 'canary:x:77:77::/:/bin/sh' >"$canary/passwd"
	mkdir "$TREE/etc"
	case $kind in
	link-to-a-file) ln -s "$canary/passwd" "$TREE/etc/passwd" ;;
	*) plant $kind etc/passwd ;;
	esac
	launch canary
	same "a-$kind-as-passwd-names-no-user" 125 "$code"
done
clean nothing-is-left-of-hostile-trees
