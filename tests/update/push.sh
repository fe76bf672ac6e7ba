#!/bin/sh
# SPDX-License-Identifier: MIT
# davit push: what arrives, what is not sent again, what is mounted, what goes on after a cut, and in what order.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib/registry.sh
. "$(dirname "$0")/lib/registry.sh"

cut_pid=
cleanup() {
	[ -z "$cut_pid" ] || kill "$cut_pid" 2>/dev/null || :
	registry_stop_all
}

if ! registry_is_here; then
	skip images-are-pushed "no docker-registry (scripts/deps test)"
	exit 0
fi

HOME=$TMP/home
DAVIT_CONFIG=$TMP/etc
DAVIT_ROOT=$TMP/root
export HOME DAVIT_CONFIG DAVIT_ROOT
unset DOCKER_CONFIG REGISTRY_AUTH_FILE XDG_RUNTIME_DIR HTTP_PROXY HTTPS_PROXY http_proxy https_proxy
mkdir "$HOME" "$DAVIT_CONFIG"

# make_layout DIRECTORY SEED SIZE...: an image layout, with an image of layers of these sizes called web:1; with two
# machines in an index where SEED is "two"
make_layout() {
	python3 - "$@" <<-'END'
		import hashlib, json, os, random, subprocess, sys
		here, seed, sizes = sys.argv[1], sys.argv[2], [int(word) for word in sys.argv[3:]]
		os.makedirs(here + "/blobs/sha256", exist_ok=True)
		def blob(data, kind):
		    name = hashlib.sha256(data).hexdigest()
		    open(here + "/blobs/sha256/" + name, "wb").write(data)
		    return {"mediaType": kind, "digest": "sha256:" + name, "size": len(data)}
		oci = "application/vnd.oci.image."
		def image(machine):
		    layers = []
		    for number, size in enumerate(sizes):
		        tree = here + ".tree"
		        os.makedirs(tree, exist_ok=True)
		        open(tree + "/data", "wb").write(random.Random("%s%s%d" % (seed, machine, number)).randbytes(size))
		        subprocess.run(["mksquashfs", tree, here + ".squashfs", "-quiet", "-noappend", "-no-progress", "-all-root",
		                        "-mkfs-time", "0", "-all-time", "0"], check=True, stdout=subprocess.DEVNULL)
		        layers.append(blob(open(here + ".squashfs", "rb").read(), "application/vnd.stacker.image.layer.squashfs+gzip"))
		    config = {"os": "linux", "architecture": machine, "config": {"Cmd": ["/data"]},
		              "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]}}
		    manifest = {"schemaVersion": 2, "mediaType": oci + "manifest.v1+json",
		                "config": blob(json.dumps(config).encode(), oci + "config.v1+json"), "layers": layers}
		    out = blob(json.dumps(manifest).encode(), oci + "manifest.v1+json")
		    out["platform"] = {"os": "linux", "architecture": machine}
		    return out
		if seed == "two":
		    both = {"schemaVersion": 2, "mediaType": oci + "index.v1+json", "manifests": [image("amd64"), image("arm64")]}
		    top = blob(json.dumps(both).encode(), oci + "index.v1+json")
		else:
		    top = image({"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, "arm"))
		top["annotations"] = {"org.opencontainers.image.ref.name": "1", "io.containerd.image.name": "web:1"}
		json.dump({"schemaVersion": 2, "manifests": [top]}, open(here + "/index.json", "w"))
		open(here + "/oci-layout", "w").write('{"imageLayoutVersion": "1.0.0"}')
	END
}

# said COMMAND...: what it says on either stream, and its exit code
said() {
	code=0
	"$@" 2>&1 || code=$?
	echo "($code)"
}

# requests NAME PATTERN: how many lines of the access log have it
requests() {
	registry_log "$1" | grep -v ' msg=' | grep -cE "$2" || :
}

# is_whole IMAGE: skopeo finds it there, every blob as this machine has it
is_whole() {
	rm -rf "$TMP/copy"
	skopeo copy -q --all --src-tls-verify=false ${2:+--src-creds "$2"} "docker://$1" "dir:$TMP/copy"
	for blob in "$TMP/copy"/*; do
		case $(basename "$blob") in
		version) ;;
		*manifest.json) test -e "$DAVIT_ROOT/blobs/sha256/$(sha256sum "$blob" | cut -c 1-64)" ;;
		*) cmp "$blob" "$DAVIT_ROOT/blobs/sha256/$(basename "$blob")" ;;
		esac
	done
}

make_layout "$TMP/web" one 100 300000 40000000
make_layout "$TMP/two" two 1000
"$DAVIT" load -q -i "$TMP/web" -t web:1
"$DAVIT" load -q -i "$TMP/two" -t two:1
digest=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["manifests"][0]["digest"])' "$TMP/web/index.json")
size=$(stat -c %s "$TMP/web/blobs/sha256/${digest#*:}")

# --- open to all ---------------------------------------------------------------------------------------------

registry_start open
open=$HOST_NAME
pushed=$(said "$DAVIT" push web:1 "$open/web:1")
contains push-says-where-to "$pushed" "The push refers to repository \[$open/web\]"
same push-says-what-the-registry-has-now "1: digest: $digest size: $size (0)" "$(echo "$pushed" | tail -n 2 | tr '\n' ' ' | sed 's/ $//')"
same each-layer-is-pushed 3 "$(echo "$pushed" | grep -c ': Pushed$')"
check skopeo-pulls-what-davit-pushed is_whole "$open/web:1"
same what-is-large-goes-in-pieces 3 "$(requests open '"PATCH /v2/web/')"
pushed=$(said "$DAVIT" push web:1 "$open/web:2")
same layers-that-are-there-are-not-sent-again 3 "$(echo "$pushed" | grep -c ': Layer already exists$')"
same and-no-other-blob-either 4 "$(requests open '"PUT /v2/web/blobs/')"
"$DAVIT" tag web:1 "$open/web:1"
pushed=$(said "$DAVIT" push web:1 "$open/team/web:1")
same layers-of-another-repository-are-mounted 3 "$(echo "$pushed" | grep -c ': Mounted from web$')"
same nothing-is-sent-then 0 "$(requests open '"(PUT|PATCH) /v2/team/web/blobs/')"
check what-was-mounted-is-whole is_whole "$open/team/web:1"
same quietly-only-the-name-is-said "$open/web:1" "$("$DAVIT" push -q "$open/web:1")"
same without-a-tag-the-image-s-own-is-taken "$open/bare:1" "$("$DAVIT" push -q web:1 "$open/bare")"
same but-not-where-one-is-said "$open/bare:latest" "$("$DAVIT" push -q web:1 "$open/bare:latest")"
"$DAVIT" tag web:1 "$open/web:3"
same all-tags-of-a-name-are-pushed "$open/web:1 $open/web:3" "$("$DAVIT" push -q -a "$open/web" | tr '\n' ' ' | sed 's/ $//')"
same all-tags-are-of-a-name-alone "davit: davit push: web:1: with --all-tags, expected a NAME alone
2" "$("$DAVIT" push -a web:1 2>&1 || echo $?)"
same json-has-the-digest-for-programs "5 $digest" "$("$DAVIT" push --json web:1 "$open/web:5" | python3 -c '
import json, sys
aux = [json.loads(line) for line in sys.stdin][-1]["aux"]
print(aux["Tag"], aux["Digest"])')"
same json-and-quiet-exclude-each-other "davit: davit push: --quiet and --json exclude each other" "$("$DAVIT" push --json -q web:1 2>&1 || :)"
check json-is-json python3 -c 'import json, sys; [json.loads(line) for line in sys.stdin]' <<-END
	$("$DAVIT" push --json web:1 "$open/web:4")
END
"$DAVIT" save -o "$TMP/web.zip" web:1
same a-zip-is-pushed-as-well "$open/zip:1" "$("$DAVIT" push -q "$TMP/web.zip" "$open/zip:1")"
contains a-zip-needs-to-be-called-something "$(said "$DAVIT" push "$TMP/web.zip")" "(1)"
contains what-is-not-here-is-not-pushed "$(said "$DAVIT" push nothing:1 "$open/nothing:1")" "nothing:1: neither a file nor an image"

# --- several machines ----------------------------------------------------------------------------------------

check an-index-is-pushed "$DAVIT" push -q two:1 "$open/two:1"
check with-all-its-manifests is_whole "$open/two:1"
other=$(python3 -c '
import json, os, sys
top = json.load(open(sys.argv[1] + "/index.json"))["manifests"][0]["digest"]
print(json.load(open(sys.argv[1] + "/blobs/sha256/" + top[7:]))["manifests"][1]["digest"][7:])' "$TMP/two")
mv "$DAVIT_ROOT/blobs/sha256/$other" "$TMP/other"
contains half-an-index-is-refused "$(said "$DAVIT" push two:1 "$open/half:1")" "the one for linux/arm64, sha256:$other, is neither here nor in $open/half"
check but-not-where-the-rest-is-there "$DAVIT" push -q two:1 "$open/two:2"
mv "$TMP/other" "$DAVIT_ROOT/blobs/sha256/$other"

# --- signatures ----------------------------------------------------------------------------------------------

(cd "$TMP" && "$DAVIT" keygen signer >/dev/null 2>&1)
if [ -e "$TMP/signer.key" ]; then
	"$DAVIT" sign --key "$TMP/signer.key" web:1 >/dev/null
	"$DAVIT" push -q web:1 "$open/signed:1" >/dev/null
	same a-signature-goes-with-its-image "1 sha256-${digest#*:}.sig" "$("$DAVIT" tags -a "$open/signed" | tr '\n' ' ' | sed 's/ $//')"
	same tags-are-listed-without-it 1 "$("$DAVIT" tags "$open/signed")"
	lacks once-more-nothing-is-lost "$("$DAVIT" push -q web:1 "$open/signed:1" 2>&1)" warning
	(cd "$TMP" && "$DAVIT" keygen second >/dev/null 2>&1)
	"$DAVIT" save -o "$TMP/first.zip" web:1
	"$DAVIT" sign --key "$TMP/second.key" web:1 >/dev/null
	lacks nor-by-one-signature-more "$("$DAVIT" push -q web:1 "$open/signed:1" 2>&1)" warning
	contains a-signature-that-would-be-lost-is-told "$("$DAVIT" push -q "$TMP/first.zip" "$open/signed:1" 2>&1)" "has a signature that is not here"
	same and-before-it "sha256-${digest#*:}.sig 1" "$(registry_log open | grep -v ' msg=' | sed -n 's|.*"PUT /v2/signed/manifests/\([^ ]*\) .*|\1|p' | head -n 2 | tr '\n' ' ' | sed 's/ $//')"
fi

# --- broken connections --------------------------------------------------------------------------------------

cut=$(registry_port)
python3 "$(dirname "$0")/cut.py" "$cut" "${open#*:}" 6000000 2 >"$TMP/cut.log" &
cut_pid=$!
registry_wait "$cut" $cut_pid
pushed=$(said "$DAVIT" push web:1 "localhost:$cut/cut:1")
contains a-cut-upload-is-begun-anew-where-the-registry-forgets-it "$pushed" "goes on from byte 0"
contains and-ends-well "$pushed" "(0)"
same after-two-cuts 2 "$(grep -c cut "$TMP/cut.log")"
check whole is_whole "$open/cut:1"
kill $cut_pid

small=$(registry_port)
python3 "$(dirname "$0")/small_registry.py" "$small" 6000000 3 "$TMP/small.log" &
cut_pid=$!
registry_wait "$small" $cut_pid
pushed=$(said "$DAVIT" push web:1 "localhost:$small/web:1")
contains a-cut-upload-goes-on-from-where-the-registry-has-it "$pushed" "goes on from byte 18000000"
contains and-ends-well-there-too "$pushed" "(0)"
same no-byte-is-sent-twice "$(stat -c %s "$TMP/web/blobs/sha256"/* | sort -n | tail -n 1)" "$(awk '$1 == "PATCH" { sum += $3 } END { print sum }' "$TMP/small.log")"
kill $cut_pid
cut_pid=

# --- who may -------------------------------------------------------------------------------------------------

registry_start basic basic relative=true
basic=$HOST_NAME
contains nobody-in-particular-may-not-push "$(said "$DAVIT" push web:1 "$basic/web:1")" "a login is needed (401; davit login $basic)"
printf wonder | "$DAVIT" login -u alice --password-stdin "$basic" >/dev/null
contains whoever-logged-in-may "$(said "$DAVIT" push web:1 "$basic/web:1")" "(0)"
check relative-locations-are-followed is_whole "$basic/web:1" alice:wonder

registry_start token token tls
token=$HOST_NAME tokens=$REGISTRIES/token/tokens.log
contains an-authority-that-nobody-trusts-is-refused "$(said "$DAVIT" push web:1 "$token/web:1")" "(put the certificate of its authority into $DAVIT_CONFIG/certs.d/$token/ca.crt)*(1)"
mkdir -p "$DAVIT_CONFIG/certs.d/$token"
cp "$REGISTRIES/ca.crt" "$DAVIT_CONFIG/certs.d/$token/ca.crt"
printf 'ca = %s\n' "$REGISTRIES/ca.crt" >"$DAVIT_CONFIG/davit.conf"
contains a-token-for-nobody-does-not-push "$(said "$DAVIT" push web:1 "$token/public/web:1")" "(401; davit login $token)"
printf wonder | "$DAVIT" login -u alice --password-stdin "$token" >/dev/null
: >"$tokens"
contains with-a-token-and-tls-it-is-pushed "$(said "$DAVIT" push web:1 "$token/web:1")" "(0)"
same the-token-is-for-pull-and-push "GET user=alice account=alice service=test-registry scope=repository:web:pull,push" "$(sort -u "$tokens")"
same one-token-is-enough 1 "$(wc -l <"$tokens")"
"$DAVIT" tag web:1 "$token/web:1"
: >"$tokens"
same with-a-token-blobs-are-mounted 3 "$("$DAVIT" push web:1 "$token/team/web:1" | grep -c 'Mounted from web$')"
same the-token-is-for-both-repositories "scope=repository:team/web:pull,push repository:web:pull" "$(sed -n 's/.*\(scope=.*\)/\1/p' "$tokens" | sort -u)"

printf '{"auths": {"%s": {"auth": "YWxpY2U6", "identitytoken": "identity-alice"}}}' "$token" >"$TMP/identity.json"
same an-identity-token-is-for-both-too 3 "$(REGISTRY_AUTH_FILE=$TMP/identity.json "$DAVIT" push web:1 "$token/third/web:1" | grep -c 'Mounted from web$')"
"$DAVIT" rmi "$token/web:1" >/dev/null
"$DAVIT" tag web:1 "$token/gone/web:1"
contains who-may-not-mount-sends "$(said "$DAVIT" push -q web:1 "$token/fourth/web:1")" "$token/fourth/web:1
(0)"
"$DAVIT" rmi "$token/gone/web:1" >/dev/null

registry_start short token token_says=1
printf wonder | "$DAVIT" login -u alice --password-stdin "$HOST_NAME" >/dev/null
: >"$REGISTRIES/short/tokens.log"
contains tokens-that-end-soon-are-renewed "$(said "$DAVIT" push two:1 "$HOST_NAME/two:1")" "(0)"
check before-they-end test "$(wc -l <"$REGISTRIES/short/tokens.log")" -gt 5

# A token that ends early, in the middle of a layer. docker-registry takes it for one minute more.
registry_start early token token_lasts=-58
early=$HOST_NAME
printf wonder | "$DAVIT" login -u alice --password-stdin "$early" >/dev/null
: >"$REGISTRIES/early/tokens.log"
"$DAVIT" push -q web:1 "$early/web:1" >"$TMP/early" 2>&1 &
pushing=$!
for _ in $(seq 500); do
	[ "$(requests early '"PATCH ')" -eq 0 ] || break
	sleep 0.01
done
if kill -STOP $pushing 2>/dev/null; then
	sleep 4
	kill -CONT $pushing
	wait $pushing || :
	same a-token-that-ends-early-is-asked-for-again "$early/web:1 2" "$(cat "$TMP/early") $(wc -l <"$REGISTRIES/early/tokens.log")"
	check and-the-layer-is-whole is_whole "$early/web:1" alice:wonder
fi
