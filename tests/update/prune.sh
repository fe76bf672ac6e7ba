#!/bin/sh
# SPDX-License-Identifier: MIT
# davit prune gives back what nothing needs, tells how much, and never takes what a tag, a version or a sandbox needs.
set -eu
# shellcheck source=lib/update.sh
. "$(dirname "$0")/lib/update.sh"
# shellcheck source=lib/images.sh
. "$here/lib/images.sh"

files() {
	find root -path root/apps -prune -o -type f ! -name 'lock' ! -name '.lock-*' -print | sort
}
blobs() {
	find root/blobs -type f | wc -l
}

version 1
version 2
version 3
"$DAVIT" prune -f >/dev/null
files >all
same nothing-is-taken-where-all-is-needed 'Total reclaimed space: 0B' "$("$DAVIT" prune -f)"
files >after
check all-is-there cmp all after

head -c 100000 /dev/urandom >junk
mkdir -p root/partial
digest=$(sha256sum junk | cut -d ' ' -f 1)
cp junk "root/blobs/sha256/$digest"
cp junk root/new/0123456789abcdef
cp junk "root/partial/sha256-$digest"
ends without-an-answer-nothing-goes 1 "$DAVIT" prune
contains and-what-is-needed-is-said "$said" 'nobody answers: -f does not ask'
same a-no-is-no-failure 0 "$(echo n | "$DAVIT" prune >/dev/null && echo 0)"
contains all-says-that-names-go-too "$(echo n | "$DAVIT" prune -a)" 'no app, sandbox or version uses, with their names'
contains it-asks "$said" '[[]y/N]'
check still-there test -e "root/blobs/sha256/$digest"
contains a-dry-run-tells "$("$DAVIT" prune --dry-run)" "Would delete: sha256:$digest*Would delete: sha256:$digest (a download that was broken off)*Total reclaimed space: 3*kB (nothing was removed)"
check and-takes-nothing test -e "root/partial/sha256-$digest"
contains blobs-and-broken-downloads-go "$(echo y | "$DAVIT" prune)" 'Total reclaimed space: 3*kB'
files >after
check and-nothing-else cmp all after

# A name that is given to another image leaves one without.
"$DAVIT" run -d --name web app:1 >/dev/null
"$DAVIT" update -q --healthy-after 1 web app:2
"$DAVIT" run -d --name other app:3 >/dev/null
for tag in 1 2 3; do
	"$DAVIT" tag app:2 "app:$tag" 2>/dev/null || :
done
version 9
"$DAVIT" rmi -f app:1 app:2 app:3 >/dev/null
"$DAVIT" prune -f >/dev/null
check what-an-app-goes-back-to-is-never-taken "$DAVIT" rollback -q --healthy-after 1 web
"$DAVIT" stop other >/dev/null
before=$(blobs)
"$DAVIT" prune -f >/dev/null
same what-a-sandbox-is-of-is-never-taken "$before" "$(blobs)"
check it-is-started-again "$DAVIT" start other
"$DAVIT" rm -f other >/dev/null
contains images-without-a-name-go "$("$DAVIT" prune -f)" 'Deleted: sha256:'
dry=$("$DAVIT" prune --dry-run -a)
contains a-dry-run-of-all-tells-names "$dry" 'Would untag: app:9*Would delete: sha256:'
lacks and-claims-nothing "$dry" Deleted
"$DAVIT" run -d --name user app:9 >/dev/null
junk=$(sha256sum junk | cut -d ' ' -f 1)
cp junk "root/blobs/sha256/$junk"
ends a-name-that-a-sandbox-has-stays 1 "$DAVIT" rmi app:9
lacks and-nothing-else-goes-with-it "$said" Deleted
check and-all-is-still-there test -e "root/blobs/sha256/$junk"
"$DAVIT" rm -f user >/dev/null
same all-keeps-what-apps-need 'Untagged: app:9' "$("$DAVIT" prune -f -a | grep Untagged)"
check the-app-goes-on "$DAVIT" rollback -q --healthy-after 1 web
"$DAVIT" rm -f web >/dev/null
"$DAVIT" prune -f -a >/dev/null
same in-the-end-nothing-is-left 0 "$(blobs)"

mkdir -p root/snapshots/gone/0123 root/snapshots/gone/.new/upper
head -c 50000 /dev/urandom >root/snapshots/gone/.new/upper/file
contains snapshots-of-no-app-go "$("$DAVIT" prune -f)" 'Deleted: a snapshot of gone*Total reclaimed space: [1-9]*kB'
same all-of-them no "$([ -e root/snapshots/gone ] && echo yes || echo no)"

# What a power cut left of a removal has names already that the next one gives.
mkdir -p root/apps
chmod 700 root/apps
mkdir -p root/apps/.gone/.gone0/a/b root/apps/.gone/.gone1/c/d root/apps/.gone/.gone2/e/f
ends half-removed-folders-go 0 "$DAVIT" prune -f
same all-of-those-too no "$([ -e root/apps/.gone ] && echo yes || echo no)"

# A tag may name an index of images for several machines, sandboxes and versions name one of those.
image_make one 'exec sleep 1000' 100
image_make two 'exec sleep 1000' 200
image_index both one two
"$DAVIT" load -q -i both -t many:1 >/dev/null
"$DAVIT" run -d --name indexed many:1 >/dev/null
ends the-name-of-an-index-whose-image-a-sandbox-has-stays 1 "$DAVIT" rmi many:1
contains who-has-it-is-told "$said" 'the running sandbox indexed has this image'
lacks a-dry-run-leaves-it-too "$("$DAVIT" prune --dry-run -a)" many
lacks prune-leaves-it "$("$DAVIT" prune -f -a)" many
"$DAVIT" rm -f indexed >/dev/null
contains without-the-sandbox-it-goes "$("$DAVIT" prune -f -a)" 'Untagged: many:1'

# An app that is started for the first time has its image from when that is chosen.
version first
"$DAVIT" save -o first.zip app:first >/dev/null
echo 'image = app:first' >etc/apps/first.conf
lost=
for i in 0 1 2 3 4 5 6 7; do
	"$DAVIT" load -q -i first.zip >/dev/null
	"$DAVIT" start first >/dev/null 2>&1 &
	sleep "0.0$i"
	"$DAVIT" rmi -f app:first >/dev/null
	if wait $!; then
		"$DAVIT" rmi -f none >/dev/null
		"$DAVIT" stop first >/dev/null
		"$DAVIT" start first >/dev/null 2>&1 || lost="$lost $i"
	fi
	"$DAVIT" rm -f first >/dev/null 2>&1 || :
done
same an-app-that-was-started-has-its-image '' "$lost"
rm etc/apps/first.conf

# Any number at once.
for i in 1 2 3; do
	version "$i"
done
# A tag comes where another goes, and with it the folders of both.
for name in x y; do
	i=0
	while [ $i -lt 60 ]; do
		i=$((i + 1))
		"$DAVIT" tag app:1 "a/b/$name:1" 2>>"tags-$name" || :
		"$DAVIT" rmi --no-prune "a/b/$name:1" >/dev/null 2>&1 || :
	done &
done
wait
same tags-come-and-go-side-by-side '' "$(sort tags-x tags-y | uniq -c)"

for i in 1 2 3 4 5 6 7 8; do
	"$DAVIT" prune -f >/dev/null 2>"err$i" &
	"$DAVIT" run --rm "app:$((i % 3 + 1))" true 2>"run$i" || fail "a-launch-beside-a-prune-$i" "$(cat "run$i")"
	"$DAVIT" tag app:1 "app:x$i" || fail "a-tag-beside-a-prune-$i" ""
done
wait
same beside-others-it-says-nothing '' "$(cat err?)"
"$DAVIT" verify app:1 >/dev/null 2>&1 || :
same all-images-are-whole '1 2 3' "$(for i in 1 2 3; do "$DAVIT" run --rm "app:$i" cat /version; done | tr '\n' ' ' | sed 's/ $//')"
ends a-word-is-wrong-usage 2 "$DAVIT" prune x
