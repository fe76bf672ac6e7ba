# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What every test of updates begins with: a device of its own below TMP, and apps whose versions are built as they are needed.
#
# IMAGE is a squashfs with a busybox in it. All that the tests make carries TAG in its name.
# shellcheck disable=SC2016 # what the shell inside expands

# shellcheck disable=SC2034 # for the tests
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../lib.sh
. "$(dirname "$0")/../lib.sh"
: "${IMAGE:?is a squashfs with a busybox in it}"
if [ "$(id -u)" -ne 0 ]; then
	skip apps-are-updated "not root"
	exit 0
fi
cd "$TMP" || exit 1
mkdir -p etc/apps context
chmod 755 etc etc/apps
export DAVIT_ROOT="$TMP/root" DAVIT_RUN_ROOT="$TMP/run" DAVIT_CONFIG="$TMP/etc"
unset SOURCE_DATE_EPOCH
unsquashfs -q -n -d tree "$IMAGE" bin/busybox >/dev/null
cp tree/bin/busybox context/busybox
# shellcheck disable=SC2034 # for the tests
TAG=upd$$

# Whatever still runs.
cleanup() {
	for box in $("$DAVIT" ps -q 2>/dev/null); do
		"$DAVIT" kill "$box" >/dev/null 2>&1 || :
	done
	"$DAVIT" ps -a >/dev/null 2>&1 || :
}

# version TAG [DOCKERFILE-LINE...]: builds app:TAG; its program writes its tag to its log and into /state, and lives on
version() {
	version_tag=$1
	shift
	{
		echo 'FROM scratch'
		echo 'COPY busybox /bin/busybox'
		echo 'RUN ["/bin/busybox", "--install", "-s", "/bin"]'
		echo "RUN echo $version_tag >/version"
		echo 'CMD ["/bin/sh", "-c", "echo app $(cat /version); cat /version >>/state; exec sleep 1000"]'
		echo 'STOPSIGNAL SIGKILL'
		for line; do
			echo "$line"
		done
	} >context/Dockerfile
	"$DAVIT" build -q -t "app:$version_tag" context >/dev/null
}

# runs NAME: the version of the app that runs, and how many of them
runs() {
	"$DAVIT" exec "$1" cat /version 2>&1 || :
}

# writes NAME TIMES: wait until all versions of the app together have written so often
writes() {
	writes_tries=0
	while [ "$("$DAVIT" exec "$1" cat /state 2>/dev/null | wc -l)" -lt "$2" ] && [ $writes_tries -lt 100 ]; do
		sleep 0.1
		writes_tries=$((writes_tries + 1))
	done
}

# kept APP KIND: the reference that the versions file has for current, previous, trial or failed
kept() {
	case $2 in
	failed) sed -n 's/^failed [^ ]* [^ ]* \([^ ]*\) .*/\1/p' "root/versions/$1" | tr '\n' ' ' ;;
	*) sed -n "s/^$2 [^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\).*/\1/p" "root/versions/$1" ;;
	esac
}

# try COMMAND...: sets code and said
try() {
	code=0
	"$@" >said 2>&1 </dev/null || code=$?
	said=$(cat said)
}

# ends NAME CODE COMMAND...
ends() {
	ends_name=$1 ends_code=$2
	shift 2
	try "$@"
	if [ "$code" -eq "$ends_code" ]; then
		pass "$ends_name"
	else
		fail "$ends_name" "exit code $code, $said"
	fi
}

# reboot: all processes and what is in RAM go, as when the power is cut
reboot() {
	# While a davit that was killed has not ended yet, its app is not to be killed.
	reboot_tries=0
	while reboot_boxes=$("$DAVIT" ps -q) && [ -n "$reboot_boxes" ] && [ $reboot_tries -lt 50 ]; do
		for box in $reboot_boxes; do
			"$DAVIT" kill "$box" >/dev/null 2>&1 || :
		done
		sleep 0.1
		reboot_tries=$((reboot_tries + 1))
	done
	sleep 0.3
	rm -rf run
}
