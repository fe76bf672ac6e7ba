#!/bin/sh
# SPDX-License-Identifier: MIT
# The sample images, from Dockerfile to emulated board: built for it, signed, in one zip, launched where only what is
# signed is launched; with 24 MiB of memory, or 64 where a program of Debian wants more.
# shellcheck disable=SC2016 # what the board's shell expands
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
DAVIT=${DAVIT-$top/build/native/davit}
# shellcheck source=../lib.sh
. "$top/tests/lib.sh"
cd "$TMP"

make -s -C "$top" BOARD=qemu-armv7 >&2
"$top/scripts/kernel" qemu-armv7 >/dev/null
mkdir -p config/keys root
"$DAVIT" keygen release >/dev/null
cp release.pub config/keys
echo 'verify = signed' >config/davit.conf
chmod -R go-w config

# make_image SAMPLE: SAMPLE.zip
make_image() {
	"$top/scripts/sample-context" "$1" armv7 "context/$1" &&
		"$DAVIT" --root root build -q --platform linux/arm/v7 -t "$1:1" -o "$1.zip" "context/$1" &&
		"$DAVIT" sign --key release.key "$1.zip" &&
		"$DAVIT" verify --key release.pub "$1.zip"
}
for sample in hello shell web mqtt python; do
	check "$sample-is-built-signed-and-verified" make_image $sample
done
size=$(stat -c %s hello.zip 2>/dev/null || echo none)
check hello-takes-less-than-100-KiB [ "$size" -lt 102400 ]

# board MIB FILE... COMMAND: what it prints there
board() {
	board_memory=$1
	shift
	set -- "$@" end
	board_files=''
	while [ "$2" != end ]; do
		board_files="$board_files -f $TMP/$1:/$1"
		shift
	done
	# shellcheck disable=SC2086 # words
	"$top/board/qemu-armv7/run" -q -m "$board_memory" -t 120 -f "$TMP/config:/etc/davit" $board_files -- "$1" 2>&1 || :
}

said=$(board 24 hello.zip shell.zip '
	davit run /hello.zip
	davit run /hello.zip board
	davit run -m 8m -u app /shell.zip show
	echo "echo in the shell, \$(id -u)" | davit run -i -u app /shell.zip
	echo "all was asked for"')
contains hello-greets-with-24-MiB "$said" 'Hello, world.'
contains hello-takes-its-argument "$said" 'Hello, board.'
contains shell-shows-its-sandbox-with-24-MiB "$said" 'can never grow'
contains shell-is-a-shell "$said" 'in the shell, 1000'
contains the-24-MiB-board-comes-to-its-end "$said" 'all was asked for'

said=$(board 64 web.zip python.zip '
	davit run -d --name web /web.zip
	for i in 1 2 3 4 5 6 7 8 9 10; do
		davit exec web busybox wget -q -O - http://127.0.0.1:8080/ && break
		sleep 1
	done
	davit exec web busybox wget -q -O /dev/null http://127.0.0.1:8080/missing || echo "missing is missing"
	davit exec web /bin/busybox wget -q -O /dev/null http://127.0.0.1:8080/ && echo "web is healthy"
	davit stop web >/dev/null; davit wait web 2>/dev/null
	printf "2026-01-01T10:00:00,1\n2026-01-01T10:30:00,2.5\n2026-01-01T11:00:00,7\n" | davit run -i /python.zip
	echo x | davit run -i /python.zip || echo "python ended with $?"')
contains the-web-server-serves-with-64-MiB "$said" 'This page comes from a sandbox'
contains the-web-server-knows-what-it-has-not "$said" 'missing is missing'
contains the-web-server-s-health-check-passes "$said" 'web is healthy'
contains python-reports-with-64-MiB "$said" '2026-01-01 10h    2     1.00     1.75     2.50'
contains python-says-what-it-expected "$said" "not 'x'"
contains the-exit-code-of-python-comes-out "$said" 'python ended with 1'

said=$(board 64 mqtt.zip '
	davit run -d --name mqtt /mqtt.zip
	sleep 2
	davit exec mqtt mosquitto_sub -h 127.0.0.1 -t test -C 1 -W 20 &
	sleep 1
	davit exec mqtt mosquitto_pub -h 127.0.0.1 -t test -m "from one client to another" -r
	wait $!
	davit exec mqtt mosquitto_sub -h 127.0.0.1 -t "\$SYS/broker/version" -C 1 -W 10
	davit stop mqtt >/dev/null; davit logs mqtt')
contains the-message-broker-passes-a-message-on "$said" 'from one client to another'
contains the-message-broker-answers-its-health-check "$said" 'mosquitto version'

# A byte of what the layer holds, behind the signature's back: the first program that wants it is told.
cp shell.zip changed.zip
printf X | dd of=changed.zip bs=1 seek=200000 conv=notrunc 2>/dev/null
said=$(board 24 changed.zip shell.zip '
	davit run /shell.zip true; echo "whole: exit code $?"
	davit run /changed.zip true; echo "changed: exit code $?"')
contains the-zip-as-it-was-signed-runs "$said" 'whole: exit code 0'
contains a-changed-zip-is-noticed "$said" 'changed: exit code [1-9]'
