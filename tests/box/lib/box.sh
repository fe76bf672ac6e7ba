# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What every box test begins with: images, launching, and a look at what sandboxes have on this machine.
#
# BOX is the folder that tests/box/material made; on this machine it is made when it is not given. All that the
# tests make carries TAG in its name, so that others may run sandboxes at the same time.

# shellcheck source=../../lib.sh
. "$(dirname "$0")/../lib.sh"

if [ -z "${BOX-}" ]; then
	machine=$(uname -m | sed 's/^armv7.*/armv7/')
	BOX=$(cd "$(dirname "$0")/../.." && pwd)/build/box/$machine
	"$(dirname "$0")/../box/material" "$machine" "$BOX"
fi
BUSYBOX=${BUSYBOX-$BOX/busybox}
TAG=box$$
PATTERN="[b]ox$$" # does not find the grep that looks for it
APP=$TMP/$TAG.squashfs
# shellcheck disable=SC2034 # for the tests
PART=$BOX/part.img@4096
TREE=$TMP/$TAG.tree
# shellcheck disable=SC2034
PTY=$BOX/pty
DAVIT_RUN_ROOT=$TMP/run
export DAVIT_RUN_ROOT
cp "$BOX/app.squashfs" "$APP"
mkdir -p "$TREE/bin"
cp "$BOX/probe" "$TREE/bin"
boxes=''

# Sandboxes that a test has left running.
cleanup() {
	for box in $boxes; do
		kill -KILL "$box" 2>/dev/null || :
	done
	"$DAVIT" run "$APP" true >/dev/null 2>&1 || :
}

# Sets code and said (output and messages).
try() {
	code=0
	"$@" >"$TMP/said" 2>&1 </dev/null || code=$?
	said=$(cat "$TMP/said")
}

# limited COMMAND...: nothing may take longer than this. On a board, each script has a limit instead: busybox's timeout
# leaves a process for a second, which the tests would find.
limited() {
	if [ -n "${SLOW-}" ]; then
		"$@"
	else
		timeout 60 "$@"
	fi
}

# box OPTION... IMAGE COMMAND...
box() {
	limited "$DAVIT" run "$@"
}

# shows NAME EXPECTED OPTION... IMAGE COMMAND...: what the command says, and that it ends well
shows() {
	shows_name=$1 shows_expected=$2
	shift 2
	try box "$@"
	if [ "$code" -ne 0 ]; then
		fail "$shows_name" "exit code $code, $said"
	else
		same "$shows_name" "$shows_expected" "$said"
	fi
}

# ends NAME CODE OPTION... IMAGE COMMAND...
ends() {
	ends_name=$1 ends_code=$2
	shift 2
	try box "$@"
	if [ "$code" -eq "$ends_code" ]; then
		pass "$ends_name"
	else
		fail "$ends_name" "exit code $code, $said"
	fi
}

# refused NAME PATTERN OPTION... IMAGE COMMAND...: exit code 125 and one line that says why
refused() {
	refused_name=$1 refused_pattern=$2
	shift 2
	try box "$@"
	if [ "$code" -ne 125 ]; then
		fail "$refused_name" "exit code $code, $said"
	elif [ "$(echo "$said" | wc -l)" -ne 1 ]; then
		fail "$refused_name" "more than one line: $said"
	else
		contains "$refused_name" "$said" "$refused_pattern"
	fi
}

# start FILE OPTION... IMAGE COMMAND...: a sandbox in the background, its output in FILE; sets box
start() {
	start_file=$1
	shift
	: >"$start_file"
	"$DAVIT" run "$@" >"$start_file" 2>&1 </dev/null &
	box=$!
	boxes="$boxes $box"
}

# Wait for the command to succeed, ten seconds at most.
until_true() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || return 1
		sleep 0.1
	done
}

# has FILE TEXT: until it is there
has() {
	until_true grep -qs "$2" "$1"
}

# Process $1 has ended, even when nobody has asked for its status yet.
is_over() {
	case $(cat "/proc/$1/stat" 2>/dev/null) in
	'' | *') Z '*) return 0 ;;
	esac
	return 1
}

# Wait for the sandbox BOX, ten seconds at most; sets code.
ended() {
	code=0
	until_true is_over "$1" || kill -KILL "$1"
	wait "$1" || code=$?
	boxes=$(echo "$boxes" | sed "s/ $1\$//; s/ $1 / /")
}

# What cannot be taken from the grab's report (standard input) where davit runs from a sealed copy of its file: mode,
# owner and times are those of the copy, for one launch; its seals refuse what is written to a descriptor.
without_harmless() {
	grep -Ev ' by (f?chmod|chown|utimes|setxattr|setxattr of trusted|its flags|opening it to [a-z ]*)$' || :
}

# The process number, here, of the sandbox NAME's first process.
pid_of() {
	sed -n 's/^pid //p' "$DAVIT_RUN_ROOT/$1/pid"
}

# The file of the sandbox NAME's control group with the value of a limit: control MEMORY-OR-OTHER NAME V2-FILE V1-FILE
control() {
	if [ -e "/sys/fs/cgroup/davit.$2/$3" ]; then
		cat "/sys/fs/cgroup/davit.$2/$3"
	else
		cat "/sys/fs/cgroup/$1/davit.$2/$4"
	fi
}

# All that this script's sandboxes have on this machine; nothing is the clean state.
snapshot() {
	grep -e "$PATTERN" -e ' davit ' /proc/self/mountinfo | sed 's/^/mount: /'
	cat /sys/block/loop*/loop/backing_file 2>/dev/null | grep "$PATTERN" | sed 's/^/loop device of /'
	find /sys/fs/cgroup -type d -name "*$TAG*" 2>/dev/null | sed 's/^/cgroup: /'
	find "$DAVIT_RUN_ROOT" -mindepth 1 ! -name .verified 2>/dev/null | sed 's/^/file: /'
	cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\000' '\n' | grep "$PATTERN" |
		sed 's/^/process with /'
	grep -l "$DAVIT_RUN_ROOT" /proc/[0-9]*/mountinfo 2>/dev/null | sed 's/^/mounts in /'
}

# Cgroups that all sandboxes share and that the last one removes; others may be between two of them for a moment.
shared_cgroups() {
	for parent in /sys/fs/cgroup/davit /sys/fs/cgroup/*/davit; do
		if [ -d "$parent" ] && [ -z "$(find "$parent" -mindepth 1 -maxdepth 1 -type d 2>/dev/null)" ]; then
			echo "empty cgroup: $parent"
		fi
	done
}

# Both, when they do not become empty within three seconds.
leftovers() {
	left=
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		left=$(snapshot; shared_cgroups)
		[ -n "$left" ] || return 0
		sleep 0.3
	done
	echo "$left"
}

# clean NAME: nothing is left
clean() {
	same "$1" '' "$(leftovers)"
}
