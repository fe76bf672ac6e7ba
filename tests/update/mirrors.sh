#!/bin/sh
# SPDX-License-Identifier: MIT
# Mirrors: asked first, passed over when they fail, never told what is for the registry itself.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib/registry.sh
. "$(dirname "$0")/lib/registry.sh"

cleanup() {
	registry_stop_all
}

if ! registry_is_here; then
	skip mirrors-are-asked-first "no docker-registry (scripts/deps test)"
	exit 0
fi

HOME=$TMP/home
DAVIT_CONFIG=$TMP/etc
DAVIT_ROOT=$TMP/root
export HOME DAVIT_CONFIG DAVIT_ROOT
unset DOCKER_CONFIG REGISTRY_AUTH_FILE XDG_RUNTIME_DIR HTTP_PROXY HTTPS_PROXY http_proxy https_proxy
mkdir "$HOME" "$DAVIT_CONFIG"

# configure LINE...: davit.conf
configure() {
	printf '%s\n' "$@" >"$DAVIT_CONFIG/davit.conf"
}

# pull NAME: anew, what it says on either stream, and its exit code
pull() {
	rm -rf "$DAVIT_ROOT"
	code=0
	"$DAVIT" pull -q "$1" 2>&1 || code=$?
	echo "($code)"
}

# asked NAME PATTERN: how many requests the registry has seen that have it; and forget them
asked() {
	grep -v ' msg=' "$REGISTRIES/$1/log" | grep -cE "$2" || :
	: >"$REGISTRIES/$1/log"
}

mkdir -p "$TMP/tree" "$TMP/image/blobs/sha256"
head -c 100000 /dev/urandom >"$TMP/tree/data"
mksquashfs "$TMP/tree" "$TMP/layer" -quiet -no-progress -all-root >/dev/null
tar -C "$TMP/tree" -cf "$TMP/layer.tar" .
packed=$(python3 - "$TMP/image" "$TMP/layer" "$TMP/layer.tar" <<-'END'
	import gzip, hashlib, json, os, shutil, sys
	here = sys.argv[1]
	def blob(data, kind):
	    name = hashlib.sha256(data).hexdigest()
	    open(here + "/blobs/sha256/" + name, "wb").write(data)
	    return {"mediaType": kind, "digest": "sha256:" + name, "size": len(data)}
	oci = "application/vnd.oci.image."
	machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, "arm")
	def image(layer, diff_id, name):
	    config = {"os": "linux", "architecture": machine, "rootfs": {"type": "layers", "diff_ids": [diff_id]}}
	    manifest = {"schemaVersion": 2, "mediaType": oci + "manifest.v1+json", "layers": [layer],
	                "config": blob(json.dumps(config).encode(), oci + "config.v1+json")}
	    top = blob(json.dumps(manifest).encode(), oci + "manifest.v1+json")
	    top["annotations"] = {"org.opencontainers.image.ref.name": name}
	    return top
	layer = blob(open(sys.argv[2], "rb").read(), "application/vnd.stacker.image.layer.squashfs+gzip")
	tar = open(sys.argv[3], "rb").read()
	packed = blob(gzip.compress(tar, mtime=0), oci + "layer.v1.tar+gzip")
	json.dump({"schemaVersion": 2, "manifests": [image(layer, layer["digest"], "web:1")]}, open(here + "/index.json", "w"))
	top = image(packed, "sha256:" + hashlib.sha256(tar).hexdigest(), "tar:1")
	shutil.copytree(here, here + ".tar")
	json.dump({"schemaVersion": 2, "manifests": [top]}, open(here + ".tar/index.json", "w"))
	open(here + ".tar/oci-layout", "w").write('{"imageLayoutVersion": "1.0.0"}')
	print(packed["digest"][7:])
	open(here + "/oci-layout", "w").write('{"imageLayoutVersion": "1.0.0"}')
END
)
layer=$(sha256sum "$TMP/layer" | cut -c 1-64)

registry_start mirror
mirror=$HOST_NAME
registry_start origin
origin=$HOST_NAME
"$DAVIT" push -q "$TMP/image" "$origin/web:1" >/dev/null
"$DAVIT" push -q "$TMP/image" "$mirror/hub/web:1" >/dev/null
: >"$REGISTRIES/mirror/log"
: >"$REGISTRIES/origin/log"

configure "mirrors = $origin http://$mirror/hub"
same what-a-mirror-has-is-pulled "$origin/web:1
(0)" "$(pull "$origin/web:1")"
same its-blobs-come-from-the-mirror 1 "$(asked mirror "GET /v2/hub/web/blobs/sha256:$layer")"
same and-none-from-the-registry 0 "$(asked origin blobs)"

"$DAVIT" push -q "$TMP/image" "$origin/db:1" >/dev/null
: >"$REGISTRIES/origin/log"
same what-a-mirror-lacks-comes-from-the-registry-without-a-word "$origin/db:1
(0)" "$(pull "$origin/db:1")"
same by-way-of-the-mirror 1 "$(asked mirror 'GET /v2/hub/db/manifests/1')"
"$DAVIT" push -q "$TMP/image" "$origin/db:2" >/dev/null
same nothing-is-pushed-to-a-mirror 0 "$(asked mirror 'PUT|POST|PATCH')"

configure "mirrors = $origin http://localhost:1, $origin http://$mirror/hub"
pulled=$(pull "$origin/web:1")
contains a-mirror-that-is-down-is-passed-over "$pulled" "warning: mirror http://localhost:1 of $origin: *: passed over"
contains then-the-next-is-asked "$pulled" "(0)"
same once 1 "$(echo "$pulled" | grep -c warning)"
same which-has-it 1 "$(asked mirror "GET /v2/hub/web/blobs/sha256:$layer")"

# Bytes of the right length that are not the layer's.
stored=$REGISTRIES/mirror/data/docker/registry/v2/blobs/sha256/$(echo "$layer" | cut -c 1-2)/$layer/data
printf 'wrong' | dd of="$stored" bs=1 seek=5000 conv=notrunc 2>/dev/null
configure "mirrors = $origin http://$mirror/hub"
pulled=$(pull "$origin/web:1")
contains a-mirror-that-sends-wrong-bytes-is-passed-over "$pulled" "warning: mirror http://$mirror of $origin: *: passed over"
contains and-the-registry-has-the-right-ones "$pulled" "(0)"
check which-are-what-is-kept cmp "$TMP/layer" "$DAVIT_ROOT/blobs/sha256/$layer"

# The same of a layer of tar: bytes that are wrong in the middle, and an end that comes too soon for the tar in them.
"$DAVIT" push -q "$TMP/image.tar" "$origin/tar:1" >/dev/null
"$DAVIT" push -q "$TMP/image.tar" "$mirror/hub/tar:1" >/dev/null
if ! "$DAVIT" pull -q "$origin/tar:1" 2>&1 | grep -q CONFIG_CONVERT; then
	stored=$REGISTRIES/mirror/data/docker/registry/v2/blobs/sha256/$(echo "$packed" | cut -c 1-2)/$packed/data
	printf 'wrong' | dd of="$stored" bs=1 seek=5000 conv=notrunc 2>/dev/null
	pulled=$(pull "$origin/tar:1")
	contains a-mirror-that-sends-wrong-tar-is-passed-over "$pulled" "warning: mirror http://$mirror of $origin: *: passed over"
	contains and-the-right-one-is-converted "$pulled" "(0)"
	gzip -dc <"$TMP/image/blobs/sha256/$packed" >"$TMP/other.tar"
	gzip -n1 <"$TMP/other.tar" | head -c "$(stat -c %s "$stored")" >"$TMP/other"
	cp "$TMP/other" "$stored"
	pulled=$(pull "$origin/tar:1")
	contains and-so-is-one-that-ends-too-soon "$pulled" "(0)"
fi

# A mirror that wants to know who asks learns nothing that is for another.
registry_start closed basic
configure "mirrors = $origin http://$HOST_NAME"
mkdir "$HOME/.docker"
printf '{"auths": {"%s": {"auth": "YWxpY2U6d29uZGVy"}}}' "$origin" >"$HOME/.docker/config.json"
pulled=$(pull "$origin/web:1")
contains credentials-are-for-one-host "$pulled" "warning: mirror http://$HOST_NAME of $origin answers 401: passed over"
contains and-the-registry-is-asked "$pulled" "(0)"
printf '{"auths": {"%s": {"auth": "YWxpY2U6d29uZGVy"}}}' "$HOST_NAME" >"$HOME/.docker/config.json"
lacks a-mirror-has-credentials-of-its-own "$(pull "$origin/web:1")" "warning"

asked mirror GET >/dev/null
configure "mirrors = $origin http://$mirror/hub" 'offline = yes'
contains offline-no-mirror-is-asked-either "$(pull "$origin/web:1")" "(1)"
same not-one 0 "$(asked mirror GET)"
