#!/bin/sh
# SPDX-License-Identifier: MIT
# Tars of images, of podman, skopeo and of enemies: what davit load makes of them.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$TMP"
DAVIT_ROOT=$TMP/root DAVIT_CONFIG=$TMP/etc DAVIT_RUN_ROOT=$TMP/run
export DAVIT_ROOT DAVIT_CONFIG DAVIT_RUN_ROOT
mkdir etc

# made SCRIPT...: a tar of images in made.tar, by Python.
made() {
	printf '%s\n' "$@" >script.py
	python3 - <<-'END'
		import hashlib, io, json, tarfile

		def tar(*members, format=tarfile.PAX_FORMAT):
		    """members: (name, data or type, more)"""
		    out = io.BytesIO()
		    with tarfile.open(fileobj=out, mode="w", format=format) as t:
		        for name, data, *more in members:
		            i = tarfile.TarInfo(name)
		            i.mode, i.mtime = 0o755, 1000
		            for key, value in (more[0] if more else {}).items():
		                setattr(i, key, value)
		            if isinstance(data, bytes) and data not in (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE):
		                i.size = len(data)
		                t.addfile(i, io.BytesIO(data))
		            else:
		                i.type = data
		                t.addfile(i)
		    return out.getvalue()

		def sha(data):
		    return hashlib.sha256(data).hexdigest()

		def config(*layers, **more):
		    return json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/a"]},
		                       "rootfs": {"type": "layers", "diff_ids": ["sha256:" + sha(l) for l in layers]},
		                       **more}).encode()

		def manifest(config="c.json", layers=("1/layer.tar",), tags=("web:1",)):
		    return json.dumps([{"Config": config, "RepoTags": list(tags) if tags else None, "Layers": list(layers)}]).encode()

		one = tar(("a", b"one"), ("d", tarfile.DIRTYPE), ("d/gone", b"x"))
		two = tar(("d/.wh.gone", b""), ("b", b"two"))
		exec(open("script.py").read())
		open("made.tar", "wb").write(out)
	END
}

# refused NAME PART-OF-THE-MESSAGE: made.tar, with exit code 1, one line, and nothing left.
refused() {
	status=0
	"$DAVIT" --root "$TMP/none" load -i made.tar >said.out 2>said.err || status=$?
	if [ $status -ne 1 ] || [ "$(wc -l <said.err)" -ne 1 ] || [ -s said.out ]; then
		fail "$1" "exit code $status, $(cat said.out said.err)"
	elif [ "$(find none -type f ! -name lock 2>/dev/null | wc -l)" -ne 0 ]; then
		fail "$1" "left: $(find none -type f)"
	else
		contains "$1" "$(cat said.err)" "$2"
	fi
	rm -rf none
}

digests() {
	"$DAVIT" images --digests --no-trunc --format '{{.Repository}}:{{.Tag}} {{.Digest}}' "$@"
}

# layers NAME: the digests of an image's layers, the lowest first.
layers() {
	rm -rf out.zip out
	"$DAVIT" save -o out.zip "$1"
	unzip -q out.zip -d out
	python3 - <<-'END'
		import json
		blob = lambda d: json.load(open("out/blobs/sha256/" + d["digest"][7:]))
		print(*[l["digest"][7:] for l in blob(json.load(open("out/index.json"))["manifests"][0])["layers"]])
	END
}

# --- what docker save writes -------------------------------------------------------------------------

good='out = tar(("c.json", config(one, two)), ("1/layer.tar", one), ("2/layer.tar", tarfile.SYMTYPE, {"linkname": "../x.tar"}), ("x.tar", two), ("manifest.json", manifest(layers=["1/layer.tar", "2/layer.tar"], tags=["web:1", "host:5000/web:2"])))'
made "$good"
same a-tar-of-docker-save-is-loaded "Loaded image: web:1
Loaded image: host:5000/web:2" "$("$DAVIT" load -i made.tar 2>&1)"
first=$(digests web)
for filter in gzip bzip2 xz zstd; do
	$filter -c made.tar >made.packed
	same "a-tar-packed-by-$filter-is-loaded" 'Loaded image: web:1' "$("$DAVIT" load <made.packed 2>&1 | head -n 1)"
	same "the-image-is-the-same-from-$filter" "$first" "$(digests web)"
done
made "import gzip, os; pack = lambda d: gzip.compress(d, mtime=0)" \
	'out = tar(("c.json", config(one, two)), ("1.tgz", pack(one)), ("2.tgz", pack(two)), ("manifest.json", manifest(layers=["1.tgz", "2.tgz"])))'
check a-tar-with-packed-layers-is-loaded "$DAVIT" load -q -i made.tar
made 'out = tar(("c.json", config(one)), ("1/layer.tar", one), ("manifest.json", manifest(tags=None)))'
same an-image-without-a-name-is-called-like-the-file 'Loaded image: made:latest' "$("$DAVIT" load -i made.tar 2>&1)"
"$DAVIT" save -o saved.zip web:1
mkdir zip
unzip -q saved.zip -d zip
same its-layers-are-squashfs-with-a-hash-tree "2 2" "$(cat zip/blobs/sha256/* | grep -ao 'layer.squashfs+gzip' | wc -l) $(cat zip/blobs/sha256/* | grep -ao 'atomfs_verity_root_hash' | wc -l)"
check skopeo-reads-what-was-made skopeo inspect "oci:$TMP/zip:1"

# --- what others write -------------------------------------------------------------------------------

# merged NAME FOLDER: the files of an image, its layers laid above each other.
merged() {
	mkdir -p "$2" mounts/none
	lower=$TMP/mounts/none
	for layer in $(layers "$1"); do
		mkdir -p "mounts/$layer"
		mountpoint -q "mounts/$layer" || mount -o loop,ro "out/blobs/sha256/$layer" "mounts/$layer"
		lower=$TMP/mounts/$layer:$lower
	done
	mount -t overlay overlay -o "ro,lowerdir=$lower" "$2"
}

unmount() {
	for folder in ./*.root mounts/*; do
		! mountpoint -q "$folder" || umount "$folder"
	done
}

cleanup() {
	unmount
	[ ! -d podman ] || $PODMAN image unmount -a >/dev/null 2>&1 || :
}

# A tree with all that a tree can have.
mkdir -p ctx/tree/dir/empty ctx/tree/sticky
echo one >ctx/tree/one
ln ctx/tree/one ctx/tree/dir/same
ln -s ../one ctx/tree/dir/link
ln -s /nowhere ctx/tree/dangling
chmod 4755 ctx/tree/one
chmod 1777 ctx/tree/sticky
head -c 100000 /dev/zero >ctx/tree/zeroes
printf x >"ctx/tree/a name with spaces and é"
printf y >"ctx/tree/$(printf '%0200d' 7)"
cat >ctx/Dockerfile <<-'END'
	FROM scratch
	COPY tree /
	COPY --chown=1000:50 tree/dir /owned/
	LABEL io.davit.memory=1m
	ENTRYPOINT ["/one"]
END
PODMAN="podman --root $TMP/podman --runroot $TMP/podman.run --storage-driver vfs --runtime runc"
if ! $PODMAN build -q -t local/tree:1 ctx >/dev/null 2>said; then
	skip "podman-saves-what-davit-loads: podman does not build here: $(tail -n 1 said)"
else
	$PODMAN save -q -o docker.tar local/tree:1 2>/dev/null
	$PODMAN save -q --format oci-archive -o oci.tar local/tree:1 2>/dev/null
	same podmans-docker-archive-is-loaded 'Loaded image: localhost/local/tree:1' "$("$DAVIT" load -i docker.tar 2>&1)"
	first=$(layers localhost/local/tree:1)
	"$DAVIT" rmi -f localhost/local/tree:1 >/dev/null
	same podmans-oci-archive-is-loaded 'Loaded image: localhost/local/tree:1' "$("$DAVIT" load -i oci.tar 2>&1)"
	same both-formats-give-the-same-layers "$first" "$(layers localhost/local/tree:1)"
	"$here/entries" --times "$($PODMAN image mount local/tree:1)" >theirs
	merged localhost/local/tree:1 ours.root
	"$here/entries" --times ours.root >ours
	unmount
	check the-tree-has-entries grep -q 'owned/same.* 1000 50 ' theirs
	check the-files-are-those-that-podman-has-entry-by-entry cmp theirs ours
	$PODMAN image unmount -a >/dev/null
	$PODMAN rmi -af >/dev/null 2>&1 || :
	check skopeo-copies-docker-archives skopeo copy -q docker-archive:docker.tar docker-archive:copied.tar:host.example/tree:2
	same skopeos-docker-archive-is-loaded 'Loaded image: host.example/tree:2' "$("$DAVIT" load -i copied.tar 2>&1)"
	skopeo copy -q docker-archive:docker.tar oci:layout:tree:3
	same skopeos-layout-is-loaded 'Loaded image: tree:3' "$("$DAVIT" load -i layout 2>&1)"
	same skopeos-layout-has-the-same-layers "$first" "$(layers tree:3)"
fi

# --- what enemies write ------------------------------------------------------------------------------

made 'out = tar(("c.json", config(one)), ("1/layer.tar", two), ("manifest.json", manifest()))'
refused a-layer-that-its-configuration-does-not-name '1/layer.tar is not the layer that its configuration names'
made 'import gzip; out = tar(("c.json", config(one)), ("1/layer.tar", gzip.compress(two)), ("manifest.json", manifest()))'
refused a-packed-layer-that-its-configuration-does-not-name '1/layer.tar is not the layer'
made 'out = tar(("c.json", config(one, two)), ("1/layer.tar", one), ("manifest.json", manifest()))'
refused fewer-layers-than-the-configuration-has 'manifest.json has 1 layers, c.json has 2'
made 'out = tar(("c.json", config(one)), ("manifest.json", manifest()))'
refused a-layer-that-is-not-there '1/layer.tar is not in it'
made 'out = tar(("1/layer.tar", one), ("manifest.json", manifest()))'
refused a-configuration-that-is-not-there 'c.json is not in it'
made 'out = tar(("c.json", config(one)), ("1/layer.tar", tarfile.SYMTYPE, {"linkname": "/etc/passwd"}), ("manifest.json", manifest()))'
refused a-layer-that-is-a-link-out-of-the-tar '1/layer.tar is not in it'
made 'out = tar(("c.json", config(one)), ("1/layer.tar", tarfile.SYMTYPE, {"linkname": "../../x"}), ("manifest.json", manifest()))'
refused a-layer-that-is-a-link-above-the-tar '1/layer.tar is not in it'
made 'out = tar(("c.json", config(one)), ("1/layer.tar", tarfile.SYMTYPE, {"linkname": "layer.tar"}), ("manifest.json", manifest()))'
refused a-layer-that-is-a-link-to-itself '1/layer.tar is not in it'
made 'out = tar(("c.json", b"{}"), ("c.json", config(one)), ("1/layer.tar", one), ("manifest.json", manifest()))'
refused a-member-that-is-there-twice 'c.json: it is in the tar twice'
made 'out = tar(("../c.json", config(one)), ("1/layer.tar", one), ("manifest.json", manifest(config="../c.json")))'
refused a-member-above-the-tar 'c.json: its name has a ".."'
made 'out = tar(("manifest.json", b"[]"))'
refused a-list-of-no-images 'manifest.json: holds no image'
made 'out = tar(("manifest.json", b"[{}]"))'
refused an-image-without-a-configuration 'manifest.json: \[0\]'
made 'out = tar(("manifest.json", b"no json"))'
refused a-list-that-is-no-json 'manifest.json:1: this is not JSON'
made 'out = tar(("manifest.json", b"[" * 2000000))'
refused a-list-that-is-too-large 'larger than 1048576 bytes'
made 'out = tar(("a", b"b"))'
refused a-tar-without-images 'a tar with neither manifest.json nor oci-layout'
made 'out = tar(("c.json", config(one)), ("1/layer.tar", one), ("manifest.json", manifest()))[:3000]'
refused a-tar-that-is-cut '1/layer.tar: the tar is cut short'
made 'import gzip; out = gzip.compress(tar(("c.json", config(one)), ("1/layer.tar", one), ("manifest.json", manifest())))[:-30]'
refused a-packed-tar-that-is-cut 'truncated'
made 'import gzip; out = gzip.compress(tar(("c.json", bytes(1 << 28))))'
refused a-tar-that-is-a-bomb '200 times larger'
made 'bad = tar(("d/../../x", b"1"))' 'out = tar(("c.json", config(bad)), ("1/layer.tar", bad), ("manifest.json", manifest()))'
refused a-layer-with-a-file-above-the-root 'its name has a ".."'
made 'bad = tar(("x", tarfile.CHRTYPE, {"devmajor": 1, "devminor": 1}))' 'out = tar(("c.json", config(bad)), ("1/layer.tar", bad), ("manifest.json", manifest()))'
refused a-layer-with-a-device 'x: a device'
made 'bad = b"no tar" * 1000' 'out = tar(("c.json", config(bad)), ("1/layer.tar", bad), ("manifest.json", manifest()))'
refused a-layer-that-is-no-tar 'no tar, or a damaged one'
made 'out = tar(("c.json", config(one)), ("1/layer.tar", one), ("manifest.json", manifest(tags=["../up:1"])))'
refused a-name-that-is-none '../up:1'
printf 'nothing' >made.tar
refused what-is-neither-zip-nor-tar 'expected an image: a zip, a tar, or a directory'
