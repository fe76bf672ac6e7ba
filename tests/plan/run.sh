#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares what davit plan says, for invented machines, with what it said when people looked at it: run.sh [--update]
#
# NAME.plan    a command line, in the second line, and the whole plan
# variations   command lines and how their plan differs from the plan of the plain one
# image-variations   the same of OCI images, from the plan of one
# refusals     command lines and the one line that refuses them
#
# The command lines are run in a folder that has a few images, the facts of hosts/, as they stand there, and the
# policies of policies/, each as NAME/davit.conf; without --host, v2-board.facts is meant. --update writes what is said now: look at it before it is committed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../lib.sh
. "$here/../lib.sh"
update=${1-}
work=$TMP/work

# An image whose used bytes fit one page, whatever mksquashfs makes of them.
make_image() {
	mksquashfs "${2-$TMP/tree}" "$1" -noappend -all-root -mkfs-time 0 -all-time 0 -no-xattrs -quiet -no-progress >/dev/null
}

make_folder() {
	mkdir -p "$TMP/tree/bin" "$work/rootfs/bin"
	echo sh >"$TMP/tree/bin/sh"
	cp "$here"/hosts/*.facts "$work"
	for policy in "$here"/policies/*.conf; do
		name=$(basename "$policy" .conf)
		mkdir "$work/$name"
		cp "$policy" "$work/$name/davit.conf"
		chmod 755 "$work/$name"
		chmod 644 "$work/$name/davit.conf"
	done
	cd "$work"
	make_image app.squashfs
	# The same, as a part of a file that has something else before and behind it.
	head -c 1048576 /dev/zero | tr '\0' x >firmware.img
	cat app.squashfs >>firmware.img
	printf 'more' >>firmware.img
	# OCI images: of one layer and of three, with hash trees and without, with wishes, for another machine.
	layout=$here/../image/layout
	config='{"Entrypoint": ["/bin/app"], "Cmd": ["--serve"], "User": "app:dial", "WorkingDir": "/srv", "StopSignal": "SIGINT",
		"Env": ["PATH=/bin", "LEVEL=3"], "Volumes": {"/data": {}, "/var/log": {}}, "Labels": {"made": "here"}}'
	mkdir -p "$TMP/upper/bin" "$TMP/top"
	echo more >"$TMP/upper/bin/more"
	echo most >"$TMP/top/most"
	make_image upper.squashfs "$TMP/upper"
	make_image top.squashfs "$TMP/top"
	"$layout" --config "$config" --zip web.zip web app.squashfs upper.squashfs top.squashfs upper.squashfs >/dev/null
	"$layout" --config '{"Cmd": ["sh"]}' --verity verity app.squashfs top.squashfs >/dev/null
	"$layout" --config '{"Cmd": ["sh"]}' one app.squashfs >/dev/null
	"$layout" --tag 1 two app.squashfs >/dev/null
	"$layout" --tag 2 two app.squashfs top.squashfs >/dev/null
	"$layout" --arch s390x other app.squashfs >/dev/null
	"$layout" --config '{"Cmd": ["sh"], "Labels": {"io.davit.memory": "8m", "io.davit.cpus": "0.5",
		"io.davit.pids-limit": "20", "io.davit.cap-drop": "NET_RAW, MKNOD", "io.davit.read-only": "true",
		"io.davit.init": "true"}}' modest app.squashfs >/dev/null
	"$layout" --config '{"Cmd": ["sh"], "Labels": {"io.davit.cap-add": "SYS_TIME"}}' bold app.squashfs >/dev/null
	"$layout" --config '{"Cmd": ["sh"], "Labels": {"io.davit.network": "host"}}' online app.squashfs >/dev/null
	"$layout" --config '{"Cmd": ["sh"], "Labels": {"io.davit.volume": "/:/host"}}' greedy app.squashfs >/dev/null
	"$layout" --config '{"Cmd": ["sh"], "Labels": {"io.davit.init": "maybe"}}' unclear app.squashfs >/dev/null
	"$layout" --config '{"Cmd": ["sh"], "Volumes": {"/proc/x": {}}}' volume-proc app.squashfs >/dev/null
	"$layout" --config '{"Cmd": ["sh"], "User": ":1"}' user app.squashfs >/dev/null
	(cd "$TMP/tree" && python3 -m zipfile -c "$work/files.zip" bin)
	{ cat v2-board.facts && echo 'dm-verity yes'; } >verity.facts
	cp app.squashfs busybox-1.36_full.sqfs
	cp app.squashfs name@4k
	head -c 128 app.squashfs >short.squashfs
	head -c 64 app.squashfs >tiny.squashfs
	echo 'not an image' >text.txt
	mkfifo fifo
	: >empty
	printf 'LANG=C\n# a comment\n\nLEVEL=3 # kept\n' >app.env
	printf 'level=1\n# a comment\nsite=quay\n' >app.labels
	printf 'A=1\nB C=2\n' >bad.env
	printf '\n=x\n' >nameless.env
	printf 'memory lots\n' >bad.facts
	sed 's/^landlock .*/landlock 2/' v2-board.facts >landlock-2.facts
	printf 'allow most\n\tread write execve exit_group sendmsg\n' >small.policy
	printf 'allow most\n\tread wrote\n' >mistyped.policy
	printf 'allow most\n\tread write\n' >nothing.policy
	printf 'swap 0\nmemroy 1\n' >unknown.facts
	cd "$here"
}

# The command that the files spell.
davit() {
	verb=$1
	shift
	case "$verb $*" in
	*"--host "*) "$DAVIT" "$verb" "$@" ;;
	"--config "*" plan "*)
		config=$1
		shift 2
		"$DAVIT" --config "$config" plan --host v2-board.facts "$@"
		;;
	plan*) "$DAVIT" plan --host v2-board.facts "$@" ;;
	*) "$DAVIT" "$verb" "$@" ;;
	esac
}

# What depends on the machine that davit was built for, and on its C library.
without_machine() {
	sed -e 's/[0-9]* instructions/N instructions/' -e 's/sha256:[0-9a-f]\{12,64\}/sha256:DIGEST/g' \
		-e 's/root hash [0-9a-f]\{64\}/root hash HASH/' -e 's|built for \(.*\), this board is .*|built for \1, this board is MACHINE|' -e 's/: Not supported$/: Operation not supported/' "$1"
}

# Run the line $1: out, err and code.
run_line() {
	set +e
	(
		cd "$work"
		eval "$1"
	) >"$TMP/raw.out" 2>"$TMP/raw.err" </dev/null
	code=$?
	set -e
	without_machine "$TMP/raw.out" >"$TMP/out"
	without_machine "$TMP/raw.err" >"$TMP/err"
}

without_numbers() {
	sed 's/^ *[0-9]*  //' "$1"
}

# Each kind of file has a function that writes what the line gives, in the form of the file.

say_plan() {
	run_line "$1"
	cat "$TMP/out"
	sed 's/^/stderr: /' "$TMP/err"
	[ $code -eq 0 ] || echo "exit code $code"
}

say_variation() {
	run_line "$1"
	without_numbers "$TMP/out" >"$TMP/changed"
	diff -U 1 "$TMP/plain" "$TMP/changed" | sed -e 1,2d -e 's/^@@.*/ .../'
	sed 's/^/stderr: /' "$TMP/err"
	[ $code -eq 0 ] || echo "exit code $code"
}

say_refusal() {
	run_line "$1"
	cat "$TMP/err"
	sed 's/^/stdout: /' "$TMP/out"
	[ $code -eq 1 ] || echo "exit code $code"
}

# --- whole plans -------------------------------------------------------------------------------------

check_plan() {
	name=$(basename "$1" .plan)
	command=$(sed -n '2s/^\$ //p' "$1")
	{
		echo "# SPDX-License-Identifier: MIT"
		echo "\$ $command"
		say_plan "$command"
	} >"$TMP/now"
	if [ -n "$update" ]; then
		cat "$TMP/now" >"$1"
	elif diff -U 0 "$1" "$TMP/now" >"$TMP/diff"; then
		pass "plan-$name"
	else
		fail "plan-$name" "$(sed 1,3d "$TMP/diff") (tests/plan/run.sh --update, and look)"
	fi
}

# --- tables ------------------------------------------------------------------------------------------

end_case() {
	[ -n "$command" ] || return 0
	"$2" "$command" >"$TMP/now"
	if [ -n "$update" ] && [ "$2" = say_refusal ] && [ $code -eq 0 ]; then
		echo "not refused, left as it was: $name" >&2
		cat "$TMP/expected" >>"$TMP/new"
	elif [ -n "$update" ]; then
		cat "$TMP/now" >>"$TMP/new"
	elif cmp -s "$TMP/expected" "$TMP/now"; then
		pass "$name"
	else
		fail "$name" "$(diff "$TMP/expected" "$TMP/now" || :)"
	fi
	command=
}

# check_table FILE FUNCTION: a case is its name, its command line behind "$ ", and what that gives, up to a blank line
# shellcheck disable=SC2094 # written after it was read
check_table() {
	name='' command=''
	: >"$TMP/new"
	while IFS= read -r line; do
		case $line in
		'')
			end_case "$1" "$2"
			echo >>"$TMP/new"
			;;
		'$ '*)
			command=${line#??}
			: >"$TMP/expected"
			echo "$line" >>"$TMP/new"
			;;
		*)
			if [ -n "$command" ]; then
				echo "$line" >>"$TMP/expected"
			else
				name=$line
				echo "$line" >>"$TMP/new"
			fi
			;;
		esac
	done <"$1"
	end_case "$1" "$2"
	if [ -n "$update" ]; then
		cat "$TMP/new" >"$1"
	fi
}

make_folder
for file in "$here"/*.plan; do
	check_plan "$file"
done
run_line 'davit plan app.squashfs sh'
without_numbers "$TMP/out" >"$TMP/plain"
check_table "$here/variations" say_variation
check_table "$here/refusals" say_refusal
run_line 'davit plan web.zip'
without_numbers "$TMP/out" >"$TMP/plain"
check_table "$here/image-variations" say_variation
