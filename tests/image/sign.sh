#!/bin/sh
# SPDX-License-Identifier: MIT
# Keys and signatures, with openssl on the other side; and signatures that somebody would like to be believed.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$TMP"
unset DAVIT_CONFIG

# --- keys --------------------------------------------------------------------------------------------

check keygen-writes-a-pair "$DAVIT" keygen release
same keygen-keeps-the-private-key-private "600 644" "$(stat -c %a release.key release.pub | tr '\n' ' ' | sed 's/ $//')"
same openssl-reads-the-private-key-and-finds-the-public-one "$(cat release.pub)" "$(openssl pkey -in release.key -pubout 2>&1)"
check openssl-checks-the-pair openssl pkey -in release.key -check -noout
"$DAVIT" keygen other >/dev/null

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
before=$(cat release.key release.pub)
refused keygen-overwrites-no-key 'is there already' "$DAVIT" keygen release
rm other.key
refused keygen-overwrites-no-public-key 'other.pub: is there already' "$DAVIT" keygen other
same a-refused-keygen-leaves-nothing "$before no" "$(cat release.key release.pub) $([ -e other.key ] && echo yes || echo no)"
rm other.pub
"$DAVIT" keygen other >/dev/null

# --- an image ----------------------------------------------------------------------------------------

mkdir tree
echo hello >tree/file
mksquashfs tree layer.squashfs -noappend -quiet -no-progress >/dev/null
# fresh NAME: a layout with an image in it, called web:1; its digest is $digest
fresh() {
	rm -rf "$1"
	digest=$("$here/layout" --tag web:1 "$1" layer.squashfs)
	tag=sha256-${digest#sha256:}.sig
}
fresh image
refused an-image-without-a-signature-is-refused "image: nobody signed it ($digest)" "$DAVIT" verify --key release.pub image
check an-image-is-signed "$DAVIT" sign --key release.key image
check a-signed-image-is-verified "$DAVIT" verify --key release.pub image
contains verify-says-who-signed-what "$("$DAVIT" verify --key release.pub image 2>&1)" 'signed by release.pub as web;'
check one-image-of-a-layout-is-verified-by-its-name "$DAVIT" verify --key release.pub image:web:1
check one-image-of-a-layout-is-verified-by-its-tag "$DAVIT" verify --key release.pub image:1
before=$(cat image/index.json)
contains a-signature-is-added-once "$("$DAVIT" sign --key release.key image 2>&1)" 'was signed already'
same signing-again-changes-nothing "$before" "$(cat image/index.json)"
refused another-key-is-not-believed 'no signature by a key in what --key gave' "$DAVIT" verify --key other.pub image
"$DAVIT" sign --key other.key image >/dev/null
check a-second-signature-keeps-the-first "$DAVIT" verify --key release.pub image
check a-second-signature-counts "$DAVIT" verify --key other.pub image
check one-trusted-key-of-several-is-enough "$DAVIT" verify --key other.pub --key release.pub image
check skopeo-reads-the-signatures-as-an-image skopeo inspect "oci:image:$tag"

# --- openssl on the other side -----------------------------------------------------------------------

# The payload and the signature that davit wrote for the first layer.
cat >first <<'PYTHON'
import base64, json, sys
folder, tag = sys.argv[1:]
name = "org.opencontainers.image.ref.name"
entry = [e for e in json.load(open(folder + "/index.json"))["manifests"] if e["annotations"][name] == tag][0]
blob = lambda d: open(folder + "/blobs/sha256/" + d["digest"][7:], "rb").read()
layer = json.loads(blob(entry))["layers"][0]
open("payload", "wb").write(blob(layer))
open("signature", "wb").write(base64.b64decode(layer["annotations"]["dev.cosignproject.cosign/signature"]))
PYTHON
python3 first image "$tag"
check openssl-verifies-what-davit-signed openssl dgst -sha256 -verify release.pub -signature signature payload
same the-payload-is-the-simple-signing-of-cosign \
	"{\"critical\":{\"identity\":{\"docker-reference\":\"web\"},\"image\":{\"docker-manifest-digest\":\"$digest\"},\"type\":\"cosign container image signature\"},\"optional\":null}" \
	"$(cat payload)"

# payload DIGEST [TYPE [MORE]]: as cosign writes it
payload() {
	printf '{"critical":{"identity":{"docker-reference":"registry.example/web"},"image":{"docker-manifest-digest":"%s"},"type":"%s"%s},"optional":{"creator":"cosign/v2.0","timestamp":1700000000}}' \
		"$1" "${2-cosign container image signature}" "${3-}"
}
# sign FILE [KEY]: base64 of openssl's signature
sign() {
	openssl dgst -sha256 -sign "${2-release.key}" "$1" | base64 -w 0
}
fresh image
payload "$digest" >signed
"$here/attach" image "$tag" signed "$(sign signed)"
check davit-verifies-what-openssl-signed "$DAVIT" verify --key release.pub image
contains the-name-in-the-payload-is-told "$("$DAVIT" verify --key release.pub image 2>&1)" 'as registry.example/web;'
"$DAVIT" sign --key other.key --identity shop/web image >/dev/null
contains identity-is-what-the-signature-calls-it "$("$DAVIT" verify --key other.pub image 2>&1)" 'as shop/web;'
check davit-adds-to-the-signatures-of-others "$DAVIT" verify --key release.pub image

openssl ecparam -name prime256v1 -genkey -noout -out sec1.key 2>/dev/null
openssl pkey -in sec1.key -pubout -out sec1.pub
check a-key-of-openssl-ecparam-signs "$DAVIT" sign --key sec1.key image
check a-key-of-openssl-ecparam-is-trusted "$DAVIT" verify --key sec1.pub image
for curve in secp384r1 secp256k1 brainpoolP256r1; do
	openssl ecparam -name $curve -genkey -noout -out $curve.key 2>/dev/null
	openssl pkey -in $curve.key -pubout -out $curve.pub
	refused "a-key-on-$curve-does-not-sign" 'curve P-256' "$DAVIT" sign --key $curve.key image
	refused "a-key-on-$curve-is-not-trusted" "$curve.pub: not a key for ECDSA on the curve P-256" "$DAVIT" verify --key $curve.pub image
done
openssl genrsa -out rsa.key 2048 2>/dev/null
openssl pkey -in rsa.key -pubout -out rsa.pub
refused an-RSA-key-does-not-sign 'curve P-256' "$DAVIT" sign --key rsa.key image
refused an-RSA-key-is-not-trusted 'curve P-256' "$DAVIT" verify --key rsa.pub image
refused a-public-key-does-not-sign 'no private key in PEM' "$DAVIT" sign --key release.pub image
refused a-private-key-is-not-for-trust 'holds a private key' "$DAVIT" verify --key release.key image
refused a-missing-key-is-told 'read key gone.key: No such file' "$DAVIT" sign --key gone.key image

module=$(find /usr/lib/softhsm /usr/lib/*/softhsm -name 'libsofthsm2.so' 2>/dev/null | head -n 1)
if command -v softhsm2-util >/dev/null && [ -n "$module" ] && openssl engine pkcs11 >/dev/null 2>&1; then
	mkdir tokens
	echo "directories.tokendir = $TMP/tokens" >softhsm.conf
	export SOFTHSM2_CONF="$TMP/softhsm.conf" PKCS11_MODULE_PATH="$module"
	softhsm2-util --init-token --free --label davit --pin 1234 --so-pin 1234 >/dev/null
	softhsm2-util --import release.key --token davit --label release --id 01 --pin 1234 >/dev/null
	fresh image
	check a-key-in-a-token-signs "$DAVIT" sign --key 'pkcs11:token=davit;object=release;pin-value=1234' image
	check what-a-token-signed-is-verified "$DAVIT" verify --key release.pub image
	check a-missing-key-in-a-token-is-told \
		sh -c "! '$DAVIT' sign --key 'pkcs11:token=davit;object=gone;pin-value=1234' image >out 2>err &&
		tail -n 1 err | grep -q 'openssl cannot use the key pkcs11:token=davit;object=gone'"
else
	skip a-key-in-a-token-signs 'no softhsm2 with libengine-pkcs11-openssl'
fi

# --- an image that is kept ---------------------------------------------------------------------------

fresh image
mkdir -p root/tags/shop/web
cp -R image/blobs root
echo "$digest $(stat -c %s "image/blobs/sha256/${digest#sha256:}") application/vnd.oci.image.manifest.v1+json" >root/tags/shop/web/:1
export DAVIT_ROOT="$TMP/root"
refused a-kept-image-without-a-signature-is-refused "shop/web:1: nobody signed it" "$DAVIT" verify --key release.pub shop/web:1
check a-kept-image-is-signed "$DAVIT" sign --key release.key shop/web:1
contains a-kept-image-is-verified "$("$DAVIT" verify --key release.pub shop/web:1 2>&1)" 'shop/web:1: signed by release.pub as shop/web;'
check the-signature-is-kept-under-its-tag test -e "root/tags/shop/web/:$tag"
check a-kept-image-is-verified-by-its-digits "$DAVIT" verify --key release.pub "$(echo "$digest" | cut -c 8-19)"
refused an-image-that-is-not-kept-is-told 'neither a file nor an image in' "$DAVIT" sign --key release.key shop/db:1
unset DAVIT_ROOT

# --- an image in a zip -------------------------------------------------------------------------------

fresh image
"$DAVIT" save -o image.zip image
chmod 640 image.zip
check an-image-in-a-zip-is-signed "$DAVIT" sign --key release.key image.zip
contains an-image-in-a-zip-is-verified "$("$DAVIT" verify --key release.pub image.zip 2>&1)" 'image.zip: web:1: signed by release.pub'
same a-zip-keeps-its-mode 640 "$(stat -c %a image.zip)"
same no-other-file-is-left image.zip "$(echo image.zip*)"
check unzip-finds-nothing-wrong-in-a-signed-zip unzip -tq image.zip
ln -s image.zip link.zip
"$DAVIT" sign --key other.key link.zip >/dev/null
check a-second-signature-in-a-zip-counts "$DAVIT" verify --key other.pub image.zip
check a-second-signature-in-a-zip-keeps-the-first "$DAVIT" verify --key release.pub link.zip
same a-link-to-a-zip-stays-a-link image.zip "$(readlink link.zip)"
before=$(sha256sum <image.zip)
"$DAVIT" sign --key other.key image.zip >/dev/null
same signing-a-zip-again-changes-nothing "$before" "$(sha256sum <image.zip)"
cp image.zip changed.zip
printf X | dd of=changed.zip bs=1 seek=$(($(grep -abo hsqs changed.zip | head -n 1 | cut -d : -f 1) + 100)) conv=notrunc 2>/dev/null
before=$(sha256sum <changed.zip)
refused a-changed-zip-is-not-signed 'changed.zip' "$DAVIT" sign --key sec1.key changed.zip
same a-zip-that-is-not-signed-stays-as-it-is "$before" "$(sha256sum <changed.zip)"

# --- what somebody would like to be believed ---------------------------------------------------------

# believed NAME MESSAGE [--media-type TYPE] PAYLOAD-FILE SIGNATURE...: attached to a fresh image, refused
not_believed() {
	not_name=$1 not_part=$2
	shift 2
	"$here/attach" image "$tag" "$@"
	refused "$not_name" "$not_part" "$DAVIT" verify --key release.pub image
}
fresh image
payload "$digest" >good
good=$(sign good)
not_believed a-list-of-no-signatures-is-none 'nobody signed it'
not_believed a-signature-by-a-stranger-is-none 'no signature by a key' good "$(sign good other.key)"
payload "sha256:$(printf %064d 0)" >moved
not_believed a-signature-of-another-image-is-none 'its signature is one of another image' moved "$(sign moved)"
payload "sha256:$(printf %064d 0)" 'cosign container image signature' ",\"comment\":\"${digest#sha256:}\"" >hidden
not_believed a-digest-in-another-place-does-not-count 'comment' hidden "$(sign hidden)"
printf '{"critical":{"identity":{"docker-reference":""},"image":{"docker-manifest-digest":"sha256:%064d"},"type":"cosign container image signature"},"optional":{"x":"%s"}}' 0 "${digest#sha256:}" >optional
not_believed a-digest-in-what-is-optional-does-not-count 'its signature is one of another image' optional "$(sign optional)"
sed 's/cosign container/atomic container/' good >othertype
not_believed a-signed-payload-of-another-type-is-none 'expected "cosign container image signature"' othertype "$(sign othertype)"
not_believed a-changed-payload-is-none 'no signature by a key' othertype "$good"
echo "$digest" | tr -d '\n' >bare
not_believed a-signed-text-that-is-no-JSON-is-none 'this is not JSON' bare "$(sign bare)"
payload "$digest" 'cosign container image signature' ',"image":{}' >twice
not_believed a-payload-that-says-something-twice-is-none 'image' twice "$(sign twice)"
not_believed a-signature-without-its-annotation-is-none 'without its annotation' good -
not_believed an-empty-signature-is-none 'no signature by a key' good ''
not_believed a-signature-that-is-no-base64-is-none 'no signature by a key' good '!!!!'
not_believed a-cut-signature-is-none 'no signature by a key' good "$(printf %s "$good" | cut -c 1-80)"
not_believed a-longer-signature-is-none 'no signature by a key' good "$(printf %s "$good" | base64 -d | sed 's/$/x/' | base64 -w 0)"
not_believed a-signature-of-zeroes-is-none 'no signature by a key' good MAYCAQACAQA=
not_believed a-signature-of-another-media-type-is-none 'nobody signed it' --media-type application/json good "$good"
not_believed a-payload-under-another-digest-is-none 'blobs/sha256/0' --digest "sha256:$(printf %064d 0)" good "$good"
{
	printf '{"critical":{"identity":{"docker-reference":"'
	head -c 70000 /dev/zero | tr '\0' x
	printf '"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}' "$digest"
} >long
not_believed a-payload-over-64-KiB-is-none 'over more than 65536 bytes' long "$(sign long)"
set --
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33; do
	set -- "$@" good "$good"
done
not_believed more-than-32-signatures-are-refused 'more than 32 signatures' "$@"
refused more-than-32-signatures-are-not-made '32 signatures already' "$DAVIT" sign --key other.key image
"$here/attach" image "$tag" good "$(sign good other.key)" good "$good"
check a-good-signature-behind-a-stranger-s-counts "$DAVIT" verify --key release.pub image

# What was signed is not what is there.
fresh image
"$DAVIT" sign --key release.key image >/dev/null
layer=image/blobs/sha256/$(sha256sum layer.squashfs | cut -c 1-64)
cp "$layer" kept
printf X | dd of="$layer" bs=1 seek=100 conv=notrunc 2>/dev/null
refused a-changed-byte-in-a-layer-is-found 'its digest is sha256:' "$DAVIT" verify --key release.pub image
head -c 100 kept >"$layer"
refused a-cut-layer-is-found 'has 100 bytes' "$DAVIT" verify --key release.pub image
rm "$layer"
refused a-missing-layer-is-found 'has no blobs/sha256/' "$DAVIT" verify --key release.pub image
cp kept "$layer"
manifest=image/blobs/sha256/${digest#sha256:}
sed -i 's/web/wex/;s/squashfs/squashfz/' "$manifest"
refused a-changed-manifest-is-found 'has the digest' "$DAVIT" verify --key release.pub image

# --- the keys of a device ----------------------------------------------------------------------------

fresh image
"$DAVIT" sign --key release.key image >/dev/null
config() {
	"$DAVIT" --config "$TMP/config" verify image
}
mkdir -p config/keys
refused no-key-trusts-nobody 'config/keys holds no key' config
cp release.pub config/keys/shop.pub
cp other.key config/keys/ignored.key
check the-keys-of-the-device-are-trusted config
contains the-key-is-told-by-its-file-name "$(config 2>&1)" 'signed by shop.pub'
chmod 666 config/keys/shop.pub
refused a-key-that-others-may-write-is-refused 'others than root may write' config
chmod 644 config/keys/shop.pub
chmod 777 config/keys
refused a-folder-that-others-may-write-is-refused 'others than root may write' config
chmod 755 config/keys
ln -s /dev/null config/keys/link.pub
refused a-key-that-is-a-link-is-refused 'link.pub: is a symbolic link' config
rm config/keys/link.pub
mkfifo config/keys/fifo.pub
refused a-key-that-is-a-pipe-is-refused 'fifo.pub: expected a file' config
rm config/keys/fifo.pub
echo junk >config/keys/junk.pub
refused a-key-that-is-none-is-refused 'junk.pub: no public key in PEM' config
rm config/keys/junk.pub
cp release.pub 'config/keys/a b.pub'
refused a-key-with-a-strange-name-is-refused 'a file name of letters' config
rm 'config/keys/a b.pub'
for i in $(seq 1 33); do
	cp other.pub "config/keys/k$i.pub"
done
refused more-than-32-keys-are-refused 'more than 32 keys' config

# --- usage -------------------------------------------------------------------------------------------

usage() {
	usage_name=$1
	shift
	usage_status=0
	"$@" >out 2>err || usage_status=$?
	same "$usage_name" 2 $usage_status
}
usage sign-needs-a-key "$DAVIT" sign image
usage sign-needs-an-image "$DAVIT" sign --key release.key
usage verify-needs-one-image "$DAVIT" verify --key release.pub image image
usage keygen-takes-one-name "$DAVIT" keygen a b
