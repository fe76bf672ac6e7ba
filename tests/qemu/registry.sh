#!/bin/sh
# SPDX-License-Identifier: MIT
# The whole way of an image: built, signed and pushed here, to a registry with TLS and passwords; pulled and started by a
# board with a disk; changed, pushed and updated there. Only what changed crosses the network, counted by the server.
# shellcheck disable=SC2016 # what the board's shell expands
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
DAVIT=${DAVIT-$top/build/native/davit}
# shellcheck source=../lib.sh
. "$top/tests/lib.sh"
TOKEN_SERVER=$top/tests/update/token_server.py
# shellcheck source=../update/lib/registry.sh
. "$top/tests/update/lib/registry.sh"

cleanup() {
	registry_stop_all
}

cd "$TMP"
REGISTRY_AUTH_FILE=$TMP/auth.json
export REGISTRY_AUTH_FILE
"$DAVIT" keygen release >/dev/null

# What this machine, and what the board believe.
registry_start hub tls basic
port=${HOST_NAME#*:}
mkdir -p config here/certs.d/"$HOST_NAME" root
cp "$REGISTRIES/ca.crt" here/certs.d/"$HOST_NAME"
mkdir -p config/keys config/certs.d/10.0.2.2:"$port" config/apps
cp release.pub config/keys
cp "$REGISTRIES/ca.crt" config/certs.d/10.0.2.2:"$port"
echo 'verify = signed' >config/davit.conf
echo "image = 10.0.2.2:$port/app" >config/apps/app.conf
chmod -R go-w config here

# release VERSION PLATFORM: build, sign, push
release() {
	echo "echo version $1" >context/srv/begin
	"$DAVIT" --root root build -q --platform "$2" --label "io.davit.version=$1" -t "$HOST_NAME/app" context &&
		"$DAVIT" --root root sign --key release.key "$HOST_NAME/app" &&
		"$DAVIT" --config here --root root push "$HOST_NAME/app"
}

make_context() {
	mkdir -p context/srv
	cp "$("$top/scripts/busybox" "$1")" context/busybox
	cat >context/srv/app <<-'END'
		. /srv/begin
		trap 'exit 0' TERM
		while :; do busybox sleep 1; done
	END
	cat >context/Dockerfile <<-'END'
		FROM scratch
		COPY busybox /bin/busybox
		COPY busybox /bin/sh
		COPY srv/app /srv/app
		COPY srv/begin /srv/begin
		HEALTHCHECK --interval=1s --retries=3 CMD ["/bin/busybox", "test", "-e", "/srv/begin"]
		CMD ["/bin/busybox", "sh", "/srv/app"]
	END
}

# boot COMMAND: what it prints on the board, with the store on its disk
boot() {
	"$top/board/$board/run" -q -m "$memory" -t 240 -n -d "$TMP/$board.disk" -f "$TMP/config:/etc/davit" \
		-f "$TMP/board-auth.json:/etc/davit/auth.json" -- "
		mkdir -p /var/lib/davit
		mount -t ext4 /dev/vda /var/lib/davit
		$1
		umount /var/lib/davit || echo 'the store is busy'" 2>&1 || :
}

# Bytes of blobs that the server sent so far.
sent() {
	registry_sent hub
}

# try_board BOARD TARGET PLATFORM MIB
try_board() {
	board=$1 memory=$4
	make -s -C "$top" BOARD="$board" >&2
	"$top/scripts/kernel" "$board" >/dev/null
	rm -rf context root
	make_context "$2"
	truncate -s 64M "$board.disk"
	PATH=$PATH:/sbin:/usr/sbin mkfs.ext4 -q "$board.disk"

	check "$board:a-first-release-is-built-signed-and-pushed" release "1.$turn" "$3"
	before=$(sent)
	said=$(boot "davit pull 10.0.2.2:$port/app; davit start app; sleep 2; davit logs app; davit stop app >/dev/null; davit wait app")
	first=$(($(sent) - before))
	contains "$board:the-board-pulls-what-is-signed" "$said" 'Status: Downloaded newer image'
	contains "$board:the-app-runs-on-the-board" "$said" "version 1.$turn"

	check "$board:a-release-with-one-file-changed-is-pushed" release "2.$turn" "$3"
	before=$(sent)
	said=$(boot "davit start app; sleep 1; davit logs app; davit update app; davit logs app; davit versions app; davit rollback app
		davit logs app; davit stop app >/dev/null; davit wait app")
	second=$(($(sent) - before))
	contains "$board:after-a-boot-the-old-version-starts" "$said" "version 1.$turn*version 2.$turn"
	contains "$board:a-rollback-brings-the-old-one-back" "$said" "version 2.$turn*version 1.$turn"
	if [ "$first" -gt 500000 ] && [ "$second" -gt 1000 ] && [ "$second" -lt 20000 ]; then
		pass "$board:only-the-changed-layer-crosses-the-network"
	else
		fail "$board:only-the-changed-layer-crosses-the-network" "first $first bytes, then $second: $said"
	fi
	turn=$((turn + 1))
}

printf 'wonder' | "$DAVIT" --config here login -u alice --password-stdin "$HOST_NAME" >/dev/null
sed "s/$HOST_NAME/10.0.2.2:$port/" auth.json >board-auth.json
chmod 600 board-auth.json
turn=1
try_board qemu-armv7 armv7 linux/arm/v7 24
try_board qemu-aarch64 aarch64 linux/arm64 128
