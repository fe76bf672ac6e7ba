#!/bin/sh
# SPDX-License-Identifier: MIT
# What davit pull of a layer of 200 MiB costs: memory of all its processes, with and without TLS, and processor time
# beside curl | sha256sum of the same bytes.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib/registry.sh
. "$(dirname "$0")/lib/registry.sh"
# shellcheck source=lib/images.sh
. "$(dirname "$0")/lib/images.sh"
price=$(dirname "$0")/lib/price.py

if ! registry_is_here || ! command -v skopeo >/dev/null || ! command -v curl >/dev/null; then
	skip a-large-layer-is-cheap "no docker-registry, htpasswd, openssl, skopeo or curl"
	exit 0
fi
if ! images_can_be_built; then
	skip a-large-layer-is-cheap "this davit builds no images"
	exit 0
fi

cleanup() {
	registry_stop_all
}

export DAVIT_CONFIG="$TMP/config" DAVIT_RUN_ROOT="$TMP/run"
mkdir "$TMP/config"
registry_start plain
plain=$HOST_NAME
image_make "$TMP/large" 'echo large' 209715200
image_put "$TMP/large" "$plain/large:1"
layer=$(image_layer "$TMP/large" 0)
rm -rf "$TMP/large"
registry_start tls tls storage="$REGISTRIES/plain/data"
mkdir -p "$TMP/config/certs.d/$HOST_NAME"
cp "$REGISTRIES/ca.crt" "$TMP/config/certs.d/$HOST_NAME/ca.crt"

# pulled NAME IMAGE: sets peak and cpu
pulled() {
	rm -rf "$TMP/store"
	result=$("$price" "$DAVIT" --root "$TMP/store" pull -q "$2" 2>"$TMP/err") || {
		fail "a-large-layer-is-pulled-$1" "$(cat "$TMP/err")"
		exit 0
	}
	peak=${result% *} cpu=${result#* }
}

# The best of three each: others use the machine too.
best=999999
for _ in 1 2 3; do
	pulled plainly "$plain/large:1"
	[ "$cpu" -ge "$best" ] || best=$cpu
done
same a-large-layer-runs large "$("$DAVIT" --root "$TMP/store" run "$plain/large:1" 2>&1)"
check a-large-layer-takes-at-most-4-MiB [ "$peak" -le 4096 ]
echo "	200 MiB over plain HTTP: $peak KiB of private memory"

curl=999999
for _ in 1 2 3; do
	# shellcheck disable=SC2016 # $1 is the inner shell's
	result=$("$price" sh -c 'curl -s "$1" | sha256sum' sh "http://$plain/v2/large/blobs/sha256:$layer" 2>/dev/null)
	[ "${result#* }" -ge "$curl" ] || curl=${result#* }
done
echo "	200 MiB over plain HTTP: $best ms of processor time, curl | sha256sum: $curl ms"
check a-large-layer-takes-at-most-1.5-times-curl-and-sha256sum [ $((best * 2)) -le $((curl * 3)) ]

pulled by-TLS "$HOST_NAME/large:1"
check a-large-layer-by-TLS-takes-at-most-4-MiB [ "$peak" -le 4096 ]
echo "	200 MiB over TLS: $peak KiB of private memory, $cpu ms of processor time"
