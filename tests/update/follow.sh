#!/bin/sh
# SPDX-License-Identifier: MIT
# davit update follows a name in a registry: what it means there now is fetched, only what lacks, and brought up.
set -eu
# shellcheck source=lib/update.sh
. "$(dirname "$0")/lib/update.sh"
TOKEN_SERVER=$here/token_server.py
# shellcheck source=lib/registry.sh
. "$here/lib/registry.sh"
if ! registry_is_here; then
	skip an-update-follows-a-registry 'no docker-registry, htpasswd or openssl'
	exit 0
fi
# What still runs goes first.
stop_boxes() {
	for box in $("$DAVIT" ps -q 2>/dev/null); do
		"$DAVIT" kill "$box" >/dev/null 2>&1 || :
	done
}
cleanup() {
	stop_boxes
	registry_stop_all
}

registry_start r
name=$HOST_NAME/shop/app
# release VERSION [LINE...]: pushed as NAME:latest, and gone from here
release() {
	version "$@"
	"$DAVIT" tag "app:$1" "$name:latest"
	"$DAVIT" push -q "$name:latest" >/dev/null
	"$DAVIT" rmi -f "$name:latest" "app:$1" >/dev/null
}

# rest: what a sweep takes
rest() {
	"$DAVIT" prune --dry-run | grep delete || :
}

printf 'image = %s:none\n' "$name" >etc/apps/lacking.conf
contains what-is-not-here-is-not-started-and-davit-pull-named "$("$DAVIT" start lacking 2>&1 || :)" "davit pull"
printf 'image = "%s:none"\n' "$name" >etc/apps/lacking.conf
contains a-name-in-quotes-is-none "$("$DAVIT" start lacking 2>&1 || :)" "lacking.conf: image = \"$name:none\": "
printf 'image = %s:none # for now\n' "$name" >etc/apps/lacking.conf
contains nor-is-one-with-a-comment "$("$DAVIT" update lacking 2>&1 || :)" "lacking.conf: image = $name:none # for now: a tag is expected"
rm etc/apps/lacking.conf
head -c 1000000 /dev/urandom >context/large
release 1 'COPY large /large'
"$DAVIT" pull -q "$name:latest" >/dev/null
"$DAVIT" run -d --name web "$name:latest" >/dev/null
same the-app-runs 1 "$(runs web)"
ends what-the-registry-has-is-here-already 0 "$DAVIT" update web
contains that-is-told "$said" 'already at'

# release_next VERSION COMMAND: lines that come before what changes are the same layers.
release_next() {
	{
		echo 'FROM scratch'
		echo 'COPY busybox /bin/busybox'
		echo 'RUN ["/bin/busybox", "--install", "-s", "/bin"]'
		echo 'COPY large /large'
		echo "RUN echo $1 >/version"
		echo 'STOPSIGNAL SIGKILL'
		echo "CMD $2"
	} >context/Dockerfile
	"$DAVIT" build -q -t "$name:latest" context >/dev/null
	"$DAVIT" push -q "$name:latest" >/dev/null
	"$DAVIT" rmi -f "$name:latest" >/dev/null
}
release_next 2 'sleep 1000'
ends a-new-image-of-the-name-is-brought-up 0 "$DAVIT" update --healthy-after 1 web
same it-runs 2 "$(runs web)"
release_next 3 'sleep 1000'
ends without-asking-the-registry-a-name-that-went-is-none 1 "$DAVIT" update --no-pull web
same the-old-one-runs 2 "$(runs web)"
before=$(registry_sent r)
ends then-it-is-brought-up 0 "$DAVIT" update -q --healthy-after 1 web
same and-runs 3 "$(runs web)"
same what-no-rollback-leads-to-is-gone '' "$(rest)"
sent=$(($(registry_sent r) - before))
if [ "$sent" -lt 300000 ]; then
	pass only-the-layer-that-changed-is-fetched
else
	fail only-the-layer-that-changed-is-fetched "$sent bytes"
fi
release_next 4 '["false"]'
ends a-bad-release-fails 1 "$DAVIT" update -q --healthy-after 2 web
same and-the-one-before-runs 3 "$(runs web)"
ends it-is-not-tried-again 1 "$DAVIT" update -q web
release_next 5 'sleep 1000'
mkdir etc/keys
"$DAVIT" keygen release >/dev/null
cp release.pub etc/keys
echo 'verify = signed' >etc/davit.conf
ends an-image-that-nobody-signed-is-refused 1 "$DAVIT" update web
contains that-is-told "$said" 'nobody signed it'
same and-nothing-of-it-stays '' "$(rest)"

# signed_release VERSION NAME: pushed as the app's name, and signed as NAME
signed_release() {
	version "$1"
	"$DAVIT" tag "app:$1" "$2"
	"$DAVIT" sign --key release.key "$2" >/dev/null
	"$DAVIT" tag "$2" "$name:latest"
	"$DAVIT" push -q "$name:latest" >/dev/null
	"$DAVIT" rmi -f "$name:latest" "$2" "app:$1" >/dev/null 2>&1 || :
}
rm etc/davit.conf
signed_release 6 "$name:latest"
echo 'verify = signed' >etc/davit.conf
ends a-signed-one-is-brought-up-over-one-that-is-not-by-who-insists 0 "$DAVIT" update -q --force --healthy-after 1 web
rm etc/davit.conf
signed_release 7 "$HOST_NAME/shop/other:1"
echo 'verify = signed' >etc/davit.conf
before=$("$DAVIT" images)
ends what-was-signed-for-another-name-is-refused 1 "$DAVIT" update web
contains that-is-told "$said" "app:latest is signed as \"$HOST_NAME/shop/other\""
same the-name-means-what-it-meant "$before" "$("$DAVIT" images)"
same and-nothing-of-that-stays '' "$(rest)"
rm etc/davit.conf

registry_stop r
ends a-registry-that-is-gone-ends-the-update 1 "$DAVIT" update web
same with-nothing-changed 6 "$(runs web)"
ends but-not-without-it 0 "$DAVIT" rollback -q --healthy-after 1 web
same which-runs 3 "$(runs web)"
