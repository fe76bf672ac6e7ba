#!/bin/sh
# SPDX-License-Identifier: MIT
# davit versions, rollback and start: what there is, back to what there was, and again after a boot; and apps of .conf files.
# shellcheck disable=SC2016 # what the shell inside expands
set -eu
# shellcheck source=lib/update.sh
. "$(dirname "$0")/lib/update.sh"

# labelled VERSION [LABEL...]: app:VERSION, of that version, signed
labelled() {
	labelled_tag=$1
	shift
	version "$labelled_tag" "LABEL io.davit.version=$labelled_tag" "$@"
	"$DAVIT" sign --key release.key "app:$labelled_tag" >/dev/null
}
update() {
	"$DAVIT" update -q --no-pull --healthy-after 1 "$@"
}
# refused NAME PART COMMAND...
refused() {
	refused_name=$1 refused_part=$2
	shift 2
	try "$@"
	if [ "$code" -ne 1 ]; then
		fail "$refused_name" "exit code $code, $said"
	else
		contains "$refused_name" "$said" "$refused_part"
	fi
}

# --- listed -------------------------------------------------------------------------------------------------------

version 1
version 2
version bad 'CMD ["false"]'
refused an-app-that-nobody-knows-has-no-versions 'no such app' "$DAVIT" versions web
"$DAVIT" run -d --name web --hostname here app:1 >/dev/null
contains an-app-that-was-launched-has-one "$("$DAVIT" versions web)" 'current, running*app:1*sha256:'
refused an-app-with-one-version-has-none-to-go-back-to 'no version before' "$DAVIT" rollback web
update web app:2
try update web app:bad
same all-of-them-are-listed 'current, running app:2|previous app:1|failed app:bad|' \
	"$("$DAVIT" versions --format '{{.State}} {{.Reference}}' web | tr '\n' '|')"
contains why-one-failed-is-listed "$("$DAVIT" versions web)" 'it ended with exit code 1'
same as-json-too '"current, running"' "$("$DAVIT" versions --format '{{json .State}}' web | head -n 1)"
same only-digests 71 "$("$DAVIT" versions -q --no-trunc web | head -n 1 | tr -d '\n' | wc -c)"

# --- not swept ----------------------------------------------------------------------------------------------------

"$DAVIT" rmi -f app:1 app:2 >/dev/null
check what-runs-and-what-was-before-stay-when-their-names-go "$DAVIT" rollback -q --healthy-after 1 web
same the-version-before-runs 1 "$(runs web)"
same it-is-launched-as-it-was here "$("$DAVIT" exec web hostname)"
same the-one-that-was-left-is-the-one-before 'app:1 app:2' "$(kept web current) $(kept web previous)"
refused a-version-that-is-not-kept-is-refused 'nothing is kept' "$DAVIT" rollback web app:7
check a-version-is-meant-by-its-name "$DAVIT" rollback -q --healthy-after 1 web app:2
same it-runs 2 "$(runs web)"

# --- started ------------------------------------------------------------------------------------------------------

same an-app-that-runs-is-started-already web "$("$DAVIT" start web)"
"$DAVIT" stop web >/dev/null
contains one-that-was-stopped-is-not-running "$("$DAVIT" versions web)" 'current  *app:2'
check an-app-that-was-stopped-is-started "$DAVIT" start web
same in-its-current-version 2 "$(runs web)"
reboot
check after-a-boot-too "$DAVIT" start web
same in-its-current-version-too '2 here' "$(runs web) $("$DAVIT" exec web hostname)"
refused an-app-that-nobody-knows-is-not-started 'no such app' "$DAVIT" start nobody
refused nor-rolled-back 'no such app: neither' "$DAVIT" rollback nobody
echo 'image = app:1' >etc/apps/nobody.conf
for verb in versions rollback; do
	refused "davit-$verb-of-an-app-that-never-ran-says-so" 'nobody: it never ran here' "$DAVIT" $verb nobody
done
rm etc/apps/nobody.conf
printf 'current\nend\n' >root/versions/web
refused damaged-versions-are-told 'root/versions/web:1: expected' "$DAVIT" versions web
refused and-nothing-is-swept-then 'root/versions/web:1: expected' "$DAVIT" rmi -f app:bad
"$DAVIT" rm -f web >/dev/null 2>&1 || :
rm -f root/versions/web
"$DAVIT" rm -f web >/dev/null 2>&1 || :

# --- launched by hand ---------------------------------------------------------------------------------------------

version 1
version 2
"$DAVIT" run -d --name hand app:1 >/dev/null
update hand app:2
"$DAVIT" stop hand >/dev/null
"$DAVIT" rm hand >/dev/null
same an-app-that-is-removed-has-no-versions no "$([ -e root/versions/hand ] && echo yes || echo no)"
"$DAVIT" run -d --name hand --hostname other app:1 >/dev/null
check what-was-launched-by-hand-is-the-version-to-go-back-to update hand app:2
same with-its-options other "$("$DAVIT" exec hand hostname)"
same and-its-image 'app:1' "$(kept hand previous)"
"$DAVIT" rm -f hand >/dev/null

# What it keeps is copied while its name is free.
"$DAVIT" run -d --name hand app:1 >/dev/null
"$DAVIT" exec hand sh -c 'mkdir /data; i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); echo $i >/data/$i; done'
"$DAVIT" update -q --no-pull --state snapshot --healthy-after 1 hand app:2 >/dev/null 2>&1 &
update=$!
i=0
while ! grep -q ^trial root/versions/hand 2>/dev/null && [ $i -lt 100 ]; do
	i=$((i + 1))
	sleep 0.02
done
wrong=
while kill -0 $update 2>/dev/null; do
	! "$DAVIT" run -d --name hand app:1 >/dev/null 2>&1 || wrong=launched
done
wait $update && update=0 || update=$?
same an-app-is-not-launched-by-hand-while-it-is-updated '0 2' "$wrong$update $(runs hand)"
"$DAVIT" rm -f hand >/dev/null

# Nothing is left of one but its versions.
"$DAVIT" run -d --rm --name hand app:1 >/dev/null
update hand app:2
reboot
check what-has-only-versions-is-removed "$DAVIT" rm hand
same with-those no "$([ -e root/versions/hand ] && echo yes || echo no)"
refused then-there-is-nothing 'no such sandbox' "$DAVIT" rm hand
refused nor-is-any-file-an-app 'no such sandbox' "$DAVIT" rm ../lock

# A name that the file of versions could not be read with again.
"$DAVIT" save -o odd.zip app:1 >/dev/null
mv odd.zip "$(printf 'odd\nname.zip')"
"$DAVIT" run -d --name hand "$(printf 'odd\nname.zip')" >/dev/null
refused an-image-of-an-impossible-name-is-no-version 'write' update hand app:2
same and-runs-on 1 "$(runs hand)"
check nor-does-it-end-all-sweeps "$DAVIT" prune -f
"$DAVIT" rm -f hand >/dev/null

# --- .conf files --------------------------------------------------------------------------------------------------

cat >etc/apps/conf.conf <<-'END'
	# An app.
	image = app:1
	hostname = from-conf
	env = A=one # two
	env = B=2
	read-only = false
	healthy-after = 1
END
check an-app-of-a-conf-file-is-started "$DAVIT" start conf
same as-the-file-says 'from-conf one # two 2' "$("$DAVIT" exec conf sh -c 'echo $(hostname) $A $B')"
sed -i 's/app:1/app:2/; s/from-conf/changed/' etc/apps/conf.conf
check its-image-is-what-it-is-updated-to "$DAVIT" update -q conf
same as-the-file-says-now '2 changed' "$(runs conf) $("$DAVIT" exec conf hostname)"
check it-goes-back "$DAVIT" rollback -q conf
same to-the-version-before 1 "$(runs conf)"
"$DAVIT" rm -f conf >/dev/null
# --- what is wrong in one ------------------------------------------------------------------------------------------

# wrong NAME LINE: the app goes on as it was launched, and it is told
wrong() {
	cp good.conf etc/apps/conf.conf
	echo "$2" >>etc/apps/conf.conf
	try "$DAVIT" update -q --force conf app:2
	same "$1-ends-the-update" 1 "$code"
	same "$1-does-not-take-the-app-down" '1 good' "$(runs conf) $("$DAVIT" exec conf hostname)"
}
printf 'image = app:1\nhostname = good\nread-only = false\nhealthy-after = 1\n' >good.conf
cp good.conf etc/apps/conf.conf
"$DAVIT" start conf >/dev/null
wrong a-volume-that-is-not-there 'volume = /srv/missing:/data'
wrong a-user-that-nobody-knows 'user = nosuch'
wrong a-command-that-is-not-there 'command = /bin/nonesuch'
"$DAVIT" stop conf >/dev/null
echo 'user = nosuch' >etc/apps/conf.conf
try "$DAVIT" start conf
same what-is-wrong-is-said-once '1 1' "$code $(grep -c nosuch said)"
cp good.conf etc/apps/conf.conf
"$DAVIT" start conf >/dev/null
mkdir vol
echo "volume = $TMP/vol:/data" >>etc/apps/conf.conf
"$DAVIT" stop conf >/dev/null
"$DAVIT" start conf >/dev/null
rmdir vol
try "$DAVIT" update -q --force --healthy-after 60 conf app:2
contains an-app-that-cannot-go-back-is-said-to-be-down "$said" 'conf does not run now: app:1'
cp good.conf etc/apps/conf.conf
"$DAVIT" start conf >/dev/null
same an-app-that-went-back-is-not-tried-any-more 'app:1 ' "$(kept conf current) $(kept conf trial)"
printf '%s\n' 'command = ["/bin/sh", "-c", "exec sleep 1000"]' 'hostname = tried' >>good.conf
sed '/hostname = good/d' good.conf >etc/apps/conf.conf
"$DAVIT" update -q --force --healthy-after 60 conf app:2 >/dev/null 2>&1 &
update=$!
i=0
while [ "$(runs conf)" != 2 ] && [ $i -lt 50 ]; do
	i=$((i + 1))
	sleep 0.1
done
same what-is-tried-is-as-the-file-says '2 tried' "$(runs conf) $("$DAVIT" exec conf hostname)"
kill -KILL $update "$(pgrep -P $update)"
wait $update || :
echo 'command = /bin/nonesuch' >etc/apps/conf.conf
reboot
check an-app-whose-update-was-cut-off-is-started "$DAVIT" start conf
same as-the-one-before-was-launched '1 good' "$(runs conf) $("$DAVIT" exec conf hostname)"
"$DAVIT" rm -f conf >/dev/null
rm etc/apps/conf.conf
version sick 'HEALTHCHECK --interval=1s --retries=1 CMD ["false"]'
echo 'image = app:sick' >etc/apps/first.conf
try "$DAVIT" update -q first
contains a-first-version-that-is-not-healthy-has-failed "$(kept first failed)" app:sick
"$DAVIT" start first >/dev/null
same once-it-is-the-current-one-it-has-not 'current, running app:sick' \
	"$("$DAVIT" versions --format '{{.State}} {{.Reference}}' first)"
"$DAVIT" rm -f first >/dev/null
rm etc/apps/first.conf
# refused_conf NAME MESSAGE: the file from standard input
refused_conf() {
	cat >etc/apps/bad.conf
	refused "$1" "$2" "$DAVIT" start bad
}
echo 'imag = app:1' | refused_conf an-unknown-key-is-refused 'bad.conf:1: unknown key imag'
echo 'image app:1' | refused_conf a-line-without-a-value-is-refused 'bad.conf:1: expected KEY = VALUE'
printf '\nimage = app:1\nimage = app:2\n' | refused_conf a-key-that-is-there-twice-is-refused 'bad.conf:3: image is there already'
echo 'init = yes' | refused_conf a-flag-is-true-or-false 'bad.conf:1: init = yes: expected true or false'
echo 'name = x' | refused_conf the-name-is-the-files 'bad.conf:1: name is for the command line only'
echo 'state = some' | refused_conf a-state-is-kept-or-a-snapshot 'expected keep or snapshot'
echo 'command = ["sh", 1]' | refused_conf a-command-is-of-words 'bad.conf:1'
echo 'timeout = soon' | refused_conf a-time-is-in-seconds 'bad.conf: timeout = soon: expected seconds'
echo 'memory = 5m' | refused_conf an-image-is-needed 'no such app'
printf 'image = app:1\nmemory = lots\n' | refused_conf what-davit-run-refuses-is-refused 'bad.conf: --memory lots'
printf 'image = app:1\ncommand = ["/bin/sh", "-c", "echo \\"quoted\\" >/said; exec sleep 1000"]\n' >etc/apps/bad.conf
chmod 666 etc/apps/bad.conf
refused a-file-that-others-may-write-is-refused 'chmod go-w' "$DAVIT" start bad
chmod 644 etc/apps/bad.conf
check a-command-is-a-list "$DAVIT" start bad
same of-any-words 'quoted' "$("$DAVIT" exec bad cat /said)"
"$DAVIT" rm -f bad >/dev/null

# --- floors -------------------------------------------------------------------------------------------------------

mkdir etc/keys
"$DAVIT" keygen release >/dev/null
cp release.pub etc/keys
labelled 1.0
labelled 2.0
labelled 3.0 'CMD ["false"]'
labelled 4.0 'LABEL io.davit.version.floor=4.0'
labelled 4.1
version unsigned
version 9
"$DAVIT" tag app:9 other/app:9
"$DAVIT" rmi app:9 >/dev/null
"$DAVIT" sign --key release.key other/app:9 >/dev/null
"$DAVIT" tag other/app:9 app:5
echo 'verify = signed' >etc/davit.conf
"$DAVIT" run -d --name safe app:1.0 >/dev/null
same a-launch-raises-the-floor 1.0 "$(cat root/floors/app)"
check a-signed-version-is-brought-up update safe app:2.0
same once-it-is-healthy-the-floor-is-raised 2.0 "$(cat root/floors/app)"
try update safe app:3.0
same a-version-that-fails-raises-none '1 2.0' "$code $(cat root/floors/app)"
refused an-older-image-does-not-come-in-by-an-update 'is older than 2.0' update safe app:1.0
refused nor-by-a-launch 'is older than 2.0' sh -c '"$DAVIT" run --rm app:1.0 true || exit 1'
check the-operator-goes-back-to-what-ran "$DAVIT" rollback -q --healthy-after 1 safe
same it-runs-again '1.0 2.0' "$(runs safe) $(cat root/floors/app)"
reboot
check and-after-a-boot-too "$DAVIT" start safe
same then-it-runs-as-well 1.0 "$(runs safe)"
refused what-was-left-does-not-come-back-by-itself 'it was rolled back' update safe app:2.0
check but-by-who-wants-it-back update --force safe app:2.0
check and-on update safe app:4.0
refused a-floor-that-an-image-names-forbids-to-go-back 'forbids to go back below 4.0' "$DAVIT" rollback safe
same the-newer-version-runs-on 4.0 "$(runs safe)"
check but-who-insists-goes-back "$DAVIT" rollback -q --force --healthy-after 1 safe
same and-is-there 2.0 "$(runs safe)"
refused an-image-that-nobody-signed-is-not-brought-up 'nobody signed it' update safe app:unsigned
same the-signed-one-runs-on 2.0 "$(runs safe)"

# A registry can answer with any image that a trusted key signed.
refused another-image-that-was-signed-is-not-brought-up 'is signed as "other/app", its current version as "app"' update safe app:5
same the-one-of-the-name-runs-on 2.0 "$(runs safe)"
check but-by-who-insists update --force safe app:5
same which-runs 9 "$(runs safe)"
refused nor-the-other-way-round 'is signed as "app"' update safe app:4.1
check back-to-what-ran-is-no-other-name "$DAVIT" rollback -q --healthy-after 1 safe
