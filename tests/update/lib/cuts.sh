# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What tests of a store begin with that is cut, or where calls fail: the tool, images, stores to begin with.
#
# Sets CUTS (tests/update/cuts.c), MADE (a folder with the images old, new and signed ones), WORK (one in memory,
# which vanishes in the end), WORDS (options of CUTS for all).

# shellcheck source=../../lib.sh
. "$(dirname "$0")/../lib.sh"
update=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$update/../.." && pwd)
machine=$(uname -m | sed 's/^armv7.*/armv7/')
MADE=$top/build/update/$machine
# shellcheck disable=SC2034 # for the tests
CUTS=$MADE/cuts
memory=$TMP
[ ! -w /dev/shm ] || memory=/dev/shm
WORK=$(mktemp -d "$memory/davit-cuts.XXXXXX")
DAVIT_CONFIG=$WORK/etc
export DAVIT_CONFIG
mkdir "$WORK/etc"
chmod 755 "$WORK" "$WORK/etc"

# A server of images: server_start, server_stop.
# shellcheck source=registry.sh
. "$update/lib/registry.sh"
# shellcheck source=images.sh
. "$update/lib/images.sh"

# A server of the test's own.
server=
# Kinds of faults: another one at each call, or all of them.
# shellcheck disable=SC2034 # for the tests
case ${CUTS_LONG-} in
'') turning=turn ;;
*) turning=ENOSPC,EIO,ENOMEM,EINTR,EPERM,KILL,LAST ;;
esac

cleanup() {
	server_stop
	[ -z "$server" ] || kill "$server"
	rm -rf "$WORK"
}

is_made() {
	[ -e "$MADE/made" ] && [ -z "$(find "$update" "$top/tests/fault" "$top/tests/image/layout" \
		\( -name '*.[ch]' -o -name cuts.sh -o -name layout \) -newer "$MADE/made")" ]
}

# squashfs NAME: of the folder NAME.tree
squashfs() {
	mksquashfs "$1.tree" "$1.squashfs" -noappend -comp gzip -all-root -no-xattrs -quiet -no-progress >/dev/null
}

# image NAME VERSION LAYER [TAG]: app:1, or TAG, of the layer base and its own
image() {
	"$top/tests/image/layout" --verity --tag "app:${4-1}" --config '{"Cmd": ["/bin/app"], "Labels": {"io.davit.version": "'"$2"'"}}' \
		"$1" base.squashfs "$3.squashfs" >/dev/null
}

make_images() {
	mkdir -p base.tree/bin one.tree two.tree three.tree
	# shellcheck disable=SC2086 # a list of words
	"$compiler" $flags -Os -static -s -o base.tree/bin/app "$update/app.c"
	head -c 3000 /dev/urandom >one.tree/one
	head -c 70000 /dev/urandom >two.tree/two
	head -c 2000 /dev/urandom >three.tree/three
	for layer in base one two three; do
		squashfs $layer
	done
	image old 1 one
	image new 2 two
	image third 3 three 3
	cp -r old signed-old
	cp -r new signed-new
	"$DAVIT" keygen key >/dev/null
	"$DAVIT" sign --key key.key signed-old >/dev/null
	"$DAVIT" sign --key key.key signed-new >/dev/null
}

make_all() {
	compiler=$("$top/scripts/toolchain" "$machine")/bin/cc
	flags='-D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -std=gnu11 -Wall -Wextra -Werror'
	making=$(mktemp -d "$MADE.XXXXXX")
	(
		cd "$making"
		# shellcheck disable=SC2086 # a list of words
		"$compiler" $flags -O2 -static -s -o cuts "$update/cuts.c" "$update/crash.c" "$update/disk.c" "$update/faults.c" \
			"$update/judge.c" "$update/judge_store.c" "$update/record.c" "$update/record_calls.c" "$top/tests/fault/kinds.c" "$top/tests/fault/trace.c"
		make_images
		: >made
	)
	rm -rf "$MADE"
	mv -T "$making" "$MADE"
}

# store NAME IMAGE...: a folder WORK/NAME for CUTS, whose store has the images
store() {
	store=$WORK/$1
	mkdir -p "$store/top"
	shift
	for image; do
		DAVIT_ROOT=$store/top/store "$DAVIT" load --quiet --input "$MADE/$image"
	done
}

# live NAME OPTION...: a store like that, with app:1 to app:3, whose app live has app:2 now and app:1 before it
live() {
	store "$1" old third
	shift
	"$DAVIT" --root "$store/top/store" load --quiet --input "$MADE/new" --tag app:2
	# What it has written before.
	"$DAVIT" --root "$store/top/store" --run-root "$WORK/run" run --name live app:1 /bin/app write a b
	rm -rf "$WORK/run"
	"$DAVIT" --root "$store/top/store" --run-root "$WORK/run" run --detach --name live "$@" app:1 /bin/app serve >/dev/null
	"$DAVIT" --root "$store/top/store" --run-root "$WORK/run" update --quiet --no-pull --healthy-after 0 live app:2
	"$DAVIT" --root "$store/top/store" --run-root "$WORK/run" stop live >/dev/null
	rm -rf "$WORK/run"
}

# Scripts run side by side.
mkdir -p "$(dirname "$MADE")"
exec 9>"$MADE.lock"
flock 9
if ! is_made; then
	make_all
fi
exec 9>&-
