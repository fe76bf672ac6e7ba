#!/bin/sh
# SPDX-License-Identifier: MIT
# davit pull: from Debian's docker-registry, and from a server of our own that can be slow: what is fetched, what is
# kept of what breaks off, and at what price. Run as root; images are made by davit build and put there by skopeo.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=lib/registry.sh
. "$(dirname "$0")/lib/registry.sh"
# shellcheck source=lib/images.sh
. "$(dirname "$0")/lib/images.sh"
terminal=$(dirname "$0")/lib/terminal.py

if ! registry_is_here || ! command -v skopeo >/dev/null; then
	skip images-are-pulled "no docker-registry, htpasswd, openssl or skopeo"
	exit 0
fi
if ! images_can_be_built; then
	skip images-are-pulled "this davit builds no images"
	exit 0
fi

cleanup() {
	registry_stop_all
	server_stop
}

export DAVIT_ROOT="$TMP/store" DAVIT_CONFIG="$TMP/config" DAVIT_RUN_ROOT="$TMP/run"
mkdir -p "$TMP/config"

registry_start r
web=$HOST_NAME/web

# --- what a pull says and does ------------------------------------------------------------------------

image_make "$TMP/one" 'echo first' 300000
image_put "$TMP/one" "$web:1"
out=$("$DAVIT" pull "$web:1" 2>&1) || :
digest=$(image_digest "$TMP/one")
contains a-pull-ends-with-the-digest "$out" "Digest: $digest"
contains a-pull-says-what-is-new "$out" "Status: Downloaded newer image for $web:1"
same a-pull-says-the-name-last "$web:1" "$(echo "$out" | tail -n 1)"
contains a-pull-names-each-layer "$out" ": Download complete"
same what-was-pulled-runs first "$("$DAVIT" run "$web:1" 2>&1)"
check what-was-pulled-is-whole store_is_sound "$DAVIT_ROOT"

before=$(registry_sent r)
out=$("$DAVIT" pull "$web:1" 2>&1) || :
contains the-second-pull-finds-it-up-to-date "$out" "Status: Image is up to date for $web:1"
check the-second-pull-fetches-no-layer [ $(($(registry_sent r) - before)) -lt 10000 ]
same a-quiet-pull-says-the-name-only "$web:1" "$("$DAVIT" pull --quiet "$web:1" 2>&1)"
"$DAVIT" pull --json "$web:1" >"$TMP/json" 2>&1 || :
check a-pull-in-json-is-an-object-a-line python3 -c '
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert lines[-1]["digest"] == sys.argv[2] and "up to date" in lines[-1]["status"], lines' "$TMP/json" "$digest"

for wrong in 0 x 86401; do
	same "a-timeout-of-$wrong-is-refused" "davit: --timeout $wrong: expected seconds, 1 to 86400" "$("$DAVIT" pull --timeout $wrong "$web:1" 2>&1 || :)"
done
same an-image-is-pulled-by-its-digest "$web@$digest" "$("$DAVIT" --root "$TMP/by-digest" pull -q "$web@$digest" 2>&1)"
same an-image-is-run-by-its-digest first "$("$DAVIT" --root "$TMP/by-digest" run "$web@$digest" 2>&1)"
same what-has-no-tag-is-listed-without '<none>' "$("$DAVIT" --root "$TMP/by-digest" images --format '{{.Tag}}')"
out=$("$DAVIT" pull "$web@sha256:0000000000000000000000000000000000000000000000000000000000000000" 2>&1) && out=success
contains another-digest-is-not-there "$out" "404"
out=$("$DAVIT" pull "$web:none" 2>&1) && out=success
contains a-tag-that-is-not-there-is-an-error "$out" "has no tag none (davit tags $web lists those that are there)"
same a-tag-that-is-not-there-changes-nothing first "$("$DAVIT" run "$web:1" 2>&1)"
out=$("$DAVIT" pull --offline "$web:1" 2>&1) && out=success
contains offline-asks-nobody "$out" "offline"
for wrong in '' 'A' 'a:' 'a@sha256:1' '../a' 'a b' localhost:99999/web; do
	"$DAVIT" pull "$wrong" >"$TMP/said" 2>&1 && echo success >>"$TMP/said"
	same "the-name-'$wrong'-is-refused-in-one-line" 1 "$(grep -c '^davit: ' "$TMP/said")"
done

# --- only what has changed ----------------------------------------------------------------------------

image_make "$TMP/two" 'echo second' 300000 1000
image_put "$TMP/two" "$web:2"
before=$(registry_sent r)
"$DAVIT" pull -q "$web:2" >/dev/null 2>&1 || :
sent=$(($(registry_sent r) - before))
same a-changed-image-runs second "$("$DAVIT" run "$web:2" 2>&1)"
check only-the-changed-layer-is-fetched [ "$sent" -lt 100000 ]
echo "	$sent bytes were fetched for a changed file of 1000 bytes, beside a layer of 300000"

"$DAVIT" --root "$TMP/all" pull -a -q "$web" >"$TMP/all.out" 2>&1 || :
same all-tags-are-pulled "$web:1 $web:2" "$(sort "$TMP/all.out" | xargs)"

skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$web:2" "docker://$web:1"
"$DAVIT" pull -q "$web:1" >/dev/null 2>&1 || :
same a-tag-that-has-moved-is-followed second "$("$DAVIT" run "$web:1" 2>&1)"

# --- indexes ------------------------------------------------------------------------------------------

image_index "$TMP/index" "$TMP/one" "$TMP/two"
skopeo copy -q --all --dest-tls-verify=false "oci:$TMP/index" "docker://$web:both" || :
out=$("$DAVIT" pull "$web:both" 2>&1) || :
contains an-index-is-pulled-for-this-machine "$out" "Downloaded newer image"
same what-an-index-names-for-this-machine-runs first "$("$DAVIT" run "$web:both" 2>&1)"
out=$("$DAVIT" --root "$TMP/other" pull --platform linux/s390x "$web:both" 2>&1) || :
contains another-platform-s-image-is-fetched-on-request "$out" "Downloaded newer image"
out=$("$DAVIT" --root "$TMP/other" pull --platform linux/riscv64 "$web:both" 2>&1) && out=success
contains a-platform-that-is-not-there-is-named-with-those-that-are "$out" "no image for linux/riscv64, but for"

# --- what breaks off ----------------------------------------------------------------------------------

large=$TMP/large
image_make "$large" 'echo large' 6000000
layer=$(image_layer "$large" 0)

server_start slow big="$large"
"$DAVIT" --root "$TMP/killed" pull "$SERVER/big:1" >"$TMP/killed.out" 2>&1 &
pid=$!
sleep 3
kill -9 $pid
wait $pid 2>/dev/null || :
sleep 0.3
check a-killed-pull-leaves-nobody-behind no_process_has "$TMP/killed"
have=$(stat -c %s "$TMP/killed/partial/sha256-$layer" 2>/dev/null || echo 0)
check a-killed-pull-leaves-what-has-come [ "$have" -gt 1000000 ]
same a-killed-pull-gives-no-name '' "$("$DAVIT" --root "$TMP/killed" images -q)"
server_stop
server_start usual big="$large"
"$DAVIT" --root "$TMP/killed" pull -q "$SERVER/big:1" >/dev/null 2>&1 || :
same the-next-pull-goes-on-from-there "206 $have $(($(image_layer_size "$large" 0) - have))" \
	"$(awk -v path="/v2/big/blobs/sha256:$layer" '$2 == path { print $3, $4, $5 }' "$TMP/server.log")"
same what-was-resumed-runs large "$("$DAVIT" --root "$TMP/killed" run "$SERVER/big:1" 2>&1)"
check what-was-resumed-is-whole store_is_sound "$TMP/killed"
same nothing-partial-is-left 0 "$(find "$TMP/killed/partial" -type f | wc -l)"

# What a power cut may make of it: holes, and bytes that were never written.
mkdir -p "$TMP/spoilt/partial"
head -c 3000000 /dev/zero >"$TMP/spoilt/partial/sha256-$layer"
"$DAVIT" --root "$TMP/spoilt" pull -q "$SERVER/big:1" >"$TMP/said" 2>&1 || :
same what-was-spoilt-is-fetched-once-more-from-zero "large" "$("$DAVIT" --root "$TMP/spoilt" run "$SERVER/big:1" 2>&1)"
same what-was-spoilt-costs-no-words "$SERVER/big:1" "$(cat "$TMP/said")"
mkdir -p "$TMP/long/partial"
head -c 9000000 /dev/zero >"$TMP/long/partial/sha256-$layer"
same what-is-too-long-is-begun-anew "$SERVER/big:1" "$("$DAVIT" --root "$TMP/long" pull -q "$SERVER/big:1" 2>&1)"
check what-was-begun-anew-is-whole store_is_sound "$TMP/long"
server_stop

server_start slow big="$large"
for name in TERM INT HUP; do
	"$DAVIT" --root "$TMP/$name" pull "$SERVER/big:1" >"$TMP/$name.out" 2>&1 &
	eval "pid_$name=\$!"
done
sleep 2
for name in TERM HUP; do
	case $name in TERM) code=143 ;; *) code=129 ;; esac
	eval "kill -$name \$pid_$name"
	status=0
	eval "wait \$pid_$name" 2>/dev/null || status=$?
	same "SIG$name-ends-a-pull" $code "$status"
	contains "SIG$name-keeps-what-has-come" "$(cat "$TMP/$name.out")" "is kept for the next pull"
	check "SIG$name-leaves-nobody-behind" no_process_has "$TMP/$name"
	check "SIG$name-leaves-a-partial-file" [ -s "$TMP/$name/partial/sha256-$layer" ]
done
# Background jobs of a shell ignore SIGINT, and so does davit then.
eval "wait \$pid_INT" || :
same a-pull-that-ignores-a-signal-goes-on large "$("$DAVIT" --root "$TMP/INT" run "$SERVER/big:1" 2>&1)"
server_stop

# --- two at once --------------------------------------------------------------------------------------

server_start slow big="$large"
"$DAVIT" --root "$TMP/both" pull "$SERVER/big:1" >"$TMP/first" 2>&1 &
first=$!
"$DAVIT" --root "$TMP/both" pull "$SERVER/big:2" >"$TMP/second" 2>&1 &
second=$!
status=0
wait $first || status=$?
wait $second || status=$((status + $?))
same two-pulls-at-once-succeed 0 "$status"
same two-pulls-at-once-fetch-each-byte-once "$(image_layer_size "$large" 0)" \
	"$(awk -v path="/v2/big/blobs/sha256:$layer" '$2 == path { sum += $5 } END { print sum }' "$TMP/server.log")"
check two-pulls-at-once-leave-a-whole-store store_is_sound "$TMP/both"
same both-names-are-set 2 "$("$DAVIT" --root "$TMP/both" images -q | wc -l)"
server_stop

# --- room ---------------------------------------------------------------------------------------------

mkdir "$TMP/small"
if mount -t tmpfs -o size=4m tmpfs "$TMP/small" 2>/dev/null; then
	server_start usual big="$large"
	out=$("$DAVIT" --root "$TMP/small" pull "$SERVER/big:1" 2>&1) && out=success
	contains what-has-no-room-is-refused-in-bytes "$out" "are lacking; davit prune"
	same what-has-no-room-costs-no-byte-of-a-layer '' "$(grep "blobs/sha256:$layer" "$TMP/server.log" || :)"
	server_stop
	umount "$TMP/small"
else
	skip what-has-no-room-is-refused-in-bytes "no tmpfs can be mounted"
fi

# --- terminals ----------------------------------------------------------------------------------------

server_start slow big="$large"
check a-narrow-terminal-is-not-overrun python3 "$terminal" 30 "$TMP/drawn" \
	"$DAVIT" --root "$TMP/narrow" pull "$SERVER/big:1"
check a-wide-terminal-shows-bytes-rate-and-time-left python3 "$terminal" 120 "$TMP/drawn" \
	"$DAVIT" --root "$TMP/wide" pull "$SERVER/big:1"
check the-line-of-a-layer-is-docker-s grep -aqE \
	'[0-9a-f]{12}: Downloading \[=+> *\]  [0-9.]+[kM]?B/6\.[0-9]+MB  [0-9.]+[kM]B/s [0-9]+s' "$TMP/drawn"
mkdir -p "$TMP/rate/partial"
head -c 4500000 "$large/blobs/sha256/$layer" >"$TMP/rate/partial/sha256-$layer"
check a-pull-goes-on-in-a-terminal python3 "$terminal" 120 "$TMP/drawn" \
	"$DAVIT" --root "$TMP/rate" pull "$SERVER/big:1"
check and-shows-a-rate grep -aqE 'MB  [0-9.]+[kM]B/s' "$TMP/drawn"
same of-what-it-fetched-itself '' "$(grep -aoE '  ([0-9]{2,}|[4-9])(\.[0-9]+)?MB/s' "$TMP/drawn" || :)"
server_stop

# --- signatures ---------------------------------------------------------------------------------------

signed=$TMP/signed
mkdir -p "$signed/keys"
"$DAVIT" keygen "$TMP/key" >/dev/null
cp "$TMP/key.pub" "$signed/keys"
echo 'verify = signed' >"$signed/davit.conf"
chmod -R go-w "$signed"
image_label='io.davit.version=1' image_make "$TMP/v1-signed" 'echo version 1' 50000
image_label='io.davit.version=2' image_make "$TMP/v2" 'echo version 2' 50000
cp -r "$TMP/v2" "$TMP/v2-signed"
"$DAVIT" sign --key "$TMP/key.key" "$TMP/v1-signed" >/dev/null
"$DAVIT" sign --key "$TMP/key.key" "$TMP/v2-signed" >/dev/null
server_start usual signed="$TMP/v2-signed" bare="$TMP/v2" older="$TMP/v1-signed"
trusting() {
	"$DAVIT" --config "$signed" --root "$TMP/trusting" "$@" 2>&1
}
out=$(trusting pull "$SERVER/bare:1") && out=success
contains without-a-signature-nothing-is-pulled "$out" "nobody signed it"
same without-a-signature-no-layer-is-fetched '' "$(grep "blobs/sha256:$(image_layer "$TMP/v2" 0)" "$TMP/server.log" || :)"
same with-a-signature-an-image-is-pulled "$SERVER/signed:1" "$(trusting pull -q "$SERVER/signed:1")"
same what-is-signed-runs-where-only-that-may 'version 2' "$(trusting run "$SERVER/signed:1")"
out=$(trusting pull "$SERVER/older:1") && out=success
contains an-older-version-than-ran-is-not-pulled "$out" "older than 2"
# What a signature is over is small: a large one is not even fetched.
cp -r "$TMP/v2-signed" "$TMP/v2-large"
large=$(python3 - "$TMP/v2-large" <<-'END'
	import hashlib, json, sys
	here = sys.argv[1]
	blobs = here + "/blobs/sha256/"
	def put(data):
	    name = hashlib.sha256(data).hexdigest()
	    open(blobs + name, "wb").write(data)
	    return {"digest": "sha256:" + name, "size": len(data)}
	index = json.load(open(here + "/index.json"))
	for entry in index["manifests"]:
	    if "sha256-" in str(entry.get("annotations")):
	        manifest = json.load(open(blobs + entry["digest"][7:]))
	        manifest["layers"][0].update(put(b" " * 65537))
	        entry.update(put(json.dumps(manifest).encode()))
	json.dump(index, open(here + "/index.json", "w"))
	print(manifest["layers"][0]["digest"])
END
)
server_stop
server_start usual large="$TMP/v2-large" signed="$TMP/v2-signed"
out=$(trusting pull -q "$SERVER/large:1") || :
contains a-signature-over-much-is-refused "$out" "a signature over 65537 bytes, more than 65536"
same and-not-fetched '' "$(grep "blobs/$large" "$TMP/server.log" || :)"

same signatures-travel-along-without-being-asked-for 1 "$("$DAVIT" --root "$TMP/along" pull -q "$SERVER/signed:1" >/dev/null 2>&1
	find "$TMP/along/tags" -name ':sha256-*.sig' | wc -l)"
server_stop

# --- Docker's layers ----------------------------------------------------------------------------------

# victim's only layer is a tar; what evil has been given is called the conversion of that, by evil itself.
tar -C "$TMP/shell" -cf "$TMP/shell.tar" .
cp -r "$TMP/one" "$TMP/victim"
cp -r "$TMP/one" "$TMP/evil"
python3 - "$TMP/victim" "$TMP/evil" "$TMP/shell.tar" <<'END'
import hashlib, json, sys
victim, evil, tar = sys.argv[1:]
def load(layout):
    index = json.load(open(layout + "/index.json"))
    manifest = json.load(open(layout + "/blobs/sha256/" + index["manifests"][0]["digest"][7:]))
    config = json.load(open(layout + "/blobs/sha256/" + manifest["config"]["digest"][7:]))
    return index, manifest, config
def put(layout, descriptor, data):
    digest = hashlib.sha256(data).hexdigest()
    open(layout + "/blobs/sha256/" + digest, "wb").write(data)
    descriptor.update(digest="sha256:" + digest, size=len(data))
def save(layout, index, manifest, config):
    put(layout, manifest["config"], json.dumps(config).encode())
    put(layout, index["manifests"][0], json.dumps(manifest).encode())
    json.dump(index, open(layout + "/index.json", "w"))
layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar"}
put(victim, layer, open(tar, "rb").read())
index, manifest, config = load(victim)
manifest["layers"] = [layer]
config["rootfs"]["diff_ids"] = [layer["digest"]]
config["config"]["Cmd"] = ["/bin/sh", "-c", "echo victim"]
config.pop("history", None)
save(victim, index, manifest, config)
index, manifest, config = load(evil)
manifest["layers"][-1].setdefault("annotations", {})["io.davit.layer.source"] = layer["digest"]
save(evil, index, manifest, config)
END
server_start usual victim="$TMP/victim" evil="$TMP/evil"
converting() {
	"$DAVIT" --root "$TMP/converting" "$@" 2>&1
}
fetched() {
	grep -c "blobs/sha256:$(image_layer "$TMP/victim" 0)" "$TMP/server.log" || :
}
converting pull -q "$SERVER/evil:1" >/dev/null || :
out=$(converting pull -q "$SERVER/victim:1") || :
case $out in
*CONFIG_CONVERT*)
	skip what-a-manifest-says-of-a-conversion-is-not-believed "not in this build"
	;;
*)
	same what-a-manifest-says-of-a-conversion-is-not-believed victim "$(converting run "$SERVER/victim:1")"
	note=$TMP/converting/converted/sha256-$(image_layer "$TMP/victim" 0)
	if [ -s "$note" ]; then
		pass what-was-converted-is-noted
	else
		fail what-was-converted-is-noted "no $note"
		mkdir -p "$TMP/converting/converted"
		echo >"$note"
	fi
	converting pull -q "$SERVER/victim:2" >/dev/null || :
	same a-noted-conversion-is-not-fetched-again 1 "$(fetched)"
	cp "$note" "$TMP/note"
	times=1
	for change in 'a-word-more=s/ / x/' 'a-space-more=s/$/ /' 'a-digit-more=s/sha256:/sha256:0/' 'nothing-in-it=s/.*//' \
		'another-type=s/squashfs/erofs/' 'a-word-less=s/ [^ ]*$//'; do
		wrong=${change%%=*}
		sed "${change#*=}" "$TMP/note" >"$note.new"
		mv "$note.new" "$note"
		converting pull -q "$SERVER/victim:3" >/dev/null || :
		times=$((times + 1))
		same "a-note-with-$wrong-is-passed-over" "$times victim" "$(fetched) $(converting run "$SERVER/victim:3")"
		check "a-note-with-$wrong-is-written-anew" cmp "$TMP/note" "$note"
	done
	cp "$TMP/note" "$note.other"
	converting prune -f >/dev/null || :
	same prune-keeps-the-note-of-a-layer-and-nothing-else "$note" "$(echo "$TMP/converting/converted"/*)"
	converting rmi -f "$SERVER/victim:1" "$SERVER/victim:2" "$SERVER/victim:3" >/dev/null || :
	check a-note-goes-with-its-layer [ ! -e "$note" ]
	;;
esac
server_stop

if ! command -v podman >/dev/null; then
	skip layers-of-tar-are-converted "no podman"
	exit 0
fi
apart() {
	podman --root "$TMP/podman" --runroot "$TMP/podman-run" --storage-driver vfs "$@"
}
apart import --change 'CMD ["/bin/sh", "-c", "echo from a tar"]' "$TMP/shell.tar" "$web:docker" >"$TMP/said" 2>&1 &&
	apart push --tls-verify=false "$web:docker" >>"$TMP/said" 2>&1 && pushed=yes
[ "${pushed-}" = yes ] || fail podman-pushes "$(cat "$TMP/said")"
out=$("$DAVIT" pull "$web:docker" 2>&1) || :
case $out in
*CONFIG_CONVERT*)
	skip layers-of-tar-are-converted "not in this build"
	exit 0
	;;
esac
contains layers-of-tar-are-converted "$out" "Downloaded newer image"
same what-was-converted-runs 'from a tar' "$("$DAVIT" run "$web:docker" 2>&1)"
before=$(registry_sent r)
contains what-was-converted-is-up-to-date "$("$DAVIT" pull "$web:docker" 2>&1)" "is up to date"
check what-was-converted-is-not-fetched-again [ $(($(registry_sent r) - before)) -lt 10000 ]
check what-was-converted-is-whole store_is_sound "$DAVIT_ROOT"

# What it became has another digest than it was pulled by: it is known by both.
digest=$(echo "$out" | sed -n 's/^Digest: //p')
same what-was-converted-runs-by-its-digest-in-the-registry 'from a tar' "$("$DAVIT" run "$web@$digest" 2>&1)"
alone() {
	"$DAVIT" --root "$TMP/alone" "$@" 2>&1
}
same what-is-converted-is-pulled-by-its-digest "$web@$digest" "$(alone pull -q "$web@$digest")"
same and-runs-by-it 'from a tar' "$(alone run "$web@$digest")"
same that-is-no-tag-of-it "[] [$web@$digest]" "$(alone inspect --format '{{.RepoTags}} {{.RepoDigests}}' "$web@$digest")"
alone pull -q "$web:docker" >/dev/null || :
same one-digest-is-told-once "[$web:docker] [$web@$digest]" "$(alone inspect --format '{{.RepoTags}} {{.RepoDigests}}' "$web:docker")"
alone rmi "$web@$digest" >/dev/null || :
alone rmi "$web@$digest" >/dev/null || :
same it-goes-by-its-digest '' "$(alone images -q)"

# A registry may call a tag as davit calls what was pulled by a digest.
none=0000000000000000000000000000000000000000000000000000000000000000
skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$web:2" "docker://$web:sha256-$none"
alone pull -q "$web:sha256-$none" >/dev/null || :
contains a-tag-is-no-digest "$(alone run "$web@sha256:$none" || :)" "no image of that name"
