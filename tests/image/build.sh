#!/bin/sh
# SPDX-License-Identifier: MIT
# davit build: what Dockerfiles come to, what is taken from the cache, and what is refused.
# shellcheck disable=SC2016 # what the shell inside expands
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
: "${IMAGE:?is a squashfs with a busybox in it}"
if [ "$(id -u)" -ne 0 ]; then
	skip images-are-built "not root"
	exit 0
fi
cd "$TMP"
mkdir conf context
chmod 755 conf
export DAVIT_ROOT="$TMP/root" DAVIT_RUN_ROOT="$TMP/run" DAVIT_CONFIG="$TMP/conf"
unset SOURCE_DATE_EPOCH
unsquashfs -q -n -d tree "$IMAGE" bin/busybox >/dev/null
cp tree/bin/busybox context/busybox

# dockerfile: from standard input
dockerfile() {
	cat >context/Dockerfile
}
# build ARG...: its output is in the file out
build() {
	"$DAVIT" build "$@" context >out 2>err
}
# told NAME EXPECTED COMMAND...: what the command prints in the image "it"
told() {
	told_name=$1 told_expected=$2
	shift 2
	same "$told_name" "$told_expected" "$("$DAVIT" run --rm it "$@" 2>&1)"
}
# built NAME [ARG...]: builds "it" from the Dockerfile
built() {
	built_name=$1
	shift
	if build -t it "$@"; then
		pass "$built_name"
	else
		fail "$built_name" "$(cat err out)"
	fi
}
# refused NAME MESSAGE [ARG...]: exit code 1, and the last line of its errors is or ends in MESSAGE
refused() {
	refused_name=$1 refused_message=$2 refused_status=0
	shift 2
	build "$@" || refused_status=$?
	if [ $refused_status -ne 1 ] || [ "$(wc -l <err)" -ne 1 ]; then
		fail "$refused_name" "exit code $refused_status, $(cat out err)"
	else
		contains "$refused_name" "$(cat err)" "$refused_message"
	fi
}

dockerfile <<-'END'
	FROM scratch
	COPY busybox /bin/busybox
	RUN ["/bin/busybox", "--install", "-s", "/bin"]
END
if ! build -t base; then
	fail a-base-is-built "$(cat err out)"
	exit 1
fi
pass a-base-is-built
contains progress-is-told-as-docker-does "$(cat out)" 'Step 2/3 : COPY busybox /bin/busybox'
contains the-tag-is-told "$(cat out)" 'Successfully tagged base:latest'
same no-mount-point-is-left-in-a-layer bin "$("$DAVIT" run --rm base sh -c 'ls / | grep -v -e dev -e proc -e sys -e run -e tmp')"

# --- files -------------------------------------------------------------------------------------------

mkdir -p context/dir/sub context/logs
echo a >context/a.txt
echo b >context/b.txt
echo secret >context/secret.env
echo deep >context/dir/sub/deep
ln -s sub/deep context/dir/link
echo program >context/dir/run.sh
chmod 750 context/dir/run.sh
echo log >context/logs/x.log
echo kept >context/logs/keep.log
tar -C context -cf context/files.tar dir
gzip -k context/files.tar
printf '# comment\n*.env\nlogs/*\n!logs/keep.log\n' >context/.dockerignore
dockerfile <<-'END'
	FROM base
	ENV SEEN=seen
	WORKDIR /app
	COPY a.txt renamed
	COPY a.txt b.txt ./
	COPY *.txt /globs/
	COPY dir /dir
	COPY dir /dir/
	COPY --chown=12:34 --chmod=0640 a.txt /owned
	ADD files.tar /tar
	ADD files.tar.gz /gzip/
	ADD a.txt /added/
	COPY logs /logs
	COPY . /all/
	COPY <<one <<"two" /docs/
	value: $SEEN
	one
	value: $SEEN
	two
	RUN rm /globs/a.txt && mkdir /tmp && echo kept >/tmp/note && mv /app/renamed /app/moved
	RUN cat /tmp/note >/noted
END
built files-are-copied
told a-file-is-copied-under-another-name a cat /app/moved
told several-files-go-into-a-directory 'a b' sh -c 'cat a.txt b.txt | xargs'
told a-file-that-was-removed-is-gone b.txt ls /globs
told a-directory-is-copied-with-its-links-and-modes 'deep 750' sh -c 'echo $(cat /dir/link) $(stat -c %a /dir/run.sh)'
told an-owner-and-a-mode-are-set '12:34 640' stat -c '%u:%g %a' /owned
told a-tar-is-unpacked deep cat /tar/dir/sub/deep
told a-compressed-tar-is-unpacked deep cat /gzip/dir/link
told what-is-no-tar-is-copied a cat /added/a.txt
told dockerignore-keeps-what-it-excepts keep.log ls /logs
told dockerignore-excludes-from-the-whole-context-too 'no' sh -c '[ -e /all/secret.env ] && echo yes || echo no'
told a-here-document-becomes-a-file-with-its-variables 'value: seen' cat /docs/one
told a-quoted-here-document-is-taken-as-it-is 'value: $SEEN' cat /docs/two
told what-a-command-writes-to-tmp-is-there-for-the-next kept cat /noted

# A link in the image leads where it would inside, and a directory keeps what it was.
dockerfile <<-'END'
	FROM base
	RUN mkdir -p /usr/lib /data && ln -s usr/lib /lib && ln -s /data /absolute && mkdir -m 1777 /sticky
	COPY a.txt /lib/
	COPY a.txt /absolute/x
	COPY a.txt /sticky/
	COPY a.txt ../../outside
END
built links-of-the-image-are-followed-inside-it
told a-relative-link-is-followed 'a usr/lib' sh -c 'echo $(cat /usr/lib/a.txt) $(readlink /lib)'
told an-absolute-link-stays-inside a cat /data/x
told a-directory-keeps-its-mode 1777 stat -c %a /sticky
told two-dots-stop-at-the-root a cat /outside

# --- settings ----------------------------------------------------------------------------------------

dockerfile <<-'END'
	# syntax=docker/dockerfile:1
	ARG BASE=base
	FROM ${BASE} AS build
	ARG VERSION=1 OTHER
	ENV A=$VERSION B="two words" C='$A'
	RUN echo "$A/$B/$VERSION/${OTHER:-none}" >/result; mkdir /out; echo built >/out/x
	FROM build AS unused
	RUN false
	FROM base
	COPY --from=build /result /out /got/
	COPY --from=0 /result /number
	ENV PATH=/got:/bin NAME=x
	WORKDIR /got
	WORKDIR inner
	LABEL a=b "long.name"="c d"
	EXPOSE 80 53/udp
	VOLUME /data
	USER 5:6
	STOPSIGNAL SIGINT
	HEALTHCHECK --interval=1m30s --retries=2 CMD true
	SHELL ["/bin/sh", "-ec"]
	ENTRYPOINT ["echo"]
	CMD ["by default"]
END
built stages-are-built --build-arg VERSION=7 --label given=yes
same a-stage-that-nothing-needs-is-not-built 0 "$(grep -c 'RUN false' out)"
same entrypoint-and-cmd-start-the-app 'by default' "$("$DAVIT" run --rm it 2>&1)"
same arguments-take-the-place-of-cmd 'other' "$("$DAVIT" run --rm it other 2>&1)"
same a-build-argument-and-env-reach-the-command '7/two words/7/none' "$("$DAVIT" run --rm --entrypoint cat it /got/result 2>&1)"
same a-stage-is-named-by-number-too '7/two words/7/none' "$("$DAVIT" run --rm --entrypoint cat it /number 2>&1)"
same user-and-workdir-are-kept '5:6 /got/inner' "$("$DAVIT" run --rm --entrypoint sh it -c 'echo $(id -u):$(id -g) $PWD' 2>&1)"
"$DAVIT" build -q --build-arg VERSOIN=8 --build-arg VERSION=7 -t typo context >/dev/null 2>err
same a-build-argument-that-nothing-asks-for-is-told '1 VERSOIN' "$(wc -l <err) $(grep -o VERSOIN err)"
check the-image-is-written-into-a-zip "$DAVIT" build -q -t it -o it.zip context
same the-zip-is-launched 'by default' "$("$DAVIT" run --rm it.zip 2>&1)"
python3 - it.zip >config <<-'END'
	import json, sys, zipfile
	zip = zipfile.ZipFile(sys.argv[1])
	def blob(digest):
	    return json.loads(zip.read("blobs/sha256/" + digest[7:]))
	manifest = blob(json.loads(zip.read("index.json"))["manifests"][0]["digest"])
	config = blob(manifest["config"]["digest"])
	c = config["config"]
	print(sorted(c["Labels"].items()), sorted(c["ExposedPorts"]), sorted(c["Volumes"]), c["StopSignal"],
	      c["Healthcheck"]["Interval"], c["Healthcheck"]["Retries"], c["Healthcheck"]["Test"], c["Shell"])
	print(config["created"], len(config["rootfs"]["diff_ids"]) == sum(1 for h in config["history"] if not h.get("empty_layer")))
END
same all-settings-are-in-the-configuration "[('a', 'b'), ('long.name', 'c d')] ['53/udp', '80/tcp'] ['/data'] SIGINT 90000000000 2 ['CMD-SHELL', 'true'] ['/bin/sh', '-ec']" \
	"$(sed -n 1p config)"
same the-history-accounts-for-every-layer '1970-01-01T00:00:00Z True' "$(sed -n 2p config)"
built a-stage-is-a-target --target build
told the-target-is-what-is-built '1/two words/1/none' cat /result

dockerfile <<-'END'
	FROM base
	RUN <<EOF
	echo first >/doc
	echo second >>/doc
	EOF
	RUN cat <<A >/two; cat <<B >>/two
	of a
	A
	of b
	B
	RUN <<EOF
	#!/bin/sh -e
	echo by a script >/script
	EOF
END
built here-documents-are-run
told a-here-document-is-the-command 'first second' sh -c 'cat /doc | xargs'
told here-documents-are-input 'of a of b' sh -c 'cat /two | xargs'
told a-script-has-its-interpreter 'by a script' cat /script

# --- the cache ---------------------------------------------------------------------------------------

dockerfile <<-'END'
	FROM base
	COPY a.txt /
	RUN cat /proc/sys/kernel/random/uuid >/once
	COPY b.txt /
END
build -q -t it
first=$(cat out)
build -q -t it
same a-step-whose-inputs-did-not-change-is-not-run-again "$first" "$(cat out)"
touch context/a.txt
build -t it
same the-time-of-a-file-is-no-change 3 "$(grep -c -- '---> Using cache' out)"
echo changed >context/b.txt
build -t it
same what-is-before-a-change-comes-from-the-cache 2 "$(grep -c -- '---> Using cache' out)"
echo changed >context/a.txt
build -t it
same what-is-behind-a-change-does-not 0 "$(grep -c -- '---> Using cache' out)"
build --no-cache -t it
same no-cache-takes-nothing-from-it 0 "$(grep -c -- '---> Using cache' out)"

# --- the same inputs, the same digests ---------------------------------------------------------------

dockerfile <<-'END'
	FROM scratch
	COPY busybox /bin/busybox
	COPY dir /dir
	RUN ["/bin/busybox", "sh", "-c", "/bin/busybox mkdir /new && echo x >/new/file && /bin/busybox rm /dir/run.sh"]
	LABEL a=b
END
build -q
first=$(cat out)
cp -r context other
find other -exec touch -h -d 2001-02-03 {} +
same the-same-inputs-give-the-same-image-elsewhere-and-later "$first" \
	"$("$DAVIT" --root "$TMP/root2" build -q other 2>&1)"
SOURCE_DATE_EPOCH=1000000000 "$DAVIT" build -q -t dated context >/dev/null
same source-date-epoch-is-the-latest-time 2001-09-09 \
	"$("$DAVIT" run --rm dated /bin/busybox date -u -r /new/file +%Y-%m-%d 2>&1)"

# --- what is refused ---------------------------------------------------------------------------------

before=$(find root -path '*blobs*' | wc -l)
while IFS='|' read -r name message lines; do
	printf "%b" "$lines" >context/Dockerfile
	refused "$name" "$message"
done <<-'END'
	an-image-that-is-not-here|Dockerfile:1: FROM: nowhere: no image of that name here|FROM nowhere
	a-file-that-is-not-there|Dockerfile:2: COPY: missing: no such file in the build context|FROM base\nCOPY missing /
	a-file-that-dockerignore-excludes|Dockerfile:2: COPY: secret.env: no such file in the build context (or .dockerignore excludes it)|FROM base\nCOPY secret.env /
	a-path-out-of-the-context|Dockerfile:2: COPY: ../x: is outside of the build context|FROM base\nCOPY ../x /
	a-url|Dockerfile:2: ADD: https://example.org/x: is not fetched|FROM base\nADD https://example.org/x /
	a-stage-that-is-not-there|Dockerfile:2: COPY: other: no image of that name here|FROM base\nCOPY --from=other a b
	several-sources-for-a-file|Dockerfile:2: COPY: /x: of several sources the destination is a directory|FROM base\nCOPY a.txt b.txt /x
	an-owner-that-the-image-does-not-know|Dockerfile:2: COPY: --chown=nobody-here: no such user|FROM base\nCOPY --chown=nobody-here a.txt /
	a-mode-that-is-none|Dockerfile:2: COPY: --chmod=9: expected a mode|FROM base\nCOPY --chmod=9 a.txt /
	a-variable-that-must-be-set|Dockerfile:2: WORKDIR: ${X:?say X}: X: say X|FROM base\nWORKDIR ${X:?say X}
	a-port-that-is-none|Dockerfile:2: EXPOSE: 0: expected PORT|FROM base\nEXPOSE 0
	a-time-that-is-none|Dockerfile:2: HEALTHCHECK: --interval=soon: expected a time|FROM base\nHEALTHCHECK --interval=soon CMD x
	a-mount|Dockerfile:2: RUN: --mount is not supported|FROM base\nRUN --mount=type=cache,target=/x true
	the-host-network-without-leave|Dockerfile:2: RUN: --network=host must be allowed|FROM base\nRUN --network=host true
	an-image-without-files|Dockerfile: the image has no files|FROM scratch\nENV A=b
	a-directory-in-the-place-of-a-file|Dockerfile:2: COPY: dir is a directory, and /bin/busybox is none|FROM base\nCOPY dir /bin/busybox
	a-command-that-fails|Dockerfile:3: RUN: the command 'exit 7' returned a non-zero code: 7|FROM base\n\nRUN exit 7
END
refused a-dockerfile-that-is-not-there 'context/nowhere: No such file' -f context/nowhere
refused a-target-that-is-not-there '--target x: Dockerfile has no stage of that name' --target x
same what-was-refused-left-no-blob "$before" "$(find root -path '*blobs*' | wc -l)"
same nothing-of-a-build-is-left '' "$(find root/build root/new run -mindepth 1 ! -name .verified -print0 | xargs -0)"
same no-mount-is-left 0 "$(grep -c "$TMP" /proc/self/mounts)"
for machine in arm/v7 arm64; do
	[ ! -e "/proc/sys/fs/binfmt_misc/qemu-${machine%/*}" ] || continue
	printf 'FROM scratch\nCOPY busybox /bin/\nRUN ["/bin/busybox"]' >context/Dockerfile
	[ "$(uname -m)" != aarch64 ] || break
	refused "a-command-for-$(echo $machine | tr -d /)-names-the-package-that-is-missing" \
		"install qemu-user-static and binfmt-support" --platform "linux/$machine"
done

# --- a build that is killed --------------------------------------------------------------------------

printf 'FROM base\nRUN echo started && sleep 61' >context/Dockerfile
"$DAVIT" build context >out 2>&1 &
pid=$!
for _ in $(seq 100); do
	! grep -q '^started' out || break
	sleep 0.1
done
kill -9 $pid
wait $pid 2>/dev/null || :
sleep 0.3
printf 'FROM base\nRUN echo x >/x' >context/Dockerfile
check the-next-build-is-as-good-as-any "$DAVIT" build context
same a-killed-build-leaves-nothing-after-the-next '' "$(find root/build run -mindepth 1 ! -name .verified -print0 | xargs -0)"
same no-process-of-a-killed-build-is-left '' "$(pgrep -f -x 'sleep 61' || :)"
