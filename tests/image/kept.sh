#!/bin/sh
# SPDX-License-Identifier: MIT
# Images that a machine keeps: loaded, listed, named, removed; and what happens when they are not what they say.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$TMP"
DAVIT_ROOT=$TMP/root DAVIT_CONFIG=$TMP/etc DAVIT_RUN_ROOT=$TMP/run
export DAVIT_ROOT DAVIT_CONFIG DAVIT_RUN_ROOT
mkdir etc

# refused NAME PART-OF-THE-MESSAGE COMMAND...: exit code 1, one line
refused() {
	refused_name=$1 refused_part=$2
	shift 2
	refused_status=0
	"$@" >out 2>err || refused_status=$?
	if [ $refused_status -ne 1 ] || [ "$(wc -l <err)" -ne 1 ] || [ -s out ]; then
		fail "$refused_name" "exit code $refused_status, $(cat out err)"
	else
		contains "$refused_name" "$(cat err)" "$refused_part"
	fi
}

blobs() {
	find root/blobs -type f | wc -l
}

listed() {
	"$DAVIT" images --format '{{.Repository}}:{{.Tag}}' "$@" | tr '\n' ' '
}

for i in base one two; do
	mkdir "$i.tree"
	echo "$i" >"$i.tree/$i"
	mksquashfs "$i.tree" "$i.squashfs" -quiet -no-progress -all-root
done
"$here/layout" --config '{"Cmd":["/bin/sh"],"Labels":{"kind":"old"}}' --tag web:1 layout base.squashfs one.squashfs >digest
digest=$(cat digest)
"$here/layout" --tag host.example:5000/team/mail:2 layout base.squashfs two.squashfs >/dev/null
"$here/layout" --tag lone alone base.squashfs >/dev/null

# --- nothing -----------------------------------------------------------------------------------------

same a-machine-without-images-lists-none 1 "$("$DAVIT" images | wc -l)"
same listing-makes-nothing no "$([ -e root ] && echo yes || echo no)"
same a-file-that-is-not-there-is-said-once 'davit: open nonesuch.zip: No such file or directory' "$("$DAVIT" load -i nonesuch.zip 2>&1)"
refused an-image-that-is-not-there-is-not-removed 'web: no such image' "$DAVIT" rmi web
check an-image-that-is-not-there-is-no-matter-for-force "$DAVIT" rmi -f web

# --- load --------------------------------------------------------------------------------------------

same load-says-what-came "Loaded image: web:1
Loaded image: host.example:5000/team/mail:2" "$("$DAVIT" load -i layout 2>&1)"
same a-shared-layer-is-kept-once 7 "$(blobs)"
same all-that-came-is-listed 'host.example:5000/team/mail:2 web:1 ' "$(listed)"
same a-tag-alone-goes-behind-the-name-of-the-file 'Loaded image: alone:lone' "$("$DAVIT" load -i alone/)"
same a-quiet-load-says-nothing '' "$("$DAVIT" load -q -i alone)"
same a-name-is-given-by-hand 'Loaded image: mine:7' "$("$DAVIT" load -i alone --tag mine:7)"
refused one-name-is-not-for-two-images 'holds 2 images' "$DAVIT" load -i layout --tag both
refused a-bad-name-is-refused 'Bad: expected NAME' "$DAVIT" load -i alone --tag Bad
"$DAVIT" rmi alone:lone mine:7 >/dev/null

# --- list --------------------------------------------------------------------------------------------

same columns-are-dockers 'REPOSITORY TAG IMAGE ID CREATED SIZE' "$("$DAVIT" images | head -n 1 | tr -s ' ')"
same an-id-is-that-of-the-configuration "$(python3 - "$digest" <<-'END'
	import json, sys
	print(json.load(open("layout/blobs/sha256/" + sys.argv[1][7:]))["config"]["digest"])
	END
)" "$("$DAVIT" images -q --no-trunc web:1)"
same one-name-is-listed 'web:1 ' "$(listed web)"
same a-pattern-is-listed 'host.example:5000/team/mail:2 ' "$(listed 'ma*')"
same a-label-is-looked-for 'web:1 ' "$(listed -f label=kind=old)"
same another-label-is-not-found '' "$(listed -f label=kind=new)"
same nothing-dangles '' "$(listed -f dangling=true)"
refused a-filter-by-no-image-is-refused '--filter before=none: no such image' "$DAVIT" images -f before=none
refused a-filter-is-true-or-false '--filter dangling=x: expected true or false' "$DAVIT" images -f dangling=x
refused an-unknown-filter-is-refused '--filter size=3: expected before=' "$DAVIT" images -f size=3
same digests-are-shown "$digest" "$("$DAVIT" images --format '{{.Digest}}' web)"
same json-is-json web "$("$DAVIT" images --format json web | python3 -c 'import json, sys; print(json.load(sys.stdin)["Repository"])')"

# --- names -------------------------------------------------------------------------------------------

id=$("$DAVIT" images -q web:1)
check an-image-gets-another-name "$DAVIT" tag web:1 site
check an-image-is-named-by-its-id "$DAVIT" tag "$id" site:old
same all-its-names-are-listed 'site:latest site:old web:1 ' "$(listed -f label=kind)"
refused what-is-not-there-gets-no-name 'nothing: no such image' "$DAVIT" tag nothing site
same an-option-is-no-name "davit: unknown option -f (davit help tag lists them)
2" "$("$DAVIT" tag -f web:1 site 2>&1 || echo $?)"
refused a-digest-is-no-name 'has no digest' "$DAVIT" tag web:1 "site@$digest"
refused an-image-with-names-is-not-removed-by-its-id 'names in 2 repositories' "$DAVIT" rmi "$id"
same a-name-is-taken-away 'Untagged: site:old' "$("$DAVIT" rmi site:old)"
same what-has-a-name-stays 7 "$(blobs)"
same the-last-part-of-many-goes 'Untagged: web:1 Untagged: site:latest' "$("$DAVIT" rmi web:1 site | head -n 2 | tr '\n' ' ' | sed 's/ $//')"
same what-nothing-else-needs-goes-with-the-last-name 4 "$(blobs)"
same the-other-is-whole 0 "$("$DAVIT" save -o rest.zip host.example:5000/team/mail:2 && unzip -tq rest.zip >/dev/null; echo $?)"

# --- signatures --------------------------------------------------------------------------------------

"$DAVIT" keygen k >/dev/null
mkdir etc/keys
cp k.pub etc/keys
"$DAVIT" sign --key k.key layout:web:1 >/dev/null
"$DAVIT" load -q -i layout
contains signatures-come-along "$("$DAVIT" verify web:1 2>&1)" 'signed by k.pub'
"$DAVIT" tag web:1 shop:3
contains a-signature-holds-under-another-name "$("$DAVIT" verify shop:3 2>&1)" 'signed by k.pub'
lacks signatures-are-not-listed "$(listed)" sig
"$DAVIT" save -o web.zip web:1
"$DAVIT" rmi web:1 shop:3 >/dev/null
same signatures-go-with-their-image 4 "$(blobs)"
same no-name-of-a-signature-stays '' "$(find root/tags -name '*.sig')"
"$DAVIT" load -q -i web.zip
contains a-zip-brings-signatures-too "$("$DAVIT" verify web:1 2>&1)" 'signed by k.pub'
same standard-input-is-loaded 'Loaded image: web:1' "$("$DAVIT" load <web.zip)"
same a-pipe-is-loaded 'Loaded image: web:1' "$(dd if=web.zip bs=64k 2>/dev/null | "$DAVIT" load)"
same nothing-half-written-stays '' "$(ls root/new)"

# Signed once as what stands before it in the list of names, and then by another key as itself.
"$DAVIT" keygen l >/dev/null
"$DAVIT" tag web:1 also:1
"$DAVIT" sign --key k.key also:1 >/dev/null
"$DAVIT" sign --key l.key web:1 >/dev/null
contains of-signatures-under-several-names-those-of-its-own-count "$("$DAVIT" verify --key l.pub web:1 2>&1)" 'signed by l.pub'
contains the-other-name-has-its-own "$("$DAVIT" verify --key k.pub also:1 2>&1)" 'signed by k.pub'
"$DAVIT" save -o own.zip web:1
contains a-zip-takes-those-of-its-name "$("$DAVIT" verify --key l.pub own.zip 2>&1)" 'signed by l.pub'
"$DAVIT" keygen m >/dev/null
"$DAVIT" sign --key m.key web:1 >/dev/null
contains one-more-signature-leaves-the-ones-before "$("$DAVIT" verify --key l.pub web:1 2>&1)" 'signed by l.pub'
"$DAVIT" rmi also:1 web:1 >/dev/null
"$DAVIT" load -q -i web.zip

# --- damage ------------------------------------------------------------------------------------------

before=$(find root -type f | sort)
cp -r layout bad
for blob in bad/blobs/sha256/*; do
	if [ "$(head -c 4 "$blob")" = hsqs ]; then
		printf X | dd of="$blob" bs=1 seek=200 conv=notrunc 2>/dev/null
	fi
done
"$DAVIT" rmi web:1 host.example:5000/team/mail:2 >/dev/null
before=$(find root -type f | sort)
refused a-layer-that-is-not-what-it-says-is-refused 'has the digest' "$DAVIT" load -i bad
same a-refused-load-leaves-nothing "$before" "$(find root -type f | sort)"
"$DAVIT" load -q -i layout
for blob in root/blobs/sha256/*; do
	if [ "$(head -c 4 "$blob")" = hsqs ]; then
		chmod u+w "$blob"
		printf X | dd of="$blob" bs=1 seek=200 conv=notrunc 2>/dev/null
	fi
done
"$DAVIT" load -q -i layout
spoilt=0
for blob in root/blobs/sha256/*; do
	[ "$(sha256sum <"$blob" | cut -d ' ' -f 1)" = "${blob##*/}" ] || spoilt=$((spoilt + 1))
done
same loading-again-heals-what-flash-has-spoilt 0 $spoilt
manifest=root/blobs/sha256/${digest#sha256:}
chmod u+w "$manifest"
cp "$manifest" manifest
printf X >"$manifest"
status=0
"$DAVIT" images >out 2>err || status=$?
same a-damaged-image-is-said '1 1' "$status $(wc -l <err | tr -d ' ')"
contains the-others-are-listed-beside-a-damaged-one "$(cat out)" team/mail
check a-damaged-image-can-be-removed "$DAVIT" rmi web:1
same a-removed-damaged-image-takes-its-own-along 4 "$(blobs)"

# --- several at once ---------------------------------------------------------------------------------

for i in 1 2 3 4 5 6; do
	(
		for _ in 1 2 3; do
			"$DAVIT" load -q -i layout
			"$DAVIT" rmi web:1 >/dev/null 2>&1 || :
			"$DAVIT" load -q -i alone -t "own:$i"
		done
	) 2>"err.$i" &
done
wait
"$DAVIT" load -q -i layout
same several-davits-do-not-sweep-what-others-bring '' "$(cat err.?)"
check what-is-left-is-whole "$DAVIT" save -o all.zip web:1 own:1 own:6 host.example:5000/team/mail:2

# --- history -----------------------------------------------------------------------------------------

same history-has-dockers-columns 'IMAGE CREATED CREATED BY SIZE COMMENT' "$("$DAVIT" history web:1 | head -n 1 | tr -s ' ' | sed 's/ $//')"
same history-has-a-line-for-each-layer 3 "$("$DAVIT" history web:1 | wc -l)"
same the-image-is-the-newest-step "$id <missing>" "$("$DAVIT" history -q web:1 | tr '\n' ' ' | sed 's/ $//')"
same a-file-has-a-history-too 2 "$("$DAVIT" history -q web.zip | wc -l)"

# --- inspect -----------------------------------------------------------------------------------------

same inspect-knows-an-image "$("$DAVIT" images -q --no-trunc web:1) web:1 web@$digest old" \
	"$("$DAVIT" inspect --format '{{.Id}} {{index .RepoTags 0}} {{index .RepoDigests 0}} {{index .Config.Labels "kind"}}' web:1)"
check inspect-prints-json sh -c "'$DAVIT' inspect web:1 web.zip | python3 -c 'import json, sys
one, two = json.load(sys.stdin)
sys.exit(one[\"RootFS\"] != two[\"RootFS\"] or len(one[\"RootFS\"][\"Layers\"]) != 2 or one[\"Config\"][\"Cmd\"] != [\"/bin/sh\"])'"
same inspect-says-what-a-config-says "$(skopeo inspect --config "oci:layout:web:1" --format '{{.Architecture}} {{.OS}} {{.Config.Cmd}} {{.RootFS.DiffIDs}}')" \
	"$("$DAVIT" inspect --type=image --format '{{.Architecture}} {{.Os}} [{{join .Config.Cmd " "}}] [{{join .RootFS.Layers " "}}]' web:1)"
refused an-image-is-no-container 'no such sandbox' "$DAVIT" inspect --type container --format '{{.Id}}' web:1
refused an-image-that-is-not-there-is-not-inspected 'neither a file nor an image' "$DAVIT" inspect --type image --format '{{.Id}}' nobody
same inspect-refuses-another-type 2 "$("$DAVIT" inspect --type net web:1 2>/dev/null || echo $?)"
