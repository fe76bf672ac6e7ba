#!/bin/sh
# SPDX-License-Identifier: MIT
# What davit build makes of a Dockerfile and what podman makes of it, entry by entry and word by word.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
: "${IMAGE:?is a squashfs with a busybox in it}"
here=$(cd "$(dirname "$0")" && pwd)
cd "$TMP"
DAVIT_ROOT=$TMP/root DAVIT_CONFIG=$TMP/etc DAVIT_RUN_ROOT=$TMP/run
export DAVIT_ROOT DAVIT_CONFIG DAVIT_RUN_ROOT
mkdir etc
PODMAN="podman --root $TMP/podman --runroot $TMP/podman.run --storage-driver vfs --runtime runc"

unmount() {
	for folder in ./*.root mounts/*; do
		! mountpoint -q "$folder" || umount "$folder"
	done
}

cleanup() {
	unmount
	[ ! -d podman ] || $PODMAN image unmount -a >/dev/null 2>&1 || :
}

# merged NAME FOLDER: the files of an image of davit's, its layers laid above each other.
merged() {
	rm -rf out
	"$DAVIT" save -o out.zip "$1"
	unzip -q out.zip -d out
	mkdir -p "$2" mounts/none
	lower=$TMP/mounts/none
	for layer in $(python3 - <<-'END'
		import json
		blob = lambda d: json.load(open("out/blobs/sha256/" + d["digest"][7:]))
		print(*[l["digest"][7:] for l in blob(json.load(open("out/index.json"))["manifests"][0])["layers"]])
	END
	); do
		mkdir -p "mounts/$layer"
		mountpoint -q "mounts/$layer" || mount -o loop,ro "out/blobs/sha256/$layer" "mounts/$layer"
		lower=$TMP/mounts/$layer:$lower
	done
	mount -t overlay overlay -o "ro,lowerdir=$lower" "$2"
}

# Files of a container, which podman leaves in images and Docker does not.
entries() {
	"$here/entries" "$1" | grep -v -E '^(dev|proc|sys|run|etc/(hosts|hostname|resolv.conf)) ' | sort
}

# --- a context with what a context can have ----------------------------------------------------------

mkdir -p context/tree/dir/empty packed
unsquashfs -q -n -d box "$IMAGE" bin/busybox >/dev/null
cp box/bin/busybox context/busybox
chmod 755 context/busybox
cd context
echo one >tree/one
ln tree/one tree/dir/same
ln -s ../one tree/dir/link
ln -s nowhere tree/dangling
chmod 4711 tree/one
mkdir -m 1777 tree/sticky
echo no >tree/dir/ignored.log
echo yes >tree/dir/kept.log
printf '**/*.log\n!**/kept.log\n' >.dockerignore
cd ..
echo packed >packed/file
ln packed/file packed/hard
chmod 600 packed/file
tar --owner=5 --group=6 -czf context/packed.tgz -C packed .
cat >context/Dockerfile <<-'END'
	# Every kind of instruction.
	ARG UNUSED=x
	FROM scratch AS base
	COPY busybox /bin/busybox
	RUN ["/bin/busybox", "mkdir", "-p", "/tmp", "/etc", "/old/deep"]
	RUN ["/bin/busybox", "--install", "-s", "/bin"]
	RUN echo a >/etc/a && echo b >/etc/b && echo x >/old/deep/x && \
	    # a comment inside
	    chmod 1777 /tmp && ln /etc/a /etc/hard

	FROM base AS build
	ARG WHO=world
	RUN mkdir /out && echo "hello $WHO" >/out/greeting && chmod 640 /out/greeting && chown 12:34 /out/greeting && \
	    ln -s greeting /out/link && ln /out/greeting /out/second && mkfifo /out/pipe && cp /bin/busybox /out/su && chmod 4755 /out/su

	FROM base
	ENV DIR=/srv/app OTHER="a b"
	WORKDIR $DIR/data
	COPY --from=build /out/ ./
	COPY --from=build /out/greeting /renamed
	COPY --chown=1000:50 tree /tree/
	COPY tree/o* tree/dir /globbed/
	COPY --chmod=755 tree/one /bin/one
	ADD packed.tgz /unpacked/
	WORKDIR later
	RUN rm /etc/b && rm -r /old && mkdir /old && echo new >/old/y && chmod 700 /old && mv /etc/a /etc/moved && chown 7:8 /bin/one
	USER 1000:50
	RUN id -u >/tmp/id && umask 077 && mkdir /tmp/own && echo x >/tmp/own/file
	LABEL a=b "c d"="e f"
	EXPOSE 80 53/udp
	VOLUME /data
	STOPSIGNAL SIGINT
	ENTRYPOINT ["/bin/one"]
	CMD ["x", "y z"]
END

if ! $PODMAN build -q --isolation=chroot -t it:1 context >said 2>&1; then
	skip "podman-builds-what-davit-builds: podman does not build here: $(tail -n 1 said)"
	exit 0
fi
check davit-builds-what-podman-builds "$DAVIT" build -q -t it:1 context
folder=$($PODMAN image mount it:1)
entries "$folder" >theirs
merged it:1 ours.root
entries ours.root >ours
unmount
check what-is-compared-has-links grep -q 'tree/dir/same.* as tree/one' theirs
check what-is-compared-has-owners grep -q 'srv/app/data/greeting 0o100640 12 34 ' theirs
if cmp -s theirs ours; then
	pass both-images-have-the-same-entries
else
	fail both-images-have-the-same-entries "$(diff theirs ours)"
fi

# settings: those of the image's configuration that both have.
settings() {
	python3 -c '
import json, sys
config = json.load(sys.stdin)["config"]
print(json.dumps({k: config.get(k) for k in ("Env", "Cmd", "Entrypoint", "User", "WorkingDir", "ExposedPorts", "Volumes", "StopSignal")},
                 sort_keys=True))
print({k: v for k, v in config["Labels"].items() if "buildah" not in k})'
}
skopeo copy -q "containers-storage:[vfs@$TMP/podman+$TMP/podman.run]localhost/it:1" oci:theirs.oci:it 2>/dev/null ||
	$PODMAN save -q --format oci-dir -o theirs.oci it:1 2>/dev/null
same both-images-have-the-same-settings "$(skopeo inspect --config oci:theirs.oci | settings)" \
	"$(skopeo inspect --config "oci:$TMP/out:1" | settings)"
"$DAVIT" load -q -i theirs.oci
first=$("$DAVIT" images --no-trunc --format '{{.Digest}}' it:1)
rm -rf root
"$DAVIT" build -q -t it:1 context >/dev/null
same the-image-is-the-same-from-an-empty-store "$first" "$("$DAVIT" images --no-trunc --format '{{.Digest}}' it:1)"
